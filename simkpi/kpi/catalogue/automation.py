"""Automation: what bots and self-service take off the agents, and whether it stays off."""

from __future__ import annotations

from polars import Expr, col

from simkpi.kpi.catalogue.resolution import IN_CASES, undecided
from simkpi.kpi.derived import between, ticks_of
from simkpi.kpi.measure import TICK, Count, Ratio, Seconds, Source, choose, kpi, mean

_ECOM = "eDesk, 8 e-commerce support KPIs"
_CHAT = "LiveAgent, 15 live-chat metrics"
_DESK = "LiveAgent, 12 help-desk metrics"
_TERMS = "simkpi's terms (docs/kpis.md)"


def _session() -> Expr:
    return col("bot_started_at").is_not_null()


@kpi(title="Bot sessions", unit="count", source=_TERMS)
def bot_sessions() -> Count:
    """Contacts that a bot took part in."""
    return Count(_session())


@kpi(title="Contained", unit="count", better="higher", source=_TERMS, aliases=("bot contained",))
def contained() -> Count:
    """Bot sessions that ended with no human."""
    return Count(_session() & col("_contained"))


@kpi(title="Handoffs", unit="count", better="lower", source=_TERMS, aliases=("bot escalated",))
def handoffs() -> Count:
    """Bot sessions passed to a human queue."""
    return Count(_session() & (col("bot_outcome") == "handed_off"))


@kpi(
    title="Containment rate",
    unit="fraction",
    better="higher",
    source=_TERMS,
    rows=(42,),
    aliases=("bot containment rate",),
    default=True,
)
def containment_rate(*, containment_rate: str = "no_human") -> Ratio:
    """Bot sessions that ended with no human / bot sessions, resolved or not.

    Variants: ``no_human`` (customers who gave up in the bot count too), ``contained`` (the bot closed it: leavers apart),
    ``resolved`` (and it solved the issue: the bot resolution rate).
    """
    choose("containment_rate", containment_rate, {"no_human": 1, "contained": 2, "resolved": 3})
    ended = _session() & col("_contained")
    if containment_rate == "no_human":
        ended = ended | (_session() & (col("bot_outcome") == "gave_up"))
    elif containment_rate == "resolved":
        ended = ended & col("is_resolved").fill_null(value=False)
    return Ratio(ended, _session())


@kpi(title="Bot resolution rate", unit="fraction", better="higher", source=_TERMS, rows=(42,))
def bot_resolution_rate() -> Ratio:
    """Bot sessions that resolved the issue / bot sessions."""
    return Ratio(_session() & col("_contained") & col("is_resolved").fill_null(value=False), _session())


def _stays_away(window: float) -> Expr:
    gap = (col("_next_at") - col("_end")).dt.total_milliseconds()
    return ~(gap <= ticks_of(window)).fill_null(value=False)


@kpi(
    title="Deflection rate, net",
    unit="fraction",
    better="higher",
    source=f"{_ECOM}; {_TERMS}",
    rows=(42,),
    aliases=("deflection", "ai deflection rate"),
    amber=0.5,
    typical=(0.5, 0.7),
    default=True,
)
def deflection_rate(*, per: str = "contact", recontact_window: Seconds = 604_800.0, deflection_rate: str = "net") -> Ratio:
    """Contacts that the bot contained and that were not followed by another of the same case within the window / all contacts.

    The window is inclusive and counts from the end of the bot session. ``per``: ``contact`` (all contacts), ``session``
    (bot sessions),
    ``case`` (cases that never asked for a human / all cases). Variants: ``net``, ``gross`` (returns ignored), ``resolved``
    (net, and the
    issue was solved: the source's strict wording). Sessions whose window reaches beyond the horizon are counted as
    censored, and taken
    as they stand. The source
    aims at 50-70 % of routine tickets.
    """
    choose("deflection_rate", deflection_rate, {"net": 1, "gross": 2, "resolved": 3})
    choose("per", per, {"contact": 1, "session": 2, "case": 3})
    if per == "case":
        source = Source("cases", window=recontact_window, variant="counts")
        return Ratio(
            col("_automated") & ~col("_returned"), col("contact_id").is_not_null(), source=source, censored=~col("_elapsed")
        )
    away = col("_by_bot")
    if deflection_rate != "gross":
        away = away & _stays_away(recontact_window)
    if deflection_rate == "resolved":
        away = away & col("is_resolved").fill_null(value=False)
    base = col("contact_id").is_not_null() if per == "contact" else _session()
    open_end = None if deflection_rate == "gross" else col("_by_bot") & undecided(recontact_window)
    source = Source() if deflection_rate == "gross" else IN_CASES
    return Ratio(away if per == "contact" else away & base, base, source=source, censored=open_end)


@kpi(
    title="Deflection rate, gross",
    unit="fraction",
    better="higher",
    source=_ECOM,
    rows=(42,),
    aliases=("gross deflection",),
    default=True,
)
def deflection_rate_gross(*, per: str = "contact") -> Ratio:
    """Contacts that the bot contained / all contacts, whether or not the customer came back."""
    choose("per", per, {"contact": 1, "session": 2, "case": 3})
    base = _session() if per == "session" else col("contact_id").is_not_null()
    if per == "case":
        return Ratio(col("_automated"), base, source=Source("cases", window=604_800.0, variant="counts"))
    return Ratio(col("_by_bot") & base, base)


@kpi(title="False containment", unit="fraction", better="lower", source=_TERMS, rows=(42,))
def false_containment_rate(*, recontact_window: Seconds = 604_800.0) -> Ratio:
    """Contained contacts followed by another of the same case within the window / contained contacts."""
    kept = col("_by_bot")
    return Ratio(kept & ~_stays_away(recontact_window), kept, censored=kept & undecided(recontact_window), source=IN_CASES)


@kpi(title="Self-service rate", unit="fraction", better="higher", source=_DESK, rows=(43,))
def self_service_rate(*, self_service: str = "self_service,help_center,portal,faq,ivr") -> Ratio:
    """Contacts solved on a self-service channel without a human / all contacts; *self_service* lists those channels."""
    channels = [name.strip() for name in self_service.split(",")]
    solved = col("_contained") | (~col("_answered") & col("is_resolved").fill_null(value=False))
    return Ratio(col("channel").is_in(channels) & solved, col("contact_id").is_not_null())


@kpi(title="Bot first response", unit="seconds", better="lower", source=f"{_ECOM}; {_CHAT}", rows=(44,))
def bot_frt() -> Ratio:
    """Mean time from arrival to the bot's first reply."""
    return mean(between("arrived_at", "_bot_at"), per=TICK)


@kpi(title="Bot session time", unit="seconds", source=_TERMS)
def bot_time() -> Ratio:
    """Mean length of the bot's part."""
    return mean(between("bot_started_at", "bot_ended_at"), per=TICK)


@kpi(title="Cost per bot session", unit="money", better="lower", source=_TERMS)
def bot_cost_per_session() -> Ratio:
    """Cost of the bot sessions / bot sessions."""
    return Ratio(col("bot_cost").fill_null(0.0) * _session(), _session(), kind="mean")


@kpi(title="Cost per bot resolution", unit="money", better="lower", source=_TERMS, aliases=("cost per resolution",))
def bot_cost_per_resolution() -> Ratio:
    """Cost of all bot sessions / bot sessions that resolved the issue."""
    solved = _session() & col("_contained") & col("is_resolved").fill_null(value=False)
    return Ratio(col("bot_cost").fill_null(0.0) * _session(), solved, kind="mean")


@kpi(title="Canned reply usage", unit="fraction", source=_CHAT, rows=(45,), aliases=("canned response usage",))
def canned_share() -> Ratio:
    """Answered contacts with at least one canned reply / answered contacts."""
    return Ratio(col("_answered") & (col("n_canned").fill_null(0) > 0), col("_answered"))


@kpi(title="Canned replies per contact", unit="number", source=_CHAT, rows=(45,))
def canned_per_contact() -> Ratio:
    """Canned replies / answered contacts."""
    return Ratio(col("_answered") * col("n_canned").fill_null(0), col("_answered"), kind="mean")


@kpi(title="Time saved by canned replies", unit="seconds", better="higher", source=_CHAT, rows=(45,))
def canned_saving(*, saved_per_reply: Seconds | None = None) -> Ratio:
    """Agent effort saved by canned replies, per answered contact: as recorded, or *saved_per_reply* for each reply."""
    from simkpi.kpi.derived import ticks

    saved = ticks("saved_time") if saved_per_reply is None else col("n_canned").fill_null(0) * ticks_of(saved_per_reply)
    return Ratio(col("_answered") * saved.fill_null(0), col("_answered"), per=TICK, kind="mean")


@kpi(title="Satisfaction with canned replies", unit="number", better="higher", source=_CHAT, rows=(45,))
def canned_csat() -> Ratio:
    """Mean satisfaction score of the contacts with a canned reply."""
    used = (col("n_canned").fill_null(0) > 0) & col("score").is_not_null()
    return Ratio(used * col("score").fill_null(0.0), used, source=Source("surveys", variant="csat"), kind="mean")
