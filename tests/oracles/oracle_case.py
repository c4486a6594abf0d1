"""What a verification case is: a scenario, a window, and measures with their known values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simkpi.demand.draws import draw
from simkpi.engine.plan import plan
from simkpi.engine.returns import realised
from simkpi.engine.run import ENGINES
from simkpi.scenario.files import load
from tests.oracles.oracle_measures import SECOND, Day, Estimate, Measure, estimate

DATA = Path(__file__).resolve().parents[1] / "data" / "sim"
HOUR = 3600


@dataclass(frozen=True)
class Expected:
    """One measure and its known value; *error* and *slack* for printed results of other simulations."""

    name: str
    measure: Measure
    value: float
    error: float = 0.0
    slack: float = 0.0


@dataclass(frozen=True)
class Case:
    """One model: *start* and *stop* bound the window, in hours from the horizon's start."""

    name: str
    origin: str
    scenario: dict[str, Any]
    expected: list[Expected]
    start: float
    stop: float
    replications: int = 30
    quick: bool = False
    seed: int = field(default=1)

    def run(self, replications: int | None = None) -> list[tuple[Expected, Estimate, float]]:
        """Each measure with its estimate and z-score."""
        scenario = load(self.scenario)
        numbers = plan(scenario)
        start, stop = (round(hours * HOUR * SECOND) for hours in (self.start, self.stop))
        sums: list[list[tuple[float, float]]] = [[] for _ in self.expected]
        for replication in range(replications or self.replications):
            demand = draw(scenario, seed=self.seed, replication=replication)
            demand, log, _ = realised(numbers, demand, ENGINES.get("reference")(numbers, demand))
            day = Day(numbers, demand, log, start, stop)
            for expected, row in zip(self.expected, sums, strict=True):
                row.append(expected.measure(day))
        estimates = [estimate(row) for row in sums]
        return [
            (expected, found, found.z(expected.value, error=expected.error, slack=expected.slack))
            for expected, found in zip(self.expected, estimates, strict=True)
        ]


def read(name: str) -> list[dict[str, Any]]:
    content = json.loads((DATA / name).read_text(encoding="utf-8"))
    return content.get("scenarios") or content["models"]


def seconds(value: float) -> str:
    return f"{value:.3f}s"


def queue(
    rate: float, days: int, handle: Any, agents: int, *, at_once: int = 1, agent: str | None = None, **contact: Any
) -> dict[str, Any]:
    """One contact type at one team, *rate* per second round the clock; the clock is cut at the end."""
    volume = {"interval": "24h", "expected": [rate * 86400]}
    return {
        "simkpi": 1,
        "calendar": {"days": days},
        "contacts": {"voice": {"channel": "voice", "volume": volume, "handle": handle, **contact}},
        "teams": {"phone": {"skills": {"voice": {"at_once": at_once}}, "count": agents}},
        "routing": {"agent": agent} if agent else {},
        "run": {"end": "cut"},
    }


def stationary(name: str, origin: str, scenario: dict[str, Any], expected: list[Expected], **more: Any) -> Case:
    """Leave out a warm-up of a twelfth of the horizon (at least 4 h) and the last two hours."""
    hours = 24.0 * scenario["calendar"]["days"]
    return Case(name, origin, scenario, expected, max(4.0, hours / 12), hours - 2, **more)
