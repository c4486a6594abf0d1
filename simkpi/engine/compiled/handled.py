"""What comes after the work on an answered contact, or a part of it (``Handling`` of the reference, after its waits)."""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.chains import (
    AWAY,
    NO_ANSWER,
    TALK,
    WARM,
    WRAP,
    fate_of,
    is_gone,
    is_in_parts,
    is_transferred,
    wrap_up,
)
from simkpi.engine.compiled.clock import QUIET_ENDS, RETURN, at
from simkpi.engine.compiled.effort import finish
from simkpi.engine.compiled.freed import release
from simkpi.engine.compiled.jit import bytes_, compiled, ints, longs, rare
from simkpi.engine.compiled.lines import give_back, pass_on
from simkpi.engine.compiled.queues import go_on, type_of
from simkpi.engine.compiled.records import agent_at, type_at
from simkpi.engine.compiled.returns import redial, repeat_unless_resolved, return_at
from simkpi.engine.compiled.state import State
from simkpi.engine.compiled.teams import ON
from simkpi.engine.compiled.turns import finish_writing, is_chat


@compiled
def work_ends(state: State, contact: int) -> None:
    """Go on with the life of one contact: its agent has room again (``Simulation.handle`` of the reference, after its wait)."""
    gone = state.has_lives > 0 and is_gone(state, contact)
    if not gone and not _is_done(state, contact):
        return
    if state.has_lives > 0 and not gone and _has_more_to_do(state, contact):
        return
    if state.has_quiet > 0 and not gone and _stays(state, contact):
        return
    leave(state, contact)


@compiled
def leave(state: State, contact: int) -> None:
    """Let a contact go on, or its customer come back, whose work and wrap-up are over; its agent has room again."""
    if state.has_lives == 0:
        repeat_unless_resolved(state, contact)
    elif not is_gone(state, contact):
        _go_on(state, contact)
    release(state, contact)


@rare
def _stays(state: State, contact: int) -> bool:
    """Whether the agent of *contact* wraps up for longer, since nobody whom the team takes waits."""
    longer = longs(state.quiet)[contact]
    agent = agent_at(state.agents, ints(state.agent)[contact])
    if longer == 0 or agent.duty != ON:
        return False
    for contact_type in range(state.n_types):
        is_theirs = longs(state.weight)[agent.team * state.n_types + contact_type] > 0
        if is_theirs and type_at(state.types, contact_type).waiting > 0:
            return False
    longs(state.wrapped)[contact] = state.now + longer
    at(state, state.now + longer, QUIET_ENDS, contact)
    return True


@compiled
def _is_done(state: State, contact: int) -> bool:
    """Whether the work on *contact*, or a part of it, is done; else the timer was overtaken."""
    if is_chat(state, contact):
        return finish_writing(state, contact)
    return type_of(state, contact).n_paces == 0 or finish(state, contact)


@rare
def _has_more_to_do(state: State, contact: int) -> bool:
    """Let the conversation of a contact in parts end, if it is that which is done; return whether the wrap-up follows."""
    if is_in_parts(state, contact) and bytes_(state.phase)[contact] == TALK:
        _conversation_ends(state, contact)
        return True
    return False


@rare
def _go_on(state: State, contact: int) -> None:
    """Let a contact go on whose work is over: called again, away until the customer writes, or back if it was not solved."""
    if fate_of(state, contact) == NO_ANSWER:
        _call_again(state, contact)
    elif fate_of(state, contact) == AWAY:
        _park(state, contact)
    elif not is_transferred(state, contact):
        repeat_unless_resolved(state, contact)


@rare
def _conversation_ends(state: State, contact: int) -> None:
    """Let the contact go on elsewhere, or free its line; then its agent wraps up, if warm once a colleague has picked up."""
    longs(state.wrapped)[contact] = NEVER
    bytes_(state.phase)[contact] = WRAP
    if not is_transferred(state, contact):
        give_back(state, contact)
        wrap_up(state, contact)
        return
    row = longs(state.chain_next)[contact]
    pass_on(state, contact, row)
    go_on(state, contact, row)
    if fate_of(state, contact) == WARM:
        ints(state.staying)[row] = contact
    else:
        wrap_up(state, contact)
    state.asking = row


@rare
def _call_again(state: State, contact: int) -> None:
    """After a call that nobody took: call again, unless that was the last."""
    row = longs(state.chain_next)[contact]
    if row >= 0:
        return_at(state, state.now + longs(state.chain_after)[contact], row)
    else:
        redial(state, contact)


@rare
def _park(state: State, contact: int) -> None:
    """Let the thread rest until the customer writes again: at any hour, but before the horizon ends."""
    moment = state.now + longs(state.chain_after)[contact]
    if moment < state.horizon:
        at(state, moment, RETURN, longs(state.chain_next)[contact])
