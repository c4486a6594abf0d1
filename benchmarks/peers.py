"""The same questions to simkpi and to two other packages, in one run: times, ratios and whether the answers agree.

In an environment of its own: ``pip install . pyworkforce call-center-tools``, then ``python benchmarks/peers.py``
(pyworkforce's Erlang A needs its 0.5.4, for Python 3.12 or later).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from call_center_tools.erlang import erlang_c as their_erlang_c
from call_center_tools.staffing import calc_staffing
from pyworkforce.queuing import ErlangA, ErlangC

from simkpi.queueing import evaluate
from simkpi.queueing.least_agents import least_agents
from simkpi.queueing.staffing import agents_needed
from simkpi.queueing.targets import Target

SERVICE = [Target("service_level", 0.8, 20.0)]


def seconds(task: Callable[[], object]) -> float:
    """Median time of one run; quick tasks are run many times."""
    task()
    times: list[float] = []
    begun = time.perf_counter()
    while len(times) < 5 or (time.perf_counter() - begun < 0.5 and len(times) < 2000):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def questions(load: float, aht: float = 240.0, patience: float = 180.0) -> dict[str, tuple[Callable[[], float], ...]]:
    """Return per question our answer and theirs (pyworkforce, call-center-tools), all at the same load (Erlangs)."""
    rate = load / aht
    team = int(least_agents(arrival_rate=rate, aht=aht, targets=SERVICE))
    team_a = int(least_agents(arrival_rate=rate, aht=aht, patience=patience, targets=SERVICE))
    about = {"transactions": rate * 1800, "aht": aht / 60, "asa": 20 / 60, "interval": 30}
    theirs, theirs_a = ErlangC(**about), ErlangA(patience=patience / 60, **about)
    return {
        "Erlang C, service level": (
            lambda: float(evaluate(arrival_rate=rate, aht=aht, agents=team).service_level),
            lambda: float(theirs.service_level(team)),
            lambda: float(calc_staffing(rate * 3600, aht, agents=team).service_level),
        ),
        "Erlang C, probability of waiting": (
            lambda: float(evaluate(arrival_rate=rate, aht=aht, agents=team).p_wait),
            lambda: float(theirs.waiting_probability(team)),
            lambda: float(their_erlang_c(load, team)),
        ),
        "Erlang C, agents for 80% in 20s": (
            lambda: float(agents_needed(arrival_rate=rate, aht=aht, targets=SERVICE).agents),
            lambda: float(theirs.required_positions(0.8)["raw_positions"]),
            lambda: float(calc_staffing(rate * 3600, aht, max_occupancy=0.999).agents),
        ),
        "Erlang A, service level": (
            lambda: float(evaluate(arrival_rate=rate, aht=aht, agents=team_a, patience=patience).service_level),
            lambda: float(theirs_a.service_level(team_a)),
        ),
        "Erlang A, agents for 80% in 20s": (
            lambda: float(agents_needed(arrival_rate=rate, aht=aht, patience=patience, targets=SERVICE).agents),
            lambda: float(theirs_a.required_positions(0.8)["raw_positions"]),
        ),
    }


def table() -> None:
    """Print every question at three loads."""
    print(f"{'question':<48}{'simkpi':>11}{'pyworkforce':>15}{'ratio':>9}{'call-center-tools':>20}{'ratio':>8}  answers")
    for load in (10.0, 80.0, 900.0):
        for name, tasks in questions(load).items():
            times = [seconds(task) for task in tasks]
            line = f"{f'{name}, {load:g} Erlangs':<48}{times[0] * 1e3:>8.3f} ms"
            for at, width in enumerate((12, 17), start=1):
                known = at < len(times)
                line += f"{times[at] * 1e3:>{width}.3f} ms{times[at] / times[0]:>8.2f}x" if known else " " * (width + 12)
            print(f"{line}  {', '.join(f'{task():.6g}' for task in tasks)}")


def grids() -> None:
    """Print what 10,000 points take; of the others some are measured."""
    rng = np.random.default_rng(1)
    agents = rng.integers(5, 200, 10_000)
    rates, patience = agents * rng.uniform(0.6, 0.99, 10_000) / 240, rng.uniform(60, 600, 10_000)
    points = list(zip((rates * 1800).tolist(), agents.tolist(), (patience / 60).tolist(), strict=True))
    about = {"aht": 4, "asa": 1 / 3, "interval": 30}

    def theirs_c() -> None:
        for contacts, team, _ in points[:1000]:
            ErlangC(transactions=contacts, **about).service_level(team)

    def theirs_a() -> None:
        for contacts, team, each in points[:20]:
            ErlangA(transactions=contacts, patience=each, **about).service_level(team)

    ours_c = seconds(lambda: evaluate(arrival_rate=rates, aht=240.0, agents=agents))
    ours_a = seconds(lambda: evaluate(arrival_rate=rates, aht=240.0, agents=agents, patience=patience))
    for name, ours, theirs in (("C", ours_c, seconds(theirs_c) * 10), ("A", ours_a, seconds(theirs_a) * 500)):
        print(f"Erlang {name}, grid of 10,000 points: simkpi {ours:.3f} s, pyworkforce {theirs:.3f} s ({theirs / ours:,.1f}x)")


if __name__ == "__main__":
    table()
    grids()
