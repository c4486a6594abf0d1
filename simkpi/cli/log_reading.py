"""Reads a recorded log for the commands that plan from it, and says what has to be known about its rows and its clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simkpi.cli import option_sets, options

if TYPE_CHECKING:
    from simkpi.interactions.table import Log

#: Of commands that fit something to a log.
reading_options = option_sets.together(
    click.option(
        "--max-rejects",
        type=options.SHARE,
        metavar="SHARE",
        help="Stop if more rows than this are impossible.  [default: 1%, and always up to 10 rows]",
    ),
    click.option("--timezone", metavar="ZONE", help="Time zone of the centre, for moments with an offset: Europe/Paris."),
)


def read_wall_clock(
    path: str,
    source: str | None,
    mapping: str | None,
    *,
    max_rejects: float | None = None,
    timezone: str | None = None,
    quiet: bool = False,
) -> Log:
    """Read a log into memory, its moments as the clock on the centre's wall shows them, and print its notes on stderr."""
    from simkpi.interactions.files import read_log
    from simkpi.interactions.zones import as_wall_clock

    read = read_log(path, source, mapping=mapping, max_rejects=max_rejects, timezone=timezone)
    log = as_wall_clock(read).collect()
    _refuse_several_worlds(log, path)
    for line in () if quiet else (*log.notes, *(_offsets(path) if timezone is None and mapping is None else ())):
        options.note(f"note: {line}")
    return log


def _refuse_several_worlds(log: Log, path: str) -> None:
    """Refuse the log of several replications: they are the same days over again, and would be read as one crowded day."""
    from simkpi.errors import LogError, Problem

    columns = log.interactions.collect_schema().names()
    if "replication" not in columns:
        return
    count = log.interactions.lazy().collect()["replication"].n_unique()
    if count > 1:
        message = f"holds {count} replications of the same days; to plan from a simulated log run it once: --replications 1 --log"
        raise LogError(Problem(message, file=path))


def _offsets(path: str) -> Iterator[str]:
    """Say that hours are those of Greenwich if moments carry other offsets and nobody said which zone is meant."""
    from simkpi.interactions.inspect import offsets_of

    found = () if path == "-" or not Path(path).is_file() else offsets_of(path)
    if any(one not in {"Z", "+00:00"} for one in found):
        yield (
            f"moments carry offsets ({', '.join(found)}) and are read as UTC: hours of the day are not the centre's own, and"
            " summer time moves them; name its zone, e.g. --timezone Europe/Paris"
        )
