"""Agents: how their time is spent and what they get done."""

from __future__ import annotations

import polars as pl
from polars import Expr, col, lit

from simkpi.kpi.measure import TICK, Count, Ratio, Source, choose, kpi

_CALL = "web2contact, 5 call-centre KPIs"
_CHAT = "LiveAgent, 15 live-chat metrics"
_DESK = "LiveAgent, 12 help-desk metrics"
_TERMS = "simkpi's terms (docs/kpis.md)"
_TIME = Source("timeline")
_HOURS = 3600 * TICK


def _spent(condition: Expr) -> Expr:
    return pl.when(condition).then(col("_length")).otherwise(0)


def _duty(overtime: str) -> Expr:
    """Time on queue: scheduled, or with the time after the shift in which an agent finishes."""
    late = choose("overtime", overtime, {"leave_out": False, "count": True})
    return col("_work") | (col("_over") | (~col("_paid") & (col("_open") > 0))) if late else col("_work")


@kpi(
    title="Occupancy",
    unit="fraction",
    better="none",
    source=_CALL,
    rows=(38,),
    aliases=("taux d'occupation",),
    amber=0.85,
    red=0.90,
    default=True,
)
def occupancy(*, overtime: str = "leave_out") -> Ratio:
    """Time with at least one contact (talk, hold, after-contact work) / time on queue.

    The union of an agent's contacts, cut to his time on queue: two chats at once are not twice as busy, and it never exceeds 1.
    ``overtime="count"`` adds the time after the shift in which contacts are finished to both sides. Amber and red are
    planners' custom.
    """
    duty = _duty(overtime)
    return Ratio(_spent(duty & (col("_open") > 0)), _spent(duty), source=_TIME, per=TICK, denominator_per=TICK)


@kpi(
    title="Slot occupancy",
    unit="fraction",
    better="none",
    source="chat load: contacts in hand over contacts allowed",
    rows=(37, 38),
    aliases=("slot utilisation",),
    default=True,
)
def slot_occupancy() -> Ratio:
    """Contact-time in hand / (slots x time on queue)."""
    in_hand = pl.when(col("_work")).then(col("_open") * col("_length")).otherwise(0)
    slots = pl.when(col("_work")).then(col("_slots") * col("_length")).otherwise(0)
    return Ratio(in_hand, slots, source=_TIME, per=TICK, denominator_per=TICK)


@kpi(title="Concurrency when busy", unit="number", source=_CHAT, rows=(37,), aliases=("mean concurrency",))
def concurrency() -> Ratio:
    """Mean number of contacts in hand while there is at least one."""
    in_hand = pl.when(col("_work")).then(col("_open") * col("_length")).otherwise(0)
    return Ratio(in_hand, _spent(col("_work") & (col("_open") > 0)), source=_TIME, per=TICK, denominator_per=TICK, kind="mean")


@kpi(title="Utilization", unit="fraction", source=_DESK, rows=(37,), aliases=("utilisation", "taux d'utilisation"), default=True)
def utilization() -> Ratio:
    """Time with at least one contact while on queue / paid time (breaks, meetings, training and absence included)."""
    return Ratio(_spent(col("_work") & (col("_open") > 0)), _spent(col("_paid")), source=_TIME, per=TICK, denominator_per=TICK)


@kpi(title="Shrinkage", unit="fraction", better="lower", source=_TERMS)
def shrinkage() -> Ratio:
    """Share of paid time off queue (breaks, meetings, training, absence)."""
    return Ratio(_spent(col("_paid") & ~col("_work")), _spent(col("_paid")), source=_TIME, per=TICK, denominator_per=TICK)


@kpi(
    title="Adherence",
    unit="fraction",
    better="higher",
    source=_TERMS,
    aliases=("schedule adherence", "adhérence au planning"),
    example="scheduled 8:00 to 12:00 on queue, there from 8:10 with a break of 10 minutes: 220 of 240 minutes, 91.7 %",
)
def adherence() -> Ratio:
    """Time in the scheduled state at the scheduled moment / scheduled time (on queue, breaks, meetings; leave is not)."""
    return Ratio(_spent(col("_adherent") > 0), _spent(col("_scheduled") > 0), source=_TIME, per=TICK, denominator_per=TICK)


@kpi(title="Conformance", unit="fraction", source=_TERMS, aliases=("conformité au planning",), bounds=(0.0, None))
def conformance() -> Ratio:
    """Time on queue and overtime / time scheduled on queue; may exceed 1."""
    done = _spent(col("_work") | col("_over"))
    return Ratio(done, _spent(col("_planned") > 0), source=_TIME, per=TICK, denominator_per=TICK)


@kpi(title="Staffed hours", unit="hours", source=_TERMS, aliases=("staffed time",))
def staffed_hours() -> Count:
    """Time on queue: handling and available."""
    return Count(_spent(col("_work")), source=_TIME, per=_HOURS)


@kpi(title="Hours worked", unit="hours", source=_CHAT, rows=(39,), aliases=("logged hours",))
def hours_worked() -> Count:
    """Paid time and overtime."""
    return Count(_spent(col("_paid") | col("_over")), source=_TIME, per=_HOURS)


@kpi(title="Mean agents on queue", unit="number", source=_TERMS, aliases=("agents",))
def agents_on_queue() -> Ratio:
    """Time on queue of all agents / length of the period."""
    return Ratio(
        _spent(col("_work")),
        col("_length"),
        source=_TIME,
        over=Source("calendar"),
        per=TICK,
        denominator_per=TICK,
        kind="mean",
    )


@kpi(
    title="Contacts per agent-hour",
    unit="per hour",
    better="higher",
    source=f"{_CHAT}; eDesk",
    rows=(3,),
    aliases=("chats per agent hour", "tickets per agent"),
    amber=3,
    typical=(3, 5),
    default=True,
)
def contacts_per_agent_hour() -> Ratio:
    """Answered contacts / hours on queue; 3-5 chats per agent-hour is the source's range."""
    return Ratio(col("_answered"), _spent(col("_work")), over=_TIME, denominator_per=_HOURS)


@kpi(title="Contacts per agent", unit="number", source=f"eDesk, 8 e-commerce support KPIs; {_CHAT}", rows=(1, 3))
def contacts_per_agent() -> Ratio:
    """Answered contacts / agents who answered any (in the group)."""
    return Ratio(col("_answered"), col("_first_of_agent"), source=Source("agents"), kind="mean")


@kpi(title="Agent satisfaction", unit="number", better="higher", source=_DESK, rows=(41,), bounds=(None, None))
def agent_satisfaction() -> Ratio:
    """Mean score of the internal survey of agents (kind ``agent``)."""
    known = col("score").is_not_null()
    return Ratio(col("score").fill_null(0.0), known, source=Source("surveys", variant="agent"), kind="mean")


@kpi(title="Handling hours", unit="hours", source=_CHAT, rows=(40,))
def handling_hours() -> Count:
    """Time with at least one contact while on queue."""
    return Count(_spent(col("_work") & (col("_open") > 0)) + lit(0), source=_TIME, per=_HOURS)
