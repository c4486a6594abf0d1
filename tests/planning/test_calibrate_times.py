from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.planning.calibrate.times import bin_times, fit_law
from simkpi.scenario.laws import Law
from simkpi.units import parse_duration


def seconds(values: list[object]) -> np.ndarray:
    return np.array([0.0 if value == 0 else parse_duration(str(value)) for value in values])


def test_an_exponential_sample_gives_an_exponential_law() -> None:
    fitted = fit_law(np.random.default_rng(1).exponential(25, 4000))
    assert fitted.kind == "exponential"
    assert abs(fitted.mean - 25) < 4 * fitted.mean_error
    assert fitted.mean_error == pytest.approx(25 / np.sqrt(4000), rel=0.1)


def test_a_lognormal_sample_gives_its_mean_and_cv() -> None:
    sigma = np.sqrt(np.log(2))
    fitted = fit_law(np.random.default_rng(2).lognormal(np.log(250) - sigma**2 / 2, sigma, 8000))
    assert fitted.kind == "lognormal"
    assert fitted.law["lognormal"]["cv"] == pytest.approx(1, abs=4 * 0.02)
    assert abs(fitted.mean - 250) < 4 * fitted.mean_error


@pytest.mark.parametrize(
    ("kind", "sample"), [("gamma", lambda r: r.gamma(4, 50, 5000)), ("weibull", lambda r: 200 * r.weibull(3, 5000))]
)
def test_other_laws_are_recognised(kind: str, sample: object) -> None:
    assert fit_law(sample(np.random.default_rng(3))).kind == kind


def test_zeros_stay_an_atom_and_the_mean_is_kept() -> None:
    random = np.random.default_rng(4)
    times = np.concatenate([np.zeros(100), random.exponential(180, 9900)])
    fitted = fit_law(times)
    assert fitted.kind == "empirical"
    values, weights = seconds(fitted.law["empirical"]["values"]), np.array(fitted.law["empirical"]["weights"])
    assert values[0] == 0
    assert weights[0] == pytest.approx(1.0)
    assert (values * weights).sum() / weights.sum() == pytest.approx(times.mean(), rel=1e-3)
    spread = np.sqrt((weights * (values - times.mean()) ** 2).sum() / weights.sum())
    assert spread == pytest.approx(times.std(), rel=0.04)


def test_a_mixture_that_no_simple_law_fits_is_kept_as_it_is() -> None:
    random = np.random.default_rng(5)
    times = np.concatenate([random.normal(20, 2, 1000), random.normal(300, 30, 1000)])
    fitted = fit_law(times)
    assert fitted.kind == "empirical"
    assert "no simple law" in fitted.why


def test_few_observations_are_said_to_be_few() -> None:
    fitted = fit_law(np.array([10.0, 30.0, 20.0]))
    assert fitted.law == {"exponential": {"mean": "20s"}}
    assert "only 3 observations" in fitted.why


def test_equal_times_are_fixed_and_missing_ones_are_none() -> None:
    assert fit_law(np.full(50, 30.0)).law == {"fixed": "30s"}
    assert fit_law(np.array([np.nan, np.nan])).law == {"fixed": 0}
    assert fit_law(np.array([])).observations == 0


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 5000), min_size=2, max_size=400))
def test_every_law_can_be_read_by_a_scenario(times: list[float]) -> None:
    law = Law.model_validate(fit_law(np.array(times)).law)
    assert law.mean == pytest.approx(np.mean(times), rel=0.01, abs=0.05)


def test_bins_are_finer_in_the_upper_tail() -> None:
    weights = bin_times(np.random.default_rng(6).exponential(100, 20_000))["weights"]
    assert weights[0] == pytest.approx(2.0)
    assert weights[-1] < 0.3
    assert sum(weights) == pytest.approx(100, abs=0.01)
