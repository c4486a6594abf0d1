"""Busy days and intervals: factors of mean 1 with the spread and the correlation that the scenario says."""

import numpy as np
import pytest

from simkpi.demand.arrivals import draw_arrivals
from simkpi.demand.draws import draw
from simkpi.demand.elementary import normal_quantile
from simkpi.demand.factors import own_factors, shared_factors
from simkpi.demand.field import Profile
from simkpi.demand.gamma import gamma_at_score, gamma_quantile
from simkpi.demand.streams import World
from simkpi.scenario.spec import Calendar, Volume

WORLD = World(1, 0, "voice")


def volume(days=1, columns=20, start="08:00", **fields):
    return Volume.model_validate({"interval": "30m", "from": start, "expected": [[10] * columns] * days} | fields)


def factors(given, world=WORLD):
    return own_factors(given, Profile.of(given), world)


def test_without_spreads_every_factor_is_one():
    assert np.all(factors(volume(days=3)) == 1)
    assert shared_factors(Calendar(days=3), 1, 0) is None


class TestCorrelation:
    given = volume(days=3000, interval_spread="20%", interval_correlation="60%")

    def test_each_factor_keeps_mean_and_spread(self):
        drawn = factors(self.given)
        assert drawn.mean() == pytest.approx(1, abs=0.005)
        assert drawn.std(axis=0).mean() == pytest.approx(0.2, rel=0.02)

    def test_neighbours_are_correlated_as_told_and_further_ones_less(self):
        drawn = np.corrcoef(factors(self.given), rowvar=False)
        assert np.diagonal(drawn, 1).mean() == pytest.approx(0.6, abs=0.015)
        assert np.diagonal(drawn, 2).mean() == pytest.approx(0.36, abs=0.02)
        assert np.diagonal(drawn, 10).mean() == pytest.approx(0, abs=0.02)

    def test_days_stay_independent(self):
        drawn = factors(self.given)
        assert abs(np.corrcoef(drawn[1:, 0], drawn[:-1, -1])[0, 1]) < 4 / np.sqrt(3000)

    def test_a_profile_that_starts_earlier_leaves_the_factors_of_later_intervals(self):
        fields = {"interval_spread": "20%", "interval_correlation": "60%"}
        late, early = factors(volume(columns=10, **fields)), factors(volume(columns=14, start="06:00", **fields))
        assert np.array_equal(late, early[:, 4:])

    def test_full_correlation_makes_one_factor_a_day(self):
        drawn = factors(volume(days=2, interval_spread="20%", interval_correlation="100%"))
        assert np.allclose(drawn, drawn[:, :1], rtol=1e-12)
        assert drawn[0, 0] != drawn[1, 0]

    def test_counts_of_a_day_vary_by_the_covariance_of_its_intervals(self):
        given = volume(days=2000, columns=12, interval_spread="30%", interval_correlation="80%")
        _, arrived = draw_arrivals(given, WORLD)
        totals = np.bincount(arrived // 86_400_000, minlength=2000)
        lags = np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
        expected = 120 + 0.3**2 * 10**2 * (0.8**lags).sum()
        assert totals.var() == pytest.approx(expected, rel=4 * np.sqrt(2 / 2000))


class TestForecastError:
    def test_it_is_one_factor_for_all_days_of_a_replication(self):
        drawn = factors(volume(days=5, forecast_error="10%"))
        assert np.all(drawn == drawn[0, 0])
        assert drawn[0, 0] != 1

    def test_it_has_its_spread_over_the_replications(self):
        drawn = [factors(volume(columns=1, forecast_error="10%"), World(1, n, "voice"))[0, 0] for n in range(2000)]
        assert np.mean(drawn) == pytest.approx(1, abs=4 * 0.1 / np.sqrt(2000))
        assert np.std(drawn) == pytest.approx(0.1, rel=0.07)

    def test_it_leaves_the_day_factors_alone(self):
        both, day = factors(volume(days=4, day_spread="10%", forecast_error="8%")), factors(volume(days=4, day_spread="10%"))
        assert np.allclose(both / day, (both / day)[0, 0], rtol=1e-12)


class TestShared:
    def test_busy_days_are_busy_for_all_contact_types(self, scenario, contact):
        flat = {"interval": "1h", "from": "08:00", "expected": [[100] * 4] * 200}
        contacts = {"chat": contact(flat), "voice": contact(flat)}
        apart = draw(scenario(contacts), seed=1, replication=0)
        together = draw(scenario(contacts, calendar={"days": 200, "day_spread": "30%"}), seed=1, replication=0)

        def correlation(demand):
            days = [np.bincount(demand.arrived[demand.contact_type == n] // 86_400_000, minlength=200) for n in range(2)]
            return np.corrcoef(days)[0, 1]

        assert abs(correlation(apart)) < 0.3
        # variance of the mean 400 * 30 %, over that and the Poisson variance 400
        assert correlation(together) == pytest.approx(120**2 / (120**2 + 400), abs=0.03)

    def test_a_shared_forecast_error_is_one_factor_for_the_horizon(self):
        drawn = shared_factors(Calendar(days=4, forecast_error=0.1), 1, 0)
        assert np.all(drawn == drawn[0])
        assert drawn[0] != 1

    def test_another_replication_has_other_factors(self):
        first, second = (shared_factors(Calendar(days=4, day_spread=0.1), 1, n) for n in (0, 1))
        assert not np.any(first == second)

    def test_switching_it_on_at_next_to_nothing_changes_next_to_nobody(self, scenario, contact):
        contacts = {"chat": contact()}
        plain = draw(scenario(contacts), seed=1, replication=0)
        shaken = draw(scenario(contacts, calendar={"day_spread": "0.01%"}), seed=1, replication=0)
        assert len(set(plain.customer) ^ set(shaken.customer)) <= 1


def test_a_gamma_quantile_is_the_same_by_its_uniform_and_by_its_score():
    u = np.linspace(0.001, 0.999, 999)
    assert np.array_equal(gamma_quantile(0.2, u), gamma_at_score(0.2, normal_quantile(u)))
    assert np.array_equal(gamma_at_score(0.2, np.array([9.0, 50.0])), gamma_at_score(0.2, np.array([8.24, 8.24])))
