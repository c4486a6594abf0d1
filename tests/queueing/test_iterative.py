import math

import numpy as np
import pytest

from simkpi.errors import InputError
from simkpi.queueing import evaluate
from simkpi.queueing.iterative import contacts_over_day, staff_iteratively

STEPS = 48
INTERVAL = 2 * math.pi / STEPS
SINUS = 100 + 20 * np.sin((np.arange(STEPS) + 0.5) * INTERVAL)


def test_a_constant_day_is_the_stationary_queue():
    day = contacts_over_day(arrival_rates=[0.1] * 8, interval=1800, aht=180, agents=20, patience=90, before="cycle")
    figures = evaluate(arrival_rate=0.1, aht=180, agents=20, patience=90)
    assert day.sum(axis=1) == pytest.approx(np.ones(8), rel=1e-9)
    assert day[-1][20:].sum() == pytest.approx(figures.p_wait, rel=1e-6)
    assert day[-1] @ np.arange(day.shape[1]) == pytest.approx(figures.mean_in_system, rel=1e-6)


def test_with_agents_for_everybody_the_mean_is_the_offered_load():
    from simkpi.queueing.offered_load import planning_rates

    day = contacts_over_day(arrival_rates=SINUS, interval=INTERVAL, aht=1.0, agents=400, before="cycle")
    _, load = planning_rates(arrival_rates=SINUS, interval=INTERVAL, aht=1.0, method="offered_load", before="cycle")
    assert day @ np.arange(day.shape[1]) == pytest.approx(load, rel=1e-4)


@pytest.mark.parametrize(("patience", "delay"), [(1.0, 0.1), (1.0, 0.5), (5.0, 0.9)])
def test_the_delay_is_held_from_below_all_day(patience, delay):
    plan = staff_iteratively(arrival_rates=SINUS, interval=INTERVAL, aht=1.0, delay=delay, patience=patience)
    assert plan.is_settled
    assert plan.delays.max() < delay + 1e-9
    assert plan.delays.min() > delay - 0.09
    if patience == 1.0:
        # measured for this experiment by others: mean staff 113.9 at 0.1, 100.9 at 0.5
        assert plan.agents.mean() == pytest.approx({0.1: 113.9, 0.5: 100.9}[delay], abs=1.0)


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match="delay: must be strictly between 0 and 1, got 1"):
        staff_iteratively(arrival_rates=[0.1], interval=1800, aht=60, delay=1.0)
    with pytest.raises(InputError, match="before: must be nothing or cycle"):
        contacts_over_day(arrival_rates=[0.1], interval=1800, aht=60, agents=3, before="first")
    with pytest.raises(InputError, match="must be finite and above 0 seconds, got aht 0"):
        contacts_over_day(arrival_rates=[0.1], interval=1800, aht=0, agents=3)
