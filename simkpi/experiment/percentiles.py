"""Percentiles of all contacts of all replications, many groups at once: their intervals, and what each replication adds to them.

A replication is the unit of analysis here too: a percentile's error is that of the share of contacts up to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.experiment.histograms import values_of
from simkpi.experiment.many import Estimates, Ratios, deviations, totals
from simkpi.experiment.payload_columns import Column, Columns, runs_of, written_out

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
#: Levels, one of each group -> quantiles of all contacts of each group.
Quantiles = Callable[[Floats], Floats]
#: Cells of a table of groups by bins that is made at a time.
MOST_CELLS = 4_000_000


def percentile_estimates(share: float, value: Floats, counted: Ratios, quantiles: Quantiles, *, confidence: float) -> Estimates:
    """Return percentiles with their intervals (see ``confidence.percentile_interval``).

    Parameters
    ----------
    share : float, fraction
        Which percentile.
    value : ndarray, shape (n_groups,)
        The percentiles; NaN = no contact.
    counted : Ratios
        Contacts with at most that value, and contacts, by group and replication.
    quantiles : callable
        Quantile function of all contacts.
    confidence : float, fraction
        Coverage of the intervals.
    """
    half = counted.half_width(confidence=confidence)
    is_bound = ~np.isnan(value) & (share - half > 0) & (share + half < 1)
    levels = (np.where(is_bound, level, share) for level in (share - half, share + half))
    low, high = (np.where(is_bound, quantiles(level), np.nan) for level in levels)
    return Estimates(value, low, high, (high - low) / 2)


def percentile_pseudo_rows(share: float, value: Floats, counted: Ratios, quantiles: Quantiles) -> Floats:
    """Return one number per group and replication whose mean estimates the percentile and whose spread is its error.

    Parameters are those of :func:`percentile_estimates`; a row of NaN where the data do not bound the percentile.

    Notes
    -----
    ``q - (pseudo-value of the share up to q - their mean) / density``, the density read off the quantile function.

    Source: Bahadur representation of a quantile: Serfling, Approximation Theorems of Mathematical Statistics, section 2.5.
    """
    pseudo, given = counted.pseudo
    n, known = pseudo.shape[1], given & ~np.isnan(value)
    pseudo = np.where(known[:, None], pseudo, 0.0)
    with np.errstate(divide="ignore"):
        width = np.maximum(2 * deviations(pseudo) / np.sqrt(n), 2 / counted.totals[1])
    known &= (share - width > 0) & (share + width < 1)
    low, high = (quantiles(np.where(known, level, share)) for level in (share - width, share + width))
    off = pseudo - (totals(pseudo) / max(n, 1))[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known[:, None], value[:, None] - off * ((high - low) / (2 * width))[:, None], np.nan)


class Counted(NamedTuple):
    """Contacts in bins: *lengths* of them in a row are of the same group and replication.

    Parameters
    ----------
    group, replication, lengths : ndarray of int64, shape (n_runs,)
        Of each run of entries.
    bins, counts : ndarray of int64, shape (n,)
        Of each entry.
    """

    group: Whole
    replication: Whole
    lengths: Whole
    bins: Whole
    counts: Whole

    def of_groups(self, first: int, last: int) -> Counted:
        """Return the entries of some groups, numbered from 0."""
        mine = (self.group >= first) & (self.group < last)
        entries = np.repeat(mine, self.lengths)
        return Counted(
            self.group[mine] - first, self.replication[mine], self.lengths[mine], self.bins[entries], self.counts[entries]
        )


class Histograms:
    """Waits of many groups as counts in bins, replication by replication.

    Parameters
    ----------
    counted : Counted
        Contacts of a group and replication in a bin.
    n_groups, n_replications : int
        How many there are.
    share : float, fraction
        Which percentile is asked for.
    """

    def __init__(self, counted: Counted, *, n_groups: int, n_replications: int, share: float) -> None:
        self.share = share
        self._n_groups, self._n_replications = n_groups, n_replications
        self._runs, self._bins, self._counts = counted, counted.bins, counted.counts.astype(float)
        self._begins = np.cumsum(counted.lengths) - counted.lengths
        self._values = values_of(np.arange(int(self._bins.max(initial=0)) + 1))

    @cached_property
    def _from(self) -> Whole:
        """Where the bins of each group begin in a list of all groups' bins, and where the list ends; shape (n_groups + 1,)."""
        widths = np.ones(self._n_groups, dtype=np.int64)
        if len(self._begins):
            np.maximum.at(widths, self._runs.group, np.maximum.reduceat(self._bins, self._begins) + 1)
        return np.concatenate([[0], np.cumsum(widths)])

    @cached_property
    def _up_to(self) -> Floats:
        """Contacts of all groups before, and of the group up to each bin of that list."""
        place = np.repeat(self._from[self._runs.group], self._runs.lengths) + self._bins
        counted = np.asarray(np.bincount(place, weights=self._counts, minlength=int(self._from[-1])), dtype=float)
        return np.cumsum(counted, out=counted)

    @cached_property
    def sizes(self) -> Floats:
        """Contacts of each group and replication."""
        return self._by_replication(self._counts)

    def _by_replication(self, counts: Floats) -> Floats:
        of_runs = np.add.reduceat(counts, self._begins) if len(self._begins) else counts
        place = self._runs.group * self._n_replications + self._runs.replication
        found = np.bincount(place, weights=of_runs, minlength=self._n_groups * self._n_replications)
        return np.asfortranarray(found.reshape(self._n_groups, self._n_replications))

    @cached_property
    def value(self) -> Floats:
        """The percentile of each group; NaN = no contact."""
        return self.quantiles(np.full(self._n_groups, self.share))

    @cached_property
    def below(self) -> Floats:
        """Contacts of each group and replication up to the percentile."""
        unknown = np.isnan(self.value)
        last = np.where(unknown, -1, np.searchsorted(self._values, np.where(unknown, 0.0, self.value), side="right") - 1)
        return self._by_replication(self._counts * (self._bins <= np.repeat(last[self._runs.group], self._runs.lengths)))

    @cached_property
    def _counted(self) -> Ratios:
        return Ratios(self.below, self.sizes)

    def quantiles(self, levels: Floats) -> Floats:
        """Quantile of each group at its own level, linear between order statistics as ``numpy.quantile`` has it."""
        ends = self._up_to[self._from[1:] - 1]
        starts = np.concatenate([[0], ends[:-1]])
        n = ends - starts
        last = np.maximum(n - 1, 0)
        place = last * levels
        first = np.clip(np.floor(place), 0, last)
        low, high = (self._at(starts + rank) for rank in (first, np.minimum(first + 1, last)))
        part, gap = place - first, high - low
        between = np.where(part >= 0.5, high - gap * (1 - part), low + gap * part)
        return np.where(n > 0, between, np.nan)

    def _at(self, rank: Floats) -> Floats:
        """Value of the contact of that rank, all groups one after the other."""
        found = np.searchsorted(self._up_to, rank, side="right")
        return np.asarray(self._values[np.minimum(found - self._from[:-1], len(self._values) - 1)])

    def estimates(self, *, confidence: float) -> Estimates:
        """Return the percentiles with their intervals."""
        return percentile_estimates(self.share, self.value, self._counted, self.quantiles, confidence=confidence)

    def pseudo_rows(self) -> Floats:
        """Return one number per group and replication (see :func:`percentile_pseudo_rows`)."""
        return percentile_pseudo_rows(self.share, self.value, self._counted, self.quantiles)


class Percentiles:
    """Histograms of any number of groups: so many at a time as their table of bins may have cells.

    Parameters
    ----------
    counted : Counted
        Contacts in bins.
    n_groups, n_replications, share
        As there.
    """

    def __init__(self, counted: Counted, *, n_groups: int, n_replications: int, share: float) -> None:
        room = max(1, MOST_CELLS // (int(counted.bins.max(initial=0)) + 1))
        self._parts = []
        for first in range(0, n_groups, room):
            chosen = counted.of_groups(first, first + room) if n_groups > room else counted
            size = min(room, n_groups - first)
            self._parts.append(Histograms(chosen, n_groups=size, n_replications=n_replications, share=share))

    def estimates(self, *, confidence: float) -> Estimates:
        """Return the percentiles with their intervals."""
        found = [part.estimates(confidence=confidence) for part in self._parts]
        return Estimates(*(np.concatenate(each) for each in zip(*found, strict=True)))

    def pseudo_rows(self) -> Floats:
        """Return one number per group and replication (see :func:`percentile_pseudo_rows`)."""
        return np.concatenate([part.pseudo_rows() for part in self._parts])


def histograms_of(blocks: Sequence[Columns], label: str, starts: Whole | None) -> Counted:
    """Read the histograms behind a KPI from the columns of stored blocks; *starts*: beginnings of intervals, if it is split."""
    found = [_histogram(block, label, starts) for block in blocks if label in block["kpi"].texts]
    nothing = Counted(*[np.empty(0, dtype=np.int64)] * len(Counted._fields))
    return Counted(*(np.concatenate(each) for each in zip(nothing, *found, strict=True)))


def _histogram(block: Columns, label: str, starts: Whole | None) -> Counted:
    bins, counts = (written_out(block[name]) for name in ("bin", "count"))
    (kpi, replication, *interval), lengths = _runs_of(
        [block[name] for name in ("kpi", "replication", "interval")[: 2 + (starts is not None)]]
    )
    group = np.zeros(len(lengths), dtype=np.int64) if starts is None else np.searchsorted(starts, interval[0])
    mine = kpi == block["kpi"].texts.index(label)
    if not mine.all():
        entries = np.repeat(mine, lengths)
        bins, counts = bins[entries], counts[entries]
    return Counted(group[mine], replication[mine], lengths[mine], bins, counts)


def _runs_of(columns: Sequence[Column]) -> tuple[list[Whole], Whole]:
    """Return the entries of columns wherever one of them changes, and how long they then stay."""
    runs = [(entries, np.cumsum(lengths)) for entries, lengths in map(runs_of, columns)]
    ends = np.unique(np.concatenate([own for _, own in runs]))
    entries = [given[np.searchsorted(own, ends)] for given, own in runs]
    return entries, np.diff(ends, prepend=0)


def histograms_of_table(table: pl.DataFrame, label: str, groups: pl.DataFrame) -> Counted:
    """Read the histograms behind a KPI from a table (see :func:`simkpi.experiment.scores.score_block`)."""
    if table.width == 1:
        return Counted(*[np.empty(0, dtype=np.int64)] * len(Counted._fields))
    rows = table.filter(pl.col("kpi") == label)
    if groups.columns:
        numbered = groups.with_row_index("_group")
        rows = rows.join(numbered, on=groups.columns, how="inner", nulls_equal=True, maintain_order="left")
    else:
        rows = rows.with_columns(pl.lit(0).alias("_group"))
    group, replication, bins, counts = (
        rows[column].cast(pl.Int64).to_numpy() for column in ("_group", "replication", "bin", "count")
    )
    (group, replication), lengths = _runs_of([Column("int64", each) for each in (group, replication)])
    return Counted(group, replication, lengths, bins, counts)
