"""``simkpi template``: a scenario as a workbook that planners fill in and give back to any command."""

from __future__ import annotations

from pathlib import Path

import click

from simkpi.cli import options


@click.command(short_help="Write a workbook to fill in.")
@click.argument("scenario", type=options.ScenarioName(), default="quickstart")
@click.option("--xlsx", is_flag=True, help="As a workbook (the only form; for a commented file see 'simkpi new').")
@click.option("-o", "--out", type=click.Path(path_type=Path), default="plan.xlsx", show_default=True, help="File to write.")
@click.option(
    "--lang",
    type=click.Choice(("en", "fr")),
    help="Language of sheets, headers, notes and results.  [default: the scenario's, or en]",
)
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
@options.quiet_option
def command(scenario: str, *, xlsx: bool, out: Path, lang: str | None, force: bool, quiet: bool) -> None:
    """Write a workbook with the forecast, staff and targets of SCENARIO, to be filled in with one's own.

    \b
    Examples:
      simkpi template --xlsx -o plan.xlsx
      simkpi template --xlsx --lang fr -o plan.xlsx
      simkpi template my.yaml --xlsx -o plan.xlsx

    The workbook is a scenario: run, validate, show, staff and the others read it in the place of a YAML file. SCENARIO is a YAML
    file, a workbook, or a shipped scenario's name; by default the quickstart, a web shop's Monday.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.scenario_input import load_input
    from simkpi.errors import OutputError
    from simkpi.scenario.books.write import write_plan

    if out.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"must end in .xlsx, got '{out}'", param_hint="'--out'")
    if out.exists() and not force:
        raise OutputError(f"{out}: exists already; choose another name or add --force")
    write_plan(load_input(scenario), out, lang=lang)
    name = options.quoted(str(out))
    options.note(f"wrote {out}\nnext: fill it in, then simkpi validate {name} && simkpi run {name}", quiet=quiet)
