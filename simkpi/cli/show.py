"""``simkpi show``: a scenario as it was read, or with every field that will be run."""

from __future__ import annotations

import json

import click

from simkpi.cli import options


@click.command(short_help="Print a scenario as read, or resolved.")
@click.argument("file", type=options.ScenarioName(), metavar="FILE")
@click.option("--resolved", is_flag=True, help="With every default filled in, volumes and head-counts day by day.")
@click.option(
    "--format", "format_", type=click.Choice(("yaml", "json")), default="yaml", show_default=True, help="Form of the result."
)
@options.quiet_option
def command(file: str, *, resolved: bool, format_: str, quiet: bool) -> None:
    """Print a scenario as it was read, or with every default filled in.

    \b
    Example:
      simkpi show my.yaml --resolved

    FILE may be - for standard input, or the name of a shipped scenario. The resolved form is itself a scenario file.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.scenario_input import open_input
    from simkpi.scenario.dump import digest, to_dict, to_yaml

    scenario = open_input(file, quiet=quiet)
    data = to_dict(scenario) if resolved else scenario.short
    click.echo(to_yaml(data) if format_ == "yaml" else json.dumps(data, indent=2, ensure_ascii=False) + "\n", nl=False)
    options.note(f"digest: {digest(scenario)}", quiet=quiet)
