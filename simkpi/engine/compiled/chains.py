"""Contacts that go on by further rows, and work in two parts. Mirrors reference/chains.py, but for what asks for agents."""

from __future__ import annotations

from simkpi.demand import rows
from simkpi.engine.compiled.clock import WORK_ENDS, at
from simkpi.engine.compiled.effort import begin, retime
from simkpi.engine.compiled.jit import bytes_, compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.lines import give_back, holds_line
from simkpi.engine.compiled.records import Agent, agent_at, type_at
from simkpi.engine.compiled.state import State
from simkpi.engine.recorder import ABANDONED, ANSWERED, GOES_ON

# Plain numbers: compiled code reads them as constants.
CALL, PLAIN, COLD, WARM, NO_ANSWER = rows.CALL, rows.PLAIN, rows.COLD, rows.WARM, rows.NO_ANSWER
ROUND, AWAY = rows.ROUND, rows.AWAY
LEAVES_MESSAGE, REFUSED, BOT_ONLY = rows.LEAVES_MESSAGE, rows.REFUSED, rows.BOT_ONLY
#: Values of ``State.phase``: which part of the work is under way, if it is done in two.
_WHOLE, TALK, WRAP = 0, 1, 2


@compiled
def fate_of(state: State, contact: int) -> int:
    """Return what becomes of *contact* (see simkpi.demand.rows)."""
    return bytes_(state.fate)[contact] if state.has_chains else PLAIN


@compiled
def is_call(state: State, contact: int) -> bool:
    """Whether *contact* has its place in the queue: the centre calls the customer, or the thread is known there."""
    if not state.has_chains:
        return False
    kind = bytes_(state.chain_kind)[contact]
    return kind == CALL or kind == ROUND  # noqa: PLR1714 - compiled: plain comparisons


@compiled
def is_gone(state: State, contact: int) -> bool:
    """Whether the customer has left the queue without telling."""
    return state.has_noticed > 0 and bytes_(state.outcome)[contact] == ABANDONED


@compiled
def is_transferred(state: State, contact: int) -> bool:
    """Whether *contact* goes on in another queue when its conversation ends."""
    fate = fate_of(state, contact)
    return fate == COLD or fate == WARM  # noqa: PLR1714 - compiled: plain comparisons


@compiled
def is_in_parts(state: State, contact: int) -> bool:
    """Whether something happens when the conversation of *contact* ends, before the wrap-up."""
    return is_transferred(state, contact) or holds_line(state, contact)


@rare
def begin_talk(state: State, contact: int, agent: Agent, conversation: int, wrap: int) -> None:
    """Begin the first of two parts of the work; the wrap-up is to follow."""
    bytes_(state.phase)[contact] = TALK
    longs(state.rest)[contact] = wrap
    if type_at(state.types, shorts(state.contact_type)[contact]).n_paces > 0:
        begin(state, contact, agent, conversation, 0)
    else:
        longs(state.ended)[contact] = state.now + conversation
        bytes_(state.outcome)[contact] = ANSWERED
        at(state, state.now + conversation, WORK_ENDS, contact)


@rare
def wrap_up(state: State, contact: int) -> None:
    """Begin the second part."""
    rest = longs(state.rest)[contact]
    if type_at(state.types, shorts(state.contact_type)[contact]).n_paces > 0:
        agent = agent_at(state.agents, ints(state.agent)[contact])
        begin(state, contact, agent, 0, rest)
        retime(state, agent)
    else:
        longs(state.wrapped)[contact] = state.now + rest
        at(state, state.now + rest, WORK_ENDS, contact)


@rare
def notice(state: State, contact: int) -> None:
    """Take a contact whose customer has left without telling, until the agent notices."""
    noticed = state.now + longs(state.noticed)[contact]
    longs(state.wrapped)[contact] = noticed
    at(state, noticed, WORK_ENDS, contact)


@rare
def pick_up(state: State, row: int) -> None:
    """Let the agent wrap up who stayed with the customer of *row*, if one did."""
    if state.has_chains:
        contact = ints(state.staying)[row]
        if contact >= 0:
            ints(state.staying)[row] = -1
            wrap_up(state, contact)


@compiled
def let_go(state: State, contact: int) -> None:
    """Free the line of a contact that no agent will answer, and the agent who stayed with it."""
    give_back(state, contact)
    pick_up(state, contact)


@rare
def divert(state: State, contact: int) -> None:
    """End the row of a contact that goes on by another one."""
    longs(state.ended)[contact] = state.now
    bytes_(state.outcome)[contact] = GOES_ON
