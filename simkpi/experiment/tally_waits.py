"""Percentiles and histograms of the waits of one replication: sorted by digits, compiled."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import cast

from simkpi.engine.compiled.jit import Column, Instruction, compiled, ints, longs
from simkpi.experiment.histograms import PER_DOUBLING
from simkpi.experiment.tally_contacts import PIECE_BITS, sums_at
from simkpi.experiment.tally_records import Account
from simkpi.experiment.tally_sums import CONTACTS, WAITED

_PLACE = (1 << PIECE_BITS) - 1
#: Bits that a sorting pass looks at.
DIGIT = 11
_DIGITS = 1 << DIGIT
#: Numbers of a histogram's row, interval, bin and count, and bytes of each.
_ROW, _BYTES = 3, 4
_NOTHING: int = struct.unpack("<q", struct.pack("<d", float("nan")))[0]
# The place of a percentile among sorted waits: (waits - 1) * level + waits that are not known. These come first, as in polars:
# the last bits of the figure depend on it.
_PLACED = (
    "sitofp i64 {0} to double\nbitcast i64 {1} to double\nsitofp i64 {2} to double\n"
    "fmul double {a}, {b}\nfadd double {d}, {c}\nfptosi double {e} to i64"
)
#: Compiled: (waits - 1, bits of the level, unknown) -> the place, rounded down.
_place_of = cast("Callable[[int, int, int], int]", Instruction(_PLACED))
#: Compiled: the same, and the waits there and behind it -> bits of what lies between them.
_between = cast(
    "Callable[[int, int, int, int, int], int]",
    Instruction(
        f"{_PLACED}\nsitofp i64 {{f}} to double\nfsub double {{e}}, {{g}}\n"
        "sitofp i64 {3} to double\nsitofp i64 {4} to double\n"
        "fsub double {j}, {i}\nfmul double {h}, {k}\nfadd double {l}, {i}\nbitcast double {m} to i64"
    ),
)


@compiled
def add_waits(account: Account) -> None:
    """Find the percentile and the histogram of the waits written down: of all of them, and by interval."""
    n_pieces, n, n_all, n_known = account.n_pieces, account.n_waits, 0, 0
    for place in range(n_pieces):
        n_all += sums_at(account, place)[CONTACTS]
        n_known += sums_at(account, place)[WAITED]
    keys, aside = _sorted(account)
    longs(account.quantiles)[n_pieces] = _quantile(keys, n, n_known, n_all - n_known, account.level)
    account.whole = longs(account.room)[0]
    account.n_whole = _write_bins(keys, n, n_known - n, 0, account.whole)
    account.parts = account.whole + _BYTES * _ROW * account.n_whole
    _put_by_interval(account, keys, aside)
    begin, n_parts = 0, 0
    for place in range(n_pieces):
        end, known = longs(account.ends)[place], sums_at(account, place)[WAITED]
        here, count = aside + 8 * begin, end - begin
        unknown = sums_at(account, place)[CONTACTS] - known
        longs(account.quantiles)[place] = _quantile(here, count, known, unknown, account.level)
        n_parts += _write_bins(here, count, known - count, place, account.parts + _BYTES * _ROW * n_parts)
        begin = end
    account.n_parts = n_parts
    longs(account.room)[0] = account.parts + _BYTES * _ROW * n_parts


@compiled
def _sorted(account: Account) -> tuple[int, int]:
    """Sort the keys by their waits, equal ones as they are; return where they are then, and the other room."""
    source, target, most, shift = account.keys, account.aside, 0, PIECE_BITS
    for at in range(account.n_waits):
        most = max(most, longs(source)[at])
    while most >> shift:
        _count_digits(longs(source), account.n_waits, shift, longs(account.digits))
        for at in range(account.n_waits):
            number = longs(source)[at]
            digit = number >> shift & _DIGITS - 1
            free = longs(account.digits)[digit]
            longs(target)[free] = number
            longs(account.digits)[digit] = free + 1
        source, target = target, source
        shift += DIGIT
    return source, target


@compiled
def _count_digits(keys: Column, n: int, shift: int, begins: Column) -> None:
    """Count how often each digit occurs, and say where those with it are to begin."""
    for digit in range(_DIGITS + 1):
        begins[digit] = 0
    for at in range(n):
        begins[(keys[at] >> shift & _DIGITS - 1) + 1] += 1
    for digit in range(_DIGITS):
        begins[digit + 1] += begins[digit]


@compiled
def _put_by_interval(account: Account, keys: int, aside: int) -> None:
    """Put sorted keys into *aside* interval by interval; ``ends`` says where those of each end."""
    for place in range(account.n_pieces + 1):
        longs(account.ends)[place] = 0
    for at in range(account.n_waits):
        longs(account.ends)[(longs(keys)[at] & _PLACE) + 1] += 1
    for place in range(account.n_pieces):
        longs(account.ends)[place + 1] += longs(account.ends)[place]
    for at in range(account.n_waits):
        number = longs(keys)[at]
        free = longs(account.ends)[number & _PLACE]
        longs(aside)[free] = number
        longs(account.ends)[number & _PLACE] = free + 1


@compiled
def _quantile(keys: int, count: int, n: int, unknown: int, level: int) -> int:
    """Return the bits of a percentile, linear between order statistics of *n* waits: *count* keys, before them zeros."""
    if n == 0:
        return _NOTHING
    zeros = n - count
    first = _place_of(n - 1, level, unknown) - unknown
    second = min(first + 1, n - 1)
    low = longs(keys)[first - zeros] >> PIECE_BITS if first >= zeros else 0
    high = longs(keys)[second - zeros] >> PIECE_BITS if second >= zeros else 0
    return _between(n - 1, level, unknown, low, high)


@compiled
def _write_bins(keys: int, count: int, zeros: int, place: int, rows: int) -> int:
    """Write (interval, bin, count) of sorted waits and of so many *zeros*; return how many rows that are."""
    n_bins, last, shift = 0, -1, 0
    if zeros:
        _write_row(rows, place, 0, zeros)
        n_bins, last = 1, 0
    for at in range(count):
        wait = longs(keys)[at] >> PIECE_BITS
        while wait >> shift >= 2 * PER_DOUBLING:  # see simkpi.experiment.histograms.bins_of_ticks
            shift += 1
        now = shift * PER_DOUBLING + (wait >> shift)
        if now == last:
            ints(rows)[_ROW * n_bins - 1] += 1
        else:
            _write_row(rows + _BYTES * _ROW * n_bins, place, now, 1)
            n_bins, last = n_bins + 1, now
    return n_bins


@compiled
def _write_row(row: int, place: int, number: int, count: int) -> None:
    ints(row)[0] = place
    ints(row)[1] = number
    ints(row)[2] = count
