from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simkpi.demand import arrivals, field
from simkpi.demand.arrivals import draw_arrivals, largest_remainders
from simkpi.demand.field import DAY_TICKS, MOST_CONTACTS, Profile
from simkpi.demand.streams import World
from simkpi.errors import InputError
from simkpi.scenario.spec import Volume

WORLD = World(1, 0, "voice")
MINUTE = 60_000


def volume(expected, *, interval="30m", start="08:00", **fields):
    rows = expected if isinstance(expected[0], (list, tuple)) else [expected]
    return Volume.model_validate({"interval": interval, "from": start, "expected": rows, **fields})


def counts(given, arrived):
    """Contacts per day and interval."""
    profile = Profile.of(given)
    day, moment = np.divmod(arrived, DAY_TICKS)
    column = (moment - profile.start) // profile.interval
    n_days, n_columns = profile.expected.shape
    assert np.all((column >= 0) & (column < n_columns)), "a contact outside its profile"
    return np.bincount(day * n_columns + column, minlength=n_days * n_columns).reshape(n_days, n_columns)


class TestPoisson:
    def test_counts_follow_a_fiftyfold_jump_to_the_interval(self):
        given = volume([[2, 2, 100, 100, 2, 0, 2]] * 300)
        drawn = counts(given, draw_arrivals(given, WORLD)[1])
        expected = np.array(given.expected[0])
        assert np.all(np.abs(drawn.mean(axis=0) - expected) <= 4 * np.sqrt(expected / 300))
        assert drawn[:, 5].sum() == 0

    @pytest.mark.parametrize(("interval", "columns"), [("15m", 90), ("45m", 20), ("7m", 120), ("4h", 5), ("24h", 1), ("20m", 72)])
    def test_intervals_need_not_divide_the_hour(self, interval, columns):
        row = [0.5 + (7 * column) % 5 for column in range(columns)]
        given = volume([row] * 100, interval=interval, start="00:00")
        drawn = counts(given, draw_arrivals(given, WORLD)[1])
        chi_square = ((drawn.sum(axis=0) - 100 * np.array(row)) ** 2 / (100 * np.array(row))).sum()
        assert stats.chi2.sf(chi_square, columns) > 1e-3

    def test_contacts_are_spread_evenly_over_their_interval(self):
        given = volume([[3000, 9000]], interval="50m", start="08:25")
        _, arrived = draw_arrivals(given, WORLD)
        for first, last in ((505, 555), (555, 605)):
            inside = arrived[(arrived >= first * MINUTE) & (arrived < last * MINUTE)]
            assert stats.kstest((inside - first * MINUTE) / (50 * MINUTE), "uniform").pvalue > 1e-3

    @pytest.mark.parametrize(("day_spread", "interval_spread"), [(0, 0), (0.1, 0), (0.2, 0), (0, 0.2), (0.1, 0.1)])
    def test_the_variance_of_daily_counts_is_that_of_the_mixed_poisson_law(self, day_spread, interval_spread):
        n_days, row = 1000, np.array([60.0, 120, 90, 30])
        given = volume([tuple(row)] * n_days, day_spread=day_spread, interval_spread=interval_spread)
        totals = counts(given, draw_arrivals(given, WORLD)[1]).sum(axis=1)
        # Var E[N | W] + E Var[N | W], with W = day factor times independent interval factors
        mixed = day_spread**2 * row.sum() ** 2 + (1 + day_spread**2) * interval_spread**2 * (row**2).sum()
        variance = row.sum() + mixed
        assert abs(totals.mean() - row.sum()) < 4 * np.sqrt(variance / n_days)
        low, high = stats.chi2.ppf([0.0005, 0.9995], n_days - 1) / (n_days - 1)
        # the totals are nearly normal; a heavier tail widens the bound a little
        assert low * 0.95 < totals.var(ddof=1) / variance < high * 1.05

    def test_the_scale_multiplies_the_volume(self):
        once, twice = volume([[20, 30]]), volume([[10, 15]], scale=2)
        assert np.array_equal(draw_arrivals(once, WORLD)[0], draw_arrivals(twice, WORLD)[0])

    @pytest.mark.parametrize("expected", [[[0, 0]], [[0.0]], [[0, 0]] * 5])
    def test_no_volume_gives_nobody(self, expected):
        customer, arrived = draw_arrivals(volume(expected), WORLD)
        assert len(customer) == len(arrived) == 0

    def test_the_last_interval_may_end_at_midnight(self):
        given = volume([[500]], interval="30m", start="23:30")
        _, arrived = draw_arrivals(given, WORLD)
        assert arrived.min() >= 1410 * MINUTE
        assert arrived.max() < 1440 * MINUTE


@pytest.mark.parametrize("mode", ["poisson", "exact_total", "exact_interval"])
@pytest.mark.parametrize(("name", "value"), [("MARGIN", -1.9), ("MARGIN", 30.0), ("_BATCH", 100)])
def test_contacts_do_not_depend_on_how_many_points_are_drawn_at_first_or_at_a_time(mode, name, value, monkeypatch):
    given = volume([[40, 90, 0.2, 7]] * 30, mode=mode)
    customer, arrived = draw_arrivals(given, WORLD)
    for module in (arrivals, field):
        monkeypatch.setattr(module, name, value, raising=module is field)
    again = draw_arrivals(given, WORLD)
    assert np.array_equal(customer, again[0])
    assert np.array_equal(arrived, again[1])
    assert np.all(np.diff(customer.astype(np.int64)) > 0)


class TestNesting:
    @settings(derandomize=True, deadline=None, max_examples=60)
    @given(
        row=st.lists(st.floats(0, 60), min_size=1, max_size=8),
        more=st.floats(0, 3),
        mode=st.sampled_from(["poisson", "exact_total"]),
        spread=st.sampled_from([0, 0.3]),
        interval=st.sampled_from(["30m", "7m", "100m"]),
    )
    def test_a_busier_scenario_keeps_every_customer_at_the_same_moment(self, row, more, mode, spread, interval):
        fields = {"mode": mode, "day_spread": spread, "interval": interval}
        quiet = dict(zip(*draw_arrivals(volume([row], **fields), WORLD), strict=True))
        busy = dict(zip(*draw_arrivals(volume([[x * (1 + more) for x in row]], **fields), WORLD), strict=True))
        assert quiet.items() <= busy.items()

    def test_ten_per_cent_more_keeps_all_and_adds_a_tenth(self):
        quiet, _ = draw_arrivals(volume([[1000] * 20]), WORLD)
        busy, _ = draw_arrivals(volume([[1100] * 20]), WORLD)
        assert np.isin(quiet, busy).all()
        assert abs(len(busy) - len(quiet) - 2000) < 4 * np.sqrt(2000)

    def test_a_busier_interval_changes_nobody_in_the_others(self):
        plain = draw_arrivals(volume([[50, 50, 50]]), WORLD)[1]
        peak = draw_arrivals(volume([[50, 500, 50]]), WORLD)[1]
        outside = (peak < 510 * MINUTE) | (peak >= 540 * MINUTE)
        assert np.array_equal(peak[outside], plain[(plain < 510 * MINUTE) | (plain >= 540 * MINUTE)])

    def test_the_same_rate_in_other_intervals_gives_the_same_customers(self):
        halves, quarters = volume([[30, 60, 90]]), volume([[15, 15, 30, 30, 45, 45]], interval="15m")
        assert np.array_equal(draw_arrivals(halves, WORLD)[0], draw_arrivals(quarters, WORLD)[0])

    def test_a_longer_horizon_changes_nobody_before(self):
        short, _ = draw_arrivals(volume([[50, 60]] * 2, day_spread=0.2), WORLD)
        long, _ = draw_arrivals(volume([[50, 60]] * 5, day_spread=0.2), WORLD)
        assert np.array_equal(short, long[: len(short)])

    def test_days_share_a_busy_factor_draw_whatever_its_spread(self):
        row = [[2000]] * 30
        small, large = (counts(given := volume(row, day_spread=cv), draw_arrivals(given, WORLD)[1]) for cv in (0.3, 0.6))
        assert np.corrcoef(small[:, 0], large[:, 0])[0, 1] > 0.95


class TestExact:
    def test_exact_total_gives_each_day_its_rounded_total(self):
        given = volume([[10.4, 20.3], [0, 0.4], [0, 0.5], [300, 7]], mode="exact_total", day_spread=0.5)
        assert counts(given, draw_arrivals(given, WORLD)[1]).sum(axis=1).tolist() == [31, 0, 1, 307]

    def test_exact_total_spreads_the_day_by_its_profile(self):
        given = volume([[10, 30, 60]] * 400, mode="exact_total")
        drawn = counts(given, draw_arrivals(given, WORLD)[1]).sum(axis=0)
        assert stats.chisquare(drawn, [4000, 12000, 24000]).pvalue > 1e-3

    def test_exact_interval_gives_each_interval_its_count(self):
        rows = [[3, 0, 12.5, 200], [1.5, 1.5, 0, 0.25]]
        given = volume(rows, mode="exact_interval", interval_spread=0.5)
        assert counts(given, draw_arrivals(given, WORLD)[1]).tolist() == largest_remainders(np.array(rows)).tolist()

    def test_the_same_profile_keeps_its_customers_from_exact_total_to_poisson(self):
        exact = draw_arrivals(volume([[100, 200]], mode="exact_total"), WORLD)[0]
        poisson = draw_arrivals(volume([[100, 200]]), WORLD)[0]
        assert len(np.intersect1d(exact, poisson)) == min(len(exact), len(poisson))


class TestLargestRemainders:
    @settings(derandomize=True, deadline=None)
    @given(row=st.lists(st.floats(0, 1e4), min_size=1, max_size=30))
    def test_they_add_up_to_the_rounded_total_and_stay_within_one(self, row):
        whole = largest_remainders(np.array([row]))[0]
        assert whole.sum() == np.floor(np.cumsum(row)[-1] + 0.5)
        assert np.all(np.abs(whole - row) < 1 + 1e-9)

    def test_the_earlier_of_two_equal_remainders_gets_the_contact(self):
        assert largest_remainders(np.array([[0.5, 0.5], [1.5, 2.5]])).tolist() == [[1, 0], [2, 2]]


class TestRefusals:
    def test_an_unresolved_volume_is_refused(self):
        with pytest.raises(InputError, match=r"volume.expected: must hold one row per day.*resolve the scenario first"):
            draw_arrivals(Volume.model_validate({"rate": "480 per day"}), WORLD)

    def test_intervals_beyond_the_end_of_the_day_are_refused(self):
        with pytest.raises(InputError, match="4 intervals run beyond the end of the day"):
            draw_arrivals(volume([[1, 1, 1, 1]], interval="1h", start="21:00"), WORLD)

    def test_more_contacts_than_a_machine_holds_are_refused(self):
        with pytest.raises(InputError, match=rf"2e\+12 contacts in one replication.*; at most {MOST_CONTACTS:,} can be drawn"):
            draw_arrivals(volume([[1e12]]), WORLD)


@pytest.mark.slow
def test_counts_are_exactly_poisson_over_many_worlds():
    given = volume([[3, 9]], interval="40m")
    drawn = np.array([counts(given, draw_arrivals(given, World(1, replication, "voice"))[1])[0] for replication in range(20_000)])
    for column, mean in enumerate((3, 9)):
        cells = np.arange(0, 3 * mean)
        observed = np.bincount(np.minimum(drawn[:, column], cells[-1]), minlength=len(cells))
        expected = stats.poisson.pmf(cells, mean)
        expected[-1] = stats.poisson.sf(cells[-1] - 1, mean)
        assert stats.chisquare(observed, expected * 20_000).pvalue > 1e-3
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 4 / np.sqrt(20_000)
