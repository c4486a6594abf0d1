"""Every model whose answers are known, in the order of the report."""

from __future__ import annotations

from tests.oracles.oracle_case import Case
from tests.oracles.oracle_stationary import (
    balking_cases,
    benchmark_cases,
    bot_cases,
    chat_cases,
    erlang_cases,
    general_service_cases,
    priority_cases,
    redial_cases,
    skills_cases,
)
from tests.oracles.oracle_terminating import published_cases, time_varying_cases

STATIONARY = (
    erlang_cases,
    benchmark_cases,
    general_service_cases,
    priority_cases,
    skills_cases,
    bot_cases,
    redial_cases,
    balking_cases,
    chat_cases,
)


def cases() -> list[Case]:
    """Every model."""
    return [case for make in (*STATIONARY, time_varying_cases, published_cases) for case in make()]
