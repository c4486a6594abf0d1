from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from simkpi.demand.incomplete_gamma import log_gamma, log_normal_tail, log_quantile

SCORES = np.linspace(-8.25, 8.25, 101)


@pytest.mark.parametrize("a", [1e-4, 0.01, 0.3, 0.5, 1.0, 2.0, 5.5, 15.9, 16.0, 100.0, 1e5])
def test_log_gamma_agrees_with_scipy(a):
    assert log_gamma(a) == pytest.approx(float(special.gammaln(a)), rel=1e-14, abs=1e-14)


def test_the_normal_tail_agrees_with_scipy():
    np.testing.assert_allclose(log_normal_tail(SCORES), special.log_ndtr(-np.abs(SCORES)), rtol=1e-14)


@pytest.mark.parametrize("a", [0.1, 0.25, 1.0, 3.0, 100.0, 1e4, 9e4])
def test_the_quantile_has_the_wanted_tail_on_both_sides(a):
    x = np.exp(log_quantile(a, SCORES)[0])
    below = SCORES < 0
    np.testing.assert_allclose(special.gammainc(a, x[below]), special.ndtr(SCORES[below]), rtol=1e-9)
    np.testing.assert_allclose(special.gammaincc(a, x[~below]), special.ndtr(-SCORES[~below]), rtol=1e-9)


@pytest.mark.parametrize("a", [0.01, 1.0, 100.0, 1e4, 1e6])
def test_the_slope_is_the_derivative_by_the_score(a):
    step = 1e-4
    ahead, behind = (log_quantile(a, SCORES + change)[0] for change in (step, -step))
    np.testing.assert_allclose(log_quantile(a, SCORES)[1], (ahead - behind) / (2 * step), rtol=1e-5)
