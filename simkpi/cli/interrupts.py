"""Ctrl-C during long work: once finishes what runs and keeps it, twice ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from simkpi.cli import options


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether to stop; a second Ctrl-C (or SIGTERM) raises KeyboardInterrupt."""
    asked: list[int] = []

    def ask(number: int, _: FrameType | None) -> None:
        asked.append(number)
        if len(asked) > 1:
            raise KeyboardInterrupt
        options.note("\nstopping: finishing the cells that run (Ctrl-C again: stop at once)")

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
