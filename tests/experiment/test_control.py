from __future__ import annotations

import math

import numpy as np
import pytest

from simkpi.experiment.control import controlled_mean


def test_the_figures_are_those_of_the_regression_worked_by_hand() -> None:
    # means 0.4 and 3.4; sums of squares 5.2 and 15.2, of products 8.2; Student t of 3 and 4 degrees of freedom
    found = controlled_mean([1, 2, 4, 4, 6], [-1, 0, 0, 1, 2], mean=0.0)
    assert found is not None
    assert found.slope == pytest.approx(8.2 / 5.2)
    assert found.controlled.value == pytest.approx(3.4 - 8.2 / 5.2 * 0.4)
    rest = (15.2 - 8.2**2 / 5.2) / 3
    half = 3.182446 * math.sqrt(rest * (1 / 5 + 0.4**2 / 5.2))
    assert found.controlled.half_width == pytest.approx(half, rel=1e-5)
    plain = 2.776445 * math.sqrt(15.2 / 4 / 5)
    assert found.plain.half_width == pytest.approx(plain, rel=1e-5)
    assert found.gain == pytest.approx((plain / half) ** 2, rel=1e-5)


def test_it_is_the_intercept_of_least_squares() -> None:
    chance = np.random.default_rng(4)
    control = chance.normal(size=40)
    values = 7 + 2 * control + chance.normal(size=40)
    found = controlled_mean(values, control)
    assert found is not None
    _, intercept = np.polyfit(control, values, 1)
    assert found.controlled.value == pytest.approx(intercept)


@pytest.mark.parametrize(("correlation", "gain"), [(0.9, 5.26), (0.0, 1.0)])
def test_coverage_holds_and_the_gain_is_that_of_the_correlation(correlation: float, gain: float) -> None:
    chance = np.random.default_rng(1)
    covered, gains = [], []
    for _ in range(1500):
        control = chance.normal(size=20)
        values = 3 + correlation * control + math.sqrt(1 - correlation**2) * chance.normal(size=20)
        found = controlled_mean(values, control)
        assert found is not None
        assert found.controlled.low is not None
        assert found.controlled.high is not None
        covered.append(found.controlled.low <= 3 <= found.controlled.high)
        gains.append(found.gain)
    assert 0.935 <= np.mean(covered) <= 0.965
    assert np.median(gains) == pytest.approx(gain, rel=0.12)  # 1 / (1 - correlation^2), less a degree of freedom


def test_there_is_none_with_too_few_replications_or_nothing_that_varies() -> None:
    assert controlled_mean([1, 2, 3, 4], [1, 2, 3, 5]) is None
    assert controlled_mean([1, 2, 3, 4, 5], [1, 1, 1, 1, 1]) is None
    assert controlled_mean([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]) is None
    assert controlled_mean([1, 2, 3, 4, math.nan], [1, 2, 3, 4, 5]) is None
