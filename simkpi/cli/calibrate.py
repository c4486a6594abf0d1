"""Fit a scenario to a recorded log, and print the log's KPIs beside those of the simulated scenario."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options
from simkpi.cli.calibrate_output import draw_charts, show, write_draws, write_scenario
from simkpi.cli.log_reading import read_wall_clock, reading_options

if TYPE_CHECKING:
    from simkpi.interactions.table import Log
    from simkpi.planning.calibrate.calibration import Calibration
    from simkpi.planning.calibrate.check import Comparison


@click.command()
@click.argument("log", type=click.Path())
@click.option("-o", "--output", type=click.Path(), required=True, metavar="FILE", help="Scenario file to write; - is stdout.")
@option_sets.log_options
@reading_options
@options.interval_option
@option_sets.choice_option("--profile", ("weekday", "date"), "Means by weekday, or the log's own days.")
@option_sets.choice_option(
    "--staff-from", ("contacts", "states"), "Reconstruct who was on duty from the contacts, or believe the log's agent states."
)
@click.option(
    "--longest-gap",
    type=options.DURATION,
    default="5min",
    show_default=True,
    metavar="DURATION",
    help="An agent who lets customers wait for longer was away.",
)
@option_sets.choice_option(
    "--link",
    ("auto", "case", "customer", "none"),
    "Contacts that follow others, for redials and returns: same case_id, or same customer within days; auto: case_id.",
)
@option_sets.choice_option(
    "--patience", ("curve", "simple"), "Law of patience: the Kaplan-Meier curve, or the best of three simple laws where it fits."
)
@option_sets.choice_option(
    "--split-by",
    ("auto", "priority", "none"),
    "Customers of different priority as contact types of their own; auto: if they are served first.",
)
@click.option("-n", "--replications", type=click.IntRange(2, 10_000), default=20, show_default=True, help="Of the check.")
@options.seed_option
@click.option("--tune/--no-tune", default=True, show_default=True, help="Tune the agents on duty to the log's abandon rate.")
@click.option(
    "--tune-by",
    type=options.Names(),
    metavar="NAMES",
    help="Tune these instead: availability, unlogged_work, patience, handle_time.",
)
@click.option(
    "--match", type=options.Names(), metavar="NAMES", help="KPIs that --tune-by brings into agreement, e.g. abandon_rate,asa."
)
@click.option("--check/--no-check", default=True, show_default=True, help="Simulate the scenario and compare it with the log.")
@click.option(
    "--draws",
    type=click.IntRange(5, 1000),
    metavar="N",
    help="Also fit N times to re-sampled days, into FILE's name with .draws: for 'simkpi run --inputs'.",
)
@click.option("--name", metavar="TEXT", help="Name of the scenario.  [default: from the log's file name]")
@click.option("--origin", metavar="TEXT", default="", help="Whose data these are: a comment at the top of the scenario.")
@click.option(
    "--charts", type=click.Path(path_type=Path), metavar="DIR", help="Draw the fitted laws and the comparison into this folder."
)
@click.option("--force", is_flag=True, help="Replace the scenario file if it exists.")
@options.format_option
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", show_default=True, help="Language of the tables.")
@options.quiet_option
def command(
    *,
    log: str,
    output: str,
    source: str | None,
    mapping: str | None,
    max_rejects: float | None,
    timezone: str | None,
    interval: float,
    profile: str,
    staff_from: str,
    longest_gap: float,
    link: str,
    split_by: str,
    patience: str,
    replications: int,
    seed: int | str | None,
    tune: bool,
    tune_by: tuple[str, ...] | None,
    match: tuple[str, ...] | None,
    check: bool,
    draws: int | None,
    name: str | None,
    origin: str,
    charts: Path | None,
    force: bool,
    format_: str,
    lang: str,
    quiet: bool,
) -> None:
    """Fit volumes, handle times, patience and agents on duty to LOG and write them as a scenario.

    \b
    Examples:
      simkpi calibrate calls.csv --source anonymous-bank -o bank.yaml
      simkpi calibrate export.csv --map mapping.yaml -o centre.yaml --no-check
      simkpi calibrate calls.csv -o centre.yaml --tune-by availability,patience --match abandon_rate,asa

    The scenario says beside every figure where it comes from, from how many contacts, and how uncertain it is. Then it is
    simulated over the log's calendar, and the log's own KPIs are printed beside the simulated ones.
    """  # noqa: D301 - click wants the character \b itself
    options.check_interval(interval)
    if draws is not None and output == "-":
        raise click.UsageError("--draws writes a folder beside the scenario: name its file with -o")
    if (tune_by is None) != (match is None):
        raise click.UsageError("--tune-by and --match belong together: what is tuned, and the KPIs that shall agree")
    if output != "-":
        refuse_existing(Path(output), force=force)
    if charts is not None:
        options.writable_folder(charts)
    from simkpi.planning.calibrate.fit import fit
    from simkpi.planning.calibrate.remarks import untuned
    from simkpi.planning.calibrate.scenario import scenario_text
    from simkpi.planning.calibrate.tuning import tune as tune_agents

    read = read_wall_clock(log, source, mapping, max_rejects=max_rejects, timezone=timezone, quiet=quiet)
    how: dict[str, Any] = {
        "interval": interval,
        "profile": profile,
        "longest_gap": longest_gap,
        "staff_from": staff_from,
        "link_by": link,
        "split_by": split_by,
        "patience": patience,
    }
    fitted = fit(read, **how)
    world = 1 if seed is None else seed
    if tune_by is not None and match is not None:
        from simkpi.planning.calibrate.moments import tune_moments

        options.note(f"tuning {', '.join(tune_by)} ...", quiet=quiet)
        fitted = tune_moments(fitted, read, parameters=tune_by, moments=match, seed=world).calibration
    elif tune:
        options.note("tuning the availability factor ...", quiet=quiet)
        fitted = untuned(tune_agents(fitted, seed=world))
    text = scenario_text(fitted, name=name or f"Fitted to {Path(log).name}", origin=origin)
    write_scenario(output, text)
    if draws is not None:
        write_draws(read, fitted, draws, Path(output).with_suffix(".draws"), seed=world, quiet=quiet, **how)
    comparison = compare(fitted, read, replications=replications, seed=world, quiet=quiet) if check else None
    # The scenario itself may be on stdout: then the figures go to stderr.
    show(fitted, comparison, format_=format_, lang=lang, to_stderr=output == "-")
    if charts is not None:
        drawn = draw_charts(fitted, comparison, charts, lang=lang)
        options.note(f"\nwrote {', '.join(map(str, drawn))}", quiet=quiet)
    if output != "-":
        options.note(f"\nwrote {output}\nnext: simkpi run {options.quoted(output)}", quiet=quiet)


def refuse_existing(path: Path, *, force: bool) -> None:
    """Stop before any long work if the scenario could not be written or would replace a file."""
    from simkpi.errors import OutputError

    if path.is_dir():
        raise OutputError(f"{path}: is a folder; name a file such as {path / 'scenario.yaml'}")
    if path.exists() and not force:
        raise OutputError(f"{path}: exists already; choose another name, or replace it with --force")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {path.parent}; make it first")
    if not os.access(path.parent, os.W_OK):
        raise OutputError(f"{path}: can not write into {path.parent}; choose another folder")


def compare(fitted: Calibration, log: Log, *, replications: int, seed: int | str, quiet: bool) -> Comparison:
    """Simulate the fit under a progress bar."""
    from simkpi.cli.progress import progress
    from simkpi.planning.calibrate import check

    with progress("simulating", quiet=quiet) as tell:
        return check.compare(fitted, log, replications=replications, seed=seed, progress=tell)
