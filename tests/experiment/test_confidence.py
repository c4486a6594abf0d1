from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simkpi.errors import InputError
from simkpi.experiment.confidence import (
    mean_difference,
    mean_interval,
    percentile_interval,
    pseudo_values,
    ratio_difference,
    ratio_interval,
)
from simkpi.experiment.laws import student_t


def days(rng: np.random.Generator, n: int, cv: float) -> tuple[np.ndarray, np.ndarray]:
    """Days of some 200 contacts whose share in time falls when the day is busy; true pooled ratio from a large run."""
    busy = rng.gamma(1 / cv**2, cv**2, n) if cv else np.ones(n)
    offered = rng.poisson(200 * busy)
    return rng.binomial(offered, np.clip(1.1 - 0.3 * busy, 0, 1)).astype(float), offered.astype(float)


class TestStudentT:
    @pytest.mark.parametrize(("confidence", "degrees"), [(0.95, 1), (0.95, 9), (0.9, 29), (0.99, 199)])
    def test_equals_the_table(self, confidence: float, degrees: int) -> None:
        assert student_t(confidence, degrees) == pytest.approx(stats.t.ppf(0.5 + confidence / 2, degrees), rel=1e-10)

    @pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, float("nan")])
    def test_a_confidence_outside_0_to_1_is_refused(self, confidence: float) -> None:
        with pytest.raises(InputError, match="between 0 and 1"):
            student_t(confidence, 9)


class TestMeanInterval:
    def test_equals_the_interval_of_scipy(self) -> None:
        values = np.array([12.0, 15.0, 11.0, 18.0, 14.5])
        low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
        estimate = mean_interval(values)
        assert (estimate.low, estimate.high) == (pytest.approx(low), pytest.approx(high))

    def test_one_replication_has_a_value_and_no_interval(self) -> None:
        estimate = mean_interval([7.0])
        assert (estimate.value, estimate.low, estimate.high, estimate.half_width) == (7.0, None, None, None)

    def test_no_value_is_undefined(self) -> None:
        assert mean_interval([]).value is None
        assert mean_interval([float("nan")]).value is None

    def test_few_replications_are_flagged_and_enough_are_not(self) -> None:
        assert mean_interval(range(9)).is_flagged
        assert not mean_interval(range(10)).is_flagged

    def test_a_count_is_never_said_to_be_below_zero(self) -> None:
        assert mean_interval([0.0, 0.0, 5.0]).low == 0.0
        assert mean_interval([-1.0, 0.0, 1.0]).low < 0


class TestRatioInterval:
    def test_the_value_is_the_ratio_of_sums_and_not_the_mean_of_ratios(self) -> None:
        assert ratio_interval([1, 90], [10, 100]).value == pytest.approx(91 / 110)

    def test_equal_denominators_give_the_interval_of_the_mean(self) -> None:
        shares = np.array([0.7, 0.8, 0.75, 0.9])
        assert ratio_interval(shares * 100, np.full(4, 100.0)).half_width == pytest.approx(mean_interval(shares).half_width)

    def test_equals_leaving_each_day_out_by_hand(self) -> None:
        above, below = [3.0, 10.0, 4.0], [5.0, 20.0, 4.0]
        whole = 17 / 29
        by_hand = [3 * whole - 2 * (14 / 24), 3 * whole - 2 * (7 / 9), 3 * whole - 2 * (13 / 25)]
        assert pseudo_values(above, below) == pytest.approx(np.array(by_hand))
        half = stats.t.ppf(0.975, 2) * np.std(by_hand, ddof=1) / np.sqrt(3)
        assert ratio_interval(above, below).half_width == pytest.approx(half)

    def test_no_denominator_is_undefined(self) -> None:
        assert ratio_interval([0, 0], [0, 0]).value is None

    def test_one_day_that_holds_all_of_the_denominator_has_no_interval(self) -> None:
        estimate = ratio_interval([3, 0], [4, 0])
        assert (estimate.value, estimate.low) == (0.75, None)

    def test_a_share_stays_between_0_and_1_and_other_ratios_do_not(self) -> None:
        share = ratio_interval([10, 9, 2], [10, 10, 2])
        assert share.high == 1.0
        assert share.value + share.half_width > 1.0
        assert ratio_interval([300, 500, 200], [10, 10, 10]).high > 1.0

    def test_nothing_varies_so_nothing_is_in_doubt(self) -> None:
        assert ratio_interval([0, 0, 0], [5, 6, 7]).half_width == 0.0

    @settings(derandomize=True, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=2, max_size=30))
    def test_order_of_replications_does_not_matter_and_the_value_lies_inside(self, pairs: list[tuple[int, int]]) -> None:
        above, below = zip(*pairs, strict=True)
        estimate, turned = ratio_interval(above, below), ratio_interval(above[::-1], below[::-1])
        assert estimate.half_width == pytest.approx(turned.half_width, abs=1e-9)
        assert estimate.low <= estimate.value <= estimate.high

    @pytest.mark.parametrize("cv", [0.0, 0.1])
    def test_95_per_cent_intervals_cover_the_truth_about_95_times_in_a_hundred(self, cv: float) -> None:
        assert 0.91 <= coverage_of_ratio(cv, n=20, studies=400) <= 0.985

    @pytest.mark.slow
    @pytest.mark.parametrize(("cv", "n"), [(0.0, 10), (0.1, 10), (0.1, 30), (0.2, 30)])
    def test_coverage_in_a_large_study(self, cv: float, n: int) -> None:
        assert 0.915 <= coverage_of_ratio(cv, n=n, studies=4000) <= 0.965


def coverage_of_ratio(cv: float, *, n: int, studies: int) -> float:
    rng = np.random.default_rng(7)
    above, below = days(rng, 400_000, cv)
    truth, hits = above.sum() / below.sum(), 0
    for _ in range(studies):
        estimate = ratio_interval(*days(rng, n, cv))
        hits += estimate.low <= truth <= estimate.high
    return hits / studies


def day_of_waits(rng: np.random.Generator) -> np.ndarray:
    """Waits of a day: longer on busy days, so that contacts of a day are alike."""
    busy = rng.gamma(100, 1 / 100)
    return rng.exponential(30 * busy**3, rng.poisson(150 * busy))


class TestPercentileInterval:
    def test_the_value_is_the_percentile_of_all_contacts(self) -> None:
        assert percentile_interval([[1.0, 2.0], [3.0, 4.0, 5.0]], 0.5).value == 3.0

    def test_one_replication_has_no_interval(self) -> None:
        assert percentile_interval([list(range(100))], 0.9).low is None

    def test_no_contact_is_undefined(self) -> None:
        assert percentile_interval([[], []], 0.9).value is None
        assert percentile_interval([], 0.9).value is None

    def test_too_little_data_for_so_high_a_percentile_has_no_interval(self) -> None:
        estimate = percentile_interval([[1.0], [2.0], [9.0]], 0.99)
        assert estimate.value is not None
        assert estimate.high is None

    def test_the_interval_contains_the_value(self) -> None:
        rng = np.random.default_rng(3)
        estimate = percentile_interval([day_of_waits(rng) for _ in range(20)], 0.9)
        assert estimate.low < estimate.value < estimate.high

    @pytest.mark.parametrize("share", [0.0, 1.0, 90.0])
    def test_a_share_outside_0_to_1_is_refused(self, share: float) -> None:
        with pytest.raises(InputError, match="between 0 and 1"):
            percentile_interval([[1.0]], share)

    def test_intervals_cover_the_percentile_about_95_times_in_a_hundred(self) -> None:
        assert 0.9 <= coverage_of_percentile(n=20, studies=200) <= 0.99

    @pytest.mark.slow
    def test_coverage_in_a_large_study(self) -> None:
        assert 0.925 <= coverage_of_percentile(n=30, studies=2000) <= 0.975


def coverage_of_percentile(*, n: int, studies: int) -> float:
    rng = np.random.default_rng(11)
    truth = np.quantile(np.concatenate([day_of_waits(rng) for _ in range(20_000)]), 0.9)
    hits = 0
    for _ in range(studies):
        estimate = percentile_interval([day_of_waits(rng) for _ in range(n)], 0.9)
        hits += estimate.low is not None and estimate.low <= truth <= estimate.high
    return hits / studies


class TestDifferences:
    def test_common_days_make_the_paired_interval_narrower_than_the_two_alone(self) -> None:
        rng = np.random.default_rng(5)
        above, below = days(rng, 20, 0.2)
        better = np.minimum(above + 4, below)
        paired = ratio_difference((better, below), (above, below))
        assert paired.value == pytest.approx((better - above).sum() / below.sum())
        assert paired.half_width < 0.2 * ratio_interval(above, below).half_width

    def test_equals_the_paired_t_interval_when_denominators_are_equal(self) -> None:
        ours, theirs, size = np.array([80.0, 70, 90, 85]), np.array([75.0, 72, 80, 79]), np.full(4, 100.0)
        ratio = ratio_difference((ours, size), (theirs, size))
        mean = mean_difference(ours / 100, theirs / 100)
        assert (ratio.value, ratio.half_width) == (pytest.approx(mean.value), pytest.approx(mean.half_width))
        low, high = stats.ttest_rel(ours / 100, theirs / 100).confidence_interval(0.95)
        assert (mean.low, mean.high) == (pytest.approx(low), pytest.approx(high))

    def test_a_difference_may_be_negative(self) -> None:
        assert mean_difference([1.0, 2.0], [3.0, 4.5]).low < -2

    def test_unequal_numbers_of_replications_are_refused(self) -> None:
        with pytest.raises(InputError, match="equally many replications, got 2 and 3"):
            mean_difference([1, 2], [1, 2, 3])

    def test_one_replication_has_a_difference_and_no_interval(self) -> None:
        estimate = ratio_difference(([8], [10]), ([7], [10]))
        assert (estimate.value, estimate.low) == (pytest.approx(0.1), None)

    def test_an_undefined_side_makes_the_difference_undefined(self) -> None:
        assert ratio_difference(([8, 8], [10, 10]), ([0, 0], [0, 0])).value is None
