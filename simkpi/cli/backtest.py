"""``simkpi backtest``: fit one part of a log, predict the other, and say whether the prediction held."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import option_sets, options
from simkpi.cli.log_reading import read_wall_clock, reading_options

if TYPE_CHECKING:
    from simkpi.planning.backtest.backtest import Backtest


@click.command()
@click.argument("log", type=click.Path())
@option_sets.log_options
@reading_options
@click.option(
    "--train", default="50%", show_default=True, metavar="DAYS", help="Days to fit: 2w, 10d, or a share of the log's days."
)
@click.option("--test", metavar="DAYS", help="Days to predict.  [default: all the others]")
@option_sets.choice_option(
    "--split",
    ("leading", "random", "hours"),
    "Fit the first days, or days drawn by the seed; hours: hours drawn by the seed, for logs of a few days.",
)
@option_sets.choice_option(
    "--volumes", ("actual", "profile"), "Predict from the days' own volumes, or from those of the fitted weekdays."
)
@option_sets.choice_option(
    "--staff", ("roster", "profile"), "Agents who were there on the days themselves, or as on the fitted weekdays."
)
@options.interval_option
@click.option("-n", "--replications", type=click.IntRange(2, 10_000), default=20, show_default=True, help="Of each prediction.")
@options.seed_option
@click.option(
    "--tune/--no-tune", default=True, show_default=True, help="Tune the agents on duty to the fitted days' abandon rate."
)
@click.option("--explain/--no-explain", default=True, show_default=True, help="Say which inputs moved, and what that explains.")
@options.format_option
@options.out_option
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", show_default=True, help="Language of tables and chart.")
@options.quiet_option
def command(
    log: str, *, source: str | None, mapping: str | None, format_: str, out: Path | None, lang: str, quiet: bool, **given: Any
) -> None:
    """Fit a scenario to some days of LOG, predict the others, and compare figure by figure, day by day, interval by interval.

    \b
    Examples:
      simkpi backtest calls.csv --source anonymous-bank --train 8d
      simkpi backtest export.csv --map mapping.yaml --train 2w --test 2w --out results
      simkpi backtest calls.csv --split random --volumes profile --staff profile

    Of the predicted days only their volumes and the agents on duty are used (or not even these: --volumes profile --staff
    profile). Intervals hold the day-to-day variation seen in the fitted days; their realised coverage is printed.
    """  # noqa: D301 - click wants the character \b itself
    options.check_interval(given["interval"])
    if out is not None:
        options.writable_folder(out)
    found = _backtest(log, source, mapping, quiet=quiet, **given)
    _emit(found, format_, lang)
    if out is not None:
        files = _write(found, out, name=Path(log).name, lang=lang)
        options.note(f"\nwrote {', '.join(str(path) for path in files)}", quiet=quiet)
    options.note(f"\nnext: simkpi calibrate {options.quoted(log)} -o scenario.yaml", quiet=quiet)


def _backtest(
    log: str,
    source: str | None,
    mapping: str | None,
    *,
    quiet: bool,
    max_rejects: float | None,
    timezone: str | None,
    train: str,
    test: str | None,
    split: str,
    seed: int | str | None,
    tune: bool,
    explain: bool,
    **given: Any,
) -> Backtest:
    from simkpi.planning.backtest import split as splits
    from simkpi.planning.backtest.backtest import backtest

    read = read_wall_clock(log, source, mapping, max_rejects=max_rejects, timezone=timezone, quiet=quiet)
    world = 1 if seed is None else seed
    parts = splits.split(read, train=train, test=test, how=split, seed=world)
    tell = None if quiet else lambda what: options.note(f"{what} ...")
    return backtest(parts, seed=world, tuned=tune, explained=explain, progress=tell, **given)


def _emit(found: Backtest, format_: str, lang: str) -> None:
    from simkpi.report import backtest_table, tables

    if format_ == "json":
        click.echo(tables.to_json(backtest_table.record(found)))
    elif format_ == "csv":
        click.echo(tables.to_csv(backtest_table.summary(found)), nl=False)
    else:
        click.echo("\n".join(backtest_table.lines(found, lang)))


def _write(found: Backtest, out: Path, *, name: str, lang: str) -> list[Path]:
    """Write tables, chart and the fitted scenario."""
    from simkpi import __version__
    from simkpi.planning.calibrate.scenario import scenario_text
    from simkpi.report import backtest_table
    from simkpi.report.chart import draw
    from simkpi.report.files import write_manifest, write_text
    from simkpi.report.tables import to_csv, to_json
    from simkpi.report.theme import save

    record = backtest_table.record(found)
    files = [
        write_text(to_json(record), out / "backtest.json"),
        write_text(to_csv(backtest_table.summary(found)), out / "backtest.csv"),
        write_text(to_csv(found.by_day), out / "days.csv"),
        write_text(to_csv(found.by_interval), out / "intervals.csv"),
        write_text(scenario_text(found.calibration, name=f"Fitted to {name}"), out / "scenario.yaml"),
    ]
    stated = {"simkpi": __version__, "log": name, "seed": str(found.seed), "replications": str(found.replications)}
    wanted = [line.figure for line in found.lines if line.figure.kpi in ("abandon_rate", "service_level", "asa", "aht")]
    figure = draw(
        "backtest",
        found.by_day,
        shown=[one.key for one in wanted],
        names={one.key: (backtest_table.label(one, lang), one.unit) for one in wanted},
        title=name,
        subtitle=backtest_table.subtitle(found, lang),
        lang=lang,
    )
    drawn = {"backtest": figure}
    if found.chats is not None:
        files += [
            write_text(to_csv(found.chats.shares), out / "chats.csv"),
            write_text(to_csv(found.chats.open), out / "open_chats.csv"),
        ]
        drawn["chats"] = draw("chats", found.chats.shares, title=name, subtitle=backtest_table.subtitle(found, lang), lang=lang)
    for what, one in drawn.items():
        for ending in ("png", "svg"):
            save(one, out / f"{what}.{ending}", provenance=stated)
            files.append(out / f"{what}.{ending}")
    return [*files, write_manifest(stated, files, out)]
