"""KPIs of a recorded log, by the very definitions that score a simulation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import options

if TYPE_CHECKING:
    from polars import DataFrame, LazyFrame

    from simkpi.experiment.target_files import Goals
    from simkpi.experiment.verdicts import Verdict
    from simkpi.interactions.table import Log

_READING = ("encoding", "date_order", "timezone", "decimal", "sheet")


class Assignment(click.ParamType):  # type: ignore[type-arg]
    """``name=value``."""

    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Split at the first equals sign."""
        if isinstance(value, tuple):
            return value
        name, equals, text = str(value).partition("=")
        if not equals or not name.strip() or not text.strip():
            self.fail(f"must be name=value, got '{value}'; write e.g. fcr_window=3d", param, ctx)
        return name.strip().replace("-", "_"), text.strip()


@dataclass(frozen=True)
class _Asked:
    """What the user asked for."""

    path: str
    kpis: str | tuple[str, ...] | None
    by: tuple[str, ...]
    interval: float
    parameters: dict[str, Any]
    lang: str
    quiet: bool


@click.command()
@click.argument("log", type=click.Path())
@click.option(
    "--source",
    metavar="NAME",
    help="Where the log comes from: anonymous-bank, zendesk, ...  [default: recognised by its columns]",
)
@click.option(
    "--map",
    "mapping",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Your own mapping of columns (see 'simkpi log inspect').",
)
@options.kpi_option
@options.by_option
@options.interval_option
@click.option(
    "--threshold", type=options.DURATION, metavar="DURATION", help="Acceptable waiting time of the service level.  [default: 20s]"
)
@click.option(
    "--set",
    "settings",
    type=Assignment(),
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other parameter of a KPI: fcr_window=3d.",
)
@click.option("--targets", metavar="FILE", help="Goals to judge: a scenario's, or a file with e.g. service_level: 80% in 20s.")
@click.option("--check", is_flag=True, help="With --targets: exit with 4 unless every target is met.")
@click.option(
    "--max-rejects", type=options.SHARE, metavar="SHARE", help="Stop if more rows than this are impossible.  [default: 1%]"
)
@click.option("--encoding", metavar="NAME", help="Character encoding of a CSV file.  [default: utf-8]")
@click.option("--date-order", metavar="ORDER", help="How dates are written where that is not clear: dmy, mdy or ymd.")
@click.option("--timezone", metavar="ZONE", help="Time zone of moments that state none: Europe/Paris.")
@click.option("--decimal", metavar="CHARACTER", help="Decimal sign: . or ,")
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook.")
@options.format_option
@options.out_option
@options.lang_option
@options.quiet_option
def command(
    log: str,
    *,
    source: str | None,
    mapping: str | None,
    kpis: tuple[str, ...],
    threshold: float | None,
    settings: tuple[tuple[str, str], ...],
    targets: str | None,
    check: bool,
    max_rejects: float | None,
    out: Path | None,
    format_: str,
    by: tuple[str, ...],
    interval: float,
    lang: str | None,
    quiet: bool,
    **reading: str | None,
) -> None:
    """Score LOG, a recorded log of contacts: CSV, Parquet, XLSX or a folder of them.

    \b
    Examples:
      simkpi score contacts.csv
      simkpi score calls.csv --source anonymous-bank --by hour --threshold 30s
      simkpi score export.csv --map mapping.yaml --format json --out results
      simkpi score export.csv --targets targets.yaml --check

    Impossible rows (an end before its start) are set aside and counted; KPIs whose columns are missing are listed as unavailable.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.experiment.target_files import read_target_file
    from simkpi.interactions.files import read_log

    options.check_interval(interval)
    selection = options.selected_kpis(kpis)
    if out is not None:
        options.writable_folder(out)
    parameters: dict[str, Any] = {**dict(settings), **({} if threshold is None else {"threshold": threshold})}
    asked = _Asked(log, selection, by, interval, parameters, lang or "en", quiet)
    _check_parameters(asked)
    if check and targets is None:
        raise click.UsageError("--check judges targets: say which with --targets FILE")
    goals = None if targets is None else read_target_file(targets)
    with options.bad_names_are_usage("--source"):
        read = read_log(log, source, mapping=mapping, max_rejects=max_rejects, **reading)
    table = _score(read, asked)
    files = [] if out is None else _write(read, asked, table, out)
    judged = () if goals is None else _judge(read, asked, goals)
    _print(read, asked, table, judged, format_)
    _notes(read, asked, files)
    if check and any(one.verdict != "met" for one in judged):
        click.get_current_context().exit(4)


def _check_parameters(asked: _Asked) -> None:
    """Refuse an unknown parameter, or a bad value, before the log is read."""
    from simkpi.errors import InputError
    from simkpi.kpi.score import requests

    try:
        requests("all" if asked.kpis is None else asked.kpis, asked.parameters)
    except InputError as error:
        raise click.BadParameter("; ".join(str(problem) for problem in error.problems), param_hint="'--set'") from None


def _score(read: Log, asked: _Asked, *, by: tuple[str, ...] | None = None) -> DataFrame:
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


def _judge(read: Log, asked: _Asked, goals: Goals) -> tuple[Verdict, ...]:
    from simkpi.experiment.target_files import judge_log
    from simkpi.kpi.measure import KPIS
    from simkpi.kpi.score import score

    frames: dict[str, Any] = {**read.tables()}
    interactions = frames.pop("interactions").lazy()

    def one(chosen: LazyFrame, kpi: str, stated: dict[str, Any]) -> dict[str, Any]:
        known = {name: value for name, value in asked.parameters.items() if name in KPIS.get(kpi).parameters}
        return score(chosen, **frames, kpis=[kpi], interval=asked.interval, **{**known, **stated}).row(0, named=True)

    return judge_log(goals, interactions, one)


def _write(read: Log, asked: _Asked, table: DataFrame, out: Path) -> list[Path]:
    from simkpi.report.files import write_log_result

    by_interval = _score(read, asked, by=("interval",))
    return write_log_result(
        read,
        out,
        path=Path(asked.path),
        table=table,
        by_interval=by_interval,
        interval=asked.interval,
        parameters=asked.parameters,
    )


def _print(read: Log, asked: _Asked, table: DataFrame, judged: tuple[Verdict, ...], format_: str) -> None:
    from simkpi.report import tables

    if format_ == "csv":
        click.echo(tables.to_csv(table), nl=False)
        return
    rejected = 0 if read.rejects is None else len(read.rejects)
    if format_ == "json":
        stated = {"log": Path(asked.path).name, "source": read.source, "rejected": rejected, "notes": list(read.notes)}
        goals = [asdict(one) for one in judged]
        click.echo(tables.to_json({**stated, "kpis": tables.to_records(table), "targets": goals}))
        return
    from simkpi.cli.emit import emit_table

    layout = tables.kpi_lines(table, by=asked.by, lang=asked.lang)
    click.echo(f"{Path(asked.path).name}: source {read.source}\n")
    emit_table(layout.header, layout.lines, left=layout.left)
    for line in (layout.note, *tables.unavailable_lines(table, lang=asked.lang)):
        if line:
            click.echo(line)
    if judged:
        from simkpi.report.sentences import target_lines
        from simkpi.report.words import say

        click.echo(f"\n{say('Targets', asked.lang)}")
        click.echo("\n".join(target_lines(judged, lang=asked.lang, figures="recorded")))


def _notes(read: Log, asked: _Asked, files: list[Path]) -> None:
    for note in read.notes:
        options.note(f"note: {note}", quiet=asked.quiet)
    if read.rejects is not None and len(read.rejects):
        kept = next((path for path in files if path.name == "rejects.csv"), None)
        where = f"see {kept}" if kept else "--out DIR keeps them in rejects.csv"
        options.note(f"note: {len(read.rejects):,} rows set aside as impossible; {where}")
    if files:
        options.note(f"\nwrote {', '.join(path.name for path in files)} in {files[0].parent}", quiet=asked.quiet)
    step = "--by hour --out results" if not files else "--by weekday,hour"
    options.note(f"\nnext: simkpi score {options.quoted(asked.path)} {step}", quiet=asked.quiet)
