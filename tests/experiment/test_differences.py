from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simkpi.experiment.confidence import Estimate, ratio_difference
from simkpi.experiment.differences import difference, per_replication, percentile_pseudo_values, side_by_side, verdict
from simkpi.experiment.many import holm
from simkpi.experiment.scores import Scores, Scoring, score_block
from tests.experiment.small_world import simulated

RANDOM = np.random.default_rng(7)


class TestDifference:
    def test_interval_and_p_value_are_those_of_a_paired_t_test(self) -> None:
        ours, theirs = RANDOM.normal(5, 2, 20), RANDOM.normal(4, 1, 20)
        found = difference(ours, theirs, float(np.mean(ours - theirs)))
        expected = stats.ttest_rel(ours, theirs)
        interval = expected.confidence_interval(0.95)
        assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)
        assert (found.estimate.low, found.estimate.high) == pytest.approx((interval.low, interval.high))

    def test_correlation_and_gain_are_those_of_the_samples(self) -> None:
        theirs = RANDOM.normal(0, 1, 500)
        ours = theirs + RANDOM.normal(0, 0.5, 500)
        found = difference(ours, theirs, 0.0)
        assert found.correlation == pytest.approx(np.corrcoef(ours, theirs)[0, 1])
        assert found.gain == pytest.approx((ours.var() + theirs.var()) / (ours - theirs).var())
        assert found.gain > 5

    def test_pairing_that_hurts_has_a_gain_below_one(self) -> None:
        theirs = RANDOM.normal(0, 1, 100)
        assert difference(-theirs, theirs, 0.0).gain == pytest.approx(0.5)

    def test_a_replication_in_which_one_is_undefined_is_left_out_of_both(self) -> None:
        nan = math.nan
        with_gap = difference(np.array([1.0, nan, 3.0, 5.0]), np.array([0.0, 9.0, 1.0, 2.0]), 2.0)
        assert with_gap == difference(np.array([1.0, 3.0, 5.0]), np.array([0.0, 1.0, 2.0]), 2.0)

    def test_equal_figures_differ_by_nothing_for_sure(self) -> None:
        same = np.array([1.0, 2.0, 3.0])
        found = difference(same, same, 0.0)
        assert (found.estimate.low, found.estimate.high, found.p_value, found.gain) == (0.0, 0.0, 1.0, None)

    def test_a_constant_shift_is_certain(self) -> None:
        assert difference(np.array([2.0, 3.0]), np.array([1.0, 2.0]), 1.0).p_value == 0.0

    def test_one_replication_gives_no_interval(self) -> None:
        assert difference(np.array([2.0]), np.array([1.0]), 1.0).estimate == Estimate(1.0, replications=1)


class TestHolm:
    def test_the_example_of_the_literature(self) -> None:
        assert holm([0.01, 0.02, 0.03, 0.04]) == pytest.approx([0.04, 0.06, 0.06, 0.06])

    @settings(derandomize=True, deadline=None)
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
    def test_never_below_the_raw_value_never_above_bonferroni_and_in_the_same_order(self, values: list[float]) -> None:
        adjusted = holm(values)
        assert all(p <= q <= min(1.0, p * len(values)) + 1e-12 for p, q in zip(values, adjusted, strict=True))
        assert [q for _, q in sorted(zip(values, adjusted, strict=True))] == sorted(adjusted)

    def test_false_alarms_of_the_whole_family_stay_below_the_level(self) -> None:
        alarms = [min(q for q in holm(RANDOM.uniform(size=20).tolist()) if q is not None) < 0.05 for _ in range(2000)]
        assert np.mean(alarms) == pytest.approx(0.05, abs=0.015)


def test_verdicts_know_which_way_is_good() -> None:
    up = Estimate(0.1, 0.05, 0.15, 0.05, 30)
    assert [verdict(kpi, up, 0.01) for kpi in ("service_level", "abandon_rate", "occupancy")] == ["better", "worse", "higher"]
    assert verdict("service_level:answered", up, 0.01) == "better"
    assert verdict("service_level", up, 0.06) == "no clear difference"
    assert verdict("service_level", Estimate(0.0, 0.0, 0.0, 0.0, 9), 1.0) == "the same"
    assert verdict("service_level", Estimate(None), None) == ""


def scores(**changes: object) -> Scores:
    scoring = Scoring(("service_level", "offered", "wait_p90", "longest_wait", "asa"))
    return Scores.merged(scoring, [score_block(simulated(), scoring)], replications=6)


class TestPerReplication:
    def test_the_numbers_have_the_figure_as_their_mean_and_its_half_width_as_their_error(self) -> None:
        found = dict(per_replication(scores()))
        for row in scores().pooled().iter_rows(named=True):
            numbers = found[(row["kpi"],)]
            half = stats.t.ppf(0.975, 5) * numbers.std(ddof=1) / math.sqrt(6)
            if row["kpi"] == "wait_p90":  # an interval for a percentile is not symmetric; it is about as wide
                assert half == pytest.approx(row["half_width"], rel=0.5)
                assert numbers.mean() == pytest.approx(row["value"])
            else:
                assert half == pytest.approx(row["half_width"], rel=1e-9)
                assert numbers.mean() == pytest.approx(row["value"], rel=0.05)

    def test_a_ratio_differs_as_the_paired_jackknife_says(self) -> None:
        days = simulated().kpis(["service_level"], by="replication")
        pair = (days["numerator"].to_numpy(), days["denominator"].to_numpy())
        shifted = (pair[0] * 0.9, pair[1])
        expected = ratio_difference(shifted, pair)
        from simkpi.experiment.confidence import pseudo_values

        found = difference(pseudo_values(*shifted), pseudo_values(*pair), expected.value)
        assert found.estimate.half_width == pytest.approx(expected.half_width)

    def test_percentiles_of_independent_days_cover_their_difference(self) -> None:
        hits = 0
        for _ in range(300):
            days = [[RANDOM.exponential(scale * RANDOM.gamma(50, 1 / 50), 80) for _ in range(15)] for scale in (10.0, 12.0)]
            pooled = [float(np.quantile(np.concatenate(each), 0.9)) for each in days]
            numbers = [percentile_pseudo_values(each, 0.9, value) for each, value in zip(days, pooled, strict=True)]
            found = difference(numbers[1], numbers[0], pooled[1] - pooled[0])
            hits += found.estimate.low <= TRUTH <= found.estimate.high
        assert hits / 300 >= 0.91

    def test_a_percentile_that_the_data_do_not_bound_has_no_numbers(self) -> None:
        assert percentile_pseudo_values([np.array([1.0]), np.array([2.0])], 0.99, 2.0) is None


def _truth() -> float:
    draws = np.random.default_rng(1)
    busy = draws.gamma(50, 1 / 50, 400_000)
    return float(np.quantile(draws.exponential(12 * busy), 0.9) - np.quantile(draws.exponential(10 * busy), 0.9))


TRUTH = _truth()


def test_a_scenario_compared_with_itself_is_the_same_in_every_kpi() -> None:
    table = side_by_side([scores(), scores()]).filter(pl.col("scenario") == 1)
    assert set(table["verdict"]) == {"the same"}
    assert len(table) == 5
