"""Do 95 % intervals cover in 95 % of studies? Thousands of studies re-sampled from thousands of stored days.

The reference day: Poisson calls, 4 a minute for eight hours, exponential handle time (5 minutes) and patience (3 minutes), 22
agents; once as it is and once with 10 % day-to-day variation of the volume. Each day leaves its sums and its waits; a study is n
days drawn with replacement, its interval is that of the KPI engine's own functions, and the truth is the figure of all days.
Run: ``python benchmarks/coverage.py 8000 4000`` (writes ``coverage.json`` beside it); smaller numbers for a quick look.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi import load
from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.kernel import simulate_many
from simkpi.engine.plan import plan
from simkpi.experiment.confidence import Estimate, percentile_interval, ratio_interval
from simkpi.experiment.days import share_interval
from simkpi.units import TICKS_PER_SECOND

#: What has to be reached: (KPI, days of a study, volume cv) -> lowest and highest coverage.
GOALS = {
    ("service_level", 30, 0.0): (0.935, 0.965),
    ("service_level", 30, 0.1): (0.935, 0.965),
    ("service_level", 10, 0.0): (0.92, 1.0),
    ("service_level", 10, 0.1): (0.92, 1.0),
    ("wait_p90", 30, 0.0): (0.93, 1.0),
    ("wait_p90", 30, 0.1): (0.93, 1.0),
}
THRESHOLD = 20 * TICKS_PER_SECOND


@dataclass(frozen=True)
class Days:
    """What is kept of each simulated day.

    Parameters
    ----------
    within, offered : ndarray, shape (n_days,)
        Contacts answered within the threshold, and all.
    waits : list of ndarray, seconds
        Waits of each day's contacts, until the answer or until they left.
    """

    within: NDArray[np.float64]
    offered: NDArray[np.float64]
    waits: list[NDArray[np.float32]]


def reference_day(cv: float) -> dict[str, Any]:
    """Return the scenario whose volume varies by *cv* from day to day."""
    return {
        "simkpi": 1,
        "calendar": {"open": "09:00-17:00"},
        "contacts": {
            "voice": {
                "channel": "voice",
                "volume": {"interval": "30m", "expected": [120] * 16, "day_spread": f"{cv:.0%}"},
                "handle": {"talk": {"exponential": "5m"}},
                "patience": {"exponential": "3m"},
            }
        },
        "teams": {"phone": {"skills": ["voice"], "count": 22}},
    }


def stored_days(cv: float, days: int, *, seed: int = 2026) -> Days:
    """Simulate *days* days and keep their sums and waits."""
    scenario = load(reference_day(cv))
    numbers, within, offered, waits = plan(scenario), np.empty(days), np.empty(days), []
    for day in range(days):
        demand = draw(scenario, seed=seed, replication=day)
        (log,) = simulate_many([numbers], demand)
        answered = log.answered < NEVER
        wait = np.minimum(log.answered, log.ended) - log.queued
        within[day], offered[day] = np.count_nonzero(answered & (wait <= THRESHOLD)), len(demand)
        waits.append((wait / TICKS_PER_SECOND).astype(np.float32))
    return Days(within, offered, waits)


def independent_contacts(within: NDArray[np.float64], offered: NDArray[np.float64]) -> Estimate:
    """Interval of somebody who takes every contact for an independent one."""
    return share_interval(int(within.sum()), int(offered.sum()))


def coverage(days: Days, n: int, studies: int, *, seed: int = 7) -> dict[str, float]:
    """Share of *studies* of *n* days each whose interval covers the truth.

    Returns
    -------
    dict
        ``service_level``, ``wait_p90`` and, for the service level, ``independent contacts``.
    """
    chosen = np.random.Generator(np.random.PCG64(seed)).integers(0, len(days.offered), (studies, n))
    level = days.within.sum() / days.offered.sum()
    p90 = float(np.quantile(np.concatenate(days.waits), 0.9))
    hits = {"service_level": 0, "wait_p90": 0, "independent contacts": 0}
    for study in chosen:
        within, offered = days.within[study], days.offered[study]
        hits["service_level"] += _covers(ratio_interval(within, offered), level)
        hits["independent contacts"] += _covers(independent_contacts(within, offered), level)
        hits["wait_p90"] += _covers(percentile_interval([days.waits[day] for day in study], 0.9), p90)
    return {name: count / studies for name, count in hits.items()}


def _covers(estimate: Estimate, truth: float) -> bool:
    return estimate.low is not None and estimate.high is not None and bool(estimate.low <= truth <= estimate.high)


def study(days: int, studies: int) -> list[dict[str, Any]]:
    """Return a row for each volume cv and number of days in a study."""
    rows = []
    for cv in (0.0, 0.1):
        stored = stored_days(cv, days)
        for n in (10, 30):
            found = coverage(stored, n, studies)
            rows.append({"volume_cv": cv, "days": n, **found})
    return rows


def failures(rows: list[dict[str, Any]]) -> list[str]:
    """Name every goal that is not reached."""
    by_case = {(row["days"], row["volume_cv"]): row for row in rows}
    found = []
    for (kpi, n, cv), (low, high) in GOALS.items():
        share = by_case[n, cv][kpi]
        if not low <= share <= high:
            found.append(f"{kpi}, {n} days, cv {cv:.0%}: covers {share:.1%}, should {low:.1%} to {high:.1%}")
    return found


def main() -> None:
    days, studies = (int(text) for text in (sys.argv[1:3] or ("800", "400")))
    begun = time.process_time()
    rows = study(days, studies)
    for row in rows:
        print({name: round(value, 4) for name, value in row.items()})
    print(*failures(rows), sep="\n")
    stated = {"stored_days": days, "studies": studies, "cpu_seconds": round(time.process_time() - begun), "coverage": rows}
    Path(__file__).with_suffix(".json").write_text(json.dumps(stated, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
