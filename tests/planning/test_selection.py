from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from scipy.stats import norm

from simkpi.planning.selection import DEARER, FAILS, MEETS, UNTOUCHED, Rows, Sample, Selection, continuation, select


def normal(slacks: list[list[float]], prices: list[float], *, seed: int, spread: float = 1.0, noise: float = 0.0) -> Sample:
    """Systems with normal slacks that share half of their variance (common random numbers)."""
    world = np.random.default_rng(seed)
    shared = world.standard_normal((20_000, len(slacks[0])))
    own = {number: np.random.default_rng([seed, number]) for number in range(len(slacks))}

    def sample(wanted: Mapping[int, tuple[int, int]]) -> dict[int, Rows]:
        found = {}
        for number, (first, count) in wanted.items():
            each = own[number].standard_normal((count, len(slacks[0])))
            rows = np.array(slacks[number]) + spread * np.sqrt(0.5) * (shared[first : first + count] + each)
            price = prices[number] + noise * own[number].standard_normal(count)
            found[number] = Rows(rows, price)
        return found

    return sample


def study(seed: int) -> Selection:
    """Twelve systems, prices 1 to 12, two constraints; number 7 is the first that meets both, by exactly its zone."""
    slacks = [[-3.0 + 0.4 * number, 1.0] for number in range(4)]
    slacks += [[1.0, -0.5], [-0.5, 0.5], [-0.5, -0.5], [0.5, 0.5], [0.5, 2.0], [-0.5, 2.0], [3.0, 3.0], [0.5, 0.5]]
    return select(list(range(1, 13)), normal(slacks, list(range(1, 13)), seed=seed), zones=[0.5, 0.5], price_zone=0.5)


def test_the_least_favourable_case_is_right_as_often_as_promised() -> None:
    right = sum(study(seed).best.number == 7 for seed in range(200))
    assert right >= 190 - 2 * np.sqrt(200 * 0.05 * 0.95)
    assert all(study(seed).is_guaranteed for seed in range(3))


def test_nothing_is_spent_on_systems_that_are_dearer_than_a_good_one() -> None:
    found = study(1)
    verdicts = [one.verdict for one in found.systems]
    assert verdicts[:8] == [FAILS] * 7 + [MEETS]
    assert set(verdicts[8:]) == {UNTOUCHED}
    together = select([1, 2, 3], normal([[-5.0], [5.0], [0.1]], [1, 2, 3], seed=1), zones=[0.1], price_zone=0.5)
    assert [one.verdict for one in together.systems] == [FAILS, MEETS, DEARER]


def test_when_nothing_meets_nothing_is_chosen() -> None:
    found = select([1, 2], normal([[-2.0], [-1.0]], [1, 2], seed=3), zones=[0.2], price_zone=0.5)
    assert (found.best, found.is_guaranteed) == (None, True)


def test_a_spent_budget_is_said_and_the_best_so_far_is_given() -> None:
    slacks = [[0.0], [4.0], [5.0]]
    found = select([1, 2, 3], normal(slacks, [1, 2, 3], seed=3), zones=[0.1], price_zone=0.5, budget=200)
    assert not found.is_guaranteed
    assert found.best is not None
    assert found.best.number == 1
    assert found.replications <= 200


def test_prices_that_vary_are_compared_pairwise() -> None:
    right = 0
    for seed in range(60):
        sample = normal([[2.0]] * 3, [10.0, 10.5, 9.0], seed=seed, noise=1.0)
        found = select([10.0, 10.0, 10.0], sample, zones=[0.5], price_zone=0.5, price_varies=2.0)
        right += found.best.number == 2
    assert right >= 57


def test_among_equal_prices_the_one_with_most_room_is_taken() -> None:
    found = select([1, 1, 1], normal([[1.0], [3.0], [2.0]], [1, 1, 1], seed=5), zones=[0.3], price_zone=0.1)
    assert found.best.number == 1


def test_the_region_closes_and_is_wider_for_smaller_errors() -> None:
    widths = [continuation(0.1, 1.0, degrees=19, error=0.05, replications=n) for n in (20, 100, 10_000)]
    assert widths[0] > widths[1] > widths[2] == 0
    assert continuation(0.1, 1.0, degrees=19, error=0.01, replications=20) > widths[0]
    # with a known variance the region is that of a random walk between straight lines: eta * degrees -> -log(2 error)
    known = continuation(1.0, 1.0, degrees=10**7, error=0.05, replications=0)
    assert known == pytest.approx(-np.log(0.1), rel=1e-3)
    assert norm.cdf(-1) < 0.2
