"""Logs that commands plan from: a simulated one must be one world."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import simkpi as python
from simkpi.cli.log_reading import read_wall_clock
from simkpi.errors import LogError
from tests.experiment.small_world import small


@pytest.mark.parametrize("count", [1, 3])
def test_a_log_of_several_replications_is_refused_and_one_of_one_is_read(count: int, tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    found = python.simulate(small(), replications=count, seed=1)
    each = pl.concat_str("replication", "contact_id", separator="-")  # as 'simkpi run --log' writes them
    found.interactions.with_columns(contact_id=each).write_parquet(path)
    if count == 1:
        read = read_wall_clock(str(path), None, None, quiet=True).interactions
        assert read.lazy().collect().height == found.interactions.height
        return
    with pytest.raises(LogError, match=r"log.parquet: holds 3 replications of the same days.*--replications 1 --log"):
        read_wall_clock(str(path), None, None, quiet=True)
