from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import simkpi
from simkpi.demand.draws import draw
from simkpi.planning.control_variate import control_variates, inputs_drawn
from simkpi.planning.formula_queue import Queue, queues
from simkpi.report.control_table import control_lines, control_table
from simkpi.scenario.files import load, shipped
from simkpi.scenario.resolve import Scenario


def centre(**contact: Any) -> Scenario:
    block = {"volume": "60 per hour", "handle": {"talk": {"exponential": "5m"}}, "patience": "2m", **contact}
    return simkpi.load(
        {
            "simkpi": 1,
            "contacts": {"voice": block},
            "calendar": {"open": "09:00-11:00"},
            "teams": {"phone": {"skills": ["voice"], "count": 5}},
        }
    )


@pytest.mark.parametrize("name", ["quickstart", "erlang_a", "features/overdispersion"])
def test_the_inputs_have_the_expectation_that_is_claimed(name: str) -> None:
    scenario = load(shipped(name))
    demands = [draw(scenario, seed=3, replication=number) for number in range(60)]
    checked = 0
    for queue in queues(scenario):
        if not isinstance(queue, Queue):
            continue
        for drawn in inputs_drawn(queue, demands):
            if drawn.std() > 0:
                assert abs(drawn.mean()) < 3.5 * drawn.std(ddof=1) / np.sqrt(len(drawn))
                checked += 1
    assert checked


def test_days_of_uncertain_volume_are_told_with_several_times_fewer_replications() -> None:
    scenario = centre(volume={"rate": "60 per hour", "day_spread": 0.2})
    (found,) = control_variates(simkpi.simulate(scenario, replications=40, seed=2))
    one = found.figures["service_level"]
    assert one.gain > 3
    assert one.correlation > 0.8  # the formula's slope has the right sign
    # ten times as many replications tell nearly the truth: it lies in the narrower interval, its own doubt apart
    (truth,) = simkpi.simulate(scenario, replications=400, seed=9).kpis(["service_level"]).to_dicts()
    unsure = (truth["high"] - truth["low"]) / 2
    assert abs(one.controlled.value - truth["value"]) < np.hypot(one.controlled.half_width, unsure)
    assert unsure < one.plain.half_width / 2


def test_without_a_control_it_says_why() -> None:
    fixed = centre(volume={"rate": "120 per day", "mode": "exact_total"})
    (found,) = control_variates(simkpi.simulate(fixed, replications=5))
    assert found.figures == {}
    assert "volume is not drawn at random" in found.why


def test_few_replications_give_no_control_and_a_note_in_both_languages() -> None:
    found = control_variates(simkpi.simulate(centre(), replications=3))
    assert control_table(found)["why"].to_list() == ["the inputs do not vary, or there are too few replications"]
    assert "pas de contrôle" in control_lines(found, lang="fr").note
