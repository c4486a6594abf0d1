"""``simkpi validate``: is the scenario file right, and what about it is suspicious."""

from __future__ import annotations

import click


@click.command(short_help="Check scenario files.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--quiet", is_flag=True, help="Say nothing when a file is right.")
def command(files: tuple[str, ...], quiet: bool) -> None:
    """Check scenario files and list every problem with its line.

    \b
    Example:
      simkpi validate my.yaml

    FILE may be - for standard input. Exit code 3 if a file is wrong. Warnings point at what is legal but suspicious.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.scenario_input import load_input
    from simkpi.errors import Problem, ScenarioError

    problems: list[Problem] = []
    for file in files:
        try:
            scenario = load_input(file)
        except ScenarioError as error:
            problems += error.problems
            continue
        for warning in scenario.warnings:
            click.echo(f"warning: {warning}", err=True)
        if not quiet:
            spec = scenario.spec
            sizes = (len(spec.contacts), "contact type"), (len(spec.teams), "team"), (spec.calendar.days, "day")
            count = ", ".join(f"{number} {word}{'s' if number > 1 else ''}" for number, word in sizes)
            click.echo(f"{file}: OK ({count})")
    if problems:
        raise ScenarioError(problems)
    if not quiet:
        click.echo(f"next: simkpi run {files[0]}", err=True)
