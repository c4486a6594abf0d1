"""What separates two scenarios run on the same customers: paired differences, how sure they are, and how many at once (Holm)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.experiment.confidence import Estimate, Floats
from simkpi.experiment.grids import Grid
from simkpi.experiment.many import Ratios, holm_rows, quantiles
from simkpi.experiment.paired import Sample, paired
from simkpi.experiment.percentiles import percentile_pseudo_rows
from simkpi.experiment.pool import POOLED, pooled_table
from simkpi.experiment.scores import WHOLE, Scores
from simkpi.kpi.measure import KPIS

#: Columns of numbers that :func:`side_by_side` adds to a scenario's figures.
FIGURES = (
    "difference",
    "difference_low",
    "difference_high",
    "difference_half_width",
    "correlation",
    "gain",
    "p_value",
    "p_holm",
)
#: Columns on the spread over the replications, and the share of them that lies below.
SPREAD = {"replication_p10": 0.1, "replication_p50": 0.5, "replication_p90": 0.9}
#: What a difference amounts to.
BETTER, WORSE, HIGHER, LOWER, SAME, UNCLEAR = "better", "worse", "higher", "lower", "the same", "no clear difference"


@dataclass(frozen=True)
class Difference:
    """One figure of a scenario against the baseline's.

    Parameters
    ----------
    estimate : Estimate
        The difference, with its paired interval.
    correlation : float or None
        Between the two scenarios over the replications, as realised; None if one of them does not vary.
    gain : float or None
        Variance of the difference of independent runs over the variance of the paired one: how many times more
        replications independent runs would need.
    p_value : float or None
        Two-sided, of no difference.
    """

    estimate: Estimate
    correlation: float | None = None
    gain: float | None = None
    p_value: float | None = None


def difference(ours: Floats, theirs: Floats, centre: float | None, *, confidence: float = 0.95) -> Difference:
    """Compare two scenarios by one number per replication each (values, or jackknife pseudo-values of a ratio).

    Parameters
    ----------
    ours, theirs : ndarray, shape (n_replications,)
        NaN where undefined: that replication is left out of both.
    centre : float or None
        The difference to centre on; None if it is undefined.
    confidence : float, fraction
        Coverage of the interval.

    Notes
    -----
    Source: Law, Simulation Modeling and Analysis, 5th ed., sections 10.2.1 (paired t) and 11.2 (common random numbers:
    ``Var(A - B) = Var A + Var B - 2 Cov``).

    Examples
    --------
    >>> found = difference(np.array([1.0, 2.0, 3.5]), np.array([0.0, 1.0, 2.0]), 1.1667)
    >>> round(found.estimate.half_width, 3), round(found.correlation, 3), round(found.gain, 1)
    (0.717, 0.993, 31.0)
    """
    found = paired(Sample(ours[None, :]), Sample(theirs[None, :]), np.array([np.nan if centre is None else centre]), confidence)
    value, low, high, half, correlation, gain, p_value = (None if math.isnan(part[0]) else float(part[0]) for part in found[:7])
    return Difference(Estimate(value, low, high, half, int(found[7][0])), correlation, gain, p_value)


def per_replication(scores: Scores, name: str = WHOLE) -> Iterator[tuple[tuple[Any, ...], Floats | None]]:
    """Yield (KPI, *group*) and one number per replication whose mean estimates the figure and whose spread is its error.

    Notes
    -----
    Counts and daily figures are themselves; ratios give their jackknife pseudo-values. A percentile q of all contacts gives
    ``q - (pseudo-value of the share up to q - share) / density``, the density read off the pooled quantile function.

    Source: Bahadur representation of a quantile: Serfling, Approximation Theorems of Mathematical Statistics, section 2.5;
    pseudo-values as :func:`simkpi.experiment.confidence.pseudo_values`.
    """
    groups, rows = figures_per_replication(scores, name)
    for group, row in zip(groups, rows, strict=True):
        yield group, None if np.all(np.isnan(row)) else row


def figures_per_replication(scores: Scores, name: str = WHOLE) -> tuple[list[tuple[Any, ...]], Floats]:
    """Return (KPI, *group*) and one number per replication for each of them; a row of NaN if there are none."""
    grid = scores.grid(name)
    return grid.groups.select("kpi", *scores.keys(name)).rows(), scores.numbers(name)


def percentile_pseudo_values(arrays: Sequence[Floats], share: float, value: float | None) -> Floats | None:
    """Return one number per replication for a percentile (see :func:`per_replication`); None if the data do not bound it."""
    if value is None:
        return None
    pooled = np.concatenate(arrays)
    below = np.array([[float(np.count_nonzero(array <= value)) for array in arrays]])
    sizes = np.array([[float(len(array)) for array in arrays]])
    (found,) = percentile_pseudo_rows(share, np.array([value]), Ratios(below, sizes), lambda levels: np.quantile(pooled, levels))
    return None if np.isnan(found).any() else found


def side_by_side(scores: Sequence[Scores], *, baseline: int = 0, name: str = WHOLE, confidence: float = 0.95) -> pl.DataFrame:
    """Pool every scenario and compare it with the baseline, KPI by KPI.

    Parameters
    ----------
    scores : sequence of Scores
        Of the same seed, scoring and number of replications; each is asked for once (and the baseline twice), in order.
    baseline : int
        Which of them the others are compared with.
    name : str
        Which table.
    confidence : float, fraction
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        ``scenario`` (place in *scores*), the columns of :func:`simkpi.experiment.pool.pool`, and ``difference, difference_low,
        difference_high, difference_half_width, correlation, gain, p_value, p_holm, verdict``, null for the baseline; and how
        the replications spread: ``replication_p10, replication_p50, replication_p90``.
        ``p_holm`` is adjusted over the scenarios, per KPI and group.
    """
    return sides(scores, (name,), baseline=baseline, confidence=confidence)[name]


def sides(
    scores: Sequence[Scores], names: Sequence[str], *, baseline: int = 0, confidence: float = 0.95
) -> dict[str, pl.DataFrame]:
    """Return several tables of :func:`side_by_side`; the scenarios are asked for only once for all of them."""
    base = scores[baseline]
    each = (beside(scores[place], names, base, confidence=confidence) for place in range(len(scores)) if place != baseline)
    rows = list(each)
    rows.insert(baseline, beside(base, names, None, confidence=confidence))
    return below_each_other(rows, baseline=baseline, confidence=confidence)


def beside(one: Scores, names: Sequence[str], base: Scores | None, *, confidence: float) -> dict[str, Rows]:
    """Pool a scenario and compare it with the baseline, in several tables; None = it is the baseline."""
    return {name: _beside(one, name, confidence, base) for name in names}


def below_each_other(
    rows: Sequence[Mapping[str, Rows]], *, baseline: int = 0, confidence: float = 0.95
) -> dict[str, pl.DataFrame]:
    """Put scenarios from :func:`beside` below each other, with what follows from all of them."""
    return {name: _together([one[name] for one in rows], baseline, confidence) for name in rows[0]}


def _together(rows: list[Rows], baseline: int, confidence: float) -> pl.DataFrame:
    keys = rows[0].keys
    groups = pl.concat([one.groups for one in rows], how="vertical_relaxed")
    figures = {column: np.concatenate([one.figures[column] for one in rows]) for column in rows[0].figures}
    pooled = {column: figures[column] for column in POOLED}
    table = pooled_table(groups, pooled, replications=rows[0].replications, by=keys)
    place = np.repeat(np.arange(len(rows)), [len(one.groups) for one in rows])
    figures["p_holm"] = _adjusted(groups.select("kpi", *keys), place, figures["p_value"])
    words = verdicts(groups["kpi"], figures, 1 - confidence)
    added = [pl.Series(column, figures[column], nan_to_null=True) for column in (*SPREAD, *FIGURES)]
    is_base = pl.Series(place == baseline)
    return table.with_columns(
        pl.Series("scenario", place, dtype=pl.Int64), *added, pl.when(is_base).then(None).otherwise(words).alias("verdict")
    ).select("scenario", pl.exclude("scenario"))


class Rows(NamedTuple):
    """One scenario's rows: KPIs and groups, and its columns of numbers."""

    keys: tuple[str, ...]
    groups: pl.DataFrame
    figures: dict[str, Floats]
    replications: int


def _beside(one: Scores, name: str, confidence: float, base: Scores | None) -> Rows:
    grid, figures = one.grid(name), dict(one.figures(name, confidence=confidence))
    spread = quantiles(grid.matrix("value"), tuple(SPREAD.values()))
    figures |= dict(zip(SPREAD, spread, strict=True))
    nothing = np.full(len(grid.groups), np.nan)
    if base is None:
        return Rows(one.keys(name), grid.groups, figures | dict.fromkeys(FIGURES[:7], nothing), one.replications)
    values = base.figures(name, confidence=confidence)["value"]
    with_ = _places(grid, base.grid(name), one.keys(name))
    is_there = with_ >= 0
    centre = np.round(figures["value"] - np.where(is_there, values[with_], np.nan), 12)
    found = paired(one.sample(name), base.sample(name).taken(with_), centre, confidence)[:7]
    return Rows(one.keys(name), grid.groups, figures | dict(zip(FIGURES[:7], found, strict=True)), one.replications)


def _places(grid: Grid, other: Grid, keys: Sequence[str]) -> NDArray[np.int64]:
    """Row of the *other* grid with the same KPI and group, -1 = none."""
    if grid.about is not None and grid.about == other.about:
        return np.arange(len(grid.groups))
    names = ["kpi", *keys]
    theirs = other.groups.select(names).with_row_index("_row")
    found = grid.groups.select(names).join(theirs, on=names, how="left", nulls_equal=True, maintain_order="left")
    return found["_row"].cast(pl.Int64).fill_null(-1).to_numpy()


def _adjusted(groups: pl.DataFrame, place: NDArray[np.int64], p_values: Floats) -> Floats:
    """P values of every scenario after Holm's method over the scenarios, group by group."""
    number = groups.select(pl.struct(pl.all()).rank("dense")).to_series().cast(pl.Int64).to_numpy() - 1
    table = np.full((int(number.max(initial=-1)) + 1, int(place.max(initial=-1)) + 1), np.nan)
    table[number, place] = p_values
    return np.asarray(holm_rows(table)[number, place])


def verdicts(kpis: pl.Series, figures: Mapping[str, Floats], level: float) -> pl.Series:
    """Say of each row what its difference amounts to (see :func:`verdict`)."""
    names = kpis.unique(maintain_order=True)
    better = [KPIS.get(kpi.partition(":")[0]).better for kpi in names]
    aims = np.array([{"higher": 1, "lower": -1}.get(one, 0) for one in better], dtype=np.int64)
    aim = aims[kpis.cast(pl.Enum(names)).to_physical().cast(pl.Int64).to_numpy()] if len(names) else np.empty(0, dtype=np.int64)
    value, half, p_holm = figures["difference"], figures["difference_half_width"], figures["p_holm"]
    unknown, rises = np.isnan(value) | np.isnan(p_holm), value > 0
    with np.errstate(invalid="ignore"):
        choices = (
            (unknown, ""),
            ((value == 0) & (half == 0), SAME),
            ((p_holm >= level) | (value == 0), UNCLEAR),
            (aim == 0, np.where(rises, HIGHER, LOWER)),
        )
    words = np.where(rises == (aim > 0), BETTER, WORSE)
    return pl.Series("verdict", np.select([rule for rule, _ in choices], [word for _, word in choices], words))


def verdict(kpi: str, estimate: Estimate, p_holm: float | None, level: float = 0.05) -> str:
    """Say what a difference amounts to: ``better``, ``worse``, ``higher``, ``lower``, ``the same``, ``no clear difference``.

    Empty if it is not known. ``the same`` means the same in every replication.

    Examples
    --------
    >>> verdict("asa", Estimate(-4.0), 0.01), verdict("aht", Estimate(3.0), 0.2)
    ('better', 'no clear difference')
    """
    known = {"difference": estimate.value, "difference_half_width": estimate.half_width, "p_holm": p_holm}
    figures = {name: np.array([math.nan if figure is None else figure]) for name, figure in known.items()}
    return str(verdicts(pl.Series([kpi]), figures, level)[0])
