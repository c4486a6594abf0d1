"""Intervals cover as often as they promise, those of independent contacts do not (whole study: benchmarks/coverage.py)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.coverage import GOALS, coverage, failures, stored_days

STUDY = Path(__file__).resolve().parents[2] / "benchmarks" / "coverage.json"


def test_the_recorded_study_is_the_whole_one_and_reaches_every_goal() -> None:
    stated = json.loads(STUDY.read_text(encoding="utf-8"))
    assert (stated["stored_days"], stated["studies"]) == (8000, 4000)
    assert failures(stated["coverage"]) == []


def test_a_study_that_covers_too_rarely_is_named() -> None:
    rows = [{"days": n, "volume_cv": cv, "service_level": 0.8, "wait_p90": 0.99} for n in (10, 30) for cv in (0.0, 0.1)]
    assert len(failures(rows)) == sum(kpi == "service_level" for kpi, *_ in GOALS)


@pytest.mark.slow
@pytest.mark.parametrize(("cv", "independent"), [(0.0, 0.45), (0.1, 0.2)])
def test_a_small_study_covers_and_independent_contacts_do_not(cv: float, independent: float) -> None:
    found = coverage(stored_days(cv, 1200), 30, 600)
    assert found["service_level"] > 0.91  # 600 studies of 1,200 days know their coverage to some 3 points
    assert found["wait_p90"] > 0.91
    assert found["independent contacts"] < independent
