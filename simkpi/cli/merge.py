"""Put the parts of a sweep together: the same folder as the sweep in one piece would have left."""

from __future__ import annotations

from pathlib import Path

import click

from simkpi.cli import options

EXIT_INCOMPLETE = 5


@click.command()
@click.argument("parts", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder of the whole sweep.")
@options.format_option
@options.lang_option
@options.quiet_option
def command(parts: tuple[Path, ...], *, out: Path, format_: str, lang: str | None, quiet: bool) -> None:
    """Merge PARTS, the folders that 'simkpi sweep --shard' wrote, into one.

    \b
    Example:
      simkpi sweep scenario.yaml --vary teams.phone.count=4:9:1 --out part1 --shard 1/2
      simkpi sweep scenario.yaml --vary teams.phone.count=4:9:1 --out part2 --shard 2/2
      simkpi merge part1 part2 --out sweep

    Tables, charts and manifest are those of the sweep in one piece, byte for byte. Exits with 5 while parts are missing.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.sweep import show
    from simkpi.experiment.outputs import write_data
    from simkpi.experiment.shards import merge
    from simkpi.experiment.sweep_run import SweepFolder
    from simkpi.report.sweep import write_charts

    options.writable_folder(out)
    with SweepFolder(out) as folder:
        result = merge(parts, folder)
        result.reused = len(result.checksums)
        if not result.missing:
            lang = lang or result.plan.base.spec.locale
            result.files = [*write_data(result, out), *write_charts(result, out, lang=lang)]
    if result.missing:
        total = len(result.plan.cells_by_key)
        options.note(f"{len(result.checksums)} of {total} cells are there; merge again when the other parts are")
        click.get_current_context().exit(EXIT_INCOMPLETE)
    show(result, out, quiet=quiet, format_=format_, lang=lang or "en")
