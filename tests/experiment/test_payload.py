from __future__ import annotations

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.errors import InputError
from simkpi.experiment.histograms import bins_of, spread_out, values_of
from simkpi.experiment.payload import checksum, decode, encode, pack, unpack, write
from simkpi.experiment.payload_columns import Column

TABLE = pl.DataFrame(
    {
        "kpi": ["asa", "überlauf", None],
        "value": [1.5, None, float("inf")],
        "n": [3, None, -(2**40)],
        "flag": [True, None, False],
        "interval": [dt.datetime(2026, 1, 5, 8), None, dt.datetime(1999, 8, 1)],
        "day": [dt.date(2026, 1, 5), None, dt.date(1969, 12, 31)],
        "replication": pl.Series([0, 1, 2], dtype=pl.Int32),
        "hour": pl.Series([8, None, 23], dtype=pl.Int8),
    },
    schema_overrides={"interval": pl.Datetime("ms")},
)


numbers_of_runs = st.integers(0, 3) | st.integers(-(2**40), 2**40)


class TestPayload:
    def test_tables_come_back_with_their_types(self) -> None:
        back = decode(encode({"all": TABLE, "none": TABLE.head(0)}))
        assert back["all"].equals(TABLE)
        assert back["all"].schema == back["none"].schema == TABLE.schema

    def test_the_bytes_are_the_same_on_every_machine_and_version(self) -> None:
        assert checksum(encode({"all": TABLE})) == "24eb7d8b5027d9b607be695122e6d5007a37dec6e70cfe0a0ceca4bc308fa364"

    def test_bytes_differ_as_soon_as_one_figure_does(self) -> None:
        other = TABLE.with_columns(pl.col("value") + 1e-12)
        assert encode({"all": TABLE}) != encode({"all": other})

    def test_a_column_that_can_not_be_stored_is_named(self) -> None:
        with pytest.raises(InputError, match="column 'tags'"):
            encode({"all": pl.DataFrame({"tags": [["a"]]})})

    @pytest.mark.parametrize("data", [b"", b"something else entirely, and long enough", encode({"all": TABLE})[:-3]])
    def test_anything_else_is_refused(self, data: bytes) -> None:
        with pytest.raises(InputError, match=r"is no stored cell|is cut short"):
            decode(data)

    def test_packing_loses_nothing_and_damage_is_found(self) -> None:
        data = encode({"all": TABLE})
        assert unpack(pack(data)) == data
        with pytest.raises(InputError, match="is damaged"):
            unpack(b"x" + pack(data))

    def test_minus_nought_stays_minus_nought(self) -> None:
        table = pl.DataFrame({"value": [-0.0, 0.0, 3.0]})
        assert [math.copysign(1, value) for value in decode(encode({"all": table}))["all"]["value"]] == [-1, 1, 1]

    @settings(derandomize=True, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 3) | st.integers(-(2**40), 2**40), st.integers(1, 40)), max_size=12), st.integers(1, 3)
    )
    def test_runs_give_the_bytes_of_what_they_stand_for(self, runs: list[tuple[int, int]], times: int) -> None:
        numbers, lengths = (np.array([run[part] for run in runs] * times, dtype=np.int64) for part in (0, 1))
        long = pl.DataFrame({"n": np.repeat(numbers, lengths)})
        assert write({"all": {"n": Column("int64", numbers, lengths=lengths)}}) == encode({"all": long})
        assert decode(encode({"all": long}))["all"].equals(long)

    @settings(derandomize=True, deadline=None)
    @given(st.lists(st.integers(-5, 70_000) | st.integers(-(2**62), 2**62), max_size=40), st.booleans(), st.integers(1, 4))
    def test_numbers_come_back_however_they_are_written(self, numbers: list[int], ascending: bool, times: int) -> None:
        table = pl.DataFrame({"n": pl.Series((sorted(numbers) if ascending else numbers) * times, dtype=pl.Int64)})
        assert decode(encode({"all": table}))["all"].equals(table)


seconds = st.floats(0, 1e7, allow_nan=False)


class TestHistograms:
    @settings(derandomize=True, deadline=None)
    @given(st.lists(seconds, min_size=1, max_size=50))
    def test_a_value_comes_back_to_a_tenth_of_a_percent_and_exactly_below_a_second(self, values: list[float]) -> None:
        for value, back in zip(values, values_of(bins_of(values)).tolist(), strict=True):
            if value < 1.0235:
                assert back == pytest.approx(round(value * 1000) / 1000, abs=1e-12)
            assert back == pytest.approx(value, rel=1.1e-3, abs=5.1e-4)

    @settings(derandomize=True, deadline=None)
    @given(seconds, seconds)
    def test_order_is_kept(self, first: float, second: float) -> None:
        low, high = sorted((first, second))
        assert bins_of([low])[0] <= bins_of([high])[0]

    def test_neighbouring_bins_leave_no_gap(self) -> None:
        bins = bins_of([tick / 1000 for tick in range(5000)]).tolist()
        assert sorted(set(bins)) == list(range(max(bins) + 1))

    def test_one_value_per_contact_ascending(self) -> None:
        assert spread_out([250, 3], [2, 1]).tolist() == [0.003, 0.25, 0.25]
