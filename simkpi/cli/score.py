"""KPIs of a recorded log, by the very definitions that score a simulation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options
from simkpi.cli.score_output import Asked, print_log, say_notes, score_log, write_files
from simkpi.cli.score_views import Wanted, tables_of, view_options

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


@click.command()
@click.argument("log", type=click.Path())
@option_sets.log_options
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
    asked = Asked(log, selection, by, interval, parameters, lang or "en", quiet, views)
    _check_parameters(asked)
    if check and targets is None and not benchmarks:
        raise click.UsageError("--check judges targets: say which with --targets FILE, or take --benchmarks")
    goals = None if targets is None else read_target_file(targets)
    with options.bad_names_are_usage("--source"):
        read = read_log(log, source, mapping=mapping, max_rejects=max_rejects, **reading)
    table = score_log(read, asked)
    with options.bad_names_are_usage("--by"):
        shown = _views(read, asked, table)
    files = [] if out is None else write_files(read, asked, table, out, shown)
    judged = () if goals is None else _judge(read, asked, goals)
    print_log(read, asked, table, judged, shown, format_=format_)
    say_notes(read, asked, files, table)
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


def _views(read: Log, asked: Asked, table: DataFrame) -> dict[str, DataFrame]:
    if not asked.views:
        return {}
    about: dict[str, Any] = {"by": asked.by, "interval": asked.interval, "parameters": asked.parameters}
    return tables_of(asked.views, read.tables(), table, kpis=asked.kpis, **about)


def _check_parameters(asked: Asked) -> None:
    """Refuse an unknown parameter, or a bad value, before the log is read."""
    from simkpi.errors import InputError
    from simkpi.kpi.score import requests

    try:
        requests("all" if asked.kpis is None else asked.kpis, asked.parameters)
    except InputError as error:
        raise click.BadParameter("; ".join(str(problem) for problem in error.problems), param_hint="'--set'") from None


def _judge(read: Log, asked: Asked, goals: Goals) -> tuple[Verdict, ...]:
    from simkpi.experiment.target_files import judge_log
    from simkpi.kpi.measure import KPIS
    from simkpi.kpi.score import score

    frames: dict[str, Any] = {**read.tables()}
    interactions = frames.pop("interactions").lazy()

    def one(chosen: LazyFrame, kpi: str, stated: dict[str, Any]) -> dict[str, Any]:
        known = {name: value for name, value in asked.parameters.items() if name in KPIS.get(kpi).parameters}
        return score(chosen, **frames, kpis=[kpi], interval=asked.interval, **{**known, **stated}).row(0, named=True)

    return judge_log(goals, interactions, one)
