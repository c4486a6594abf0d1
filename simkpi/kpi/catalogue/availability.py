"""Availability: who got through, how soon, and who was lost."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from polars import Expr, col

from simkpi.kpi.derived import is_outcome, ticks_of
from simkpi.kpi.measure import Count, Ratio, Seconds, Source, choose, kpi

_CALL = "web2contact, 5 call-centre KPIs"
_CHAT = "LiveAgent, 15 live-chat metrics"


def _offered() -> Expr:
    return col("queued_at").is_not_null()


@kpi(title="Answer rate", unit="fraction", better="higher", source=_CALL, rows=(24,), aliases=("taux de décroché",), default=True)
def answer_rate() -> Ratio:
    """Answered / offered."""
    return Ratio(_offered() & col("_answered"), _offered())


_ABANDON_RATES = {"offered", "decided", "excl_short", "tickets"}


@kpi(
    title="Abandon rate",
    unit="fraction",
    better="lower",
    source=f"{_CALL}; LiveAgent, 12 help-desk metrics",
    rows=(25,),
    aliases=("abandonment rate", "taux d'abandon"),
    amber=0.05,
    red=0.08,
    default=True,
)
def abandon_rate(*, abandon_rate: str = "offered", short_abandon: Seconds = 5.0) -> Ratio:
    """Abandoned / offered.

    Variants: ``offered``; ``decided`` (abandoned / (answered + abandoned): the one to use when the horizon cuts contacts off);
    ``excl_short`` (abandons with a wait below *short_abandon* leave both sides); ``tickets`` (the help desk's: given up
    before an answer
    *or a solution* / offered). Amber: the source calls more than 5 % a concern; red is ours.
    """
    choose("abandon_rate", abandon_rate, dict.fromkeys(_ABANDON_RATES))
    gone = is_outcome("abandoned")
    if abandon_rate == "decided":
        return Ratio(gone, gone | (_offered() & col("_answered")), censored=_offered() & is_outcome("open") & ~col("_answered"))
    if abandon_rate == "excl_short":
        late = gone & (col("_wait") >= ticks_of(short_abandon))
        return Ratio(late, (_offered() & ~gone) | late)
    if abandon_rate == "tickets":
        unsolved = col("_answered") & (col("outcome") != "open") & ~col("is_resolved").fill_null(value=True)
        return Ratio(_offered() & (gone | unsolved), _offered())
    return Ratio(_offered() & gone, _offered())


Sides = Callable[[Expr, Expr, Expr, Expr], tuple[Expr, Expr]]

#: Variant -> (numerator, denominator) from: answered in time, answered, abandoned in time, abandoned.
SERVICE_LEVELS: dict[str, Sides] = {
    "all_offered": lambda in_time, answered, left_in_time, left: (in_time, _offered()),
    "answered_only": lambda in_time, answered, left_in_time, left: (in_time, answered),
    "late_abandons": lambda in_time, answered, left_in_time, left: (in_time, answered | (left & ~left_in_time)),
    "abandons_ok": lambda in_time, answered, left_in_time, left: (in_time | left_in_time, _offered()),
    "short_abandons": lambda in_time, answered, left_in_time, left: (in_time, _offered()),
    "strict": lambda in_time, answered, left_in_time, left: (in_time, _offered()),
    "decided": lambda in_time, answered, left_in_time, left: (in_time, answered | left),
}
_SHORT_NAMES = {
    "offered": "all_offered",
    "answered": "answered_only",
    "excl_short": "late_abandons",
    "wait_within": "abandons_ok",
}


@kpi(
    title="Service level",
    unit="fraction",
    better="higher",
    source=f"{_CALL}; Cisco, Genesys and Amazon Connect documentation for the variants",
    rows=(11, 24),
    aliases=("tsf", "niveau de service", "sl"),
    amber=0.8,
    red=0.7,
    default=True,
    example="1000 answered, 60 abandoned, 860 and 20 of them within the threshold: all_offered 81.1 %, answered_only 86.0 %, "
    "late_abandons 82.7 %, abandons_ok 83.0 %",
)
def service_level(*, threshold: Seconds = 20.0, service_level: str = "all_offered", short_abandon: Seconds = 5.0) -> Ratio:
    """Offered contacts answered within *threshold* / offered contacts; abandoned ones count as missed.

    Variants: ``all_offered``; ``answered_only`` (/ answered); ``late_abandons`` (/ answered + abandoned after the threshold);
    ``abandons_ok`` (abandoned within the threshold count as met); ``short_abandons`` (those below *short_abandon* leave
    the denominator);
    ``strict`` (wait *below* the threshold); ``decided`` (/ answered + abandoned + still waiting and past the threshold:
    for horizons that
    cut contacts off). Amber and red are the customary 80 % and ten points less.
    """
    variant = _SHORT_NAMES.get(service_level, service_level)
    sides = choose("service_level", variant, SERVICE_LEVELS)
    limit = ticks_of(threshold)
    answered, left = _offered() & col("_answered"), _offered() & is_outcome("abandoned")
    within = col("_wait") < limit if variant == "strict" else col("_wait") <= limit
    numerator, denominator = sides(answered & within, answered, left & within, left)
    if variant == "short_abandons":
        denominator = denominator & ~(left & (col("_wait") < ticks_of(short_abandon)))
    if variant == "decided":
        late = (col("_waiting") > limit).fill_null(value=False)
        waiting = col("_waiting").is_not_null()
        return Ratio(numerator, denominator | late, censored=waiting & ~late)
    return Ratio(numerator, denominator)


@kpi(title="Abandoned after the threshold", unit="fraction", better="lower", source=_CALL, rows=(26,))
def late_abandon_rate(*, threshold: Seconds = 20.0) -> Ratio:
    """Abandoned after more than *threshold* / offered."""
    return Ratio(is_outcome("abandoned") & (col("_wait") > ticks_of(threshold)), _offered())


def _missed() -> Expr:
    asked = _offered() | is_outcome("blocked", "refused")
    return asked & ~col("_answered") & (col("outcome") != "open")


@kpi(title="Missed contacts", unit="count", better="lower", source=_CHAT, rows=(27,), aliases=("missed chats",))
def missed() -> Count:
    """Contacts that asked for a human and that no human answered, whatever the reason."""
    return Count(_missed())


@kpi(title="Missed share", unit="fraction", better="lower", source=_CHAT, rows=(27,), aliases=("missed chat rate",))
def missed_rate() -> Ratio:
    """Missed / contacts that asked for a human (blocked and refused ones included)."""
    return Ratio(_missed(), _offered() | is_outcome("blocked", "refused"))


@kpi(
    title="Blocked share",
    unit="fraction",
    better="lower",
    source="Erlang B: probability of blocking",
    aliases=("blocking probability",),
)
def blocked_rate() -> Ratio:
    """Blocked or refused / contacts that asked for a human."""
    lost = is_outcome("blocked", "refused")
    return Ratio(lost, _offered() | lost)


@kpi(title="Exit after chat request", unit="fraction", better="lower", source=_CHAT, rows=(28,))
def exit_after_request(*, exit_window: Seconds = 300.0) -> Ratio:
    """Visits that ended within *exit_window* of asking for a contact / visits that asked for one."""
    asked = col("requested_at").is_not_null()
    stayed = (col("ended_at") - col("requested_at")).dt.total_milliseconds()
    return Ratio(asked & (stayed <= ticks_of(exit_window)), asked & pl.col("ended_at").is_not_null(), source=Source("visits"))
