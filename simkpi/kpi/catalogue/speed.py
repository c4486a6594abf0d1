"""Speed: how long customers wait, and how long handling and solving take."""

from __future__ import annotations

import polars as pl
from polars import Expr, col

from simkpi.kpi.business_hours import OpeningHours, elapsed
from simkpi.kpi.derived import between, is_outcome, ticks, ticks_of
from simkpi.kpi.measure import TICK, Percentile, Ratio, Seconds, Source, choose, kpi, mean

_CHAT = "LiveAgent, 15 live-chat metrics"
_CS = "LiveAgent, 16 customer-service metrics"
_DESK = "LiveAgent, 12 help-desk metrics"
_TERMS = "simkpi's terms (docs/kpis.md)"
_RESPONDERS = {
    "human": lambda: col("_human_at"),
    "any": lambda: pl.min_horizontal("_human_at", "_bot_at"),
}


def _first_response(responder: str, hours: OpeningHours | None) -> Expr:
    return elapsed(col("arrived_at"), choose("responder", responder, _RESPONDERS)(), hours)


@kpi(
    title="First response time",
    unit="seconds",
    better="lower",
    source=f"{_CHAT}; eDesk, 8 e-commerce support KPIs",
    rows=(10,),
    aliases=("first response time", "dpi"),
    amber=45,
    typical=(30, 45),
    default=True,
)
def frt(*, responder: str = "human", hours: OpeningHours | None = None) -> Ratio:
    """Mean time from arrival to the first reply, over contacts that got one.

    ``responder="human"`` counts agents only, ``"any"`` lets the bot's greeting count. Contacts without a reply have no
    time: see
    ``frt_coverage``. One article divides by *resolved* tickets, which is biased as soon as an unresolved one got a reply.
    *hours* counts
    opening hours only. A recorded answer stands for the first reply where no message is recorded. The source calls
    30 to 45 s typical of chats.
    """
    return mean(_first_response(responder, hours), per=TICK)


@kpi(title="First response time, median", unit="seconds", better="lower", source=_TERMS)
def frt_p50(*, responder: str = "human", hours: OpeningHours | None = None) -> Percentile:
    """Half of the contacts with a reply got it within this time."""
    return Percentile(_first_response(responder, hours), 0.5, per=TICK)


@kpi(title="First response time, 90th percentile", unit="seconds", better="lower", source=_TERMS)
def frt_p90(*, responder: str = "human", hours: OpeningHours | None = None) -> Percentile:
    """Nine in ten of the contacts with a reply got it within this time."""
    return Percentile(_first_response(responder, hours), 0.9, per=TICK)


@kpi(title="First response coverage", unit="fraction", better="higher", source="coverage of frt", rows=(10,))
def frt_coverage() -> Ratio:
    """Offered contacts that got a first human reply / offered contacts."""
    queued = col("queued_at").is_not_null()
    return Ratio(queued & col("_human_at").is_not_null(), queued)


@kpi(title="First responses in time", unit="fraction", better="higher", source=_CHAT, rows=(11,))
def frt_within(*, frt_threshold: Seconds = 60.0, responder: str = "human", hours: OpeningHours | None = None) -> Ratio:
    """Offered contacts with a first reply within *frt_threshold* / offered contacts; no reply is a miss."""
    queued = col("queued_at").is_not_null()
    return Ratio(queued & (_first_response(responder, hours) <= ticks_of(frt_threshold)), queued)


@kpi(title="Response time", unit="seconds", better="lower", source=_CS, rows=(12,), aliases=("average response time",))
def response_time() -> Ratio:
    """Mean time from the customer's first unanswered message to the agent's next message, over all turns."""
    return Ratio(col("_reply"), col("_replies"), source=Source("replies"), per=TICK, kind="mean")


@kpi(
    title="Average speed of answer",
    unit="seconds",
    better="lower",
    source=f"{_CS}; web2contact, 5 call-centre KPIs",
    rows=(13,),
    aliases=("average wait",),
    example="500 min / 200 calls = 2.5 min",
    default=True,
)
def asa() -> Ratio:
    """Mean wait of answered contacts; the time of those who abandoned is not in it."""
    return mean(pl.when(col("_answered")).then(between("queued_at", "answered_at")), per=TICK)


@kpi(title="Mean wait", unit="seconds", better="lower", source=_TERMS, aliases=("mean wait all",), default=True)
def mean_wait() -> Ratio:
    """Mean wait of all offered contacts, until the answer or until they left; those still waiting are counted as censored."""
    return mean(col("_wait"), per=TICK, censored=col("queued_at").is_not_null() & col("_wait").is_null())


@kpi(title="Mean wait of abandoned", unit="seconds", better="none", source=_TERMS, rows=(26,), aliases=("time to abandon",))
def mean_wait_abandoned() -> Ratio:
    """Mean wait of those who abandoned; this is not patience, which is longer (it is censored by the answers)."""
    return mean(pl.when(is_outcome("abandoned")).then(col("_wait")), per=TICK)


@kpi(title="Longest wait", unit="seconds", better="lower", source=_TERMS, aliases=("max wait",))
def longest_wait() -> Percentile:
    """Longest wait of an offered contact that was answered or left."""
    return Percentile(col("_wait"), 1.0, per=TICK)


@kpi(title="Wait, median", unit="seconds", better="lower", source=_TERMS, aliases=("wait median",))
def wait_p50() -> Percentile:
    """Half of the offered contacts waited at most this long (until the answer or until they left)."""
    return Percentile(col("_wait"), 0.5, per=TICK)


@kpi(title="Wait, 80th percentile", unit="seconds", better="lower", source=_TERMS)
def wait_p80() -> Percentile:
    """Four in five of the offered contacts waited at most this long."""
    return Percentile(col("_wait"), 0.8, per=TICK)


@kpi(title="Wait, 90th percentile", unit="seconds", better="lower", source=_TERMS, default=True)
def wait_p90() -> Percentile:
    """Nine in ten of the offered contacts waited at most this long."""
    return Percentile(col("_wait"), 0.9, per=TICK)


@kpi(title="Wait, 95th percentile", unit="seconds", better="lower", source=_TERMS)
def wait_p95() -> Percentile:
    """Nineteen in twenty of the offered contacts waited at most this long."""
    return Percentile(col("_wait"), 0.95, per=TICK)


@kpi(title="Average excess", unit="seconds", better="lower", source=_TERMS)
def average_excess(*, threshold: Seconds = 20.0) -> Ratio:
    """Mean wait beyond the threshold, over all offered contacts that were answered or left."""
    beyond = (col("_wait") - ticks_of(threshold)).clip(0)
    return mean(beyond, per=TICK)


@kpi(title="Delay probability", unit="fraction", better="lower", source=_TERMS, aliases=("share delayed",))
def delay_probability() -> Ratio:
    """Share of offered contacts that wait at all."""
    return Ratio(col("_wait") > 0, col("_wait").is_not_null())


@kpi(
    title="Pick-up time",
    unit="seconds",
    better="lower",
    source=f"{_CHAT} (agent report)",
    rows=(14,),
    aliases=("chat pickup time",),
)
def pickup_time() -> Ratio:
    """Mean time from the offer to the agent (it rings) to his accepting."""
    return mean(pl.when(col("_answered")).then(between("offered_at", "answered_at")), per=TICK)


_EFFORT = {"effort": (Source(), "_effort"), "elapsed": (Source(), "_elapsed"), "shared": (Source("shared"), "_shared")}


@kpi(
    title="Average handle time",
    unit="seconds",
    better="lower",
    source=f"{_DESK}; {_CHAT}; eDesk",
    rows=(15, 16, 17),
    aliases=("average handle time", "dmt"),
    example="voice (500+200+100)/100 = 8 min; e-mail 5000/200 = 25 min; chat (2000+1000)/200 = 15 min",
    default=True,
)
def aht(*, aht: str = "effort") -> Ratio:
    """Agent effort (talk + hold + after-contact work) / answered contacts that are completed.

    Variants: ``effort`` (as recorded, else the sum of its parts, else elapsed), ``elapsed`` (answer to end of
    after-contact work, whatever
    else the agent did), ``shared`` (each busy second of an agent split equally among the contacts open then). The
    article's voice
    example says 200 min of follow-up and computes with 100: with 200 it would be 9 min. Its chat formula lacks the brackets.
    """
    source, column = choose("aht", aht, _EFFORT)
    spent = pl.when(col("_answered") & (col("outcome") != "open")).then(col(column))
    return mean(spent, source=source, per=TICK)


@kpi(
    title="Talk time",
    unit="seconds",
    source=f"web2contact, 5 call-centre KPIs; {_CHAT}",
    rows=(18,),
    aliases=("average talk time", "chat duration", "session time"),
    default=True,
)
def talk_time() -> Ratio:
    """Mean length of the conversation of answered contacts; for chats this is the session time, not the effort."""
    return mean(pl.when(col("outcome") != "open").then(col("_talk")), per=TICK)


@kpi(title="Hold time", unit="seconds", better="lower", source=_DESK)
def hold_time() -> Ratio:
    """Mean time on hold of answered contacts."""
    return mean(pl.when(col("_answered")).then(ticks("hold_time")), per=TICK)


@kpi(title="After-contact work", unit="seconds", better="lower", source=_DESK, aliases=("acw", "wrap-up time"))
def acw() -> Ratio:
    """Mean after-contact work of answered contacts."""
    return mean(pl.when(col("_answered")).then(ticks("wrap_time")), per=TICK)


_PENDING = {"leave_out": 1, "count": 0}


def _solving(hours: OpeningHours | None, pending: str) -> Expr:
    return elapsed(col("arrived_at"), col("_solved_at"), hours) - col("_pending") * int(choose("pending", pending, _PENDING))


@kpi(
    title="Resolution time",
    unit="seconds",
    better="lower",
    source=f"{_DESK}; {_CS}; eDesk",
    rows=(19,),
    aliases=("mttr",),
    default=True,
)
def resolution_time(*, pending: str = "leave_out", hours: OpeningHours | None = None) -> Ratio:
    """Mean time from arrival to the solution, over resolved contacts; time pending or on hold is left out where it is recorded.

    *hours* counts opening hours only. Contacts not yet resolved are counted as censored.
    """
    return mean(_solving(hours, pending), per=TICK, censored=is_outcome("open"))


@kpi(title="Resolution time, 90th percentile", unit="seconds", better="lower", source=_DESK, rows=(19,))
def resolution_time_p90(*, pending: str = "leave_out", hours: OpeningHours | None = None) -> Percentile:
    """Nine in ten of the resolved contacts were resolved within this time."""
    return Percentile(_solving(hours, pending), 0.9, per=TICK)


@kpi(
    title="Complaint resolution time",
    unit="seconds",
    better="lower",
    source=_CS,
    rows=(20,),
    example="Monday to Wednesday = 2 days",
)
def complaint_resolution_time(*, start: str = "filed") -> Ratio:
    """Mean time from filing a complaint (or from its escalation: ``start="escalated"``) to its resolution.

    A complaint is flagged, or has the tag or the contact type ``complaint``.
    """
    begin = choose("start", start, {"filed": "arrived_at", "escalated": "escalated_at"})
    return mean(pl.when(col("_complaint")).then(between(begin, "_solved_at")), per=TICK)


@kpi(title="Time to resolve at first contact", unit="seconds", better="lower", source=_CHAT, rows=(21,))
def first_contact_resolution_time(*, fcr_window: Seconds = 604_800.0, bot: str = "counts") -> Ratio:
    """Mean time from arrival to the end of the contact, over the cases resolved in their first contact (see ``fcr``)."""
    from simkpi.kpi.catalogue.resolution import first_contact

    source, solved, decided = first_contact(fcr_window, bot, "drop", "flag")
    return mean(pl.when(solved & decided).then(between("arrived_at", "_end")), source=source, per=TICK)


@kpi(
    title="Handled on time",
    unit="fraction",
    better="higher",
    source="promised times of tickets and e-mails",
    aliases=("on time", "sla"),
)
def on_time() -> Ratio:
    """Contacts first answered by the moment promised / contacts with a promised moment that has passed or that are answered."""
    promised = col("due_at").is_not_null()
    decided = promised & (col("_human_at").is_not_null() | (col("due_at") < col("_horizon_end")))
    return Ratio(promised & (col("_human_at") <= col("due_at")), decided, censored=promised & ~decided)
