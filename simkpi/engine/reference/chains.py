"""Contacts that go on by further rows: messages left at the door, calls back, transfers to other queues."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from simpy import Event

from simkpi.demand.rows import AWAY, BOT_ONLY, CALL, COLD, LEAVES_MESSAGE, NO_ANSWER, REFUSED, ROUND, WARM, Chains
from simkpi.engine import recorder as outcomes
from simkpi.engine.order import Kind

if TYPE_CHECKING:
    from simkpi.engine.reference.life import Life


class Ways:
    """How contacts of one replication go on.

    Parameters
    ----------
    simulation : Life
        The replication.
    chains : Chains
        The further rows, drawn before the run.
    """

    def __init__(self, simulation: Life, chains: Chains) -> None:
        self._simulation = simulation
        self._kind: list[int] = chains.kind.tolist()
        self._fate: list[int] = chains.fate.tolist()
        self._head: list[int] = chains.head.tolist()
        self._next: list[int] = chains.next.tolist()
        self._after: list[int] = chains.after.tolist()
        self._callback_to: list[int] = chains.callback_to.tolist()
        self._callback_after: list[int] = chains.callback_after.tolist()
        #: By row: what the agent waits for who stays with a customer until a colleague picks up.
        self._staying: dict[int, Event] = {}

    def turns_away(self, contact: int) -> bool:
        """Refuse a contact that comes while the centre is closed, or let it leave a message."""
        if self._fate[contact] == REFUSED:
            self._simulation.end(contact, outcomes.REFUSED)
        elif self._fate[contact] == LEAVES_MESSAGE:
            self._diverted(contact)
            self._go_on(contact, self._next[contact])
            self._simulation.router.leave(contact)
        return self._fate[contact] in (REFUSED, LEAVES_MESSAGE)

    def ends_with_bot(self, contact: int) -> bool:
        """Whether there is nobody to whom the bot could hand *contact* off."""
        return self._fate[contact] == BOT_ONLY

    def is_call(self, contact: int) -> bool:
        """Whether *contact* has its place in the queue: the centre calls the customer, or the thread is known there."""
        return self._kind[contact] in (CALL, ROUND)

    def is_in_parts(self, contact: int) -> bool:
        """Whether something happens when the conversation of *contact* ends, before the wrap-up."""
        return self._fate[contact] in (COLD, WARM)

    # --- calls back -------------------------------------------------------------------------------------------------

    def accepts_call(self, contact: int) -> bool:
        """Let *contact*, to whom a call back is offered, go on by it, if the customer accepts."""
        row, after, simulation = self._callback_to[contact], self._callback_after[contact], self._simulation
        if row < 0:
            return False
        self._diverted(contact)
        if simulation.lines:
            simulation.lines.give_back(contact)
        if after:
            self._call_at(simulation.clock.now + after, row)
        else:
            self._go_on(contact, row)
        simulation.router.leave(contact)
        return True

    def call_again(self, contact: int) -> bool:
        """After a call that nobody took: call again, unless that was the last; after a reply: park the thread.

        Return False if it was neither.
        """
        if self._fate[contact] == AWAY:
            self._park(contact)
            return True
        if self._fate[contact] != NO_ANSWER:
            return False
        if self._next[contact] >= 0:
            self._call_at(self._simulation.clock.now + self._after[contact], self._next[contact])
        else:
            self._simulation.come_back(contact, self._simulation.redial)
        return True

    def _park(self, contact: int) -> None:
        """Let the thread rest until the customer writes again: at any hour, but before the horizon ends."""
        simulation = self._simulation
        tick = simulation.clock.now + self._after[contact]
        if tick < simulation.plan.horizon:
            simulation.clock.call_at(tick, Kind.RETURN, self._next[contact], simulation.comes)

    def call(self, row: int) -> None:
        """Put a call, or the next message of a thread, into the queue, in the customer's place."""
        self._go_on(self._head[row], row)

    def _call_at(self, moment: int, row: int) -> None:
        simulation = self._simulation
        tick = simulation.plan.comes_at(moment)
        if tick < simulation.plan.horizon:
            simulation.clock.call_at(tick, Kind.RETURN, row, simulation.comes)

    # --- transfers --------------------------------------------------------------------------------------------------

    def transfer(self, contact: int) -> Generator[Event, Any, None]:
        """When its conversation ends, let *contact* go on in the next queue; stay with it, if warm."""
        row, simulation = self._next[contact], self._simulation
        if simulation.lines:
            simulation.lines.pass_on(contact, row)
        picked_up = Event(simulation.clock) if self._fate[contact] == WARM else None
        if picked_up is not None:
            self._staying[row] = picked_up
        self._go_on(contact, row)
        if picked_up is not None:
            yield picked_up

    def pick_up(self, row: int) -> None:
        """Let the agent go who stayed with the customer of *row*, if one did."""
        picked_up = self._staying.pop(row, None)
        if picked_up is not None:
            picked_up.succeed()

    def _go_on(self, contact: int, row: int) -> None:
        self._simulation.router.follow(contact, row)
        self._simulation.clock.process(self._simulation.queue(row))

    def _diverted(self, contact: int) -> None:
        recorder = self._simulation.recorder
        recorder.ended[contact], recorder.outcome[contact] = self._simulation.clock.now, outcomes.GOES_ON
