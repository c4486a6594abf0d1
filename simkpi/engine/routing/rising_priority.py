"""Priority that rises with the wait: the urgent ones first, but nobody waits for ever behind them."""

from __future__ import annotations

from simkpi.engine.routing.policy import policy

MINUTE = 60_000


def rank_contact(priority: int, rise: int, queued_at: int, now: int) -> tuple[int, int]:
    """Rank by points, most first: the priority, and ``rise`` thousandths of a point more per minute of waiting.

    Counted in units of a thousandth of a point times a millisecond of a minute, so that the sum is exact.
    """
    return -(priority * 1000 * MINUTE + rise * (now - queued_at)), queued_at


RISING_PRIORITY = policy(
    "rising_priority", None, rank_contact, source="Kleinrock (1964), A delay dependent queue discipline; with points at the start"
)
