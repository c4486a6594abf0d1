"""A small scenario for tests: voice and chat behind a bot, four hours, simulated once per test process."""

from __future__ import annotations

import functools
from typing import Any

import simkpi
from simkpi.experiment.result import Result
from simkpi.scenario.resolve import Scenario

SHORT: dict[str, Any] = {
    "simkpi": 1,
    "name": "Small shop",
    "contacts": {
        "voice": {
            "channel": "voice",
            "volume": {"interval": "30m", "from": "08:00", "expected": [10, 14, 20, 22, 18, 16, 12, 8]},
            "handle": {"talk": {"exponential": "4m"}},
            "patience": {"exponential": "2m"},
        },
        "chat": {
            "channel": "chat",
            "volume": {"interval": "30m", "from": "08:00", "expected": [8, 10, 12, 14, 12, 10, 8, 6]},
            "handle": {"talk": {"lognormal": {"mean": "6m", "cv": 0.8}}, "wrap": "20s"},
            "patience": {"exponential": "3m"},
        },
    },
    "bots": {"helper": {"serves": ["chat"], "contains": "30%", "time": "60s"}},
    "teams": {
        "phone": {"skills": {"voice": {}}, "staffing": {"interval": "1h", "from": "08:00", "count": [3, 4, 3, 2]}},
        "web": {"skills": {"chat": {"at_once": 3}}, "staffing": {"interval": "4h", "from": "08:00", "count": [2]}},
    },
    "targets": {
        "voice": {"service_level": "80% in 20s", "abandon_rate": "at most 95%"},
        "chat": {"service_level": "50% in 1h"},
    },
    "run": {"replications": 6, "seed": 11},
}


def small(**changes: Any) -> Scenario:
    """The scenario, with other top-level blocks if given."""
    return simkpi.load({**SHORT, **changes})


@functools.lru_cache(maxsize=1)
def simulated() -> Result:
    """The scenario's result."""
    return simkpi.simulate(small())
