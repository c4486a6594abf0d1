"""Stored blocks of replications as data frames, made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from simkpi.experiment.payload import frame_of
from simkpi.experiment.payload_columns import Columns


class BlockFrames(Mapping[str, pl.DataFrame]):
    """A stored block as data frames, made when they are asked for."""

    def __init__(self, block: Mapping[str, Columns]) -> None:
        self._block = block

    def __getitem__(self, name: str) -> pl.DataFrame:
        return frame_of(self._block[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._block)

    def __len__(self) -> int:
        return len(self._block)


class JoinedBlocks(Mapping[str, pl.DataFrame]):
    """The tables of several blocks, put together when they are asked for."""

    def __init__(self, blocks: Sequence[Mapping[str, pl.DataFrame]]) -> None:
        self._blocks = blocks
        self._found: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._found:
            tables = [block[name] for block in self._blocks]
            full = [table for table in tables if table.width > 1] or tables[:1]
            self._found[name] = pl.concat(full, how="vertical_relaxed")
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks[0])

    def __len__(self) -> int:
        return len(self._blocks[0])
