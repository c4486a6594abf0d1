"""Work that is not done at one pace and in one piece: slowed while more contacts are open, set aside for live ones.

Mirrors reference/effort.py. An agent's works are the rows from ``works_from`` on, in no order, and what is set aside the rows
from ``aside_from`` on, the last one last; a timer of WORK_ENDS that was overtaken by a new one is told by the tick at which
it comes.
"""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.clock import WORK_ENDS, at
from simkpi.engine.compiled.jit import apart, bytes_, compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.legs import write_leg
from simkpi.engine.compiled.records import Agent, Work, agent_at, type_at, work_at
from simkpi.engine.compiled.state import EVENTS_FULL, TOO_MANY_ASIDE, State
from simkpi.engine.ppm import PPM
from simkpi.engine.recorder import AGENT_LEG, ANSWERED, INTERRUPTED, OPEN, WRAP_LEG

# Values of ``Work.cut``, added up: which kinds of legs were interrupted.
CUT_TALK, CUT_WRAP = 1, 2


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
    work.agent, work.begun, work.piece, work.cut = agent.id, state.now, state.now, 0


@compiled
def retime(state: State, agent: Agent) -> None:
    """Give every slowed contact of *agent* the pace of the present number of open contacts."""
    if agent.n_works > 0:
        _retime(state, agent)


@apart
def _retime(state: State, agent: Agent) -> None:
    for place in range(agent.n_works):
        work = work_at(state.works, agent.works_from + place)
        progress(state, work)
        work.pace = longs(state.paces)[work.paces_from + min(agent.open, work.n_paces) - 1]
        finish = state.now - (-work.remaining) // work.pace
        if finish != work.finish:
            work.finish = finish
            at(state, finish, WORK_ENDS, work.contact)
    if state.size > state.most_events and state.failed == 0:
        state.failed = EVENTS_FULL


@rare
def set_aside(state: State, agent: Agent, place: int) -> None:
    """Stop to work on a contact of *agent* for a while; what is left stays as it is."""
    work = work_at(state.works, agent.works_from + place)
    progress(state, work)
    work.finish = NEVER
    if longs(state.ended)[work.contact] == NEVER:
        work.cut |= CUT_TALK
        write_piece(state, work, AGENT_LEG, state.now, INTERRUPTED)
    else:
        work.cut |= CUT_WRAP
        write_piece(state, work, WRAP_LEG, state.now, INTERRUPTED)
    if agent.n_aside == agent.most_aside:
        state.failed = TOO_MANY_ASIDE
        return
    copy_work(work, work_at(state.works, agent.aside_from + agent.n_aside))
    agent.n_aside += 1
    agent.n_works -= 1
    copy_work(work_at(state.works, agent.works_from + agent.n_works), work)


@rare
def take_up(state: State, agent: Agent, more: int) -> None:
    """Go on with what *agent* set aside last; to find the way back into it takes *more* ticks."""
    agent.n_aside -= 1
    go_on_with(state, agent, work_at(state.works, agent.aside_from + agent.n_aside), more)


@rare
def go_on_with(state: State, agent: Agent, left: Work, more: int) -> None:
    """Let *agent* go on with what is *left* of a contact; to find the way back into it takes *more* ticks."""
    work = work_at(state.works, agent.works_from + agent.n_works)
    agent.n_works += 1
    copy_work(left, work)
    work.remaining += more * PPM
    work.since = state.now
    work.agent, work.begun, work.piece = agent.id, state.now, state.now


@compiled
def finish(state: State, contact: int) -> bool:
    """Write down the end of *contact*, if its work is done, and forget it; else the timer was overtaken."""
    agent = agent_at(state.agents, ints(state.agent)[contact])
    for place in range(agent.n_works):
        work = work_at(state.works, agent.works_from + place)
        if work.contact == contact:
            if work.finish != state.now:
                return False
            progress(state, work)
            longs(state.wrapped)[contact] = state.now
            if work.cut & CUT_WRAP:
                write_piece(state, work, WRAP_LEG, state.now, ANSWERED)
            agent.n_works -= 1
            copy_work(work_at(state.works, agent.works_from + agent.n_works), work)
            return True
    return False


@rare
def stop_works(state: State) -> None:
    """Write down the conversations that were over when the clock stopped, and the pieces of work under way."""
    for number in range(state.n_agents):
        agent = agent_at(state.agents, number)
        for place in range(agent.n_works):
            work = work_at(state.works, agent.works_from + place)
            progress(state, work)
            if longs(state.ended)[work.contact] == NEVER:
                if work.cut & CUT_TALK:
                    write_piece(state, work, AGENT_LEG, NEVER, OPEN)
            elif work.cut & CUT_WRAP:
                write_piece(state, work, WRAP_LEG, NEVER, OPEN)


@compiled
def progress(state: State, work: Work) -> None:
    """Count the work done since the last change; note the end of the conversation if it has come."""
    left = work.remaining - (state.now - work.since) * work.pace
    if left <= work.wrap and longs(state.ended)[work.contact] == NEVER:
        ended = work.since - (-(work.remaining - work.wrap)) // work.pace
        longs(state.ended)[work.contact] = ended
        bytes_(state.outcome)[work.contact] = ANSWERED
        if work.cut & CUT_TALK:
            write_piece(state, work, AGENT_LEG, ended, ANSWERED)
        work.piece = ended
    work.remaining = max(left, 0)
    work.since = state.now


@compiled
def write_piece(state: State, work: Work, kind: int, end: int, how: int) -> None:
    """Write down a piece of work as a leg of *kind*."""
    write_leg(state, work.contact, (kind, work.agent), (work.piece, end), how)


@compiled
def copy_work(source: Work, target: Work) -> None:
    """Make *target* the same as *source*."""
    target.contact, target.paces_from, target.n_paces = source.contact, source.paces_from, source.n_paces
    target.remaining, target.wrap = source.remaining, source.wrap
    target.pace, target.since, target.finish = source.pace, source.since, source.finish
    target.agent, target.begun, target.piece, target.cut = source.agent, source.begun, source.piece, source.cut
