"""``simkpi staff``: how many agents per interval, by formula and by simulation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options

if TYPE_CHECKING:
    from simkpi.planning.staff_plan import StaffPlan


@click.command()
@click.argument("scenario", type=options.ScenarioName())
@option_sets.target_option
@click.option(
    "--alpha",
    type=options.SHARE,
    default="1%",
    show_default=True,
    metavar="SHARE",
    help="Probability, at most, that the plan misses a target.",
)
@option_sets.planning_interval_option
@option_sets.apply_option("the recommended staff")
@option_sets.replications_option("Of each test.")
@option_sets.planning_options
def command(
    scenario: str, *, quiet: bool, out: Path | None, apply_: Path | None, format_: str, lang: str | None, **given: Any
) -> None:
    """Find the fewest agents per team and interval that meet every target of SCENARIO.

    \b
    Example:
      simkpi staff scenario.yaml
      simkpi staff scenario.yaml --interval 1h --apply recommended.yaml
      simkpi staff scenario.yaml --target "voice.service_level>=80% in 20s" --out results

    The formula's figure is shown beside the simulated one. The plan is tested on customers that the search never met: the
    probability that it misses a target over the whole horizon is at most --alpha. See docs/planning.md.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.scenario_input import open_input

    loaded = open_input(scenario, out=out, quiet=quiet)
    plan = _plan(loaded, quiet=quiet, **given)
    _emit(plan, format_, lang or loaded.spec.locale)
    files = [] if out is None else _write(plan, out, lang or loaded.spec.locale)
    if apply_ is not None:
        write_scenario(plan, apply_)
        files.append(apply_)
    if files:
        options.note(f"\nwrote {', '.join(str(path) for path in files)}", quiet=quiet)
    next_ = (
        f"simkpi run {options.quoted(str(apply_))}"
        if apply_
        else f"simkpi staff {options.quoted(scenario)} --apply recommended.yaml"
    )
    options.note(f"\nnext: {next_}", quiet=quiet)


def _plan(
    loaded: Any,
    *,
    targets: tuple[str, ...],
    alpha: float,
    interval: float | None,
    replications: int | None,
    seed: int | str | None,
    engine: str,
    quiet: bool,
) -> StaffPlan:
    from simkpi.cli.progress import progress
    from simkpi.cli.scenario_input import asked_goals
    from simkpi.planning.staffing import staff

    options.check_engine(engine)
    if interval is not None:
        options.check_interval(interval)
    goals = asked_goals(targets, loaded)
    with progress("simulating plans", quiet=quiet) as tell:
        count = None if tell is None else lambda done: tell(done, max(1000, round(1.3 * done)))
        return staff(
            loaded,
            goals=goals,
            alpha=alpha,
            interval=interval,
            replications=replications,
            seed=seed,
            engine=engine,
            progress=count,
        )


def _emit(plan: StaffPlan, format_: str, lang: str) -> None:
    from simkpi.report import staff_table, tables

    if format_ == "json":
        click.echo(tables.to_json(staff_table.record(plan)))
        return
    if format_ == "csv":
        click.echo(tables.to_csv(staff_table.staff_frame(plan)), nl=False)
        return
    from simkpi.cli.emit import emit_table
    from simkpi.report.words import say

    click.echo(f"{staff_table.heading(plan, lang)}\n")
    header, lines, note = staff_table.staff_lines(plan, lang)
    texts = [at for at, name in enumerate(header) if name in {say(word, lang) for word in ("team", "day", "interval", "change")}]
    emit_table(header, lines, left=texts)
    if note:
        click.echo(note)
    click.echo()
    click.echo("\n".join(staff_table.goal_lines(plan, lang)))
    click.echo(f"\n{staff_table.guarantee(plan, lang)}")
    click.echo("\n" + say("The formula's steps where the load is highest", lang))
    for line in staff_table.steps_lines(plan, lang):
        click.echo(f"  {line}")


def _write(plan: StaffPlan, out: Path, lang: str) -> list[Path]:
    from simkpi.experiment.provenance import flat
    from simkpi.report import staff_table
    from simkpi.report.chart import draw
    from simkpi.report.charts.staffing import in_brief
    from simkpi.report.files import write_manifest, write_text
    from simkpi.report.tables import to_csv
    from simkpi.report.theme import save

    table = staff_table.staff_frame(plan)
    files = [write_text(to_csv(table), out / "staff.csv")]
    stated = plan.results["recommended"].provenance
    figure = draw("staffing", table, title=plan.scenario.name, subtitle=in_brief(plan, lang), lang=lang)
    for name in ("staff.png", "staff.svg"):
        save(figure, out / name, provenance=flat(stated))
        files.append(out / name)
    return [*files, write_manifest(stated, files, out)]


def write_scenario(plan: StaffPlan, path: Path) -> None:
    """Write the scenario with the recommended staff; if it names files that lie elsewhere, with their numbers in it."""
    from simkpi.cli.scenario_input import write_text
    from simkpi.scenario.dump import to_dict, to_yaml

    found = plan.scenario_with_staff
    here = found.folder is not None and path.parent.resolve() == found.folder.resolve()
    data = found.short if here or "'file'" not in repr(found.short) else to_dict(found)
    write_text(path, f"# Staff recommended by simkpi staff: {plan.hours():,.10g} agent-hours.\n{to_yaml(data)}")
