"""Deferrable work that is handed back at the end of a shift, and gone on with by a colleague. Mirrors reference/hand_back.py.

What is left of it lies in ``State.back_works``, a row for each contact. Who hands it back when:
:mod:`simkpi.engine.compiled.duty`.
"""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.background import end_behind, weight_behind
from simkpi.engine.compiled.effort import CUT_TALK, copy_work, go_on_with, progress, write_piece
from simkpi.engine.compiled.jit import bytes_, compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.legs import write_leg
from simkpi.engine.compiled.queues import one_more_waits
from simkpi.engine.compiled.records import Agent, ContactType, work_at
from simkpi.engine.compiled.state import State
from simkpi.engine.compiled.teams import withdraw
from simkpi.engine.recorder import AGENT_LEG, ANSWERED, HANDED_BACK, QUEUE_LEG


@rare
def is_returned(state: State, contact: int) -> bool:
    """Whether *contact* has been handed back, now or before."""
    return bytes_(state.returned)[contact] != 0


@rare
def put_down(state: State, agent: Agent, place: int) -> None:
    """Let *agent* stop to work on a contact whose conversation is under way, for good."""
    work = work_at(state.works, agent.works_from + place)
    contact = work.contact
    weight = longs(state.weight)[agent.team * state.n_types + shorts(state.contact_type)[contact]]
    progress(state, work)
    work.finish = NEVER
    work.cut |= CUT_TALK
    write_piece(state, work, AGENT_LEG, state.now, HANDED_BACK)
    copy_work(work, work_at(state.back_works, contact))
    agent.n_works -= 1
    copy_work(work_at(state.works, agent.works_from + agent.n_works), work)
    if weight_behind(state, agent.team, contact) > 0:
        end_behind(state, agent, weight)
    withdraw(state, agent)
    agent.busy += state.now - agent.since
    agent.since = state.now
    agent.used -= weight
    agent.open -= 1


@rare
def wait_again(state: State, contact_type: ContactType, contact: int) -> None:
    """Put *contact* in front of its queue, behind those handed back that came before it (``Router.enter_again``)."""
    if not is_returned(state, contact):
        _write(state, contact, longs(state.queued)[contact], longs(state.answered)[contact])
    bytes_(state.returned)[contact] = 1
    longs(state.back_since)[contact] = state.now
    _take_out(state, contact_type, contact)
    behind, before, after = ints(state.behind), -1, contact_type.first
    while after >= 0 and is_returned(state, after) and came_before(state, after, contact):
        before, after = after, behind[after]
    behind[contact] = after
    if before < 0:
        contact_type.first = contact
    else:
        behind[before] = contact
    if after < 0:
        contact_type.last = contact
    shorts(state.stage)[contact] = 0
    one_more_waits(state, contact)
    contact_type.unserved += 1


@rare
def take_over(state: State, contact: int, agent: Agent) -> None:
    """Let *agent*, who has taken *contact*, go on where the other one stopped (``HandBack._go_on`` of the reference)."""
    _write(state, contact, longs(state.back_since)[contact], state.now)
    longs(state.back_since)[contact] = NEVER
    more = longs(state.resume)[agent.team * state.n_types + shorts(state.contact_type)[contact]]
    go_on_with(state, agent, work_at(state.back_works, contact), more)


@compiled
def came_before(state: State, contact: int, other: int) -> bool:
    """Whether *contact* entered the queue before *other*, ties by id."""
    queued = longs(state.queued)
    return queued[contact] < queued[other] or (queued[contact] == queued[other] and contact < other)


@rare
def _take_out(state: State, contact_type: ContactType, contact: int) -> None:
    """Take *contact* out of its old place in the queue, which nobody may have skipped yet."""
    behind, before, place = ints(state.behind), -1, contact_type.first
    while place >= 0 and place != contact:
        before, place = place, behind[place]
    if place < 0:
        return
    if before < 0:
        contact_type.first = behind[contact]
    else:
        behind[before] = behind[contact]
    if contact_type.last == contact:
        contact_type.last = before


@compiled
def _write(state: State, contact: int, start: int, end: int) -> None:
    write_leg(state, contact, (QUEUE_LEG, shorts(state.contact_type)[contact]), (start, end), ANSWERED)
