"""Options that commands of a kind take together: one order, one meaning, one place to change them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from simkpi.cli import options

Function = TypeVar("Function", bound=Callable[..., Any])


def together(*decorators: Callable[[Any], Any]) -> Callable[[Function], Function]:
    """Return one decorator that adds the options of *decorators*, shown in this order."""

    def decorate(function: Function) -> Function:
        for one in reversed(decorators):
            function = one(function)
        return function

    return decorate


def choice_option(name: str, choices: tuple[str, ...], text: str) -> Callable[[Function], Function]:
    """Return an option that takes one of *choices*; the first is the default."""
    return click.option(name, type=click.Choice(choices), default=choices[0], show_default=True, help=text)


def replications_option(text: str = "", *, least: int = 2, default: str = "the scenario's") -> Callable[[Function], Function]:
    """Return ``-n``; *text* says of what, *least* is 2 where intervals are asked for."""
    return click.option(
        "-n",
        "--replications",
        type=click.IntRange(least, 1_000_000),
        metavar="N",
        help=f"{text or 'Independent days or weeks.'}  [default: {default}]",
    )


def apply_option(what: str) -> Callable[[Function], Function]:
    """Return ``--apply``: write the scenario that a plan leads to."""
    return click.option(
        "--apply", "apply_", type=click.Path(path_type=Path), metavar="FILE", help=f"Write {what} as a scenario file."
    )


def jobs_option(text: str = "Worker processes.") -> Callable[[Function], Function]:
    """Return ``--jobs``; *text* says of which kind the workers are."""
    return click.option("--jobs", type=click.IntRange(1, 1024), metavar="N", help=f"{text}  [default: as many as pay off]")


engine_option = click.option(
    "--engine", default="auto", show_default=True, metavar="NAME", help="Engine that simulates: auto, compiled, reference."
)
target_option = click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="GOAL",
    help='Instead of the scenario\'s targets: "voice.service_level>=80% in 20s"; may be repeated.',
)
planning_interval_option = click.option(
    "--interval", type=options.DURATION, metavar="DURATION", help="Planning interval.  [default: each team's own]"
)
#: Of commands that read a recorded log.
log_options = together(
    click.option(
        "--source", metavar="NAME", help="System that the log comes from, e.g. anonymous-bank.  [default: by its columns]"
    ),
    click.option(
        "--map", "mapping", type=click.Path(dir_okay=False), metavar="FILE", help="Mapping of the log's columns to ours."
    ),
)
#: Of commands that score simulated days.
scoring_options = together(
    options.seed_option,
    options.by_option,
    options.kpi_option,
    options.interval_option,
    options.format_option,
    options.out_option,
)
#: Of commands that answer a planner's question by simulation.
planning_options = together(
    options.seed_option,
    engine_option,
    options.lang_option,
    options.format_option,
    options.out_option,
    options.quiet_option,
)
