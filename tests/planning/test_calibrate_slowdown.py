"""Chats that slow one another down: how much, and what they would take alone."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.observed import observe
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.planning.calibrate.slowdown import _segments, fit_slow_down
from simkpi.scenario.files import loads

TRUTH = """
simkpi: 1
calendar: {{from: 2026-03-02, days: 21, open: 08:00-18:00}}
contacts:
  chat:
    channel: chat
    volume: 1200 per day
    handle: {{talk: {{lognormal: {{mean: 6m, cv: 0.7}}}}{slower}}}
    patience: {{exponential: {{mean: 2m}}}}
teams: {{desk: {{skills: {{chat: {{at_once: 3}}}}, count: 9}}}}
"""


def fitted(slower: str) -> Calibration:
    made = simulate(loads(TRUTH.format(slower=slower)), replications=1, seed=3)
    return fit(Log(made.interactions.drop("replication", strict=False), agent_states=made.agent_states))


def test_a_known_slow_down_and_the_work_alone_are_recovered():
    (chat,) = fitted(", slower_when_busy: [0%, 25%, 60%]").contacts
    slow = chat.slow_down
    assert slow is not None
    for found, error, truth in zip(slow.slower[1:], slow.errors[1:], (0.25, 0.60), strict=True):
        assert abs(found - truth) < 4 * error
        assert error < 0.06
    # the work alone, not the 6 to 8 minutes that chats took
    assert chat.talk.mean == pytest.approx(360, rel=0.03)
    assert chat.talk.kind == "lognormal"
    # not knowing the paces exactly is most of the doubt about the work alone
    sampling = chat.talk.mean * chat.talk.cv / chat.talk.observations**0.5
    assert chat.talk.mean_error > 2 * sampling
    assert abs(chat.talk.mean - 360) < 3 * chat.talk.mean_error


def test_the_scenario_has_the_slow_down():
    calibration = fitted(", slower_when_busy: [0%, 25%, 60%]")
    handle = loads(scenario_text(calibration, name="slow")).spec.contacts["chat"].handle
    assert handle.slower_when_busy[1] == pytest.approx(0.25, abs=0.08)


def test_chats_that_do_not_slow_one_another_down_get_none():
    (chat,) = fitted("").contacts
    assert chat.slow_down is None
    assert chat.talk.mean == pytest.approx(360, rel=0.03)


def test_pieces_of_two_overlapping_chats_by_hand():
    nine = datetime(2026, 3, 2, 9)
    rows = [
        {
            "contact_id": name,
            "channel": "chat",
            "agent_id": "ann",
            "outcome": "answered",
            "arrived_at": nine + timedelta(seconds=start),
            "queued_at": nine + timedelta(seconds=start),
            "answered_at": nine + timedelta(seconds=start),
            "ended_at": nine + timedelta(seconds=end),
        }
        for name, start, end in (("a", 0, 100), ("b", 40, 70), ("c", 100, 130))
    ]
    observed = observe(Log(pl.DataFrame(rows)))
    contact, level, length = _segments(observed, observed.is_answered)
    assert contact.tolist() == [0, 0, 0, 1, 2]
    assert level.tolist() == [1, 2, 1, 2, 1]
    assert length.tolist() == [40, 30, 30, 30, 30]
    assert fit_slow_down(observed, observed.is_answered, 2).slower == ()  # three chats say nothing
