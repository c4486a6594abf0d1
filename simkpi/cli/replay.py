"""Compute a sweep again from its manifest alone, and say whether every cell comes out the same."""

from __future__ import annotations

from pathlib import Path

import click

from simkpi.cli import options

EXIT_DIFFERENT, EXIT_INTERRUPTED = 3, 130


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--engine", default="auto", show_default=True, metavar="NAME", help="Engine: auto, compiled, reference.")
@click.option("--jobs", type=click.IntRange(1, 1024), metavar="N", help="Worker processes.  [default: as many as pay off]")
@options.quiet_option
def command(manifest: Path, *, engine: str, jobs: int | None, quiet: bool) -> None:
    """Compute the sweep of MANIFEST (a manifest.json, or its folder) again and compare every cell.

    \b
    Example:
      simkpi replay sweep/manifest.json

    The manifest holds the scenario, the files it names and all that decides the figures; nothing else is read. Exits with 3 if a
    cell comes out different.
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.interrupts import stoppable
    from simkpi.cli.progress import progress
    from simkpi.engine.run import ENGINES
    from simkpi.experiment.replicate import useful_jobs
    from simkpi.experiment.verify import plan_of, read_manifest, replay

    if engine != "auto":
        with options.bad_names_are_usage("--engine"):
            ENGINES.get(engine)
    stated = read_manifest(manifest)
    plan = plan_of(stated, str(manifest))
    workers = useful_jobs(plan.base, plan.replications * len(plan.changes)) if jobs is None else jobs
    with stoppable() as stop, progress("cells", quiet=quiet) as tell:
        result, differing = replay(stated, engine=engine, jobs=workers, stop=stop, progress=tell)
    if result.interrupted:
        options.note(f"interrupted after {result.computed} of {len(plan.cells_by_key)} cells")
        click.get_current_context().exit(EXIT_INTERRUPTED)
    for key, why in list(differing.items())[:10]:
        click.echo(f"cell {key[:12]}: {why}")
    if differing:
        click.echo(f"{len(differing)} of {len(stated['cells'])} cells differ")
        click.get_current_context().exit(EXIT_DIFFERENT)
    click.echo(f"all {len(stated['cells'])} cells came out the same")
