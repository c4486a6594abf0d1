"""Parity of work that is handed back at the end of a shift: waits, pieces and who goes on are the same."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.compiled.kernel import simulate
from simkpi.engine.plan import plan
from simkpi.engine.recorder import HANDED_BACK
from simkpi.engine.run import WORTH_COMPILED, engine_for
from simkpi.scenario.files import load, shipped
from simkpi.scenario.resolve import Scenario
from tests.engine.test_hand_back import EARLY, centres, world
from tests.parity.parity import differences, in_whole, staffed


@settings(derandomize=True, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(centres())
def test_generated_centres_that_hand_back_have_equal_logs(made: tuple[Scenario, Demand]) -> None:
    centre, contacts = made
    assert differences(plan(centre), contacts) == {}


def test_the_shipped_scenario_hands_back_and_is_equal_with_fewer_agents_in_steps_and_cut() -> None:
    desk = load(shipped("features/hand_back"))
    contacts, numbers = draw(desk, seed=3, replication=1), plan(desk)
    assert (simulate(numbers, contacts).leg_end == HANDED_BACK).any()
    for share in (0.5, 1.0, 2.0):
        assert differences(staffed(numbers, share), in_whole(1000, contacts)) == {}
        assert differences(staffed(replace(numbers, cut=True), share), contacts) == {}


def test_a_call_that_went_on_as_an_email_is_handed_back_with_its_line() -> None:
    calls = {"channel": "voice", "volume": "60 per day", "handle": {"talk": {"fixed": "30s"}, "wrap": "20s"}}
    short = {
        "simkpi": 1,
        "calendar": {"days": 2, "open": "08:00-12:00"},
        "contacts": {
            "email": {"volume": "5 per day", "handle": {"talk": "20m", "wrap": "2m"}},
            "voice": {**calls, "transfer": {"chance": "100%", "to": "email"}},
        },
        "teams": {"desk": {"skills": ["email", "voice"], "at_close": "hand_back", "count": 3}},
        "lines": {"town": {"contacts": ["voice"], "count": 30}},
    }
    centre = load(short)
    for seed in range(4):
        contacts = draw(centre, seed=seed, replication=0)
        assert (simulate(plan(centre), contacts).leg_end == HANDED_BACK).any()
        assert differences(plan(centre), contacts) == {}


def test_auto_runs_the_compiled_engine_for_it() -> None:
    assert engine_for(world(early=EARLY), 10 * WORTH_COMPILED) == "compiled"
