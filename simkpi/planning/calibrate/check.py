"""Simulates a fitted scenario and lays its KPIs beside the log's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from simkpi.experiment.replicate import simulate
from simkpi.experiment.result import Result
from simkpi.interactions.table import Log
from simkpi.kpi.measure import KPIS
from simkpi.kpi.score import score
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.pick_ups import with_pick_ups
from simkpi.planning.calibrate.reasons import explain
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
#: Of chats message by message, after the others.
OF_CHATS = ("frt", "response_time", "messages_per_contact", "concurrency")
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
    same_days, same_days_half : float or None
        Simulated figure when the log's own days are replayed instead of their weekday means, and half of its 95 % interval.
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
    same_days_half: float | None = None

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
    + 1), as far as such figures are possible: no time is negative, no share above 1. Days that the fit leaves out (gaps, special
    days) are left out on both sides.
    """
    wanted = COMPARED + OF_CHATS if any(contact.turns for contact in calibration.contacts) else COMPARED
    used = _used_days(calibration)
    result = simulate(as_scenario(calibration), replications=replications, seed=seed, progress=progress)
    simulated = _figures(result, wanted, used)
    own = _recorded(with_pick_ups(log), wanted, used)
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
        replayed = _figures(simulate(as_scenario(by_date), replications=max(2, replications // 2), seed=seed), wanted, used)
    lines = []
    for key, (value, half) in simulated.items():
        reach = half * math.sqrt(replications + 1) if half is not None else None
        base, _, within = key.partition("@")
        if value is None and own.get(key) is None:
            continue
        low, high = _range(value, reach, KPIS.get(base).unit)
        lines.append(
            Line(
                kpi=key,
                title=TITLES.get(base, KPIS.get(base).title) + (f" in {within}" if within else ""),
                unit=KPIS.get(base).unit,
                recorded=own.get(key),
                value=value,
                half_width=half,
                low=low,
                high=high,
                same_days=replayed.get(key, (None, None))[0],
                same_days_half=replayed.get(key, (None, None))[1],
            )
        )
    return Comparison(tuple(lines), replications, tuple(explain(calibration, tuple(lines))))


def _range(value: float | None, reach: float | None, unit: str) -> tuple[float | None, float | None]:
    """Return the ends of *value* ± *reach*, kept to what a figure of this unit can be."""
    if value is None or reach is None:
        return None, None
    return max(0.0, value - reach), min(1.0, value + reach) if unit == "fraction" else value + reach


def _used_days(calibration: Calibration) -> pl.Expr | None:
    """Contacts of the days that the fit rests on; None if these are all: gaps and special days are on neither side."""
    start = calibration.observed.start
    out = [start + timedelta(days=int(day)) for day in np.flatnonzero(calibration.days.row < 0)]
    return ~pl.col("arrived_at").dt.date().is_in(out) if out else None


def _figures(result: Result, wanted: tuple[str, ...], used: pl.Expr | None) -> dict[str, tuple[float | None, float | None]]:
    """Value and half-width by KPI; one read at another threshold is called ``service_level@60s``."""

    def kpis(names: Iterable[str], **parameters: Any) -> pl.DataFrame:
        return result.kpis(names, where=used, **parameters)

    return {key: (row["value"], row["half_width"]) for key, row in _rows(kpis, wanted)}


def _recorded(log: Log, wanted: tuple[str, ...], used: pl.Expr | None) -> dict[str, float | None]:
    companions: dict[str, Any] = {name: frame for name, frame in log.tables().items() if name != "interactions"}

    contacts = log.interactions if used is None else log.interactions.lazy().filter(used).collect()

    def kpis(names: Iterable[str], **parameters: Any) -> pl.DataFrame:
        return score(contacts, kpis=tuple(names), **companions, **parameters)

    return {key: row["value"] for key, row in _rows(kpis, wanted)}


def _rows(kpis: Callable[..., pl.DataFrame], wanted: tuple[str, ...]) -> Iterator[tuple[str, dict[str, Any]]]:
    first, second = THRESHOLDS
    for row in kpis(wanted, threshold=first, containment_rate="no_human").iter_rows(named=True):
        if row["kpi"] != "service_level":
            yield row["kpi"], row
            continue
        yield f"service_level@{first:g}s", row
        yield f"service_level@{second:g}s", kpis(["service_level"], threshold=second).row(0, named=True)
