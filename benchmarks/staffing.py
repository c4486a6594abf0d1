"""Is the recommended team large enough, and by how much too large? 200 studies of 10 days each, whose truth is known.

Centres of one team are drawn at random: 3 to 80 Erlangs, AHT 2 to 8 minutes, patience half to twice the AHT, days that vary by
0 to 10 %, 80 % in 20 s asked. The truth of every head-count comes from *days* stored days; a study is 10 of them, and goes down
from a generous team by the rule of ``simkpi staff``: one-sided tests in a fixed order, until the first that fails.
Run: ``python benchmarks/staffing.py 40 5 300`` (centres, studies of each, days; writes ``staffing.json`` beside it).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi import load
from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.kernel import simulate_many
from simkpi.engine.plan import plan
from simkpi.experiment.confidence import Estimate, ratio_interval
from simkpi.planning.goals import Check, Goal
from simkpi.planning.staff_plan import PlanTest
from simkpi.planning.staffing import from_above
from simkpi.queueing.least_agents import least_agents
from simkpi.queueing.targets import Target
from simkpi.units import TICKS_PER_SECOND

Floats = NDArray[np.float64]
GOAL = Goal("voice", "service_level", 0.8, "at_least", 20.0)
#: Days of a study, and the risks that are looked at.
DAYS, ALPHAS = 10, (0.05, 0.01)


def centre(generator: np.random.Generator) -> dict[str, Any]:
    """Draw a centre."""
    aht = generator.uniform(120, 480)
    load_ = float(np.exp(generator.uniform(np.log(3), np.log(80))))
    patience, cv = aht * generator.uniform(0.5, 2), generator.uniform(0, 0.1)
    need = int(least_agents(arrival_rate=load_ / aht, aht=aht, patience=patience, targets=[Target("service_level", 0.8, 20)]))
    return {
        "expected": load_ / aht * 3600,
        "aht": f"{aht:.1f}s",
        "patience": f"{patience:.1f}s",
        "cv": f"{cv:.1%}",
        "head_counts": list(range(round(need + 3 + 0.6 * np.sqrt(need)), max(1, need - 3 - round(0.4 * np.sqrt(need))) - 1, -1)),
    }


def stored_days(about: dict[str, Any], days: int, *, seed: int) -> tuple[Floats, Floats]:
    """Return the contacts answered in time and all, shape (n_head_counts, n_days), on the same customers."""
    scenarios = [
        load(
            {
                "simkpi": 1,
                "calendar": {"open": "09:00-17:00"},
                "contacts": {
                    "voice": {
                        "channel": "voice",
                        "volume": {"interval": "1h", "expected": [about["expected"]] * 8, "day_spread": about["cv"]},
                        "handle": about["aht"],
                        "patience": about["patience"],
                    }
                },
                "teams": {"phone": {"skills": ["voice"], "count": count}},
            }
        )
        for count in about["head_counts"]
    ]
    plans = [plan(scenario) for scenario in scenarios]
    within, offered = np.empty((len(plans), days)), np.empty((len(plans), days))
    for day in range(days):
        demand = draw(scenarios[0], seed=seed, replication=day)
        for row, log in enumerate(simulate_many(plans, demand)):
            wait = log.answered - log.queued
            within[row, day] = np.count_nonzero((log.answered < NEVER) & (wait <= 20 * TICKS_PER_SECOND))
            offered[row, day] = len(demand)
    return within, offered


def recommended(within: Floats, offered: Floats, counts: list[int], days: NDArray[np.int64], alpha: float) -> int:
    """Go down from the most generous team on the days of a study."""

    def test(row: int) -> PlanTest:
        interval = ratio_interval(within[row, days], offered[row, days], confidence=1 - 2 * alpha)
        low = Estimate(interval.value, interval.low, interval.high, interval.half_width, len(days))
        return PlanTest(np.array([counts[row]]), float(counts[row]), (Check(GOAL, low, alpha),))

    shown = [int(one.hours) for one in from_above(range(len(counts)), test) if one.is_shown]
    return shown[-1] if shown else counts[0]


def study(centres: int, studies: int, days: int) -> dict[str, Any]:
    """Return the share of studies that miss and the mean excess, for each alpha, and the worst centre."""
    generator = np.random.Generator(np.random.PCG64(3))
    missed: dict[float, list[float]] = {alpha: [] for alpha in ALPHAS}
    excess: dict[float, list[int]] = {alpha: [] for alpha in ALPHAS}
    for number in range(centres):
        about = centre(generator)
        within, offered = stored_days(about, days, seed=number)
        truth, counts = within.sum(axis=1) / offered.sum(axis=1), about["head_counts"]
        least = min(count for count, level in zip(counts, truth, strict=True) if level >= GOAL.value)
        for _ in range(studies):
            chosen = generator.choice(days, size=DAYS, replace=False)
            for alpha in ALPHAS:
                found = recommended(within, offered, counts, chosen, alpha)
                missed[alpha].append(found < least)
                excess[alpha].append(found - least)
    return {
        f"alpha {alpha:.0%}": {
            "missed": round(float(np.mean(missed[alpha])), 4),
            "excess_agents": round(float(np.mean(excess[alpha])), 3),
            "excess_at_most": int(np.max(excess[alpha])),
        }
        for alpha in ALPHAS
    }


def main() -> None:
    centres, studies, days = (int(text) for text in (sys.argv[1:4] or ("20", "5", "100")))
    begun = time.process_time()
    found = study(centres, studies, days)
    for name, row in found.items():
        print(name, row)
    stated = {"centres": centres, "studies": centres * studies, "days_of_a_study": DAYS, "stored_days": days, **found}
    stated["cpu_seconds"] = round(time.process_time() - begun)
    Path(__file__).with_suffix(".json").write_text(json.dumps(stated, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
