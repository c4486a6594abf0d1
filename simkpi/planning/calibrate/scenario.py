"""Writes a calibration as a scenario file, each figure with its origin, number of observations and uncertainty beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from simkpi.planning.calibrate.calibration import Calibration, ContactFit
from simkpi.planning.calibrate.life_lines import (
    again_lines,
    order_lines,
    patience_lines,
    quiet_lines,
    routing_lines,
    transfer_lines,
)
from simkpi.planning.calibrate.staffing import StaffFit
from simkpi.planning.calibrate.turn_lines import turn_lines
from simkpi.planning.calibrate.volume import Spread, VolumeFit
from simkpi.planning.calibrate.yaml_lines import comment, key, law_lines, row_lines
from simkpi.units import format_duration, format_share, format_time_of_day

#: What the talk time of a chat with turns is.
_WRITTEN = {"chat": "what agents write in a chat", "reply": "work of a reply x mean number of replies"}


def scenario_text(calibration: Calibration, *, name: str, origin: str = "", replications: int = 10) -> str:
    """Text of a scenario file.

    Parameters
    ----------
    calibration : Calibration
        From :func:`simkpi.planning.calibrate.fit.fit`.
    name : str
        Display name of the scenario.
    origin : str
        Where the data come from and whom to acknowledge: comment lines at the top.
    replications : int
        Written as ``run.replications``.

    Returns
    -------
    str
        YAML that :func:`simkpi.scenario.files.loads` reads.
    """
    return "\n".join(_lines(calibration, name, origin, replications)) + "\n"


def _lines(fit: Calibration, name: str, origin: str, replications: int) -> Iterator[str]:
    observed, days = fit.observed, fit.days
    last = observed.start + timedelta(days=observed.days - 1)
    yield from comment(
        f"Fitted by simkpi calibrate to {len(observed):,} contacts, {observed.start} to {last} (source: {fit.source})."
    )
    yield from comment(origin)
    yield from comment(
        "± is one standard error; [a, b] a 95 % interval. Figures of one log are not laws of nature: see the notes."
    )
    for note in fit.notes:
        yield from comment(f"Note: {note}", hanging=6)
    yield "simkpi: 1"
    yield f"name: {json.dumps(name, ensure_ascii=False)}"
    yield "calendar:"
    yield f"  from: {observed.start}"
    yield f"  days: {observed.days}"
    if fit.hours and fit.hours.text:
        yield f"  open: {fit.hours.text}  # somebody on duty, and contacts"
    yield ""
    first, end = _hours(fit)
    sizes = ", ".join(f"{label} {size}" for label, size in zip(days.labels, days.sizes, strict=True))
    if days.profile == "weekday":
        yield from comment(f"Volumes: mean contacts per interval over the days of each weekday (days: {sizes}).")
    else:
        yield from comment(f"Volumes: {'means of the weekdays' if fit.is_drawn else 'of the days themselves'}, one row per date.")
    yield from comment(
        f"All contact types together: {_spread_text(fit.total.day, 'days')}; {_spread_text(fit.total.interval, 'intervals')}."
    )
    yield from comment(
        "Spread is drawn for each contact type by itself, so the total varies less from day to day than the log's."
    )
    yield "contacts:"
    for contact in fit.contacts:
        yield from _contact(fit, contact, first, end)
    if fit.growth is not None and days.profile == "weekday":
        yield from fit.growth.lines(observed.days)
    if any(contact.bot for contact in fit.contacts):
        yield "bots:"
        for contact in fit.contacts:
            yield from _bot(contact)
    yield "teams:"
    for team in fit.teams:
        yield from _team(fit, team)
    yield from routing_lines(fit)
    yield "run:"
    yield f"  replications: {replications}"
    yield "  seed: 1"


def _volume(fit: Calibration, volume: VolumeFit, first: int, end: int) -> Iterator[str]:
    date_profile = fit.days.profile == "date"
    yield "    volume:"
    yield f"      interval: {format_duration(fit.interval)}"
    yield f'      from: "{format_time_of_day(first * fit.interval)}"'
    if date_profile and not fit.is_drawn:
        yield "      mode: exact_interval  # as many contacts in each interval as in the log"
    else:
        if volume.day.cv:
            yield f"      day_spread: {format_share(round(volume.day.cv, 4))}  # {_spread_text(volume.day, 'days')}"
        if volume.interval.cv:
            shown = _spread_text(volume.interval, "intervals")
            yield f"      interval_spread: {format_share(round(volume.interval.cv, 4))}  # {shown}"
        if volume.interval.cv and volume.correlation:
            shown = f"with the interval before, ± {100 * volume.correlation_error:.0f} %"
            yield f"      interval_correlation: {format_share(round(volume.correlation, 4))}  # {shown}"
    yield "      expected:" if date_profile else "      weekdays:"
    for row, label in enumerate(fit.days.labels):
        shown = f"{volume.per_day[row]:,.1f} ± {volume.per_day_error[row]:,.1f} a day, {fit.days.sizes[row]} day(s)"
        yield from row_lines(
            "- " if date_profile else f"{label}: ",
            [f"{value:.4g}" for value in volume.expected[row, first:end]],
            f"{label}: {shown}",
        )


def _contact(fit: Calibration, contact: ContactFit, first: int, end: int) -> Iterator[str]:
    yield f"  {key(contact.name)}:"
    yield f"    channel: {key(contact.channel)}"
    yield from _volume(fit, contact.volume, first, end)
    if fit.hours and fit.hours.text and fit.hours.rule == "refuse":
        yield "    when_closed: refuse  # hardly anybody who came outside the opening hours was answered"
    yield "    handle:"
    pooled = "; too few, so all contact types of the channel together" if contact.talk_pooled else ""
    what = "talk time" if contact.turns is None else _WRITTEN[contact.turns.effort]
    yield from law_lines("talk", contact.talk, 6, what + pooled)
    if contact.hold.mean > 0:
        yield from law_lines("hold", contact.hold, 6, "hold time")
    if contact.wrap.mean > 0:
        what = "not logged: pauses of agents before contacts that had waited" if contact.wrap_unlogged else "after-contact work"
        yield from law_lines("wrap", contact.wrap, 6, what)
    yield from quiet_lines(fit, contact)
    if contact.slow_down is not None:
        slow = contact.slow_down
        shown = ", ".join(f"{100 * each:.0f} ± {100 * error:.0f} %" for each, error in zip(slow.slower, slow.errors, strict=True))
        ended = ", ".join(map(str, slow.ended))
        what = "slower with 1, 2, 3 ... contacts open"
        yield from comment(f"{what}: {shown}; ended there: {ended}. Talk and wrap-up are what they would take alone.", indent=6)
        yield f"      slower_when_busy: [{', '.join(format_share(each) for each in slow.slower)}]"
    if contact.turns is not None:
        yield from turn_lines(contact.turns)
    yield from patience_lines(contact.patience)
    yield from order_lines(contact.order)
    if contact.resolved is not None:
        error = _share_error(contact.resolved, contact.resolved_of)
        told = f"± {error}, of {contact.resolved_of} answered contacts that tell"
        yield f"    resolved: {format_share(round(contact.resolved, 4))}  # {told}"
    elif contact.returns is not None and contact.returns.resolved is not None:
        told = f"± {100 * contact.returns.error:.1f}, did not come back; the log does not tell more"
        yield f"    resolved: {format_share(round(contact.returns.resolved, 4))}  # {told}"
    yield from transfer_lines(contact.transfer)
    yield from again_lines("retry", contact, contact.redials)
    yield from again_lines("recontact", contact, contact.returns)


def _share_error(share: float, of: int) -> str:
    """Write the standard error of a share of *of* contacts, in per cent."""
    return f"{100 * (share * (1 - share) / max(of, 1)) ** 0.5:.1f}"


def _bot(contact: ContactFit) -> Iterator[str]:
    bot = contact.bot
    if bot is None:
        return
    counts = ", ".join(f"{name} {count}" for name, count in bot.sessions.items())
    yield f"  {key(contact.name + ' bot')}:"
    yield from comment(f"{counts}; ended there {100 * bot.ended_share:.2f} % ± {100 * bot.ended_error:.2f}", indent=4)
    yield f"    serves: [{key(contact.name)}]"
    met = sum(bot.sessions.values())
    stayed = met - bot.sessions["gave_up"]
    told = f"± {_share_error(bot.contains, stayed)}, of those who did not give up"
    yield f"    contains: {format_share(round(bot.contains, 4))}  # {told}"
    yield f"    gives_up: {format_share(round(bot.gives_up, 4))}  # ± {_share_error(bot.gives_up, met)}"
    yield "    time:"
    for name, time in bot.times.items():
        yield from law_lines(name, time, 6, "session time")


def _team(fit: Calibration, team: StaffFit) -> Iterator[str]:
    counts = fit.heads(team)
    open_slots = np.flatnonzero(counts.any(axis=0))
    first, end = (int(open_slots[0]), int(open_slots[-1]) + 1) if len(open_slots) else (0, 1)
    yield f"  {key(team.name)}:"
    where = "reconstructed from contacts" if team.source == "contacts" else "from the log's agent states"
    yield from comment(
        f"{team.agents} agents seen; on duty {where}: {100 * team.availability:.1f} % of the {team.active_hours:,.0f} agent-hours"
        f" in which they handled something; {team.breaks} pauses taken as absences",
        indent=4,
    )
    if team.paces.names:
        low, high = team.paces.pace.min(), team.paces.pace.max()
        yield from comment(
            f"agents differ: the quickest takes {low:.2f}, the slowest {high:.2f} of the usual time (drawn towards 1 by error);"
            " each counts as 1 / that: the head-counts are agents of usual pace",
            indent=4,
        )
    busy = team.on_duty.any(axis=0)
    if busy.any() and np.ptp(team.pace[busy]) > 0.01:
        yield from comment(
            f"handle time varies over the day, {team.pace[busy].min():.2f} to {team.pace[busy].max():.2f} of the usual (by hour,"
            " contact types taken into account): the head-counts are agents of usual pace, on duty / that ratio",
            indent=4,
        )
    if fit.tuning is not None:
        error = f" ± {fit.tuning.factor_error:.3f}" if fit.tuning.factor_error is not None else ""
        both = f" (and service level in 20 s, {100 * fit.tuning.service_level:.1f} %)" if fit.tuning.has_breath else ""
        yield from comment(
            f"availability factor {fit.factor:.3f}{error}, tuned by simulation to the log's abandon rate of"
            f" {100 * fit.tuning.abandon_rate:.1f} %{both}: fitted, not predicted",
            indent=4,
        )
    yield "    skills:"
    for name, many in team.skills.items():
        yield f"      {key(name)}: {{at_once: {many}}}" if many > 1 else f"      {key(name)}: {{}}"
    yield "    staffing:"
    yield f"      interval: {format_duration(fit.interval)}"
    yield f'      from: "{format_time_of_day(first * fit.interval)}"'
    date_profile = fit.days.profile == "date"
    yield "      count:" if date_profile else "      weekdays:"
    for row, label in enumerate(fit.days.labels):
        error = "" if np.isnan(team.hours_error[row]) else f" ± {team.hours_error[row]:.1f}"
        written = counts[row].sum() * fit.interval / 3600
        shown = f"{label}: {team.hours[row]:.1f}{error} agent-hours a day, written {written:.1f}"
        yield from row_lines("- " if date_profile else f"{label}: ", [str(value) for value in counts[row, first:end]], shown)


def _hours(fit: Calibration) -> tuple[int, int]:
    """First interval with a volume, and the one after the last."""
    slots = np.flatnonzero(fit.total.expected.any(axis=0))
    return (int(slots[0]), int(slots[-1]) + 1) if len(slots) else (0, 1)


def _spread_text(spread: Spread, what: str) -> str:
    if spread.low is None or spread.high is None:
        return f"spread of {what} beyond Poisson unknown (needs two days of a weekday)"
    likelihood = "" if spread.likelihood is None else f", by maximum likelihood {100 * spread.likelihood:.1f} %"
    return (
        f"spread of {what} beyond Poisson {100 * spread.cv:.1f} % [{100 * spread.low:.1f}, {100 * spread.high:.1f}]{likelihood}"
    )
