"""What ``simkpi run`` leaves behind: the tables on the screen, the files, and what to type next."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import options

if TYPE_CHECKING:
    from polars import DataFrame

    from simkpi.experiment.result import Result
    from simkpi.experiment.sequential import Precision
    from simkpi.experiment.unlogged import Unlogged
    from simkpi.planning.control_variate import ControlledQueue
    from simkpi.planning.crosscheck import Crosscheck
    from simkpi.report.tables import Layout


def write_table(table: DataFrame, path: Path) -> Path:
    """Write *table* as CSV."""
    from simkpi.report.files import write_text
    from simkpi.report.tables import to_csv

    return write_text(to_csv(table), path)


def write_files(
    result: Result,
    out: Path | None,
    table: DataFrame,
    selection: str | tuple[str, ...] | None,
    *,
    by: tuple[str, ...],
    **given: Any,
) -> list[Path]:
    """Write the result into the folder *out*, if one was asked for; return the files."""
    if out is None:
        return []
    from simkpi.report.files import write_result

    totals = result.kpis(selection, interval=given["interval"]) if by else table
    return write_result(result, out, table=totals, broken_down={by: table} if by else {}, **given)


def write_book(
    result: Result, path: Path, table: DataFrame, selection: str | tuple[str, ...] | None, *, by: tuple[str, ...], **given: Any
) -> None:
    """Write the result as a workbook with charts."""
    from simkpi.report.workbook import write_workbook

    write_workbook(result, path, table=result.kpis(selection, interval=given["interval"]) if by else table, **given)


def print_result(
    result: Result,
    table: DataFrame,
    *,
    judged: Any,
    by: tuple[str, ...] = (),
    format_: str = "table",
    lang: str = "en",
    precision: Precision | None = None,
    inputs: DataFrame | None = None,
    corrected: tuple[ControlledQueue, ...] | None = None,
) -> None:
    """Print KPI table, precision, targets and cross-check in the form asked for."""
    from simkpi.planning.crosscheck import crosscheck
    from simkpi.report import tables
    from simkpi.report.sentences import crosscheck_lines, precision_lines, run_title
    from simkpi.report.words import say

    if format_ == "csv":
        click.echo(tables.to_csv(table), nl=False)
        return
    checked = crosscheck(result)
    if format_ == "json":
        click.echo(tables.to_json(_object(result, table, judged, checked) | _more(precision, inputs, corrected)))
        return
    click.echo(f"{run_title(result, lang=lang)}\n")
    print_layout(tables.kpi_lines(table, by=by, lang=lang))
    for line in tables.unavailable_lines(table, lang=lang) if "status" in table.columns else []:
        click.echo(line)
    if precision is not None:
        click.echo("\n" + "\n".join(precision_lines(precision, lang=lang)))
    if judged:
        _print_targets(result, judged, lang=lang)
    _print_asked(inputs, corrected, lang=lang)
    print_spread(result, lang=lang)
    click.echo(f"\n{say('Cross-check by formula', lang)}")
    click.echo("\n".join(crosscheck_lines(checked, lang=lang)))


def print_layout(layout: Layout) -> None:
    """Print a table and what is to be said below it."""
    from simkpi.cli.emit import emit_table

    emit_table(layout.header, layout.lines, left=layout.left)
    if layout.note:
        click.echo(layout.note)


def _print_targets(result: Result, judged: Any, *, lang: str) -> None:
    from simkpi.cli.emit import emit_targets
    from simkpi.experiment.verdicts import all_met
    from simkpi.report.sentences import all_met_line
    from simkpi.report.words import say

    click.echo(f"\n{say('Targets', lang)}")
    days = result.scenario.spec.calendar.days
    emit_targets(judged, lang=lang, days=days)
    together = all_met_line(all_met(result), days=days, lang=lang)
    if together and len(judged) > 1:
        click.echo(together)


def _print_asked(inputs: DataFrame | None, corrected: tuple[ControlledQueue, ...] | None, *, lang: str) -> None:
    """Print what only ``--inputs`` and ``--control-variate`` ask for."""
    from simkpi.cli.emit import emit_table
    from simkpi.report.control_table import control_lines
    from simkpi.report.sentences import inputs_layout
    from simkpi.report.words import say

    if inputs is not None:
        layout = inputs_layout(inputs, lang=lang)
        click.echo("\n" + layout.note)
        emit_table(layout.header, layout.lines, left=layout.left)
    if corrected is not None:
        click.echo(f"\n{say('Control variate by the stationary formula', lang)}")
        print_layout(control_lines(corrected, lang=lang))


def print_spread(result: Result | Unlogged, *, lang: str) -> None:
    """Print how the figures spread over the days: with fewer than ten there is no tenth of them."""
    from simkpi.cli.emit import emit_table
    from simkpi.report.sentences import spread_layout
    from simkpi.report.words import say

    if result.replications < 10:
        return
    days = result.scenario.spec.calendar.days
    click.echo("\n" + say("From day to day" if days == 1 else "From replication to replication", lang))
    layout = spread_layout(result.distribution(), days=days, lang=lang)
    emit_table(layout.header, layout.lines, left=layout.left)


def _object(result: Result, table: DataFrame, judged: Any, checked: tuple[Crosscheck, ...]) -> dict[str, Any]:
    from simkpi.experiment.verdicts import all_met
    from simkpi.report.sentences import crosscheck_records
    from simkpi.report.tables import to_records

    stated, together = result.provenance, all_met(result)
    return {
        "scenario": stated["scenario"],
        "seed": stated["seed"],
        "replications": stated["replications"],
        "engine": stated["engine"],
        "simkpi": stated["simkpi"],
        "digest": stated["digest"],
        "confidence": 0.95,
        "kpis": to_records(table),
        "targets": [asdict(one) for one in judged],
        "all_targets_met": None if together is None else asdict(together),
        "distribution": to_records(result.distribution()) if result.replications > 1 else [],
        "crosscheck": crosscheck_records(checked),
    }


def _more(precision: Precision | None, inputs: DataFrame | None, corrected: tuple[ControlledQueue, ...] | None) -> dict[str, Any]:
    """Return what only some runs have: the precision reached, how sure the inputs are, the control variate."""
    from simkpi.report.control_table import control_table
    from simkpi.report.tables import to_records

    more: dict[str, Any] = {} if inputs is None else {"inputs": to_records(inputs)}
    if corrected is not None:
        more["control_variate"] = to_records(control_table(corrected))
    return more if precision is None else {**more, "precision": asdict(precision)}


def say_next(result: Result, scenario: str, files: list[Path], *, quiet: bool) -> None:
    """Say what was written, whether the replications are few, and what to type next."""
    if result.replications < 10:
        few = (
            "one replication gives no interval"
            if result.replications == 1
            else f"intervals from {result.replications} replications are rough"
        )
        options.note(f"note: {few}; 10 or more are better (--replications 30)", quiet=quiet)
    if files:
        options.note(f"\nwrote {', '.join(path.name for path in files)} in {files[0].parent}", quiet=quiet)
    command = (
        f"report {options.quoted(str(files[0].parent))}"
        if files
        else f"run {options.quoted(scenario)} --by channel --out results"
    )
    options.note(f"\nnext: simkpi {command}", quiet=quiet)
