"""``simkpi crosscheck``: formula and simulation side by side, and which assumption explains the gap."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options

if TYPE_CHECKING:
    from simkpi.planning.crosscheck_gap import Waterfall
    from simkpi.scenario.resolve import Scenario


@click.command()
@click.argument("scenario", type=options.ScenarioName())
@click.option(
    "--kpi",
    type=click.Choice(("service_level", "abandon_rate", "asa")),
    default="service_level",
    show_default=True,
    help="Figure to compare.",
)
@click.option(
    "--formula",
    type=click.Choice(("auto", "a", "c")),
    default="auto",
    show_default=True,
    help="a: Erlang A; c: Erlang C, in which nobody gives up; auto: a.",
)
@option_sets.replications_option()
@options.interval_option
@option_sets.planning_options
def command(scenario: str, *, format_: str, out: Path | None, lang: str | None, quiet: bool, **given: Any) -> None:
    """Hold the Erlang formula against the simulation of SCENARIO and explain the gap.

    \b
    Example:
      simkpi crosscheck multiskill_trap
      simkpi crosscheck scenario.yaml --formula c
      simkpi crosscheck scenario.yaml --kpi abandon_rate --out results

    What the formula leaves out is taken away from the scenario one by one, on the same customers, until formula and
    simulation describe the same world; the parts add up to the gap. See docs/planning.md.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.scenario_input import open_input

    options.check_interval(given["interval"])
    loaded = open_input(scenario, out=out, quiet=quiet)
    found = _explain(loaded, quiet=quiet, **given)
    _emit(loaded, found, format_, lang or loaded.spec.locale)
    files = [] if out is None else _write(loaded, found, out, lang or loaded.spec.locale)
    if files:
        options.note(f"\nwrote {', '.join(path.name for path in files)} in {files[0].parent}", quiet=quiet)
    options.note(f"\nnext: simkpi staff {options.quoted(scenario)}", quiet=quiet)


def _explain(loaded: Scenario, *, engine: str, quiet: bool, **given: Any) -> tuple[Waterfall, ...]:
    from simkpi.cli.progress import progress
    from simkpi.planning.crosscheck_gap import explain

    options.check_engine(engine)
    total = 8 * (given["replications"] or loaded.spec.run.replications)
    with progress("simulating", quiet=quiet) as tell:
        count = None if tell is None else lambda done: tell(done, total)
        return explain(loaded, engine=engine, progress=count, **given)


def _emit(loaded: Scenario, found: tuple[Waterfall, ...], format_: str, lang: str) -> None:
    from simkpi.report import crosscheck_table, tables

    if format_ == "json":
        click.echo(tables.to_json({"scenario": loaded.name, "queues": crosscheck_table.records(found)}))
        return
    if format_ == "csv":
        click.echo(tables.to_csv(crosscheck_table.gap_frame(found)), nl=False)
        return
    for one in found:
        click.echo(f"{crosscheck_table.heading(one, lang)}\n")
        click.echo("\n".join(crosscheck_table.gap_lines(one, lang)))
        click.echo(f"\n{crosscheck_table.verdict(one, lang)}\n")
        click.echo("\n".join(crosscheck_table.interval_lines(one, lang)))
        click.echo()
    shared = _counted_twice(loaded, found, lang)
    if shared:
        click.echo(shared)


def _counted_twice(loaded: Scenario, found: tuple[Waterfall, ...], lang: str) -> str:
    """Say so if the formulas together count more agents than there are."""
    from simkpi.report.words import say
    from simkpi.scenario.heads import heads

    taken = sum(one.agents for one in found)
    there = sum(
        max((max(row) for row in heads(loaded.spec, name).count or ()), default=0)
        * max(skill.at_once or 1 for skill in team.skills.values())
        for name, team in loaded.spec.teams.items()
    )
    if taken <= there:
        return ""
    text = "Together the formulas count {taken} servers where {there} are: agents with several skills count once for each."
    return say(text, lang, taken=f"{taken:g}", there=f"{there:g}")


def _write(loaded: Scenario, found: tuple[Waterfall, ...], out: Path, lang: str) -> list[Path]:
    import polars as pl

    from simkpi import __version__
    from simkpi.kpi.measure import KPIS
    from simkpi.report import crosscheck_table
    from simkpi.report.chart import draw
    from simkpi.report.charts.waterfall import way
    from simkpi.report.files import write_manifest, write_text
    from simkpi.report.tables import title, to_csv
    from simkpi.report.theme import save
    from simkpi.scenario.dump import digest

    table = crosscheck_table.gap_frame(found)
    by_time = pl.concat(
        [one.intervals.insert_column(0, pl.Series("contact", [one.contact] * len(one.intervals))) for one in found]
    )
    files = [write_text(to_csv(table), out / "crosscheck.csv"), write_text(to_csv(by_time), out / "crosscheck_by_interval.csv")]
    stated = {"simkpi": __version__, "scenario": loaded.name, "digest": digest(loaded), "kpi": found[0].kpi}
    subtitle = way(found[0].simulated.replications, lang)
    about = {"kpi": title(found[0].kpi, lang), "unit": KPIS.get(found[0].kpi).unit, "title": loaded.name, "subtitle": subtitle}
    figure = draw("waterfall", table, **about, lang=lang)
    for name in ("crosscheck.png", "crosscheck.svg"):
        save(figure, out / name, provenance=stated)
        files.append(out / name)
    return [*files, write_manifest(stated, files, out)]
