"""Simulate many variants of a scenario on the same customers, into a folder from which any run can go on."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options
from simkpi.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

    from simkpi.experiment.plan import Plan
    from simkpi.experiment.sweep_result import SweepResult
    from simkpi.experiment.sweep_run import Progress

EXIT_FAILED, EXIT_INTERRUPTED = 5, 130


class _Shard(click.ParamType):  # type: ignore[type-arg]
    """Which part of all: ``2/10``."""

    name = "i/n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return both numbers."""
        if isinstance(value, tuple):
            return value
        number, _, parts = str(value).partition("/")
        if not (number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts)):
            self.fail(f"must be i/n with i from 1 to n, such as 2/10, got '{value}'", param, ctx)
        return int(number), int(parts)


@click.command()
@click.argument("scenario", type=options.ScenarioName())
@click.option(
    "--vary", multiple=True, metavar="PATH=VALUES", help="A field and its values: 20:30:2 or 20%,30%,40%. May be repeated."
)
@click.option(
    "--zip", "design", flag_value="zip", help="Take the values of all --vary side by side instead of every combination."
)
@click.option(
    "--design", metavar="FILE|lhs:N", help="Variants from a CSV file, or N points of a Latin hypercube over --vary ranges."
)
@option_sets.replications_option("Independent days or weeks of each.", least=1)
@option_sets.scoring_options
@click.option("--explain", is_flag=True, help="Only say which cells would be computed, and why.")
@click.option("--shard", type=_Shard(), metavar="I/N", help="Compute part I of N only; 'simkpi merge' puts the parts together.")
@click.option("--join", is_flag=True, help="Help a sweep that is at work in the same folder.")
@option_sets.engine_option
@option_sets.jobs_option("Threads, or processes for SimPy.")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Compute on a Dask cluster: tcp://host:8786 (pip install 'simkpi[cluster]')."
)
@options.lang_option
@options.quiet_option
def command(scenario: str, *, out: Path | None, quiet: bool, **given: Any) -> None:
    """Simulate many variants of SCENARIO on the same customers.

    \b
    Examples:
      simkpi sweep scenario.yaml --vary teams.phone.count=20:30:2 --out sweep
      simkpi sweep scenario.yaml --vary teams.phone.count=4:8:1 --vary bots.assistant.contains=20%,30%,40% -n 50 --out sweep
      simkpi sweep scenario.yaml --design variants.csv --out sweep --explain

    Finished cells (some replications of a variant) are kept in the folder: the same command goes on where any run ended, and
    computes only what has changed. Ctrl-C once finishes the running cells. Tables, charts and a manifest are written at the end.
    """  # noqa: D301 - click wants the character \b itself
    if out is None and (given["explain"] or given["shard"] or given["join"]):
        raise click.UsageError("--explain, --shard and --join work on a folder: say which with --out DIR")
    if not given["vary"] and given["design"] in (None, "zip"):
        raise click.UsageError("nothing to vary: name a field and its values with --vary PATH=VALUES, or --design FILE")
    from simkpi.cli.scenario_input import open_input

    loaded = open_input(scenario, quiet=quiet)
    plan = _plan(loaded, scenario, out, **given)
    if out is not None:
        options.writable_folder(out)
    if given["explain"]:
        assert out is not None
        _explain(plan, out)
        return
    kept = {name: given[name] for name in ("shard", "join", "engine", "jobs", "scheduler")}
    result = _run(plan, out, quiet=quiet, lang=given["lang"] or loaded.spec.locale, **kept)
    show(result, out, quiet=quiet, format_=given["format_"], lang=given["lang"] or loaded.spec.locale, shard=given["shard"])


def _plan(loaded: Any, scenario: str, out: Path | None, **given: Any) -> Plan:
    from simkpi.experiment.overrides import parse_vary
    from simkpi.experiment.plan import make_plan
    from simkpi.experiment.recall import from_folder
    from simkpi.experiment.scores import Scoring

    selection = options.selected_kpis(given["kpis"])
    options.check_interval(given["interval"])
    varied: dict[str, str] = {}
    for text in given["vary"]:
        try:
            path, values = parse_vary(text)
        except InputError as error:
            raise click.BadParameter(error.problems[0].message, param_hint="'--vary'") from None
        if path in varied:
            raise click.BadParameter(f"{path} is given twice; write all its values after one", param_hint="'--vary'")
        varied[path] = values
    with options.bad_names_are_usage("--by"):
        return make_plan(
            loaded,
            varied,
            design=given["design"] or "grid",
            replications=given["replications"],
            seed=given["seed"],
            scoring=Scoring(selection, given["by"], given["interval"]),
            command=_command(scenario, given),
            recall=from_folder(out),
        )


def _command(scenario: str, given: dict[str, Any]) -> str:
    """Write the command again, with what decides the figures and nothing of this machine."""
    words = ["simkpi", "sweep", options.quoted(Path(scenario).name)]
    words += [f"--vary {options.quoted(text)}" for text in given["vary"]]
    design = given["design"]
    if design == "zip":
        words.append("--zip")
    elif design:
        words.append(f"--design {options.quoted(design if design.startswith('lhs:') else Path(design).name)}")
    for name, option in (("replications", "-n"), ("seed", "--seed")):
        if given[name] is not None:
            words.append(f"{option} {options.quoted(str(given[name]))}")
    for name, option in (("kpis", "--kpi"), ("by", "--by")):
        if given[name]:
            words.append(f"{option} {options.quoted(','.join(given[name]))}")
    return " ".join(words)


def _explain(plan: Plan, out: Path) -> None:
    from simkpi.experiment.explain import explain
    from simkpi.experiment.sweep_run import SweepFolder

    with SweepFolder(out, join=True) as folder:
        for place, kept, todo, why in explain(plan, folder.store):
            click.echo(f"{place + 1}: {plan.called(place)}: {kept} kept, {todo} to compute" + (f" ({why})" if why else ""))


def _run(
    plan: Plan,
    out: Path | None,
    *,
    shard: tuple[int, int] | None,
    join: bool,
    engine: str,
    jobs: int | None,
    scheduler: str | None,
    quiet: bool,
    lang: str,
) -> SweepResult:
    from simkpi.cli.interrupts import stoppable
    from simkpi.cli.progress import progress
    from simkpi.experiment.outputs import PARTIAL, REPORT, still_valid, write_data, write_partial
    from simkpi.experiment.replicate import useful_jobs
    from simkpi.experiment.store import Store
    from simkpi.experiment.sweep_run import SweepFolder, run_plan

    options.check_engine(engine)
    workers = useful_jobs(plan.base, plan.replications * len(plan.changes)) if jobs is None else jobs
    given: dict[str, Any] = {"shard": shard or (1, 1), "engine": engine, "jobs": workers}
    with stoppable() as stop, _cluster(scheduler) as client, progress("cells", quiet=quiet) as tell:
        given["executor"] = client
        if out is None:
            return run_plan(plan, Store(None), stop=stop, progress=tell, **given)
        with SweepFolder(out, join=join) as folder:
            sofar = None if join or shard else functools.partial(write_partial, folder=out)
            told = _loading_charts(tell) if workers > 1 and shard is None else tell
            result = run_plan(plan, folder.store, stop=stop, progress=told, backwards=join, partial=sofar, **given)
            (out / PARTIAL).unlink(missing_ok=True)
            if shard is None and not result.interrupted:
                if not still_valid(result, out):
                    (out / REPORT).unlink(missing_ok=True)  # written last: where it is, everything belongs to the manifest
                    result.files = write_data(result, out)
                if result.files or (result.scores and not (out / REPORT).is_file()):
                    result.files += _shown(result, out, lang)
    return result


def _loading_charts(tell: Progress | None) -> Progress:
    """Load what draws the charts as soon as something is done: workers are busy meanwhile, and have loaded what they need."""

    def told(done: int, total: int) -> None:
        if tell is not None:
            tell(done, total)
        if 0 < done < total:
            importlib.import_module("simkpi.report.html.sweep")

    return told


def _shown(result: SweepResult, out: Path, lang: str) -> list[Path]:
    """Write charts and report."""
    from simkpi.experiment.stored import SweepTables
    from simkpi.report.html.sweep import write_sweep_report
    from simkpi.report.sweep import write_charts

    charts = write_charts(result, out, lang=lang)
    return [*charts, write_sweep_report(SweepTables.of(result), out, lang=lang)] if result.scores else charts


@contextmanager
def _cluster(address: str | None) -> Iterator[Client | None]:
    """Connect to a cluster if there is one."""
    if address is None:
        yield None
        return
    from simkpi.experiment.cluster import connected

    with connected(address) as client:
        yield client


def show(
    result: SweepResult,
    out: Path | None,
    *,
    quiet: bool,
    format_: str = "table",
    lang: str = "en",
    shard: tuple[int, int] | None = None,
) -> None:
    """Print the table, say what is missing and what to type next, and leave with the exit code that says so."""
    if shard is None:
        _print(result, format_=format_, lang=lang)
    total = len(result.plan.cells_by_key)
    options.note(f"\n{result.computed} cells computed, {result.reused} found in the folder, {total} in all", quiet=quiet)
    if result.files:
        assert out is not None
        options.note(f"wrote {', '.join(str(path.relative_to(out)) for path in result.files)} in {out}", quiet=quiet)
    if result.interrupted:
        where = (
            f"are kept in {out}; run the same command again to go on"
            if out is not None
            else "are lost; use --out DIR to keep them"
        )
        options.note(f"interrupted: {len(result.checksums)} of {total} cells are finished and {where}")
        click.get_current_context().exit(EXIT_INTERRUPTED)
    for one in result.failed[:10]:
        place = next(place for place, cells in enumerate(result.plan.cells) if any(cell.key == one.key for cell in cells))
        options.note(f"failed: scenario {place + 1} ({result.plan.called(place)}): {one.why}")
    if result.failed:
        options.note(f"{len(result.failed)} of {total} cells failed; the same command tries them again")
        click.get_current_context().exit(EXIT_FAILED)
    if shard is not None:
        options.note(f"\nnext, when all {shard[1]} parts are there: simkpi merge {out} ... --out merged", quiet=quiet)
    elif out is None:
        options.note("\nnext: add --out DIR to keep tables, charts and every finished cell", quiet=quiet)
    else:
        options.note(f"\nnext: simkpi verify-run {options.quoted(str(out))}", quiet=quiet)


def _print(result: SweepResult, *, format_: str, lang: str) -> None:
    from simkpi.report import sweep, tables

    if format_ == "csv":
        click.echo(tables.to_csv(result.table), nl=False)
        return
    if format_ == "json":
        targets = [] if result.targets is None else tables.to_records(result.targets)
        click.echo(tables.to_json({**result.stated(), "kpis": tables.to_records(result.table), "targets": targets}))
        return
    from simkpi.cli.emit import emit_table

    click.echo(sweep.sweep_title(result, lang=lang) + "\n")
    if not result.scores:
        click.echo("no scenario is complete")
        return
    layout = sweep.sweep_lines(result, lang=lang)
    emit_table(layout.header, layout.lines, left=layout.left)
    if layout.note:
        click.echo(f"\n{layout.note}")
