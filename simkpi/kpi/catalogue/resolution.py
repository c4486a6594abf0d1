"""Resolution: whether issues are solved, at the first contact, and what comes back."""

from __future__ import annotations

from polars import Expr, col, lit

from simkpi.kpi.derived import is_outcome, ticks_of
from simkpi.kpi.measure import Count, Ratio, Seconds, Source, choose, kpi

_CHAT = "LiveAgent, 15 live-chat metrics"
_DESK = "LiveAgent, 12 help-desk metrics"


#: The interactions, scanned apart: looking at the next contact of a case needs them all in memory, the other KPIs are streamed.
IN_CASES = Source("interactions", variant="in_cases")


def first_contact(window: float, bot: str, censored: str, resolved: str) -> tuple[Source, Expr, Expr]:
    """Table of cases, and the flags *solved at the first contact* and *decided*."""
    choose("bot", bot, {"counts": 1, "ignored": 0})
    everything = choose("censored", censored, {"drop": False, "count": True})
    flag = choose("resolved", resolved, {"flag": True, "no_return": False})
    source = Source("cases", window=window, variant=bot)
    handled = col("_first").is_not_null()
    solved = (
        handled & ~col("_returned") & (col("_first_resolved") & col("is_resolved").is_not_null() if flag else lit(value=True))
    )
    return source, solved, col("_elapsed") | lit(value=everything)


@kpi(
    title="First contact resolution",
    unit="fraction",
    better="higher",
    source=f"{_CHAT}; eDesk; {_DESK}; good range by SQM Group",
    rows=(29,),
    aliases=("first contact resolution", "first call resolution", "rpc"),
    amber=0.70,
    typical=(0.70, 0.79),
    example="80 / 100 = 80 %",
    default=True,
)
def fcr(*, fcr_window: Seconds = 604_800.0, bot: str = "counts", censored: str = "drop", resolved: str = "flag") -> Ratio:
    """Cases resolved in their first handled contact with no further contact within the window / cases whose window has passed.

    A case is one issue whose contacts follow each other within the window (inclusive); a transfer does not break it;
    abandoned attempts
    before the first handled contact do not either. ``bot="counts"``: a contact that the bot contained is handled;
    ``"ignored"``: only an
    agent handles. Cases whose window has not passed at the end of the horizon are counted as censored;
    ``censored="count"`` takes them as
    they stand. ``resolved="no_return"`` asks for no flag, only for silence. Received cases that nobody handled are in the
    denominator.
    """
    source, solved, decided = first_contact(fcr_window, bot, censored, resolved)
    return Ratio(solved & decided, decided, source=source, censored=~col("_elapsed"))


@kpi(title="Unresolved contacts", unit="count", better="lower", source=_CHAT, rows=(30,))
def unresolved() -> Count:
    """Answered or contained contacts that did not solve the issue; break down by ``reason``, contact type or agent."""
    return Count((col("_answered") | col("_contained")) & ~col("is_resolved").fill_null(value=True))


@kpi(title="Unresolved share", unit="fraction", better="lower", source=_CHAT, rows=(30, 35))
def unresolved_rate() -> Ratio:
    """Unresolved / handled contacts whose resolution is known."""
    known = (col("_answered") | col("_contained")) & col("is_resolved").is_not_null()
    return Ratio(known & ~col("is_resolved"), known)


def _comes_back(window: float) -> Expr:
    gap = (col("_next_at") - col("_end")).dt.total_milliseconds()
    return (gap <= ticks_of(window)).fill_null(value=False)


def undecided(window: float) -> Expr:
    """Rows without a return so far whose window reaches beyond the horizon's end."""
    left = (col("_horizon_end") - col("_end")).dt.total_milliseconds()
    return ~_comes_back(window) & (left < ticks_of(window))


@kpi(title="Return or escalation share", unit="fraction", better="lower", source=_CHAT, rows=(31,))
def return_or_escalation_rate(*, recontact_window: Seconds = 604_800.0) -> Ratio:
    """Contacts followed by another of the same case within the window, or escalated / contacts."""
    return Ratio(
        _comes_back(recontact_window) | col("_escalated"),
        col("contact_id").is_not_null(),
        censored=undecided(recontact_window),
        source=IN_CASES,
    )


@kpi(
    title="Repeat contact rate",
    unit="fraction",
    better="lower",
    source=_CHAT,
    rows=(31,),
    aliases=("recontact rate", "repeat rate"),
)
def repeat_rate(*, recontact_window: Seconds = 604_800.0) -> Ratio:
    """Handled contacts followed by another contact of the same case within the window (inclusive) / handled contacts.

    Contacts without a case (customer not identified) are in neither.
    """
    handled = col("_identified") & (col("_answered") | col("_contained"))
    return Ratio(
        handled & _comes_back(recontact_window), handled, censored=handled & undecided(recontact_window), source=IN_CASES
    )


@kpi(
    title="Redial share",
    unit="fraction",
    better="lower",
    source="retrials: Aguir, Karaesmen, Aksin, Chauvet (2004)",
    aliases=("retrial rate",),
)
def redial_rate(*, recontact_window: Seconds = 604_800.0) -> Ratio:
    """Abandoned, blocked or refused contacts followed by another of the same case within the window / those contacts.

    Contacts without a case (customer not identified) are in neither.
    """
    lost = col("_identified") & is_outcome("abandoned", "blocked", "refused")
    return Ratio(lost & _comes_back(recontact_window), lost, censored=lost & undecided(recontact_window), source=IN_CASES)


@kpi(title="Resolution rate", unit="fraction", better="higher", source=_DESK, rows=(32, 35))
def resolution_rate(*, resolution_rate: str = "received") -> Ratio:
    """Resolved / received contacts.

    Variants: ``received`` (the article's), ``handled`` (answered or contained ones only).
    """
    received = choose("resolution_rate", resolution_rate, {"received": True, "handled": False})
    base = col("contact_id").is_not_null() if received else col("_answered") | col("_contained")
    return Ratio(base & col("is_resolved").fill_null(value=False), base)


@kpi(title="Escalation rate", unit="fraction", better="lower", source=_DESK, rows=(33, 35))
def escalation_rate() -> Ratio:
    """Escalated / contacts."""
    return Ratio(col("_escalated"), col("contact_id").is_not_null())


@kpi(title="Transfer rate", unit="fraction", better="lower", source=_CHAT, rows=(34,))
def transfer_rate() -> Ratio:
    """Answered contacts passed to another agent or queue / answered contacts."""
    return Ratio(col("_answered") & (col("n_transfers").fill_null(0) > 0), col("_answered"))


@kpi(
    title="Transfers per contact",
    unit="number",
    better="lower",
    source=f"{_DESK}: a ticket moves 1-2 times",
    rows=(33, 34),
    amber=2.0,
    typical=(1.0, 2.0),
)
def transfers_per_contact() -> Ratio:
    """Mean number of transfers of answered contacts."""
    return Ratio(col("_answered") * col("n_transfers").fill_null(0), col("_answered"), kind="mean")


@kpi(title="Reopen rate", unit="fraction", better="lower", source=_DESK, rows=(36,))
def reopen_rate() -> Ratio:
    """Reopened / resolved contacts."""
    solved = col("_solved_at").is_not_null() | col("reopened_at").is_not_null()
    return Ratio(col("reopened_at").is_not_null(), solved)


@kpi(
    title="Contacts per case",
    unit="number",
    better="lower",
    source="contacts and cases: simkpi's terms (docs/kpis.md)",
    rows=(31,),
)
def contacts_per_case() -> Ratio:
    """Contacts / cases; a case belongs to its first contact."""
    return Ratio(~col("_is_transfer"), col("_first_of_case"), source=IN_CASES, kind="mean")
