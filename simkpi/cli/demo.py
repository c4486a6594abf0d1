"""The first command of a new user: a shipped scenario simulated, its KPIs on the screen, its chart in a file."""

from __future__ import annotations

from pathlib import Path

import click

from simkpi.cli import options

FOLDER = Path("simkpi-out")


@click.command()
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=FOLDER,
    show_default=True,
    help="Folder for the chart.",
)
@options.seed_option
@options.format_option
@options.lang_option
@options.quiet_option
def command(*, out: Path, seed: int | str | None, format_: str, lang: str | None, quiet: bool) -> None:
    """Simulate the shipped quickstart scenario: KPI table on the screen, chart in a file.

    \b
    Example:
      simkpi demo
      simkpi demo --out charts --seed 7
      simkpi demo --lang fr
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.progress import progress
    from simkpi.cli.run_output import print_result
    from simkpi.experiment.replicate import simulate
    from simkpi.experiment.verdicts import verdicts
    from simkpi.report.files import write_chart
    from simkpi.scenario.files import load, shipped

    options.writable_folder(out)
    with progress("simulating", quiet=quiet) as tell:
        result = simulate(load(shipped("quickstart")), seed=seed, progress=tell)
    files = write_chart(result, out, lang=lang or "en")
    print_result(result, result.kpis(), judged=verdicts(result), format_=format_, lang=lang or "en")
    options.note(f"\nchart: {files[0]} (and {files[1].name})", quiet=quiet)
    options.note(
        "\nnext: simkpi staff quickstart   the agents that meet every target"
        "\n      simkpi new my.yaml        a scenario of your own"
        "\n      simkpi run my.yaml        simulate it",
        quiet=quiet,
    )
