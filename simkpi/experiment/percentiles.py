"""Percentiles of all contacts of all replications, many groups at once: their intervals, and what each replication adds to them.

A replication is the unit of analysis here too: a percentile's error is that of the share of contacts up to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.experiment.histograms import values_of
from simkpi.experiment.many import Estimates, Ratios, deviations, totals
from simkpi.experiment.payload_columns import Columns, written_out

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


class Histograms:
    """Waits of many groups as counts in bins, replication by replication.

    Parameters
    ----------
    group, replication, bins, counts : ndarray of int64, shape (n,)
        Contacts of a group and replication in a bin.
    n_groups, n_replications : int
        How many there are.
    share : float, fraction
        Which percentile is asked for.
    """

    def __init__(
        self, *, group: Whole, replication: Whole, bins: Whole, counts: Whole, n_groups: int, n_replications: int, share: float
    ) -> None:
        self.share = share
        self._n_groups, self._n_replications = n_groups, n_replications
        place = group * n_replications + replication
        #: Where the entries of another group or replication begin: stored ones come group by group.
        self._runs = np.flatnonzero(np.concatenate([[len(place) > 0], place[1:] != place[:-1]]))
        self._place, self._of_run = place[self._runs], group[self._runs]
        self._group, self._bins, self._counts = group, bins, counts.astype(float)
        self._values = values_of(np.arange(int(bins.max(initial=0)) + 1))

    @cached_property
    def _from(self) -> Whole:
        """Where the bins of each group begin in a list of all groups' bins, and where the list ends; shape (n_groups + 1,)."""
        widths = np.ones(self._n_groups, dtype=np.int64)
        if len(self._runs):
            np.maximum.at(widths, self._of_run, np.maximum.reduceat(self._bins, self._runs) + 1)
        return np.concatenate([[0], np.cumsum(widths)])

    @cached_property
    def _up_to(self) -> Floats:
        """Contacts of all groups before, and of the group up to each bin of that list."""
        place = self._from[self._group] + self._bins
        counted = np.asarray(np.bincount(place, weights=self._counts, minlength=int(self._from[-1])), dtype=float)
        return np.cumsum(counted, out=counted)

    @cached_property
    def sizes(self) -> Floats:
        """Contacts of each group and replication."""
        return self._by_replication(self._counts)

    def _by_replication(self, counts: Floats) -> Floats:
        of_runs = np.add.reduceat(counts, self._runs) if len(self._runs) else counts
        found = np.bincount(self._place, weights=of_runs, minlength=self._n_groups * self._n_replications)
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
        lengths = np.diff(self._runs, append=len(self._bins))
        return self._by_replication(self._counts * (self._bins <= np.repeat(last[self._of_run], lengths)))

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
    columns : dict of str to ndarray of int64, shape (n,)
        ``group``, ``replication``, ``bins`` and ``counts`` of :class:`Histograms`.
    n_groups, n_replications, share
        As there.
    """

    def __init__(self, columns: Mapping[str, Whole], *, n_groups: int, n_replications: int, share: float) -> None:
        room = max(1, MOST_CELLS // (int(columns["bins"].max(initial=0)) + 1))
        self._parts = []
        for first in range(0, n_groups, room):
            chosen = columns
            if n_groups > room:
                mine = (columns["group"] >= first) & (columns["group"] < first + room)
                chosen = {name: column[mine] for name, column in columns.items()}
                chosen["group"] = chosen["group"] - first
            size = min(room, n_groups - first)
            self._parts.append(Histograms(**chosen, n_groups=size, n_replications=n_replications, share=share))

    def estimates(self, *, confidence: float) -> Estimates:
        """Return the percentiles with their intervals."""
        found = [part.estimates(confidence=confidence) for part in self._parts]
        return Estimates(*(np.concatenate(each) for each in zip(*found, strict=True)))

    def pseudo_rows(self) -> Floats:
        """Return one number per group and replication (see :func:`percentile_pseudo_rows`)."""
        return np.concatenate([part.pseudo_rows() for part in self._parts])


def histograms_of(blocks: Sequence[Columns], label: str, starts: Whole | None) -> dict[str, Whole]:
    """Read the histograms behind a KPI from the columns of stored blocks; *starts*: beginnings of intervals, if it is split."""
    found = [_histogram(block, label, starts) for block in blocks if label in block["kpi"].texts]
    names = ("group", "replication", "bins", "counts")
    return {name: np.concatenate([np.empty(0, dtype=np.int64), *(one[name] for one in found)]) for name in names}


def _histogram(block: Columns, label: str, starts: Whole | None) -> dict[str, Whole]:
    replication, bins, counts = (written_out(block[name]) for name in ("replication", "bin", "count"))
    group = np.zeros(len(bins), dtype=np.int64) if starts is None else np.searchsorted(starts, written_out(block["interval"]))
    columns = {"group": group, "replication": replication, "bins": bins, "counts": counts}
    if len(block["kpi"].texts) == 1:
        return columns
    mine = written_out(block["kpi"]) == block["kpi"].texts.index(label)
    return {name: column[mine] for name, column in columns.items()}


def histograms_of_table(table: pl.DataFrame, label: str, groups: pl.DataFrame) -> dict[str, Whole]:
    """Read the histograms behind a KPI from a table (see :func:`simkpi.experiment.scores.score_block`)."""
    if table.width == 1:
        return {name: np.empty(0, dtype=np.int64) for name in ("group", "replication", "bins", "counts")}
    rows = table.filter(pl.col("kpi") == label)
    if groups.columns:
        numbered = groups.with_row_index("_group")
        rows = rows.join(numbered, on=groups.columns, how="inner", nulls_equal=True, maintain_order="left")
    else:
        rows = rows.with_columns(pl.lit(0).alias("_group"))
    named = {"group": "_group", "replication": "replication", "bins": "bin", "counts": "count"}
    return {name: rows[column].cast(pl.Int64).to_numpy() for name, column in named.items()}
