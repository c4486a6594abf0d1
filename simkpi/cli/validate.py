"""``simkpi validate``: is the scenario file right, and what about it is suspicious."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simkpi.cli import options

if TYPE_CHECKING:
    from simkpi.errors import Problem
    from simkpi.scenario.resolve import Scenario


@click.command(short_help="Check scenario files.")
@click.argument("files", nargs=-1, required=True, type=options.ScenarioName(), metavar="FILE...")
@options.format_option
@options.quiet_option
def command(files: tuple[str, ...], *, format_: str, quiet: bool) -> None:
    """Check scenario files and list every problem with its line.

    \b
    Examples:
      simkpi validate my.yaml
      simkpi validate plans/*.yaml --format json

    FILE may be - for standard input. Exit code 3 if a file is wrong. Warnings point at what is legal but suspicious.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.scenario_input import load_input
    from simkpi.errors import ScenarioError

    problems: list[Problem] = []
    warnings: list[Problem] = []
    for file in files:
        try:
            scenario = load_input(file)
        except ScenarioError as error:
            problems += error.problems
            continue
        warnings += scenario.warnings
        if format_ == "table":
            _say(file, scenario, quiet=quiet)
    if format_ != "table":
        _emit(problems, warnings, format_)
        if problems:
            click.get_current_context().exit(ScenarioError.exit_code)
        return
    if problems:
        raise ScenarioError(problems)
    options.note(f"next: simkpi run {options.quoted(files[0])}", quiet=quiet)


def _say(file: str, scenario: Scenario, *, quiet: bool) -> None:
    for warning in scenario.warnings:
        click.echo(f"warning: {warning}", err=True)
    if quiet:
        return
    spec = scenario.spec
    sizes = (len(spec.contacts), "contact type"), (len(spec.teams), "team"), (spec.calendar.days, "day")
    count = ", ".join(f"{number} {word}{'s' if number > 1 else ''}" for number, word in sizes)
    click.echo(f"{file}: OK ({count})")


def _emit(problems: list[Problem], warnings: list[Problem], format_: str) -> None:
    """Print errors and warnings as records, for editors and other programs."""
    from dataclasses import asdict

    from simkpi.cli.emit import emit_records

    found = [("error", each) for each in problems] + [("warning", each) for each in warnings]
    emit_records([{"severity": severity, **asdict(each)} for severity, each in found], format_)
