"""Single days: the share that meets a target, and how figures spread."""

import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

from simkpi.errors import InputError
from simkpi.experiment.days import LEVELS, days_met, distribution, quantile_interval, share_interval
from tests.experiment.small_world import simulated


class TestShareInterval:
    def test_equals_wilsons_interval_of_another_library(self) -> None:
        for met, n in ((0, 7), (3, 10), (30, 30)):
            found, other = share_interval(met, n), stats.binomtest(met, n).proportion_ci(0.95, method="wilson")
            assert (found.low, found.high) == pytest.approx((other.low, other.high), abs=1e-9)

    def test_no_day_gives_no_figure(self) -> None:
        assert share_interval(0, 0).value is None


class TestDaysMet:
    def test_a_day_has_to_meet_every_goal(self) -> None:
        found = days_met([[0.7, 0.8, 0.9], [5.0, 30.0, 2.0]], [(0.8, "at_least"), (20.0, "at_most")])
        assert found.value == pytest.approx(1 / 3)

    def test_on_the_goal_is_met_and_nobody_to_serve_misses_nothing(self) -> None:
        assert days_met([[0.8, None]], [(0.8, "at_least")]).value == 1.0


class TestQuantileInterval:
    def test_ends_are_order_statistics_that_cover_as_often_as_promised(self) -> None:
        n, level = 40, 0.25
        found = quantile_interval(np.arange(1, n + 1), level)
        assert found.low is not None
        assert found.high is not None
        covered = stats.binom.cdf(found.high - 1, n, level) - stats.binom.cdf(found.low - 1, n, level)
        narrower = stats.binom.cdf(found.high - 2, n, level) - stats.binom.cdf(found.low - 1, n, level)
        assert covered >= 0.95 > narrower - 0.025

    def test_too_few_days_leave_an_end_open(self) -> None:
        found = quantile_interval(np.arange(10.0), 0.1)
        assert found.low is None
        assert found.high is not None
        assert found.half_width is None

    def test_lowest_and_highest_day_have_no_interval(self) -> None:
        low, high = (quantile_interval([3.0, 1.0, math.nan, 2.0], level) for level in (0.0, 1.0))
        assert (low.value, high.value, low.replications) == (1.0, 3.0, 3)
        assert low.low is None
        assert high.high is None

    def test_equals_the_usual_quantile(self) -> None:
        values = [3.0, 9.0, 4.0, 1.0, 7.5]
        for level in LEVELS:
            assert quantile_interval(values, level).value == pytest.approx(float(np.quantile(values, level)), rel=1e-14)

    def test_refuses_a_share_beyond_one(self) -> None:
        with pytest.raises(InputError, match="between 0 and 1"):
            quantile_interval([1.0], 1.5)


class TestDistribution:
    def test_has_a_row_per_kpi_and_level(self) -> None:
        scores = pl.DataFrame({"kpi": ["asa"] * 3, "value": [4.0, None, 8.0], "unit": ["seconds"] * 3})
        found = distribution(scores)
        assert found["level"].to_list() == list(LEVELS)
        assert found.filter(pl.col("level") == 0.5).select("value", "replications").row(0) == (6.0, 2)

    def test_of_a_result_lies_around_its_days(self) -> None:
        found = simulated().distribution(["service_level"])
        days = simulated().kpis(["service_level"], by="replication")["value"]
        assert found["value"].min() == days.min()
        assert found["value"].max() == days.max()
