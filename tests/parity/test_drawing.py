"""The compiled drawing gives, to the last bit, what NumPy gives: every step, law, purpose and scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.demand import elementary, gamma, streams
from simkpi.demand.arrivals import draw_arrivals
from simkpi.demand.draws import draw
from simkpi.demand.field import by_arrival
from simkpi.demand.fused import draw_by, drawing
from simkpi.demand.laws import draw_ticks, quantile, sample
from simkpi.demand.steps import Step, Steps, steps_of
from simkpi.demand.streams import Addresses, World
from simkpi.engine.compiled.drawing import Drawing, draw_compiled
from simkpi.errors import InputError
from simkpi.scenario.files import load, shipped, shipped_names
from simkpi.scenario.laws import Law
from simkpi.scenario.spec import Volume

Drawn = TypeVar("Drawn")
RNG = np.random.default_rng(20)
#: Uniform numbers: many, and the outermost that there are.
U = np.concatenate(
    [(RNG.integers(0, 2**52, 100_000) + 0.5) * 2.0**-52, np.array([0.5, 2**51 - 0.5, 1.5, 2**52 - 0.5]) * 2.0**-52]
)
LAWS = (
    {"exponential": {"mean": "5m"}},
    {"lognormal": {"mean": "5m", "cv": 0.8}},
    {"lognormal": {"mean": "1s", "cv": 5}},
    {"weibull": {"scale": "2m", "shape": 0.8}},
    {"gamma": {"mean": "40s", "cv": 1.2}},
    {"uniform": {"low": "10s", "high": "4m"}},
    {"empirical": {"values": ["5s", "9s", "2m"], "weights": [3, 1, 2]}},
    {"fixed": "90s"},
)


@pytest.fixture(scope="module")
def compiled() -> Drawing:
    before = drawing()
    draw_compiled()
    found = drawing()
    draw_by(before)
    assert isinstance(found, Drawing)
    return found


@pytest.fixture
def both(compiled: Drawing) -> Iterator[Callable[[Callable[[], Drawn]], tuple[Drawn, Drawn]]]:
    """Do something by NumPy and by compiled code."""
    before = drawing()

    def do(action: Callable[[], Drawn]) -> tuple[Drawn, Drawn]:
        draw_by(None)
        plain = action()
        draw_by(compiled)
        return plain, action()

    yield do
    draw_by(before)


def assert_equal(one: Any, two: Any, path: str = "") -> int:
    """Compare two draws cell by cell; return the number of arrays."""
    assert type(one) is type(two), path
    if isinstance(one, np.ndarray):
        assert one.dtype == two.dtype, path
        assert np.array_equal(one, two), path
        return 1
    if is_dataclass(one):
        return sum(assert_equal(getattr(one, each.name), getattr(two, each.name), f"{path}.{each.name}") for each in fields(one))
    if isinstance(one, dict):
        assert one.keys() == two.keys(), path
        return sum(assert_equal(one[name], two[name], f"{path}[{name}]") for name in one)
    if isinstance(one, (tuple, list)):
        assert len(one) == len(two), path
        return sum(assert_equal(mine, its, f"{path}[{place}]") for place, (mine, its) in enumerate(zip(one, two, strict=True)))
    assert one == two, path
    return 0


words = st.integers(0, 2**32 - 1)


@given(even=words, odd=words, attempt=words, customers=st.lists(st.integers(0, 2**64 - 1), max_size=40))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_uniform_numbers_are_equal_wherever_they_lie(
    compiled: Drawing, even: int, odd: int, attempt: int, customers: list[int]
) -> None:
    identities = np.array(customers, np.uint64)
    before = drawing()
    draw_by(None)
    plain = streams.uniforms((even, odd), Addresses(identities), attempt=attempt)
    draw_by(before)
    assert np.array_equal(plain, compiled.uniforms((even, odd), identities, attempt))


ANY = np.concatenate([RNG.uniform(-800, 800, 50_000), RNG.uniform(-2, 2, 50_000), [-0.0, 0.0, -708.0, 709.0, 1e300, -1e300]])
POSITIVE = np.concatenate([np.exp(RNG.uniform(-700, 700, 50_000)), RNG.uniform(0.4, 3, 50_000), [1.0, 2.0**-1022, 1.7e308]])


@pytest.mark.parametrize(
    ("step", "numbers", "plain"),
    [
        (Step.WEAR, U, lambda u: -elementary.log(1.0 - u)),
        (Step.LOG, POSITIVE, elementary.log),
        (Step.EXP, ANY, elementary.exp),
        (Step.SCORE, U, elementary.normal_quantile),
        (Step.TIMES, ANY, lambda x: x * 0.1),
        (Step.PLUS, ANY, lambda x: x + 0.1),
        (Step.OVER, ANY, lambda x: x / 0.1),
    ],
    ids=lambda given: given.name if isinstance(given, Step) else "",
)
def test_every_step_is_equal_to_the_bit(compiled: Drawing, step: Step, numbers: Any, plain: Any) -> None:
    found = compiled.numbers_at(numbers, Steps.of((step, 0.1)))
    assert np.array_equal(found.view(np.int64), plain(numbers).view(np.int64))


def test_the_gamma_table_is_read_alike_even_beyond_its_ends(compiled: Drawing) -> None:
    scores = np.concatenate([RNG.normal(size=50_000), RNG.uniform(-10, 10, 50_000), [0.0, 8.24, -8.24, 8.25, -8.25]])
    steps = Steps.of((Step.GAMMA, 0), (Step.EXP, 0), tables=np.array(gamma.knots_of(0.7)))
    assert np.array_equal(compiled.numbers_at(scores, steps), gamma.gamma_at_score(0.7, scores))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: next(iter(law)))
def test_every_law_is_equal_to_the_bit(both: Any, compiled: Drawing, law: dict[str, Any]) -> None:
    read = Law.model_validate(law)
    if (steps := steps_of(read)) is not None:
        assert np.array_equal(compiled.numbers_at(U, steps), quantile(read, U))
    assert_equal(*both(lambda: sample(read, U, at_most=200.0)))
    # an odd number, so that a block of numbers is not full
    whose = World(3, 5, "voice"), "talk", Addresses(np.arange(7, 4_000, dtype=np.uint64))
    assert_equal(*both(lambda: draw_ticks(read, *whose, attempt=2)))


@given(
    kind=st.sampled_from(["lognormal", "gamma", "weibull"]),
    mean=st.floats(0.001, 1e7),
    spread=st.floats(0.05, 4),
    u=st.lists(st.integers(0, 2**52 - 1), min_size=1, max_size=20),
)
@settings(derandomize=True, deadline=None, max_examples=150)
def test_laws_are_equal_whatever_their_parameters(compiled: Drawing, kind: str, mean: float, spread: float, u: list[int]) -> None:
    size, shape = ("scale", "shape") if kind == "weibull" else ("mean", "cv")
    law = Law.model_validate({kind: {size: f"{mean:.6f}s", shape: spread}})
    numbers, steps = (np.array(u) + 0.5) * 2.0**-52, steps_of(law)
    assert steps is not None
    assert np.array_equal(compiled.numbers_at(numbers, steps), quantile(law, numbers))


def test_a_duration_too_long_is_refused_in_the_same_words(both: Any) -> None:
    law = Law.model_validate({"exponential": {"mean": "2000d"}})

    def refused() -> str:
        with pytest.raises(InputError) as caught:
            sample(law, U)
        return str(caught.value)

    plain, compiled = both(refused)
    assert plain == compiled
    assert "more than 10,000" in plain


MODES = st.sampled_from([{"mode": mode} for mode in ("poisson", "exact_total", "exact_interval")] + [{"interval_spread": 0.3}])
LENGTHS = st.sampled_from(
    [{"interval": interval, "from": start} for interval in ("7m", "1h", "150m") for start in ("0:00", "7:35")]
)


@given(day=st.lists(st.floats(0, 300), min_size=1, max_size=6), mode=MODES, length=LENGTHS)
@settings(derandomize=True, deadline=None, max_examples=60)
def test_the_same_customers_come(compiled: Drawing, day: list[float], mode: dict[str, Any], length: dict[str, str]) -> None:
    volume = Volume.model_validate({"expected": [day, day[::-1]], **mode, **length})
    before = drawing()
    draw_by(None)
    plain = draw_arrivals(volume, World(1, 2, "voice"))
    draw_by(compiled)
    again = draw_arrivals(volume, World(1, 2, "voice"))
    draw_by(before)
    assert np.array_equal(plain[0], again[0])
    assert np.array_equal(plain[1], again[1])


def test_points_beyond_the_room_for_them_are_drawn_again(compiled: Drawing, monkeypatch: pytest.MonkeyPatch) -> None:
    ceiling, rate = np.full(24, 500.0), np.full((1, 24), 500.0)
    plenty = compiled.points(((1, 2), (3, 4)), ceiling, rate, 0, 3_600_000)
    monkeypatch.setattr("simkpi.engine.compiled.drawing.math.sqrt", lambda _: -1000.0)
    scarce = compiled.points(((1, 2), (3, 4)), ceiling, rate, 0, 3_600_000)
    assert len(plenty[0]) > 11_000
    assert all(np.array_equal(one, two) for one, two in zip(plenty, scarce, strict=True))


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_scenario_is_drawn_alike(both: Any, name: str) -> None:
    scenario = load(shipped(name))
    n_arrays = assert_equal(*both(lambda: draw(scenario, seed="parity", replication=1)))
    assert n_arrays >= 11


@pytest.mark.parametrize(
    ("cell", "k"),
    [(3, 2), (3, 1 << 23), (4, 2)],
    ids=["a point of the field", "a number too large", "another hour than its own, as of copies of recorded contacts"],
)
def test_customers_are_put_in_order_of_arrival_whoever_they_are(both: Any, cell: int, k: int) -> None:
    customer = np.array([3 << 32, 3 << 32 | 1, cell << 32 | k], np.uint64)
    arrived = np.array([3, 3, 3], np.int64) * 3_600_000 + np.array([2, 1, 1])
    assert_equal(*both(lambda: by_arrival(customer.copy(), arrived.copy())))
    assert by_arrival(customer.copy(), arrived.copy())[1].tolist() == sorted(arrived.tolist())
