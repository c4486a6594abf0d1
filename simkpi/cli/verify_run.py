"""Recheck a result folder: files, cells and tables against what the manifest says."""

from __future__ import annotations

from pathlib import Path

import click

from simkpi.cli import options

EXIT_WRONG = 3


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@options.format_option
@options.quiet_option
def command(folder: Path, *, format_: str, quiet: bool) -> None:
    """Check FOLDER, written by run, compare, sweep or merge, against its manifest.

    \b
    Example:
      simkpi verify-run sweep

    Every file is compared with its digest; of a sweep also every stored cell with its checksum, and the tables with the cells,
    from which they are made once more. Exits with 3 if anything is wrong. (To compute the cells again: simkpi replay.)
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.emit import emit_records
    from simkpi.experiment.verify import verify_folder

    found = []
    for what, why in verify_folder(folder):
        found.append({"checked": what, "ok": not why, "problem": why})
        if format_ == "table" and (why or not quiet):
            click.echo(f"{what}: {why or 'ok'}")
    if format_ != "table":
        emit_records(found, format_)
    if not all(each["ok"] for each in found):
        click.get_current_context().exit(EXIT_WRONG)
    options.note(f"\nnext: simkpi replay {options.quoted(str(folder))}", quiet=quiet)
