"""One call simulates a replication of all scenarios that share its customers, and adds each up before the next one is simulated.

The call lets other threads run; no log is made of what the compiled engine writes down, which is read where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import Demand
from simkpi.engine.compiled.in_turn import PLACE as OF_STATE
from simkpi.engine.compiled.in_turn import InTurn, fits
from simkpi.engine.compiled.jit import address_of
from simkpi.engine.compiled.kernel import kernel_address
from simkpi.experiment.tally import Added, Tally
from simkpi.experiment.tally_accounts import PLACE, Room, Sizes, Terms, record, room_of
from simkpi.experiment.tally_loops import SIMULATE, loops
from simkpi.experiment.tally_records import JOB
from simkpi.experiment.tally_rows import DRAWN, LOGGED, drawn_of
from simkpi.experiment.tally_sums import N_SUMS

Whole = NDArray[np.int64]


class _Place(NamedTuple):
    """Accounts of a tally: from the first, which is of everything, to the one behind the last; those of its targets."""

    first: int
    stop: int
    own: list[int]


class TallyRuns:
    """Tallies that meet the same customers.

    Parameters
    ----------
    tallies : dict of Tally
        At least one, by any name; :func:`can_run` is true of all of them.
    demand : Demand
        The first customers.
    """

    def __init__(self, tallies: Mapping[str, Tally], demand: Demand) -> None:
        self._names, self._tallies = list(tallies), list(tallies.values())
        self._runs = InTurn([tally.plan for tally in self._tallies], demand)
        self._terms: list[tuple[int, Terms]] = []
        self._places = [self._place(number, tally) for number, tally in enumerate(self._tallies)]
        self._room: Room | None = None
        self._templates = self._accounts = self._jobs = np.zeros((0, 0), np.int64)

    def _place(self, number: int, tally: Tally) -> _Place:
        first = len(self._terms)
        self._terms.append((number, tally.terms))
        own = []
        for terms in tally.own_terms:
            own.append(first if terms is None else len(self._terms))
            self._terms += [] if terms is None else [(number, terms)]
        return _Place(first, len(self._terms), own)

    def add(self, replication: int, demand: Demand) -> set[str]:
        """Simulate a replication and take it in; return the names of the tallies of which that can be said."""
        if not _can_be_read(demand, min(tally.plan.horizon for tally in self._tallies)):
            return set()
        rows, columns = self._runs.meet(demand), drawn_of(demand)
        if rows is None:
            return set()
        room = self._prepared(demand)
        n_pieces = max(tally.n_pieces for tally in self._tallies)
        sums = np.zeros((len(self._terms), n_pieces, N_SUMS), np.int64)
        quantiles = np.full((len(self._terms), n_pieces + 1), np.nan)
        self._accounts[:] = self._templates
        for name, column in zip(DRAWN, columns, strict=True):
            self._accounts[:, PLACE[name]] = address_of(column)
        self._accounts[:, PLACE["n"]] = len(demand)
        for name, results in (("sums", sums), ("quantiles", quantiles)):
            self._accounts[:, PLACE[name]] = address_of(results) + results.strides[0] * np.arange(len(self._terms))
        _simulate(self._jobs)
        del rows, columns  # they had to stay until here
        histograms, stretches = room.histograms(self._accounts), self._accounts[:, PLACE["stretches"]].tolist()
        done = set()
        for number, (name, tally, place) in enumerate(zip(self._names, self._tallies, self._places, strict=True)):
            if not self._runs.has_failed(number):
                mine, n_pieces = range(place.first, place.stop), tally.n_pieces
                found = [Added(sums[n][:n_pieces], quantiles[n][: n_pieces + 1], *histograms[n], stretches[n]) for n in mine]
                tally.keep(replication, found[0], [found[each - place.first] for each in place.own])
                done.add(name)
        return done

    def _prepared(self, demand: Demand) -> Room:
        """Return the memory to work in; records that hold addresses in it are written anew if it is another one."""
        slots, n_pieces = [tally.crew.slots for tally in self._tallies], max(tally.n_pieces for tally in self._tallies)
        stays = int(self._runs.states[:, OF_STATE["most_stays"]].max())
        most = max(map(len, slots)), max(int(each.sum()) for each in slots)
        room = room_of(Sizes(len(demand), n_pieces, *most, stays, len(self._terms)))
        if room is not self._room:
            self._room = room
            self._templates = np.stack([self._account(number, terms, room) for number, terms in self._terms])
            self._accounts = self._templates.copy()
            self._jobs = np.stack([self._job(number) for number in range(len(self._tallies))])
        return room

    def _account(self, number: int, terms: Terms, room: Room) -> Whole:
        """Return the record of what is added up of a tally, without what is of one replication."""
        log, state = self._runs.log(number), self._runs.states[number]
        fields = {"n_pieces": self._tallies[number].n_pieces, **{name: log[name] for name in LOGGED}}
        fields |= {name: int(state[OF_STATE[name]]) for name in ("stays", "order")}
        fields |= {name: address_of(state) + 8 * OF_STATE[name] for name in ("n_stays", "n_answered")}
        return record(fields, terms.fields(), room.fields(of_all=bool(terms.crew.counts.all())))

    def _job(self, number: int) -> Whole:
        place, (memory, beginning) = self._places[number], self._runs.beginnings[number]
        fields = {
            "loop": kernel_address(),
            "state": address_of(self._runs.states[number]),
            "memory": memory,
            "beginning": address_of(beginning),
            "words": len(beginning),
            "accounts": address_of(self._accounts[place.first]),
            "n_accounts": place.stop - place.first,
        }
        return np.array([fields[name] for name in JOB.names or ()], np.int64)


def _simulate(jobs: Whole) -> None:
    """Do all jobs, in one call."""
    loops()(SIMULATE, address_of(jobs), len(jobs))


def can_run(tally: Tally, demand: Demand) -> bool:
    """Whether a tally's scenario can be simulated in turn with others."""
    return fits(tally.plan, demand)


def _can_be_read(demand: Demand, horizon: int) -> bool:
    return len(demand) > 0 and demand.arrived[0] >= 0 and demand.arrived[-1] < horizon
