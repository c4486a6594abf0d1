"""Simulate a scenario file: KPIs with intervals, targets, the formula beside them, and files on request."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import options
from simkpi.errors import InputError

if TYPE_CHECKING:
    from polars import DataFrame

    from simkpi.experiment.result import Result
    from simkpi.experiment.sequential import Precision
    from simkpi.planning.control_variate import ControlledQueue
    from simkpi.planning.crosscheck import Crosscheck
    from simkpi.scenario.resolve import Scenario


class _Goal(click.ParamType):  # type: ignore[type-arg]
    """A KPI and the half-width that its interval shall have."""

    name = "goal"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Cut at the equals sign."""
        if isinstance(value, tuple):
            return value
        name, equals, half = str(value).partition("=")
        if not (name.strip() and equals and half.strip()):
            self.fail(f"must be KPI=HALF-WIDTH such as service_level=1%, got '{value}'", param, ctx)
        return name.strip(), half.strip()


GOAL = _Goal()


@click.command()
@click.argument("scenario", type=click.Path())
@click.option(
    "-n",
    "--replications",
    type=click.IntRange(1, 1_000_000),
    metavar="N",
    help="Independent days or weeks.  [default: the scenario's]",
)
@click.option(
    "--precision",
    type=GOAL,
    multiple=True,
    metavar="KPI=HALF",
    help="Replicate until the KPI's 95% interval is this narrow (service_level=1%, asa=2s); may be repeated.",
)
@click.option(
    "--max-replications",
    type=click.IntRange(10, 1_000_000),
    default=1000,
    show_default=True,
    metavar="N",
    help="With --precision: stop there at the latest.",
)
@options.seed_option
@options.by_option
@options.kpi_option
@options.interval_option
@options.format_option
@options.out_option
@click.option(
    "--xlsx",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the results as a workbook with charts.",
)
@click.option("--log", is_flag=True, help="With --out: also write the contacts, agent states and legs as Parquet.")
@click.option(
    "--engine",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="Engine that simulates: auto, compiled, or reference (SimPy); all give the same.",
)
@click.option("--jobs", type=click.IntRange(1, 1024), metavar="N", help="Worker processes.  [default: as many as pay off]")
@click.option(
    "--inputs",
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="Draws of fitted inputs (CSV of fields, or a folder of scenarios): also shows how sure the inputs are.",
)
@click.option(
    "--control-variate",
    "control",
    is_flag=True,
    help="Also correct service level, abandon rate and ASA by the volume and work drawn (stationary formula as control variate).",
)
@click.option("--check", is_flag=True, help="Exit with 4 unless every target of the scenario is met.")
@options.lang_option
@options.quiet_option
def command(scenario: str, *, out: Path | None, xlsx: Path | None, log: bool, check: bool, quiet: bool, **given: Any) -> None:
    """Simulate SCENARIO and print its KPIs with 95% intervals.

    \b
    Examples:
      simkpi run scenario.yaml
      simkpi run scenario.yaml --by channel --replications 50 --seed 7
      simkpi run scenario.yaml --by interval --format csv --out results --log
      simkpi run scenario.yaml --precision service_level=1% --precision asa=2s
      simkpi run plan.xlsx --xlsx results.xlsx
      simkpi run scenario.yaml --replications 30 --control-variate

    SCENARIO is a YAML file, a workbook (simkpi template), a shipped scenario's name, or - for stdin. The table goes to stdout,
    notes and progress to stderr.
    """  # noqa: D301 - click wants the character \b itself
    if log and out is None:
        raise click.UsageError("--log writes files: say where with --out DIR")
    if given["precision"] and given["replications"]:
        raise click.UsageError("--precision decides how many replications there are: leave out --replications")
    from simkpi.cli.scenario_input import load_input

    loaded = load_input(scenario)
    for warning in loaded.warnings:
        options.note(f"warning: {warning}", quiet=quiet)
    if out is not None:
        options.writable_folder(out)
    if xlsx is not None:
        _check_workbook(xlsx, scenario)
    show(loaded, scenario, out=out, xlsx=xlsx, log=log, check=check, quiet=quiet, **given)


def _check_workbook(xlsx: Path, scenario: str) -> None:
    """Refuse a name that can not be written, before any long work; and the plan's own."""
    if xlsx.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"must end in .xlsx, got '{xlsx}'", param_hint="'--xlsx'")
    if xlsx.resolve() == Path(scenario).resolve():
        raise click.BadParameter(f"'{xlsx}' is the plan itself; write the results to another file", param_hint="'--xlsx'")
    options.writable_folder(xlsx.parent)


def show(
    loaded: Scenario,
    scenario: str,
    *,
    out: Path | None,
    log: bool,
    check: bool,
    quiet: bool,
    xlsx: Path | None = None,
    by: tuple[str, ...],
    kpis: tuple[str, ...],
    interval: float,
    format_: str,
    replications: int | None,
    precision: tuple[tuple[str, str], ...] = (),
    max_replications: int = 1000,
    inputs: Path | None = None,
    control: bool = False,
    seed: int | str | None,
    engine: str,
    jobs: int | None,
    lang: str | None,
) -> None:
    """Simulate, write the files, print the table and say what to type next."""
    from simkpi.cli.progress import progress
    from simkpi.engine.run import ENGINES
    from simkpi.experiment.replicate import simulate, useful_jobs
    from simkpi.experiment.verdicts import MET, check_targets, verdicts

    check_targets(loaded)
    draws = _draws(loaded, inputs)
    selection = options.selected_kpis(kpis)
    options.check_interval(interval)
    if engine != "auto":
        with options.bad_names_are_usage("--engine"):
            ENGINES.get(engine)
    _say_if_compiling(loaded, replications, engine, quiet=quiet)
    reached: Precision | None = None
    with progress("simulating", quiet=quiet) as tell:
        workers = useful_jobs(loaded, replications) if jobs is None else jobs
        if precision:
            result, reached = _until(loaded, precision, max_replications, seed=seed, engine=engine, jobs=workers, progress=tell)
        else:
            result = simulate(loaded, replications=replications, seed=seed, engine=engine, jobs=workers, progress=tell)
    with options.bad_names_are_usage("--by"):
        table = result.kpis(selection, by=by, interval=interval)
    lang = lang or loaded.spec.locale
    files = _write(result, out, table, selection, by=by, interval=interval, log=log, lang=lang)
    if xlsx is not None:
        _write_xlsx(result, xlsx, table, selection, by=by, interval=interval, lang=lang)
        options.note(f"wrote {xlsx}", quiet=quiet)
    judged = verdicts(result)
    sure = _input_uncertainty(result, draws, selection, engine=result.engine, jobs=workers, quiet=quiet)
    if sure is not None and out is not None:
        files.insert(-1, _write_table(sure, out / "inputs.csv"))
    corrected = _corrected(result, out, files) if control else None
    print_result(
        result, table, judged=judged, by=by, format_=format_, lang=lang, precision=reached, inputs=sure, corrected=corrected
    )
    if reached is not None and not reached.reached:
        options.note(f"precision not reached in {reached.replications} replications; see --max-replications", quiet=quiet)
    _next(result, scenario, files, quiet=quiet)
    if check and any(one.verdict != MET for one in judged):
        click.get_current_context().exit(4)


def _draws(loaded: Scenario, inputs: Path | None) -> list[Scenario]:
    if inputs is None:
        return []
    from simkpi.experiment.inputs import read_draws

    return read_draws(loaded, inputs)


def _input_uncertainty(
    result: Result, draws: list[Scenario], selection: str | tuple[str, ...] | None, *, engine: str, jobs: int, quiet: bool
) -> DataFrame | None:
    """Simulate every draw of the inputs as often as the scenario itself."""
    if not draws:
        return None
    from simkpi.cli.progress import progress
    from simkpi.experiment.inputs import input_uncertainty

    with progress("draws of the inputs", quiet=quiet) as tell:
        return input_uncertainty(
            result.scenario,
            draws,
            kpis=selection,
            replications=result.replications,
            seed=result.seed,
            engine=engine,
            jobs=jobs,
            progress=tell,
        )


def _corrected(result: Result, out: Path | None, files: list[Path]) -> tuple[ControlledQueue, ...]:
    from simkpi.planning.control_variate import control_variates
    from simkpi.report.control_table import control_table

    found = control_variates(result)
    if out is not None:
        files.insert(-1, _write_table(control_table(found), out / "control_variate.csv"))
    return found


def _write_table(table: DataFrame, path: Path) -> Path:
    from simkpi.report.files import write_text
    from simkpi.report.tables import to_csv

    return write_text(to_csv(table), path)


def _say_if_compiling(loaded: Scenario, replications: int | None, engine: str, *, quiet: bool) -> None:
    """Say why nothing seems to happen for some seconds, the first time ever."""
    from simkpi.engine.run import engine_for, needs_compiling
    from simkpi.experiment.replicate import expected_contacts

    contacts = expected_contacts(loaded) * (replications or loaded.spec.run.replications)
    if engine_for(loaded, contacts, engine) == "compiled" and needs_compiling():
        options.note("compiling the engine once (about 5 s; 'simkpi warm-up' does it ahead)", quiet=quiet)


def _until(loaded: Scenario, precision: tuple[tuple[str, str], ...], most: int, **given: Any) -> tuple[Result, Precision]:
    from simkpi.experiment.sequential import read_goals, simulate_until

    goals = dict(precision)
    with options.bad_names_are_usage("--precision"):
        try:
            read_goals(goals)
        except InputError as error:
            raise click.BadParameter("; ".join(map(str, error.problems)), param_hint="'--precision'") from None
    return simulate_until(loaded, goals, max_replications=most, **given)


def _write(
    result: Result,
    out: Path | None,
    table: DataFrame,
    selection: str | tuple[str, ...] | None,
    *,
    by: tuple[str, ...],
    **given: Any,
) -> list[Path]:
    if out is None:
        return []
    from simkpi.report.files import write_result

    totals = result.kpis(selection, interval=given["interval"]) if by else table
    return write_result(result, out, table=totals, broken_down={by: table} if by else {}, **given)


def _write_xlsx(
    result: Result, path: Path, table: DataFrame, selection: str | tuple[str, ...] | None, *, by: tuple[str, ...], **given: Any
) -> None:
    from simkpi.report.workbook import write_workbook

    write_workbook(result, path, table=result.kpis(selection, interval=given["interval"]) if by else table, **given)


def print_result(
    result: Result,
    table: DataFrame,
    *,
    judged: Any,
    by: tuple[str, ...] = (),
    format_: str = "table",
    lang: str = "en",
    precision: Precision | None = None,
    inputs: DataFrame | None = None,
    corrected: tuple[ControlledQueue, ...] | None = None,
) -> None:
    """Print KPI table, precision, targets and cross-check in the form asked for."""
    from simkpi.experiment.verdicts import all_met
    from simkpi.planning.crosscheck import crosscheck
    from simkpi.report import tables
    from simkpi.report.sentences import all_met_line, crosscheck_lines, precision_lines, run_title
    from simkpi.report.words import say

    if format_ == "csv":
        click.echo(tables.to_csv(table), nl=False)
        return
    checked = crosscheck(result)
    if format_ == "json":
        stated = _object(result, table, judged, checked)
        if inputs is not None:
            stated["inputs"] = tables.to_records(inputs)
        if corrected is not None:
            from simkpi.report.control_table import control_table

            stated["control_variate"] = tables.to_records(control_table(corrected))
        click.echo(tables.to_json(stated if precision is None else {**stated, "precision": asdict(precision)}))
        return
    from simkpi.cli.emit import emit_table, emit_targets

    layout = tables.kpi_lines(table, by=by, lang=lang)
    click.echo(f"{run_title(result, lang=lang)}\n")
    emit_table(layout.header, layout.lines, left=layout.left)
    if layout.note:
        click.echo(layout.note)
    for line in tables.unavailable_lines(table, lang=lang) if "status" in table.columns else []:
        click.echo(line)
    if precision is not None:
        click.echo("\n" + "\n".join(precision_lines(precision, lang=lang)))
    if judged:
        click.echo(f"\n{say('Targets', lang)}")
        days = result.scenario.spec.calendar.days
        emit_targets(judged, lang=lang, days=days)
        together = all_met_line(all_met(result), days=days, lang=lang)
        if together and len(judged) > 1:
            click.echo(together)
    if inputs is not None:
        from simkpi.report.sentences import inputs_layout

        layout = inputs_layout(inputs, lang=lang)
        click.echo("\n" + layout.note)
        emit_table(layout.header, layout.lines, left=layout.left)
    if corrected is not None:
        from simkpi.report.control_table import control_lines

        layout = control_lines(corrected, lang=lang)
        click.echo(f"\n{say('Control variate by the stationary formula', lang)}")
        emit_table(layout.header, layout.lines, left=layout.left)
        if layout.note:
            click.echo(layout.note)
    _print_spread(result, lang=lang)
    click.echo(f"\n{say('Cross-check by formula', lang)}")
    click.echo("\n".join(crosscheck_lines(checked, lang=lang)))


def _print_spread(result: Result, *, lang: str) -> None:
    """Print how the figures spread over the days: with fewer than ten there is no tenth of them."""
    from simkpi.cli.emit import emit_table
    from simkpi.report.sentences import spread_layout
    from simkpi.report.words import say

    if result.replications < 10:
        return
    days = result.scenario.spec.calendar.days
    click.echo("\n" + say("From day to day" if days == 1 else "From replication to replication", lang))
    layout = spread_layout(result.distribution(), days=days, lang=lang)
    emit_table(layout.header, layout.lines, left=layout.left)


def _object(result: Result, table: DataFrame, judged: Any, checked: tuple[Crosscheck, ...]) -> dict[str, Any]:
    from simkpi.experiment.verdicts import all_met
    from simkpi.report.sentences import crosscheck_records
    from simkpi.report.tables import to_records

    stated, together = result.provenance, all_met(result)
    return {
        "scenario": stated["scenario"],
        "seed": stated["seed"],
        "replications": stated["replications"],
        "engine": stated["engine"],
        "simkpi": stated["simkpi"],
        "digest": stated["digest"],
        "confidence": 0.95,
        "kpis": to_records(table),
        "targets": [asdict(one) for one in judged],
        "all_targets_met": None if together is None else asdict(together),
        "distribution": to_records(result.distribution()) if result.replications > 1 else [],
        "crosscheck": crosscheck_records(checked),
    }


def _next(result: Result, scenario: str, files: list[Path], *, quiet: bool) -> None:
    if result.replications < 10:
        few = (
            "one replication gives no interval"
            if result.replications == 1
            else f"intervals from {result.replications} replications are rough"
        )
        options.note(f"note: {few}; 10 or more are better (--replications 30)", quiet=quiet)
    if files:
        options.note(f"\nwrote {', '.join(path.name for path in files)} in {files[0].parent}", quiet=quiet)
    command = (
        f"report {options.quoted(str(files[0].parent))}"
        if files
        else f"run {options.quoted(scenario)} --by channel --out results"
    )
    options.note(f"\nnext: simkpi {command}", quiet=quiet)
