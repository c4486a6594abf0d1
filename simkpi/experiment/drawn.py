"""Draws that several batches of a sweep share: each replication is drawn once per process, not once per batch."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from simkpi.demand.rows import Demand

#: Contacts whose draws are kept for the scenarios that share them (about 100 bytes each).
KEPT_CONTACTS = 1_000_000


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    demand: Demand | None = None


class Drawn:
    """Latest draws by what decides them, kept while somebody is inside ``with drawn:``.

    Two threads that want the same one at a time draw it once.

    Parameters
    ----------
    most : int
        Contacts that are kept at most; the draw that was asked for last is kept in any case.
    """

    def __init__(self, most: int = KEPT_CONTACTS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._found: dict[tuple[str, int], _Entry] = {}
        self._inside = 0

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._found.clear()

    def get(self, key: tuple[str, int], draw: Callable[[], Demand]) -> Demand:
        """Return what is known under *key*, drawn now if nothing is."""
        with self._lock:
            entry = self._found.pop(key) if key in self._found else _Entry()
            self._found[key] = entry  # the latest is the last
        with entry.lock:
            if entry.demand is None:
                entry.demand = draw()
                self._make_room(key)
            return entry.demand

    def _make_room(self, latest: tuple[str, int]) -> None:
        with self._lock:
            sizes = {key: len(entry.demand) for key, entry in self._found.items() if entry.demand is not None}
            total = sum(sizes.values())
            for key, size in sizes.items():
                if total <= self._most:
                    return
                if key != latest:
                    del self._found[key]
                    total -= size


#: Those of this process.
DRAWN = Drawn()
