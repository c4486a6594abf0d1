"""Fewest free slots: the agent who is nearly full, so that the others keep room for contacts that need more of it."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_agent(free_slots: int, idle_since: int) -> tuple[int, int]:
    """Rank by the contacts of this type that the agent could take at once, fewest first, then by the longest at that number."""
    return free_slots, idle_since


FEWEST_FREE_SLOTS = policy("fewest_free_slots", rank_agent, None, source="docs/model/routing.md", longest_idle_first=True)
