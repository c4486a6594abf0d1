"""Wait ratio: whoever has waited longest against the target wait of the type."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy


def rank_contact(queued_at: int, target_wait: int, now: int) -> tuple[int, int]:
    """Rank by wait over target wait (whole parts per million), highest first, then by the longest wait."""
    return -((now - queued_at) * 1_000_000 // target_wait), queued_at


WAIT_RATIO = policy(
    "wait_ratio", None, rank_contact, source="Gurvich and Whitt (2009), waiting-time ratios; CCmath glossary, service objective"
)
