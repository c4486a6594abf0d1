"""KPIs of a recorded log, by the very definitions that score a simulation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import options
from simkpi.cli.score_views import Wanted, lines_of, tables_of, view_options

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
    views: Wanted


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
@click.option("--check", is_flag=True, help="With --targets or --benchmarks: exit with 4 unless every target is met.")
@click.option(
    "--max-rejects",
    type=options.SHARE,
    metavar="SHARE",
    help="Stop if more rows than this are impossible.  [default: 1%, and always up to 10 rows]",
)
@click.option("--encoding", metavar="NAME", help="Character encoding of a CSV file.  [default: utf-8]")
@click.option("--date-order", metavar="ORDER", help="How dates are written where that is not clear: dmy, mdy or ymd.")
@click.option("--timezone", metavar="ZONE", help="Time zone of the centre: hours, days and opening hours are its own.")
@click.option(
    "--hours", metavar="HOURS", help="Opening hours, for response times that count open time only: 'mon-fri 08:00-18:00'."
)
@click.option("--holidays", metavar="DATES", help="With --hours, days on which the centre is closed: 2026-12-25,2027-01-01.")
@view_options
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
    hours: str | None,
    holidays: str | None,
    agents: bool,
    trend: str | None,
    peaks: bool,
    distributions: tuple[str, ...],
    benchmarks: bool,
    **reading: str | None,
) -> None:
    """Score LOG, a recorded log of contacts: CSV, Parquet, XLSX or a folder of them.

    \b
    Examples:
      simkpi score contacts.csv
      simkpi score calls.csv --source anonymous-bank --by hour --threshold 30s
      simkpi score export.csv --map mapping.yaml --format json --out results
      simkpi score export.csv --targets targets.yaml --check
      simkpi score export.csv --trend week --agents

    Impossible rows (an end before its start) are set aside and counted; KPIs whose columns are missing are listed as unavailable.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.experiment.target_files import read_target_file
    from simkpi.interactions.files import read_log
    from simkpi.kpi.targets import misses

    options.check_interval(interval)
    selection = options.selected_kpis(kpis)
    if out is not None:
        options.writable_folder(out.parent if out.suffix.lower() == ".xlsx" else out)
    parameters: dict[str, Any] = {**dict(settings), **({} if threshold is None else {"threshold": threshold})}
    if hours is not None:
        parameters["hours"] = _opening_hours(hours, holidays, reading.get("timezone"))
    views = Wanted(agents, trend, peaks, _times(distributions), benchmarks)
    if format_ == "csv" and views and len(_names(views)) > 1:
        raise click.UsageError("--format csv shows one table: ask for one view at a time, or take --out DIR")
    asked = _Asked(log, selection, by, interval, parameters, lang or "en", quiet, views)
    _check_parameters(asked)
    if check and targets is None and not benchmarks:
        raise click.UsageError("--check judges targets: say which with --targets FILE, or take --benchmarks")
    goals = None if targets is None else read_target_file(targets)
    with options.bad_names_are_usage("--source"):
        read = read_log(log, source, mapping=mapping, max_rejects=max_rejects, **reading)
    table = _score(read, asked)
    with options.bad_names_are_usage("--by"):
        shown = _views(read, asked, table)
    files = [] if out is None else _write(read, asked, table, out, shown)
    judged = () if goals is None else _judge(read, asked, goals)
    _print(read, asked, table, judged, shown, format_=format_)
    _notes(read, asked, files, table)
    concerns = 0 if "benchmarks" not in shown else len(misses(shown["benchmarks"]))
    if check and (concerns or any(one.verdict != "met" for one in judged)):
        click.get_current_context().exit(4)


def _opening_hours(hours: str, holidays: str | None, timezone: str | None) -> Any:
    from simkpi.errors import InputError
    from simkpi.kpi.business_hours import read_opening_hours

    days = [] if holidays is None else [day.strip() for day in holidays.split(",")]
    try:
        return read_opening_hours(hours, timezone=timezone, holidays=days)
    except InputError as error:
        raise click.BadParameter("; ".join(str(problem) for problem in error.problems), param_hint="'--hours'") from None


def _times(names: tuple[str, ...]) -> tuple[str, ...]:
    from simkpi.kpi.measure import KPIS

    with options.bad_names_are_usage("--distribution"):
        return tuple(KPIS.name_of(name) for name in names)


def _names(views: Wanted) -> list[str]:
    flags = {"agents": views.agents, "trend": views.trend, "peaks": views.peaks, "benchmarks": views.benchmarks}
    return [*(name for name, on in flags.items() if on), *views.distributions]


def _views(read: Log, asked: _Asked, table: DataFrame) -> dict[str, DataFrame]:
    if not asked.views:
        return {}
    about: dict[str, Any] = {"by": asked.by, "interval": asked.interval, "parameters": asked.parameters}
    return tables_of(asked.views, read.tables(), table, kpis=asked.kpis, **about)


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


def _write(read: Log, asked: _Asked, table: DataFrame, out: Path, views: dict[str, DataFrame]) -> list[Path]:
    if out.suffix.lower() == ".xlsx":
        return [_write_workbook(read, table, out, views)]
    from simkpi.report.files import write_log_result, write_text
    from simkpi.report.tables import to_csv

    by_interval = _score(read, asked, by=("interval",))
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


def _print(
    read: Log, asked: _Asked, table: DataFrame, judged: tuple[Verdict, ...], views: dict[str, DataFrame], *, format_: str
) -> None:
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


def _notes(read: Log, asked: _Asked, files: list[Path], table: DataFrame) -> None:
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
