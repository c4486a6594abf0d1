"""``simkpi run --no-log``: the KPIs of horizons that are too long for their log to be kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import options

if TYPE_CHECKING:
    from polars import DataFrame

    from simkpi.experiment.unlogged import Unlogged
    from simkpi.scenario.resolve import Scenario

#: Options that need the log, or several logs at once.
_NEED_LOG = {
    "out": "--out",
    "xlsx": "--xlsx",
    "log": "--log",
    "precision": "--precision",
    "inputs": "--inputs",
    "control": "--control-variate",
    "jobs": "--jobs",
}


def refuse(**given: Any) -> None:
    """Refuse options that need the log.

    Raises
    ------
    click.UsageError
        Naming them.
    """
    wrong = [option for name, option in _NEED_LOG.items() if given[name]]
    if wrong:
        raise click.UsageError(f"--no-log prints figures, one replication after the other: leave out {', '.join(wrong)}")


def show_unlogged(
    loaded: Scenario,
    *,
    check: bool,
    quiet: bool,
    by: tuple[str, ...],
    kpis: tuple[str, ...],
    interval: float,
    format_: str,
    replications: int | None,
    seed: int | str | None,
    engine: str,
    lang: str | None,
    **_: Any,
) -> None:
    """Simulate without a log, print the table and say whether that went piece by piece."""
    from simkpi.cli.progress import progress
    from simkpi.cli.run import say_if_compiling
    from simkpi.experiment.unlogged import simulate_kpis
    from simkpi.experiment.verdicts import MET, check_targets

    check_targets(loaded)
    selection = options.selected_kpis(kpis)
    options.check_interval(interval)
    options.check_engine(engine)
    say_if_compiling(loaded, replications, engine, quiet=quiet)
    with progress("simulating", quiet=quiet) as tell, options.bad_names_are_usage("--by"):
        found = simulate_kpis(
            loaded, kpis=selection, by=by, interval=interval, replications=replications, seed=seed, engine=engine, progress=tell
        )
    judged = found.verdicts()
    _print(found, found.broken_down() if by else found.kpis(), judged, by=by, format_=format_, lang=lang or loaded.spec.locale)
    if found.whole is not None:
        options.note(f"note: one replication at a time, each in one go ({found.whole})", quiet=quiet)
    if found.replications < 2:
        options.note("note: one replication gives no interval; 10 or more are better (--replications 30)", quiet=quiet)
    if check and any(one.verdict != MET for one in judged):
        click.get_current_context().exit(4)


def _print(found: Unlogged, table: DataFrame, judged: Any, *, by: tuple[str, ...], format_: str, lang: str) -> None:
    from simkpi.cli.emit import emit_targets
    from simkpi.cli.run_output import print_layout, print_spread
    from simkpi.report import tables
    from simkpi.report.sentences import run_title
    from simkpi.report.words import say

    if format_ == "csv":
        click.echo(tables.to_csv(table), nl=False)
        return
    if format_ == "json":
        click.echo(tables.to_json(_object(found, table, judged)))
        return
    click.echo(f"{run_title(found, lang=lang)}\n")
    print_layout(tables.kpi_lines(table, by=by, lang=lang))
    for line in tables.unavailable_lines(table, lang=lang):
        click.echo(line)
    if judged:
        click.echo(f"\n{say('Targets', lang)}")
        emit_targets(judged, lang=lang, days=found.scenario.spec.calendar.days)
    print_spread(found, lang=lang)


def _object(found: Unlogged, table: DataFrame, judged: Any) -> dict[str, Any]:
    from simkpi.report.tables import to_records

    stated = {name: found.provenance[name] for name in ("scenario", "seed", "replications", "engine", "simkpi", "digest")}
    return {
        **stated,
        "confidence": 0.95,
        "kpis": to_records(table),
        "targets": [asdict(one) for one in judged],
        "distribution": to_records(found.distribution()) if found.replications > 1 else [],
    }
