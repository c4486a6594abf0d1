"""Priority, then wait: the usual rule for a freed agent."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_contact(priority: int, queued_at: int) -> tuple[int, int]:
    """Rank by priority, highest first, then by the moment at which the contact entered the queue."""
    return -priority, queued_at


PRIORITY = policy(
    "priority", None, rank_contact, source="docs/model.md, A freed agent; Cobham (1954), head-of-the-line priorities"
)
