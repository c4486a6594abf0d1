"""The full comparison of the engines: more than a million contacts and 500 generated scenarios, no differing cell."""

from __future__ import annotations

import pytest

from benchmarks.parity import POLICIES, sections, total
from simkpi.engine.compiled.tables import KNOWN


@pytest.mark.slow
def test_a_million_contacts_of_every_load_unit_policy_and_feature_have_equal_logs() -> None:
    whole = total({name: compare() for name, compare in sections(700_000, 21).items()})
    assert whole.differing == {}
    assert whole.contacts >= 1_000_000
    assert whole.features.keys() == KNOWN
    assert whole.policies.keys() == {policy.name for policy in POLICIES}
    assert whole.channels.keys() == {"voice", "chat", "email", "messaging", "ticket"}
