"""Both engines where everything happens at the same few moments: edges of hours, shifts, breaks and of the horizon."""

from __future__ import annotations

import pytest

from benchmarks.parity import compare_generated
from simkpi.demand.draws import draw
from simkpi.engine.compiled.kernel import simulate
from simkpi.engine.compiled.tables import KNOWN
from simkpi.engine.plan import plan
from simkpi.engine.recorder import CONTAINED
from simkpi.scenario.files import load
from tests.engine.scenario_strategies import scenarios_on_the_dot
from tests.parity.parity import differences

EXAMPLES = 6
HOUR = 3_600_000


def test_at_the_moment_at_which_a_bot_closes_it_takes_nobody() -> None:
    moments = [9 * HOUR - 1, 9 * HOUR, 10 * HOUR - 1, 10 * HOUR]
    counts = [[sum(moment // HOUR == hour for moment in moments) for hour in range(24)]]
    volume = {"mode": "replay", "interval": "1h", "from": "00:00", "expected": counts, "arrivals": [moments]}
    bot = {"serves": ["chat"], "contains": "100%", "time": {"fixed": "1m"}, "hours": {"mon-sun": "09:00-10:00"}}
    short = {
        "simkpi": 1,
        "calendar": {"open": "08:00-11:00"},
        "contacts": {"chat": {"volume": volume, "handle": {"talk": {"fixed": "1m"}}, "patience": "2m"}},
        "bots": {"assistant": bot},
        "teams": {"desk": {"skills": ["chat"], "count": 9}},
    }
    scenario = load(short)
    numbers, contacts = plan(scenario), draw(scenario, seed=1, replication=0)
    assert (simulate(numbers, contacts).outcome == CONTAINED).tolist() == [False, True, True, False]
    assert differences(numbers, contacts) == {}


@pytest.mark.parametrize("feature", sorted(KNOWN))
def test_generated_scenarios_in_whole_ten_minutes_have_equal_logs(feature: str) -> None:
    section = compare_generated({feature: scenarios_on_the_dot(lead=feature)}, EXAMPLES)
    assert section.differing == {}
    assert section.features[feature] == section.runs > EXAMPLES // 2
