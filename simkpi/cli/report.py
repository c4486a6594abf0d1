"""``simkpi report``: everything about a scenario, a comparison or a sweep on one page that opens anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import options

if TYPE_CHECKING:
    from simkpi.experiment.compare import Comparison
    from simkpi.experiment.result import Result
    from simkpi.report.chart import Wish
    from simkpi.report.html.run import Material

#: Contacts of a run up to which the further simulations of a report take a minute or so.
MOST_CONTACTS = 400_000


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(), metavar="RESULT...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="HTML file.  [default: report.html, in RESULT if a folder]",
)
@click.option("--goal", "goals", multiple=True, metavar="GOAL", help='Of a sweep: target to choose by, "service_level>=80%".')
@click.option(
    "--deep/--quick",
    default=None,
    help="Simulate one agent more or fewer and the formula's gap, or leave both out.  [default: deep unless it takes long]",
)
@click.option("-n", "--replications", type=click.IntRange(1, 1_000_000), metavar="N", help="[default: the scenario's]")
@options.interval_option
@options.seed_option
@options.lang_option
@options.quiet_option
def command(
    results: tuple[str, ...],
    *,
    output: Path | None,
    goals: tuple[str, ...],
    deep: bool | None,
    quiet: bool,
    lang: str | None,
    **given: Any,
) -> None:
    """Write a report of RESULT: one HTML file, nothing else needed, ready to be mailed or printed.

    \b
    Examples:
      simkpi report scenario.yaml
      simkpi report today.yaml one_more.yaml -o decision.html
      simkpi report sweep --goal "service_level>=80%"
      simkpi report results --lang fr

    RESULT is a scenario, several scenarios (compared with the first on the same customers), or a folder that run or sweep wrote
    with --out. The answer comes first, in words and with its certainty; then targets, the day, the comparison, the cross-check by
    formula, all figures with their definitions, assumptions, and where it comes from.
    """  # noqa: D301 - click wants the character \b itself
    options.check_interval(given["interval"])
    folder = Path(results[0]) if len(results) == 1 and Path(results[0]).is_dir() else Path()
    place = output or folder / "report.html"
    if place.suffix.lower() not in (".html", ".htm"):
        raise click.BadParameter(f"must end in .html, got '{place.name}'", param_hint="'--output'")
    options.writable_folder(place.parent)
    from simkpi.cli.chart import open_results
    from simkpi.cli.progress import progress
    from simkpi.cli.scenario_input import write_text
    from simkpi.report.chart import Wish
    from simkpi.report.html.page import to_html

    with progress("simulating", quiet=quiet) as tell:
        wish = Wish(lang=lang or "en", goals=goals, **given)
        found, wish = open_results(results, wish, lang=lang, progress=tell)
        report = _report(found, wish, deep=deep, quiet=quiet, progress=tell)
    text = to_html(report)
    write_text(place, text)
    options.note(f"wrote {place} ({len(text.encode()) / 1000:,.0f} kB)", quiet=quiet)
    click.echo(report.answer.headline)
    options.note("\nnext: open it in a browser; simkpi chart --list shows charts for slides", quiet=quiet)


def _report(found: Any, wish: Wish, *, deep: bool | None, quiet: bool, progress: Any) -> Any:
    from simkpi.errors import InputError
    from simkpi.experiment.compare import Comparison
    from simkpi.experiment.result import Result
    from simkpi.experiment.stored import SweepTables
    from simkpi.report.html.run import run_report
    from simkpi.report.html.sweep import sweep_report
    from simkpi.scenario.resolve import Scenario

    if isinstance(found, SweepTables):
        return sweep_report(found, goals=wish.goals, lang=wish.lang)
    if isinstance(found, (Scenario, Result, Comparison)):
        return run_report(material_of(found, wish, deep=deep, quiet=quiet, progress=progress), lang=wish.lang)
    raise InputError(
        "a report is written of scenarios, or of a folder of 'simkpi run --out' or 'simkpi sweep --out'; see 'simkpi chart'"
    )


def material_of(found: Any, wish: Wish, *, deep: bool | None, quiet: bool, progress: Any) -> Material:
    """Simulate what the report shows and is not there yet."""
    from simkpi.experiment.compare import Comparison
    from simkpi.experiment.replicate import simulate
    from simkpi.experiment.result import Result
    from simkpi.report.html.run import Material

    comparison = found if isinstance(found, Comparison) else None
    if isinstance(found, Result):
        result = found
    else:
        scenario = found if comparison is None else comparison.scenarios[comparison.baseline]
        seed, replications = (wish.seed, wish.replications) if comparison is None else (comparison.seed, comparison.replications)
        result = simulate(scenario, seed=seed, replications=replications, progress=progress)
    is_deep = _is_quick_enough(result) if deep is None else deep
    if deep is None and not is_deep:
        options.note(
            "note: large scenario, so one agent more or fewer and the formula's gap are left out; --deep adds them", quiet=quiet
        )
    gap, lever = _further(result, wish) if is_deep and result.replications > 1 else ((), None)
    return Material(result, comparison, _judged(comparison, result), gap, lever, wish.interval)


def _judged(comparison: Comparison | None, result: Result) -> dict[str, Any]:
    """Judge the targets of every scenario of a comparison, one after the other."""
    if comparison is None:
        return {}
    from simkpi.experiment.replicate import simulate
    from simkpi.experiment.verdicts import verdicts

    given: dict[str, Any] = {"seed": comparison.seed, "replications": comparison.replications}
    found = {}
    for place, (name, scenario) in enumerate(zip(comparison.names, comparison.scenarios, strict=True)):
        found[name] = verdicts(result if place == comparison.baseline else simulate(scenario, **given))
    return found


def _is_quick_enough(result: Result) -> bool:
    return len(result.interactions) <= MOST_CONTACTS


def _further(result: Result, wish: Wish) -> tuple[Any, Any]:
    from simkpi.errors import SimkpiError
    from simkpi.planning.crosscheck_gap import explain
    from simkpi.planning.staff_curve import Lever, staff_curve

    given: dict[str, Any] = {"seed": result.seed, "replications": result.replications}
    try:
        gap = explain(result.scenario, interval=wish.interval, **given)
    except SimkpiError:  # a scenario that no formula describes still has a report
        gap = ()
    try:
        lever = Lever(staff_curve(result.scenario, **given))
    except SimkpiError:
        lever = None
    return gap, lever
