"""What separates two scenarios run on the same customers: paired differences, how sure they are, and how many at once (Holm)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from simkpi.experiment.confidence import Estimate, Floats, deviation, p_of_t, pseudo_values, student_t
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
    both = ~(np.isnan(ours) | np.isnan(theirs))
    ours, theirs = ours[both], theirs[both]
    n = len(ours)
    if n < 2 or centre is None:
        return Difference(Estimate(centre, replications=n))
    paired = deviation(ours - theirs) ** 2
    own, other = deviation(ours), deviation(theirs)
    error = math.sqrt(paired / n)
    half = student_t(confidence, n - 1) * error
    varies = float(np.ptp(ours)) > 0 and float(np.ptp(theirs)) > 0
    correlation = (own * own + other * other - paired) / (2 * own * other) if varies else None
    gain = (own * own + other * other) / paired if paired > 0 and varies else None
    p_value = p_of_t(-abs(centre) / error, n - 1) if error > 0 else float(centre == 0)
    return Difference(Estimate(centre, centre - half, centre + half, half, n), correlation, gain, p_value)


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
    keys, n = scores.keys(name), scores.replications
    kinds, pooled = scores.scoring.kinds, scores.pooled(name)
    columns = ["replication", "value", "numerator", "denominator"]
    rows = scores.tables[name].group_by(["kpi", *keys], maintain_order=True).agg(columns)
    found = {(row["kpi"], *(row[key] for key in keys)): row for row in rows.iter_rows(named=True)}
    samples = {label: scores.samples(label, name) for label in scores.scoring.levels}
    for figure in pooled.iter_rows(named=True):
        group = (figure["kpi"], *(figure[key] for key in keys))
        row, kind = found[group], kinds[figure["kpi"]]
        if kind in RATIOS and any(below is not None for below in row["denominator"]):
            yield group, pseudo_values(*(_spread(row, part, n, 0.0) for part in ("numerator", "denominator")))
        elif figure["kpi"] in samples:
            arrays, share = samples[figure["kpi"]]
            yield group, percentile_pseudo_values(arrays.get(group[1:], ()), share, figure["value"])
        else:
            yield group, _spread(row, "value", n, 0.0 if kind == "count" else math.nan)


def _spread(row: Mapping[str, Any], part: str, replications: int, missing: float) -> Floats:
    spread = np.full(replications, missing)
    for value, replication in zip(row[part], row["replication"], strict=True):
        if value is not None:
            spread[replication] = value
    return spread


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
        difference_high, difference_half_width, correlation, gain, p_value, p_holm, verdict``, null for the baseline.
        ``p_holm`` is adjusted over the scenarios, per KPI and group.
    """
    first = scores[baseline]
    keys = first.keys(name)
    base, theirs = _values(first, name), dict(per_replication(first, name))
    rows: dict[tuple[Any, ...], list[tuple[int, Difference]]] = {}
    figures = []
    for place in range(len(scores)):
        one = scores[place]
        pooled = one.pooled(name, confidence=confidence)
        figures.append(pooled.with_columns(pl.lit(place, pl.Int64).alias("scenario")))
        if place == baseline:
            continue
        values = _values(one, name)
        for group, ours in per_replication(one, name):
            pair = (values[group], base.get(group))
            centre = None if pair[0] is None or pair[1] is None else round(pair[0] - pair[1], 12)
            other = theirs.get(group)
            if ours is None or other is None:
                found = Difference(Estimate(centre, replications=one.replications))
            else:
                found = difference(ours, other, centre, confidence=confidence)
            rows.setdefault(group, []).append((place, found))
    joined = pl.concat(figures, how="vertical_relaxed")
    gaps = _table(rows, keys, {key: joined.schema[key] for key in keys}, 1 - confidence)
    on = ["scenario", "kpi", *keys]
    return joined.join(gaps, on=on, how="left", nulls_equal=True, maintain_order="left").select(
        "scenario", pl.exclude("scenario")
    )


def _values(scores: Scores, name: str) -> dict[tuple[Any, ...], float | None]:
    """Map (KPI, *group*) to the figure."""
    keys = scores.keys(name)
    return {(row["kpi"], *(row[key] for key in keys)): row["value"] for row in scores.pooled(name).iter_rows(named=True)}


def _table(
    rows: Mapping[tuple[Any, ...], list[tuple[int, Difference]]], keys: Sequence[str], dtypes: Mapping[str, Any], level: float
) -> pl.DataFrame:
    lines = []
    for group, found in rows.items():
        for (place, one), adjusted in zip(found, holm([one.p_value for _, one in found]), strict=True):
            estimate = one.estimate
            figures = (estimate.value, estimate.low, estimate.high, estimate.half_width, one.correlation, one.gain, one.p_value)
            lines.append((place, *group, *figures, adjusted, verdict(group[0], estimate, adjusted, level)))
    schema = {"scenario": pl.Int64, "kpi": pl.String, **dtypes, **dict.fromkeys(FIGURES, pl.Float64), "verdict": pl.String}
    order = {group: number for number, group in enumerate(rows)}
    lines.sort(key=lambda line: (line[0], order[line[1 : 2 + len(keys)]]))
    return pl.DataFrame(lines, schema=schema, orient="row")


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
