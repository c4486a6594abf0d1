"""SimPy with an integer clock, on which simultaneous events happen in the order that the model states."""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappush
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from simpy import Environment, Event, Process
from simpy.core import SimTime
from simpy.events import NORMAL, EventPriority

from simkpi.engine.order import Kind

#: SimPy's own priorities 0 and 1 stay for what follows at once from an event (a process starts, a waiting one goes on):
#: all of that is over before the next timed event of the same tick.
_FIRST_PRIORITY = 2
#: Ids below 2 ** 40 keep the kinds apart.
_KIND_BITS = 40
_BASE = {kind: _FIRST_PRIORITY + (kind << _KIND_BITS) for kind in Kind}


class Moment(Event):
    """An event at an absolute tick; its value is the id that it was scheduled with."""

    def __init__(self, env: Clock, tick: int, kind: Kind, ident: int) -> None:
        # as simpy.Timeout and Environment.schedule do, without further calls: these are most of the events
        self.env = env
        self.callbacks = []
        self._value = ident
        self._ok = True
        queue: list[Any] = env._queue
        heappush(queue, (tick, _BASE[kind] + ident, next(env._eid), self))


class Life(Process):
    """A process that begins at once: SimPy's own begins with an event of the same moment, one more for every contact."""

    def __init__(self, env: Clock, generator: Generator[Event, Any, Any]) -> None:
        # as simpy.Process does, but for that event
        self.env = env
        self.callbacks = []
        self._generator = generator
        self._resume(env.beginning)


class Clock(Environment):
    """An environment whose time is whole ticks."""

    def __init__(self, initial_time: int = 0) -> None:
        super().__init__(initial_time)
        #: What resumes a process for the first time: an event that has happened, without a value.
        self.beginning = Event(self)
        self.beginning._ok, self.beginning._value = True, None

    if TYPE_CHECKING:
        now: int
    else:
        #: The current tick; read for every event, so without a function in Python.
        now = property(attrgetter("_now"))

    def at(self, tick: int, kind: Kind, ident: int) -> Moment:
        """Return an event at *tick*, after all events of that tick with a lower (kind, id)."""
        return Moment(self, tick, kind, ident)

    def call_at(self, tick: int, kind: Kind, ident: int, action: Callable[[Event], None]) -> None:
        """Call *action* at *tick* with an event whose value is *ident*: for timers that no process waits for."""
        Moment(self, tick, kind, ident).callbacks.append(action)

    def begin(self, generator: Generator[Event, Any, Any]) -> None:
        """Let a process begin at once, with whatever it does before it first waits."""
        Life(self, generator)

    def schedule(self, event: Event, priority: EventPriority = NORMAL, delay: SimTime = 0) -> None:
        """Schedule an event; the end of a process that nobody waits for is over at once, one event less for every contact."""
        if isinstance(event, Process) and event._ok and not event.callbacks:
            event.callbacks = None  # type: ignore[assignment]  # SimPy's mark of an event that is over
        else:
            super().schedule(event, priority, delay)
