from __future__ import annotations

import hashlib
import math
from statistics import NormalDist

import numpy as np
import pytest

from simkpi.demand.elementary import exp, log, normal_quantile
from simkpi.demand.gamma import gamma_quantile


@pytest.fixture
def probabilities():
    random = np.random.default_rng(1)
    tails = 10 ** random.uniform(-16, -1, 3000)
    return np.clip(np.concatenate([random.random(3000), tails, 1 - tails, [0.5, 0.075, 0.925]]), 2.0**-53, 1 - 2.0**-53)


def units_in_last_place(got, want):
    return np.max(np.abs(got - want) / np.spacing(np.abs(want)))


def test_log_is_right_to_two_units_in_the_last_place(probabilities):
    wide = np.concatenate([probabilities, 10.0 ** np.random.default_rng(2).uniform(-300, 300, 3000), [1.0, 2.0, math.sqrt(0.5)]])
    assert units_in_last_place(log(wide), np.array([math.log(x) for x in wide])) <= 2
    assert log(np.array([1.0]))[0] == 0


def test_exp_is_right_to_two_units_in_the_last_place():
    x = np.concatenate([np.random.default_rng(2).uniform(-708, 709, 5000), np.random.default_rng(3).normal(size=5000), [0.0]])
    assert units_in_last_place(exp(x), np.array([math.exp(value) for value in x])) <= 2


def test_exp_stays_finite_and_positive_beyond_its_range():
    assert exp(np.array([-1e6, 1e6])).tolist() == pytest.approx([math.exp(-708), math.exp(709)])


def test_normal_quantile_agrees_with_the_standard_library(probabilities):
    want = np.array([NormalDist().inv_cdf(u) for u in probabilities])
    np.testing.assert_allclose(normal_quantile(probabilities), want, rtol=2e-15, atol=1e-16)


def test_normal_quantile_is_odd(probabilities):
    u = np.round(probabilities * 2**52).clip(1) / 2**52  # so that 1 - u is exact
    assert np.array_equal(normal_quantile(u), -normal_quantile(1 - u))


def test_arrays_longer_than_a_chunk_give_the_same_as_short_ones(probabilities):
    for function in (log, exp, normal_quantile):
        pieces = np.concatenate([function(part) for part in np.array_split(probabilities, 13)])
        assert np.array_equal(function(np.tile(probabilities, 2)), np.tile(pieces, 2))


def test_empty_arrays_are_fine():
    assert all(len(function(np.empty(0))) == 0 for function in (log, exp, normal_quantile))


def test_every_bit_is_the_same_on_every_machine():
    u = (np.arange(20_000) * 7919 % 20_011 + 0.5) / 20_011  # divisions of whole numbers: the same everywhere
    bits = np.concatenate([log(u), exp(u * 20 - 10), normal_quantile(u), gamma_quantile(0.7, u)]).astype("<f8").tobytes()
    assert hashlib.blake2b(bits, digest_size=8).hexdigest() == "9d010afda5507ca6"
