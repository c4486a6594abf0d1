"""A progress bar on stderr for work that takes long: only on a terminal, and only once it is known to take long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Work that is done before this many seconds gets no bar: it would only flicker.
PATIENCE = 1.0


@contextmanager
def progress(label: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None] | None]:
    """Give a function to be called with (done, total), or None where no bar is wanted."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(label, total=None)
    begun = time.monotonic()

    def tell(done: int, total: int) -> None:
        if time.monotonic() - begun > PATIENCE:
            bar.start()  # does nothing once it runs
        bar.update(task, completed=done, total=total)

    try:
        yield tell
    finally:
        bar.stop()
