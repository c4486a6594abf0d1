"""What ``simkpi score`` leaves behind: a log's figures on the screen, in files, and the notes beside them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import options
from simkpi.cli.score_views import Wanted, lines_of

if TYPE_CHECKING:
    from polars import DataFrame

    from simkpi.experiment.verdicts import Verdict
    from simkpi.interactions.table import Log


@dataclass(frozen=True)
class Asked:
    """What the user asked for."""

    path: str
    kpis: str | tuple[str, ...] | None
    by: tuple[str, ...]
    interval: float
    parameters: dict[str, Any]
    lang: str
    quiet: bool
    views: Wanted


def score_log(read: Log, asked: Asked, *, by: tuple[str, ...] | None = None) -> DataFrame:
    """Score the log as asked; *by* replaces the breakdown that was asked for."""
    from simkpi.kpi.score import score

    frames: dict[str, Any] = {**read.tables()}
    with options.bad_names_are_usage("--by"):
        return score(
            frames.pop("interactions"),
            **frames,
            kpis=asked.kpis,
            by=asked.by if by is None else by,
            interval=asked.interval,
            **asked.parameters,
        )


def write_files(read: Log, asked: Asked, table: DataFrame, out: Path, views: dict[str, DataFrame]) -> list[Path]:
    """Write the figures into the folder or the workbook *out*; return the files."""
    if out.suffix.lower() == ".xlsx":
        return [_write_workbook(read, table, out, views)]
    from simkpi.report.files import write_log_result, write_text
    from simkpi.report.tables import to_csv

    by_interval = score_log(read, asked, by=("interval",))
    beside = [write_text(to_csv(frame), out / f"{name}.csv") for name, frame in views.items()]
    return beside + write_log_result(
        read,
        out,
        path=Path(asked.path),
        table=table,
        by_interval=by_interval,
        interval=asked.interval,
        parameters=asked.parameters,
    )


def _write_workbook(read: Log, table: DataFrame, out: Path, views: dict[str, DataFrame]) -> Path:
    """Write one sheet a table: the KPIs, the views, the rejected rows."""
    from simkpi.interactions.xlsx import write_xlsx
    from simkpi.interactions.zones import without_zone

    rejects = {} if read.rejects is None or read.rejects.is_empty() else {"rejects": read.rejects}
    sheets = {"kpis": table, **views, **rejects}
    about = {"source": read.source, **read.metadata, **{f"note {at}": note for at, note in enumerate(read.notes, start=1)}}
    write_xlsx(out, {name: without_zone(frame.lazy()).collect() for name, frame in sheets.items()}, about=about)
    return out


def print_log(
    read: Log, asked: Asked, table: DataFrame, judged: tuple[Verdict, ...], views: dict[str, DataFrame], *, format_: str
) -> None:
    """Print the figures, the views and the judged targets in the form asked for."""
    from simkpi.report import tables

    if format_ == "csv":
        click.echo(tables.to_csv(next(iter(views.values()), table)), nl=False)
        return
    rejected = 0 if read.rejects is None else len(read.rejects)
    if format_ == "json":
        stated = {"log": Path(asked.path).name, "source": read.source, "rejected": rejected, "notes": list(read.notes)}
        goals = [asdict(one) for one in judged]
        more = {name: tables.to_records(frame) for name, frame in views.items()}
        click.echo(tables.to_json({**stated, "kpis": tables.to_records(table), "targets": goals, **more}))
        return
    from simkpi.cli.emit import emit_table

    layout = tables.kpi_lines(table, by=asked.by, lang=asked.lang)
    click.echo(f"{Path(asked.path).name}: source {read.source}\n")
    emit_table(layout.header, layout.lines, left=layout.left)
    for line in (layout.note, *tables.unavailable_lines(table, lang=asked.lang)):
        if line:
            click.echo(line)
    for name, frame in views.items():
        heading, header, lines, left = lines_of(name, frame, by=asked.by, lang=asked.lang)
        click.echo(f"\n{heading}")
        emit_table(header, lines, left=left)
    if judged:
        from simkpi.cli.emit import emit_targets
        from simkpi.report.words import say

        click.echo(f"\n{say('Targets', asked.lang)}")
        emit_targets(judged, lang=asked.lang, figures="recorded")


def say_notes(read: Log, asked: Asked, files: list[Path], table: DataFrame) -> None:
    """Say on stderr what the reading of the log came upon, and what to type next."""
    from simkpi.report.log_notes import log_notes
    from simkpi.report.words import say

    for note in (*read.notes, *log_notes(read, table, by=asked.by, lang=asked.lang)):
        options.note(f"note: {note}", quiet=asked.quiet)
    if read.rejects is not None and len(read.rejects):
        kept = next((path for path in files if path.name == "rejects.csv"), None)
        keeps = say("--out DIR keeps them in rejects.csv", asked.lang)
        where = say("see {file}", asked.lang, file=kept) if kept else keeps
        options.note(f"note: {say('{n} rows set aside as impossible; {where}', asked.lang, n=len(read.rejects), where=where)}")
    if files:
        options.note(f"\nwrote {', '.join(path.name for path in files)} in {files[0].parent}", quiet=asked.quiet)
    step = "--by hour --out results" if not files else "--by weekday,hour"
    options.note(f"\nnext: simkpi score {options.quoted(asked.path)} {step}", quiet=asked.quiet)
