"""Queues from which agents do not take the oldest first: the newest, or the easiest (cherry-picking)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from simkpi.scenario.deferred import NEWEST, OLDEST


class Picked:
    """The waiting contacts of such contact types, in the order in which they are taken.

    Parameters
    ----------
    pick : sequence of int
        By contact type: ``OLDEST``, ``NEWEST`` or ``EASIEST`` (simkpi.scenario.deferred).
    content : callable
        Work content of a contact, ticks.
    """

    def __init__(self, pick: Sequence[int], content: Callable[[int], int]) -> None:
        self._pick = pick
        self._content = content
        #: Heaps of (key, turn of entry, contact); those who left are skipped when they surface.
        self._heaps: list[list[tuple[int, int, int]]] = [[] for _ in pick]
        self._entered = [0 for _ in pick]

    def is_for(self, contact_type: int) -> bool:
        """Whether contacts of the type are not taken by age."""
        return self._pick[contact_type] != OLDEST

    def enter(self, contact: int, contact_type: int) -> None:
        """Put *contact* into the queue."""
        turn = self._entered[contact_type]
        key = -turn if self._pick[contact_type] == NEWEST else self._content(contact)
        heappush(self._heaps[contact_type], (key, turn, contact))
        self._entered[contact_type] += 1

    def first(self, contact_type: int, waits: Callable[[int], bool]) -> int:
        """Return the contact of the type whose turn it is (at least one waits)."""
        heap = self._heaps[contact_type]
        while not waits(heap[0][2]):
            heappop(heap)
        return heap[0][2]
