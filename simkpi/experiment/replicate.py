"""Run a scenario several times over independent days: the same result for any number of workers."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

import polars as pl

from simkpi.demand.draws import draw
from simkpi.engine.run import engine_for, frames, run
from simkpi.errors import InputError, SimkpiError
from simkpi.experiment.result import Result, together
from simkpi.scenario.resolve import Scenario

#: Expected contacts below which starting worker processes (about a second) costs more than it saves.
WORTH_WORKERS = 200_000
#: Replications handed to a worker at a time, per worker, beyond the one that it runs.
AHEAD = 2


@dataclass(frozen=True)
class Replication:
    """The tables of one replication."""

    number: int
    engine: str
    interactions: pl.DataFrame
    agent_states: pl.DataFrame
    legs: pl.DataFrame
    companions: dict[str, pl.DataFrame] = field(default_factory=dict)


def simulate(
    scenario: Scenario | str | Path | dict[str, Any],
    *,
    replications: int | None = None,
    seed: int | str | None = None,
    engine: str = "auto",
    executor: Executor | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Result:
    """Simulate a scenario.

    Parameters
    ----------
    scenario : Scenario, path or dict
        What to simulate; a path or a dict is loaded first.
    replications : int, optional
        Independent horizons, at least 1. Default: the scenario's.
    seed : int or str, optional
        Names the world. Default: the scenario's.
    engine : str
        Engine, or ``auto``.
    executor : concurrent.futures.Executor, optional
        Runs the replications; None: see *jobs*.
    jobs : int
        Worker processes; 1 = none. More than one re-imports the calling script, which therefore needs the usual
        ``if __name__ == "__main__":``; :func:`useful_jobs` says how many are worth while.
    progress : callable, optional
        Called with (replications done, replications in all), in order, from this thread.

    Returns
    -------
    Result
        Equal, to the byte, for every *executor* and every number of *jobs*.

    Raises
    ------
    InputError
        For fewer than 1 replication or job.
    ScenarioError, UnknownName
        If the scenario is invalid or the engine is not known.
    SimkpiError
        If a worker process was killed.
    """
    if not isinstance(scenario, Scenario):
        from simkpi.scenario.files import load

        scenario = load(scenario)
    count = _at_least_one("replications", scenario.spec.run.replications if replications is None else replications)
    world = scenario.spec.run.seed if seed is None else seed
    workers = min(_at_least_one("jobs", jobs), count)
    engine = engine_for(scenario, expected_contacts(scenario) * count, engine)
    done = []
    with executor_of(executor, workers) as pool:
        for part in in_order(pool, scenario, seed=world, count=count, engine=engine, workers=workers):
            done.append(part)
            if progress is not None:
                progress(len(done), count)
    return Result(
        scenario,
        seed=world,
        replications=count,
        engine=done[0].engine,
        interactions=pl.concat([part.interactions for part in done]),
        agent_states=pl.concat([part.agent_states for part in done]),
        legs=pl.concat([part.legs for part in done]),
        companions=together(part.companions for part in done),
    )


def replicate(scenario: Scenario, seed: int | str, replication: int, engine: str) -> Replication:
    """Draw the demand of one replication, run it and return its tables (each with a column ``replication``)."""
    demand = draw(scenario, seed=seed, replication=replication)
    log = run(scenario, demand, engine=engine)
    tables = frames(scenario, demand, log, replication)
    return Replication(replication, log.engine, tables.interactions, tables.agent_states, tables.legs, tables.companions)


def in_order(
    pool: Executor | None, scenario: Scenario, *, seed: int | str, count: int, engine: str, workers: int
) -> Iterator[Replication]:
    """Yield the replications in order of their number, a few of them ahead of the one that is asked for."""
    if pool is None:
        yield from (replicate(scenario, seed, number, engine) for number in range(count))
        return
    waiting: dict[int, Future[Replication]] = {}
    try:
        for number in range(count):
            for ahead in range(number, min(count, number + AHEAD * max(2, workers))):
                if ahead not in waiting:
                    waiting[ahead] = pool.submit(replicate, scenario, seed, ahead, engine)
            yield waiting[number].result()
            waiting[number] = Future()  # lets go of its tables
    finally:
        for future in waiting.values():
            future.cancel()


@contextmanager
def executor_of(given: Executor | None, workers: int) -> Iterator[Executor | None]:
    """Return *given*, or worker processes if more than one is wanted; ended on leaving.

    Raises
    ------
    SimkpiError
        If one of the processes was killed.
    """
    if given is not None or workers == 1:
        yield given
        return
    # Not fork: polars holds threads, and a forked child of a threaded process may hang.
    try:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=begin_worker) as pool:
            yield pool
    except BrokenProcessPool:
        raise SimkpiError("a worker process was ended from outside (out of memory?); try fewer jobs (--jobs 1)") from None


def begin_worker() -> None:
    """Leave interrupts to the parent, and end with it: an orphan would wait for work for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def useful_jobs(scenario: Scenario, replications: int | None = None) -> int:
    """Worker processes that are worth their start for this scenario on this machine, at least 1."""
    replications = scenario.spec.run.replications if replications is None else replications
    if expected_contacts(scenario) * replications < WORTH_WORKERS:
        return 1
    return max(1, min(_cores(), replications))


def expected_contacts(scenario: Scenario) -> float:
    """Contacts that one replication is expected to bring, redials and returns not counted."""
    return sum(sum(map(sum, contact.volume.expected or ())) for contact in scenario.spec.contacts.values())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _at_least_one(name: str, given: int) -> int:
    if isinstance(given, bool) or int(given) != given or given < 1:
        raise InputError(f"{name} must be a whole number of at least 1, got {given}")
    return int(given)
