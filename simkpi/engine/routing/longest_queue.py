"""Longest queue: the contact type of which most wait."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_contact(waiting: int, queued_at: int) -> tuple[int, int]:
    """Rank by the number of contacts of the type that wait, most first, then by the moment of entering the queue."""
    return -waiting, queued_at


LONGEST_QUEUE = policy(
    "longest_queue", None, rank_contact, source="Cohen (1987), A two-queue, one-server model with priority for the longer queue"
)
