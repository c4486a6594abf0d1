"""Exports of contacts: look at one, write its first mapping, and turn it into a log in simkpi's own form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simkpi.cli import option_sets, options

if TYPE_CHECKING:
    from simkpi.interactions.inspect import Inspection
    from simkpi.interactions.table import Log


@click.group()
def command() -> None:
    """Inspect and convert exports of contacts.

    \b
    Examples:
      simkpi log inspect export.csv
      simkpi log convert export.csv --map mapping.yaml -o log.parquet
      simkpi log sources
    """  # noqa: D301 - click wants the character \b itself


@command.command()
@click.argument("file", type=click.Path())
@click.option(
    "-o", "--out", default="mapping.yaml", show_default=True, metavar="FILE", help="Where to write the mapping; - is stdout."
)
@click.option("--force", is_flag=True, help="Replace the mapping file if it is there.")
@click.option("--encoding", metavar="NAME", help="Character encoding of a CSV file.  [default: utf-8]")
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook.")
@options.format_option
@options.quiet_option
def inspect(file: str, *, out: str, force: bool, encoding: str | None, sheet: str | None, format_: str, quiet: bool) -> None:
    """Guess what the columns of FILE are, and write a first mapping.

    \b
    Example:
      simkpi log inspect export.csv -o mapping.yaml
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.interactions.draft import draft_mapping
    from simkpi.interactions.inspect import inspect_file

    seen = inspect_file(file, encoding=encoding, sheet=sheet)
    draft = draft_mapping(seen)
    if out == "-":
        click.echo(draft, nl=False)
    else:
        _write_mapping(Path(out), draft, force=force or (seen.source is not None and not Path(out).exists()))
        _print_inspection(seen, format_)
    for line in [*_facts(seen), *(_doubts(file, seen) if seen.source else [])]:
        options.note(line, quiet=quiet)
    name = options.quoted(file)
    mapped = (
        f"correct {out}, then: simkpi score {name} --map {options.quoted(out)}"
        if out != "-"
        else f"simkpi score {name} --map FILE"
    )
    options.note(f"\nnext: {f'simkpi score {name}' if seen.source else mapped}", quiet=quiet)


@command.command()
@click.argument("file", type=click.Path())
@click.option("-o", "--out", required=True, metavar="FILE", help="Log to write: .parquet, .csv, .csv.gz or .xlsx.")
@option_sets.log_options
@click.option(
    "--max-rejects", type=options.SHARE, metavar="SHARE", help="Stop if more rows than this are impossible.  [default: 1%]"
)
@click.option("--rejects", metavar="FILE", help="Where to write the rows set aside.  [default: beside the log, if there are any]")
@click.option("--encoding", metavar="NAME", help="Character encoding of a CSV file.  [default: utf-8]")
@click.option("--date-order", metavar="ORDER", help="How dates are written where that is not clear: dmy, mdy or ymd.")
@click.option("--timezone", metavar="ZONE", help="Time zone whose wall clock the log shows: Europe/Paris.")
@click.option("--decimal", metavar="CHARACTER", help="Decimal sign: . or ,")
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook.")
@options.quiet_option
def convert(
    file: str,
    *,
    out: str,
    source: str | None,
    mapping: str | None,
    max_rejects: float | None,
    rejects: str | None,
    quiet: bool,
    **reading: str | None,
) -> None:
    """Turn the export FILE into a log in simkpi's own columns, with its companions beside it.

    \b
    Examples:
      simkpi log convert export.csv --map mapping.yaml -o log.parquet
      simkpi log convert calls.csv.gz --source anonymous-bank -o bank.parquet
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.interactions.files import read_log
    from simkpi.interactions.write import write_log

    with options.bad_names_are_usage("--source"):
        log = read_log(file, source, mapping=mapping, max_rejects=max_rejects, **reading)
    written = write_log(log, Path(out), provenance=_provenance(file, mapping))
    kept = _write_rejects(log, Path(out), rejects)
    for line in log.notes:
        options.note(f"note: {line}", quiet=quiet)
    for path in [*written, *kept]:
        options.note(f"wrote {path}", quiet=quiet)
    options.note(f"\nnext: simkpi score {options.quoted(out)}", quiet=quiet)


@command.command()
@options.format_option
@options.quiet_option
def sources(*, format_: str, quiet: bool) -> None:
    """List the systems whose exports simkpi reads.

    \b
    Example:
      simkpi log sources
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.interactions.sources import sources as known

    lines = [[name, source.title, source.documentation] for name, source in known().items()]
    _emit(["source", "what it is", "documentation"], lines, format_)


def _write_mapping(path: Path, text: str, *, force: bool) -> None:
    from simkpi.errors import OutputError, Problem

    if path.exists() and not force:
        raise OutputError(Problem("is there already; name another file with -o, or replace it with --force", file=str(path)))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(Problem(f"can not be written ({error.strerror})", file=str(path))) from None


def _print_inspection(seen: Inspection, format_: str) -> None:
    lines = [
        [
            guess.name,
            guess.format or guess.unit or guess.kind,
            f"{guess.filled:.0%}",
            guess.ours or "–",
            " | ".join(guess.examples[:3]),
        ]
        for guess in seen.columns
    ]
    _emit(["column", "looks like", "filled", "simkpi column", "examples"], lines, format_)


def _facts(seen: Inspection) -> list[str]:
    names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
    lines = [f"note: {seen.n_rows:,} rows looked at"]
    if seen.dialect is not None:
        decimal = ", decimal comma" if seen.dialect.decimal == "," else ""
        lines.append(
            f"note: {seen.dialect.encoding}, separated by {names.get(seen.dialect.separator, seen.dialect.separator)}{decimal}"
        )
    if seen.date_order == "?":
        lines.append("note: dates may be day first or month first (no day above 12): the mapping says dmy, check it")
    elif seen.date_order:
        lines.append(f"note: dates are written {'day' if seen.date_order == 'dmy' else 'month'} first")
    lines.append(
        "note: moments carry their time zone"
        if seen.has_offsets
        else "note: moments carry no time zone; they are taken as they stand"
    )
    if seen.source:
        lines.append(f"note: these are the columns of the source {seen.source}; no mapping is needed")
    return lines


def _doubts(file: str, seen: Inspection) -> list[str]:
    """Say which rows of a known source can not be true, and what is odd about the log as a whole."""
    from simkpi.interactions.doubts import doubts
    from simkpi.interactions.files import read_log

    log = read_log(file, None if seen.source == "simkpi" else seen.source, max_rejects=1.0)
    return [f"note: {line}" for line in (*log.notes, *doubts(log)) if not line.startswith("recognised as")]


def _emit(header: list[str], lines: list[list[str]], format_: str) -> None:
    if format_ == "json":
        import json

        click.echo(json.dumps([dict(zip(header, line, strict=True)) for line in lines], ensure_ascii=False, indent=2))
        return
    if format_ == "csv":
        import csv
        import sys

        csv.writer(sys.stdout, lineterminator="\n").writerows([header, *lines])
        return
    from simkpi.cli.emit import emit_table

    emit_table(header, lines, left=tuple(range(len(header))))


def _provenance(file: str, mapping: str | None) -> dict[str, str]:
    from simkpi import __version__

    told = {"simkpi.version": __version__, "simkpi.export": Path(file).name}
    return told if mapping is None else {**told, "simkpi.mapping_file": Path(mapping).name}


def _write_rejects(log: Log, out: Path, rejects: str | None) -> list[Path]:
    if log.rejects is None or log.rejects.is_empty():
        return []
    from simkpi.interactions.write import write_table

    path = Path(rejects) if rejects else out.with_name(f"{out.name.split('.')[0]}.rejects.csv")
    write_table(log.rejects, path)
    return [path]
