"""The tally of a long horizon piece by piece: the sums of the whole, in memory for the contacts of one piece."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simkpi.engine.recorder import WORK
from simkpi.experiment.histograms import bins_of_ticks
from simkpi.experiment.tally import Added, Tally, level_of
from simkpi.experiment.tally_accounts import Bins, Terms, add_up
from simkpi.experiment.tally_contacts import PIECE_BITS
from simkpi.experiment.tally_rows import Contacts, contacts_of, stays
from simkpi.experiment.tally_sums import CONTACTS, N_SUMS, WAITED

if TYPE_CHECKING:
    from simkpi.engine.compiled.chunks import Piece, States

Whole = NDArray[np.int64]
#: Bits of a wait below the interval's number in keys that are to be sorted by interval; in the loops' own it is the other way.
_WAIT_BITS = 43
_STATES = ("state_agent", "state", "state_from", "state_to")
_NO_KEYS = np.zeros(0, dtype=np.int64)
_NO_QUANTILES = np.zeros(0)


class PieceTally:
    """One replication of a tally, piece by piece.

    Parameters
    ----------
    tally : Tally
        What is added up.

    Notes
    -----
    Contacts are handed out in the order of their arrival, so that all before the interval of the last one is settled: its waits
    are put into percentile and histogram, and the agents' time up to there is added up. What is carried over are contacts that
    an agent still had then, waits of the interval under way, and how often each length of wait occurred.
    """

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        everything = np.ones(len(tally.plan.contact_types), dtype=np.bool_)
        with_parts = bool(tally.scoring.by)
        self.all = _Contacts(tally, everything, tally.parameters, tally.wants[0], with_parts=with_parts)
        self.own = [
            _Contacts(tally, watch.counts, watch.values, level_of([watch.request]), with_parts=False)
            if watch.is_of_its_contacts
            else self.all
            for watch in tally.watched
        ]
        self.time = _AgentTime(tally, self.all.sums) if tally.wants[1] else None
        self.states: States | None = None
        self.last = -1

    def pause(self, states: States) -> None:
        """Take in the agents' states so far."""
        self.states = states

    def add(self, pieces: Iterable[Piece], replication: int) -> bool:
        """Add all pieces of a replication to the tally; False if there is a contact that it can not read."""
        horizon, settled = self.tally.plan.horizon, 0
        for piece in pieces:
            arrived = piece.demand.arrived
            if len(arrived):
                if arrived[0] < 0 or arrived[-1] >= horizon:
                    return False
                self.last = int(arrived[-1])
            if len(piece.log.state_agent):  # the last piece
                self.states, settled = {name: getattr(piece.log, name) for name in _STATES}, horizon
            else:
                settled = max(self.last, 0) // self.tally.piece * self.tally.piece
            self._add_piece(contacts_of(piece.demand, piece.log), settled)
        if self.last < 0 or settled < horizon:
            return False
        added = self.all.finished(0 if self.time is None else self.time.stretches)
        self.tally.keep(replication, added, [added if one is self.all else one.finished(0) for one in self.own])
        return True

    def _add_piece(self, rows: Contacts, settled: int) -> None:
        for one in dict.fromkeys([self.all, *self.own]):
            one.add(rows, settled)
        if self.time is not None and self.states is not None:
            self.time.add(rows, self.states, settled)


class _Contacts:
    """Sums and waits of the contacts of some types; *with_parts*: percentile and histogram of each interval, too."""

    def __init__(
        self, tally: Tally, counts: NDArray[np.bool_], parameters: Mapping[str, Any], level: float, *, with_parts: bool
    ) -> None:
        self.crew, self.limits = tally.crew._replace(counts=counts), tally.limits(parameters)
        self.level, self.with_parts = level, with_parts
        self.sums = np.zeros((tally.n_pieces, N_SUMS), dtype=np.int64)
        self.quantiles = np.full(tally.n_pieces + 1, np.nan)
        self.waits, self.counts = _NO_KEYS, _NO_KEYS
        self.pending, self.done = _NO_KEYS, 0
        self.parts: list[Bins] = []

    def add(self, rows: Contacts, settled: int) -> None:
        """Add contacts; no other will arrive before *settled*."""
        terms = Terms(self.crew, self.limits, -1.0, of_agents=False)
        found = add_up(rows, _no_stays(), terms, self.sums, _NO_QUANTILES, keeps_keys=True)
        if self.level < 0:
            return
        waits, counts = np.unique(found.keys >> PIECE_BITS, return_counts=True)
        self.waits, self.counts = _merged((self.waits, self.counts), (waits, counts))
        if self.with_parts:
            places = found.keys & ((1 << PIECE_BITS) - 1)
            self.pending = np.concatenate([self.pending, places << _WAIT_BITS | found.keys >> PIECE_BITS])
            self._settle(-(-settled // self.limits.piece))

    def _settle(self, stop: int) -> None:
        """Work out percentile and histogram of the intervals before *stop*."""
        keys, counts = np.unique(self.pending[self.pending >> _WAIT_BITS < stop], return_counts=True)
        self.pending = self.pending[self.pending >> _WAIT_BITS >= stop]
        ends = np.searchsorted(keys, np.arange(self.done, stop + 1) << _WAIT_BITS)
        for place in range(self.done, stop):
            own = slice(ends[place - self.done], ends[place - self.done + 1])
            waits = keys[own] & ((1 << _WAIT_BITS) - 1)
            n_known, n_all = int(self.sums[place, WAITED]), int(self.sums[place, CONTACTS])
            self.quantiles[place] = _quantile(waits, counts[own], n_known, n_all - n_known, self.level)
            self.parts.append(_bins(waits, counts[own], n_known, place))
        self.done = max(stop, self.done)

    def finished(self, stretches: int) -> Added:
        """Return what all contacts add up to."""
        if self.level < 0:
            return Added(self.sums, self.quantiles, _no_bins(), _no_bins(), stretches)
        n_known, n_all = int(self.sums[:, WAITED].sum()), int(self.sums[:, CONTACTS].sum())
        self.quantiles[-1] = _quantile(self.waits, self.counts, n_known, n_all - n_known, self.level)
        whole = _bins(self.waits, self.counts, n_known, 0)
        return Added(self.sums, self.quantiles, whole, np.concatenate([_no_bins(), *self.parts]), stretches)


class _AgentTime:
    """Agents' time up to where it is settled, a whole number of intervals; contacts that they have after it are carried over."""

    def __init__(self, tally: Tally, sums: Whole) -> None:
        self.limits, self.sums = tally.limits({}), sums
        self.crew = tally.crew._replace(counts=np.zeros(len(tally.plan.contact_types), dtype=np.bool_))
        self.open = np.zeros((4, 0), dtype=np.int64)
        self.stretches = self.settled = 0

    def add(self, rows: Contacts, states: States, settled: int) -> None:
        """Add the time from where it is settled to *settled*: all contacts that agents have in it are known."""
        horizon = self.limits.horizon
        more = np.array([rows.agent, rows.answered, rows.ended, np.minimum(rows.wrapped, horizon)], dtype=np.int64)
        work = np.concatenate([self.open, more[:, more[1] < more[3]]], axis=1)
        self.open = work
        if settled <= self.settled:
            return
        start, stop = self.settled, settled
        agent, state, begin, end = (states[name] for name in ("state_agent", "state", "state_from", "state_to"))
        end = np.minimum(end, horizon)
        self.stretches -= _cut_through(work, agent, (state == WORK) & (begin < start) & (start < end), start)
        inside = (begin < stop) & (end > start) & (begin < end)
        there_is = stays(agent[inside], state[inside], np.maximum(begin[inside], start) - start, end[inside] - start)
        there = work[0], *(np.maximum(moment, start) - start for moment in work[1:])
        sums = self.sums[start // self.limits.piece : -(-stop // self.limits.piece)]
        terms = Terms(self.crew, self.limits._replace(horizon=stop - start), -1.0, of_agents=True)
        self.stretches += add_up(_only_work(*there), there_is, terms, sums, _NO_QUANTILES).stretches
        self.open, self.settled = work[:, work[3] >= stop], stop


def _cut_through(work: Whole, agent: NDArray[Any], at_work: NDArray[np.bool_], moment: int) -> int:
    """Count the agents at work before and after *moment* for whom nothing changes then: their stretch is one, not two."""
    changes = np.unique(work[0][(work[1:] == moment).any(axis=0)]) if moment else _NO_KEYS
    return int(np.count_nonzero(at_work & ~np.isin(agent, changes)))


def _only_work(agent: Whole, answered: Whole, ended: Whole, wrapped: Whole) -> Contacts:
    """Return rows of which only the time with an agent is known."""
    kinds = {"contact_type": np.int16, "bot": np.int16, "bot_outcome": np.int8, "resolved": np.bool_, "team": np.int16}
    kinds |= {"outcome": np.int8}
    columns: dict[str, Any] = {name: np.zeros(len(agent), dtype=kinds.get(name, np.int64)) for name in Contacts._fields}
    columns |= {"agent": agent.astype(np.int32), "answered": answered, "ended": ended, "wrapped": wrapped}
    return Contacts(**columns)


def _no_stays() -> Whole:
    return stays(_NO_KEYS, _NO_KEYS, _NO_KEYS, _NO_KEYS)


def _no_bins() -> Bins:
    return np.zeros((0, 3), dtype=np.int32)


def _merged(*tables: tuple[Whole, Whole]) -> tuple[Whole, Whole]:
    """Add up how often values occur."""
    values, place = np.unique(np.concatenate([value for value, _ in tables]), return_inverse=True)
    counts = np.zeros(len(values), dtype=np.int64)
    np.add.at(counts, place, np.concatenate([count for _, count in tables]))
    return values, counts


def _quantile(waits: Whole, counts: Whole, n: int, unknown: int, level: float) -> float:
    """Linear between order statistics of *n* waits: those counted, before them zeros (as ``tally_waits._quantile``)."""
    if n == 0:
        return math.nan
    ends = np.cumsum(counts)
    zeros, place = n - int(counts.sum()), (n - 1) * level + unknown
    below = math.floor(place)
    first = below - unknown
    low, high = (_at(waits, ends, number - zeros) for number in (first, min(first + 1, n - 1)))
    return (place - below) * (high - low) + low


def _at(waits: Whole, ends: Whole, number: int) -> float:
    """Return the wait with that number in order, 0 below the first."""
    return 0.0 if number < 0 else float(waits[np.searchsorted(ends, number, side="right")])


def _bins(waits: Whole, counts: Whole, n: int, place: int) -> Bins:
    """Return rows (interval, bin, count) of *n* waits: those counted, all others 0."""
    zeros = n - int(counts.sum())
    bins, counts = np.append(0, bins_of_ticks(waits)), np.append(zeros, counts)
    values, added = _merged((bins, counts))
    kept = added > 0
    return np.column_stack([np.full(len(values), place), values, added])[kept].astype(np.int32)
