"""Prediction intervals of days and intervals that were not fitted, and how many of them hold what happened."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from simkpi.planning.backtest.figures import BY_INTERVAL, FEW_IN_INTERVAL, Figure, measure

#: Nominal coverage of the prediction intervals.
LEVEL = 0.90
#: Days from which the spread of days beyond the simulation can be told.
ENOUGH_DAYS = 5
#: Days that spread so widely by chance alone in this share of logs are no reason to widen.
BY_CHANCE = 0.1


@dataclass(frozen=True)
class Widening:
    """What the spread of a simulation leaves out: how fitted days vary beyond it, and that the fit followed these days' chance.

    Parameters
    ----------
    factor : float
        Root mean square of (recorded - simulated) / spread of the prediction over the fitted days; 1 where chance alone would
        spread the days as much in 10 of 100 logs.
    days : int
        Fitted days behind it; below five the factor is 1.
    fit : float
        Spread of the figure over all fitted days together: so far off is what was fitted to them.
    """

    factor: float = 1.0
    days: int = 0
    fit: float = 0.0


def spread(simulated: pl.DataFrame, groups: tuple[str, ...]) -> pl.DataFrame:
    """Mean and spread of a prediction over its replications.

    Parameters
    ----------
    simulated : DataFrame
        ``figure``, *groups*, ``replication``, ``value``.
    groups : tuple of str
        ``day`` or ``interval``; empty = all days together.

    Returns
    -------
    DataFrame
        ``figure``, *groups*, ``predicted``, ``replications`` (with a defined figure) and ``spread``: standard deviation of one
        more replication around the mean, ``s sqrt(1 + 1/R)``.
    """
    known = simulated.filter(pl.col("value").is_not_null() & pl.col("value").is_not_nan())
    table = known.group_by("figure", *groups, maintain_order=True).agg(
        pl.col("value").mean().alias("predicted"),
        pl.col("value").std(ddof=1).fill_null(0.0).alias("deviation"),
        pl.len().cast(pl.Int64).alias("replications"),
    )
    return table.with_columns((pl.col("deviation") * (1 + 1 / pl.col("replications")).sqrt()).alias("spread")).drop("deviation")


def joined(recorded: pl.DataFrame, simulated: pl.DataFrame, groups: tuple[str, ...]) -> pl.DataFrame:
    """Lay what was recorded beside what was predicted: ``actual``, ``n``, ``predicted``, ``spread``, ``replications``."""
    actual = recorded.rename({"value": "actual"})
    return actual.join(spread(simulated, groups), on=["figure", *groups], how="left", maintain_order="left")


def widening(fitted: pl.DataFrame, whole: pl.DataFrame | None = None, *, per_row: float | None = None) -> dict[str, Widening]:
    """Widening by figure, from the fitted days.

    Parameters
    ----------
    fitted : DataFrame
        From :func:`joined`, one row per figure and fitted day (or interval).
    whole : DataFrame, optional
        From :func:`joined`, all fitted days together.
    per_row : float, optional
        Fitted days behind each expected figure; default: all of them.

    Notes
    -----
    The days of a real centre differ in more ways than a model knows (sick leave, topics, weather), so intervals of the
    simulation alone are too short. If the recorded figures of the fitted days lie z spreads from their prediction, one more day
    lies about sqrt(mean z² n/(n-1)) spreads away: the fit, which followed n days, lies closer to them than to another day.

    Source: C. Chatfield, Calculating interval forecasts, J. of Business and Economic Statistics 11 (1993), section 4.8,
    empirically based intervals.
    """
    usable = fitted.filter((pl.col("spread") > 0) & pl.col("actual").is_not_null() & pl.col("predicted").is_not_null())
    misses = usable.with_columns(((pl.col("actual") - pl.col("predicted")) / pl.col("spread")).alias("z"))
    table = misses.group_by("figure").agg((pl.col("z") ** 2).mean().sqrt().alias("factor"), pl.len().alias("days"))
    fits = dict(whole.select("figure", pl.col("spread").fill_null(0.0)).iter_rows()) if whole is not None else {}
    return {
        row["figure"]: Widening(
            _factor(row["factor"], row["days"], row["days"] if per_row is None else per_row),
            row["days"],
            fits.get(row["figure"], 0.0),
        )
        for row in table.iter_rows(named=True)
    }


def _factor(root_mean_square: float, days: int, per_row: float) -> float:
    from scipy.special import chdtri

    if days < ENOUGH_DAYS or per_row <= 1:
        return 1.0
    corrected = root_mean_square * math.sqrt(per_row / (per_row - 1))
    return max(1.0, corrected) if days * corrected**2 > chdtri(days, BY_CHANCE) else 1.0


def with_intervals(
    table: pl.DataFrame,
    wider: dict[str, Widening],
    wanted: tuple[Figure, ...],
    *,
    counts: float = 1.0,
    per_row: float | None = None,
) -> pl.DataFrame:
    """Add ``low``, ``high`` and ``is_inside`` to a table of :func:`joined`.

    Parameters
    ----------
    table : DataFrame
        Prediction and what happened.
    wider : dict of str to Widening
        By figure.
    wanted : tuple of Figure
        For their units.
    counts : float
        Days of a row / fitted days: the error of a fitted count counts so many times.
    per_row : float, optional
        Fitted days behind each expected figure (volumes of a weekday); default: the error of the fit is that of all its days.

    Notes
    -----
    ``predicted ± t factor sqrt(spread² + fit²)`` with Student's t at replications - 1 degrees of freedom (days - 1 of the
    widening if they are fewer), cut at 0, shares also at 1. Rows without spread (a figure that is given) get none.
    """
    units = {one.key: one.unit for one in wanted}
    rows = []
    for row in table.iter_rows(named=True):
        about, unit = wider.get(row["figure"], Widening()), units.get(row["figure"], "")
        fit = about.fit * (counts if unit == "count" else 1.0)
        if per_row and row["spread"] is not None:
            fit = math.hypot(fit, row["spread"] / math.sqrt(per_row))
        low, high = _interval(row, about, fit, unit)
        inside = None if low is None or row["actual"] is None else low <= row["actual"] <= high
        rows.append({**row, "low": low, "high": high, "is_inside": inside})
    types = {"low": pl.Float64, "high": pl.Float64, "is_inside": pl.Boolean}
    if not rows:
        return table.with_columns(*(pl.lit(None, dtype=kind).alias(name) for name, kind in types.items()))
    return pl.DataFrame(rows, schema={**table.schema, **types})


def _interval(row: dict[str, object], wider: Widening, fit: float, unit: str) -> tuple[float, float] | tuple[None, None]:
    from scipy.special import stdtrit

    predicted, width, replications = row["predicted"], row["spread"], row["replications"]
    if not isinstance(predicted, float) or not isinstance(width, float) or not isinstance(replications, int):
        return None, None
    if replications < 2 or (width <= 0 and unit != "fraction"):
        return None, None
    degrees = replications - 1
    if wider.factor > 1:
        degrees = min(degrees, max(1, wider.days - 1))
    reach = float(stdtrit(degrees, (1 + LEVEL) / 2)) * wider.factor * math.hypot(width, fit)
    most = 1.0 if unit == "fraction" else math.inf
    return max(0.0, predicted - reach), min(most, predicted + reach)


def busy_intervals(recorded: pl.DataFrame, wanted: tuple[Figure, ...], interval: float) -> pl.DataFrame:
    """Figures of the recorded intervals that hold enough contacts to be judged; only those judged by interval."""
    kept = tuple(one for one in wanted if one.kpi in BY_INTERVAL)
    return measure(recorded, kept, by=("interval",), interval=interval).filter(pl.col("n") >= FEW_IN_INTERVAL)
