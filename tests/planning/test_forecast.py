"""Forecasts: reading a history, models against hand-worked figures, measured errors, and the way into a scenario."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from simkpi.cli.forecast import command
from simkpi.errors import InputError
from simkpi.interactions.table import Log
from simkpi.planning.forecast import models
from simkpi.planning.forecast.apply import apply, volume
from simkpi.planning.forecast.forecast import forecast, shares
from simkpi.planning.forecast.series import History, from_counts, from_log, read_history
from simkpi.report import forecast_table
from simkpi.report.chart import draw
from simkpi.scenario.dump import to_yaml
from simkpi.scenario.files import loads

BANK = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "bank_call_volume_2003" / "calls_5min_days_001_110.csv.gz"
MONDAY = date(2026, 3, 2)
SCENARIO = (
    "simkpi: 1\ncontacts: {voice: {channel: voice, volume: 300 per day, handle: {talk: 3m}, patience: 2m}}\n"
    "teams: {phone: {skills: [voice], count: 5}}\n"
)


def history(weeks: int, of_weekday=(500, 400, 300, 300, 400), *, noise: float = 0.0, slots: int = 4, seed: int = 1) -> History:
    """Monday to Friday; each day's contacts in *slots* intervals of 6 hours, 1 : 2 : 3 : 4."""
    random = np.random.default_rng(seed)
    share = np.arange(1, slots + 1) / sum(range(1, slots + 1))
    rows = []
    for day in range(7 * weeks):
        total = of_weekday[day % 7] * (1 + noise * random.standard_normal()) if day % 7 < 5 else np.nan
        rows.append(total * share)
    return History(MONDAY, np.array(rows), 86_400 / slots, (True,) * 5 + (False,) * 2)


def test_the_seasonal_naive_forecast_repeats_the_last_week_and_closed_days_get_nothing():
    past = history(4, noise=0.1)
    expected = models.seasonal_naive(past, 9)
    assert expected[:5].tolist() == past.totals[-7:-2].tolist()
    assert expected[5:7].tolist() == [0, 0]
    assert expected[7:].tolist() == past.totals[-7:-5].tolist()


def test_an_unknown_day_is_skipped_by_the_naive_forecast():
    past = history(4).without(np.array([21]))  # the last Monday
    assert models.seasonal_naive(past, 1)[0] == 500
    assert np.isnan(past.totals[21])


def test_the_weekday_mean_looks_back_six_weeks():
    past = history(8, noise=0.2)
    mondays = past.totals[[7 * week for week in range(2, 8)]]
    assert models.weekday_mean(past, 1)[0] == pytest.approx(mondays.mean())


def test_without_noise_the_forecast_is_exact_and_its_errors_are_zero():
    found = forecast(history(10), days=7)
    assert found.days["expected"].to_list() == pytest.approx([500, 400, 300, 300, 400])
    one = found.chosen
    assert (one.wape, one.bias, one.total_error, one.day_error) == pytest.approx((0, 0, 0, 0), abs=1e-9)
    assert found.intervals["expected"].head(4).to_list() == pytest.approx([50, 100, 150, 200])


def test_measured_errors_are_those_of_the_noise():
    found = forecast(history(60, noise=0.1), days=5, model="weekday_mean")
    one = found.chosen
    # a day varies by 10 %, a mean of six of them by 10 % / sqrt(6)
    assert np.hypot(one.total_error, one.day_error) == pytest.approx(0.1 * np.sqrt(1 + 1 / 6), rel=0.25)
    assert one.coverage == pytest.approx(0.9, abs=0.1)


def test_the_shares_of_a_weekday_add_up_to_one():
    assert shares(history(4)).sum(axis=1)[:5] == pytest.approx(np.ones(5))


def test_special_days_are_set_apart():
    past = history(10, noise=0.02)
    counts = past.counts.copy()
    counts[36] *= 0.2
    odd = History(past.start, counts, past.interval, past.open)
    assert odd.special.tolist() == [36]
    assert past.special.tolist() == []
    assert forecast(odd, days=7).special == (MONDAY + timedelta(days=36),)


def test_a_table_of_counts_is_read_by_its_columns():
    rows = [{"when": (datetime(2026, 3, 2) + timedelta(hours=hour)).isoformat(sep=" "), "calls": "3,5"} for hour in range(48)]
    read = from_counts(pl.DataFrame(rows), interval=7200.0)
    assert read.counts.shape == (2, 12)
    assert read.counts[0].tolist() == [7.0] * 12
    assert (read.name, read.start) == ("calls", MONDAY)


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pl.DataFrame({"a": ["x", "y"], "n": [1, 2]}), "no column holds moments"),
        (pl.DataFrame({"t": ["2026-03-02 08:00", "2026-03-02 08:30"], "n": [1, -2]}), "row 2 is no count"),
        (pl.DataFrame({"t": ["2026-03-02 08:00", "2026-03-02 08:30"], "a": [1, 2], "b": [1, 2]}), "--column"),
        (pl.DataFrame({"t": ["2026-03-02 08:00"], "n": [1]}), "fewer than two rows"),
    ],
)
def test_a_table_that_can_not_be_read_says_why(frame, says):
    with pytest.raises(InputError, match=says):
        from_counts(frame)


def weeks(*, calls: str = "30", zone: str = "") -> pl.DataFrame:
    """Four weeks of half-hours from nine to eleven, every day."""
    starts = [datetime(2026, 1, 5 + day, 9 + half // 2, 30 * (half % 2)) for day in range(21) for half in range(4)]
    return pl.DataFrame({"start": [f"{one:%Y-%m-%dT%H:%M:%S}{zone}" for one in starts], "calls": [calls] * len(starts)})


def test_rows_of_the_same_moment_are_added_and_said():
    table = weeks()
    history = from_counts(pl.concat([table, table.head(4)]))
    assert history.totals[0] == 2 * history.totals[1]
    assert history.notes[0].startswith("4 rows repeat a moment that is there already: their counts are added")
    assert from_counts(table).notes == ()


@pytest.mark.parametrize("calls", ["0", None])
def test_open_days_without_contacts_are_unknown_and_said(calls):
    table = weeks()
    gap = pl.col("start").str.starts_with("2026-01-14")
    odd = table.filter(~gap) if calls is None else table.with_columns(calls=pl.when(gap).then(pl.lit(calls)).otherwise("calls"))
    history = from_counts(odd)
    assert np.isnan(history.totals[9])
    assert history.notes == ("1 day(s) without contacts on weekdays that are open (2026-01-14): taken as unknown, not as zero",)
    assert "note : 1 jour(s) sans contact" in "\n".join(
        forecast_table.lines(forecast(history, days=7, model="seasonal_naive"), "fr")
    )


@pytest.mark.parametrize("zone", ["+01:00", "Z", "-0500"])
def test_moments_with_offsets_are_read_as_the_clock_on_the_wall(zone):
    history, plain = from_counts(weeks(zone=zone)), from_counts(weeks())
    assert history.start == plain.start
    assert np.array_equal(history.counts, plain.counts)
    assert "as the clock on the wall" in history.notes[0]
    assert from_counts(weeks().with_columns(start=pl.col("start").str.slice(0, 10)).unique(maintain_order=True)).notes == ()


def test_a_history_of_a_few_days_is_refused():
    with pytest.raises(InputError, match="two weeks"):
        forecast(history(1), days=7)


def test_a_log_is_counted_by_contact_type():
    moments = [datetime(2026, 3, 2 + day, 9) for day in range(20) for _ in range(day % 7 + 1)]
    log = Log(pl.DataFrame({"arrived_at": moments, "channel": ["voice"] * len(moments)}))
    read = from_log(log, interval=3600.0, contact_type="voice")
    assert read.totals[:7].tolist() == [1, 2, 3, 4, 5, 6, 7]
    with pytest.raises(InputError, match="no contact type 'voive'"):
        from_log(log, interval=3600.0, contact_type="voive")


def test_the_forecast_and_its_error_go_into_the_scenario():
    found = forecast(history(20, noise=0.1), days=7)
    wanted = volume(found)
    assert np.sum(wanted["expected"]) == pytest.approx(found.days["expected"].sum(), rel=1e-3)
    scenario = loads(to_yaml(apply(found, loads(SCENARIO), "voice")))
    spec = scenario.spec
    assert str(spec.calendar.start) == str(MONDAY + timedelta(weeks=20))
    assert spec.contacts["voice"].volume.forecast_error == pytest.approx(found.chosen.total_error, abs=1e-4)
    with pytest.raises(InputError, match="no contact type 'chat'"):
        apply(found, loads(SCENARIO), "chat")


def test_the_chart_shows_history_forecast_and_baseline():
    found = forecast(history(10, noise=0.05), days=14)
    recorded = pl.DataFrame({"day": [MONDAY], "contacts": [500.0]})
    labels = draw("forecast", found.days, recorded=recorded).axes[0].get_legend_handles_labels()[1]
    assert set(labels) == {"recorded", "90% prediction interval", "forecast", "seasonal naive"}


def test_every_line_has_french_words():
    text = "\n".join(forecast_table.lines(forecast(history(10, noise=0.05), days=14), "fr"))
    assert "Naïve saisonnière" in text


def test_models_of_the_library_forecast_a_stable_week():
    pytest.importorskip("statsforecast")
    for name in ("ets", "theta"):
        found = forecast(history(20, noise=0.01), days=5, model=name)
        assert found.days["expected"].to_list() == pytest.approx([500, 400, 300, 300, 400], rel=0.05)


def test_the_command_writes_files_and_a_scenario_that_runs(tmp_path):
    rows = [
        (datetime(2026, 3, 2) + timedelta(days=day, hours=hour), 10 + 5 * (day % 7 == 0))
        for day in range(28)
        for hour in range(8, 18)
    ]
    table = tmp_path / "volumes.csv"
    pl.DataFrame(rows, schema=["start", "calls"], orient="row").write_csv(table)
    plan, out = tmp_path / "plan.yaml", tmp_path / "out"
    plan.write_text(SCENARIO)
    arguments = [str(table), "--days", "1w", "--out", str(out), "--scenario", str(plan), "--apply", str(tmp_path / "next.yaml")]
    done = CliRunner().invoke(command, [*arguments, "--format", "json", "--model", "weekday_mean"], catch_exceptions=False)
    assert done.exit_code == 0
    assert json.loads(done.stdout)["model"] == "weekday_mean"
    assert {"forecast.json", "forecast_days.csv", "forecast_intervals.csv", "forecast.png"} <= {
        each.name for each in out.iterdir()
    }
    spec = loads((tmp_path / "next.yaml").read_text()).spec
    assert sum(map(sum, spec.contacts["voice"].volume.expected)) == pytest.approx(750, rel=0.01)


@pytest.mark.skipif(not BANK.is_file(), reason="needs ../shared/data/bank_call_volume_2003")
def test_held_back_weeks_of_the_bank_are_forecast_within_their_intervals():
    past = read_history(BANK, time=None, column=None, interval=1800.0)
    cut = len(past) - 35
    found = forecast(past.until(cut), days=35, model="weekday_mean")
    actual = {past.day(place): past.totals[place] for place in range(cut, len(past)) if past.is_known[place]}
    rows = [row for row in found.days.iter_rows(named=True) if row["day"] in actual]
    assert len(rows) >= 20
    wape = sum(abs(actual[row["day"]] - row["expected"]) for row in rows) / sum(actual[row["day"]] for row in rows)
    assert wape < 0.07
    assert np.mean([row["low"] <= actual[row["day"]] <= row["high"] for row in rows]) >= 0.85
