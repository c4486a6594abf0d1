"""Rows behind a contact while they are appended: elsewhere, called back, in further rounds; and what chance does to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.laws import is_fixed, sample
from simkpi.demand.rows import CALL, FIRST, NEVER, PLAIN, Ticks
from simkpi.demand.streams import Addresses, Words, World
from simkpi.scenario.laws import Law
from simkpi.units import to_ticks

Columns = dict[str, NDArray[Any]]
Rows = NDArray[np.int64]
#: ``draw_leg(contact_type, contact_type_of_the_first, customer, attempt)``: what a stay in another queue is like.
DrawLeg = Callable[[int, int, Words, int], Columns]

#: Numbers of attempts by which the draws of further rows are told from those of contacts: beyond any attempt.
_LEG = 1 << 20


class ChainRows:
    """Contacts and the rows behind them; rows are numbered within the level until the end.

    Parameters
    ----------
    worlds : sequence of World
        Where the random numbers of the customers of each contact type come from.
    draw_leg : callable
        Draws the columns of a stay in another queue.
    columns : dict of ndarray, shape (n_contacts,)
        Contacts number *attempt* of their cases.
    world : ndarray of int64, shape (n_contacts,)
        Contact type of the first contact of each case.
    attempt : int
        Contacts of each case before these; 0 = fresh ones.
    """

    def __init__(self, worlds: Sequence[World], draw_leg: DrawLeg, columns: Columns, world: Rows, attempt: int) -> None:
        self.worlds = worlds
        self.draw_leg = draw_leg
        self.columns = dict(columns)
        self.world = world
        self.attempt = attempt
        self.n_contacts = len(world)
        self.links = _links(np.arange(self.n_contacts), FIRST)

    # --- appending rows ---------------------------------------------------------------------------------------------

    def append(self, origins: Rows, kinds: NDArray[Any], what: int, leg: int) -> Rows:
        """Append stays of *origins* in the queues of contact types *kinds*, drawn anew; return their rows."""
        first, heads = len(self.links["head"]), self.links["head"][origins]
        added = {name: np.empty(len(origins), dtype=column.dtype) for name, column in self.columns.items()}
        world, n_types = self.world[heads], len(self.worlds)
        for both, mine in groups(world * n_types + kinds):
            customer = self.columns["customer"][heads[mine]]
            drawn = self.draw_leg(both % n_types, both // n_types, customer, self.attempt + leg * _LEG)
            for name, column in drawn.items():
                added[name][mine] = column
        self._extend(added, _links(heads, what))
        return np.arange(first, first + len(origins))

    def append_calls(self, origins: Rows) -> Rows:
        """Append calls to the customers of *origins*: like the contact itself."""
        return self.append_like(self.links["head"][origins], CALL)

    def append_like(self, origins: Rows, kind: int) -> Rows:
        """Append rows like *origins*, but nobody gives up and no bot answers."""
        first, heads = len(self.links["head"]), self.links["head"][origins]
        added = {name: column[origins] for name, column in self.columns.items()}
        added["arrived"][:] = added["patience"][:] = NEVER
        added["bot"][:] = added["bot_outcome"][:] = -1
        added["bot_time"][:] = 0
        self._extend(added, _links(heads, kind))
        return np.arange(first, first + len(origins))

    def _extend(self, columns: Columns, links: Columns) -> None:
        self.columns = {name: np.concatenate([column, columns[name]]) for name, column in self.columns.items()}
        self.links = {name: np.concatenate([column, links[name]]) for name, column in self.links.items()}

    # --- chance -----------------------------------------------------------------------------------------------------

    def uniforms(self, purpose: str, rows: Rows, leg: int) -> NDArray[np.float64]:
        """Return a number in (0, 1) for each of *rows*, by its customer, *purpose* and *leg*."""
        heads, u = self.links["head"][rows], np.empty(len(rows))
        for world, mine in groups(self.world[heads]):
            customer = Addresses(self.columns["customer"][heads[mine]])
            u[mine] = self.worlds[world].uniforms(purpose, customer, attempt=self.attempt + leg * _LEG)
        return u

    def happens(self, purpose: str, rows: Rows, chance: float, leg: int) -> NDArray[np.bool_]:
        """Whether what has that *chance* happens to each of *rows*."""
        if chance <= 0 or chance >= 1:
            return np.full(len(rows), chance >= 1)
        return self.uniforms(purpose, rows, leg) < chance

    def delay(self, purpose: str, rows: Rows, law: Law | None, leg: int) -> Ticks:
        """Draw a time from *law* for each of *rows*, ticks; none is 0."""
        if law is None or law.fixed is not None:
            return np.full(len(rows), 0 if law is None or law.fixed is None else to_ticks(law.fixed), dtype=np.int64)
        return sample(law, np.full(len(rows), 0.5) if is_fixed(law) else self.uniforms(purpose, rows, leg))

    def number_of(self, name: str) -> int:
        """Return the number of the contact type called *name*."""
        return [world.contact_type for world in self.worlds].index(name)


def _links(heads: Rows, kind: int) -> Columns:
    """Columns of Chains for rows of *kind* that lead nowhere."""
    n_rows = len(heads)
    defaults = {"kind": kind, "fate": PLAIN, "next": -1, "after": 0, "callback_to": -1, "callback_after": 0}
    types = {"kind": np.int8, "fate": np.int8}
    return {
        "head": heads.astype(np.int64),
        **{name: np.full(n_rows, value, dtype=types.get(name, np.int64)) for name, value in defaults.items()},
    }


def groups(values: Rows) -> Iterator[tuple[int, Rows]]:
    """Yield each of the *values* and where it occurs."""
    for value in np.unique(values).tolist():
        yield value, np.flatnonzero(values == value)
