"""``simkpi shifts``: the cheapest shifts that meet the targets, simulated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options

if TYPE_CHECKING:
    from simkpi.planning.shift_plan import ShiftPlan
    from simkpi.scenario.resolve import Scenario


@click.command()
@click.argument("scenario", type=options.ScenarioName())
@click.option("--library", required=True, metavar="FILE", help="Shift library (YAML); shifts_library.yml is shipped.")
@click.option(
    "--need",
    type=click.Choice(("load", "formula", "simulation")),
    default="load",
    show_default=True,
    help="What has to be covered: load (the simulation asks for the rest), the formula's need, or that of simkpi staff.",
)
@option_sets.target_option
@click.option(
    "--alpha", type=options.SHARE, default="5%", show_default=True, metavar="SHARE", help="Risk that a target is missed."
)
@option_sets.replications_option("Of each test.")
@option_sets.apply_option("these shifts' staff")
@click.option(
    "--as",
    "as_",
    type=click.Choice(("head-counts", "shifts")),
    default="head-counts",
    show_default=True,
    help="What --apply writes: the head-counts that were simulated, or agents with these shifts, whose breaks wait for the call.",
)
@option_sets.planning_options
def command(
    scenario: str,
    *,
    library: str,
    format_: str,
    out: Path | None,
    apply_: Path | None,
    as_: str,
    lang: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Find the cheapest shifts with which SCENARIO meets its targets.

    \b
    Example:
      simkpi shifts shifts_voice --library shifts_library.yml
      simkpi shifts scenario.yaml --library my_shifts.yml --need formula
      simkpi shifts scenario.yaml --library my_shifts.yml --out results --apply with_shifts.yaml --as shifts

    An integer program chooses the shifts, the simulation judges them and adds conditions until the targets are met; the
    optimality gap is reported. See docs/planning.md for the library's fields.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.scenario_input import open_input

    loaded = open_input(scenario, out=out, quiet=quiet)
    plan = _plan(loaded, library, quiet=quiet, **given)
    _emit(plan, format_, lang or loaded.spec.locale)
    files = [] if out is None else _write(plan, out, lang or loaded.spec.locale)
    if apply_ is not None:
        files.append(_apply(plan, apply_, as_))
    if files:
        options.note(f"\nwrote {', '.join(str(path) for path in files)}", quiet=quiet)
    again = f"simkpi shifts {options.quoted(scenario)} --library {options.quoted(library)} --apply with_shifts.yaml"
    options.note(f"\nnext: {f'simkpi run {options.quoted(str(apply_))}' if apply_ else again}", quiet=quiet)


def _plan(loaded: Scenario, library: str, *, targets: tuple[str, ...], engine: str, quiet: bool, **given: Any) -> ShiftPlan:
    from simkpi.cli.progress import progress
    from simkpi.cli.scenario_input import asked_goals
    from simkpi.planning.shift_library import read_library
    from simkpi.planning.shifts import plan_shifts
    from simkpi.scenario.files import scenarios_folder

    path = Path(library)
    shipped = scenarios_folder() / library
    found = read_library(shipped if not path.exists() and shipped.is_file() else path)
    options.check_engine(engine)
    goals = asked_goals(targets, loaded)
    with progress("simulating rosters", quiet=quiet) as tell:
        count = None if tell is None else lambda done: tell(done, max(1500, round(1.3 * done)))
        return plan_shifts(loaded, found, goals=goals, engine=engine, progress=count, **given)


def _emit(plan: ShiftPlan, format_: str, lang: str) -> None:
    from simkpi.report import shift_table, tables

    if format_ == "json":
        click.echo(tables.to_json(shift_table.record(plan)))
        return
    if format_ == "csv":
        click.echo(tables.to_csv(shift_table.roster_frame(plan)), nl=False)
        return
    from simkpi.cli.emit import emit_table
    from simkpi.report.words import numbers_in

    click.echo(f"{shift_table.heading(plan, lang)}\n")
    header, lines = shift_table.roster_lines(plan, lang)
    emit_table(header, lines, left=range(len(header) - 2))
    click.echo()
    click.echo(numbers_in("\n".join(shift_table.summary_lines(plan, lang)), lang))


def _write(plan: ShiftPlan, out: Path, lang: str) -> list[Path]:
    from simkpi.experiment.provenance import flat
    from simkpi.report import shift_table
    from simkpi.report.chart import draw
    from simkpi.report.files import write_manifest, write_text
    from simkpi.report.tables import to_csv
    from simkpi.report.theme import save
    from simkpi.report.words import say
    from simkpi.units import format_value

    cover = shift_table.cover_frame(plan)
    files = [
        write_text(to_csv(shift_table.roster_frame(plan)), out / "shifts.csv"),
        write_text(to_csv(cover), out / "cover.csv"),
    ]
    stated = plan.result.provenance
    paid = format_value(round(plan.hours, 2), "hours", locale=lang)
    subtitle = say("{n} paid hours; by simulation: the shifts' agents on duty", lang, n=paid)
    figure = draw("staffing", cover, title=plan.scenario.name, subtitle=subtitle, lang=lang)
    for name in ("cover.png", "cover.svg"):
        save(figure, out / name, provenance=flat(stated))
        files.append(out / name)
    return [*files, write_manifest(stated, files, out)]


def _apply(plan: ShiftPlan, path: Path, written_as: str) -> Path:
    from simkpi.cli.scenario_input import write_text
    from simkpi.planning.shift_scenario import with_timetables
    from simkpi.scenario.dump import to_dict, to_yaml

    found = with_timetables(plan) if written_as == "shifts" else plan.scenario_with_shifts
    here = found.folder is not None and path.parent.resolve() == found.folder.resolve()
    data = found.short if here or "'file'" not in repr(found.short) else to_dict(found)
    write_text(path, f"# Staff of the shifts found by simkpi shifts: {plan.hours:,.10g} paid hours.\n{to_yaml(data)}")
    return path
