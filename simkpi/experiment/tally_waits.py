"""Percentiles and histograms of the waits of one replication: sorted by digits, compiled."""

from __future__ import annotations

import math
from typing import Any

from simkpi.experiment.histograms import PER_DOUBLING
from simkpi.experiment.tally_contacts import PIECE_BITS
from simkpi.experiment.tally_jit import part
from simkpi.experiment.tally_rows import DIGIT, Room
from simkpi.experiment.tally_sums import CONTACTS, WAITED

_PLACE = (1 << PIECE_BITS) - 1


@part
def add_waits(room: Room, n: int, level: float) -> tuple[int, int]:
    """Find the percentile and the histogram of the waits: of all of them, and by interval.

    Parameters
    ----------
    room : Room
        Holds *n* waits above 0 in ``keys``; ``sums`` say how many waits there are, and contacts of which none is known.
    n : int
    level : float, fraction
        Which percentile.

    Returns
    -------
    tuple of int
        Rows of ``whole`` and ``parts`` that were filled.
    """
    sums, quantiles = room.sums, room.quantiles
    n_pieces, n_all, n_known = len(sums), 0, 0
    for place in range(n_pieces):
        n_all += sums[place, CONTACTS]
        n_known += sums[place, WAITED]
    keys, aside = _sorted(room.keys, room.aside, n, room.digits)
    quantiles[n_pieces] = _quantile(keys[:n], n_known, n_all - n_known, level)
    n_whole = _write_bins(keys[:n], n_known - n, 0, room.whole)
    ends = room.ends
    _put_by_interval(keys, aside, n, ends[: n_pieces + 1])
    begin, n_parts = 0, 0
    for place in range(n_pieces):
        here, known = aside[begin : ends[place]], sums[place, WAITED]
        quantiles[place] = _quantile(here, known, sums[place, CONTACTS] - known, level)
        n_parts += _write_bins(here, known - len(here), place, room.parts[n_parts:])
        begin = ends[place]
    return n_whole, n_parts


@part
def _sorted(keys: Any, aside: Any, n: int, ends: Any) -> Any:
    """Sort the first *n* keys by their waits, equal ones as they are; return where they are then, and the other array."""
    most, shift = 0, PIECE_BITS
    for at in range(n):
        most = max(most, keys[at])
    while most >> shift:
        ends[:] = 0
        for at in range(n):
            ends[((keys[at] >> shift) & ((1 << DIGIT) - 1)) + 1] += 1
        for digit in range(1 << DIGIT):
            ends[digit + 1] += ends[digit]
        for at in range(n):
            digit = (keys[at] >> shift) & ((1 << DIGIT) - 1)
            aside[ends[digit]] = keys[at]
            ends[digit] += 1
        keys, aside = aside, keys
        shift += DIGIT
    return keys, aside


@part
def _put_by_interval(keys: Any, aside: Any, n: int, ends: Any) -> None:
    """Put sorted keys into *aside* interval by interval; *ends* says where those of each end."""
    ends[:] = 0
    for at in range(n):
        ends[(keys[at] & _PLACE) + 1] += 1
    for place in range(len(ends) - 1):
        ends[place + 1] += ends[place]
    for at in range(n):
        place = keys[at] & _PLACE
        aside[ends[place]] = keys[at]
        ends[place] += 1


@part
def _quantile(keys: Any, n: int, unknown: int, level: float) -> float:
    """Linear between order statistics of *n* waits: those in *keys*, before them zeros; NaN of none.

    The place is counted with the *unknown* ones in front, as polars does: the last bits of the figure depend on it.
    """
    if n == 0:
        return math.nan
    zeros, place = n - len(keys), (n - 1) * level + unknown
    below = math.floor(place)
    first = below - unknown
    second = min(first + 1, n - 1)
    low = float(keys[first - zeros] >> PIECE_BITS) if first >= zeros else 0.0
    high = float(keys[second - zeros] >> PIECE_BITS) if second >= zeros else 0.0
    return (place - below) * (high - low) + low


@part
def _write_bins(keys: Any, zeros: int, place: int, bins: Any) -> int:
    """Write (interval, bin, count) of sorted waits and of so many *zeros*; return how many rows that are."""
    n_bins, last = 0, -1
    if zeros:
        bins[0, 0], bins[0, 1], bins[0, 2] = place, 0, zeros
        n_bins, last = 1, 0
    shift = 0
    for key in keys:
        wait = key >> PIECE_BITS
        while wait >> shift >= 2 * PER_DOUBLING:  # see simkpi.experiment.histograms.bins_of_ticks
            shift += 1
        now = shift * PER_DOUBLING + (wait >> shift)
        if now == last:
            bins[n_bins - 1, 2] += 1
        else:
            bins[n_bins, 0], bins[n_bins, 1], bins[n_bins, 2] = place, now, 1
            n_bins, last = n_bins + 1, now
    return n_bins
