import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.errors import InputError
from simkpi.queueing import evaluate, wait_percentile

FIELDS = {
    "p_block": "p_block",
    "p_wait": "p_wait",
    "p_no_wait": "p_no_wait",
    "p_abandon": "p_abandon",
    "p_served": "p_served",
    "p_wait_given_admitted": "p_wait_given_admitted",
    "p_abandon_given_admitted": "p_abandon_given_admitted",
    "mean_busy": "mean_busy",
    "occupancy": "occupancy",
    "mean_queue": "mean_queue",
    "mean_in_system": "mean_in_system",
    "throughput": "throughput",
    "mean_wait_admitted": "mean_wait",
    "asa_served": "asa",
    "mean_offered_wait": "mean_offered_wait",
    "mean_wait_abandoned": "mean_wait_abandoned",
    "mean_wait_given_wait": "mean_wait_given_wait",
    "p_served_within_T": "service_level",
    "p_abandon_within_T": "p_abandon_within",
    "sl_answered": "service_level_answered",
    "sl_excl_short_aband": "service_level_excl_short",
    "sl_wait_le_T": "wait_within",
}
#: Below this the reference's own sums are rounding noise.
NOISE = 1e-60
settings.register_profile("queueing", derandomize=True, deadline=None, max_examples=60)
PROFILE = settings.get_profile("queueing")


@pytest.fixture(scope="module")
def evaluated(grid):
    theta, places = grid["theta"], grid["K"]
    return evaluate(
        arrival_rate=grid["lam"],
        aht=1 / grid["mu"],
        agents=grid["c"],
        patience=np.divide(1, theta, out=np.full_like(theta, np.inf), where=theta > 0),
        places=np.where(np.isnan(places), np.inf, places),
        threshold=grid["T"],
    )


@pytest.mark.parametrize(("column", "field"), FIELDS.items())
@pytest.mark.parametrize("family", ["B", "C", "A", "CK", "AK"])
def test_every_figure_equals_the_exact_grid(grid, evaluated, column, field, family):
    figures = evaluated
    rows = grid["family"] == family
    exact, got = grid[column][rows], getattr(figures, field)[rows]
    defined = ~np.isnan(exact)
    assert (np.isnan(got) == ~defined).all()
    tiny = np.abs(exact) < NOISE
    assert (np.abs(got[defined & tiny]) < NOISE).all()
    plain = defined & ~tiny
    tolerance = 1e-12 if family in {"B", "C", "A"} else 1e-11
    sensitive = (grid["lam"] / grid["mu"] / grid["c"] > 0.999)[rows] & (family == "C")
    assert (np.abs(got / np.where(exact == 0, 1, exact) - 1)[plain] < np.where(sensitive, 1e-9, tolerance)[plain]).all()


@pytest.mark.parametrize(
    ("parameters", "field", "exact"),
    [
        # method notes: computed with 60 digits
        ({"arrival_rate": 8 / 300, "aht": 300, "agents": 10}, "p_wait", 0.40918015080),
        ({"arrival_rate": 8 / 300, "aht": 300, "agents": 10.5}, "p_wait", 0.31843748650),
        ({"arrival_rate": 10 / 300, "aht": 300, "agents": 14}, "service_level", 0.866627417),
        ({"arrival_rate": 10 / 300, "aht": 300, "agents": 13}, "service_level", 0.766440307),
        ({"arrival_rate": 50 / 300, "aht": 300, "agents": 57}, "p_wait", 0.24647092005),
        ({"arrival_rate": 48 / 60, "aht": 60, "agents": 50, "patience": 120}, "p_wait", 0.467774069),
        ({"arrival_rate": 48 / 60, "aht": 60, "agents": 50, "patience": 120}, "p_abandon", 0.030912249),
        ({"arrival_rate": 48 / 60, "aht": 60, "agents": 50, "patience": 120}, "asa", 3.70946990),
        ({"arrival_rate": 48 / 60, "aht": 60, "agents": 50, "patience": 120}, "mean_queue", 2.96757592 * 60 / 60),
        ({"arrival_rate": 48 / 60, "aht": 60, "agents": 50, "patience": 120}, "occupancy", 0.930324241),
        ({"arrival_rate": 48 / 60, "aht": 60, "agents": 50}, "asa", 20.8337),
    ],
)
def test_well_known_examples_come_out(parameters, field, exact):
    value = getattr(evaluate(**parameters), field)
    digits = len(f"{exact}".split(".")[1])
    if field == "asa" and "patience" in parameters:
        value = evaluate(**parameters).mean_wait  # the published table's ASA is the mean over all contacts
    assert value == pytest.approx(exact, abs=0.6 * 10**-digits)


def test_published_erlang_c_examples_come_out(rows_of):
    checked = 0
    for row in rows_of("published.csv"):
        given_ = dict(part.split("=") for part in row["parameters"].split(";"))
        if "calls" not in given_ or row["metric"] not in {"service_level", "occupancy", "mean wait s"}:
            continue
        figures = evaluate(
            arrival_rate=float(given_["calls"]) / float(given_["interval_s"]),
            aht=float(given_["aht_s"]),
            agents=float(given_["c"]),
            threshold=float(given_["T_s"]),
        )
        value = {"service_level": figures.service_level, "occupancy": figures.occupancy, "mean wait s": figures.asa}[
            row["metric"]
        ]
        assert value == pytest.approx(float(row["exact"]), rel=1e-11)
        checked += 1
    assert checked == 22


def test_percentile_of_the_well_known_erlang_a_case():
    case = {"arrival_rate": 48 / 60, "aht": 60, "agents": 50}
    assert wait_percentile(0.9, patience=120, **case) == pytest.approx(12.44, abs=0.005)
    assert wait_percentile(0.9, **case) == pytest.approx(58.139, abs=0.0005)
    assert wait_percentile(0.1, **case) == 0
    assert wait_percentile(0.9, arrival_rate=1, aht=60, agents=50) == math.inf


def test_percentile_and_share_within_are_inverse():
    case = {"arrival_rate": 0.2, "aht": 240, "agents": 45, "patience": 90}
    at = wait_percentile(0.8, **case)
    assert evaluate(threshold=at, **case).wait_within == pytest.approx(0.8, rel=1e-9)


def test_scalars_give_floats_and_arrays_give_arrays_of_the_common_shape():
    one = evaluate(arrival_rate=0.1, aht=180, agents=20, patience=60)
    assert all(type(value) in {float, bool} for value in one.as_dict().values())
    many = evaluate(arrival_rate=np.array([[0.1], [0.2]]), aht=180, agents=[20, 30, 40], patience=60)
    assert many.p_wait.shape == (2, 3)
    assert many.p_wait[0, 0] == one.p_wait


def test_an_overloaded_queue_without_abandonment_is_called_unstable():
    figures = evaluate(arrival_rate=0.1, aht=180, agents=18)
    assert not figures.is_stable
    assert (figures.asa, figures.mean_queue, figures.occupancy, figures.service_level) == (math.inf, math.inf, 1.0, 0.0)
    assert evaluate(arrival_rate=0.1, aht=180, agents=18, patience=60).is_stable
    assert evaluate(arrival_rate=0.1, aht=180, agents=18, places=30).is_stable


def test_all_problems_of_the_arguments_are_reported_at_once():
    with pytest.raises(InputError) as caught:
        evaluate(arrival_rate=-1, aht=math.nan, agents=math.inf, patience=-3, places="many")
    assert [problem.path for problem in caught.value.problems] == ["arrival_rate", "aht", "agents", "patience", "places"]


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="shapes"):
        evaluate(arrival_rate=[0.1, 0.2], aht=[1.0, 2.0, 3.0], agents=4)


def test_nobody_waits_without_volume_and_nobody_is_answered_without_agents():
    idle = evaluate(arrival_rate=0, aht=180, agents=3)
    assert (idle.service_level, idle.p_wait, idle.occupancy, idle.asa) == (1.0, 0.0, 0.0, 0.0)
    alone = evaluate(arrival_rate=0.1, aht=180, agents=0, patience=60, threshold=60)
    assert (alone.p_abandon, alone.service_level, alone.mean_wait) == (1.0, 0.0, 60.0)
    assert alone.wait_within == pytest.approx(1 - math.exp(-1))
    assert evaluate(arrival_rate=0.1, aht=180, agents=0, places=0).p_block == 1.0


def test_no_patience_at_all_is_erlang_b_with_abandoned_for_blocked():
    hasty = evaluate(arrival_rate=0.1, aht=180, agents=15, patience=0)
    lossy = evaluate(arrival_rate=0.1, aht=180, agents=15, places=15)
    almost = evaluate(arrival_rate=0.1, aht=180, agents=15, patience=1e-9)
    assert hasty.p_abandon == lossy.p_block == pytest.approx(almost.p_abandon, rel=1e-9)


queues = {
    "load": st.floats(0.05, 300),
    "agents": st.integers(1, 300),
    "aht": st.floats(1, 3600),
    "patience": st.floats(1, 7200),
    "threshold": st.floats(0, 1800),
}


@PROFILE
@given(**queues)
def test_abandonment_is_the_time_in_queue_over_the_mean_patience(load, agents, aht, patience, threshold):
    figures = evaluate(arrival_rate=load / aht, aht=aht, agents=agents, patience=patience, threshold=threshold)
    assert figures.p_abandon == pytest.approx(figures.mean_wait / patience, rel=1e-11)
    assert figures.mean_queue == pytest.approx(load / aht * figures.mean_wait, rel=1e-11)
    assert figures.p_abandon + figures.p_served == pytest.approx(1, rel=1e-12)
    assert figures.mean_busy == pytest.approx(load * figures.p_served, rel=1e-11)


@PROFILE
@given(**queues)
def test_one_more_agent_never_hurts(load, agents, aht, patience, threshold):
    queue = {"arrival_rate": load / aht, "aht": aht, "patience": patience, "threshold": threshold}
    fewer, more = evaluate(agents=agents, **queue), evaluate(agents=agents + 1, **queue)
    assert more.service_level >= fewer.service_level * (1 - 1e-12)
    assert more.p_abandon <= fewer.p_abandon * (1 + 1e-12)
    assert more.asa <= fewer.asa * (1 + 1e-12)
    assert more.occupancy <= fewer.occupancy * (1 + 1e-12)
    between = evaluate(agents=agents + 0.5, **queue)
    assert fewer.p_abandon * (1 + 1e-12) >= between.p_abandon >= more.p_abandon * (1 - 1e-12)


@PROFILE
@given(**queues)
def test_endless_patience_turns_erlang_a_into_erlang_c(load, agents, aht, patience, threshold):
    agents = math.ceil(load) + 1 + agents // 10
    queue = {"arrival_rate": load / aht, "aht": aht, "agents": agents, "threshold": threshold}
    patient, endless = evaluate(patience=1e13 * aht, **queue), evaluate(**queue)
    for name in ("p_wait", "asa", "service_level", "mean_wait_given_wait"):
        assert getattr(patient, name) == pytest.approx(getattr(endless, name), rel=1e-6, abs=1e-250)


@PROFILE
@given(places=st.integers(0, 40), **queues)
def test_more_places_lead_from_loss_to_the_unlimited_queue(*, places, load, agents, aht, patience, threshold):
    queue = {"arrival_rate": load / aht, "aht": aht, "agents": agents, "patience": patience, "threshold": threshold}
    few = evaluate(places=agents + places, **queue)
    assert few.p_block <= evaluate(places=agents, **queue).p_block * (1 + 1e-12)
    assert few.p_no_wait + few.p_wait + few.p_block == pytest.approx(1, rel=1e-12)
    assert few.p_served + few.p_abandon + few.p_block == pytest.approx(1, rel=1e-12)
    assert few.p_abandon == pytest.approx(few.mean_queue / patience / (load / aht), rel=1e-10)
    assert 0 <= few.service_level <= few.service_level_excl_short * (1 + 1e-12) <= 1 + 1e-11
    enough = evaluate(places=agents + 3000, **queue)
    unlimited = evaluate(**queue)
    if enough.p_block == 0:
        assert enough.service_level == pytest.approx(unlimited.service_level, rel=1e-9, abs=1e-200)
        assert enough.p_abandon == pytest.approx(unlimited.p_abandon, rel=1e-9, abs=1e-200)


@PROFILE
@given(**queues)
def test_the_unit_of_time_does_not_matter(load, agents, aht, patience, threshold):
    seconds = evaluate(arrival_rate=load / aht, aht=aht, agents=agents, patience=patience, threshold=threshold)
    minutes = evaluate(
        arrival_rate=load / aht * 60, aht=aht / 60, agents=agents, patience=patience / 60, threshold=threshold / 60
    )
    assert minutes.service_level == pytest.approx(seconds.service_level, rel=1e-10, abs=1e-250)
    assert minutes.asa * 60 == pytest.approx(seconds.asa, rel=1e-10, abs=1e-250)


def test_no_legal_input_raises_warns_or_gives_nonsense():
    rng = np.random.default_rng(7)
    size = 4000
    agents = np.concatenate([rng.integers(0, 6, size // 2), 10 ** rng.uniform(0, 5, size // 2)]).round(rng.integers(0, 2))
    aht = np.where(rng.random(size) < 0.02, 0, 10 ** rng.uniform(-3, 5, size))
    rho = np.where(rng.random(size) < 0.05, 0, 10 ** rng.uniform(-6, 3, size))
    rate = np.divide(rho * np.maximum(agents, 1), aht, out=np.ones(size), where=aht > 0)
    patience = np.where(rng.random(size) < 0.1, 0, 10 ** rng.uniform(-8, 9, size))
    threshold = np.where(rng.random(size) < 0.1, 0, 10 ** rng.uniform(-6, 9, size))
    places = np.where(rng.random(size) < 0.5, np.inf, np.floor(agents * rng.uniform(0.5, 1.2, size)) + rng.integers(0, 50, size))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = evaluate(arrival_rate=rate, aht=aht, agents=agents, patience=patience, places=places, threshold=threshold)
    answered = figures.p_served > 0
    for name in ("p_wait", "p_no_wait", "p_block", "p_abandon", "p_served", "occupancy", "service_level"):
        values = getattr(figures, name)
        assert ((values >= 0) & (values <= 1 + 1e-9)).all(), name
    assert (figures.asa[answered] >= 0).all()
    assert not np.isnan(figures.mean_queue).any()
    total = figures.p_served + figures.p_abandon + figures.p_block
    assert np.abs(total - 1).max() < 1e-9


def test_huge_systems_are_as_exact_as_small_ones():
    figures = evaluate(arrival_rate=99_900 / 300, aht=300, agents=100_000, threshold=20)
    # Erlang C at 100,000 agents against the recurrence of Erlang B, which loses nothing but takes 100,000 steps
    inverse = 1.0
    for n in range(1, 100_001):
        inverse = 1 + inverse * n / 99_900
    lost = 1 / inverse
    assert figures.p_wait == pytest.approx(lost / (1 - 0.999 * (1 - lost)), rel=1e-11)
