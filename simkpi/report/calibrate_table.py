"""Says in a few lines what was fitted, and lays the log's KPIs beside the simulated ones."""

from __future__ import annotations

from collections.abc import Iterator

from simkpi.planning.calibrate.calibration import Calibration, ContactFit
from simkpi.planning.calibrate.check import TITLES, Comparison, Line
from simkpi.planning.calibrate.staffing import StaffFit
from simkpi.planning.calibrate.volume import Spread
from simkpi.report.sentences import in_language
from simkpi.report.tables import aligned, title
from simkpi.report.words import numbers_in, say
from simkpi.units import decimals_for, format_value

FIT_HEADER = (
    "Contact type",
    "Contacts",
    "Ended in bot",
    "Talk",
    "Law",
    "Wrap-up",
    "Patience (exp.)",
    "Waiting after 60s",
    "Day spread",
)
_LAWS = {kind: f"law: {kind}" for kind in ("fixed", "exponential", "gamma", "lognormal", "weibull", "empirical")}
CHECK_HEADER = ("KPI", "Log", "Simulated", "Range of one log", "Log's own days", "Agrees")


def lines(calibration: Calibration, comparison: Comparison | None, lang: str = "en") -> Iterator[str]:
    """Write the whole result, one line at a time."""
    yield from aligned([say(word, lang) for word in FIT_HEADER], fit_rows(calibration, lang), left=(0,)).splitlines()
    yield ""
    yield from fit_sentences(calibration, lang)
    if comparison is None:
        return
    yield ""
    yield say("The log beside {n} simulations of it", lang, n=comparison.replications)
    yield from aligned([say(word, lang) for word in CHECK_HEADER], check_rows(comparison, lang), left=(0,)).splitlines()
    yield ""
    yield say("Where and why they differ", lang)
    yield from (f"- {in_language(reason, lang)}" for reason in comparison.reasons)


def fit_rows(calibration: Calibration, lang: str = "en") -> list[list[str]]:
    """One row of text per contact type, under :data:`FIT_HEADER`."""
    rows = [_fit_row(contact, lang) for contact in calibration.contacts]
    return [[name, *(numbers_in(cell, lang) for cell in cells)] for name, *cells in rows]


def _fit_row(contact: ContactFit, lang: str) -> list[str]:
    patience, spread = contact.patience, contact.volume.day
    mean, error = patience.exponential_mean, patience.exponential_error
    share = next((point for point in patience.survival if point[0] == 60), None)
    pooled = f" ({say('pooled', lang)})" if contact.talk_pooled else ""
    unlogged = f" ({say('unlogged', lang)})" if contact.wrap_unlogged else ""
    kind = contact.talk.kind if lang == "en" else say(_LAWS[contact.talk.kind], lang)
    return [
        contact.name,
        format_value(contact.volume.contacts, "count", locale=lang),
        f"{100 * contact.bot.ended_share:.1f}% ± {100 * contact.bot.ended_error:.1f}" if contact.bot else "–",
        f"{contact.talk.mean:.0f}s ± {contact.talk.mean_error:.0f}",
        kind + pooled,
        f"{contact.wrap.mean:.0f}s ± {contact.wrap.mean_error:.1f}" + unlogged if contact.wrap.mean else "0s",
        f"{mean:.0f}s ± {error:.0f}" if mean is not None and error is not None else "–",
        f"{100 * share[1]:.0f}% [{100 * share[2]:.0f}, {100 * share[3]:.0f}]" if share else "–",
        _spread(spread),
    ]


def _spread(spread: Spread) -> str:
    if spread.low is None or spread.high is None:
        return "–"
    return f"{100 * spread.cv:.0f}% [{100 * spread.low:.0f}, {100 * spread.high:.0f}]"


def fit_sentences(calibration: Calibration, lang: str = "en") -> Iterator[str]:
    """Sentences on patience, order of service, agents on duty, and what to know before using the fit."""
    yield from _patience(calibration, lang)
    for contact in calibration.contacts:
        order = contact.order
        if order.head_start and order.pairs:
            error = f" ± {order.error:.0f}" if order.error is not None else ""
            yield say(
                "{name}: counts in the queue as if it had come {start} earlier ({pairs} pairs).",
                lang,
                name=contact.name,
                start=f"{order.head_start:.0f}s{error}",
                pairs=format_value(order.pairs, "count", locale=lang),
            )
    for team in calibration.teams:
        yield say(
            "Team {name}: {agents} agents; on duty {share} of the {hours} agent-hours in which they handled something.",
            lang,
            name=team.name,
            agents=team.agents,
            share=f"{100 * team.availability:.0f}%",
            hours=format_value(round(team.active_hours), "count", locale=lang),
        )
        yield from _agents(team, lang)
    yield from _tuned(calibration, lang)
    yield from (say("Note: {note}.", lang, note=in_language(note, lang)) for note in calibration.notes)


def _agents(team: StaffFit, lang: str) -> Iterator[str]:
    """Say how agents differ, and whether those who have nothing to do are there."""
    if team.paces.names:
        yield say(
            "Team {name}: the quickest agent takes {low} times the usual time, the slowest {high} times; each counts by his own"
            " pace.",
            lang,
            name=team.name,
            low=format_value(float(team.paces.pace.min()), "number", half_width=0.1, locale=lang),
            high=format_value(float(team.paces.pace.max()), "number", half_width=0.1, locale=lang),
        )
    if team.breath is not None and team.breath.chance:
        breath = team.breath
        yield say(
            "Team {name}: of the agents who finish while nobody waits {share} go away, for {time} on average ({seen} calls beside"
            " one idle agent).",
            lang,
            name=team.name,
            share=f"{100 * breath.chance:.0f}% ± {100 * breath.chance_error:.0f}",
            time=f"{breath.mean:.0f}s ± {breath.mean_error:.0f}",
            seen=format_value(breath.seen, "count", locale=lang),
        )


def _patience(calibration: Calibration, lang: str) -> Iterator[str]:
    told = [contact for contact in calibration.contacts if contact.patience.naive_mean is not None]
    for contact in told[:1]:
        patience = contact.patience
        yield say(
            "Patience of {name}: {mean} by total wait / abandonments, from {left} who left and {answered} who were answered"
            " first. Not {naive}: the mean wait of those who abandoned is not their patience: patient customers were answered"
            " first and are missing from it.",
            lang,
            name=contact.name,
            mean=f"{patience.exponential_mean:.0f}s",
            left=format_value(patience.abandoned, "count", locale=lang),
            answered=format_value(patience.answered, "count", locale=lang),
            naive=f"{patience.naive_mean:.0f}s",
        )
    for contact in told:
        if (shorter := contact.patience.shortening).share:
            yield say(
                "{name}: each contact that waits already takes {share} off the patience.",
                lang,
                name=contact.name,
                share=numbers_in(f"{100 * shorter.share:.1f}% ± {100 * (shorter.error or 0.0):.1f}", lang),
            )


def _tuned(calibration: Calibration, lang: str) -> Iterator[str]:
    tuning = calibration.tuning
    if tuning is None:
        return
    error = f" ± {tuning.factor_error:.3f}" if tuning.factor_error is not None else ""
    factor, rate = numbers_in(f"{calibration.factor:.3f}{error}", lang), f"{100 * tuning.abandon_rate:.1f}%"
    if tuning.has_breath:
        yield say(
            "Availability factor {factor}, tuned by simulation to the abandon rate of {rate} and the service level in 20s of"
            " {level}: fitted, not predicted.",
            lang,
            factor=factor,
            rate=rate,
            level=f"{100 * tuning.service_level:.1f}%",
        )
        breath = f" ± {tuning.quiet_error:.0f}" if tuning.quiet_error is not None else ""
        yield say(
            "Agents who finish while nobody waits take {time} on average until they are ready.",
            lang,
            time=f"{calibration.quiet:.0f}s{breath}",
        )
    else:
        yield say(
            "Availability factor {factor}, tuned by simulation to the abandon rate of {rate}: fitted, not predicted.",
            lang,
            factor=factor,
            rate=rate,
        )


def check_rows(comparison: Comparison, lang: str = "en") -> list[list[str]]:
    """One row of text per KPI, under :data:`CHECK_HEADER`."""
    return [_check_row(line, lang) for line in comparison.lines]


def _check_row(line: Line, lang: str) -> list[str]:
    def show(value: float | None) -> str:
        return format_value(value, line.unit, half_width=line.half_width, locale=lang)

    half = f" ± {_half(line, lang)}" if line.half_width else ""
    span = say("{low} to {high}", lang, low=show(line.low), high=show(line.high)) if line.low is not None else say("n/a", lang)
    verdict = {True: say("yes", lang), False: say("no", lang), None: "–"}[line.agrees]
    return [label(line, lang), show(line.recorded), show(line.value) + half, span, show(line.same_days), verdict]


def label(line: Line, lang: str = "en") -> str:
    """Name of a compared figure in the language of the reader."""
    base, _, threshold = line.kpi.partition("@")
    if lang == "en":
        return line.title
    if base in TITLES:
        return say(TITLES[base], lang)
    return say("{kpi} in {threshold}", lang, kpi=title(base, lang), threshold=threshold) if threshold else title(base, lang)


def _half(line: Line, lang: str) -> str:
    assert line.half_width is not None
    if line.unit == "fraction":
        points = 100 * line.half_width
        text = f"{points:.{decimals_for(points)}f}"
        return text.replace(".", ",") if lang == "fr" else text
    return format_value(line.half_width, line.unit, half_width=line.half_width, locale=lang)
