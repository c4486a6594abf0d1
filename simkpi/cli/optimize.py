"""``simkpi optimize``: the cheapest mix of teams, skills and bot settings that meets every target."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options

if TYPE_CHECKING:
    from simkpi.planning.optimize import Optimum
    from simkpi.scenario.resolve import Scenario


@click.command()
@click.argument("scenario", type=options.ScenarioName())
@click.option(
    "--vary", multiple=True, metavar="PATH=VALUES", help="A field and its values: 8:14:1 or 20%,30%,40%. May be repeated."
)
@click.option("--design", metavar="FILE", help="Settings from a CSV file: paths in the header, a setting a row.")
@option_sets.target_option
@click.option(
    "--alpha",
    type=options.SHARE,
    default="5%",
    show_default=True,
    metavar="SHARE",
    help="Probability, at most, of a wrong choice.",
)
@click.option(
    "--zone",
    type=options.SHARE,
    default="2%",
    show_default=True,
    metavar="SHARE",
    help="Shares closer to their target than this may be judged either way; other figures: five times that part.",
)
@click.option("--price-zone", type=float, metavar="COST", help="A difference in cost not worth an effort.  [default: 1%]")
@click.option("--budget", type=click.IntRange(40), default=10_000, show_default=True, metavar="N", help="Replications in all.")
@option_sets.apply_option("the cheapest setting")
@click.option("--jobs", type=click.IntRange(1, 1024), default=1, show_default=True, metavar="N", help="Worker processes.")
@option_sets.planning_options
def command(
    scenario: str, *, format_: str, out: Path | None, apply_: Path | None, lang: str | None, quiet: bool, **given: Any
) -> None:
    """Find the cheapest mix of teams, skills and bot settings that meets every target of SCENARIO.

    \b
    Example:
      simkpi optimize optimize_mix --vary teams.billing.count=4:7:1 --vary teams.flexible.count=2:6:1
      simkpi optimize scenario.yaml --vary teams.phone.count=8:14:1 --vary bots.assistant.contains=20%,40% --out search
      simkpi optimize scenario.yaml --design settings.csv --apply cheapest.yaml

    Formulas rule out what is hopeless; the others are simulated from the cheapest up, on the same customers, each only as long
    as its verdict needs. With --out every replication is kept: the same command goes on where it ended. See docs/planning.md.
    """  # noqa: D301 - click wants the character \b itself
    if not given["vary"] and not given["design"]:
        raise click.UsageError("nothing to choose from: name a field and its values with --vary PATH=VALUES, or --design FILE")
    from simkpi.cli.scenario_input import open_input

    loaded = open_input(scenario, out=out, quiet=quiet)
    lang = lang or loaded.spec.locale
    found = _optimum(loaded, out=out, quiet=quiet, **given)
    _emit(found, format_, lang)
    files = [] if out is None else _write(found, out)
    if apply_ is not None:
        files.append(_apply(found, apply_))
    if files:
        options.note(f"\nwrote {', '.join(str(path) for path in files)}", quiet=quiet)
    next_ = f"simkpi run {options.quoted(str(apply_))}" if apply_ else "the same command with --apply cheapest.yaml"
    options.note(f"\nnext: {next_}", quiet=quiet)


def _optimum(
    loaded: Scenario,
    *,
    vary: tuple[str, ...],
    design: str | None,
    targets: tuple[str, ...],
    engine: str,
    quiet: bool,
    **given: Any,
) -> Optimum:
    from simkpi.cli.progress import progress
    from simkpi.cli.scenario_input import asked_goals
    from simkpi.experiment.overrides import parse_vary
    from simkpi.planning.optimize import optimize

    options.check_engine(engine)
    goals = asked_goals(targets, loaded)
    with progress("simulating", quiet=quiet) as tell:
        count = None if tell is None else lambda done: tell(done, given["budget"])
        return optimize(
            loaded,
            dict(parse_vary(text) for text in vary),
            design=design or "grid",
            goals=goals,
            engine=engine,
            progress=count,
            **given,
        )


def _emit(found: Optimum, format_: str, lang: str) -> None:
    from simkpi.report import optimum_table, tables

    if format_ == "json":
        click.echo(tables.to_json(optimum_table.record(found)))
        return
    if format_ == "csv":
        click.echo(tables.to_csv(optimum_table.optimum_frame(found)), nl=False)
        return
    for line in optimum_table.optimum_lines(found, lang):
        click.echo(line)
    click.echo()
    for line in optimum_table.optimum_sentences(found, lang):
        click.echo(line)


def _write(found: Optimum, out: Path) -> list[Path]:
    from simkpi.report import optimum_table
    from simkpi.report.files import write_text
    from simkpi.report.tables import to_csv, to_json

    return [
        write_text(to_csv(optimum_table.optimum_frame(found)), out / "optimize.csv"),
        write_text(to_json(optimum_table.record(found)) + "\n", out / "optimize.json"),
    ]


def _apply(found: Optimum, path: Path) -> Path:
    from simkpi.cli.scenario_input import write_text
    from simkpi.errors import InputError
    from simkpi.planning.optimize_candidates import shown_changes
    from simkpi.scenario.dump import to_yaml

    if found.best is None:
        raise InputError("nothing to apply: no setting is shown to meet every target; allow more replications (--budget)")
    write_text(path, f"# {shown_changes(found.best.changes)} by simkpi optimize\n{to_yaml(found.best.scenario.short)}")
    return path
