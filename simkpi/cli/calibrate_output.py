"""What ``simkpi calibrate`` leaves behind: the scenario, the fit and its check on the screen, charts, draws of the inputs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import options

if TYPE_CHECKING:
    from simkpi.interactions.table import Log
    from simkpi.planning.calibrate.calibration import Calibration
    from simkpi.planning.calibrate.check import Comparison


def draw_charts(fitted: Calibration, comparison: Comparison | None, folder: Path, *, lang: str) -> list[Path]:
    """Draw the fitted laws, and the log beside the simulation if there was one."""
    from simkpi import __version__
    from simkpi.report.chart import Wish, find
    from simkpi.report.theme import save

    drawn = []
    for name, result in (("fits", fitted), ("calibration", comparison)):
        if result is None:
            continue
        table, how = find(name).sources[type(result)](result, Wish(lang=lang))
        figure = find(name)(table, **how)
        for ending in ("png", "svg"):
            save(figure, folder / f"{name}.{ending}", provenance={"simkpi": __version__})
            drawn.append(folder / f"{name}.{ending}")
    return drawn


def write_draws(log: Log, fitted: Calibration, count: int, folder: Path, *, seed: int | str, quiet: bool, **how: Any) -> None:
    """Write a scenario for each fit to re-sampled days."""
    from simkpi.cli.progress import progress
    from simkpi.planning.calibrate.bootstrap import draws
    from simkpi.planning.calibrate.scenario import scenario_text

    options.writable_folder(folder)
    with progress("fitting re-sampled days", quiet=quiet) as tell:
        for number, one in enumerate(draws(log, fitted, count, seed=seed, **how), start=1):
            write_scenario(str(folder / f"draw-{number:04d}.yaml"), scenario_text(one, name=f"Draw {number} of the inputs"))
            if tell is not None:
                tell(number, count)
    options.note(f"wrote {count} draws of the inputs in {folder}: simkpi run ... --inputs {folder}", quiet=quiet)


def write_scenario(output: str, text: str) -> None:
    """Write the scenario into the file *output*, or to standard output for ``-``."""
    from simkpi.errors import OutputError

    if output == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{output}: can not be written ({(error.strerror or str(error)).lower()})") from None


def show(fitted: Calibration, comparison: Comparison | None, *, format_: str, lang: str, to_stderr: bool) -> None:
    """Print what was fitted and how it compares."""
    from simkpi.report.calibrate_table import lines

    if format_ == "json":
        click.echo(json.dumps(as_object(fitted, comparison), indent=1, ensure_ascii=False), err=to_stderr)
        return
    if format_ == "csv":
        _csv(fitted, comparison, to_stderr)
        return
    for line in lines(fitted, comparison, lang):
        click.echo(line, err=to_stderr)


def _csv(fitted: Calibration, comparison: Comparison | None, to_stderr: bool) -> None:
    """Write the comparison as CSV, or the fit if there is none."""
    import csv
    import io

    from simkpi.report import calibrate_table as report

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
            "resolved": contact.resolved,
            "redials": asdict(contact.redials) if contact.redials else None,
            "returns": asdict(contact.returns) if contact.returns else None,
            "transfer": asdict(contact.transfer) if contact.transfer else None,
            "slower_when_busy": list(contact.slow_down.slower) if contact.slow_down else [],
            "replies": asdict(contact.turns.replies) if contact.turns else None,
        }
        for contact in fitted.contacts
    }
    teams = {
        team.name: {
            "agents": team.agents,
            "availability": team.availability,
            "hours": team.hours.tolist(),
            "source": team.source,
            "paces": dict(zip(team.paces.names, team.paces.pace.tolist(), strict=True)),
            "away_when_quiet": asdict(team.breath) if team.breath else None,
        }
        for team in fitted.teams
    }
    return {
        "contacts": contacts,
        "teams": teams,
        "availability_factor": fitted.factor,
        "longer_when_quiet": fitted.quiet,
        "tuned_to": asdict(fitted.tuning) if fitted.tuning else None,
        "notes": list(fitted.notes),
        "replications": comparison.replications if comparison else None,
        "kpis": [{**asdict(line), "agrees": line.agrees} for line in comparison.lines] if comparison else [],
        "reasons": list(comparison.reasons) if comparison else [],
    }
