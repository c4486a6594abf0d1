"""Compare scenario files on the same customers: what changes, by how much, and how sure that is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options

if TYPE_CHECKING:
    from simkpi.experiment.compare import Comparison


@click.command()
@click.argument("scenarios", nargs=-1, required=True, type=options.ScenarioName())
@click.option("--baseline", metavar="NAME", help="Scenario that the others are compared with.  [default: the first]")
@option_sets.replications_option("Independent days or weeks of each.", default="the baseline's")
@option_sets.scoring_options
@option_sets.engine_option
@option_sets.jobs_option()
@options.lang_option
@options.quiet_option
def command(scenarios: tuple[str, ...], *, out: Path | None, quiet: bool, **given: Any) -> None:
    """Run two or more SCENARIOS on the same customers and compare each with the first.

    \b
    Examples:
      simkpi compare monday.yaml monday_one_more.yaml
      simkpi compare a.yaml b.yaml c.yaml --baseline b --kpi service_level,abandon_rate -n 60
      simkpi compare a.yaml b.yaml --by channel --format csv

    A SCENARIO is a YAML file or a shipped scenario's name. Every scenario meets the same customers, day by day, so that a
    difference is due to the scenarios and not to luck; its 95% interval is a paired one.
    """  # noqa: D301 - click wants the character \b itself
    if len(scenarios) < 2:
        raise click.UsageError(f"needs at least two scenarios to compare, got {len(scenarios)}")
    from simkpi.cli.scenario_input import open_input

    loaded = [open_input(name, out=out, quiet=quiet) for name in scenarios]
    _show(loaded, out=out, quiet=quiet, **given)


def _show(
    loaded: list[Any],
    *,
    baseline: str | None,
    out: Path | None,
    quiet: bool,
    by: tuple[str, ...],
    kpis: tuple[str, ...],
    interval: float,
    format_: str,
    replications: int | None,
    seed: int | str | None,
    engine: str,
    jobs: int | None,
    lang: str | None,
) -> None:
    from simkpi.cli.progress import progress
    from simkpi.experiment.compare import compare
    from simkpi.experiment.replicate import useful_jobs

    selection = options.selected_kpis(kpis)
    options.check_interval(interval)
    with progress("simulating", quiet=quiet) as tell, options.bad_names_are_usage("--by or --engine"):
        result = compare(
            *loaded,
            baseline=0 if baseline is None else baseline,
            replications=replications,
            seed=seed,
            kpis=selection,
            by=by,
            interval=interval,
            engine=engine,
            jobs=useful_jobs(loaded[0], (replications or loaded[0].spec.run.replications) * len(loaded))
            if jobs is None
            else jobs,
            progress=tell,
        )
    files = _write(result, out)
    _print(result, format_=format_, lang=lang or loaded[0].spec.locale)
    if files:
        options.note(f"\nwrote {', '.join(path.name for path in files)} in {files[0].parent}", quiet=quiet)
    if result.replications < 10:
        options.note(f"note: intervals from {result.replications} replications are rough; 10 or more are better", quiet=quiet)
    options.note("\nnext: simkpi sweep SCENARIO --vary PATH=VALUES compares many values of a field", quiet=quiet)


def _write(result: Comparison, out: Path | None) -> list[Path]:
    if out is None:
        return []
    from simkpi.report.files import write_manifest, write_text
    from simkpi.report.tables import to_csv

    files = [write_text(to_csv(result.table), out / "comparison.csv")]
    if not result.targets.is_empty():
        files.append(write_text(to_csv(result.targets), out / "targets.csv"))
    return [*files, write_manifest(result.provenance, files, out)]


def _print(result: Comparison, *, format_: str, lang: str) -> None:
    from simkpi.report import comparison, tables

    if format_ == "csv":
        click.echo(tables.to_csv(result.table), nl=False)
        return
    if format_ == "json":
        click.echo(
            tables.to_json(
                {
                    **result.provenance,
                    "confidence": result.confidence,
                    "kpis": tables.to_records(result.table),
                    "targets": tables.to_records(result.targets),
                }
            )
        )
        return
    from simkpi.cli.emit import emit_table

    layout = comparison.comparison_lines(result, lang=lang)
    click.echo(f"{comparison.comparison_title(result, lang=lang)}\n")
    emit_table(layout.header, layout.lines, left=layout.left)
    for note in comparison.comparison_notes(result, lang=lang):
        click.echo(f"\n{note}")
