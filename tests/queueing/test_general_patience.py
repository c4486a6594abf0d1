import math

import numpy as np
import pytest

from simkpi.errors import InputError
from simkpi.queueing import evaluate, wait_percentile
from simkpi.queueing.patience_laws import (
    Deterministic,
    Erlang,
    Exponential,
    Hyperexponential,
    Lognormal,
    PatienceLaw,
    Uniform,
    Weibull,
)

FIELDS = {
    "p_wait": "p_wait",
    "p_abandon": "p_abandon",
    "p_served": "p_served",
    "mean_wait_all": "mean_wait",
    "asa_served": "asa",
    "mean_queue": "mean_queue",
    "mean_busy": "mean_busy",
    "occupancy": "occupancy",
    "sl_offered": "service_level",
    "p_abandon_within_T": "p_abandon_within",
    "sl_answered": "service_level_answered",
    "sl_excl_short_aband": "service_level_excl_short",
    "sl_wait_le_T": "wait_within",
    "mean_offered_wait": "mean_offered_wait",
}
LAWS = [
    Exponential(120.0),
    Deterministic(90.0),
    Uniform(0.0, 240.0),
    Uniform(60.0, 180.0),
    Weibull(shape=0.6, scale=100.0),
    Weibull(shape=3.0, scale=100.0),
    Lognormal.from_mean(120.0, cv=1.0),
    Erlang(phases=4, average=120.0),
    Hyperexponential(shares=(0.7, 0.3), means=(20.0, 300.0)),
]


def law_of(kind, parameters):
    given = {name: float(value) for name, value in (part.split("=") for part in parameters.split(";"))}
    return {
        "exp": lambda: Exponential(1 / given["rate"]),
        "exp_balk": lambda: Exponential(1 / given["rate"], balking=given["p0"]),
        "det": lambda: Deterministic(given["value"]),
        "uniform": lambda: Uniform(given["a"], given["b"]),
        "weibull": lambda: Weibull(given["shape"], given["scale"]),
        "lognormal": lambda: Lognormal(given["m"], given["s"]),
        "hyperexp": lambda: Hyperexponential((given["p1"], 1 - given["p1"]), (1 / given["r1"], 1 / given["r2"])),
    }[kind]()


def test_every_figure_equals_the_exact_grid(rows_of):
    for row in rows_of("grid_mmn_g_dev.csv"):
        figures = evaluate(
            arrival_rate=float(row["lam"]),
            aht=1 / float(row["mu"]),
            agents=float(row["n"]),
            patience=law_of(row["patience"], row["patience_params"]),
            threshold=float(row["T"]),
        )
        for column, field in FIELDS.items():
            exact = float(row[column])
            assert getattr(figures, field) == pytest.approx(exact, rel=1e-12, abs=1e-14 if exact == 0 else 0), (row["id"], field)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{type(law).__name__}-{law.mean:.0f}")
class TestLaw:
    def test_the_three_functions_agree_with_each_other(self, law):
        assert isinstance(law, PatienceLaw)
        t = np.linspace(0.01, 700, 70_001)
        step = t[1] - t[0]
        assert np.abs(law.survival(t) + law.left(t) - 1).max() < 1e-12
        integral = np.concatenate([[0], np.cumsum((law.survival(t)[1:] + law.survival(t)[:-1]) / 2 * step)])
        lived = t * law.survival(t) + law.left_time(t)
        assert np.abs(lived - lived[0] - integral).max() < 0.02

    def test_the_mean_is_all_that_is_ever_lived(self, law):
        far = np.array([1e7])
        assert float(law.left_time(far)[0]) == pytest.approx(law.mean, rel=1e-9)

    def test_balking_shortens_patience_and_adds_an_atom(self, law):
        balking = type(law)(**{**vars(law), "balking": 0.25})
        assert balking.mean == pytest.approx(0.75 * law.mean)
        assert float(balking.left(np.array([0.0]))[0]) == pytest.approx(0.25)

    def test_flows_balance(self, law):
        figures = evaluate(arrival_rate=0.11, aht=180, agents=18, patience=law, threshold=30)
        assert figures.p_served + figures.p_abandon == pytest.approx(1, rel=1e-12)
        assert figures.mean_queue == pytest.approx(0.11 * figures.mean_wait, rel=1e-12)
        assert figures.mean_busy == pytest.approx(0.11 * 180 * figures.p_served, rel=1e-12)
        assert figures.service_level <= figures.service_level_excl_short <= 1


def test_exponential_law_and_mean_patience_are_the_same_model():
    for agents, rate in [(1, 0.004), (18, 0.11), (200, 1.3), (5000, 27.0)]:
        queue = {"arrival_rate": rate, "aht": 180, "agents": agents, "threshold": 25}
        by_mean, by_law = evaluate(patience=90.0, **queue).as_dict(), evaluate(patience=Exponential(90.0), **queue).as_dict()
        for name, value in by_mean.items():
            assert by_law[name] == pytest.approx(value, rel=1e-10, abs=1e-200), name


def test_one_phase_and_one_part_are_exponential():
    queue = {"arrival_rate": 0.11, "aht": 180, "agents": 18}
    exact = evaluate(patience=90.0, **queue).service_level
    assert evaluate(patience=Erlang(1, 90.0), **queue).service_level == pytest.approx(exact, rel=1e-12)
    assert evaluate(patience=Weibull(1, 90.0), **queue).service_level == pytest.approx(exact, rel=1e-12)
    assert evaluate(patience=Hyperexponential((1.0,), (90.0,)), **queue).service_level == pytest.approx(exact, rel=1e-12)


def test_nobody_waits_longer_than_a_constant_patience():
    figures = evaluate(arrival_rate=0.2, aht=180, agents=20, patience=Deterministic(60.0), threshold=60)
    assert figures.wait_within == pytest.approx(1, rel=1e-12)
    assert figures.mean_wait_abandoned == pytest.approx(60, rel=1e-12)
    assert wait_percentile(0.9, arrival_rate=0.2, aht=180, agents=20, patience=Deterministic(60.0)) == pytest.approx(60)


def test_arrays_are_evaluated_point_by_point():
    figures = evaluate(arrival_rate=[0.05, 0.1, 0.0], aht=180, agents=[10, 20, 3], patience=LAWS[4])
    assert figures.p_wait.shape == (3,)
    assert figures.service_level[2] == 1.0
    assert evaluate(arrival_rate=0.1, aht=180, agents=0, patience=LAWS[4]).p_abandon == 1.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Exponential(0.0), "average: must be finite and above 0, got 0.0"),
        (
            lambda: Weibull(-1.0, math.nan),
            "shape: must be finite and above 0, got -1.0\nscale: must be finite and above 0, got nan",
        ),
        (lambda: Uniform(5.0, 5.0), "low: must be at least 0 and below high"),
        (lambda: Hyperexponential((0.5, 0.4), (1.0, 2.0)), "shares: needs one share above 0 per mean"),
        (lambda: Deterministic(10.0, balking=1.0), "balking: must be at least 0 and below 1, got 1.0"),
    ],
)
def test_impossible_laws_are_refused(make, message):
    with pytest.raises(InputError) as caught:
        make()
    assert message in str(caught.value)


def test_a_law_with_limited_places_is_refused():
    with pytest.raises(InputError, match="places: a patience law is exact only with unlimited places"):
        evaluate(arrival_rate=0.1, aht=180, agents=18, patience=Deterministic(value=60.0), places=30)


def test_exponential_patience_given_as_a_law_may_have_limited_places():
    law, mean = (evaluate(arrival_rate=0.1, aht=180, agents=18, patience=given, places=30) for given in (Exponential(60.0), 60.0))
    assert law == mean
