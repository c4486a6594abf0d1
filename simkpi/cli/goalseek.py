"""``simkpi goalseek``: which value of a field just meets a target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options

if TYPE_CHECKING:
    from simkpi.planning.goalseek import GoalSeek
    from simkpi.scenario.resolve import Scenario


@click.command()
@click.argument("scenario", type=options.ScenarioName())
@click.option("--vary", required=True, metavar="PATH", help="Numeric field, e.g. bots.assistant.contains or teams.phone.count.")
@click.option("--target", required=True, metavar="GOAL", help='KPI and goal: "service_level>=80%", "voice.asa<=30s".')
@click.option(
    "--between", nargs=2, metavar="LOW HIGH", help="Where to look.  [default: all shares, else 1/4 to 4 times the value]"
)
@option_sets.replications_option()
@option_sets.apply_option("the value that is shown")
@option_sets.planning_options
def command(
    scenario: str, *, format_: str, out: Path | None, apply_: Path | None, lang: str | None, quiet: bool, **given: Any
) -> None:
    """Find the value of one field of SCENARIO at which a target is just met.

    \b
    Example:
      simkpi goalseek scenario.yaml --vary bots.assistant.contains --target "chat.service_level>=90% in 30s"
      simkpi goalseek scenario.yaml --vary teams.phone.count --between 3 12 --target "voice.asa<=30s"
      simkpi goalseek scenario.yaml --vary contacts.voice.volume.scale --target "service_level>=80%" --out results

    Says whether the figure moves one way only, and gives the answer with its interval. Every value meets the same customers.
    See docs/planning.md.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.scenario_input import open_input

    loaded = open_input(scenario, out=out, quiet=quiet)
    found = _seek(loaded, quiet=quiet, **given)
    _emit(found, format_, lang or loaded.spec.locale)
    files = [] if out is None else _write(found, out, lang or loaded.spec.locale)
    if apply_ is not None:
        files.append(_apply(found, apply_))
    if files:
        options.note(f"\nwrote {', '.join(str(path) for path in files)}", quiet=quiet)
    options.note(f"\nnext: simkpi run {options.quoted(str(apply_ or scenario))}", quiet=quiet)


def _seek(
    loaded: Scenario, *, vary: str, target: str, between: tuple[str, str] | None, engine: str, quiet: bool, **given: Any
) -> GoalSeek:
    from simkpi.cli.progress import progress
    from simkpi.planning.goals import read_goal
    from simkpi.planning.goalseek import goalseek
    from simkpi.planning.numeric_field import numeric_field

    options.check_engine(engine)
    with options.bad_names_are_usage("--target"):
        goal = read_goal(target, loaded)
    field = numeric_field(loaded, vary, between[0] if between else None)
    ends = None if between is None else (field.read(between[0]), field.read(between[1]))
    total = 25 * (given["replications"] or loaded.spec.run.replications)
    with progress("simulating", quiet=quiet) as tell:
        count = None if tell is None else lambda done: tell(done, max(total, done))
        return goalseek(field, goal, between=ends, engine=engine, progress=count, **given)


def _emit(found: GoalSeek, format_: str, lang: str) -> None:
    from simkpi.report import goalseek_table, tables

    if format_ == "json":
        click.echo(tables.to_json(goalseek_table.record(found)))
    elif format_ == "csv":
        click.echo(tables.to_csv(goalseek_table.curve_frame(found)), nl=False)
    else:
        click.echo(f"{goalseek_table.heading(found, lang)}\n")
        click.echo("\n".join(goalseek_table.curve_lines(found, lang)))
        click.echo()
        click.echo("\n".join(goalseek_table.answer_lines(found, lang)))


def _write(found: GoalSeek, out: Path, lang: str) -> list[Path]:
    from simkpi import __version__
    from simkpi.report import goalseek_table
    from simkpi.report.chart import draw
    from simkpi.report.files import write_manifest, write_text
    from simkpi.report.goal_words import goal_words
    from simkpi.report.tables import title, to_csv
    from simkpi.report.theme import save
    from simkpi.report.words import numbered, numbers_in, say
    from simkpi.scenario.dump import digest

    table = goalseek_table.curve_frame(found)
    files = [write_text(to_csv(table), out / "goalseek.csv")]
    stated: dict[str, Any] = {
        "simkpi": __version__,
        "scenario": found.field.scenario.name,
        "digest": digest(found.field.scenario),
        "seed": str(found.seed),
        "replications": str(found.replications),
        "engine": found.engine,
        "field": found.field.path,
        "target": str(found.goal),
    }
    figure = draw(
        "goalseek",
        table,
        goal=found.goal.value,
        answers=[(one.x, one.low, one.high) for one in found.answers],
        show_x=lambda value: numbers_in(found.field.show(value), lang),
        show_y=lambda value: numbers_in(found.goal.show(value), lang),
        field=found.field.path,
        kpi=title(found.goal.kpi, lang),
        title=found.field.scenario.name,
        subtitle=say(
            "target: {goal}; {many}, the same customers for every value",
            lang,
            goal=goal_words(found.goal, lang),
            many=numbered(found.replications, "replication", lang),
        ),
        lang=lang,
    )
    for name in ("goalseek.png", "goalseek.svg"):
        save(figure, out / name, provenance=stated)
        files.append(out / name)
    return [*files, write_manifest(stated, files, out)]


def _apply(found: GoalSeek, path: Path) -> Path:
    from simkpi.cli.scenario_input import write_text
    from simkpi.errors import InputError
    from simkpi.scenario.dump import to_yaml

    shown = [one.shown for one in found.answers if one.shown is not None]
    if not shown:
        raise InputError("nothing to apply: no value is shown to meet the target; ask for more replications")
    value = found.field.show(shown[0])
    text = to_yaml(found.field.put(shown[0]).short)
    write_text(path, f"# {found.field.path}: {value} by simkpi goalseek; target: {found.goal}\n{text}")
    return path
