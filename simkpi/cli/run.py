"""Simulate a scenario file: KPIs with intervals, targets, the formula beside them, and files on request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options
from simkpi.cli.run_output import print_result, say_next, write_book, write_files, write_table
from simkpi.errors import InputError

if TYPE_CHECKING:
    from polars import DataFrame

    from simkpi.experiment.result import Result
    from simkpi.experiment.sequential import Precision
    from simkpi.planning.control_variate import ControlledQueue
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
@click.argument("scenario", type=options.ScenarioName())
@option_sets.replications_option(least=1)
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
@option_sets.scoring_options
@click.option(
    "--xlsx",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write the results as a workbook with charts.",
)
@click.option("--log", is_flag=True, help="With --out: also write the contacts, agent states and legs as Parquet.")
@click.option("--no-log", is_flag=True, help="Forget contacts on the way: a year in the memory of a week, figures only.")
@option_sets.engine_option
@option_sets.jobs_option()
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
def command(
    scenario: str, *, out: Path | None, xlsx: Path | None, log: bool, no_log: bool, check: bool, quiet: bool, **given: Any
) -> None:
    """Simulate SCENARIO and print its KPIs with 95% intervals.

    \b
    Examples:
      simkpi run scenario.yaml
      simkpi run scenario.yaml --by channel --replications 50 --seed 7
      simkpi run scenario.yaml --by interval --format csv --out results --log
      simkpi run scenario.yaml --precision service_level=1% --precision asa=2s
      simkpi run plan.xlsx --xlsx results.xlsx
      simkpi run scenario.yaml --replications 30 --control-variate
      simkpi run year.yaml --no-log --by interval --format csv

    SCENARIO is a YAML file, a workbook (simkpi template), a shipped scenario's name, or - for stdin. The table goes to stdout,
    notes and progress to stderr.
    """  # noqa: D301 - click wants the character \b itself
    if log and out is None:
        raise click.UsageError("--log writes files: say where with --out DIR")
    if given["precision"] and given["replications"]:
        raise click.UsageError("--precision decides how many replications there are: leave out --replications")
    if no_log:
        from simkpi.cli.run_unlogged import refuse

        refuse(**given, out=out, xlsx=xlsx, log=log)
    from simkpi.cli.scenario_input import open_input

    loaded = open_input(scenario, out=out, quiet=quiet)
    if no_log:
        from simkpi.cli.run_unlogged import show_unlogged

        show_unlogged(loaded, check=check, quiet=quiet, **given)
        return
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
    from simkpi.experiment.replicate import simulate, useful_jobs
    from simkpi.experiment.verdicts import MET, check_targets, verdicts

    check_targets(loaded)
    draws = _draws(loaded, inputs)
    selection = options.selected_kpis(kpis)
    options.check_interval(interval)
    options.check_engine(engine)
    say_if_compiling(loaded, replications, engine, quiet=quiet)
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
    files = write_files(result, out, table, selection, by=by, interval=interval, log=log, lang=lang)
    if xlsx is not None:
        write_book(result, xlsx, table, selection, by=by, interval=interval, lang=lang)
        options.note(f"wrote {xlsx}", quiet=quiet)
    judged = verdicts(result)
    sure = _input_uncertainty(result, draws, selection, engine=result.engine, jobs=workers, quiet=quiet)
    if sure is not None and out is not None:
        files.insert(-1, write_table(sure, out / "inputs.csv"))
    corrected = _corrected(result, out, files) if control else None
    print_result(
        result, table, judged=judged, by=by, format_=format_, lang=lang, precision=reached, inputs=sure, corrected=corrected
    )
    if reached is not None and not reached.reached:
        options.note(f"precision not reached in {reached.replications} replications; see --max-replications", quiet=quiet)
    say_next(result, scenario, files, quiet=quiet)
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
        files.insert(-1, write_table(control_table(found), out / "control_variate.csv"))
    return found


def say_if_compiling(loaded: Scenario, replications: int | None, engine: str, *, quiet: bool) -> None:
    """Say why nothing seems to happen for some seconds, the first time ever."""
    from simkpi.engine.run import engine_for, needs_compiling
    from simkpi.experiment.replicate import expected_contacts

    contacts = expected_contacts(loaded) * (replications or loaded.spec.run.replications)
    if engine_for(loaded, contacts, engine) == "compiled" and needs_compiling():
        options.note("compiling the engine once (about 2 s; 'simkpi warm-up' does it ahead)", quiet=quiet)


def _until(loaded: Scenario, precision: tuple[tuple[str, str], ...], most: int, **given: Any) -> tuple[Result, Precision]:
    from simkpi.experiment.sequential import read_goals, simulate_until

    goals = dict(precision)
    with options.bad_names_are_usage("--precision"):
        try:
            read_goals(goals)
        except InputError as error:
            raise click.BadParameter("; ".join(map(str, error.problems)), param_hint="'--precision'") from None
    return simulate_until(loaded, goals, max_replications=most, **given)
