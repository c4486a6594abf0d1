"""``simkpi chart``: one chart, from a scenario or from results, into a PNG, SVG or PDF file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options

if TYPE_CHECKING:
    from simkpi.report.chart_input import Given

ENDINGS = (".png", ".svg", ".pdf")


def _list(lang: str) -> None:
    from simkpi.report.chart import every_chart
    from simkpi.report.chart_input import drawn_from
    from simkpi.report.words import say

    for chart in every_chart():
        mark = " ?" if lang == "fr" else "?"
        click.echo(f"{chart.name:<16} {say(chart.question, lang)}{mark}")
        click.echo(f"{'':<16} {say('from {what}', lang, what=' / '.join(drawn_from(chart, lang)))}")


@click.command()
@click.argument("name", required=False)
@click.argument("results", nargs=-1, type=click.Path(), metavar="RESULT...")
@click.option("--list", "list_", is_flag=True, help="List the charts and what they answer.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="PNG, SVG or PDF file.  [default: NAME.png]"
)
@click.option("--kpi", metavar="NAME", help="KPI to draw, where there is a choice.  [default: service_level]")
@options.interval_option
@click.option(
    "--replication", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Which one, where one is shown."
)
@click.option("--goal", "goals", multiple=True, metavar="GOAL", help='Target instead of the scenario\'s: "service_level>=80%".')
@option_sets.replications_option("Of what is simulated.", least=1)
@options.seed_option
@options.lang_option
@options.quiet_option
def command(
    name: str | None,
    results: tuple[str, ...],
    *,
    list_: bool,
    output: Path | None,
    quiet: bool,
    lang: str | None,
    **given: Any,
) -> None:
    """Draw the chart NAME of RESULT.

    \b
    Examples:
      simkpi chart --list
      simkpi chart day scenario.yaml -o day.png
      simkpi chart heatmap sweep -o map.svg --goal "service_level>=80%"
      simkpi chart comparison plan_a.yaml plan_b.yaml -o difference.pdf

    RESULT is a scenario (which is then simulated; several are compared), a folder that run, compare, crosscheck, staff, sweep or
    sensitivity wrote with --out, a JSON file that one of them wrote with --format json, or a table (CSV, Parquet) with the
    chart's columns.
    """  # noqa: D301 - click wants the character \b itself
    if list_:
        _list(lang or "en")
        return
    if name is None or not results:
        raise click.UsageError("needs the name of a chart and what to draw it from; --list shows the charts")
    from simkpi.experiment.sensitivity import SensitivityTable
    from simkpi.report.chart import Wish, find
    from simkpi.report.chart_input import Tables, drawing
    from simkpi.report.theme import save

    with options.bad_names_are_usage("NAME"):
        chart = find(name)
    options.check_interval(given["interval"])
    place = output or Path(f"{chart.name}.png")
    check_file(place)
    kpi = options.selected_kpis((given["kpi"],)) if given["kpi"] else None
    from simkpi.cli.progress import progress

    with progress("simulating", quiet=quiet) as tell:
        wish = Wish(
            lang=lang or "en",
            kpi=kpi[0] if kpi else None,
            interval=given["interval"],
            replication=given["replication"] - 1,
            goals=given["goals"],
            replications=given["replications"],
            seed=given["seed"],
        )
        source, wish = open_results(results, wish, lang=lang, progress=tell)
        table, about = drawing(chart, source, wish, progress=tell)
        figure = chart(table, **about)
    save(figure, place, provenance=stated(source))
    options.note(f"wrote {place}", quiet=quiet)
    if not isinstance(source, (Tables, SensitivityTable)):
        options.note(f"\nnext: simkpi report {' '.join(options.quoted(one) for one in results)}", quiet=quiet)


def check_file(place: Path) -> None:
    """Refuse a file of another kind, or in a folder that is not there: before any long work."""
    if place.suffix.lower() not in ENDINGS:
        raise click.BadParameter(f"must end in .png, .svg or .pdf, got '{place.name}'", param_hint="'--output'")
    options.writable_folder(place.parent)


def open_results(results: tuple[str, ...], wish: Any, *, lang: str | None, progress: Any) -> tuple[Given, Any]:
    """Open what the arguments name; the language is the first scenario's unless it was asked for."""
    from dataclasses import replace

    from simkpi.cli.scenario_input import load_input
    from simkpi.experiment.result import Result
    from simkpi.report.chart_input import compared, open_given

    found: Given | None = open_given(Path(results[0]), progress=progress) if len(results) == 1 and results[0] != "-" else None
    if found is None:
        scenarios = [load_input(one) for one in results]
        if lang is None:
            wish = replace(wish, lang=scenarios[0].spec.locale)
        found = scenarios[0] if len(scenarios) == 1 else compared(scenarios, wish, progress=progress)
    elif lang is None and isinstance(found, Result):
        wish = replace(wish, lang=found.scenario.spec.locale)
    return found, wish


def stated(source: Given) -> dict[str, str]:
    """Say in the file where it comes from."""
    from simkpi import __version__
    from simkpi.experiment.provenance import flat
    from simkpi.experiment.sensitivity import SensitivityTable
    from simkpi.experiment.stored import SweepTables
    from simkpi.report.chart_input import Tables
    from simkpi.scenario.dump import digest
    from simkpi.scenario.resolve import Scenario

    if isinstance(source, Scenario):
        return {"simkpi": __version__, "scenario": source.name, "digest": digest(source)}
    if isinstance(source, SweepTables):
        return {"simkpi": __version__, "scenario": source.plan.base.name, "plan": source.plan.digest}
    if isinstance(source, SensitivityTable):
        return {"simkpi": __version__, **flat({name: str(value) for name, value in source.stated().items()})}
    if isinstance(source, Tables):
        return {
            "simkpi": __version__,
            **flat({key: str(value) for key, value in source.about.items() if key in ("scenario", "digest")}),
        }
    return flat(source.provenance)
