"""Work in the background against the exact means of a queue with pre-emptive priorities (M/G/1, resumed where it was left)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import mean, stdev

import numpy as np
import pytest

from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER
from simkpi.engine.run import run
from simkpi.scenario.files import loads

DAYS, REPLICATIONS, MINUTE = 8, 30, 60_000
ONE_AGENT = """
simkpi: 1
calendar: {{days: {days}}}
contacts:
  voice: {{volume: {calls} per hour, handle: {{talk: {talk}}}}}
  email: {{volume: {mails} per hour, handle: {{talk: {writing}}}}}
teams: {{desk: {{skills: {{voice: {{}}, email: {{background: true}}}}, count: 1}}}}
run: {{end: cut}}
"""


@dataclass(frozen=True)
class Law:
    """A law of work: how it is written, its mean and mean square, minutes."""

    written: str
    first: float
    second: float


EXPONENTIAL, FIXED = Law("{exponential: 1m}", 1, 2), Law("{fixed: 2m}", 2, 4)
GAMMA = Law("{gamma: {mean: 3m, cv: 0.5}}", 3, 9 * 1.25)


def exact(calls: float, mails: float, talk: Law, writing: Law) -> tuple[float, float]:
    """Mean time in system of calls and e-mails, minutes.

    Source: Conway, Maxwell, Miller, Theory of Scheduling (1967), section 8-6, pre-emptive resume, two classes.
    """
    rates = calls / 60, mails / 60
    busy = rates[0] * talk.first, rates[0] * talk.first + rates[1] * writing.first
    residual = rates[0] * talk.second / 2, (rates[0] * talk.second + rates[1] * writing.second) / 2
    return talk.first + residual[0] / (1 - busy[0]), writing.first / (1 - busy[0]) + residual[1] / ((1 - busy[0]) * (1 - busy[1]))


@pytest.mark.parametrize(
    ("talk", "writing"),
    [(EXPONENTIAL, GAMMA), *(pytest.param(*laws, marks=pytest.mark.slow) for laws in [(EXPONENTIAL,) * 2, (FIXED, EXPONENTIAL)])],
)
def test_calls_never_see_the_emails_and_emails_stay_as_long_as_with_preemptive_priorities(talk: Law, writing: Law) -> None:
    calls, mails = 60 * 0.4 / talk.first, 60 * 0.3 / writing.first
    text = ONE_AGENT.format(days=DAYS, calls=calls, mails=mails, talk=talk.written, writing=writing.written)
    centre = loads(text)
    stays: list[list[float]] = [[], []]
    for replication in range(REPLICATIONS):
        contacts = draw(centre, seed=11, replication=replication)
        log = run(centre, contacts, "compiled")
        hour = contacts.arrived / (60 * MINUTE)
        counted = (hour > 6) & (hour < DAYS * 24 - 6) & (log.wrapped < NEVER)
        for kind in (0, 1):
            mine = counted & (contacts.contact_type == kind)
            stays[kind].append(float((log.wrapped - log.queued)[mine].mean()) / MINUTE)
    for found, expected in zip(stays, exact(calls, mails, talk, writing), strict=True):
        z = (mean(found) - expected) / (stdev(found) / math.sqrt(REPLICATIONS))
        assert abs(z) < 4, (mean(found), expected, z)
        assert stdev(found) / math.sqrt(REPLICATIONS) < 0.03 * expected


def test_without_interruptions_emails_and_calls_wait_longer_or_shorter_as_they_must() -> None:
    assert exact(24, 18, EXPONENTIAL, EXPONENTIAL)[0] == pytest.approx(1 / 0.6)
    assert exact(0, 18, EXPONENTIAL, EXPONENTIAL)[1] == pytest.approx(1 / 0.7)
    assert np.isfinite(exact(24, 18, FIXED, GAMMA)).all()
