from __future__ import annotations

import pytest

from benchmarks.common_random_numbers import PAIRS, gains

#: Least factor on the variance of the difference in the service level, and in the abandon rate.
GOALS = {"one agent more": (3, 3), "containment 20 -> 25 %": (8, 8)}


@pytest.mark.slow
@pytest.mark.parametrize("change", GOALS)
def test_the_same_customers_save_most_of_the_replications(change: str) -> None:
    found = gains(PAIRS[change], 150)
    assert found["service_level"][1] >= GOALS[change][0]
    assert found["abandon_rate"][1] >= GOALS[change][1]
