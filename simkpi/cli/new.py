"""``simkpi new``: a commented scenario file to start from: a preset, a what-if, or one's own answers to a few questions."""

from __future__ import annotations

import re
from pathlib import Path

import click

from simkpi.cli import options

#: Files in scenarios/starters, in the order in which a newcomer would try them, and what each is.
CENTRES = {
    "voice": "a day of calls",
    "chat": "a day of chats",
    "bot": "a bot in front of chats",
    "blended": "calls and chats shared",
    "week": "a week of calls",
}
#: What planners ask; each file says in a comment which command answers it.
WHAT_IFS = {
    "hourly-demand": "staff that follows the demand of the hour",
    "skill-routing": "calls by skill and priority",
    "bot-in-front": "a bot that answers at once, day and night",
    "self-service": "help pages before the phone",
    "proactive-chat": "visitors invited to a chat",
    "canned-replies": "shorter chats",
    "targets-by-priority": "a target for each priority",
    "training": "more solved, less passed on",
    "speed-or-solution": "longer calls that solve more",
}
PRESETS = (*CENTRES, *WHAT_IFS)
_ASK = re.compile(r"^# ask: (simkpi .*)$", re.M)


@click.command(short_help="Write a commented scenario to start from.")
@click.argument("file", metavar="FILE", required=False)
@click.option(
    "--preset",
    type=click.Choice(PRESETS),
    metavar="NAME",
    help="What to start from (--list shows all).  [default: voice]",
)
@click.option("--guided", is_flag=True, help="Ask for channel, volume, times, agents and target, and write those.")
@click.option("--list", "list_", is_flag=True, help="List the presets: centres, and what-ifs with the command that answers them.")
@click.option("--force", is_flag=True, help="Overwrite FILE if it exists.")
@click.option(
    "--lang", type=click.Choice(("en", "fr")), default="en", help="Language of --guided and of its file.", show_default=True
)
@options.quiet_option
def command(file: str | None, *, preset: str | None, guided: bool, list_: bool, force: bool, lang: str, quiet: bool) -> None:
    """Write a commented scenario file to start from.

    \b
    Examples:
      simkpi new my.yaml
      simkpi new chats.yaml --preset chat
      simkpi new trained.yaml --preset training
      simkpi new my.yaml --guided
      simkpi new centre.yaml --guided --lang fr
      simkpi new --list

    FILE may be - for standard output.
    """  # noqa: D301 - click wants the character \b itself
    if list_:
        _list()
        return
    if file is None:
        raise click.UsageError("needs a file to write, such as my.yaml (or - for standard output); --list shows the presets")
    if guided and preset:
        raise click.UsageError("--guided asks for everything: leave out --preset")
    if guided:
        from simkpi.cli.guided import ask_scenario

        if file != "-" and Path(file).exists() and not force:
            _write(file, "", force=False)  # refused before the questions, not after them
        text = ask_scenario(lang)
    else:
        text = starter(preset or "voice")
    if file == "-":
        click.echo(text, nl=False)
        return
    _write(file, text, force=force)
    path = Path(file)
    question = _ASK.search(text)
    asked = f"\nwhat if: {_asked(question[1], file)}" if question else ""
    options.note(f"wrote {file}{asked}\nnext: edit it, then simkpi validate {file} && simkpi run {file}", quiet=quiet)
    options.note(f"for completion in your editor: simkpi schema -o {path.with_name('scenario.schema.json')}", quiet=quiet)


def starter(preset: str) -> str:
    """Return the text of the preset as it is written for a user."""
    from simkpi.scenario.files import shipped

    return shipped(f"starters/{preset}").read_text(encoding="utf-8").replace("$schema=../", "$schema=")


def _asked(command_line: str, file: str) -> str:
    return command_line.replace("my.yaml", options.quoted(file))


def _write(file: str, text: str, *, force: bool) -> None:
    from simkpi.cli.scenario_input import write_text

    write_text(Path(file), text, overwrite=force)


def _list() -> None:
    width = max(map(len, PRESETS))
    click.echo("Centres")
    for name, what in CENTRES.items():
        click.echo(f"  {name:<{width}}  {what}")
    click.echo("\nWhat if")
    for name, what in WHAT_IFS.items():
        click.echo(f"  {name:<{width}}  {what}")
        question = _ASK.search(starter(name))
        click.echo(f"  {'':<{width}}  {question[1] if question else ''}")
