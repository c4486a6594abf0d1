"""Figures per replication as matrices, a row a KPI and group, a column a replication: for intervals and differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.experiment.many import Ratios, picked
from simkpi.experiment.payload_columns import Column, Columns, written_out

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
#: Kinds whose numerators and denominators add up over replications.
RATIOS = ("ratio", "mean", "share")
#: Figures of each replication that stand in a grid.
FIGURES = ("numerator", "denominator", "value")
_WORDS = ("definition", "unit", "status")


class Grid:
    """KPIs of groups over the replications.

    Parameters
    ----------
    groups : DataFrame
        ``kpi``, group columns, words and numbers of rows of each row; the rows of a KPI follow one another.
    kpis : tuple of str
        Names of the KPIs.
    kpi_of : ndarray of int64, shape (n_rows,)
        Which of them each row is about.
    matrices : dict of str to ndarray, shape (n_rows, n_replications)
        One for each of :data:`FIGURES`; NaN where there is none. The figures of a replication lie side by side in memory.
    """

    def __init__(self, groups: pl.DataFrame, kpis: tuple[str, ...], kpi_of: Whole, matrices: Mapping[str, Floats]) -> None:
        self.groups, self.kpis, self.kpi_of = groups, kpis, kpi_of
        self._matrices = matrices
        self.replications = matrices[FIGURES[0]].shape[1]
        #: Equal for grids whose rows are about the same KPIs and groups; None = not known.
        self.about: tuple[object, ...] | None = None
        self._ratios: dict[tuple[str, ...], tuple[Flags, Ratios]] = {}

    def matrix(self, column: str) -> Floats:
        """One figure of every row and replication; not to be changed."""
        return self._matrices[column]

    def rows_of(self, kinds: Mapping[str, str], wanted: Sequence[str]) -> Flags:
        """Which rows are about KPIs of the *wanted* kinds; *kinds*: KPI -> kind of its measure."""
        return np.array([kinds.get(name, "") in wanted for name in self.kpis], dtype=np.bool_)[self.kpi_of]

    def ratios(self, kinds: Mapping[str, str]) -> tuple[Flags, Ratios]:
        """Which rows are ratios of sums, and these."""
        key = tuple(kinds.get(name, "") for name in self.kpis)
        if key not in self._ratios:
            above, below = self.matrix("numerator"), self.matrix("denominator")
            wanted = self.rows_of(kinds, RATIOS) & ~np.all(np.isnan(below), axis=1)
            self._ratios[key] = wanted, Ratios(picked(above, wanted), picked(below, wanted))
        return self._ratios[key]

    @classmethod
    def of_table(cls, scores: pl.DataFrame, replications: int, by: Sequence[str]) -> Grid:
        """Read a table of KPIs per replication (see :func:`simkpi.experiment.pool.pool`), in any order of its rows."""
        keys = ["kpi", *by]
        sums = [pl.col(column).sum() for column in ("n", "censored") if column in scores.columns]
        firsts = [pl.col(column).first() for column in _WORDS if column in scores.columns]
        groups = _in_order(scores.group_by(keys, maintain_order=True).agg(firsts + sums), by)
        numbered = groups.select(keys).with_row_index("_row")
        placed = scores.join(numbered, on=keys, how="left", nulls_equal=True, maintain_order="left")
        given = placed["replication"].is_not_null()  # what is unavailable has no replications
        kept = placed.filter(given)
        rows, columns = kept["_row"].to_numpy(), kept["replication"].cast(pl.Int64).to_numpy()
        matrices = {name: np.full((len(groups), replications), np.nan, order="F") for name in FIGURES}
        for name in FIGURES:
            if name in scores.columns:
                matrices[name][rows, columns] = scores[name].filter(given).cast(pl.Float64).to_numpy()
        kpis = groups["kpi"].unique(maintain_order=True)
        return cls(
            groups, tuple(kpis.to_list()), groups["kpi"].cast(pl.Enum(kpis)).to_physical().cast(pl.Int64).to_numpy(), matrices
        )

    @classmethod
    def of_columns(cls, blocks: Sequence[Columns], replications: int, by: Sequence[str]) -> Grid | None:
        """Read the columns of stored blocks; None if their rows are not KPI by KPI, replication by replication."""
        layouts = [_layout(block, tuple(by)) for block in blocks]
        first = layouts[0]
        if first is None or not all(one is not None and one.fits(first) for one in layouts):
            return None
        n_kpis, n_groups = len(first.kpis), len(first.groups)
        matrices = {name: np.full((n_kpis * n_groups, replications), np.nan, order="F") for name in FIGURES}
        sums = {name: np.zeros((n_kpis, n_groups), dtype=np.int64) for name in ("n", "censored")}
        for block, layout in zip(blocks, layouts, strict=True):
            assert layout is not None
            shape = (n_kpis, len(layout.replications), n_groups)
            for name, matrix in matrices.items():
                matrix.T[layout.replications] = block[name].entries.reshape(shape).swapaxes(0, 1).reshape(shape[1], -1)
            for name in sums:
                sums[name] += _numbers(block[name]).reshape(shape).sum(axis=1)
        words = {"kpi": np.repeat(first.kpis, n_groups)}
        words |= {name: written_out(blocks[0][name]).reshape(n_kpis, -1, n_groups)[:, 0].ravel() for name in _WORDS}
        table = pl.DataFrame(
            [
                _texts("kpi", blocks[0]["kpi"].texts, words["kpi"].tobytes()),
                *([pl.Series("interval", np.tile(first.groups, n_kpis)).cast(pl.Datetime("ms"))] if by else []),
                *[_texts(name, blocks[0][name].texts, words[name].tobytes()) for name in _WORDS],
                *[pl.Series(name, total.ravel()) for name, total in sums.items()],
            ]
        )
        names = tuple(blocks[0]["kpi"].texts[code] for code in first.kpis.tolist())
        found = cls(table, names, np.repeat(np.arange(n_kpis), n_groups), matrices)
        found.about = names, tuple(by), first.groups.tobytes()
        return found


def _in_order(groups: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Put the rows of a KPI behind one another, intervals by time: later replications may have groups that earlier ones lack."""
    kpis = groups["kpi"].unique(maintain_order=True)
    time = [name for name in by if name == "interval"]
    return groups.sort(pl.col("kpi").cast(pl.Enum(kpis)), *time, maintain_order=True, nulls_last=True)


class _Layout(NamedTuple):
    """KPIs (places in the list of texts), replications and groups (moments) of a block, which has every combination once."""

    kpis: Whole
    replications: Whole
    groups: Whole
    names: tuple[str, ...]

    def fits(self, other: _Layout) -> bool:
        """Whether both are about the same rows."""
        same = self.names == other.names and np.array_equal(self.kpis, other.kpis)
        return same and np.array_equal(self.groups, other.groups)


def _layout(block: Columns, by: tuple[str, ...]) -> _Layout | None:
    keys = [block[name] for name in ("kpi", "replication", *by)]
    regular = by in ((), ("interval",)) and all(key.nulls is None for key in keys) and len(keys[0]) > 0
    if not regular or any(block[name].kind != "float" for name in FIGURES):
        return None
    plain = [key if key.lengths is None else Column(key.kind, written_out(key)) for key in keys]
    return _layout_of(keys[0].texts, *[(key.entries.tobytes(), key.each, key.times) for key in plain])


@lru_cache(maxsize=64)
def _layout_of(texts: tuple[str, ...], *repeated: tuple[bytes, int, int]) -> _Layout | None:
    """Read the columns that say what rows are about: the same for all variants of a sweep, most often."""
    keys = [Column("", np.frombuffer(data, dtype=np.int64), each=each, times=times) for data, each, times in repeated]
    kpi, replication = written_out(keys[0]), written_out(keys[1])
    n_kpis, numbers = len(np.unique(keys[0].entries)), np.unique(keys[1].entries)
    n_groups = len(kpi) // (n_kpis * len(numbers))
    shape = (n_kpis, len(numbers), n_groups)
    if len(kpi) != n_kpis * len(numbers) * n_groups:
        return None
    group = written_out(keys[2]) if len(keys) > 2 else np.zeros(len(kpi), dtype=np.int64)
    kpis, groups = kpi[:: len(numbers) * n_groups], group[:n_groups]
    is_regular = (
        np.all(kpi.reshape(shape) == kpis[:, None, None])
        and np.all(replication.reshape(shape) == numbers[None, :, None])
        and np.all(group.reshape(shape) == groups)
        and len(np.unique(kpis)) == n_kpis
        and bool(np.all(np.diff(groups) > 0))
    )
    return _Layout(kpis, numbers, groups, texts) if is_regular else None


def _numbers(column: Column) -> Whole:
    entries = column.entries if column.nulls is None else np.where(column.nulls, 0, column.entries)
    return written_out(column, entries)


@lru_cache(maxsize=32)
def _texts(name: str, texts: tuple[str, ...], codes: bytes) -> pl.Series:
    """Column of texts; the same for all variants of a sweep, most often."""
    places = np.frombuffer(codes, dtype=np.int64)
    return pl.Series(name, [*texts, None], dtype=pl.String).gather(np.where(places < 0, len(texts), places))
