"""SimPy with an integer clock, on which simultaneous events happen in the order that the model states."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from simpy import Environment, Event

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


class Clock(Environment):
    """An environment whose time is whole ticks."""

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
