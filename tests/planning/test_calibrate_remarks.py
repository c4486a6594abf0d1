from __future__ import annotations

import copy
from dataclasses import replace

import polars as pl
import pytest

from simkpi.interactions.table import Log
from simkpi.planning.calibrate.calibration import Calibration, Tuning
from simkpi.planning.calibrate.check import Line
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.reasons import explain
from simkpi.planning.calibrate.remarks import untuned
from simkpi.planning.phrase import Phrase
from simkpi.report.calibrate_table import check_rows, fit_rows, fit_sentences
from simkpi.report.charts.calibration import of_comparison
from simkpi.report.sentences import in_language
from tests.planning.calibration_logs import exponential, generate


@pytest.fixture(scope="module")
def log() -> Log:
    return generate(days=4, talk=exponential(300), patience=exponential(180))


@pytest.fixture(scope="module")
def fitted(log: Log) -> Calibration:
    return fit(log)


def line(kpi: str, **more: float | None) -> Line:
    usual = Line(kpi, "Abandon rate", "fraction", recorded=0.2, value=0.2, half_width=0.01, low=0.1, high=0.3, same_days=0.2)
    return replace(usual, **more)


def test_what_to_know_of_a_fit_is_said_in_french_too(fitted: Calibration) -> None:
    told = "\n".join(fit_sentences(fitted, "fr"))
    assert "peu de jours derrière la ligne d'un jour de semaine" in told
    assert "(jours : lun 1, mar 1, mer 1, jeu 1)" in told
    assert "few days" not in told


def test_figures_of_the_fit_are_written_with_a_decimal_comma_in_french(fitted: Calibration) -> None:
    wrapped = replace(fitted.contacts[0], wrap=replace(fitted.contacts[0].talk, mean=30.0, mean_error=1.25))
    row = fit_rows(replace(fitted, contacts=(wrapped,)), "fr")[0]
    assert "30s ± 1,2 (hors journal)" in row
    assert not any("." in cell for cell in row)


def test_contacts_that_were_called_back_are_said_not_to_be_modelled(log: Log) -> None:
    frame = log.interactions.lazy().collect()
    origin = pl.Series("origin", ["callback"] * 7 + ["reactive"] * (len(frame) - 7))
    notes = fit(Log(frame.with_columns(origin))).notes
    assert "7 contacts are callbacks: offers and delays are not fitted, they count as contacts that waited in the queue" in notes


def test_a_fit_that_could_not_be_tuned_says_so(fitted: Calibration) -> None:
    assert "nothing was tuned: fewer than 50 abandonments" in untuned(fitted).notes[-1]
    tuned = replace(fitted, tuning=Tuning(0.1, 0.8))
    assert untuned(tuned) is tuned


def test_a_factor_that_the_log_does_not_determine_is_no_advice(fitted: Calibration) -> None:
    vague = replace(fitted, factor=1.3, tuning=Tuning(0.1, 0.6, factor_error=0.7))
    assert any("not determined by this log (1.300 ± 0.700)" in reason for reason in explain(vague, ()))
    clear = replace(fitted, factor=1.3, tuning=Tuning(0.1, 0.6, factor_error=0.05))
    assert not any("not determined" in reason for reason in explain(clear, ()))


def test_a_difference_within_chance_is_not_put_down_to_averaging(fitted: Calibration) -> None:
    small = explain(fitted, (line("abandon_rate", same_days=0.195, same_days_half=0.02),))
    assert any(reason.endswith("changes no more than chance does: Abandon rate") for reason in small)
    large = explain(fitted, (line("abandon_rate", same_days=0.15, same_days_half=0.02),))
    assert any("changes it by +5.0 ± 2.2 points" in reason for reason in large)


def test_how_many_figures_are_outside_is_said_beside_what_chance_does(fitted: Calibration) -> None:
    first = explain(fitted, (line("abandon_rate", recorded=0.5), line("asa")))[0]
    assert first == "outside the range of one log: Abandon rate (1 of 2; by chance alone one figure in twenty is)"
    assert in_language(first, "fr").startswith("hors de la plage d'un journal : Taux d'abandon (1 sur 2")


def test_phrases_keep_their_parts_when_they_are_copied() -> None:
    phrase = Phrase("only {n} abandoned {name}", n=3, name="{odd}")
    again = copy.deepcopy(phrase)
    assert again == "only 3 abandoned {odd}"
    assert (again.template, again.values) == (phrase.template, phrase.values)


def test_a_list_of_phrases_is_translated_part_by_part() -> None:
    listed = Phrase.joined([Phrase("answered {share}", share="92.5 %"), "Web shop"])
    assert listed == "answered 92.5 %, Web shop"
    assert in_language(listed, "fr") == "décrochés 92,5 %, Web shop"


def test_the_chart_of_the_check_is_labelled_in_french(fitted: Calibration) -> None:
    from simkpi.planning.calibrate.check import Comparison
    from simkpi.report.chart import Wish

    compared = Comparison((line("abandon_rate"),), 5, ())
    table, _ = of_comparison(compared, Wish(lang="fr"))
    assert table["title"].to_list() == ["Taux d'abandon"] == [check_rows(compared, "fr")[0][0]]
