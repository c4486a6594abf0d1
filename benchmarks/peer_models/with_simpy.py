"""B1 as a plain SimPy script: a process per caller, a Resource, and whichever comes first of an agent and the end of patience.

The day B2 in plain SimPy is ``benchmarks/b2_plain_simpy.py``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import simpy
from setting import B1_AGENTS, B1_END, B1_HANDLE, B1_PATIENCE, B1_RATE, B1_WARM_UP, Counts, each, serve


def erlang_a(seed: int) -> Counts:
    """B1: calls, exponential times, one team."""
    draw, env, counts = random.Random(seed), simpy.Environment(), Counts()
    agents = simpy.Resource(env, capacity=B1_AGENTS)

    def call() -> Iterator[Any]:
        begun = env.now
        with agents.request() as request:
            yield request | env.timeout(draw.expovariate(1 / B1_PATIENCE))
            if begun >= B1_WARM_UP:
                counts.add("voice", answered=request.triggered, waited=env.now - begun)
            if request.triggered:
                yield env.timeout(draw.expovariate(1 / B1_HANDLE))

    def arrivals() -> Iterator[Any]:
        while True:
            yield env.timeout(draw.expovariate(B1_RATE))
            counts.arrived += 1
            env.process(call())

    env.process(arrivals())
    env.run(until=B1_END)
    return counts


if __name__ == "__main__":
    serve(erlang_a=each(erlang_a))
