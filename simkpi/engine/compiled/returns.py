"""Customers who come back: the further contacts of a case (``Simulation.come_back`` and ``Plan.comes_at`` of the reference)."""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.bots import is_solved
from simkpi.engine.compiled.clock import RETURN, at
from simkpi.engine.compiled.jit import compiled, longs, rare, shorts
from simkpi.engine.compiled.records import opening_at
from simkpi.engine.compiled.state import NOT_WAITING, State


@compiled
def redial(state: State, contact: int) -> None:
    """Let the customer of *contact*, a failed attempt, try again, if he will."""
    if state.has_returns:
        _come_back(state, longs(state.redial_to)[contact], longs(state.redial_after)[contact])


@compiled
def repeat(state: State, contact: int) -> None:
    """Let the customer of *contact*, which did not solve the case, come back, if he will."""
    if state.has_returns and not is_solved(state, contact):
        _come_back(state, longs(state.return_to)[contact], longs(state.return_after)[contact])


@compiled
def repeat_unless_resolved(state: State, contact: int) -> None:
    """Let the customer of *contact*, which an agent answered, come back, if he will and the case is not solved."""
    if state.has_least_skill:
        place = shorts(state.team)[contact] * state.n_types + shorts(state.contact_type)[contact]
        if state.has_returns and longs(state.resolution)[place] < longs(state.least_skill)[contact]:
            _come_back(state, longs(state.return_to)[contact], longs(state.return_after)[contact])
    else:
        repeat(state, contact)


@rare
def ask_again(state: State, contact: int) -> None:
    """Let the customer of *contact*, who begins to wait, ask again later, if he will and still waits then."""
    _come_back(state, longs(state.chase_to)[contact], longs(state.chase_after)[contact])


@compiled
def is_answered_by_now(state: State, row: int) -> bool:
    """Whether *row* is the chase-up of a customer who does not wait any more."""
    if not state.has_chase or longs(state.chased)[row] < 0:
        return False
    return shorts(state.stage)[longs(state.chased)[row]] == NOT_WAITING


@compiled
def _come_back(state: State, row: int, after: int) -> None:
    if row >= 0:
        return_at(state, state.now + after, row)


@compiled
def return_at(state: State, moment: int, row: int) -> None:
    """Let *row* come about when the centre is open from *moment* on, unless the horizon ends first."""
    tick = _comes_at(state, moment)
    if tick < state.horizon:
        at(state, tick, RETURN, row)


@compiled
def _comes_at(state: State, tick: int) -> int:
    """Return *tick* if the centre is open then, else the moment that corresponds to it in the next opening span."""
    low, high = 0, state.n_open  # spans that begin at or before the tick: at least low, at most high
    while low < high:
        middle = (low + high) // 2
        if opening_at(state.open, middle).opens <= tick:
            low = middle + 1
        else:
            high = middle
    closed = opening_at(state.open, low - 1).closes if low > 0 else 0
    if low > 0 and tick < closed:
        return tick
    if low == state.n_open:
        return NEVER
    opening = opening_at(state.open, low)
    return opening.opens + (tick - closed) * (opening.closes - opening.opens) // (opening.opens - closed)
