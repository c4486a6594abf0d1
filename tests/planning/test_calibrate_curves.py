"""Recorded times beside the fitted laws, as numbers and as a chart."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.curves import LEVELS, curves
from simkpi.planning.calibrate.fit import fit
from simkpi.report.chart import Wish, draw, find
from tests.planning.calibration_logs import exponential, generate, lognormal


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    return fit(
        generate(days=28, per_interval=(40, 60, 60, 40), agents=(5, 7, 7, 5), talk=lognormal(240, 1.0), patience=exponential(180))
    )


def test_a_law_that_fits_has_the_quantiles_of_the_log(fitted):
    talk = curves(fitted).filter(pl.col("kind") == "talk")
    assert talk["x"].to_list() == pytest.approx(LEVELS)
    middle = talk.filter(pl.col("x").is_between(0.1, 0.95))
    ratio = middle["recorded"].to_numpy() / middle["fitted"].to_numpy()
    assert np.abs(ratio - 1).max() < 0.08
    observed = fitted.observed
    assert middle.filter(pl.col("x").is_between(0.5099, 0.5101))["recorded"][0] == pytest.approx(
        np.quantile(observed.talk[observed.is_answered], 0.51), abs=1e-9
    )


def test_the_law_of_patience_lies_near_kaplan_meier(fitted):
    waiting = curves(fitted).filter(pl.col("kind") == "patience")
    assert waiting.height >= 5
    assert np.abs(waiting["recorded"].to_numpy() - waiting["fitted"].to_numpy()).max() < 0.03
    assert (waiting["low"] <= waiting["recorded"]).all()


def test_the_chart_has_two_panels_a_contact_type_in_either_language(fitted):
    chart = find("fits")
    table, how = chart.sources[Calibration](fitted, Wish(lang="fr"))
    figure = chart(table, **how)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["voice : temps de conversation", "voice : encore en attente"]


def test_a_type_without_abandonments_has_no_curve(fitted):
    table = curves(fitted).filter(pl.col("kind") == "talk")
    texts = [text.get_text() for text in draw("fits", table).axes[1].texts]
    assert texts == ["too few to fit"]
