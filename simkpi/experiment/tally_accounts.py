"""The records that the compiled loops of the tally work on: filled in, handed over, and read."""

from __future__ import annotations

import struct
import threading
from array import array
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.jit import address_of
from simkpi.engine.ppm import PPM
from simkpi.experiment.tally_records import ACCOUNT, POST, SPAN
from simkpi.experiment.tally_rows import Contacts, Crew, Limits, Table
from simkpi.experiment.tally_waits import DIGIT

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]
Bins = NDArray[np.int32]
FIELDS = ACCOUNT.names or ()
#: Place of each field in a record.
PLACE = {name: number for number, name in enumerate(FIELDS)}
#: Where it says where histograms are, and how many rows they have.
_HISTOGRAMS = [PLACE[name] for name in ("whole", "n_whole", "parts", "n_parts")]
#: Later than any moment.
_NEVER_STOPS = (1 << 63) - 1


_NO_ORDER = np.zeros(0, np.int32)


class Terms(NamedTuple):
    """What is added up: for whom, by which rules, which percentile of the waits (negative = none), whether agent time."""

    crew: Crew
    limits: Limits
    level: float
    of_agents: bool

    def fields(self) -> dict[str, int]:
        """Return what they say in a record; the crew's arrays have to stay."""
        crew, limits = self.crew, self.limits
        stop = limits.horizon if limits.cut else _NEVER_STOPS
        (level,) = struct.unpack("<q", struct.pack("<d", self.level))
        return {
            **{name: getattr(limits, name) for name in ("piece", "horizon", "threshold", "repeat_window", "bot_window")},
            **{name: address_of(getattr(crew, name)) for name in ("speeds", "is_paced", "slots", "counts")},
            "stop": stop,
            "bots_until": stop,
            "n_types": len(crew.counts),
            "n_agents": len(crew.slots),
            "is_plain": int(not crew.is_paced.any() and bool(np.all(crew.speeds == PPM))),
            "of_contacts": int(crew.counts.any()),
            "of_all": int(crew.counts.all()),
            "of_waits": int(self.level >= 0),
            "level": level,
            "of_agents": int(self.of_agents),
        }


class Sizes(NamedTuple):
    """Contacts, intervals, agents, their slots, their stays in a state, and accounts one after the other."""

    contacts: int = 0
    pieces: int = 0
    agents: int = 0
    slots: int = 0
    stays: int = 0
    accounts: int = 0

    def cover(self, others: Sizes) -> bool:
        """Whether there is enough for others."""
        return all(other <= mine for mine, other in zip(self, others, strict=True))


class Room:
    """Memory to work in."""

    def __init__(self, sizes: Sizes) -> None:
        contacts = sizes.contacts
        lengths = {"keys": contacts + 1, "aside": contacts + 1, "digits": (1 << DIGIT) + 1, "ends": sizes.pieces + 1, "room": 1}
        self._tables: dict[str, Table] = {name: np.empty(length, np.int64) for name, length in lengths.items()}
        self._tables |= {"posts": np.empty(sizes.agents, POST), "work": np.empty(sizes.stays, SPAN)}
        self._tables |= {"recent": np.empty(2 * sizes.slots + sizes.agents, SPAN)}
        self._tables |= {"ones": np.ones(contacts, np.int8), "taken": np.empty(contacts, np.int8)}
        self._histograms = np.empty((sizes.accounts * (2 * contacts + sizes.pieces + 2), 3), np.int32)
        self._first = address_of(self._histograms)
        self._addresses = {name: address_of(table) for name, table in self._tables.items()}

    def begin(self) -> None:
        """Forget the histograms that were written."""
        self._tables["room"][0] = self._first

    def fields(self, *, of_all: bool) -> dict[str, int]:
        """Return where it is."""
        return {**self._addresses, "taken": self._addresses["ones"]} if of_all else self._addresses

    def keys(self, count: int) -> Whole:
        """Return a copy of the first keys."""
        return self._tables["keys"][:count].copy()

    def histograms(self, records: Whole) -> list[tuple[Bins, Bins]]:
        """Return the histograms over all and by interval of records that have been added up one after the other."""
        size = self._histograms.strides[0]
        rows = self._histograms[: (int(self._tables["room"][0]) - self._first) // size].copy()

        def of(address: int, count: int) -> Bins:
            first = (address - self._first) // size if count else 0
            return rows[first : first + count]

        return [(of(*each[:2]), of(*each[2:])) for each in records[:, _HISTOGRAMS].tolist()]


class _Rooms(threading.local):
    """Memory that one replication after the other is added up in, one for each thread."""

    def __init__(self) -> None:
        self._sizes = Sizes()
        self._room = Room(self._sizes)

    def of(self, sizes: Sizes) -> Room:
        if not self._sizes.cover(sizes):
            self._sizes = Sizes(*map(max, sizes, self._sizes))
            self._room = Room(self._sizes)
        self._room.begin()
        return self._room


_rooms = _Rooms()


def room_of(sizes: Sizes) -> Room:
    """Return this thread's memory; what was in it is lost."""
    return _rooms.of(sizes)


class Found(NamedTuple):
    """What is left behind beside the sums: histograms, sorting keys of the waits above 0, and stretches of agent time."""

    whole: Bins
    parts: Bins
    keys: Whole
    stretches: int


def record(*fields: Mapping[str, int]) -> Whole:
    """Return the numbers of a record; what no *fields* name is 0."""
    known = {name: value for each in fields for name, value in each.items()}
    return np.frombuffer(array("q", [known.get(name, 0) for name in FIELDS]), np.int64)


def add_up(rows: Contacts, stays: Table, terms: Terms, sums: Whole, quantiles: Floats, *, keeps_keys: bool = False) -> Found:
    """Add contacts and agent time to *sums*; put percentiles into *quantiles*.

    Parameters
    ----------
    rows : Contacts
        In order of arrival.
    stays : table of Stay
        The agents' states, each agent's in order of time.
    terms : Terms
    sums : ndarray, shape (n_intervals, n_sums)
    quantiles : ndarray, shape (n_intervals + 1,), ticks
        May be empty if no percentile is asked for.
    keeps_keys : bool
        Whether the keys of the waits are wanted (they are sorted if a percentile is).
    """
    from simkpi.experiment.tally_loops import ADD_UP, loops

    slots, n_stays = terms.crew.slots, np.array([len(stays)])
    room = room_of(Sizes(len(rows.arrived), len(sums), len(slots), int(slots.sum()), len(stays), 1))
    order = in_order_of_answers(rows) if terms.of_agents else _NO_ORDER
    columns = {name: address_of(column) for name, column in zip(Contacts._fields, rows, strict=True)}
    tables: dict[str, Any] = {"stays": stays, "n_stays": n_stays, "sums": sums, "quantiles": quantiles}
    tables |= {"order": order, "n_answered": np.array([len(order)])}
    found = record(
        {"n": len(rows.arrived), "n_pieces": len(sums)},
        columns,
        {name: address_of(table) for name, table in tables.items()},
        terms.fields(),
        room.fields(of_all=bool(terms.crew.counts.all())),
    )
    loops()(ADD_UP, address_of(found), 1)
    keys = room.keys(int(found[PLACE["n_waits"]]) if keeps_keys else 0)
    return Found(*room.histograms(found[None])[0], keys, int(found[PLACE["stretches"]]))


def in_order_of_answers(rows: Contacts) -> NDArray[np.int32]:
    """Return the rows of the contacts that an agent has answered, first answered first."""
    answered = np.flatnonzero(rows.answered < NEVER)
    return np.asarray(answered[np.argsort(rows.answered[answered], kind="stable")], dtype=np.int32)
