"""Back-tests: the split, the prediction of unseen days, its intervals, and what moved."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from simkpi.cli.backtest import command
from simkpi.errors import InputError
from simkpi.interactions.files import read_log
from simkpi.interactions.table import Log
from simkpi.planning.backtest import judge
from simkpi.planning.backtest.backtest import Backtest, Line, backtest
from simkpi.planning.backtest.blame import blame
from simkpi.planning.backtest.figures import Figure
from simkpi.planning.backtest.moved import Step
from simkpi.planning.backtest.predict import by_weekday, predict
from simkpi.planning.backtest.split import split
from simkpi.planning.calibrate.fit import fit
from simkpi.report import backtest_table
from simkpi.report.chart import draw
from tests.planning.calibration_logs import exponential, generate, lognormal

BANK = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "anonymous_bank_1999_08" / "calls_0801_0815.csv.gz"


@pytest.fixture(scope="module")
def log() -> Log:
    return generate(days=14, talk=lognormal(240, 1.0), patience=exponential(180), wrap=exponential(20), day_cv=0.1, seed=5)


@pytest.fixture(scope="module")
def found(log: Log) -> Backtest:
    return backtest(split(log, train="1w"), replications=10, tuned=False)


def test_leading_days_are_fitted_and_those_after_them_predicted(log):
    parts = split(log, train="10d", test="3d")
    assert (len(parts.train_days), len(parts.test_days)) == (10, 3)
    assert max(parts.train_days) < min(parts.test_days)
    days = parts.test.interactions["arrived_at"].dt.date().unique().to_list()
    assert sorted(days) == list(parts.test_days)


def test_random_days_depend_on_the_seed_and_share_no_day(log):
    parts = [split(log, train="50%", how="random", seed=seed) for seed in (1, 1, 2)]
    assert parts[0].train_days == parts[1].train_days != parts[2].train_days
    assert not set(parts[0].train_days) & set(parts[0].test_days)
    assert set(parts[0].train_days) | set(parts[0].test_days) == set(parts[2].train_days) | set(parts[2].test_days)


@pytest.mark.parametrize(
    ("train", "test", "says"),
    [
        ("14d", None, "leaves nothing to predict"),
        ("10d", "5d", "4 days are left"),
        ("36h", None, "whole days"),
        ("100%", None, "between 0 and 100 %"),
    ],
)
def test_a_split_that_can_not_be_made_says_what_to_do(log, train, test, says):
    with pytest.raises(InputError, match=says):
        split(log, train=train, test=test)


def weekdays_only():
    log = generate(days=28, per_interval=(4, 4), agents=(2, 2), talk=exponential(200), patience=exponential(180))
    return replace(log, interactions=log.interactions.filter(pl.col("arrived_at").dt.weekday() <= 5))


def test_two_weeks_of_a_centre_closed_at_weekends_have_ten_days():
    parts = split(weekdays_only(), train="2w", test="2w")
    assert len(parts.train_days) == len(parts.test_days) == 10
    assert parts.train_days[-1] < parts.test_days[0]
    left = "--test 3w asks for 21 days, 14 days, 10 with contacts, are left after --train; try --test 14d"
    with pytest.raises(InputError, match=left):
        split(weekdays_only(), train="2w", test="3w")


def test_a_log_shorter_than_the_weeks_asked_for_says_what_it_holds():
    log = weekdays_only()
    told = "--train 4w takes all 20 days with contacts (26 of the calendar) of the log and leaves"
    with pytest.raises(InputError, match=re.escape(told)):
        split(log, train="4w", test="4w")


def test_days_without_contacts_between_the_parts_are_no_days_to_predict():
    log = weekdays_only()
    start = log.interactions["arrived_at"].min().date()
    gap = pl.col("arrived_at").dt.date().is_between(start + timedelta(days=7), start + timedelta(days=13))
    parts = split(replace(log, interactions=log.interactions.filter(~gap)), train="2w", test="2w")
    assert (len(parts.train_days), len(parts.test_days)) == (5, 10)


def test_one_day_can_not_be_split():
    with pytest.raises(InputError, match="1 day"):
        split(generate(days=1, talk=exponential(200), patience=exponential(180)))


def test_the_given_volumes_are_those_of_the_days(found):
    offered = next(line for line in found.lines if line.figure.key == "offered")
    assert offered.predicted == offered.actual
    assert offered.low is None
    assert offered.days == 0


def test_only_the_fitted_days_decide_the_laws(log):
    parts = split(log, train="1w")
    train = fit(parts.train)
    prediction = predict(train, parts.test)
    assert prediction.calibration.contacts[0].talk is train.contacts[0].talk
    assert prediction.calibration.contacts[0].patience is train.contacts[0].patience
    assert prediction.calibration.total.contacts == parts.test.interactions.height


def test_weekday_rows_go_to_their_weekdays_and_days_without_contacts_stay_empty(log):
    parts = split(log, train="50%", how="random", seed=3)
    train = fit(parts.train)
    own = fit(parts.test, profile="date")
    profile = np.arange(len(train.days.labels), dtype=float)[:, None] + 1
    rows = by_weekday(train, own, profile)[:, 0]
    for offset, row in enumerate(rows):
        day = own.observed.start.toordinal() + offset
        is_test = day in {one.toordinal() for one in parts.test_days}
        label = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(day - 1) % 7]
        expected = train.days.labels.index(label) + 1 if label in train.days.labels else profile.mean()
        assert row == (expected if is_test else 0)


def test_volumes_and_agents_can_be_predicted_too(log):
    found = backtest(split(log, train="1w"), replications=6, volumes="profile", staff="profile", tuned=False)
    offered = next(line for line in found.lines if line.figure.key == "offered")
    assert offered.predicted != offered.actual
    assert offered.low < offered.actual < offered.high
    assert [step.name for step in found.steps][:3] == ["prediction", "volume", "agents on duty"]


def test_a_stable_centre_is_predicted(found):
    inside, judged = found.coverage()
    assert judged == 7 * 7
    assert inside / judged > 0.75
    abandon = next(line for line in found.lines if line.figure.key == "abandon_rate")
    assert abandon.is_inside


def test_an_interval_is_predicted_with_more_spread_when_days_vary_more():
    days = pl.DataFrame(
        {
            "figure": "asa",
            "day": range(8),
            "actual": [10.0, 14.0] * 4,
            "n": 50,
            "predicted": 12.0,
            "spread": 1.0,
            "replications": 20,
        }
    )
    # every day lies two spreads off, and the eight fitted days lie closer than another day would
    factor = judge.widening(days)["asa"].factor
    assert factor == pytest.approx(2 * np.sqrt(8 / 7))
    figure = judge.Figure("asa", "ASA", "seconds")
    plain = judge.with_intervals(days, {}, (figure,))
    wide = judge.with_intervals(days, judge.widening(days), (figure,))
    assert plain["is_inside"].sum() == 0
    assert wide["is_inside"].all()
    assert plain["high"][0] - 12 == pytest.approx(1.729133, abs=1e-6)  # Student's t, 19 degrees of freedom, 90 %


def test_days_that_chance_spreads_as_much_do_not_widen():
    days = pl.DataFrame(
        {
            "figure": "asa",
            "day": range(8),
            "actual": [11.0, 13.0] * 4,
            "n": 50,
            "predicted": 12.0,
            "spread": 1.0,
            "replications": 20,
        }
    )
    assert judge.widening(days)["asa"].factor == 1.0


def test_the_chance_of_the_fitted_days_is_part_of_the_interval():
    row = pl.DataFrame({"figure": ["x"], "actual": [1.0], "n": [5], "predicted": [50.0], "spread": [3.0], "replications": [20]})
    about = {"x": judge.Widening(1.0, 8, fit=4.0)}
    mean, count = (judge.with_intervals(row, about, (judge.Figure("x", "x", unit),), counts=0.5) for unit in ("seconds", "count"))
    t = 1.729133  # Student's t, 19 degrees of freedom, 90 %
    assert mean["high"][0] == pytest.approx(50 + t * 5, abs=1e-5)
    assert count["high"][0] == pytest.approx(50 + t * np.hypot(3, 2), abs=1e-5)


def test_a_share_stays_between_0_and_1():
    row = pl.DataFrame({"figure": ["x"], "actual": [1.0], "n": [5], "predicted": [0.95], "spread": [0.2], "replications": [10]})
    found = judge.with_intervals(row, {}, (judge.Figure("x", "x", "fraction"),))
    assert found["high"][0] == 1.0
    assert found["low"][0] > 0


def test_longer_calls_on_the_predicted_days_are_found_and_explain_the_miss():
    first = generate(days=7, talk=lognormal(200, 0.8), patience=exponential(180), wrap=exponential(20), seed=1)
    second = generate(days=7, talk=lognormal(300, 0.8), patience=exponential(180), wrap=exponential(20), seed=2)
    moments = [name for name, kind in second.interactions.schema.items() if isinstance(kind, pl.Datetime)]
    later = second.interactions.with_columns(
        *(pl.col(name) + pl.duration(days=7) for name in moments), pl.lit("b").alias("contact_id") + pl.col("contact_id")
    )
    both = Log(pl.concat([first.interactions, later]))
    found = backtest(split(both, train="1w"), replications=8, tuned=False)
    handle = next(one for one in found.inputs if one.name == "handle time")
    assert handle.has_moved
    assert handle.predicted - handle.fitted == pytest.approx(100, abs=25)
    steps = {step.name: step.values["abandon_rate"] for step in found.steps}
    actual = next(line.actual for line in found.lines if line.figure.key == "abandon_rate")
    assert abs(actual - steps["handle time"]) < 0.35 * abs(actual - steps["prediction"])
    text = "\n".join(backtest_table.lines(found))
    assert "moved: " in text
    assert re.search(r"Abandon rate: \+\d.* points off; handle time takes \+\d.* points of it away", text)
    assert "d'écart, dont" in "\n".join(backtest_table.lines(found, "fr"))
    assert backtest_table.record(found)["blame"][0]["input"] == "handle time"


@pytest.mark.parametrize("line", [0.02, 0.08])
def test_a_miss_inside_its_interval_is_not_explained_and_one_that_no_input_takes_away_is_the_models(line):
    figure = Figure("abandon_rate", "Abandon rate", "fraction")
    steps = tuple(Step(name, {"abandon_rate": value}, {}) for name, value in [("prediction", 0.10), ("patience", 0.10 + line)])
    for inside, expected in ((True, None), (False, "patience" if line > 0.05 else None)):
        judged = Line(figure, 0.2, 0.1, 0.05, 0.15, inside, None, 0, 0, 0, 0, 1.0)
        (found,) = blame(SimpleNamespace(lines=(judged,), steps=steps))
        assert found.input == expected
        assert found.is_expected is inside


def test_the_same_log_and_seed_give_the_same_record(log, found):
    again = backtest(split(log, train="1w"), replications=10, tuned=False)
    assert json.dumps(backtest_table.record(again)) == json.dumps(backtest_table.record(found))


def test_the_chart_has_a_panel_for_each_figure_and_marks_what_fell_outside(found):
    figure = draw("backtest", found.by_day, shown=["abandon_rate", "asa"], names={"asa": ("ASA $x$", "seconds")}, title="t")
    assert len(figure.axes) == 2
    assert figure.axes[1].get_title(loc="left") == "ASA \\$x\\$"
    labels = figure.axes[0].get_legend_handles_labels()[1]
    assert labels == ["90% prediction interval", "predicted", "happened", "outside"]


def test_every_line_has_french_words(found):
    assert "Constaté" in "\n".join(backtest_table.lines(found, "fr"))


def test_the_command_writes_tables_chart_and_scenario(log, tmp_path):
    path = tmp_path / "log.parquet"
    log.interactions.write_parquet(path)
    arguments = [
        str(path),
        "--train",
        "1w",
        "-n",
        "4",
        "--no-tune",
        "--no-explain",
        "--out",
        str(tmp_path / "out"),
        "--format",
        "json",
    ]
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    record = json.loads(done.stdout)
    assert record["coverage"]["day"]["judged"] > 0
    names = {each.name for each in (tmp_path / "out").iterdir()}
    assert {
        "backtest.json",
        "backtest.csv",
        "days.csv",
        "intervals.csv",
        "scenario.yaml",
        "backtest.png",
        "manifest.json",
    } <= names


@pytest.mark.skipif(not BANK.is_file(), reason="needs ../shared/data/anonymous_bank_1999_08")
def test_the_second_week_of_the_bank_lies_in_the_intervals_of_the_first():
    log = read_log(BANK, "anonymous-bank").collect()
    found = backtest(split(log, train="8d"), replications=10, interval=900.0, explained=False)
    inside, judged = found.coverage()
    assert judged >= 60
    assert inside / judged > 0.8
    line = next(one for one in found.lines if one.figure.key == "abandon_rate")
    assert abs(line.predicted - line.actual) < abs(line.formula - line.actual)
