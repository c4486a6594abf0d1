"""Work that slows down while the agent has more contacts open: remaining work, re-timed whenever that number changes.

Mirrors reference/effort.py. An agent's works are the rows from ``works_from`` on, in no order; a timer of WORK_ENDS that was
overtaken by a new one is told by the tick at which it comes.
"""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.clock import WORK_ENDS, at
from simkpi.engine.compiled.jit import bytes_, compiled, ints, longs, shorts
from simkpi.engine.compiled.state import HEAP_FULL, Agent, State, Work, agent_at, type_at, work_at
from simkpi.engine.plan import PPM
from simkpi.engine.recorder import ANSWERED


@compiled
def begin(state: State, contact: int, agent: Agent, conversation: int, wrap: int) -> None:
    """Start to work on *contact*; :func:`retime` then enters when it will be done."""
    contact_type = type_at(state.types, shorts(state.contact_type)[contact])
    work = work_at(state.works, agent.works_from + agent.n_works)
    agent.n_works += 1
    work.contact = contact
    work.paces_from, work.n_paces = contact_type.paces_from, contact_type.n_paces
    work.remaining, work.wrap = (conversation + wrap) * PPM, wrap * PPM
    work.pace, work.since, work.finish = PPM, state.now, NEVER


@compiled
def retime(state: State, agent: Agent) -> None:
    """Give every slowed contact of *agent* the pace of the present number of open contacts."""
    for place in range(agent.n_works):
        work = work_at(state.works, agent.works_from + place)
        _progress(state, work)
        work.pace = longs(state.paces)[work.paces_from + min(agent.open, work.n_paces) - 1]
        finish = state.now - (-work.remaining) // work.pace
        if finish != work.finish:
            work.finish = finish
            at(state, finish, WORK_ENDS, work.contact)
    if state.size > state.most_events and state.failed == 0:
        state.failed = HEAP_FULL


@compiled
def finish(state: State, contact: int) -> bool:
    """Write down the end of *contact*, if its work is done, and forget it; else the timer was overtaken."""
    agent = agent_at(state.agents, ints(state.agent)[contact])
    for place in range(agent.n_works):
        work = work_at(state.works, agent.works_from + place)
        if work.contact == contact:
            if work.finish != state.now:
                return False
            _progress(state, work)
            longs(state.wrapped)[contact] = state.now
            agent.n_works -= 1
            _copy(work_at(state.works, agent.works_from + agent.n_works), work)
            return True
    return False


@compiled
def stop_works(state: State) -> None:
    """Write down the conversations that were over when the clock stopped."""
    for number in range(state.n_agents):
        agent = agent_at(state.agents, number)
        for place in range(agent.n_works):
            _progress(state, work_at(state.works, agent.works_from + place))


@compiled
def _progress(state: State, work: Work) -> None:
    """Count the work done since the last change; note the end of the conversation if it has come."""
    left = work.remaining - (state.now - work.since) * work.pace
    if left <= work.wrap and longs(state.ended)[work.contact] == NEVER:
        longs(state.ended)[work.contact] = work.since - (-(work.remaining - work.wrap)) // work.pace
        bytes_(state.outcome)[work.contact] = ANSWERED
    work.remaining = max(left, 0)
    work.since = state.now


@compiled
def _copy(source: Work, target: Work) -> None:
    target.contact, target.paces_from, target.n_paces = source.contact, source.paces_from, source.n_paces
    target.remaining, target.wrap = source.remaining, source.wrap
    target.pace, target.since, target.finish = source.pace, source.since, source.finish
