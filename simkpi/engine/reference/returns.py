"""Customers who come back: the further contacts of a case."""

from __future__ import annotations

from simpy import Event

from simkpi.demand.rows import NEVER
from simkpi.engine.order import Kind
from simkpi.engine.reference.state import Process, State


class Returns(State):
    """Starts the life of the contact that follows another one."""

    def come_back(self, contact: int, further: list[tuple[int, int]]) -> None:
        """Start the life of the contact that follows *contact*, if there is one and it comes before the horizon ends."""
        if further and not (self.solved and further is self.repeat and self.solved[contact]):
            row, after = further[contact]
            tick = self.plan.comes_at(self.clock.now + after) if row >= 0 else NEVER
            if tick < self.plan.horizon:
                self.clock.call_at(tick, Kind.RETURN, row, self.comes)

    def comes(self, timer: Event) -> None:
        """Let a customer come back, or call one back."""
        row = int(timer.value)  # type: ignore[arg-type]
        if row in self.chased and not self.router.is_waiting(self.chased[row]):
            return  # the customer who would have asked again has an answer, or has left
        if self.ways and self.ways.is_call(row):
            self.ways.call(row)
        else:
            self.clock.process(self.contact(row))

    def contact(self, contact: int) -> Process:
        """Live the life of one contact (:class:`simkpi.engine.reference.life.Life`)."""
        raise NotImplementedError
