"""Least loaded agent: spreads simultaneous contacts evenly, the usual rule for chat."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_agent(load: int, idle_since: int) -> tuple[int, int]:
    """Rank by the share of the agent's capacity in use, then by the moment since which it has been so."""
    return load, idle_since


LEAST_LOADED = policy(
    "least_loaded", rank_agent, None, source="Tezcan and Zhang (2014), chat assignment by load", longest_idle_first=True
)
