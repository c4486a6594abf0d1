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
from simkpi.planning.verification.measures import SECOND, Day, Estimate, Measure, estimate
from simkpi.scenario.files import load

#: Values computed for this project, or published: each file says which.
DATA = Path(__file__).resolve().with_name("data")
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
class Outcome:
    """What came out for one measure of the model called *case*; *z* in standard errors."""

    case: str
    expected: Expected
    found: Estimate
    z: float


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

    def run(self, replications: int | None = None, *, engine: str = "reference") -> list[Outcome]:
        """Simulate, and return each measure with its estimate and z-score, by the engine of that name."""
        scenario = load(self.scenario)
        numbers = plan(scenario)
        start, stop = (round(hours * HOUR * SECOND) for hours in (self.start, self.stop))
        sums: list[list[tuple[float, float]]] = [[] for _ in self.expected]
        for replication in range(replications or self.replications):
            demand = draw(scenario, seed=self.seed, replication=replication)
            demand, log, _ = realised(numbers, demand, ENGINES.get(engine)(numbers, demand))
            day = Day(numbers, demand, log, start, stop)
            for expected, row in zip(self.expected, sums, strict=True):
                row.append(expected.measure(day))
        estimates = [estimate(row) for row in sums]
        return [
            Outcome(self.name, expected, found, found.z(expected.value, error=expected.error, slack=expected.slack))
            for expected, found in zip(self.expected, estimates, strict=True)
        ]


def read(name: str) -> list[dict[str, Any]]:
    """Return the models of a data file."""
    content = json.loads((DATA / name).read_text(encoding="utf-8"))
    models: list[dict[str, Any]] = content.get("scenarios") or content["models"]
    return models


def seconds(value: float) -> str:
    """Write a duration as scenarios have it, to the millisecond."""
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
