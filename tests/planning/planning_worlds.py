"""Small scenarios for the planning tests: quick to simulate, with answers that are known."""

from __future__ import annotations

import functools
from typing import Any

import simkpi
from simkpi.planning.staff_plan import StaffPlan
from simkpi.planning.staffing import staff
from simkpi.scenario.resolve import Scenario


def voice(**changes: Any) -> Scenario:
    """Two hours of calls, one team; *changes* are blocks of the scenario."""
    short = {
        "simkpi": 1,
        "name": "Two hours of calls",
        "calendar": {"open": "09:00-11:00"},
        "contacts": {
            "voice": {
                "channel": "voice",
                "volume": {"interval": "1h", "from": "09:00", "expected": [60, 100]},
                "handle": "3m",
                "patience": "2m",
            }
        },
        "teams": {"phone": {"skills": ["voice"], "staffing": {"interval": "1h", "count": [3, 9]}}},
        "targets": {"voice": {"service_level": "80% in 20s"}},
        "costs": {"agent_hour": 20},
        "run": {"replications": 20, "seed": 5},
    }
    return simkpi.load({**short, **changes})


@functools.lru_cache(maxsize=1)
def voice_plan() -> StaffPlan:
    """The plan for it, searched once per test process."""
    return staff(voice(), alpha=0.05)
