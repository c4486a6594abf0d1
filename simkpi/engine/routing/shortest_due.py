"""Shortest due time: whoever is nearest to, or furthest beyond, the wait that was promised."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_contact(due_at: int, queued_at: int) -> tuple[int, int]:
    """Rank by the moment until which the contact should be answered, then by the moment at which it entered the queue."""
    return due_at, queued_at


SHORTEST_DUE = policy(
    "shortest_due",
    None,
    rank_contact,
    source="Jackson (1955), Scheduling a production line to minimize maximum tardiness: earliest due date",
    aliases=("shortest_due_time",),
)
