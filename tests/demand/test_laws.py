from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simkpi.demand.laws import quantile, sample
from simkpi.demand.streams import Addresses, World
from simkpi.errors import InputError
from simkpi.scenario.laws import Law

SIGMA = math.sqrt(math.log(1 + 0.9**2))
#: Each law beside the same law of scipy, mean and cv.
CONTINUOUS = {
    "exponential": (Law(exponential={"mean": "5m"}), stats.expon(scale=300), 300, 1),
    "lognormal": (Law(lognormal={"mean": "8m", "cv": 0.9}), stats.lognorm(SIGMA, scale=480 / math.sqrt(1.81)), 480, 0.9),
    "weibull": (
        Law(weibull={"scale": "2m", "shape": 0.8}),
        stats.weibull_min(0.8, scale=120),
        120 * math.gamma(2.25),
        math.sqrt(math.gamma(3.5) / math.gamma(2.25) ** 2 - 1),
    ),
    "gamma": (Law(gamma={"mean": "7m", "cv": 0.6}), stats.gamma(1 / 0.36, scale=420 * 0.36), 420, 0.6),
    "uniform": (Law(uniform={"low": "30s", "high": "90s"}), stats.uniform(30, 60), 60, 60 / math.sqrt(12) / 60),
}


@pytest.fixture(scope="module")
def uniforms():
    return World(1, 0, "voice").uniforms("talk", Addresses(np.arange(40_000, dtype=np.uint64)))


@pytest.mark.parametrize("name", CONTINUOUS)
class TestContinuousLaws:
    def test_the_sample_follows_the_law(self, name, uniforms):
        law, reference, _, _ = CONTINUOUS[name]
        assert stats.kstest(quantile(law, uniforms), reference.cdf).pvalue > 1e-3

    def test_mean_and_spread_are_the_laws_own(self, name, uniforms):
        law, reference, mean, cv = CONTINUOUS[name]
        values = quantile(law, uniforms)
        assert law.mean == pytest.approx(mean)
        assert abs(values.mean() - mean) < 4 * mean * cv / math.sqrt(len(values))
        kurtosis = float(reference.stats(moments="k"))
        deviation = math.sqrt((kurtosis + 2) / len(values))  # of the sample variance, relative
        assert abs(values.var() / (mean * cv) ** 2 - 1) < 4 * deviation

    def test_the_quantile_undoes_the_distribution_function(self, name):
        law, reference, _, _ = CONTINUOUS[name]
        values = reference.ppf(np.linspace(0.001, 0.999, 999))
        np.testing.assert_allclose(quantile(law, reference.cdf(values)), values, rtol=1e-10)

    def test_a_larger_uniform_never_gives_a_shorter_duration(self, name, uniforms):
        law = CONTINUOUS[name][0]
        u = np.sort(np.concatenate([uniforms, [2.0**-53, 1 - 2.0**-53]]))
        assert np.all(np.diff(sample(law, u)) >= 0)


class TestSample:
    def test_ticks_are_the_nearest_milliseconds_and_halves_go_up(self):
        law = Law(uniform={"low": "0s", "high": "1s"})
        assert sample(law, np.array([0.0004375, 0.0005, 0.0014375, 0.25])).tolist() == [0, 1, 1, 250]

    def test_a_fixed_law_gives_its_value(self):
        assert sample(Law(fixed="12.345s"), np.array([0.1, 0.9])).tolist() == [12345, 12345]

    def test_a_limit_cuts_long_durations_only(self):
        law = Law(exponential={"mean": "100s"})
        assert sample(law, np.array([0.1, 0.999]), at_most=60.0).tolist() == [10536, 60000]

    def test_durations_beyond_ten_thousand_days_are_refused_before_they_overflow(self):
        law = Law(weibull={"scale": "1h", "shape": 0.1})
        with pytest.raises(InputError, match=r"the weibull law of mean .* gave a duration of .* days, more than 10,000"):
            sample(law, np.array([0.5, 1 - 2.0**-53]))
        assert sample(law, np.array([1 - 2.0**-53]), at_most=600.0).tolist() == [600_000]

    def test_nobody_gives_nothing(self):
        assert sample(Law(gamma={"mean": "1m", "cv": 1}), np.empty(0)).shape == (0,)


class TestEmpirical:
    def test_each_value_has_its_weight(self):
        law = Law(empirical={"values": ["30s", "10s", "20s"], "weights": [1, 5, 4]})
        u = (np.arange(1000) + 0.5) / 1000
        values, counts = np.unique(quantile(law, u), return_counts=True)
        assert dict(zip(values, counts, strict=True)) == {10: 500, 20: 400, 30: 100}

    def test_a_share_reached_exactly_belongs_to_the_smaller_value(self):
        law = Law(empirical={"values": ["1s", "2s"]})
        assert quantile(law, np.array([0.5, 0.5 + 2.0**-53])).tolist() == [1, 2]

    def test_values_of_no_weight_never_occur(self):
        law = Law(empirical={"values": ["1s", "2s", "3s", "4s"], "weights": [0, 1, 0, 1]})
        assert set(quantile(law, np.array([2.0**-53, 0.3, 0.5, 0.7, 1 - 2.0**-53]))) == {2, 4}

    @settings(derandomize=True, deadline=None, max_examples=50)
    @given(values=st.lists(st.integers(0, 500), min_size=1, max_size=30))
    def test_without_weights_it_is_the_inverse_of_the_sample(self, values):
        u = (np.arange(len(values)) + 0.5) / len(values)
        law = Law(empirical={"values": [f"{value}s" for value in values]})
        assert quantile(law, u).tolist() == sorted(values)
