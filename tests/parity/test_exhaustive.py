"""The full comparison of the engines: more than a million contacts, no differing cell."""

from __future__ import annotations

import pytest

from benchmarks.parity import compare


@pytest.mark.slow
def test_a_million_contacts_of_every_load_unit_policy_and_pace_have_equal_logs() -> None:
    _, n_contacts, _, by_day = compare(1_000_000)
    assert n_contacts >= 1_000_000
    assert by_day == {}
