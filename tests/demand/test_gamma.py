from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from simkpi.demand.gamma import gamma_quantile

CVS = [0.005, 0.01, 0.05, 0.1, 0.3, 0.7, 1.0, 1.5, 3.0]


@pytest.fixture
def probabilities():
    random = np.random.default_rng(1)
    tails = np.concatenate([10 ** random.uniform(-15.5, -1, 2000), [2.0**-53]])
    return np.sort(np.concatenate([random.random(20_000), tails, 1 - tails]))


@pytest.mark.parametrize("cv", CVS)
def test_it_is_the_inverse_of_the_gamma_law_far_into_both_tails(cv, probabilities):
    shape = 1 / cv**2
    exact = np.where(
        probabilities < 0.5, special.gammaincinv(shape, probabilities), special.gammainccinv(shape, 1 - probabilities)
    )
    np.testing.assert_allclose(gamma_quantile(cv, probabilities), exact / shape, rtol=1e-11, atol=1e-200)


def test_the_smallest_spreads_are_right_to_seven_digits(probabilities):
    exact = special.gammaincinv(1e6, probabilities[probabilities < 0.5]) / 1e6
    np.testing.assert_allclose(gamma_quantile(0.001, probabilities[probabilities < 0.5]), exact, rtol=2e-7)


@pytest.mark.parametrize("cv", CVS)
def test_its_mean_is_one_and_its_spread_is_the_cv(cv):
    u = (np.arange(400_000) + 0.5) / 400_000
    values = gamma_quantile(cv, u)
    assert values.mean() == pytest.approx(1, rel=1e-3)
    assert values.std() == pytest.approx(cv, rel=5e-3)


@pytest.mark.parametrize("cv", [1e-9, 0.001, *CVS, 10.0, 100.0])
def test_it_never_falls_and_is_finite(cv, probabilities):
    values = gamma_quantile(cv, probabilities)
    assert np.all(np.diff(values) >= 0)
    assert np.all(np.isfinite(values))


def test_no_spread_is_always_one():
    assert gamma_quantile(0.0, np.array([0.01, 0.99])).tolist() == [1, 1]


def test_a_gamma_law_of_cv_one_is_exponential(probabilities):
    np.testing.assert_allclose(gamma_quantile(1.0, probabilities), -np.log1p(-probabilities), rtol=1e-11)
