"""The synthetic calibration log of ../shared: its truth has to come back within four standard errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from simkpi.interactions.table import Log, normalise
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.fit import fit

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "calibration" / "dev1"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs ../shared/data/calibration")


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    return dict(json.loads((FOLDER / "truth.json").read_text()))


@pytest.fixture(scope="module")
def log() -> Log:
    names = {
        "id": "contact_id",
        "arrival": "arrived_at",
        "queue_start": "queued_at",
        "answer": "answered_at",
        "end": "ended_at",
        "wrap_end": "wrapped_at",
        "agent": "agent_id",
    }
    staff = pl.read_csv(FOLDER / "staff.csv.gz").rename(
        {"agent": "agent_id", "start": "from_at", "end": "to_at", "kind": "state"}
    )
    return Log(
        normalise(pl.read_csv(FOLDER / "interactions.csv.gz").rename(names)),
        agent_states=normalise(staff, "agent_states"),
    )


@pytest.fixture(scope="module")
def fitted(log: Log) -> Calibration:
    return fit(log, staff_from="states")


def test_handle_times_come_back(fitted: Calibration, truth: dict[str, Any]) -> None:
    (contact,) = fitted.contacts
    assert abs(contact.talk.mean - truth["service"]["mean_s"]) < 4 * contact.talk.mean_error
    assert contact.talk.kind == truth["service"]["family"]
    # The cv of a lognormal sample from its log-variance: standard error (1 + cv²) log(1 + cv²) / cv / sqrt(2 n).
    error = 2 * np.log(2) / np.sqrt(2 * contact.talk.observations)
    assert abs(contact.talk.law["lognormal"]["cv"] - truth["service"]["cv"]) < 4 * error
    assert abs(contact.wrap.mean - truth["wrap_exponential_mean_s"]) < 4 * contact.wrap.mean_error
    assert contact.wrap.kind == "exponential"


def test_half_hour_volumes_come_back(fitted: Calibration, truth: dict[str, Any]) -> None:
    weights = fitted.days.sizes / fitted.days.sizes.sum()
    means = weights @ fitted.total.expected[:, 16:28]
    expected = np.array(truth["half_hour_arrival_means"])
    assert np.all(np.abs(means - expected) < 4 * np.sqrt(expected / truth["days"]))
    assert fitted.total.day.low == truth["day_factor_cv"] == 0


def test_patience_comes_back_and_the_naive_mean_does_not(fitted: Calibration, truth: dict[str, Any]) -> None:
    patience = fitted.contacts[0].patience
    compared = 0
    for moment, share, low, high in patience.survival:
        if f"{moment:g}" in truth["patience_survival"]:
            assert abs(share - truth["patience_survival"][f"{moment:g}"]) < 4 * (high - low) / 3.92
            compared += 1
    assert compared >= 7
    mean = truth["patience"]["mean_s"]
    assert patience.exponential_mean is not None
    assert patience.exponential_error is not None
    assert patience.naive_mean is not None
    assert abs(patience.exponential_mean - mean) < 4 * patience.exponential_error
    assert abs(patience.naive_mean - mean) > 4 * patience.exponential_error


def test_head_counts_come_back(log: Log, fitted: Calibration, truth: dict[str, Any]) -> None:
    assert fitted.teams[0].on_duty[:, 16:28].mean(axis=0) == pytest.approx(truth["half_hour_staff"])
    # From contacts alone: within half an agent everywhere, a tenth of an agent for most of the day.
    guessed = fit(log).teams[0].on_duty[:, 16:28].mean(axis=0)
    off = np.abs(guessed - np.array(truth["half_hour_staff"]))
    assert off.max() < 0.6
    assert np.median(off) < 0.1
