"""Fit a scenario to a recorded log, and print the log's KPIs beside those of the simulated scenario."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import options

if TYPE_CHECKING:
    from simkpi.interactions.table import Log
    from simkpi.planning.calibrate.check import Comparison
    from simkpi.planning.calibrate.fit import Calibration


@click.command()
@click.argument("log", type=click.Path())
@click.option("-o", "--output", type=click.Path(), required=True, metavar="FILE", help="Scenario file to write; - is stdout.")
@click.option("--source", metavar="NAME", help="System that the log comes from, e.g. anonymous-bank.  [default: guessed]")
@click.option("--map", "mapping", type=click.Path(), metavar="FILE", help="Mapping of the log's columns to ours.")
@options.interval_option
@click.option(
    "--profile",
    type=click.Choice(["weekday", "date"]),
    default="weekday",
    show_default=True,
    help="Means by weekday, or the log's own days.",
)
@click.option(
    "--staff-from",
    type=click.Choice(["contacts", "states"]),
    default="contacts",
    show_default=True,
    help="Reconstruct who was on duty from the contacts, or believe the log's agent states.",
)
@click.option(
    "--longest-gap",
    type=options.DURATION,
    default="5min",
    show_default=True,
    metavar="DURATION",
    help="An agent who lets customers wait for longer was away.",
)
@click.option(
    "--link",
    type=click.Choice(["auto", "case", "customer", "none"]),
    default="auto",
    show_default=True,
    help="Contacts that follow others, for redials and returns: same case_id, or same customer within days; auto: case_id.",
)
@click.option(
    "--patience",
    type=click.Choice(["curve", "simple"]),
    default="curve",
    show_default=True,
    help="Law of patience: the Kaplan-Meier curve, or the best of three simple laws where it fits.",
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
@options.quiet_option
def command(
    *,
    log: str,
    output: str,
    source: str | None,
    mapping: str | None,
    interval: float,
    profile: str,
    staff_from: str,
    longest_gap: float,
    link: str,
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
    from simkpi.interactions.files import read_log
    from simkpi.interactions.zones import as_wall_clock
    from simkpi.planning.calibrate import check as checks
    from simkpi.planning.calibrate.fit import fit
    from simkpi.planning.calibrate.scenario import scenario_text

    read = as_wall_clock(read_log(log, source, mapping=mapping)).collect()
    for line in () if quiet else read.notes:
        options.note(f"note: {line}")
    how: dict[str, Any] = {
        "interval": interval,
        "profile": profile,
        "longest_gap": longest_gap,
        "staff_from": staff_from,
        "link_by": link,
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
        fitted = checks.tune(fitted, seed=world)
    text = scenario_text(fitted, name=name or f"Fitted to {Path(log).name}", origin=origin)
    _write(output, text)
    if draws is not None:
        _write_draws(read, fitted, draws, Path(output).with_suffix(".draws"), seed=world, quiet=quiet, **how)
    comparison = compare(fitted, read, replications=replications, seed=world, quiet=quiet) if check else None
    # The scenario itself may be on stdout: then the figures go to stderr.
    show(fitted, comparison, format_=format_, to_stderr=output == "-")
    if charts is not None:
        drawn = _draw(fitted, comparison, charts)
        options.note(f"\nwrote {', '.join(map(str, drawn))}", quiet=quiet)
    if output != "-":
        options.note(f"\nwrote {output}\nnext: simkpi run {options.quoted(output)}", quiet=quiet)


def _draw(fitted: Calibration, comparison: Comparison | None, folder: Path) -> list[Path]:
    """Draw the fitted laws, and the log beside the simulation if there was one."""
    from simkpi import __version__
    from simkpi.report.chart import Wish, find
    from simkpi.report.theme import save

    drawn = []
    for name, result in (("fits", fitted), ("calibration", comparison)):
        if result is None:
            continue
        table, how = find(name).sources[type(result)](result, Wish())
        figure = find(name)(table, **how)
        for ending in ("png", "svg"):
            save(figure, folder / f"{name}.{ending}", provenance={"simkpi": __version__})
            drawn.append(folder / f"{name}.{ending}")
    return drawn


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


def _write_draws(log: Log, fitted: Calibration, count: int, folder: Path, *, seed: int | str, quiet: bool, **how: Any) -> None:
    """Write a scenario for each fit to re-sampled days."""
    from simkpi.cli.progress import progress
    from simkpi.planning.calibrate.bootstrap import draws
    from simkpi.planning.calibrate.scenario import scenario_text

    options.writable_folder(folder)
    with progress("fitting re-sampled days", quiet=quiet) as tell:
        for number, one in enumerate(draws(log, fitted, count, seed=seed, **how), start=1):
            _write(str(folder / f"draw-{number:04d}.yaml"), scenario_text(one, name=f"Draw {number} of the inputs"))
            if tell is not None:
                tell(number, count)
    options.note(f"wrote {count} draws of the inputs in {folder}: simkpi run ... --inputs {folder}", quiet=quiet)


def _write(output: str, text: str) -> None:
    from simkpi.errors import OutputError

    if output == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{output}: can not be written ({(error.strerror or str(error)).lower()})") from None


def compare(fitted: Calibration, log: Log, *, replications: int, seed: int | str, quiet: bool) -> Comparison:
    """Simulate the fit under a progress bar."""
    from simkpi.cli.progress import progress
    from simkpi.planning.calibrate import check

    with progress("simulating", quiet=quiet) as tell:
        return check.compare(fitted, log, replications=replications, seed=seed, progress=tell)


def show(fitted: Calibration, comparison: Comparison | None, *, format_: str, to_stderr: bool) -> None:
    """Print what was fitted and how it compares."""
    from simkpi.planning.calibrate import report
    from simkpi.report.tables import aligned

    if format_ == "json":
        click.echo(json.dumps(as_object(fitted, comparison), indent=1, ensure_ascii=False), err=to_stderr)
        return
    if format_ == "csv":
        _csv(fitted, comparison, to_stderr)
        return
    click.echo(aligned(report.FIT_HEADER, report.fit_rows(fitted), left=(0,)), err=to_stderr)
    click.echo("", err=to_stderr)
    for sentence in report.fit_sentences(fitted):
        click.echo(sentence, err=to_stderr)
    if comparison is not None:
        click.echo(f"\nThe log beside {comparison.replications} simulations of it", err=to_stderr)
        click.echo(aligned(report.CHECK_HEADER, report.check_rows(comparison), left=(0,)), err=to_stderr)
        click.echo("\nWhere and why they differ", err=to_stderr)
        for reason in comparison.reasons:
            click.echo(f"- {reason}", err=to_stderr)


def _csv(fitted: Calibration, comparison: Comparison | None, to_stderr: bool) -> None:
    """Write the comparison as CSV, or the fit if there is none."""
    import csv
    import io

    from simkpi.planning.calibrate import report

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if comparison is None:
        writer.writerows([report.FIT_HEADER, *report.fit_rows(fitted)])
    else:
        writer.writerow(["kpi", "unit", "log", "value", "half_width", "low", "high", "same_days", "agrees"])
        for line in comparison.lines:
            figures = (line.recorded, line.value, line.half_width, line.low, line.high, line.same_days)
            writer.writerow([line.kpi, line.unit, *figures, line.agrees])
    click.echo(text.getvalue(), nl=False, err=to_stderr)


def as_object(fitted: Calibration, comparison: Comparison | None) -> dict[str, object]:
    """Fit and comparison as one object for JSON."""
    contacts = {
        contact.name: {
            "contacts": contact.volume.contacts,
            "day_spread": contact.volume.day.cv,
            "interval_spread": contact.volume.interval.cv,
            "talk": asdict(contact.talk),
            "wrap": asdict(contact.wrap),
            "patience": asdict(contact.patience),
            "bot": asdict(contact.bot) if contact.bot else None,
            "priority": contact.order.priority,
        }
        for contact in fitted.contacts
    }
    teams = {
        team.name: {"agents": team.agents, "availability": team.availability, "hours": team.hours.tolist(), "source": team.source}
        for team in fitted.teams
    }
    return {
        "contacts": contacts,
        "teams": teams,
        "availability_factor": fitted.factor,
        "tuned_to": fitted.tuned_to,
        "notes": list(fitted.notes),
        "replications": comparison.replications if comparison else None,
        "kpis": [{**asdict(line), "agrees": line.agrees} for line in comparison.lines] if comparison else [],
        "reasons": list(comparison.reasons) if comparison else [],
    }
