"""``simkpi verify``: the simulator against models whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from simkpi.cli import options

if TYPE_CHECKING:
    from simkpi.planning.verification.case import Outcome

EXIT_MISSED = 4


@click.command()
@click.option("--quick", "how", flag_value="quick", help="A few models, in seconds.")
@click.option("--full", "how", flag_value="full", help="All models with at least 100 replications, in minutes.")
@click.option("--engine", default="reference", show_default=True, metavar="NAME", help="Engine that is put to the test.")
@options.lang_option
@options.format_option
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the table; - is standard output.")
@options.quiet_option
def command(*, how: str | None, engine: str, lang: str | None, format_: str, output: Path | None, quiet: bool) -> None:
    """Compare the simulator with models whose answers are known, and print the z-scores.

    \b
    Example:
      simkpi verify --quick
      simkpi verify --full --engine compiled --format csv -o z-scores.csv

    z is the difference between simulated and known value in standard errors. Exits with 4 if one is 4 or more. Without --quick
    and --full: all models, 30 replications each. See docs/verification.md for the models and where the values come from.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.report import verification_table

    found = _verify(how or "usual", engine, quiet=quiet)
    _emit(found, format_, lang or "en", output)
    missed = verification_table.failures(found)
    for each in missed:
        options.note(f"{each.case}: {each.expected.name} is {each.z:+.1f} standard errors from what is known", quiet=False)
    options.note("\nnext: simkpi verify --full" if how != "full" else "\nnext: simkpi demo", quiet=quiet)
    if missed:
        click.get_current_context().exit(EXIT_MISSED)


def _verify(how: str, engine: str, *, quiet: bool) -> list[Outcome]:
    from simkpi.cli.progress import progress
    from simkpi.engine.run import ENGINES
    from simkpi.planning.verification.cases import verify

    with options.bad_names_are_usage("--engine"):
        ENGINES.get(engine)
    with progress("models", quiet=quiet) as tell:
        return list(verify(how, engine=ENGINES.name_of(engine), progress=tell))


def _emit(found: list[Outcome], format_: str, lang: str, output: Path | None) -> None:
    from simkpi.cli.emit import emit_table
    from simkpi.report import verification_table
    from simkpi.report.files import write_text
    from simkpi.report.tables import aligned, to_csv, to_json

    is_stdout = output is None or str(output) == "-"
    if format_ == "table":
        header, lines = verification_table.header(lang), verification_table.lines(found)
        verdict = verification_table.verdict(found, lang)
        if is_stdout:
            emit_table(header, lines, left=(0, 1))
            click.echo(f"\n{verdict}")
            return
        text = f"{aligned(header, lines, left=(0, 1))}\n\n{verdict}\n"
    else:
        import polars as pl

        records = verification_table.records(found)
        text = to_json({"measures": records}) + "\n" if format_ == "json" else to_csv(pl.DataFrame(records))
    if is_stdout:
        click.echo(text, nl=False)
    elif output is not None:
        write_text(text, output)
