"""Most free slots: the agent who could take most contacts of this type at once, whatever share of his capacity that is."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_agent(free_slots: int, idle_since: int) -> tuple[int, int]:
    """Rank by the contacts of this type that the agent could take at once, most first, then by the longest at that number."""
    return -free_slots, idle_since


MOST_FREE_SLOTS = policy("most_free_slots", rank_agent, None, source="docs/model/routing.md", longest_idle_first=True)
