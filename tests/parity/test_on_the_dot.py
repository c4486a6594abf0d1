"""Both engines where everything happens at the same few moments: edges of hours, shifts, breaks and of the horizon."""

from __future__ import annotations

import pytest

from benchmarks.parity import compare_generated
from simkpi.engine.compiled.tables import KNOWN
from tests.engine.scenario_strategies import scenarios_on_the_dot

EXAMPLES = 6


@pytest.mark.parametrize("feature", sorted(KNOWN))
def test_generated_scenarios_in_whole_ten_minutes_have_equal_logs(feature: str) -> None:
    section = compare_generated({feature: scenarios_on_the_dot(lead=feature)}, EXAMPLES)
    assert section.differing == {}
    assert section.features[feature] == section.runs > EXAMPLES // 2
