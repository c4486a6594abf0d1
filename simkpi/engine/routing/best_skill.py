"""Best skill: the highest level, then the fastest; a freed agent takes what he does best."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_agent(level: int, skill: int, idle_since: int) -> tuple[int, int, int]:
    """Rank by level, highest first, then by speed, fastest first, then by the longest idle."""
    return -level, -skill, idle_since


def rank_contact(level: int, skill: int, queued_at: int) -> tuple[int, int, int]:
    """Rank by the agent's level with the contact, highest first, then by his speed with it, then by the longest wait."""
    return -level, -skill, queued_at


BEST_SKILL = policy(
    "best_skill",
    rank_agent,
    rank_contact,
    source="Avaya, Administering Call Center Features: EAD, expert agent distribution; call handling preference by skill level",
    longest_idle_first=True,
)
