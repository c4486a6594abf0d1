"""Work that slows down while the agent has more contacts open: remaining work, re-timed whenever that number changes."""

from __future__ import annotations

from simpy import Event

from simkpi.demand.rows import NEVER
from simkpi.engine.order import Kind
from simkpi.engine.plan import PPM, Plan
from simkpi.engine.recorder import ANSWERED, Recorder
from simkpi.engine.reference.clock import Clock
from simkpi.engine.reference.teams import Agent


class Work:
    """What is left to do on one open contact, in millionths of a tick of undivided attention."""

    __slots__ = ("contact", "done", "finish", "pace", "paces", "remaining", "since", "wrap")

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


class Efforts:
    """The open contacts whose pace depends on how many others their agent has open.

    Parameters
    ----------
    plan : Plan
        The scenario as numbers.
    clock : Clock
        The environment.
    recorder : Recorder
        Where the ends of conversations and of wrap-ups are written.
    """

    def __init__(self, plan: Plan, clock: Clock, recorder: Recorder) -> None:
        self._plan = plan
        self._clock = clock
        self._recorder = recorder
        self._open: dict[int, Work] = {}

    def begin(self, contact: int, contact_type: int, agent: Agent, *, conversation: int, wrap: int) -> Event:
        """Start to work on *contact*; the event comes when its wrap-up is done."""
        done = Event(self._clock)
        paces = self._plan.pace[contact_type]
        work = Work(contact, paces, done, conversation=conversation, wrap=wrap, now=self._clock.now)
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

    def finish(self, contact: int, agent: Agent) -> None:
        """Write down the end of *contact*, whose work is done, and forget it."""
        work = self._open.pop(contact)
        self._progress(work, self._clock.now)
        self._recorder.wrapped[contact] = self._clock.now
        agent.works.remove(work)

    def stop(self, now: int) -> None:
        """Write down the conversations that were over when the clock stopped."""
        for work in self._open.values():
            self._progress(work, now)

    def _progress(self, work: Work, now: int) -> None:
        """Count the work done since the last change; note the end of the conversation if it has come."""
        left = work.remaining - (now - work.since) * work.pace
        if left <= work.wrap and self._recorder.ended[work.contact] == NEVER:
            self._recorder.ended[work.contact] = work.since - -(work.remaining - work.wrap) // work.pace
            self._recorder.outcome[work.contact] = ANSWERED
        work.remaining = max(left, 0)
        work.since = now

    def _due(self, timer: Event) -> None:
        """Wake the contact's process, unless the work was re-timed since."""
        work = self._open.get(int(timer.value))  # type: ignore[arg-type]
        if work is not None and work.finish == self._clock.now and not work.done.triggered:
            work.done.succeed()
