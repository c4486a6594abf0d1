from __future__ import annotations

import numpy as np
import pytest

from simkpi.planning.calibrate.days import WEEKDAYS, Days
from simkpi.planning.calibrate.volume import day_spread, fit_volume, interval_spread


def weekdays(n_days: int, n_intervals: int = 4) -> Days:
    row = np.arange(n_days) % 7
    labels = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[: row.max() + 1]
    return Days("weekday", labels, row, np.zeros((n_days, n_intervals), dtype=bool))


def counts(n_days: int, cv: float, seed: int, interval_cv: float = 0.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    shape = np.array([30.0, 60.0, 40.0, 20.0])
    level = 1 + 0.2 * (np.arange(n_days) % 7)
    factor = random.gamma(cv**-2, cv**2, n_days) if cv else np.ones(n_days)
    inner = random.gamma(interval_cv**-2, interval_cv**2, (n_days, 4)) if interval_cv else 1.0
    return random.poisson((level * factor)[:, None] * shape * inner).astype(float)


def test_the_profile_is_the_mean_over_the_days_of_each_weekday() -> None:
    days = weekdays(14)
    table = np.arange(56, dtype=float).reshape(14, 4)
    fitted = fit_volume(table, days, days)
    assert fitted.expected[0].tolist() == ((table[0] + table[7]) / 2).tolist()
    assert fitted.contacts == int(table.sum())
    assert fitted.per_day[3] == pytest.approx((table[3].sum() + table[10].sum()) / 2)


def test_poisson_counts_show_no_spread_of_days() -> None:
    found = [day_spread(counts(28, 0.0, seed).sum(axis=1), weekdays(28)).cv for seed in range(40)]
    assert min(found) >= 0
    assert np.mean(found) < 0.03


@pytest.mark.parametrize("cv", [0.1, 0.25])
def test_the_spread_of_days_is_recovered_and_its_interval_covers(cv: float) -> None:
    found = [day_spread(counts(56, cv, seed).sum(axis=1), weekdays(56)) for seed in range(60)]
    assert np.mean([one.cv**2 for one in found]) == pytest.approx(cv**2, rel=0.12)
    covered = sum(one.low <= cv <= one.high for one in found if one.low is not None and one.high is not None)
    assert covered >= 52  # 57 expected; 4 standard errors below


def test_weekday_differences_are_no_spread_of_days() -> None:
    table = np.tile(np.array([[100.0], [300.0], [200.0], [150.0], [90.0], [20.0], [10.0]]) * np.ones((7, 4)), (4, 1))
    assert day_spread(table.sum(axis=1), weekdays(28)).cv == 0


def test_spread_within_the_day_is_told_from_spread_of_days() -> None:
    inner = [interval_spread(counts(56, 0.2, seed, interval_cv=0.3), weekdays(56)).cv for seed in range(30)]
    none = [interval_spread(counts(56, 0.2, seed), weekdays(56)).cv for seed in range(30)]
    assert np.mean(inner) == pytest.approx(0.3, abs=0.03)
    assert np.mean(none) < 0.06


def test_one_day_per_weekday_says_nothing_about_spread() -> None:
    days = weekdays(7)
    fitted = fit_volume(counts(7, 0.2, 1), days, days)
    assert fitted.day.cv == 0
    assert fitted.day.low is None
    assert fitted.day.degrees == 0
    assert np.all(np.isfinite(fitted.per_day_error))


def test_a_hole_takes_the_mean_of_the_weekdays_other_days() -> None:
    days = weekdays(14)
    holes = np.zeros((14, 4), dtype=bool)
    holes[7, 2] = True
    holed = Days("weekday", days.labels, days.row, holes)
    table = np.full((14, 4), 10.0)
    table[7, 2], table[0, 2] = 0.0, 50.0
    assert holed.fill(table)[7, 2] == 50
    assert table[7, 2] == 0


def correlated_days(rho: float, *, days: int = 84, mean: float = 80.0, cv: float = 0.15, day_cv: float = 0.1, seed: int = 1):
    """Counts whose interval factors are lognormal autoregressions, and weekday rows for them."""
    random = np.random.default_rng(seed)
    score = random.standard_normal((days, 20))
    for slot in range(1, 20):
        score[:, slot] = rho * score[:, slot - 1] + np.sqrt(1 - rho**2) * score[:, slot]
    sigma = np.sqrt(np.log1p(cv**2))
    factors = np.exp(sigma * score - sigma**2 / 2) * random.gamma(day_cv**-2, day_cv**2, (days, 1))
    counts = random.poisson(mean * factors).astype(float)
    row = np.arange(days) % 7
    return counts, Days("weekday", WEEKDAYS, row, np.zeros(counts.shape, dtype=bool))


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_correlated_intervals_are_told_from_busy_days(rho: float) -> None:
    found = [fit_volume(counts, days, days) for counts, days in (correlated_days(rho, seed=seed) for seed in range(6))]
    correlations = np.array([one.correlation for one in found])
    assert correlations.mean() == pytest.approx(rho, abs=0.1)
    assert np.mean([one.interval.cv for one in found]) == pytest.approx(0.15, abs=0.015)
    # the intervals' factors move the day's total, too: that is not part of the day's own spread
    assert np.mean([one.day.cv for one in found]) == pytest.approx(0.1, abs=0.02)


def test_maximum_likelihood_agrees_with_the_moments() -> None:
    counts, days = correlated_days(0.0, days=280, cv=0.0001)
    fitted = fit_volume(counts, days, days)
    assert fitted.day.likelihood == pytest.approx(fitted.day.cv, rel=0.15)
    assert fitted.day.likelihood == pytest.approx(0.1, rel=0.2)


def test_counts_without_spread_have_none_by_likelihood() -> None:
    random = np.random.default_rng(2)
    counts = random.poisson(50, (70, 20)).astype(float)
    days = Days("weekday", WEEKDAYS, np.arange(70) % 7, np.zeros(counts.shape, dtype=bool))
    assert fit_volume(counts, days, days).day.likelihood == pytest.approx(0.0, abs=0.02)


def test_growth_is_measured_and_too_short_a_log_has_none() -> None:
    random = np.random.default_rng(3)
    growth = 1.03 ** (np.arange(70) / 7)
    counts = random.poisson(100 * growth[:, None], (70, 10)).astype(float)
    days = Days("weekday", WEEKDAYS, np.arange(70) % 7, np.zeros(counts.shape, dtype=bool))
    fitted = fit_volume(counts, days, days)
    assert fitted.trend == pytest.approx(0.03, abs=4 * fitted.trend_error)
    assert fitted.trend_error < 0.005
    short = Days("weekday", WEEKDAYS, np.arange(14) % 7, np.zeros((14, 10), dtype=bool))
    assert fit_volume(counts[:14], short, short).trend is None
