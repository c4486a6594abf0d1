"""The options of ``simkpi erlang``: volumes, numbers and durations as planners write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from simkpi import units
from simkpi.cli.options import DURATION, SHARE, format_option, lang_option, quiet_option
from simkpi.errors import InputError

Function = TypeVar("Function", bound=Callable[..., Any])


class _Volume(click.ParamType):  # type: ignore[type-arg]
    """Contacts per period: ``100/30min``, ``480 per day``."""

    name = "volume"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return (contacts, seconds)."""
        try:
            return units.parse_volume(value) if isinstance(value, str) else value
        except InputError as error:
            self.fail(error.problems[0].message, param, ctx)


class _Number(click.ParamType):  # type: ignore[type-arg]
    """A finite number of at least 0."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a float."""
        if not isinstance(value, str):
            return value
        try:
            number = units.parse_number(value)
        except InputError as error:
            self.fail(error.problems[0].message, param, ctx)
        if number < 0:
            self.fail(f"must not be negative, got '{value}'", param, ctx)
        return number


class _Durations(click.ParamType):  # type: ignore[type-arg]
    """Durations separated by commas, one for each number of chats at once."""

    name = "durations"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a tuple of seconds."""
        if not isinstance(value, str):
            return value
        return tuple(DURATION.convert(part, param, ctx) for part in value.split(","))


def queue_options(*own: Callable[[Function], Function]) -> Callable[[Function], Function]:
    """Give a command the options of all models and, after the volume, its *own*, in the order in which help lists them."""
    options: tuple[Callable[[Any], Any], ...] = (
        click.option(
            "--volume", type=_Volume(), required=True, metavar="N/PERIOD", help="Contacts per period: 100/30min, 480/day."
        ),
        *own,
        click.option("--agents", type=_Number(), metavar="N", help="Agents on queue; left out: solved for."),
        click.option(
            "--threshold", type=DURATION, default="20s", show_default=True, metavar="DURATION", help="Service level's limit."
        ),
        click.option("--target", type=SHARE, metavar="SHARE", help="Service level to reach, of offered contacts: 80%."),
        click.option("--max-asa", type=DURATION, metavar="DURATION", help="Longest mean wait of answered contacts."),
        click.option("--max-wait", type=DURATION, metavar="DURATION", help="Longest 90th percentile of the time in queue."),
        click.option("--max-abandon", type=SHARE, metavar="SHARE", help="Largest share of contacts that abandon: 5%."),
        click.option("--max-block", type=SHARE, metavar="SHARE", help="Largest share of contacts that are refused: 1%."),
        click.option("--max-occupancy", type=SHARE, metavar="SHARE", help="Occupancy cap: 85%."),
        click.option("--shrinkage", type=SHARE, default="0%", metavar="SHARE", help="Paid time off queue: 30%."),
        lang_option,
        format_option,
        quiet_option,
    )

    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


AHT = click.option(
    "--aht", type=DURATION, required=True, metavar="DURATION", help="Mean handle time: talk, hold and wrap-up, 3m30s."
)
PLACES = click.option("--places", type=_Number(), metavar="N", help="Contacts in service and waiting together, at most.")
PATIENCE = click.option(
    "--patience",
    type=DURATION,
    required=True,
    metavar="DURATION",
    help="Mean patience (not the mean wait of abandoned contacts).",
)
CHAT = (
    click.option(
        "--aht", type=_Durations(), required=True, metavar="D1,D2,...", help="Mean duration of a chat with 1, 2, ... at once."
    ),
    click.option(
        "--at-once", type=click.IntRange(1, 20), metavar="N", help="Most chats at once, if --aht is one duration for all."
    ),
    click.option("--patience", type=DURATION, metavar="DURATION", help="Mean patience; left out: nobody abandons."),
    click.option("--places", type=_Number(), metavar="N", help="Customers who can wait, beyond those in a chat."),
    click.option(
        "--routing",
        type=click.Choice(["least", "most"]),
        default="least",
        show_default=True,
        help="Agent with fewest or most chats.",
    ),
)
