from __future__ import annotations

import numpy as np
import pytest

from simkpi.planning.calibrate.patience import WHY_NOT_THE_MEAN, fit_patience
from simkpi.units import parse_duration


def censored(mean: float, offered: float, n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Waits of customers with exponential patience who are offered an answer after an exponential time."""
    random = np.random.default_rng(seed)
    patience, answer = random.exponential(mean, n), random.exponential(offered, n)
    return np.minimum(patience, answer), patience < answer


def share_waiting(law: dict[str, dict[str, list[object]]], moment: float) -> float:
    values = np.array([0.0 if value == 0 else parse_duration(str(value)) for value in law["empirical"]["values"]])
    weights = np.array(law["empirical"]["weights"])
    return float(weights[values > moment].sum() / weights.sum())


def test_patience_is_recovered_although_most_waits_are_cut_short() -> None:
    waits, left = censored(200, 60, 20_000)
    fitted = fit_patience(waits, left)
    assert fitted.exponential_mean is not None
    assert fitted.exponential_error is not None
    assert abs(fitted.exponential_mean - 200) < 4 * fitted.exponential_error
    for moment, share, low, high in fitted.survival:
        assert abs(share - np.exp(-moment / 200)) < 4 * (high - low) / 3.92


def test_the_mean_wait_of_those_who_left_is_shown_and_far_from_the_truth() -> None:
    fitted = fit_patience(*censored(200, 60, 20_000))
    assert fitted.naive_mean == pytest.approx(200 * 60 / 260, rel=0.05)
    assert "not their patience" in WHY_NOT_THE_MEAN


def test_kaplan_meier_by_hand() -> None:
    # At risk 24, 23, ...: events at 1 s (of 24), 3 s (of 22); the customer at 2 s was answered.
    waits = np.array([1.0, 2.0, 3.0] + [30.0] * 21)
    left = np.array([True, False, True] + [True] * 18 + [False] * 3)
    survival = {moment: share for moment, share, _, _ in fit_patience(waits, left).survival}
    assert survival[5.0] == pytest.approx(23 / 24 * 21 / 22)


def test_the_law_follows_kaplan_meier_and_has_an_exponential_tail() -> None:
    fitted = fit_patience(*censored(200, 60, 30_000, seed=2))
    assert fitted.law is not None
    for moment, share, _, _ in fitted.survival:
        assert share_waiting(fitted.law, moment) == pytest.approx(share, abs=0.011)
    for moment in (fitted.reach * 1.5, fitted.reach * 2):
        assert share_waiting(fitted.law, moment) == pytest.approx(np.exp(-moment / 200), abs=0.05)


def test_contacts_answered_without_waiting_do_not_count() -> None:
    waits, left = censored(200, 60, 2000)
    more = fit_patience(np.concatenate([waits, np.zeros(5000)]), np.concatenate([left, np.zeros(5000, dtype=bool)]))
    assert more == fit_patience(waits, left)


def test_those_who_leave_at_once_are_an_atom_at_zero() -> None:
    waits, left = censored(200, 60, 4000)
    fitted = fit_patience(np.concatenate([waits, np.zeros(1000)]), np.concatenate([left, np.ones(1000, dtype=bool)]))
    assert fitted.at_zero == pytest.approx(0.2)
    assert fitted.law is not None
    assert share_waiting(fitted.law, 0.0) == pytest.approx(0.8, abs=0.001)


def test_without_abandonments_only_a_bound_is_known() -> None:
    fitted = fit_patience(np.full(300, 20.0), np.zeros(300, dtype=bool))
    assert fitted.law is None
    assert fitted.at_least == pytest.approx(300 * 20 / 3)
    assert fit_patience(np.zeros(5), np.zeros(5, dtype=bool)).at_least is None


def test_only_abandonments_give_their_own_distribution() -> None:
    waits = np.random.default_rng(3).exponential(100, 5000)
    fitted = fit_patience(waits, np.ones(5000, dtype=bool))
    assert fitted.exponential_mean == pytest.approx(waits.mean())
    assert fitted.answered == 0
    survival = {moment: share for moment, share, _, _ in fitted.survival}
    assert survival[60.0] == pytest.approx((waits > 60).mean())


def test_few_abandonments_give_an_exponential_law() -> None:
    fitted = fit_patience(np.array([10.0, 20.0, 30.0]), np.array([True, False, False]))
    assert fitted.law == {"exponential": {"mean": "1m"}}


def test_unknown_waits_are_left_out() -> None:
    fitted = fit_patience(np.array([10.0, np.nan, 30.0]), np.array([True, True, False]))
    assert (fitted.abandoned, fitted.answered) == (1, 1)


@pytest.mark.parametrize("kind", ["exponential", "weibull", "lognormal"])
def test_the_law_behind_censored_waits_is_found_with_its_parameters(kind: str) -> None:
    random = np.random.default_rng(7)
    n = 8000
    patience = {
        "exponential": random.exponential(200, n),
        "weibull": 120 * random.weibull(0.7, n),
        "lognormal": random.lognormal(np.log(150), 0.8, n),
    }[kind]
    answer = random.exponential(60, n)
    waits, left = np.minimum(patience, answer), patience < answer
    gone = random.random(n) < 0.05  # those who leave at once
    waits[gone], left[gone] = 0.0, True
    fitted = fit_patience(waits, left)
    best = next(one for one in fitted.parametric if one.inside)
    assert best.kind in ((kind, "weibull") if kind == "exponential" else (kind,))
    parameters = best.law[best.kind]
    if kind == "weibull":
        assert parameters["shape"] == pytest.approx(0.7, abs=0.05)
        assert parse_duration(parameters["median"]) == pytest.approx(120 * np.log(2) ** (1 / 0.7), rel=0.1)
    if kind == "lognormal":
        assert parameters["cv"] == pytest.approx(np.sqrt(np.expm1(0.64)), rel=0.1)
    simple = fitted.with_simple_law()
    assert simple.law == best.law
    assert simple.balk == pytest.approx(0.05, abs=0.01)


def test_a_simple_law_that_does_not_fit_leaves_the_curve() -> None:
    random = np.random.default_rng(3)
    patience = np.where(random.random(8000) < 0.5, random.normal(20, 2, 8000), random.normal(300, 5, 8000))
    answer = random.exponential(100, 8000)
    fitted = fit_patience(np.minimum(patience, answer), patience < answer)
    assert not any(one.inside for one in fitted.parametric)
    assert fitted.with_simple_law() is fitted


def test_the_curve_has_an_interval_before_the_first_has_left() -> None:
    waits = np.concatenate([np.full(40, 90.0), np.linspace(100, 200, 60)])
    fitted = fit_patience(waits, np.concatenate([np.ones(40, dtype=bool), np.zeros(60, dtype=bool)]))
    at_once = next(row for row in fitted.survival if row[0] == 30)
    assert at_once == pytest.approx((30, 1.0, 0.025 ** (1 / 100), 1.0))
    assert np.isfinite(np.array(fitted.survival)).all()
