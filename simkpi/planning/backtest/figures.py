"""KPIs of a log and of its simulated prediction, per day, per interval and over all days, in one shape."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from simkpi.kpi.measure import KPIS
from simkpi.kpi.score import score
from simkpi.planning.calibrate.check import TITLES

#: KPIs that are predicted; the service level is read at each of the thresholds.
PREDICTED = ("offered", "abandon_rate", "service_level", "asa", "mean_wait_abandoned", "wait_p90", "aht", "containment_rate")
#: Of these, the ones also judged interval by interval.
BY_INTERVAL = ("abandon_rate", "service_level", "asa")
#: Contacts of an interval below which its figures are not judged.
FEW_IN_INTERVAL = 5


@dataclass(frozen=True)
class Figure:
    """What is predicted: a KPI, read at a threshold if it has one.

    Parameters
    ----------
    key : str
        ``service_level@20s``; the KPI's name if it has no threshold.
    title, unit : str
        English label and unit.
    """

    key: str
    title: str
    unit: str

    @property
    def kpi(self) -> str:
        """Name of the KPI."""
        return self.key.partition("@")[0]

    @property
    def threshold(self) -> str:
        """Threshold at which it is read, ``20s``; empty if it has none."""
        return self.key.partition("@")[2]


def figures(thresholds: Iterable[float], *, has_bot: bool) -> tuple[Figure, ...]:
    """Return the predicted figures, service levels at *thresholds* in seconds; containment where there is a bot."""
    found = []
    for name in PREDICTED:
        kpi = KPIS.get(name)
        if name == "containment_rate" and not has_bot:
            continue
        if name == "service_level":
            found += [Figure(f"{name}@{second:g}s", f"{kpi.title} in {second:g}s", kpi.unit) for second in thresholds]
        else:
            found.append(Figure(name, TITLES.get(name, kpi.title), kpi.unit))
    return tuple(found)


def measure(interactions: pl.DataFrame, wanted: tuple[Figure, ...], *, by: tuple[str, ...], interval: float) -> pl.DataFrame:
    """Score *interactions* for the *wanted* figures.

    Parameters
    ----------
    interactions : DataFrame
        Of a log, or of all replications of a simulation.
    wanted : tuple of Figure
        What to measure.
    by : tuple of str
        Groups: ``replication``, ``day``, ``interval``.
    interval : float, seconds
        Length of an interval.

    Returns
    -------
    DataFrame
        ``figure``, the groups, ``value`` (null where undefined) and ``n``, the contacts it rests on.
    """
    parts = []
    for threshold, keys in _by_threshold(wanted).items():
        parameters: dict[str, Any] = {} if threshold is None else {"threshold": threshold}
        if "containment_rate" in keys:
            parameters["containment_rate"] = "no_human"
        table = score(interactions, kpis=list(keys), by=by, interval=interval, **parameters)
        name = pl.col("kpi") if threshold is None else pl.col("kpi") + f"@{threshold:g}s"
        parts.append(table.select(name.alias("figure"), *by, pl.col("value").cast(pl.Float64), "n"))
    return pl.concat(parts)


def _by_threshold(wanted: tuple[Figure, ...]) -> dict[float | None, tuple[str, ...]]:
    found: dict[float | None, tuple[str, ...]] = {}
    for one in wanted:
        second = float(one.threshold.rstrip("s")) if one.threshold else None
        found[second] = (*found.get(second, ()), one.kpi)
    return found
