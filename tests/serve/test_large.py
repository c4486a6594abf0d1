"""Scenarios of hundreds of thousands of contacts: the page says that it takes a while, and takes the faster engine."""

from __future__ import annotations

import pytest

from simkpi.serve.answer import answers
from simkpi.serve.desk import Desk
from simkpi.serve.wanted import Wanted
from tests.experiment.small_world import small


def test_the_page_is_told_that_figures_take_a_while_and_the_day_is_left_to_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simkpi.serve.answer.LARGE", 100)
    desk = Desk(small())
    messages = list(answers(desk, Wanted("p", narrow=0.2), lambda: True))
    assert messages[0] == {"kind": "note", "text": "200 contacts in a replication: the first figures take a while."}
    days = [one for one in messages if one["kind"] == "day"]
    assert days
    assert all(one["plots"] == [] and "the report draws it" in one["note"] for one in days)
    again = list(answers(desk, Wanted("p", narrow=0.2), lambda: True))
    assert [one for one in again if one["kind"] == "note"] == [], "they are at hand by now"


def test_it_is_not_simulated_by_the_reference_engine_for_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simkpi.engine.run.is_compiled_loaded", lambda: False)
    monkeypatch.setattr("simkpi.experiment.replicate.expected_contacts", lambda _: 2_000_000.0)
    assert Desk(small()).engine(small()) == "compiled"
    monkeypatch.setattr("simkpi.experiment.replicate.expected_contacts", lambda _: 5_000.0)
    assert Desk(small()).engine(small()) == "reference"


def test_who_waits_for_it_can_leave() -> None:
    desk = Desk(small())
    desk._is_idle.clear()

    def leave() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        desk.wait(leave)
