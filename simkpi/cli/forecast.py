"""``simkpi forecast``: volumes of the coming weeks from a log or a table of counts, with errors measured on the history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from simkpi.cli import options
from simkpi.cli.log_reading import read_wall_clock, reading_options

if TYPE_CHECKING:
    from simkpi.planning.forecast.forecast import Forecast
    from simkpi.planning.forecast.series import History

#: Days of the history that the chart shows.
_DRAWN = 56


@click.command()
@click.argument("history", type=click.Path())
@click.option("--days", default="2w", show_default=True, metavar="DAYS", help="How far to look ahead: 2w, 30d.")
@click.option(
    "--model",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="seasonal_naive, weekday_mean, ets, theta, arima; auto: the best on the history.",
)
@options.interval_option
@click.option("--time", metavar="COLUMN", help="Column of a table of counts that holds the moments.  [default: found]")
@click.option("--column", metavar="COLUMN", help="Column of a table of counts that holds the counts.  [default: the only one]")
@click.option("--source", metavar="NAME", help="HISTORY is a log of contacts from this system (see simkpi log).")
@click.option("--map", "mapping", type=click.Path(), metavar="FILE", help="HISTORY is a log; mapping of its columns to ours.")
@reading_options
@click.option("--contact-type", metavar="NAME", help="Forecast only this contact type of a log.")
@click.option("--scenario", type=click.Path(), metavar="FILE", help="Scenario that the forecast goes into, with --apply.")
@click.option("--contact", metavar="NAME", help="Its contact type whose volume is replaced.  [default: its only one]")
@click.option(
    "--apply",
    "apply_",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the scenario with the forecast and its error.",
)
@options.format_option
@options.out_option
@click.option("--lang", type=click.Choice(("en", "fr")), default="en", show_default=True, help="Language of tables and chart.")
@options.quiet_option
def command(
    history: str,
    *,
    days: str,
    model: str,
    scenario: str | None,
    contact: str | None,
    apply_: Path | None,
    format_: str,
    out: Path | None,
    lang: str,
    quiet: bool,
    interval: float,
    time: str | None,
    column: str | None,
    source: str | None,
    mapping: str | None,
    max_rejects: float | None,
    timezone: str | None,
    contact_type: str | None,
) -> None:
    """Forecast the volumes of the coming days from HISTORY, a log of contacts or a table with one row per interval.

    \b
    Examples:
      simkpi forecast volumes.csv --days 2w --out results
      simkpi forecast calls.csv --source anonymous-bank --days 7d
      simkpi forecast volumes.csv --days 2w --scenario plan.yaml --contact voice --apply next.yaml

    How far off such forecasts are is measured on the history: forecasts are made from earlier days of it. With --apply that
    error goes into the scenario too (forecast_error), so that KPIs carry it. The seasonal naive forecast is shown beside.
    """  # noqa: D301 - click wants the character \b itself
    options.check_interval(interval)
    if (scenario is None) != (apply_ is None):
        raise click.UsageError("--scenario and --apply belong together: what the forecast goes into, and what is written")
    if out is not None:
        options.writable_folder(out)
    said = {"max_rejects": max_rejects, "timezone": timezone, "quiet": quiet}
    how = {"time": time, "column": column, "source": source, "mapping": mapping, "contact_type": contact_type}
    read = _history(history, interval, said=said, **how)
    found = _forecast(read, days, model)
    _emit(found, format_, lang)
    files = [] if out is None else _write(found, out, name=Path(history).name, lang=lang)
    if scenario is not None and apply_ is not None:
        files.append(_apply(found, scenario, contact, apply_))
    if files:
        options.note(f"\nwrote {', '.join(map(str, files))}", quiet=quiet)
    then = (
        f"simkpi run {options.quoted(str(apply_))}"
        if apply_
        else f"simkpi forecast {options.quoted(history)} --scenario FILE --apply next.yaml"
    )
    options.note(f"\nnext: {then}", quiet=quiet)


def _history(
    path: str,
    interval: float,
    *,
    time: str | None,
    column: str | None,
    source: str | None,
    mapping: str | None,
    contact_type: str | None,
    said: dict[str, Any],
) -> History:
    from simkpi.planning.forecast import series

    if source is not None or mapping is not None or _is_log(path):
        log = read_wall_clock(path, source, mapping, **said)
        return series.from_log(log, interval=interval, contact_type=contact_type)
    if contact_type is not None:
        raise click.UsageError("--contact-type belongs to a log of contacts; a table of counts has --column")
    return series.read_history(path, time=time, column=column, interval=interval)


def _is_log(path: str) -> bool:
    """Whether the file is a log in our own schema."""
    from simkpi.errors import SimkpiError
    from simkpi.interactions.scanning import scan

    try:
        return "arrived_at" in scan(Path(path)).collect_schema().names()
    except SimkpiError:
        return False


def _forecast(history: History, days: str, model: str) -> Forecast:
    from simkpi import units
    from simkpi.errors import InputError
    from simkpi.planning.forecast.forecast import forecast

    seconds = units.parse_duration(days)
    count = round(seconds / units.DAY)
    if count < 1 or seconds != count * units.DAY:
        raise InputError(f"--days takes whole days, got {days}; write e.g. 2w or 30d")
    with options.bad_names_are_usage("--model"):
        return forecast(history, days=count, model=model)


def _emit(found: Forecast, format_: str, lang: str) -> None:
    from simkpi.report import forecast_table, tables

    if format_ == "json":
        click.echo(tables.to_json(forecast_table.record(found)))
    elif format_ == "csv":
        click.echo(tables.to_csv(found.days), nl=False)
    else:
        click.echo("\n".join(forecast_table.lines(found, lang)))


def _write(found: Forecast, out: Path, *, name: str, lang: str) -> list[Path]:
    import polars as pl

    from simkpi import __version__
    from simkpi.report import forecast_table
    from simkpi.report.chart import draw
    from simkpi.report.files import write_manifest, write_text
    from simkpi.report.tables import to_csv, to_json
    from simkpi.report.theme import save

    stated = {"simkpi": __version__, "history": name, "model": found.model}
    files = [
        write_text(to_json(forecast_table.record(found)), out / "forecast.json"),
        write_text(to_csv(found.days), out / "forecast_days.csv"),
        write_text(to_csv(found.intervals), out / "forecast_intervals.csv"),
    ]
    history = found.history
    known = [place for place in range(max(0, len(history) - _DRAWN), len(history)) if history.is_known[place]]
    recorded = pl.DataFrame({"day": [history.day(place) for place in known], "contacts": history.totals[known]})
    figure = draw("forecast", found.days, recorded=recorded, title=name, subtitle=forecast_table.subtitle(found, lang), lang=lang)
    for ending in ("png", "svg"):
        save(figure, out / f"forecast.{ending}", provenance=stated)
        files.append(out / f"forecast.{ending}")
    return [*files, write_manifest(stated, files, out)]


def _apply(found: Forecast, scenario: str, contact: str | None, path: Path) -> Path:
    from simkpi.cli.scenario_input import load_input, write_text
    from simkpi.errors import InputError
    from simkpi.planning.forecast.apply import apply
    from simkpi.scenario.dump import to_yaml
    from simkpi.scenario.files import loads

    loaded = load_input(scenario)
    names = list(loaded.spec.contacts)
    if contact is None and len(names) != 1:
        raise InputError(f"which contact type gets the forecast? name it with --contact (the scenario has {', '.join(names)})")
    text = to_yaml(apply(found, loaded, contact or names[0]))
    loads(text, file=str(path), folder=path.resolve().parent)  # what is written can be run
    write_text(path, text)
    return path
