"""Work that is not done at one pace and in one piece: slowed while more contacts are open, set aside for live ones."""

from __future__ import annotations

from simpy import Event

from simkpi.demand.rows import NEVER
from simkpi.engine.order import Kind
from simkpi.engine.plan import Plan
from simkpi.engine.ppm import PPM
from simkpi.engine.recorder import AGENT_LEG, ANSWERED, INTERRUPTED, OPEN, WRAP_LEG, Recorder
from simkpi.engine.reference.clock import Clock
from simkpi.engine.reference.teams import Agent


class Work:
    """What is left to do on one open contact, in millionths of a tick of undivided attention."""

    __slots__ = ("agent", "begun", "contact", "cut", "done", "finish", "pace", "paces", "piece", "remaining", "since", "wrap")

    def __init__(self, contact: int, paces: tuple[int, ...], done: Event, *, conversation: int, wrap: int, now: int) -> None:
        self.contact = contact
        self.paces = paces
        self.done = done
        self.remaining = (conversation + wrap) * PPM
        self.wrap = wrap * PPM
        #: Work done per tick since *since*, and the tick at which all is done if nothing changes.
        self.pace = PPM
        self.since = now
        self.finish = NEVER
        #: Who works on it, since when without a break, since when in the present leg, and kinds of legs interrupted.
        self.agent = -1
        self.begun = self.piece = now
        self.cut: set[int] = set()


class Efforts:
    """The open contacts whose pace depends on how many others their agent has open, or which may be set aside.

    Parameters
    ----------
    plan : Plan
        The scenario as numbers.
    clock : Clock
        The environment.
    recorder : Recorder
        Where the ends of conversations and of wrap-ups are written.
    contact_type : list of int
        Contact type of each contact.
    """

    def __init__(self, plan: Plan, clock: Clock, recorder: Recorder, contact_type: list[int]) -> None:
        self._plan = plan
        self._clock = clock
        self._recorder = recorder
        self.contact_type = contact_type
        self._open: dict[int, Work] = {}

    def begin(self, contact: int, contact_type: int, agent: Agent, *, conversation: int, wrap: int) -> Event:
        """Start to work on *contact*; the event comes when its wrap-up is done."""
        done = Event(self._clock)
        paces = self._plan.pace[contact_type]
        work = Work(contact, paces, done, conversation=conversation, wrap=wrap, now=self._clock.now)
        work.agent = agent.id
        self._open[contact] = work
        agent.works.append(work)
        return done

    def retime(self, agent: Agent) -> None:
        """Give every slowed contact of *agent* the pace of the present number of open contacts."""
        now = self._clock.now
        for work in agent.works:
            self._progress(work, now)
            work.pace = work.paces[min(agent.open, len(work.paces)) - 1]
            finish = now - -work.remaining // work.pace
            if finish != work.finish:
                work.finish = finish
                self._clock.call_at(finish, Kind.WORK_ENDS, work.contact, self._due)

    def progress(self, work: Work) -> None:
        """Count the work done until now."""
        self._progress(work, self._clock.now)

    def set_aside(self, work: Work, agent: Agent, how: int = INTERRUPTED) -> None:
        """Stop to work on a contact for a while; what is left stays as it is."""
        self._progress(work, self._clock.now)
        agent.works.remove(work)
        work.finish = NEVER
        kind = AGENT_LEG if self._recorder.ended[work.contact] == NEVER else WRAP_LEG
        work.cut.add(kind)
        self._write(work, kind, self._clock.now, how)

    def go_on(self, work: Work, agent: Agent, *, more: int) -> None:
        """Go on with a contact that was set aside; to find the way back into it takes *more* ticks."""
        work.remaining += more * PPM
        work.since = work.begun = work.piece = self._clock.now
        work.agent = agent.id
        agent.works.append(work)

    def finish(self, contact: int, agent: Agent) -> None:
        """Write down the end of *contact*, whose work is done, and forget it."""
        work = self._open.pop(contact)
        self._progress(work, self._clock.now)
        self._recorder.wrapped[contact] = self._clock.now
        if WRAP_LEG in work.cut:
            self._write(work, WRAP_LEG, self._clock.now, ANSWERED)
        agent.works.remove(work)

    def stop(self, now: int) -> None:
        """Write down the conversations that were over when the clock stopped, and the pieces of work under way."""
        for work in self._open.values():
            if work.finish == NEVER:
                continue
            self._progress(work, now)
            kind = AGENT_LEG if self._recorder.ended[work.contact] == NEVER else WRAP_LEG
            if kind in work.cut:
                self._write(work, kind, NEVER, OPEN)

    def _progress(self, work: Work, now: int) -> None:
        """Count the work done since the last change; note the end of the conversation if it has come."""
        left = work.remaining - (now - work.since) * work.pace
        if left <= work.wrap and self._recorder.ended[work.contact] == NEVER:
            ended = self._recorder.ended[work.contact] = work.since - -(work.remaining - work.wrap) // work.pace
            self._recorder.outcome[work.contact] = ANSWERED
            if AGENT_LEG in work.cut:
                self._write(work, AGENT_LEG, ended, ANSWERED)
            work.piece = ended
        work.remaining = max(left, 0)
        work.since = now

    def _write(self, work: Work, kind: int, end: int, how: int) -> None:
        self._recorder.legs.append((work.contact, work.piece, end, kind, work.agent, how))

    def _due(self, timer: Event) -> None:
        """Wake the contact's process, unless the work was re-timed since."""
        work = self._open.get(int(timer.value))  # type: ignore[arg-type]
        if work is not None and work.finish == self._clock.now and not work.done.triggered:
            work.done.succeed()
