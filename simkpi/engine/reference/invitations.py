"""Invitations to visitors of the site: shown while agents have room, and accepted as drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy import Event

from simkpi.demand.rows import NEVER, Visits
from simkpi.engine.order import Kind

if TYPE_CHECKING:
    from simkpi.engine.reference.life import Life


class Invitations:
    """Looks for room at the moment of each possible invitation.

    Parameters
    ----------
    simulation : Life
        Whose router knows who has room, and which begins the contacts of those who accept.
    visits : Visits
        The visits.
    """

    def __init__(self, simulation: Life, visits: Visits) -> None:
        self._simulation = simulation
        self._contact_type: list[int] = visits.contact_type.tolist()
        self._row: list[int] = visits.row.tolist()
        self._moments: list[int] = visits.invite_at.tolist()
        self._shown = simulation.recorder.invited = [False] * len(visits)

    def start(self) -> None:
        """Enter the moments of all possible invitations."""
        for visit, tick in enumerate(self._moments):
            if tick < NEVER:
                self._simulation.clock.call_at(tick, Kind.INVITATION, visit, self._invite)

    def _invite(self, timer: Event) -> None:
        visit = int(timer.value)  # type: ignore[arg-type]
        simulation, contact_type = self._simulation, self._contact_type[visit]
        if simulation.router.free_slots(contact_type) < simulation.plan.invite_free[contact_type]:
            return
        self._shown[visit] = True
        if self._row[visit] >= 0:
            simulation.clock.process(simulation.contact(self._row[visit]))
