"""``simkpi schema``: the JSON Schema of scenario files, so that an editor completes and checks them."""

from __future__ import annotations

from pathlib import Path

import click

from simkpi.cli import options


@click.command(short_help="Print the JSON Schema of scenario files.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Where to write it; - is stdout.  [default: -]")
@options.quiet_option
def command(output: str, *, quiet: bool) -> None:
    """Print the JSON Schema of scenario files, for completion in an editor.

    \b
    Example:
      simkpi schema -o scenario.schema.json

    A scenario that starts with the line '# yaml-language-server: $schema=scenario.schema.json' is then completed and
    checked while you type, in editors that know YAML schemas.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.scenario.schema import schema_text

    if output == "-":
        click.echo(schema_text(), nl=False)
        return
    from simkpi.cli.scenario_input import write_text

    write_text(Path(output), schema_text())
    beside = f"scenarios beside it start with: # yaml-language-server: $schema={Path(output).name}"
    options.note(f"wrote {output}; {beside}", quiet=quiet)
