"""``simkpi report``: everything about a scenario, a comparison or a sweep on one page that opens anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from simkpi.cli import option_sets, options


@click.command()
@click.argument("results", nargs=-1, required=True, type=options.ScenarioName(), metavar="RESULT...")
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
@option_sets.replications_option(least=1)
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
    from simkpi.report.html.make import make_report
    from simkpi.report.html.page import to_html

    with progress("simulating", quiet=quiet) as tell:
        wish = Wish(lang=lang or "en", goals=goals, **given)
        found, wish = open_results(results, wish, lang=lang, progress=tell)
        notes: list[str] = []
        report = make_report(found, wish, deep=deep, tell=notes.append, progress=tell)
    for note in notes:
        options.note(f"note: {note}", quiet=quiet)
    text = to_html(report)
    write_text(place, text)
    options.note(f"wrote {place} ({len(text.encode()) / 1000:,.0f} kB)", quiet=quiet)
    click.echo(report.answer.headline)
    options.note("\nnext: open it in a browser; simkpi chart --list shows charts for slides", quiet=quiet)
