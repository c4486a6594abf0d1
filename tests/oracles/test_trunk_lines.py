"""Trunk lines against the exact loss of M/M/c/K: so many lines, fewer agents, nobody gives up."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest

from simkpi.demand.draws import draw
from simkpi.engine.recorder import BLOCKED
from simkpi.engine.run import run
from simkpi.scenario.files import loads

CENTRE = """
simkpi: 1
calendar: {from: 2026-01-05, days: 4, open: 00:00-24:00}
contacts:
  voice: {volume: 120 per hour, handle: {talk: {exponential: 5m}}}
teams:
  desk: {skills: [voice], count: 10}
lines: {voice: %d}
"""


def loss(load: float, agents: int, lines: int) -> float:
    """Share of arrivals that find all lines taken (Gross and Harris, Fundamentals of Queueing Theory, M/M/c/K)."""
    weights = [load**n / (factorial(n) if n <= agents else factorial(agents) * agents ** (n - agents)) for n in range(lines + 1)]
    return weights[-1] / sum(weights)


@pytest.mark.parametrize("lines", [10, 14])
def test_the_share_of_blocked_contacts_is_the_exact_one(lines: int) -> None:
    centre = loads(CENTRE % lines, file="centre.yaml")
    shares = []
    for replication in range(12):
        log = run(centre, draw(centre, seed=11, replication=replication), "compiled")
        shares.append((log.outcome == BLOCKED).mean())
    error = np.std(shares, ddof=1) / len(shares) ** 0.5
    assert abs(np.mean(shares) - loss(10, 10, lines)) < 4 * error
    assert error < 0.004
