"""What separates two scenarios run on the same customers: paired differences, how sure they are, and how many at once (Holm)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.experiment.confidence import Estimate, Floats, deviation, pseudo_values
from simkpi.experiment.laws import p_of_t
from simkpi.experiment.many import deviations, pseudo_value_rows, quantiles, t_factors
from simkpi.experiment.pool import RATIOS
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
    found = _differences(ours[None, :], theirs[None, :], np.array([np.nan if centre is None else centre]), confidence)
    value, low, high, half, correlation, gain, p_value = (None if math.isnan(part[0]) else float(part[0]) for part in found[:7])
    return Difference(Estimate(value, low, high, half, int(found[7][0])), correlation, gain, p_value)


def _differences(ours: Floats, theirs: Floats, centre: Floats, confidence: float) -> tuple[NDArray[Any], ...]:
    """Compare row by row (see :func:`difference`).

    Returns
    -------
    tuple of ndarray, each of shape (n_rows,)
        Difference, both ends, half-width, correlation, gain, p value (NaN = none), replications.
    """
    both = ~(np.isnan(ours) | np.isnan(theirs))
    n = both.sum(axis=1)
    enough = (n > 1) & ~np.isnan(centre)
    gap = deviations(ours - theirs, n, both)
    own, other = deviations(ours, n, both), deviations(theirs, n, both)
    half = np.where(enough, t_factors(n, confidence) * gap, np.nan)
    varies = enough & (_range(ours, both) > 0) & (_range(theirs, both) > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart, paired, error = own * own + other * other, gap * gap, gap / np.sqrt(n)
        correlation = np.where(varies, np.clip((apart - paired) / (2 * own * other), -1.0, 1.0), np.nan)
        gain = np.where(varies & (paired > 0), apart / paired, np.nan)
        statistic = np.abs(centre) / error
    p_values = [
        math.nan if not is_enough else p_of_t(one, int(count) - 1) if math.isfinite(one) else float(gap_ == 0)
        for is_enough, one, count, gap_ in zip(enough, statistic, n, centre, strict=True)
    ]
    return centre, centre - half, centre + half, half, correlation, gain, np.array(p_values), n


def _range(rows: Floats, given: NDArray[np.bool_]) -> Floats:
    """Highest minus lowest of the *given* cells of each row."""
    highest = np.max(np.where(given, rows, -np.inf), axis=1, initial=-np.inf)
    return np.asarray(highest - np.min(np.where(given, rows, np.inf), axis=1, initial=np.inf))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p values so that the chance of even one false alarm among them stays below the level; None stays None.

    Notes
    -----
    Source: Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).

    Examples
    --------
    >>> holm([0.01, None, 0.04, 0.03])
    [0.03, None, 0.06, 0.06]
    """
    order = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p))
        adjusted[place] = highest
    return adjusted


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
    keys, kinds, pooled = scores.keys(name), scores.scoring.kinds, scores.pooled(name)
    grid = scores.grid(name)
    groups = [tuple(row) for row in grid.groups.select("kpi", *keys).iter_rows()]
    kind = np.array([kinds[group[0]] for group in groups], dtype=object)
    above, below, found = (grid.matrix(column) for column in ("numerator", "denominator", "value"))
    is_count, is_ratio = kind == "count", np.isin(kind, RATIOS) & ~np.all(np.isnan(below), axis=1)
    found[is_count] = np.nan_to_num(found[is_count])
    pseudo, given = pseudo_value_rows(np.nan_to_num(above), np.nan_to_num(below))
    found[is_ratio] = np.where(given[:, None], pseudo, np.nan)[is_ratio]
    values = pooled["value"].to_list()  # the rows of the pooled table are those of the grid
    for label in scores.scoring.levels:
        arrays, share = scores.samples(label, name)
        for row in np.flatnonzero([group[0] == label for group in groups]):
            one = percentile_pseudo_values(arrays.get(groups[row][1:], ()), share, values[row])
            found[row] = np.nan if one is None else one
    return groups, found


def percentile_pseudo_values(arrays: Sequence[Floats], share: float, value: float | None) -> Floats | None:
    """Return one number per replication for a percentile (see :func:`per_replication`); None if the data do not bound it."""
    if value is None:
        return None
    sizes = np.array([float(len(array)) for array in arrays])
    shares = pseudo_values([float(np.count_nonzero(array <= value)) for array in arrays], sizes)
    if shares is None:
        return None
    width = max(2 * deviation(shares) / math.sqrt(len(shares)), 2 / math.fsum(sizes))
    if share - width <= 0 or share + width >= 1:
        return None
    low, high = np.quantile(np.concatenate(arrays), [share - width, share + width])
    return np.asarray(value - (shares - math.fsum(shares) / len(shares)) * float(high - low) / (2 * width), dtype=float)


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
    first = scores[baseline]
    groups, theirs = figures_per_replication(first, name)
    base, place_of = first.pooled(name)["value"].cast(pl.Float64).to_numpy(), {group: row for row, group in enumerate(groups)}
    figures, gaps = [], dict[int, _Gaps]()
    for place in range(len(scores)):
        one = scores[place]
        pooled = one.pooled(name, confidence=confidence).with_columns(pl.lit(place, pl.Int64).alias("scenario"))
        figures.append(pooled.with_columns(_spread(one, name)))
        if place != baseline:
            own, ours = figures_per_replication(one, name)
            with_ = np.array([place_of.get(group, -1) for group in own], dtype=np.int64)
            centre = np.round(pooled["value"].cast(pl.Float64).to_numpy() - np.where(with_ < 0, np.nan, base[with_]), 12)
            other = np.where((with_ < 0)[:, None], np.nan, theirs[with_])
            gaps[place] = _Gaps(own, _differences(ours, other, centre, confidence)[:7])
    tables = [
        one.with_columns(_columns(gaps.get(place), adjusted, len(one), 1 - confidence))
        for place, (one, adjusted) in enumerate(zip(figures, _adjusted(gaps, figures), strict=True))
    ]
    return pl.concat(tables, how="vertical_relaxed").select("scenario", pl.exclude("scenario"))


class _Gaps(NamedTuple):
    """Differences of one scenario: (KPI, *group*) of each row, and its figures."""

    groups: list[tuple[Any, ...]]
    figures: tuple[NDArray[Any], ...]


def _spread(scores: Scores, name: str) -> list[pl.Series]:
    """How the replications spread: a tenth of them, half, nine tenths lie below these figures."""
    values = scores.grid(name).matrix("value")
    return [pl.Series(column, quantiles(values, level)).fill_nan(None) for column, level in SPREAD.items()]


def _adjusted(gaps: Mapping[int, _Gaps], figures: Sequence[pl.DataFrame]) -> list[list[float | None]]:
    """P values of every scenario after Holm's method over the scenarios, group by group."""
    found: list[list[float | None]] = [[None] * len(one) for one in figures]
    together: dict[tuple[Any, ...], list[tuple[int, int, float]]] = {}
    for place, gap in gaps.items():
        for row, (group, p_value) in enumerate(zip(gap.groups, gap.figures[6].tolist(), strict=True)):
            together.setdefault(group, []).append((place, row, p_value))
    for members in together.values():
        for (place, row, _), adjusted in zip(members, holm([None if math.isnan(p) else p for *_, p in members]), strict=True):
            found[place][row] = adjusted
    return found


def _columns(gaps: _Gaps | None, adjusted: Sequence[float | None], rows: int, level: float) -> list[pl.Series]:
    """Columns of numbers and words on the difference; of nulls for the baseline."""
    if gaps is None:
        return [pl.Series(name, [None] * rows, dtype=pl.Float64) for name in FIGURES] + [
            pl.Series("verdict", [None] * rows, dtype=pl.String)
        ]
    named = [pl.Series(name, column).fill_nan(None) for name, column in zip(FIGURES, gaps.figures, strict=False)]
    centre, half = gaps.figures[0].tolist(), gaps.figures[3].tolist()
    words = [
        verdict(group[0], Estimate(None if math.isnan(value) else value, half_width=width), p_holm, level)
        for group, value, width, p_holm in zip(gaps.groups, centre, half, adjusted, strict=True)
    ]
    return [*named, pl.Series(FIGURES[7], adjusted, dtype=pl.Float64), pl.Series("verdict", words)]


def verdict(kpi: str, estimate: Estimate, p_holm: float | None, level: float = 0.05) -> str:
    """Say what a difference amounts to: ``better``, ``worse``, ``higher``, ``lower``, ``the same``, ``no clear difference``.

    Empty if it is not known. ``the same`` means the same in every replication.

    Examples
    --------
    >>> verdict("asa", Estimate(-4.0), 0.01), verdict("aht", Estimate(3.0), 0.2)
    ('better', 'no clear difference')
    """
    if estimate.value is None or p_holm is None:
        return ""
    if estimate.value == 0 and estimate.half_width == 0:
        return SAME
    if p_holm >= level or estimate.value == 0:
        return UNCLEAR
    good = KPIS.get(kpi.partition(":")[0]).better
    if good in ("higher", "lower"):
        return BETTER if (estimate.value > 0) == (good == "higher") else WORSE
    return HIGHER if estimate.value > 0 else LOWER
