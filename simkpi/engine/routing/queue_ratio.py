"""Queue ratio: the contact type whose queue is longest against the share of the queue that it should have."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_contact(waiting: int, queue_weight: int, queued_at: int) -> tuple[int, int]:
    """Rank by waiting contacts over the weight of their type (in whole thousandths), most first, then by the longest wait."""
    return -(waiting * 1_000_000_000 // queue_weight), queued_at


QUEUE_RATIO = policy(
    "queue_ratio",
    None,
    rank_contact,
    source="Gurvich and Whitt (2009), Queue-and-idleness-ratio controls in many-server service systems; here as a quotient",
)
