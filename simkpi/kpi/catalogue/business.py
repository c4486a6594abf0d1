"""Business: sales, visitors and customers around the contacts."""

from __future__ import annotations

import polars as pl
from polars import Int64, col, lit

from simkpi.kpi.derived import between
from simkpi.kpi.measure import TICK, Count, Ratio, Source, choose, kpi, mean
from simkpi.kpi.timeline import HOUR, MONEY

_CHAT = "LiveAgent, 15 live-chat metrics"
_CS = "LiveAgent, 16 customer-service metrics"
_TERMS = "simkpi's terms (docs/kpis.md)"
_COSTS, _MONEY = Source("costs"), float(MONEY * HOUR)
_VISITS, _CUSTOMERS, _ORDERS = Source("visits"), Source("customers"), Source("orders")


@kpi(title="Time to conversion", unit="seconds", better="lower", source=_CHAT, rows=(22,))
def time_to_conversion() -> Ratio:
    """Mean time from the start of the contact to the sale, over contacts that led to one."""
    return mean(between("arrived_at", "converted_at"), per=TICK)


@kpi(title="Time on site before contact", unit="seconds", source=_CHAT, rows=(23,))
def time_before_contact() -> Ratio:
    """Mean time from the start of the visit to the contact."""
    return mean(between("visit_started_at", "arrived_at"), per=TICK)


@kpi(title="Chat conversion rate", unit="fraction", better="higher", source=_CHAT, rows=(57,), aliases=("conversion rate",))
def conversion_rate() -> Ratio:
    """Contacts that led to a sale / contacts whose result is known; break down by origin for proactive against reactive."""
    return Ratio(col("is_converted").fill_null(value=False), col("is_converted").is_not_null())


@kpi(title="Value per contact", unit="money", better="higher", source=_CHAT, rows=(57,), bounds=(None, None))
def value_per_contact() -> Ratio:
    """Value of the sales / contacts."""
    return Ratio(col("value").fill_null(0.0), col("contact_id").is_not_null(), kind="mean")


@kpi(title="Cost", unit="money", better="lower", source=_TERMS, aliases=("total cost", "coût total"))
def cost() -> Count:
    """Paid time and overtime of agents at the cost of their hour, and bot sessions."""
    return Count(col("_money"), source=_COSTS, per=_MONEY)


@kpi(title="Cost per contact", unit="money", better="lower", source=_TERMS, aliases=("cost per call", "coût par contact"))
def cost_per_contact() -> Ratio:
    """Cost of agents' time and bot sessions / contacts that an agent answered or the bot contained."""
    return Ratio(col("_money"), col("_handled"), source=_COSTS, per=_MONEY, kind="mean")


@kpi(
    title="Visitor to contact rate", unit="fraction", better="higher", source=_CHAT, rows=(58,), aliases=("visitor to chat rate",)
)
def visitor_contact_rate() -> Ratio:
    """Visits in which a contact was asked for / visits."""
    return Ratio(col("requested_at").is_not_null(), col("visit_id").is_not_null(), source=_VISITS)


@kpi(title="Invitation acceptance", unit="fraction", better="higher", source=_CHAT, rows=(58,))
def invitation_rate() -> Ratio:
    """Visits in which a contact was asked for after an invitation / visits with an invitation."""
    invited = col("invited_at").is_not_null()
    return Ratio(invited & (col("requested_at") >= col("invited_at")), invited, source=_VISITS)


@kpi(title="Conversion after contact", unit="fraction", better="higher", source=_CHAT, rows=(58,))
def visit_conversion_rate() -> Ratio:
    """Visits with a contact that led to a sale / visits with a contact."""
    asked = col("requested_at").is_not_null()
    return Ratio(asked & col("is_converted").fill_null(value=False), asked, source=_VISITS)


@kpi(
    title="Customer retention",
    unit="fraction",
    better="higher",
    source=_CS,
    rows=(59,),
    aliases=("crr", "retention rate"),
    example="(200 - 20) / 200 = 90 %",
)
def retention_rate() -> Ratio:
    """(Customers at the end - customers won) / customers at the start of the horizon."""
    stayed = col("_at_end").cast(Int64) - (col("_joined") & col("_at_end")).cast(Int64)
    return Ratio(stayed, col("_at_start"), source=_CUSTOMERS)


@kpi(title="Churn", unit="fraction", better="lower", source=_CS, rows=(60,), aliases=("churn rate",), example="20 / 250 = 8 %")
def churn() -> Ratio:
    """Customers at the start who left by the end / customers at the start of the horizon."""
    return Ratio(col("_at_start") & ~col("_at_end"), col("_at_start"), source=_CUSTOMERS)


@kpi(title="Customers lost", unit="count", better="lower", source=_CS, rows=(60,))
def customers_lost() -> Count:
    """Customers at the start who left by the end; break down by ``reason``."""
    return Count(col("_at_start") & ~col("_at_end"), source=_CUSTOMERS)


@kpi(
    title="Customer lifetime value",
    unit="money",
    better="higher",
    source=_CS,
    rows=(61,),
    aliases=("lifetime value",),
    bounds=(None, None),
    example="50 x 5 a year x 3 years = 750",
)
def clv(*, clv: str = "simple", lifetime: float = 3.0) -> Ratio:
    """Mean purchase x purchases a year x *lifetime* in years.

    Variants: ``simple``; ``historic`` (purchases x gross margin so far, per customer); ``predictive`` (as simple, times
    gross margin). The
    source multiplies *monthly* transactions by the lifetime: here both are in years. Customers are those with an order in
    the log; the
    period is the horizon.
    """
    choose("clv", clv, {"simple": 1, "historic": 2, "predictive": 3})
    first = col("_new_customer")
    value = col("value").fill_null(0.0)
    if clv != "simple":
        value = value * col("margin").fill_null(0.0)
    if clv == "historic":
        return Ratio(value, first, source=_ORDERS, kind="mean")
    return Ratio(value * lifetime, pl.when(first).then(col("_years")).otherwise(lit(0.0)), source=_ORDERS, kind="mean")


@kpi(title="Referral rate", unit="fraction", better="higher", source=f"{_CS} (no formula given)", rows=(62,))
def referral_rate() -> Ratio:
    """Referred customers / all customers of the table."""
    return Ratio(col("referred_by").is_not_null(), col("customer_id").is_not_null(), source=_CUSTOMERS)
