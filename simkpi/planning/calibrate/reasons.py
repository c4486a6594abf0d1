"""Why a log and the simulation of its fit differ: the measurable causes with their size, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.phrase import Phrase

if TYPE_CHECKING:
    from simkpi.planning.calibrate.check import Line

#: Figures for which it is said what averaging over weekdays does.
_AVERAGED = ("asa", "abandon_rate", "service_level@20s")
#: Contact types of one queue wait alike if the ratio of their waits is between these.
_ALIKE = (0.67, 1.5)
#: Standard error of the availability factor, relative, from which the log does not determine it.
_VAGUE = 0.25


def explain(calibration: Calibration, lines: tuple[Line, ...]) -> list[str]:
    """Sentences that say why log and simulation differ.

    Parameters
    ----------
    calibration : Calibration
        What was simulated.
    lines : tuple of Line
        The log's figures beside the simulated ones.
    """
    found = [_outside(lines), *_tuned(calibration), *_work(calibration)]
    if out := int((calibration.days.row < 0).sum()):
        found.append(Phrase("{n} day(s) (gaps of the log, special days) are left out on both sides", n=out))
    if calibration.left_out:
        told = "volume: {n} contacts outside staffed intervals (or in outages) are not in the scenario"
        found.append(Phrase(told, n=calibration.left_out))
    found += [*_bot(calibration, lines), *_averaging(lines), *_order(calibration)]
    if calibration.links:
        found.append(Phrase("breaks taken by turns are not in this model"))
    else:
        found.append(Phrase("callers who try again and breaks taken by turns are not in this model"))
    return found


def _outside(lines: tuple[Line, ...]) -> Phrase:
    judged = [line for line in lines if line.agrees is not None]
    off = [_label(line) for line in judged if not line.agrees]
    if not off:
        return Phrase("every figure of the log lies in the range of one log")
    told = "outside the range of one log: {figures} ({n} of {all}; by chance alone one figure in twenty is)"
    return Phrase(told, figures=Phrase.joined(off), n=len(off), all=len(judged))


def _label(line: Line) -> Phrase:
    """Name of a figure, whose words are known in other languages."""
    title, threshold = line.title, line.kpi.partition("@")[2]
    if not threshold:
        return Phrase(title)
    plain = title.removesuffix(f" in {threshold}")
    return Phrase("{kpi} in {threshold}", kpi=Phrase(plain), threshold=threshold)


def _tuned(calibration: Calibration) -> Iterator[str]:
    tuning, factor = calibration.tuning, f"{calibration.factor:.3f}"
    if tuning is not None and tuning.has_breath:
        told = "abandon rate and service level in 20s were tuned (availability factor {factor}): their agreement is no prediction"
        yield Phrase(told, factor=factor)
    elif tuning is not None:
        yield Phrase("the abandon rate was tuned (availability factor {factor}): its agreement is no prediction", factor=factor)
    if tuning is not None and (tuning.factor_error or 0.0) > _VAGUE * calibration.factor:
        told = "the availability factor is not determined by this log ({factor} ± {error}): do not plan with it; try --no-tune"
        yield Phrase(told, factor=factor, error=f"{tuning.factor_error:.3f}")
    if calibration.quiet:
        told = "AHT: agents who finish while nobody waits are ready {time} s later on average (tuned)"
        yield Phrase(told, time=f"{calibration.quiet:.0f}")
        return
    told = "AHT: of those who finish while nobody waits in team {name}, {share} go away ({time} s on average, measured)"
    for team in calibration.teams:
        if team.breath is not None and team.breath.chance:
            yield Phrase(told, name=team.name, share=f"{100 * team.breath.chance:.0f} %", time=f"{team.breath.mean:.0f}")


def _work(calibration: Calibration) -> Iterator[str]:
    unlogged = [contact.wrap.mean for contact in calibration.contacts if contact.wrap_unlogged]
    if unlogged:
        yield Phrase(
            "AHT: the simulated one includes {time} s of work after each contact that the log does not hold"
            " (pauses of agents while customers waited)",
            time=f"{unlogged[0]:.1f}",
        )


def _bot(calibration: Calibration, lines: tuple[Line, ...]) -> Iterator[str]:
    sessions = [contact.bot.sessions for contact in calibration.contacts if contact.bot]
    line = next((one for one in lines if one.kpi == "containment_rate"), None)
    if sessions and line and line.agrees is False:
        ended = sum(counts["contained"] + counts["gave_up"] for counts in sessions)
        share = 100 * ended / sum(sum(counts.values()) for counts in sessions)
        told = "ended in the bot: {share} of the log's contacts in staffed intervals, the only ones that are modelled"
        yield Phrase(told, share=f"{share:.1f} %")


def _averaging(lines: tuple[Line, ...]) -> Iterator[str]:
    """Say by how much weekday means in the place of the log's own days change the figures, where that is more than chance."""
    unchanged = []
    for line in lines:
        if line.kpi not in _AVERAGED or line.value is None or line.same_days is None:
            continue
        size = line.value - line.same_days
        doubt = float(np.hypot(line.half_width or 0.0, line.same_days_half or 0.0))
        if abs(size) <= doubt:
            unchanged.append(_label(line))
        elif line.unit == "seconds":
            told = "{kpi}: averaging over weekdays, with random days around the mean, changes it by {size} ± {doubt} s"
            yield Phrase(told, kpi=_label(line), size=f"{size:+.1f}", doubt=f"{doubt:.1f}")
        else:
            told = "{kpi}: averaging over weekdays, with random days around the mean, changes it by {size} ± {doubt} points"
            yield Phrase(told, kpi=_label(line), size=f"{100 * size:+.1f}", doubt=f"{100 * doubt:.1f}")
    if unchanged:
        told = "averaging over weekdays, with random days around the mean, changes no more than chance does: {figures}"
        yield Phrase(told, figures=Phrase.joined(unchanged))


def _order(calibration: Calibration) -> Iterator[str]:
    orders = [contact.order for contact in calibration.contacts]
    low, high = _ALIKE
    odd = [contact.name for contact in calibration.contacts if contact.order.ratio and not low < contact.order.ratio < high]
    if not odd:
        return
    beside = "queues or agents of their own are only told apart by the log's teams"
    if any(order.head_start or order.priority for order in orders):
        served = Phrase("in the fitted order, whoever is free")
    else:
        served = Phrase("first come first served")
    told = "{names} wait(s) differently from the others in the log; the scenario serves {served}: {beside}"
    yield Phrase(told, names=", ".join(odd), served=served, beside=Phrase(beside))
