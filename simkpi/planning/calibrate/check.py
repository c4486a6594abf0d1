"""Simulates a fitted scenario and lays its KPIs beside the log's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from simkpi.experiment.replicate import simulate
from simkpi.experiment.result import Result
from simkpi.interactions.table import Log
from simkpi.kpi.measure import KPIS
from simkpi.kpi.score import score
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import loads
from simkpi.scenario.resolve import Scenario

#: KPIs that are laid side by side, with the thresholds at which they are read.
COMPARED = (
    "offered",
    "answered",
    "abandon_rate",
    "service_level",
    "asa",
    "mean_wait_abandoned",
    "delay_probability",
    "wait_p50",
    "wait_p90",
    "aht",
    "containment_rate",
)
THRESHOLDS = (20.0, 60.0)
TITLES = {"containment_rate": "Ended in the bot"}


@dataclass(frozen=True)
class Line:
    """One KPI of the log and of the simulation.

    Parameters
    ----------
    kpi, title, unit : str
        Name, label and unit of the figures.
    recorded : float or None
        The log's own figure.
    value, half_width : float or None
        Simulated mean and half of its 95 % interval.
    low, high : float or None
        Range in which a log of the same length falls in 95 of 100 cases, if the scenario is right.
    same_days : float or None
        Simulated figure when the log's own days are replayed instead of their weekday means.
    """

    kpi: str
    title: str
    unit: str
    recorded: float | None
    value: float | None
    half_width: float | None
    low: float | None
    high: float | None
    same_days: float | None

    @property
    def agrees(self) -> bool | None:
        """Whether the log lies in the range; None if one of them is unknown."""
        if self.recorded is None or self.low is None or self.high is None:
            return None
        return self.low <= self.recorded <= self.high


@dataclass(frozen=True)
class Comparison:
    """The log's KPIs beside the simulated ones.

    Parameters
    ----------
    lines : tuple of Line
        One per KPI.
    replications : int
        Of the simulation.
    reasons : tuple of str
        Why they differ.
    """

    lines: tuple[Line, ...]
    replications: int
    reasons: tuple[str, ...]


def as_scenario(calibration: Calibration) -> Scenario:
    """Resolve the scenario that a calibration writes."""
    return loads(scenario_text(calibration, name="calibrated"))


def compare(
    calibration: Calibration,
    log: Log,
    *,
    replications: int = 20,
    seed: int | str = 1,
    same_days: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Simulate the fitted scenario over the log's own calendar and compare KPI by KPI.

    Parameters
    ----------
    calibration : Calibration
        What to simulate.
    log : Log
        What it was fitted to.
    replications, seed : int, int or str
        Of the simulation.
    same_days : bool
        Also replay the log's own days (volumes and head-counts by date), which tells what averaging over weekdays costs.
    progress : callable, optional
        Called with (replications done, replications in all) of the main simulation.

    Notes
    -----
    A log is one draw of its days, so it is judged by the range for one more replication, mean ± half-width x sqrt(replications
    + 1).
    """
    simulated = _figures(simulate(as_scenario(calibration), replications=replications, seed=seed, progress=progress))
    own = _recorded(log)
    replayed: dict[str, tuple[float | None, float | None]] = {}
    if same_days and calibration.days.profile == "weekday":
        by_date = fit(
            log,
            interval=calibration.interval,
            profile="date",
            longest_gap=calibration.longest_gap,
            staff_from=calibration.teams[0].source,
            link_by="none" if calibration.links is None else calibration.links.by,  # type: ignore[arg-type]
            split_by="priority" if calibration.split_by else "none",
        )
        by_date = replace(by_date, factor=calibration.factor, quiet=calibration.quiet)
        replayed = _figures(simulate(as_scenario(by_date), replications=max(2, replications // 2), seed=seed))
    lines = []
    for key, (value, half) in simulated.items():
        reach = half * math.sqrt(replications + 1) if half is not None else None
        base, _, within = key.partition("@")
        lines.append(
            Line(
                kpi=key,
                title=TITLES.get(base, KPIS.get(base).title) + (f" in {within}" if within else ""),
                unit=KPIS.get(base).unit,
                recorded=own.get(key),
                value=value,
                half_width=half,
                low=value - reach if value is not None and reach is not None else None,
                high=value + reach if value is not None and reach is not None else None,
                same_days=replayed.get(key, (None, None))[0],
            )
        )
    return Comparison(tuple(lines), replications, tuple(explain(calibration, tuple(lines))))


def _figures(result: Result) -> dict[str, tuple[float | None, float | None]]:
    """Value and half-width by KPI; one read at another threshold is called ``service_level@60s``."""
    return {key: (row["value"], row["half_width"]) for key, row in _rows(result.kpis)}


def _recorded(log: Log) -> dict[str, float | None]:
    def kpis(names: Iterable[str], **parameters: Any) -> pl.DataFrame:
        return score(log.interactions, kpis=tuple(names), **parameters)

    return {key: row["value"] for key, row in _rows(kpis)}


def _rows(kpis: Callable[..., pl.DataFrame]) -> Iterator[tuple[str, dict[str, Any]]]:
    first, second = THRESHOLDS
    for row in kpis(COMPARED, threshold=first, containment_rate="no_human").iter_rows(named=True):
        if row["kpi"] != "service_level":
            yield row["kpi"], row
            continue
        yield f"service_level@{first:g}s", row
        yield f"service_level@{second:g}s", kpis(["service_level"], threshold=second).row(0, named=True)


def explain(calibration: Calibration, lines: tuple[Line, ...]) -> list[str]:
    """Sentences that say why log and simulation differ, the measurable causes with their size."""
    by_name = {line.kpi: line for line in lines}
    reasons = []
    off = [line.title for line in lines if line.agrees is False]
    reasons.append(
        f"outside the range of one log: {', '.join(off)}" if off else "every figure of the log lies in the range of one log"
    )
    if calibration.tuning is not None:
        both = calibration.tuning.has_breath
        what = "abandon rate and service level in 20s were" if both else "the abandon rate was"
        whose = "their" if both else "its"
        reasons.append(f"{what} tuned (availability factor {calibration.factor:.3f}): {whose} agreement is no prediction")
    if calibration.quiet:
        reasons.append(f"AHT: agents who finish while nobody waits are ready {calibration.quiet:.0f} s later on average (tuned)")
    unlogged = [contact.wrap.mean for contact in calibration.contacts if contact.wrap_unlogged]
    if unlogged:
        reasons.append(
            f"AHT: the simulated one includes {unlogged[0]:.1f} s of work after each contact that the log does not hold"
            " (pauses of agents while customers waited)"
        )
    if calibration.left_out:
        reasons.append(
            f"volume: {calibration.left_out} contacts outside staffed intervals (or in outages) are not in the scenario"
        )
    sessions = [contact.bot.sessions for contact in calibration.contacts if contact.bot]
    line = by_name.get("containment_rate")
    if sessions and line and line.agrees is False:
        ended = sum(counts["contained"] + counts["gave_up"] for counts in sessions) / sum(
            sum(counts.values()) for counts in sessions
        )
        reasons.append(
            f"ended in the bot: {100 * ended:.1f} % of the log's contacts in staffed intervals, the only ones that are modelled"
        )
    for name in ("asa", "abandon_rate", "service_level@20s"):
        line = by_name.get(name)
        if line and None not in (line.value, line.same_days, line.half_width) and line.unit in ("seconds", "fraction"):
            assert line.value is not None
            assert line.same_days is not None
            size = line.value - line.same_days
            shown = f"{size:+.1f} s" if line.unit == "seconds" else f"{100 * size:+.1f} points"
            reasons.append(f"{line.title}: averaging over weekdays, with random days around the mean, changes it by {shown}")
    odd = [contact.name for contact in calibration.contacts if contact.order.ratio and not 0.67 < contact.order.ratio < 1.5]
    if odd:
        ordered = any(contact.order.head_start or contact.order.priority for contact in calibration.contacts)
        served = "in the fitted order, whoever is free" if ordered else "first come first served"
        reasons.append(
            f"{', '.join(odd)} wait(s) differently from the others in the log; the scenario serves {served}: queues or agents of"
            " their own are only told apart by the log's teams"
        )
    again = "" if calibration.links else "callers who try again, "
    reasons.append(f"{again}agents' speeds and breaks taken by turns are not in this model")
    return reasons
