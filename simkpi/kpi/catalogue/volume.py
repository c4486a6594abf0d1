"""Volume: how many contacts, of which kind, when, and what is still open."""

from __future__ import annotations

from polars import col, lit

from simkpi.kpi.derived import is_outcome
from simkpi.kpi.measure import TICK, Count, Peak, Ratio, Share, Source, choose, kpi

_CHAT = "LiveAgent, 15 live-chat metrics"
_DESK = "LiveAgent, 12 help-desk metrics"
_TERMS = "simkpi's terms (docs/kpis.md)"
_CALENDAR = Source("calendar")
_CALLED = (col("origin") == "callback").fill_null(value=False)


@kpi(
    title="Contacts", unit="count", source=_CHAT, rows=(1, 4), aliases=("contacts", "total chats", "ticket volume"), default=True
)
def total_contacts() -> Count:
    """Contacts of the period, whatever became of them.

    A return or a redial is a contact of its own (of the same case).
    """
    return Count(col("contact_id").is_not_null())


@kpi(title="Offered", unit="count", source=_TERMS, default=True)
def offered() -> Count:
    """Contacts that entered a human queue."""
    return Count(col("queued_at").is_not_null())


@kpi(title="Answered", unit="count", better="higher", source=_TERMS, aliases=("handled",), default=True)
def answered() -> Count:
    """Contacts that reached an agent, those still in conversation when the horizon ends included."""
    return Count(col("_answered"))


@kpi(title="Abandoned", unit="count", better="lower", source=_TERMS, default=True)
def abandoned() -> Count:
    """Contacts whose customer left the queue before an answer."""
    return Count(is_outcome("abandoned"))


@kpi(title="Blocked", unit="count", better="lower", source=_TERMS, default=True)
def blocked() -> Count:
    """Contacts refused on arrival because the queue was full or the centre closed."""
    return Count(is_outcome("blocked", "refused"))


@kpi(title="Callback share", unit="fraction", source=_TERMS)
def callback_share() -> Ratio:
    """Contacts that were called back instead of waiting on the line / offered."""
    return Ratio(col("queued_at").is_not_null() & _CALLED, col("queued_at").is_not_null())


@kpi(title="Callbacks reached", unit="fraction", better="higher", source=_TERMS)
def callback_reached() -> Ratio:
    """Contacts that were called back and in which an agent spoke to the customer / contacts that were called back."""
    return Ratio(_CALLED & col("_answered"), _CALLED)


@kpi(title="Open at the end", unit="count", better="lower", source=_TERMS)
def still_open() -> Count:
    """Contacts that the end of the horizon cut off."""
    return Count(is_outcome("open"))


@kpi(
    title="Contacts per hour",
    unit="per hour",
    source=_CHAT,
    rows=(2,),
    aliases=("chats per hour",),
    example="120 chats / 4 h = 30",
)
def contacts_per_hour() -> Ratio:
    """Contacts / hours observed; the hours are those of the horizon."""
    return Ratio(col("contact_id").is_not_null(), col("_length"), over=_CALENDAR, denominator_per=3600 * TICK)


@kpi(
    title="Contact mix",
    unit="fraction",
    source="LiveAgent, 15 live-chat metrics; 16 customer-service metrics",
    rows=(5, 6),
    aliases=("channel mix", "category mix", "urgency mix"),
)
def contact_share() -> Share:
    """Contacts of the group / contacts of all groups of the same period; break down by channel, contact type or priority."""
    return Share(col("contact_id").is_not_null())


@kpi(title="Backlog", unit="count", better="lower", source=_DESK, rows=(7,), aliases=("open tickets",), default=True)
def backlog(*, backlog: str = "closed") -> Ratio:
    """Contacts arrived and not yet closed at the end of each interval, or of the horizon; a mean if several ends fall in a group.

    Variants: ``closed`` (solved, or left), ``resolved`` (an answered contact stays open until it is solved), ``answered``
    (open until an
    agent takes it).
    """
    from simkpi.kpi.moments import CLOSED

    choose("backlog", backlog, CLOSED)
    return Ratio(col("_open"), lit(1), source=Source("backlog", variant=backlog), kind="mean")


@kpi(title="Age of the backlog", unit="seconds", better="lower", source=_DESK, rows=(8,))
def backlog_age(*, backlog: str = "closed") -> Ratio:
    """Mean age of the contacts open at the end of each interval, or of the horizon."""
    from simkpi.kpi.moments import CLOSED

    choose("backlog", backlog, CLOSED)
    return Ratio(col("_age"), col("_open"), source=Source("backlog", variant=backlog), per=TICK, kind="mean")


@kpi(title="Closed", unit="count", better="higher", source=_DESK, rows=(8,))
def closed(*, backlog: str = "closed") -> Count:
    """Contacts closed in the period; they belong to the moment of closing."""
    return Count(col("_flow") < 0, source=Source("flow", variant=backlog))


@kpi(title="Ticket flow", unit="count", better="lower", source=_DESK, rows=(8,), aliases=("flow",), bounds=(None, None))
def ticket_flow(*, backlog: str = "closed") -> Count:
    """Contacts arrived in the period minus contacts closed in it: how much the backlog grew."""
    return Count(col("_flow"), source=Source("flow", variant=backlog))


@kpi(title="Peak", unit="count", source=_CHAT, rows=(9,), aliases=("peak period", "peak hours"))
def peak_contacts() -> Peak:
    """Contacts in the busiest interval of the group; ``simkpi.kpi.trends.peaks`` names the interval."""
    return Peak(col("contact_id").is_not_null())


@kpi(title="Workload", unit="hours", source="Erlang's offered load over the horizon", aliases=("handling time demanded",))
def workload() -> Count:
    """Handling time of the contacts that arrived in the period (agent effort)."""
    return Count(col("_effort"), per=3600 * TICK)
