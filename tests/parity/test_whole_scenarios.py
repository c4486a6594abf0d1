"""Both engines on generated scenarios with drawn contacts, each feature in its turn; hundreds of each in benchmarks/parity.py."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from benchmarks.parity import by_feature, compare_generated
from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.compiled.tables import KNOWN
from simkpi.engine.features import FEATURES
from simkpi.engine.identities import violations
from simkpi.engine.plan import plan
from simkpi.engine.run import run
from simkpi.scenario.files import load
from simkpi.scenario.resolve import Scenario
from tests.engine.scenario_strategies import LEADS, whole_scenarios
from tests.parity.parity import differences

EXAMPLES = 3


def test_scenarios_are_generated_for_every_feature() -> None:
    assert LEADS.keys() == FEATURES.keys()


@pytest.mark.parametrize("feature", sorted(KNOWN & FEATURES.keys()))
def test_generated_scenarios_with_the_feature_have_equal_logs(feature: str) -> None:
    section = compare_generated({feature: by_feature()[feature]}, EXAMPLES)
    assert section.differing == {}
    assert section.features[feature] == section.runs
    assert section.runs + section.refused == EXAMPLES


@pytest.mark.parametrize("feature", sorted(LEADS))
def test_generated_scenarios_with_the_feature_keep_the_identities(feature: str) -> None:
    @given(whole_scenarios(lead=feature))
    @settings(derandomize=True, deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), database=None)
    def check(world: tuple[Scenario, Demand]) -> None:
        scenario, rows = world
        assert violations(scenario, rows, run(scenario, rows, "compiled")) == []

    check()


def test_who_comes_back_after_a_chat_that_silence_ended_depends_on_who_answered() -> None:
    short = {
        "simkpi": 1,
        "contacts": {
            "chat": {
                "volume": "600 per day",
                "handle": "3m",
                "turns": {"replies": 2, "think": "30s", "silent": "60%", "idle_close": "1m"},
                "resolved": "60%",
                "recontact": {"chance": "90%", "after": "10m", "at_most": 2},
            }
        },
        "teams": {"online": {"skills": {"chat": {"resolves": "50%"}}, "count": 4}},
        "definitions": {"fcr_window": "1h", "recontact_window": "1h"},
    }
    scenario = load(short)
    assert differences(plan(scenario), draw(scenario, seed=1, replication=0)) == {}
