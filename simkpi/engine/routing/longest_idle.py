"""Longest idle agent: the agent whose number of open contacts changed longest ago, whatever the load."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_agent(idle_since: int) -> int:
    """Rank by the moment since which the agent has been idle (or has had as many contacts open)."""
    return idle_since


def rank_contact(queued_at: int) -> int:
    """Rank by the moment at which the contact entered the queue: longest waiting first, whatever its priority."""
    return queued_at


LONGEST_IDLE = policy(
    "longest_idle",
    rank_agent,
    rank_contact,
    source="CCmath glossary, LIA (longest idle agent) and LWC (longest waiting call)",
    longest_idle_first=True,
    aliases=("longest_waiting",),
)
