"""Redials and returns seen by the KPI engine: figures that a small calculation gives exactly."""

from __future__ import annotations

from typing import Any

import pytest

from simkpi.experiment.replicate import simulate
from simkpi.scenario.files import load

CONTAINS, SOLVES, RESOLVED, CHANCE = 0.5, 0.7, 0.8, 0.6


def scenario(**chat: Any) -> Any:
    """A centre with agents for everybody, whose customers come back at once or never."""
    handle = {"fixed": "2m"}
    contacts = {
        "chat": {"volume": "100 per hour", "handle": handle, "resolved": RESOLVED, **chat},
        "voice": {"volume": "0 per day", "handle": handle},
    }
    return load(
        {
            "simkpi": 1,
            "calendar": {"days": 2},
            "contacts": contacts,
            "bots": {"bot": {"serves": ["chat"], "contains": CONTAINS, "solves": SOLVES, "time": {"fixed": "1m"}}},
            "teams": {"desk": {"skills": {"chat": {}, "voice": {}}, "count": 60}},
            "definitions": {"fcr_window": "2h", "recontact_window": "2h"},
        }
    )


def test_first_contact_resolution_and_net_deflection_come_out_of_the_log() -> None:
    back = {"chance": CHANCE, "within": "1h", "by": {"voice": 1}}
    result = simulate(scenario(recontact=back), replications=10, seed=1)
    unresolved = CONTAINS * (1 - SOLVES) + (1 - CONTAINS) * (1 - RESOLVED)
    further = unresolved * CHANCE
    expected = {
        # the chats that a bot or an agent solved: nobody comes back to those
        "fcr": 1 - unresolved,
        "deflection_rate(gross)": CONTAINS / (1 + further),
        # contained chats whose customer stays away, over all contacts
        "deflection_rate": CONTAINS * (1 - (1 - SOLVES) * CHANCE) / (1 + further),
        "contacts_per_case": 1 + further,
        "repeat_rate": further / (1 + further),
    }
    values = {}
    for name in expected:
        variant = {"deflection_rate": "gross"} if "(" in name else {}
        table = result.kpis([name.partition("(")[0]], **variant)
        values[name] = table.row(0, named=True)
    for name, value in expected.items():
        row = values[name]
        error = row["half_width"] / 2.26  # 10 replications: t = 2.262
        assert abs(row["value"] - value) < 4 * error + 0.002, (name, row["value"], value)


def test_contacts_count_every_attempt_and_fresh_volume_stays() -> None:
    plain = simulate(scenario(), replications=3, seed=1).interactions
    more = simulate(
        scenario(recontact={"chance": CHANCE, "within": "1h", "by": {"voice": 1}}), replications=3, seed=1
    ).interactions
    fresh = more.filter(origin="reactive")
    assert fresh.height == plain.height
    assert sorted(fresh["customer_id"]) == sorted(plain["customer_id"])
    assert more.height > plain.height
    assert more.select("replication", "case_id").n_unique() == plain.height


@pytest.mark.parametrize("chance", [0.0, 0.3])
def test_a_higher_chance_only_adds_contacts(chance: float) -> None:
    def cases(each: float) -> set[tuple[str, Any]]:
        table = simulate(
            scenario(recontact={"chance": each, "within": "1h", "by": {"voice": 1}}), replications=1, seed=4
        ).interactions
        return set(table.select("customer_id", "arrived_at").iter_rows())

    assert cases(chance) < cases(0.6)
