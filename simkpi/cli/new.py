"""``simkpi new``: a commented scenario file to start from."""

from __future__ import annotations

from pathlib import Path

import click

#: Files in scenarios/starters, in the order in which a newcomer would try them.
PRESETS = ("voice", "chat", "bot", "blended", "week")


@click.command(short_help="Write a commented scenario to start from.")
@click.argument("file", metavar="FILE")
@click.option(
    "--preset",
    type=click.Choice(PRESETS),
    default="voice",
    show_default=True,
    help="What to start from: calls, chats, a bot in front of chats, calls and chats shared, or a week of calls.",
)
@click.option("--force", is_flag=True, help="Overwrite FILE if it exists.")
def command(file: str, preset: str, force: bool) -> None:
    """Write a commented scenario file to start from.

    \b
    Examples:
      simkpi new my.yaml
      simkpi new chats.yaml --preset chat

    FILE may be - for standard output.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.scenario_input import write_text
    from simkpi.scenario.files import shipped

    text = shipped(f"starters/{preset}").read_text(encoding="utf-8").replace("$schema=../", "$schema=")
    if file == "-":
        click.echo(text, nl=False)
        return
    path = Path(file)
    write_text(path, text, overwrite=force)
    click.echo(f"wrote {file}\nnext: edit it, then simkpi validate {file} && simkpi run {file}", err=True)
    click.echo(f"for completion in your editor: simkpi schema -o {path.with_name('scenario.schema.json')}", err=True)
