"""Most loaded agent: fills agents up one by one, so that the others stay entirely free."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_agent(load: int, idle_since: int) -> tuple[int, int]:
    """Rank by the share of the agent's capacity in use, fullest first, then by the moment since which it has been so."""
    return -load, idle_since


MOST_LOADED = policy(
    "most_loaded", rank_agent, None, source="Tezcan and Zhang (2014), chat assignment by load", longest_idle_first=True
)
