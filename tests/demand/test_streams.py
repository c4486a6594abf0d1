from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from simkpi.demand import streams
from simkpi.demand.streams import Addresses, World, canonical_seed, philox4x32, stream_key, uniforms
from simkpi.errors import InputError

LOW = 0xFFFFFFFF


def identities(cells, per_cell):
    return ((np.arange(cells, dtype=np.uint64)[:, None] << np.uint64(32)) + np.arange(per_cell, dtype=np.uint64)).ravel()


def scalar_philox(counter, key):
    """Philox4x32-10 a second time, on Python integers, from the paper's description."""
    c, k = list(counter), list(key)
    for _ in range(10):
        left, right = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(right >> 32) ^ c[1] ^ k[0], right & LOW, (left >> 32) ^ c[3] ^ k[1], left & LOW]
        k = [(k[0] + 0x9E3779B9) & LOW, (k[1] + 0xBB67AE85) & LOW]
    return c


def scalar_uniform(key, customer, attempt):
    words = scalar_philox([(customer & LOW) >> 1, customer >> 32, attempt, 0], key)
    high, low = words[:2] if customer % 2 == 0 else words[2:]
    return (((high << 32 | low) >> 12) + 0.5) * 2.0**-52


class TestPhilox:
    # known answers published with the Random123 library, file tests/kat_vectors
    @pytest.mark.parametrize(
        ("counter", "key", "answer"),
        [
            ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
            ((LOW,) * 4, (LOW,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
            (
                (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
                (0xA4093822, 0x299F31D0),
                (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
            ),
        ],
    )
    def test_it_gives_the_published_answers(self, counter, key, answer):
        words = np.array(counter, dtype=np.uint64).reshape(4, 1)
        even, odd = philox4x32(words[0::2], words[1::2], key)
        assert (even[0, 0], odd[0, 0], even[1, 0], odd[1, 0]) == answer
        assert tuple(words.ravel()) == counter, "the counters must be left as they are"


class TestUniforms:
    @settings(derandomize=True, deadline=None, max_examples=50)
    @given(
        customers=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20),
        key=st.tuples(st.integers(0, LOW), st.integers(0, LOW)),
        attempt=st.integers(0, LOW),
    )
    def test_they_are_the_scalar_generator_at_each_address(self, customers, key, attempt):
        drawn = uniforms(key, Addresses(np.array(customers, dtype=np.uint64)), attempt=attempt)
        assert drawn.tolist() == [scalar_uniform(key, customer, attempt) for customer in customers]

    def test_they_do_not_depend_on_who_else_is_asked_or_in_which_order(self):
        customers = identities(40, 500)
        whole = uniforms((1, 2), Addresses(customers))
        chosen = np.random.default_rng(1).permutation(len(customers))[:7000]
        assert np.array_equal(uniforms((1, 2), Addresses(customers[chosen])), whole[chosen])

    def test_they_do_not_depend_on_the_size_of_the_chunks(self, monkeypatch):
        addresses = Addresses(identities(3, 1001))
        whole = uniforms((1, 2), addresses)
        monkeypatch.setattr(streams, "_CHUNK", 7)
        assert np.array_equal(uniforms((1, 2), addresses), whole)

    @pytest.mark.parametrize("word", [0, LOW])
    def test_zero_and_one_never_occur(self, word, monkeypatch):
        monkeypatch.setattr(streams, "philox4x32", lambda even, odd, _: (np.full_like(even, word), np.full_like(odd, word)))
        u = uniforms((1, 2), Addresses(identities(1, 2)))
        assert np.all((u > 0) & (u < 1))
        assert np.all(1 - (1 - u) == u), "1 - u must be exact"

    def test_they_are_uniform_and_neighbours_are_independent(self):
        u = uniforms(stream_key(1, 0, "voice", "talk"), Addresses(identities(100, 1000)))
        assert stats.kstest(u, "uniform").pvalue > 1e-3
        for lag in (1, 2, 1000):
            assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 4 / np.sqrt(len(u))

    @pytest.mark.parametrize(
        "other",
        [
            (2, 0, "voice", "talk", 0),
            (1, 1, "voice", "talk", 0),
            (1, 0, "chat", "talk", 0),
            (1, 0, "voice", "wrap", 0),
            (1, 0, "voice", "talk", 1),
        ],
    )
    def test_another_name_or_attempt_is_another_stream(self, other):
        addresses = Addresses(identities(10, 1000))
        *name, attempt = other
        one, two = uniforms(stream_key(1, 0, "voice", "talk"), addresses), uniforms(stream_key(*name), addresses, attempt=attempt)
        assert abs(np.corrcoef(one, two)[0, 1]) < 4 / np.sqrt(len(one))

    def test_nobody_asked_gives_nothing(self):
        assert World(1, 0, "voice").uniforms("talk", Addresses(np.empty(0, dtype=np.uint64))).shape == (0,)


class TestStreamKey:
    def test_it_stays_what_it_was_when_results_were_published(self):
        assert stream_key(1, 0, "voice", "talk") == (1739501934, 224045566)

    def test_names_do_not_run_into_each_other(self):
        names = [("a", "bc"), ("ab", "c"), ('a","b', "c"), ("", "abc"), ("abc", "")]
        assert len({stream_key(1, 0, *name) for name in names}) == len(names)

    @pytest.mark.parametrize("seed", [-1, 10**400, "spring 2026", "", "été", "\ud800", np.int64(5)])
    def test_any_whole_number_or_text_is_a_seed(self, seed):
        assert all(0 <= word < 2**32 for word in stream_key(seed, 0, "voice", "talk"))

    @pytest.mark.parametrize("seed", [1.5, True, None, np.bool_(False)])
    def test_anything_else_is_refused(self, seed):
        with pytest.raises(InputError, match=r"^seed: must be a whole number or a text"):
            canonical_seed(seed)

    def test_a_negative_replication_is_refused(self):
        with pytest.raises(InputError, match="replication: must be 0 or more, got -1"):
            stream_key(1, -1, "voice", "talk")

    def test_a_seed_from_the_command_line_is_the_seed_from_the_file(self):
        assert stream_key("12", 0, "voice", "talk") == stream_key(12, 0, "voice", "talk")
