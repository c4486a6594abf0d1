"""A long horizon piece by piece: the run pauses, the next contacts are put in, those that are over are handed out and forgotten.

The rows keep their numbers, so that the order of simultaneous events is that of a run in one go. Columns are reserved for the
whole horizon, but take memory only for the contacts that are drawn and not over (see :mod:`simkpi.engine.compiled.paged`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.compiled.clock import INVITATION, KIND_BITS, NO_EVENT, SCHEDULE
from simkpi.engine.compiled.demand_columns import REQUIRED, Rows
from simkpi.engine.compiled.kernel import duty_of, finish, tables_of
from simkpi.engine.compiled.paged import release, reserve
from simkpi.engine.compiled.ranks import has_failed
from simkpi.engine.compiled.replication import Replication
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import OPEN, EngineLog
from simkpi.errors import InputError, SimkpiError

#: Features of plans that keep nothing about contacts but what is windowed here.
KNOWN = frozenset({
    "absence", "backlog", "balk_above", "balk_per_waiting", "longer_when_quiet", "reserve", "resolution", "shifts",
    "shorter_per_waiting", "silent", "slower_when_busy",
})  # fmt: skip
#: Why the others' contacts are looked at again long after they are over, or by what is drawn with those of other days.
WHY = {
    "retry": "customers redial", "recontact": "customers come back", "chase": "customers who wait ask again",
    "last_agent": "customers go back to the agent who knows them", "transfer": "contacts are transferred",
    "callback": "customers are called back", "when_closed": "contacts outside the opening hours are told apart",
    "turns": "chats go message by message", "rounds": "threads are parked", "invite": "visitors are invited",
    "bot_terms": "bots have places or hours", "lines": "contacts hold trunk lines", "hand_back": "work is handed back",
    "background": "work is set aside", "pick": "not the oldest is taken first",
}  # fmt: skip
#: Contacts after which a run in one go forgets what it worked on for those that are over.
FORGOTTEN = 200_000
_WORK = ("number", "behind", "stage", "overflow_timer", "patience_timer")


States: TypeAlias = Mapping[str, NDArray[Any]]


class Piece(NamedTuple):
    """Contacts that are over, in order of their rows; the last piece also has the states of all agents.

    Parameters
    ----------
    first : int
        Number of its first row in the whole horizon.
    demand : Demand
    log : EngineLog
    """

    first: int
    demand: Demand
    log: EngineLog


def simulate_in_chunks(
    plan: Plan, parts: Iterable[tuple[int, Demand]], room: int, on_pause: Callable[[States], None] | None = None
) -> Iterator[Piece]:
    """Run *plan* on the contacts of one period after the other.

    Parameters
    ----------
    plan : Plan
    parts : iterable of (tick, Demand)
        The end of each period, and its contacts; all arrive before it, and not before the end of the period before.
    room : int
        Contacts for which room is reserved, more than there are.
    on_pause : callable, optional
        Called before each piece but the last with the agents' states so far (columns as in ``EngineLog``, by agent and time);
        one that goes on has no end (``NEVER``).

    Yields
    ------
    Piece
        Together the log of :func:`simkpi.engine.compiled.kernel.simulate` on all contacts, cell by cell.

    Raises
    ------
    InputError
        If the plan or the contacts have features whose contacts can not be forgotten one after the other.
    """
    if plan.features - KNOWN:
        why = ", ".join(f"{WHY[feature]} ({feature})" for feature in sorted(plan.features - KNOWN))
        raise InputError(f"in chunks: impossible where {why}; simulate the horizon in one go")
    run: _Run | None = None
    for end, demand in parts:
        if run is None:
            run = _Run(plan, demand, room)
        run.put_in(demand)
        piece = run.until(end)
        _check_ranks(plan)
        if on_pause is not None:
            on_pause(run.states())
        yield piece
    if run is not None:
        piece = run.rest()
        _check_ranks(plan)
        yield piece


def _check_ranks(plan: Plan) -> None:
    """Refuse to go on after a user's own ranking has failed: only a run in one go can say where."""
    failed = next((policy.name for policy in (*plan.agent_policy, plan.contact_policy) if has_failed(policy)), None)
    if failed is not None:
        raise InputError(f"in chunks: the ranking of the policy '{failed}' fails; simulate the horizon in one go")


class _Run:
    """A run under way: rows before ``over`` are over and forgotten, those before ``loaded`` are drawn."""

    def __init__(self, plan: Plan, demand: Demand, room: int) -> None:
        self.plan = plan
        self.rows = Rows(demand).with_room(room, reserve)
        self.over = self.loaded = 0
        self.waiting = _cut(demand, 0, 0)
        # nobody has arrived yet: the columns are empty
        self.replication = Replication(tables_of(plan), self.rows, 0, duty_of(plan, demand), reserve)
        self.replication.state["n_backlog"] = int(np.searchsorted(demand.arrived, 0))

    def put_in(self, demand: Demand) -> None:
        """Put in the contacts of the period to come."""
        stop = self.loaded + len(demand)
        if stop > len(self.rows["arrived"]):
            raise SimkpiError(f"in chunks: more contacts than the {len(self.rows['arrived']):,} that there is room for")
        for name, column in Rows(demand).items():
            self.rows[name][self.loaded : stop] = column
        self.loaded = stop
        self.waiting = _joined(self.waiting, demand)
        state = self.replication.state
        state["n_fresh"] = state["n_contacts"] = stop

    def until(self, end: int) -> Piece:
        """Run to the tick *end*; return the contacts that are over then."""
        self.replication.state["pause"] = end
        finish([self.replication])
        self.replication.check()
        return self._hand_out(max(_oldest(self.replication, self.loaded), self.over))

    def states(self) -> States:
        """Return the agents' states so far, those included that go on."""
        over, agents = self.replication.agent_states(), self.replication.column("agents")
        there = agents[agents["state"] >= 0]
        now = (there["id"], there["state"], there["state_from"], np.full(len(there), NEVER))
        both = {name: np.concatenate([over[name], more.astype(over[name].dtype)]) for name, more in zip(over, now, strict=True)}
        order = np.lexsort((both["state_from"], both["state_agent"]))
        return {name: column[order] for name, column in both.items()}

    def rest(self) -> Piece:
        """Run to the end; return all other contacts, and the agents' states."""
        self.replication.state["pause"] = 0
        finish([self.replication])
        self.replication.check()
        piece = self._hand_out(self.loaded)
        states: dict[str, Any] = self.replication.agent_states()
        return piece._replace(log=replace(piece.log, **states))

    def _hand_out(self, oldest: int) -> Piece:
        start, self.over = self.over, oldest
        columns = {name: column[start:oldest].copy() for name, column in self.replication.log.items()}
        if self.plan.cut:
            late = columns["ended"] >= self.plan.horizon
            columns["outcome"][late] = OPEN
            columns["ended"][late] = NEVER
            columns["wrapped"][columns["wrapped"] >= self.plan.horizon] = NEVER
        demand, self.waiting = _cut(self.waiting, 0, oldest - start), _cut(self.waiting, oldest - start, len(self.waiting))
        for column in (*self.rows.values(), *self.replication.log.values(), *map(self.replication.column, _WORK)):
            release(column, start, oldest)
        return Piece(start, demand, EngineLog(engine="compiled", **columns, **_no_states()))


def finish_forgetting(replication: Replication, rows: Rows) -> None:
    """Run a replication of very many contacts to its end; what is worked on for each is forgotten once the contact is over."""
    n_contacts, over = len(rows["arrived"]), 0
    for row in range(0, n_contacts, FORGOTTEN):
        replication.state["pause"] = max(int(rows["arrived"][row]), 0)
        finish([replication])
        oldest = max(_oldest(replication, n_contacts), over)
        for name in _WORK:
            release(replication.column(name), over, oldest)
        over = oldest
    replication.state["pause"] = 0
    finish([replication])


def can_forget(plan: Plan, rows: Rows) -> bool:
    """Whether nothing is kept about contacts but what is forgotten here."""
    return not plan.features - KNOWN and rows.keys() <= {*REQUIRED, "longest_queue"}


def _oldest(replication: Replication, loaded: int) -> int:
    """Return the first row that the rest of the run may still look at; *loaded* = none before those to come."""
    state = replication.state
    events, types, agents, works, behind = map(replication.column, ("events", "types", "agents", "works", "behind"))
    n_places = int(state["n_places"][0])
    entries = events[n_places : 2 * n_places]
    entries = entries[entries < NO_EVENT]
    bits = int(state["id_bits"][0])
    kinds, ids = (entries >> bits) & ((1 << KIND_BITS) - 1), entries & ((1 << bits) - 1)
    ids = ids[(kinds != SCHEDULE) & (kinds != INVITATION)]
    oldest = min(loaded, int(state["next_fresh"][0]), int(ids.min(initial=loaded)))
    for agent in agents[agents["n_works"] > 0]:
        mine = works["contact"][agent["works_from"] : agent["works_from"] + agent["n_works"]]
        oldest = min(oldest, int(mine.min()))
    for row in types["first"].tolist():
        while row >= 0:
            oldest, row = min(oldest, row), int(behind[row])  # noqa: PLW2901 - a linked list
    return oldest


def _cut(demand: Demand, start: int, stop: int) -> Demand:
    """Return some rows of *demand*."""
    columns: dict[str, Any] = {}
    for field in fields(Demand):
        column = getattr(demand, field.name)
        if isinstance(column, np.ndarray):
            columns[field.name] = column[start:stop].copy()
        elif column is not None and field.name not in ("contact_types", "duty"):
            raise InputError(
                f"in chunks: contacts with {field.name} can not be forgotten one by one; simulate the horizon in one go"
            )
    return replace(demand, **columns)


def _joined(demand: Demand, following: Demand) -> Demand:
    columns: dict[str, Any] = {}
    for field in fields(Demand):
        one, two = getattr(demand, field.name), getattr(following, field.name)
        if isinstance(two, np.ndarray):
            columns[field.name] = np.concatenate([one, two])
    return replace(demand, **columns)


def _no_states() -> dict[str, NDArray[Any]]:
    """Return no agent states and no legs."""
    whole = {name: np.zeros(0, np.int64) for name in ("state_from", "state_to", "leg_from", "leg_to")}
    ids = {name: np.zeros(0, np.int32) for name in ("state_agent", "leg_contact", "leg_place")}
    return whole | ids | {name: np.zeros(0, np.int8) for name in ("state", "leg_kind", "leg_end")}
