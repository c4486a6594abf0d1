"""Every model whose answers are known, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from simkpi.planning.verification.case import Case, Outcome
from simkpi.planning.verification.stationary import (
    balking_cases,
    benchmark_cases,
    bot_cases,
    chat_cases,
    erlang_cases,
    general_service_cases,
    priority_cases,
    redial_cases,
    reserve_cases,
    skills_cases,
)
from simkpi.planning.verification.terminating import published_cases, time_varying_cases

STATIONARY = (
    erlang_cases,
    benchmark_cases,
    general_service_cases,
    priority_cases,
    skills_cases,
    bot_cases,
    redial_cases,
    balking_cases,
    reserve_cases,
    chat_cases,
)


def cases() -> list[Case]:
    """Every model."""
    return [case for make in (*STATIONARY, time_varying_cases, published_cases) for case in make()]


#: Replications of each model: of the few quick ones, of all, and at least as many of all.
QUICK, USUAL, FULL = 30, 30, 100


def verify(
    how: str = "usual", *, engine: str = "reference", progress: Callable[[int, int], None] | None = None
) -> Iterator[Outcome]:
    """Simulate the models and compare with what is known.

    Parameters
    ----------
    how : str
        ``quick`` = a few models, ``usual`` = all, ``full`` = all with at least 100 replications each.
    engine : str
        Name of the engine.
    progress : callable, optional
        Called with models done and in all.

    Yields
    ------
    Outcome
        One for each measure, model after model.
    """
    chosen = [case for case in cases() if case.quick or how != "quick"]
    for done, case in enumerate(chosen):
        if progress is not None:
            progress(done, len(chosen))
        least = {"quick": QUICK, "usual": USUAL}.get(how)
        yield from case.run(least or max(FULL, case.replications), engine=engine)
