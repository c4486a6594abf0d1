"""Compute a sweep or a run again from its manifest, and say whether everything comes out the same."""

from __future__ import annotations

from pathlib import Path

import click

from simkpi.cli import option_sets, options

EXIT_DIFFERENT, EXIT_INTERRUPTED = 3, 130


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@option_sets.engine_option
@option_sets.jobs_option()
@options.format_option
@options.quiet_option
def command(manifest: Path, *, engine: str, jobs: int | None, format_: str, quiet: bool) -> None:
    """Compute the sweep or run of MANIFEST (a manifest.json, or its folder) again and compare.

    \b
    Examples:
      simkpi replay sweep/manifest.json
      simkpi replay results

    Of a sweep the manifest holds the scenario, the files it names and all that decides the figures; nothing else is read. A run
    is simulated again from the scenario.yaml beside the manifest, and its figures are compared replication by replication.
    Exits with 3 if anything comes out different.
    """  # noqa: D301 - click wants the character \b itself
    folder = manifest if manifest.is_dir() else manifest.parent
    if (folder / "scenario.yaml").is_file():
        _replay_run(folder, format_=format_, quiet=quiet)
        return
    from simkpi.cli.interrupts import stoppable
    from simkpi.cli.progress import progress
    from simkpi.experiment.replicate import useful_jobs
    from simkpi.experiment.verify import plan_of, read_manifest, replay

    options.check_engine(engine)
    stated = read_manifest(manifest)
    plan = plan_of(stated, str(manifest))
    workers = useful_jobs(plan.base, plan.replications * len(plan.changes)) if jobs is None else jobs
    with stoppable() as stop, progress("cells", quiet=quiet) as tell:
        result, differing = replay(stated, engine=engine, jobs=workers, stop=stop, progress=tell)
    if result.interrupted:
        options.note(f"interrupted after {result.computed} of {len(plan.cells_by_key)} cells")
        click.get_current_context().exit(EXIT_INTERRUPTED)
    if format_ == "table":
        for key, why in list(differing.items())[:10]:
            click.echo(f"cell {key[:12]}: {why}")
        total = len(stated["cells"])
        click.echo(f"{len(differing)} of {total} cells differ" if differing else f"all {total} cells came out the same")
    else:
        _emit({key: differing.get(key, "") for key in stated["cells"]}, format_)
    if differing:
        click.get_current_context().exit(EXIT_DIFFERENT)


def _emit(found: dict[str, str], format_: str) -> None:
    """Print what was compared, and how it differs, for other programs."""
    from simkpi.cli.emit import emit_records

    emit_records([{"compared": what, "same": not why, "problem": why} for what, why in found.items()], format_)


def _replay_run(folder: Path, *, format_: str, quiet: bool) -> None:
    """Simulate a run again and compare the tables that are the same for every choice of KPIs."""
    import json

    from simkpi.cli.progress import progress
    from simkpi.errors import InputError
    from simkpi.experiment.replicate import simulate
    from simkpi.experiment.stored import SCENARIO
    from simkpi.report.files import replayed
    from simkpi.scenario.files import load

    try:
        stated = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        seed, count, files = stated["seed"], int(stated["replications"]), dict(stated["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{folder / 'manifest.json'}: is no manifest of a run") from None
    with progress("simulating", quiet=quiet) as tell:
        result = simulate(load(folder / SCENARIO), seed=seed, replications=count, progress=tell)
    same = replayed(result, files)
    if format_ != "table":
        _emit({name: "" if is_same else "differs" for name, is_same in same.items()}, format_)
    for name, is_same in same.items() if format_ == "table" else ():
        click.echo(f"{name}: {'came out the same' if is_same else 'DIFFERS'}")
    if not same or not all(same.values()):
        click.get_current_context().exit(EXIT_DIFFERENT)
