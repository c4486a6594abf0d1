"""``simkpi sensitivity``: which fields of a scenario drive its figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options
from simkpi.errors import InputError

if TYPE_CHECKING:
    from simkpi.experiment.sensitivity import Sensitivity


@click.command()
@click.argument("scenario", type=options.ScenarioName())
@click.option(
    "--vary", multiple=True, required=True, metavar="PATH=LOW:HIGH", help="A field and its range; :STEP rounds. May be repeated."
)
@click.option(
    "--method",
    type=click.Choice(["tornado", "grid", "morris", "sobol"]),
    default="tornado",
    show_default=True,
    help="One field at a time; every combination; elementary effects; shares of variance.",
)
@click.option(
    "--points", type=click.IntRange(2, 4096), default=16, show_default=True, metavar="N", help="Of morris and sobol: effort."
)
@option_sets.replications_option("Independent days or weeks of each.")
@options.seed_option
@options.kpi_option
@options.format_option
@options.out_option
@option_sets.engine_option
@option_sets.jobs_option("Workers.")
@options.lang_option
@options.quiet_option
def command(scenario: str, *, out: Path | None, quiet: bool, lang: str | None, format_: str, **given: Any) -> None:
    """Say which fields of SCENARIO drive its figures.

    \b
    Examples:
      simkpi sensitivity scenario.yaml --vary teams.phone.count=4:8:1 --vary contacts.voice.volume.scale=90%:110%
      simkpi sensitivity scenario.yaml --method grid --vary teams.phone.count=4:6:1 --vary bots.assistant.contains=20%:40%
      simkpi sensitivity scenario.yaml --method morris --points 10 --vary teams.phone.count=4:8:1 --kpi asa

    Every variant meets the same customers. A tornado shows each field at both ends of its range (with --out also as a chart); a
    grid also shows how fields work on one another; morris and sobol look at the whole space (pip install 'simkpi[sensitivity]').
    """  # noqa: D301 - click wants the character \b itself
    from simkpi.cli.progress import progress
    from simkpi.cli.scenario_input import open_input
    from simkpi.experiment.replicate import useful_jobs
    from simkpi.experiment.sensitivity import sensitivity

    loaded = open_input(scenario, out=out, quiet=quiet)
    kpis = options.selected_kpis(given.pop("kpis"))
    jobs = given.pop("jobs") or useful_jobs(loaded, (given["replications"] or loaded.spec.run.replications) * len(given["vary"]))
    with progress("cells", quiet=quiet) as tell:
        found = sensitivity(
            loaded,
            _spans(given.pop("vary")),
            kpis=("service_level",) if kpis is None or isinstance(kpis, str) else kpis,
            jobs=jobs,
            progress=tell,
            **given,
        )
    _print(found, format_=format_, lang=lang or loaded.spec.locale)
    if out is not None:
        _write(found, out, lang=lang or loaded.spec.locale, quiet=quiet)
    options.note("\nnext: simkpi goalseek finds the value of the first field that just meets a target", quiet=quiet)


def _spans(varied: tuple[str, ...]) -> dict[str, str]:
    from simkpi.experiment.overrides import parse_vary, point_of

    spans: dict[str, str] = {}
    for text in varied:
        try:
            path, span = parse_vary(text)
            point_of(span, 0.5)
        except InputError as error:
            raise click.BadParameter(error.problems[0].message, param_hint="'--vary'") from None
        spans[path] = span
    return spans


def _print(found: Sensitivity, *, format_: str, lang: str) -> None:
    from simkpi.report import tables
    from simkpi.report.sensitivity_table import sensitivity_lines

    if format_ == "csv":
        click.echo(tables.to_csv(found.table), nl=False)
        return
    if format_ == "json":
        plan = found.result.plan
        about = {"method": found.method, "scenario": plan.base.name, "seed": plan.seed, "replications": plan.replications}
        click.echo(tables.to_json({**about, "simkpi": plan.stated()["simkpi"], "rows": tables.to_records(found.table)}))
        return
    from simkpi.cli.emit import emit_table
    from simkpi.report.sweep import sweep_title

    click.echo(sweep_title(found.result, lang=lang) + "\n")
    layout = sensitivity_lines(found, lang=lang)
    emit_table(layout.header, layout.lines, left=layout.left)
    click.echo(f"\n{layout.note}")


def _write(found: Sensitivity, out: Path, *, lang: str, quiet: bool) -> None:
    from simkpi.report.files import write_manifest, write_text
    from simkpi.report.tables import to_csv

    files = [write_text(to_csv(found.table), out / "sensitivity.csv"), *_draw(found, out, lang)]
    stated = {**found.result.stated(), "kind": "sensitivity", "method": found.method}
    files.append(write_manifest(stated, files, out))
    options.note(f"\nwrote {', '.join(path.name for path in files)} in {out}", quiet=quiet)


def _draw(found: Sensitivity, out: Path, lang: str) -> list[Path]:
    """Draw a tornado for each KPI; the other methods have no such picture."""
    if found.method != "tornado":
        return []
    from simkpi.experiment.provenance import flat
    from simkpi.experiment.sensitivity import SensitivityTable
    from simkpi.report.chart import Wish, find
    from simkpi.report.theme import save

    chart, given, files = find("tornado"), SensitivityTable.of(found), list[Path]()
    stated = flat({name: str(value) for name, value in given.stated().items()})
    for kpi in found.table["kpi"].unique(maintain_order=True):
        table, about = chart.sources[SensitivityTable](given, Wish(lang=lang, kpi=kpi))
        if table["difference"].null_count() == len(table):
            continue  # nothing to draw: no variant has such a figure
        path = out / f"tornado_{kpi.replace(':', '_')}.svg"
        save(chart(table, **about), path, provenance=stated)
        files.append(path)
    return files
