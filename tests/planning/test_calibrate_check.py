from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from simkpi.interactions.table import Log
from simkpi.planning.calibrate import check
from simkpi.planning.calibrate.calibration import Calibration, Tuning
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.report.calibrate_table import CHECK_HEADER, FIT_HEADER, check_rows, fit_rows, fit_sentences, lines
from tests.planning.calibration_logs import exponential, generate, lognormal


@pytest.fixture(scope="module")
def log() -> Log:
    return generate(
        days=14, per_interval=(60, 90, 90, 60), agents=(5, 7, 7, 5), talk=lognormal(150, 1.0), patience=exponential(180), seed=11
    )


@pytest.fixture(scope="module")
def fitted(log: Log) -> Calibration:
    return fit(log)


@pytest.fixture(scope="module")
def comparison(fitted: Calibration, log: Log) -> check.Comparison:
    return check.compare(fitted, log, replications=6)


def test_the_fitted_scenario_reproduces_a_log_whose_model_is_right(comparison: check.Comparison) -> None:
    lines = {line.kpi: line for line in comparison.lines}
    assert all(line.agrees is not False for line in comparison.lines), [line for line in comparison.lines if line.agrees is False]
    for name in ("abandon_rate", "asa", "service_level@20s", "service_level@60s", "aht", "offered"):
        line = lines[name]
        assert line.recorded is not None
        assert line.half_width is not None
        assert line.low is not None
        assert line.same_days == pytest.approx(line.recorded, rel=0.2)


def test_a_wrong_scenario_does_not_agree(fitted: Calibration, log: Log) -> None:
    off = check.compare(fitted.with_factor(0.7), log, replications=5, same_days=False)
    assert {"abandon_rate", "service_level@20s"} <= {line.kpi for line in off.lines if line.agrees is False}
    assert "outside the range of one log" in off.reasons[0]


def test_the_range_of_one_log_is_wider_than_the_interval_of_the_mean(comparison: check.Comparison) -> None:
    line = next(line for line in comparison.lines if line.kpi == "asa")
    assert line.high is not None
    assert line.value is not None
    assert line.half_width is not None
    assert line.high - line.value == pytest.approx(line.half_width * math.sqrt(7))


def test_a_range_stays_within_what_a_figure_can_be(fitted: Calibration, log: Log) -> None:
    shares = {line.kpi: line for line in check.compare(fitted.with_factor(2.0), log, replications=3, same_days=False).lines}
    assert all(line.low is None or line.low >= 0 for line in shares.values())
    assert all(line.high is None or line.high <= 1 for line in shares.values() if line.unit == "fraction")


def test_a_figure_that_neither_side_has_is_no_line(comparison: check.Comparison) -> None:
    assert "containment_rate" not in {line.kpi for line in comparison.lines}


def test_the_kpis_of_the_log_are_scored_as_recorded(comparison: check.Comparison, log: Log) -> None:
    frame = log.interactions.lazy().collect()
    recorded = {line.kpi: line.recorded for line in comparison.lines}
    abandoned = (frame["outcome"] == "abandoned").sum()
    assert recorded["offered"] == len(frame)
    assert recorded["abandon_rate"] == pytest.approx(abandoned / len(frame))


def test_reasons_name_tuning_and_unlogged_work(fitted: Calibration, comparison: check.Comparison) -> None:
    reasons = check.explain(replace(fitted, factor=1.02, tuning=Tuning(0.2, 0.5)), comparison.lines)
    assert any("tuned" in reason for reason in reasons)
    assert any("averaging over weekdays" in reason for reason in reasons)


def test_tables_have_a_cell_under_every_heading(fitted: Calibration, comparison: check.Comparison) -> None:
    assert {len(row) for row in check_rows(comparison)} == {len(CHECK_HEADER)}
    assert {len(row) for row in fit_rows(fitted)} == {len(FIT_HEADER)}
    sentences = " ".join(fit_sentences(fitted))
    assert "total wait / abandonments" in sentences
    assert "not their patience" in sentences


def test_the_tables_are_written_in_french_too(fitted: Calibration, comparison: check.Comparison) -> None:
    tuned = replace(fitted, factor=1.02, quiet=30.0, tuning=Tuning(0.2, 0.5, 0.01, 4.0, has_breath=True))
    told = "\n".join(lines(tuned, comparison, "fr"))
    for words in ("Type de contact", "Taux d'abandon", "Plage d'un journal", "Équipe agents", "prêts au bout de 30s ± 4", "oui"):
        assert words in told, words
    assert not any("Abandon rate" in cell for row in check_rows(comparison, "fr") for cell in row)
    plain = "\n".join(lines(replace(tuned, tuning=Tuning(0.2, 0.5)), None, "fr"))
    assert "ajusté, non prédit" in plain


def test_days_that_the_fit_leaves_out_are_on_neither_side() -> None:
    made = generate(days=14, per_interval=(40, 40), agents=(5, 5), talk=lognormal(120, 1.0), patience=exponential(180), seed=2)
    frame = made.interactions.lazy().collect().filter(~pl.col("arrived_at").dt.day().is_in([4, 10, 12]))
    found = check.compare(fit(Log(frame)), Log(frame), replications=3, same_days=False)
    offered = next(line for line in found.lines if line.kpi == "offered")
    assert offered.recorded == len(frame)
    assert offered.value == pytest.approx(len(frame), rel=0.08)
    assert "3 day(s) (gaps of the log, special days) are left out on both sides" in found.reasons


def test_a_log_in_which_nobody_is_ever_on_duty_still_gives_a_file() -> None:
    made = generate(days=1, per_interval=(3,), agents=(1,), talk=exponential(0.01), patience=exponential(180))
    nobody = fit(Log(made.interactions.lazy().collect().head(1)))
    idle = replace(nobody.teams[0], on_duty=np.zeros_like(nobody.teams[0].on_duty))
    assert "teams:" in scenario_text(replace(nobody, teams=(idle,)), name="nobody")
