import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from simkpi.errors import InputError
from simkpi.queueing import evaluate
from simkpi.queueing.least_agents import least_agents
from simkpi.queueing.offered_load import modified_offered_load, planning_rates
from simkpi.queueing.patience_laws import Deterministic, Lognormal
from simkpi.queueing.targets import Target

#: The published experiment; one target in the default run, each costs a second.
DELAYS = pytest.mark.parametrize("delay", [0.5, *(pytest.param(d, marks=pytest.mark.slow) for d in (0.1, 0.3, 0.7, 0.9))])
RATES = np.array([0.05, 0.12, 0.2, 0.15, 0.02])


@pytest.mark.parametrize(
    "aht", [600.0, Deterministic(700.0), Lognormal.from_mean(600.0, cv=1.3)], ids=["exponential", "constant", "lognormal"]
)
def test_load_is_the_integral_of_what_is_still_handled(aht):
    survival = (lambda s: math.exp(-s / 600)) if isinstance(aht, float) else (lambda s: float(aht.survival(np.array([s]))[0]))
    for t in (100.0, 1800.0, 4000.0, 8999.0, 12_000.0):
        edges = [e for e in np.arange(6) * 1800.0 if e <= t]
        edges = [*edges, t] if t < 9000 else edges
        breaks = sorted({*edges, *([t - 700.0] if 0 < t - 700.0 < min(t, 9000) else [])})
        exact = 0.0
        for a, b in itertools.pairwise(breaks):
            exact += RATES[int(a // 1800)] * quad(survival, t - b, t - a, epsabs=1e-12, epsrel=1e-12)[0]
        assert float(modified_offered_load(t, arrival_rates=RATES, interval=1800, aht=aht)) == pytest.approx(exact, rel=1e-8)


def test_a_constant_volume_loads_rate_times_aht():
    for before in ("first", "cycle"):
        load = modified_offered_load(np.linspace(0, 7000, 9), arrival_rates=[0.1] * 4, interval=1800, aht=900, before=before)
        assert load == pytest.approx(np.full(9, 90.0), rel=1e-9)


def test_a_sinus_is_delayed_and_flattened_as_theory_says():
    # M_t/M/infinity with rate 100 + 20 sin t: m(t) = 100 + 20 (sin t - cos t)/2 for AHT 1 (Eick, Massey, Whitt 1993)
    steps = 2000
    interval = 2 * math.pi / steps
    middle = (np.arange(steps) + 0.5) * interval
    times = np.linspace(0, 2 * math.pi, 25)
    load = modified_offered_load(times, arrival_rates=100 + 20 * np.sin(middle), interval=interval, aht=1, before="cycle")
    assert load == pytest.approx(100 + 10 * (np.sin(times) - np.cos(times)), abs=2e-3)


def test_the_method_follows_the_aht():
    assert planning_rates(arrival_rates=RATES, interval=1800, aht=200)[0] == "own"
    assert planning_rates(arrival_rates=RATES, interval=1800, aht=450)[0] == "offered_load"


def test_own_rates_are_the_limit_for_short_handle_times():
    for method in ("offered_load", "lagged"):
        rates = planning_rates(arrival_rates=RATES, interval=1800, aht=1.0, method=method)[1]
        assert rates == pytest.approx(RATES, rel=2e-2)


def test_lagged_rates_look_one_handle_time_back():
    def lagged(before):
        return planning_rates(arrival_rates=RATES, interval=1800, aht=2700, method="lagged", before=before)[1]

    assert lagged("first") == pytest.approx([0.05, 0.05, (0.05 + 0.12) / 2, (0.12 + 0.2) / 2, (0.2 + 0.15) / 2])
    assert lagged("nothing")[1] == pytest.approx(0.05 / 2)
    assert lagged("cycle")[0] == pytest.approx((0.02 + 0.15) / 2)


def delay_by_time(rates, interval, agents, aht, patience, *, steps):
    """P(all agents busy) over a repeating day, from the Kolmogorov equations by Runge-Kutta of order 4."""
    top = int(max(agents) + 70)
    state = np.arange(top + 1)
    p = np.zeros(top + 1)
    p[int(rates[0] * aht)] = 1.0
    delays = []
    for day in range(2):
        for rate, team in zip(rates, agents, strict=True):
            ends = np.minimum(state, team) / aht + np.maximum(state - team, 0) / patience
            up = np.where(state < top, rate, 0.0)

            def slope(q, ends=ends, up=up):
                change = -(up + ends) * q
                change[1:] += up[:-1] * q[:-1]
                change[:-1] += ends[1:] * q[1:]
                return change

            h = interval / steps
            for _ in range(steps):
                k1 = slope(p)
                k2 = slope(p + h / 2 * k1)
                k3 = slope(p + h / 2 * k2)
                k4 = slope(p + h * k3)
                p = p + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            if day:
                delays.append(p[team:].sum())
    return np.array(delays)


@DELAYS
def test_staffing_by_offered_load_holds_the_delay_all_day(delay):
    # the published experiment: rate 100 + 20 sin t, AHT 1, patience 1 (Feldman, Mandelbaum, Massey, Whitt 2008)
    intervals = 300
    interval = 2 * math.pi / intervals
    rates = 100 + 20 * np.sin((np.arange(intervals) + 0.5) * interval)
    _, planned = planning_rates(arrival_rates=rates, interval=interval, aht=1.0, method="offered_load", before="cycle")
    target = [Target("p_wait", delay)]
    agents = least_agents(arrival_rate=planned, aht=1.0, patience=1.0, targets=target)
    delays = delay_by_time(rates, interval, agents, 1.0, 1.0, steps=5)
    assert delays.max() < delay + 0.01
    assert delays.min() > delay - 0.05  # one agent is worth that much
    own = least_agents(arrival_rate=rates, aht=1.0, patience=1.0, targets=target)
    assert delay_by_time(rates, interval, own, 1.0, 1.0, steps=5).max() > delay + 0.09


@DELAYS
def test_the_nearest_whole_team_stays_within_the_published_accuracy(delay):
    intervals = 300
    interval = 2 * math.pi / intervals
    rates = 100 + 20 * np.sin((np.arange(intervals) + 0.5) * interval)
    _, planned = planning_rates(arrival_rates=rates, interval=interval, aht=1.0, method="offered_load", before="cycle")
    enough = least_agents(arrival_rate=planned, aht=1.0, patience=1.0, targets=[Target("p_wait", delay)])
    either = [evaluate(arrival_rate=planned, aht=1.0, patience=1.0, agents=enough - k).p_wait for k in (0, 1)]
    nearest = np.where(np.abs(either[1] - delay) < np.abs(either[0] - delay), enough - 1, enough)
    delays = delay_by_time(rates, interval, nearest, 1.0, 1.0, steps=5)
    assert np.abs(delays - delay).max() < 0.035


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match="before: must be one of"):
        modified_offered_load(0, arrival_rates=RATES, interval=1800, aht=60, before="lunch")
    with pytest.raises(InputError, match="interval: must be finite and above 0"):
        planning_rates(arrival_rates=RATES, interval=0, aht=60)
    with pytest.raises(InputError, match="method: must be auto or one of"):
        planning_rates(arrival_rates=RATES, interval=1800, aht=60, method="sipp")
    with pytest.raises(InputError, match="arrival_rates: must be finite"):
        planning_rates(arrival_rates=[0.1, -1], interval=1800, aht=60)
