"""Random numbers by address: any customer's draw is computed from names and an identity, in any order, on any machine.

A *stream* is named by (seed, replication, contact type, purpose); its name is hashed into the key of a Philox4x32-10
generator. A customer's identity (and the number of the attempt) is the counter. Nothing is consumed: asking again, or
for other customers, changes nothing. See docs/decisions/001-philox.md for why this is not ``numpy.random.Philox``.
"""

from __future__ import annotations

import hashlib
import json
import operator
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.fused import drawing
from simkpi.errors import InputError

#: Part of every key: changing how numbers are drawn means changing it, so that old results are not mistaken for new ones.
FORMAT = "simkpi demand 1"

Words = NDArray[np.uint64]

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_MULTIPLIERS = np.array(MULTIPLIERS, dtype=np.uint64)[:, None]
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
#: Blocks computed at a time: the working arrays stay in the second-level cache.
_CHUNK = 8192


def canonical_seed(seed: int | str) -> int | str:
    """Return the seed that *seed* stands for: a text that spells a whole number is that number.

    Raises
    ------
    InputError
        If it is neither a whole number nor a text.

    Examples
    --------
    >>> canonical_seed("7"), canonical_seed(-7), canonical_seed("spring")
    (7, -7, 'spring')
    """
    if isinstance(seed, str):
        return int(seed) if re.fullmatch(r"-?[0-9]{1,1000}", seed) else seed
    try:
        if isinstance(seed, (bool, np.bool_)):
            raise TypeError
        return operator.index(seed)
    except TypeError:
        raise InputError(f"seed: must be a whole number or a text, got {seed!r}") from None


def stream_key(seed: int | str, replication: int, contact_type: str, purpose: str) -> tuple[int, int]:
    """Philox key of a stream: the first 64 bits of BLAKE2b over the stream's name.

    The name is encoded as a JSON list, so that no two names share an encoding; with a million replications of 20 contact
    types and 12 purposes the chance that any two of the 2.4e8 keys coincide is 0.16 %.

    Returns
    -------
    (int, int)
        Two words of 32 bits.

    Examples
    --------
    >>> stream_key(1, 0, "voice", "talk") == stream_key("1", 0, "voice", "talk") != stream_key(1, 1, "voice", "talk")
    True
    """
    if operator.index(replication) < 0:
        raise InputError(f"replication: must be 0 or more, got {replication}")
    name: list[Any] = [FORMAT, canonical_seed(seed), operator.index(replication), contact_type, purpose]
    digest = hashlib.blake2b(json.dumps(name, separators=(",", ":")).encode("ascii"), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")


def philox4x32(even: Words, odd: Words, key: tuple[int, int]) -> tuple[Words, Words]:
    """Philox4x32-10: scramble counters of four 32-bit words under *key*.

    Parameters
    ----------
    even, odd : ndarray of uint64, shape (2, n)
        Words 0 and 2, and words 1 and 3, of each counter; every word below 2**32.
    key : (int, int)
        Two words of 32 bits.

    Returns
    -------
    even, odd : ndarray of uint64, shape (2, n)
        The scrambled words in the same places.

    Notes
    -----
    Integer operations only, hence equal on every machine.

    Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11, section 3.3.
    """
    even, odd = even.copy(), odd.copy()
    product = np.empty_like(even)
    crossed = product[::-1]  # each round, the product of one half goes to the other half
    for number in range(ROUNDS):
        round_key = [[(word + number * step) & 0xFFFFFFFF] for word, step in zip(key, KEY_STEPS, strict=True)]
        np.multiply(even, _MULTIPLIERS, out=product)
        np.right_shift(crossed, _32, out=even)
        np.bitwise_xor(even, odd, out=even)
        np.bitwise_xor(even, np.array(round_key, dtype=np.uint64), out=even)
        np.bitwise_and(crossed, _LOW, out=odd)
    return even, odd


@dataclass(frozen=True)
class Addresses:
    """Where the draws of some customers lie in any stream: two neighbours share a Philox block of two uniforms.

    Parameters
    ----------
    customers : ndarray of uint64, shape (n_customers,)
        Identities; cheapest when they are sorted.
    """

    customers: Words

    @cached_property
    def blocks(self) -> Words:
        """``customer >> 1`` without the repetitions of neighbours, shape (n_blocks,)."""
        return (self.customers >> np.uint64(1))[self._is_new]

    @cached_property
    def place(self) -> NDArray[np.int64]:
        """Twice the customer's position in :attr:`blocks`, plus its lane (``customer & 1``), shape (n_customers,)."""
        place = np.cumsum(self._is_new, dtype=np.int64)
        place -= 1
        place *= 2
        place += (self.customers & np.uint64(1)).astype(np.int64)
        return place

    @cached_property
    def _is_new(self) -> NDArray[np.bool_]:
        block = self.customers >> np.uint64(1)
        is_new = np.ones(len(block), dtype=np.bool_)
        np.not_equal(block[1:], block[:-1], out=is_new[1:])
        return is_new


def uniforms(key: tuple[int, int], addresses: Addresses, *, attempt: int = 0) -> NDArray[np.float64]:
    """Uniform numbers of one stream, one per address.

    Parameters
    ----------
    key : (int, int)
        From :func:`stream_key`.
    addresses : Addresses
        Whose draws are wanted.
    attempt : int
        The n-th draw for the same customer and purpose, 0 to 2**32 - 1.

    Returns
    -------
    ndarray, shape (n_customers,)
        Strictly between 0 and 1: the 52 high bits of a 64-bit word plus one half, times 2**-52. With 52 bits (not 53)
        the half is exact, so 0 and 1 never occur, ``1 - u`` is exact, and u and 1 - u are equally likely.
    """
    fused = drawing()
    if fused is not None:
        return fused.uniforms(key, addresses.customers, attempt)
    blocks = addresses.blocks
    lanes = np.empty((len(blocks), 2))
    for start in range(0, len(blocks), _CHUNK):
        block = blocks[start : start + _CHUNK]
        even, odd = np.empty((2, len(block)), dtype=np.uint64), np.zeros((2, len(block)), dtype=np.uint64)
        # counter = (customer's k >> 1, cell, attempt, 0); block = cell << 31 | k >> 1
        np.bitwise_and(block, np.uint64(0x7FFFFFFF), out=even[0])
        np.right_shift(block, np.uint64(31), out=odd[0])
        even[1] = attempt
        even, odd = philox4x32(even, odd, key)
        np.left_shift(even, _32, out=even)
        np.bitwise_or(even, odd, out=even)
        np.right_shift(even, np.uint64(12), out=even)
        lanes[start : start + _CHUNK] = even.T
    lanes += 0.5
    lanes *= 2.0**-52
    return lanes.reshape(-1)[addresses.place]


@dataclass(frozen=True)
class World:
    """Everything random about one contact type in one replication.

    Parameters
    ----------
    seed : int or str
        A text that spells a whole number is that number.
    replication : int
        0 or more.
    contact_type : str
        Its name: renaming a contact type gives it other customers, reordering or adding others does not.
    """

    seed: int | str
    replication: int
    contact_type: str

    def uniforms(self, purpose: str, addresses: Addresses, *, attempt: int = 0) -> NDArray[np.float64]:
        """Return the uniform numbers drawn for *purpose*, shape (n_customers,), strictly between 0 and 1."""
        return uniforms(self.key(purpose), addresses, attempt=attempt)

    def key(self, purpose: str) -> tuple[int, int]:
        """Return the key of the stream for *purpose*."""
        return stream_key(self.seed, self.replication, self.contact_type, purpose)
