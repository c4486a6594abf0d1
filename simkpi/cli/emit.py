"""Results on stdout in the form that was asked for; everything said beside them goes to stderr elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from simkpi.experiment.verdicts import Verdict

#: Color of the lights on a terminal, by the word that stands there anyway; rich leaves it out when NO_COLOR is set.
_COLORS = {"green": "green", "vert": "green", "amber": "yellow", "orange": "yellow", "RED": "bold red", "ROUGE": "bold red"}

#: Color of a target's line, by its light (of a log) or its verdict (of a simulation); the words say the same.
_LIGHTS = {"green": "green", "amber": "yellow", "red": "red", "met": "green", "not sure": "yellow", "missed": "red"}


def emit_table(header: Sequence[str], lines: list[list[str]], *, left: Sequence[int] = (0,)) -> None:
    """Print a table: drawn with rules on a terminal, plain aligned text into a file or pipe."""
    if not sys.stdout.isatty():
        from simkpi.report.tables import aligned

        click.echo(aligned(header, lines, left=left))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for at, name in enumerate(header):
        table.add_column(Text(name), justify="left" if at in left else "right", no_wrap=at == 0)
    for line in lines:
        table.add_row(*[Text(cell, style=_COLORS.get(cell, "")) for cell in line])  # Text: names with [brackets] are no markup
    Console().print(table)


def emit_records(records: Sequence[Mapping[str, object]], format_: str) -> None:
    """Print records as CSV, with their keys as header, or as a JSON list; no records give an empty list or nothing."""
    if format_ == "json":
        import json

        click.echo(json.dumps(list(records), ensure_ascii=False, indent=2))
    elif records:
        import csv

        writer = csv.DictWriter(sys.stdout, fieldnames=list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)


def emit_targets(judged: Sequence[Verdict], *, lang: str = "en", figures: str = "simulated", days: int = 1) -> None:
    """Print the targets, each in the colour of its verdict (on a terminal, and unless NO_COLOR is set)."""
    from simkpi.report.sentences import target_lines

    lines = list(target_lines(judged, lang=lang, figures=figures, days=days))
    head = len(lines) - len(judged)
    for line in lines[:head]:
        click.echo(line)
    for one, line in zip(judged, lines[head:], strict=True):
        color = _LIGHTS.get(getattr(one, "light", "") or one.verdict)
        click.echo(click.style(line, fg=color) if color else line)
