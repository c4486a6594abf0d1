from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simkpi.experiment.confidence import mean_interval, percentile_interval, ratio_interval
from simkpi.experiment.pool import Samples, pool


def scores(rows: list[tuple]) -> pl.DataFrame:
    """Rows of (kpi, team, replication, value, numerator, denominator)."""
    table = pl.DataFrame(rows, schema=["kpi", "team", "replication", "value", "numerator", "denominator"], orient="row")
    return table.with_columns(pl.lit(1).alias("n"), pl.lit("unit").alias("unit"), pl.lit("as defined").alias("definition"))


def no_samples(name: str) -> Samples:
    raise AssertionError(f"samples of {name} asked for")


RATIO = scores([("sl", "a", 0, 0.5, 1.0, 2.0), ("sl", "a", 1, 0.75, 6.0, 8.0), ("sl", "a", 2, 1.0, 4.0, 4.0)])


class TestPool:
    def test_a_ratio_is_the_ratio_of_sums_with_a_jackknife_interval(self) -> None:
        row = pool(RATIO, replications=3, kinds={"sl": "ratio"}, samples=no_samples).row(0, named=True)
        expected = ratio_interval([1, 6, 4], [2, 8, 4])
        assert (row["value"], row["low"], row["half_width"]) == (expected.value, expected.low, expected.half_width)
        assert (row["numerator"], row["denominator"], row["n"], row["replications"]) == (11.0, 14.0, 3, 3)

    def test_a_count_is_the_mean_per_replication(self) -> None:
        table = scores([("offered", "a", r, float(v), None, None) for r, v in enumerate([10, 20, 30])])
        row = pool(table, replications=3, kinds={"offered": "count"}, samples=no_samples).row(0, named=True)
        assert (row["value"], row["half_width"]) == (20.0, mean_interval([10, 20, 30]).half_width)
        assert (row["numerator"], row["denominator"]) == (60.0, 3.0)

    def test_a_group_that_a_replication_lacks_had_no_contact_there(self) -> None:
        table = scores([("offered", "a", 0, 12.0, None, None), ("offered", "b", 1, 6.0, None, None)])
        pooled = pool(table, replications=3, kinds={"offered": "count"}, samples=no_samples, by=("team",))
        assert dict(pooled.select("team", "value").iter_rows()) == {"a": 4.0, "b": 2.0}

    def test_an_undefined_replication_adds_nothing_to_a_ratio(self) -> None:
        table = scores([("sl", "a", 0, 0.5, 1.0, 2.0), ("sl", "a", 1, None, 0.0, 0.0), ("sl", "a", 2, 1.0, 2.0, 2.0)])
        row = pool(table, replications=3, kinds={"sl": "ratio"}, samples=no_samples).row(0, named=True)
        assert row["value"] == 0.75
        assert row["low"] is not None

    def test_an_unavailable_kpi_stays_without_a_value(self) -> None:
        table = scores([("offered", "a", r, None, None, None) for r in range(3)])
        row = pool(table, replications=3, kinds={"offered": "count"}, samples=no_samples).row(0, named=True)
        assert (row["value"], row["low"]) == (None, None)

    def test_a_percentile_is_that_of_all_contacts(self) -> None:
        arrays = [np.array([1.0, 2.0]), np.array([3.0]), np.array([4.0, 50.0])]
        table = scores([("p50", "a", r, 1.0, None, None) for r in range(3)])
        row = pool(table, replications=3, kinds={"p50": "percentile"}, samples=lambda _: ({(): arrays}, 0.5)).row(0, named=True)
        assert row["value"] == percentile_interval(arrays, 0.5).value == 3.0

    def test_the_largest_of_a_day_is_averaged_over_days(self) -> None:
        table = scores([("longest", "a", r, v, None, None) for r, v in enumerate([40.0, 60.0])])
        row = pool(table, replications=2, kinds={"longest": "percentile"}, samples=lambda _: ({}, 1.0)).row(0, named=True)
        assert row["value"] == 50.0

    def test_other_kinds_are_means_of_the_replications_own_figures(self) -> None:
        table = scores([("peak", "a", r, v, None, None) for r, v in enumerate([4.0, None, 8.0])])
        row = pool(table, replications=3, kinds={"peak": "peak"}, samples=no_samples).row(0, named=True)
        assert row["value"] == 6.0

    @pytest.mark.parametrize("replications", [1, 2])
    def test_there_is_no_interval_below_two_replications(self, replications: int) -> None:
        row = pool(RATIO.head(replications), replications=replications, kinds={"sl": "ratio"}, samples=no_samples).row(
            0, named=True
        )
        assert (row["low"] is None, row["high"] is None, row["half_width"] is None) == (replications == 1,) * 3

    def test_order_of_rows_does_not_matter(self) -> None:
        turned = pool(RATIO.reverse(), replications=3, kinds={"sl": "ratio"}, samples=no_samples)
        assert turned.equals(pool(RATIO, replications=3, kinds={"sl": "ratio"}, samples=no_samples))
