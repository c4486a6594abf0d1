"""Patience that shrinks with the queue, told from a log, and not invented where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.crowd import fit_shortening, waiting_before
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.observed import observe
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import loads

WORLD = """
simkpi: 1
calendar: {{from: 2026-03-02, days: 15}}
contacts:
  calls:
    channel: voice
    volume: {{interval: 6h, from: "08:00", weekdays: {{mon-sun: [900]}}}}
    handle: 4m
    patience: {patience}
teams: {{phone: {{skills: [calls], staffing: {{interval: 6h, from: "08:00", count: [9]}}}}}}
"""


def log_of(patience: str) -> Log:
    """Fifteen days of a centre that is rather too small."""
    return Log(simulate(loads(WORLD.format(patience=patience)), replications=1, seed=3).interactions.drop("replication"))


def test_the_shortening_and_the_law_behind_it_come_back() -> None:
    fitted = fit(log_of("{exponential: 10m, shorter_per_waiting: 15%}"))
    patience = fitted.contacts[0].patience
    assert patience.shortening.error is not None
    assert abs(patience.shortening.share - 0.15) < 3 * patience.shortening.error
    assert patience.shortening.error < 0.02
    at_300 = next(share for point, share, _, _ in patience.survival if point == 300)
    assert at_300 == pytest.approx(np.exp(-0.5), abs=0.04)
    written = loads(scenario_text(fitted, name="again")).spec.contacts["calls"].patience
    assert written.shorter_per_waiting == pytest.approx(patience.shortening.share, abs=1e-4)
    # the estimator of all is far from the patience at an empty queue, and is still shown
    assert patience.exponential_mean is not None
    assert patience.exponential_mean < 450


def test_customers_who_do_not_mind_the_queue_get_no_shortening() -> None:
    patience = fit(log_of("{exponential: 5m}")).contacts[0].patience
    assert patience.shortening.share == 0
    assert patience.shortening.error is not None


def test_few_abandonments_tell_nothing() -> None:
    random = np.random.default_rng(1)
    waits, crowd = random.exponential(60, 300), random.integers(0, 9, 300).astype(float)
    left = np.zeros(300, dtype=bool)
    left[:99] = True
    assert fit_shortening(waits, left, crowd).error is None
    assert fit_shortening(waits, np.ones(300, dtype=bool), np.zeros(300)).error is None


def test_the_queue_that_a_contact_meets_is_that_of_its_channel() -> None:
    observed = observe(log_of("{exponential: 5m}"))
    crowd = waiting_before(observed)
    waits = observed.wait > 0
    for row in range(200, 260):
        moment = observed.queued[row]
        there = waits & (observed.queued < moment) & (observed.left > moment)
        assert crowd[row] == there.sum()
