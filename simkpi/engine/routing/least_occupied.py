"""Least occupied agent: the one with the lowest occupancy since he came on duty, so that work is shared fairly."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_agent(busy_time: int, duty_time: int, idle_since: int) -> tuple[int, int]:
    """Rank by busy time over time on duty (whole parts per million), then by the longest idle."""
    return busy_time * 1_000_000 // max(duty_time, 1), idle_since


LEAST_OCCUPIED = policy(
    "least_occupied", rank_agent, None, source="Avaya, Administering Call Center Features: LOA, least occupied agent"
)
