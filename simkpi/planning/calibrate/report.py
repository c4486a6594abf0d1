"""Says in a few lines what was fitted, and lays the log's KPIs beside the simulated ones."""

from __future__ import annotations

from collections.abc import Iterator

from simkpi.planning.calibrate.calibration import Calibration, ContactFit
from simkpi.planning.calibrate.check import Comparison, Line
from simkpi.planning.calibrate.patience import WHY_NOT_THE_MEAN
from simkpi.planning.calibrate.volume import Spread
from simkpi.units import decimals_for, format_value

FIT_HEADER = [
    "Contact type",
    "Contacts",
    "Ended in bot",
    "Talk",
    "Law",
    "Wrap-up",
    "Patience (exp.)",
    "Waiting after 60s",
    "Day spread",
]
CHECK_HEADER = ["KPI", "Log", "Simulated", "Range of one log", "Log's own days", "Agrees"]


def fit_rows(calibration: Calibration) -> list[list[str]]:
    """One row of text per contact type, under :data:`FIT_HEADER`."""
    return [_fit_row(contact) for contact in calibration.contacts]


def _fit_row(contact: ContactFit) -> list[str]:
    patience, spread = contact.patience, contact.volume.day
    mean, error = patience.exponential_mean, patience.exponential_error
    share = next((point for point in patience.survival if point[0] == 60), None)
    return [
        contact.name,
        f"{contact.volume.contacts:,}",
        f"{100 * contact.bot.ended_share:.1f}%" if contact.bot else "–",
        f"{contact.talk.mean:.0f}s ± {contact.talk.mean_error:.0f}",
        contact.talk.kind + (" (pooled)" if contact.talk_pooled else ""),
        f"{contact.wrap.mean:.0f}s" + (" (unlogged)" if contact.wrap_unlogged else ""),
        f"{mean:.0f}s ± {error:.0f}" if mean is not None and error is not None else "–",
        f"{100 * share[1]:.0f}% [{100 * share[2]:.0f}, {100 * share[3]:.0f}]" if share else "–",
        _spread(spread),
    ]


def _spread(spread: Spread) -> str:
    if spread.low is None or spread.high is None:
        return "–"
    return f"{100 * spread.cv:.0f}% [{100 * spread.low:.0f}, {100 * spread.high:.0f}]"


def fit_sentences(calibration: Calibration) -> Iterator[str]:
    """Sentences on patience, agents on duty and what to know before using the fit."""
    for contact in calibration.contacts:
        patience = contact.patience
        if patience.naive_mean is not None:
            yield (
                f"Patience of {contact.name}: {patience.exponential_mean:.0f}s by total wait / abandonments, from"
                f" {patience.abandoned:,} who left and {patience.answered:,} who were answered first."
                f" Not {patience.naive_mean:.0f}s: {WHY_NOT_THE_MEAN}."
            )
            break
    for team in calibration.teams:
        yield (
            f"Team {team.name}: {team.agents} agents; on duty {100 * team.availability:.0f}% of the {team.active_hours:,.0f}"
            " agent-hours in which they handled something."
        )
    if (tuning := calibration.tuning) is not None:
        error = f" ± {tuning.factor_error:.3f}" if tuning.factor_error is not None else ""
        both = f" (and the service level in 20s of {100 * tuning.service_level:.1f}%)" if tuning.has_breath else ""
        yield (
            f"Availability factor {calibration.factor:.3f}{error}, tuned by simulation to the abandon rate of"
            f" {100 * tuning.abandon_rate:.1f}%{both}: fitted, not predicted."
        )
    if calibration.quiet:
        error = f" ± {tuning.quiet_error:.0f}" if tuning is not None and tuning.quiet_error is not None else ""
        yield f"Agents who finish while nobody waits take {calibration.quiet:.0f}s{error} on average until they are ready."
    yield from (f"Note: {note}." for note in calibration.notes)


def check_rows(comparison: Comparison) -> list[list[str]]:
    """One row of text per KPI, under :data:`CHECK_HEADER`."""
    return [_check_row(line) for line in comparison.lines]


def _check_row(line: Line) -> list[str]:
    def show(value: float | None) -> str:
        return format_value(value, line.unit, half_width=line.half_width)

    half = f" ± {_half(line)}" if line.half_width else ""
    span = f"{show(line.low)} to {show(line.high)}" if line.low is not None else "n/a"
    verdict = {True: "yes", False: "no", None: "–"}[line.agrees]
    return [line.title, show(line.recorded), show(line.value) + half, span, show(line.same_days), verdict]


def _half(line: Line) -> str:
    assert line.half_width is not None
    if line.unit == "fraction":
        points = 100 * line.half_width
        return f"{points:.{decimals_for(points)}f}"
    return format_value(line.half_width, line.unit, half_width=line.half_width)
