"""How much the same customers save: variance of the difference of two scenarios, paired against independent runs.

The centre of the simulation library SSJ (planning/verification/data), volume as Poisson counts. Two changes: one agent
more all day; a bot that contains 25 % instead of 20 %, with an agent fewer in both.
Run: ``python benchmarks/common_random_numbers.py 300``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from simkpi.experiment.compare import compare
from simkpi.planning.verification.case import DATA

PUBLISHED = DATA / "published.json"
KPI = ("service_level", "abandon_rate")


def centre(*, agents: int = 0, contains: float | None = None) -> dict[str, Any]:
    """Return the published centre with *agents* more at every hour, behind a bot that *contains* a share."""
    models = json.loads(PUBLISHED.read_text(encoding="utf-8"))["models"]
    params = next(model for model in models if model["id"] == "SSJ-callcenter-alpha10")["params"]
    scenario: dict[str, Any] = {
        "simkpi": 1,
        "calendar": {"from": "2026-01-05", "open": "08:00-21:00"},
        "contacts": {
            "voice": {
                "channel": "voice",
                "volume": {"interval": "1h", "expected": params["base_calls_per_hour"]},
                "handle": {"talk": {"exponential": f"{params['mean_service_s']}s"}},
                "patience": {"exponential": f"{params['mean_patience_s']}s", "balk": params["p_balk"]},
            }
        },
        "teams": {
            "phone": {
                "skills": ["voice"],
                "staffing": {"interval": "1h", "count": [count + agents for count in params["agents"]]},
            }
        },
    }
    if contains is not None:
        scenario["bots"] = {"menu": {"serves": ["voice"], "contains": f"{contains:.0%}", "time": "0s"}}
    return scenario


PAIRS = {
    "one agent more": (centre(), centre(agents=1)),
    "containment 20 -> 25 %": (centre(agents=-1, contains=0.20), centre(agents=-1, contains=0.25)),
}


def gains(pair: tuple[dict[str, Any], dict[str, Any]], days: int) -> dict[str, tuple[float, float, float]]:
    """Per KPI: correlation, variance ratio from the paired runs, and from runs that really are independent (other seeds)."""
    paired = compare(*pair, names=("before", "after"), replications=days, seed=1, kpis=KPI)
    found = {}
    for row in paired.table.filter(paired.table["scenario"] == "after").iter_rows(named=True):
        found[row["kpi"]] = (row["correlation"], row["gain"], row["difference_half_width"])
    return found


def independent(pair: tuple[dict[str, Any], dict[str, Any]], days: int) -> dict[str, float]:
    """Per KPI: half-width of the difference of runs on seeds of their own."""
    halves = []
    for scenario, seed in zip(pair, (2, 3), strict=True):
        table = compare(scenario, scenario, names=("a", "b"), replications=days, seed=seed, kpis=KPI).scores[0].pooled()
        halves.append(dict(zip(table["kpi"], table["half_width"], strict=True)))
    return {kpi: float(np.hypot(halves[0][kpi], halves[1][kpi])) for kpi in KPI}


def main() -> None:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    print(f"{days} days; variance of the difference: independent runs / same customers")
    print(f"{'change':26}{'KPI':16}{'correlation':>12}{'paired runs':>13}{'other seeds':>13}")
    for name, pair in PAIRS.items():
        apart = independent(pair, days)
        for kpi, (correlation, gain, half) in gains(pair, days).items():
            print(f"{name:26}{kpi:16}{correlation:12.3f}{gain:13.1f}{(apart[kpi] / half) ** 2:13.1f}")


if __name__ == "__main__":
    main()
