"""Customers who come back and the agent who handled their case: he is asked first, and they may wait a while for him."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from simkpi.demand.rows import Demand, case_column
from simkpi.engine.reference.teams import Agent, Duty

if TYPE_CHECKING:
    from simkpi.engine.reference.choices import Choice
    from simkpi.engine.reference.router import Router


def case_of(demand: Demand) -> list[int]:
    """Return the case of each row (see :func:`simkpi.demand.rows.case_column`); empty = nobody comes back."""
    return [] if demand.returns is None else [int(each) for each in case_column(demand.returns, demand.chains)]


#: ``Router.stage`` of a contact that waits for its own agent only.
OWN = -1


class LastAgents:
    """Who handled each case last, and which contacts wait for which agent only.

    Parameters
    ----------
    router : Router
        Queues and teams.
    waits : tuple of int, ticks
        By contact type, how long to wait for the agent before going to anybody; 0 = not at all, -1 = he is not asked.
    case : list of int
        Case of each contact.
    """

    def __init__(self, router: Router, waits: tuple[int, ...], case: list[int]) -> None:
        self._router = router
        self._waits = waits
        self._case = case
        self._handled: dict[int, Agent] = {}
        #: By agent's id: contacts that wait, or waited, for him only.
        self._own: dict[int, deque[int]] = defaultdict(deque)

    def note(self, contact: int, agent: Agent) -> None:
        """Write down that *agent* answers *contact*."""
        case = self._case[contact]
        self._handled[case if case >= 0 else -1 - case] = agent

    def find(self, contact: int) -> tuple[Agent, Choice] | None:
        """Return the agent who handled the case of *contact*, if he is on duty and serves its type."""
        contact_type = self._router.contact_type[contact]
        agent = self._handled.get(self._case[contact]) if self._waits[contact_type] >= 0 else None
        if agent is None or agent.duty is not Duty.ON or self._router.number[contact] >= agent.team.cutoff:
            return None
        choice = self._router.choice_of[agent.team.number].get(contact_type)
        return None if choice is None else (agent, choice)

    def waits_for(self, contact: int) -> int:
        """Return how many ticks *contact* waits for its agent before it goes to anybody."""
        return self._waits[self._router.contact_type[contact]]

    def queue(self, contact: int) -> None:
        """Let *contact* wait for its agent only."""
        self._own[self._handled[self._case[contact]].id].append(contact)

    def next_for(self, agent: Agent) -> tuple[int, Choice] | None:
        """Return the contact that has waited longest for *agent* only, of those for which he has room."""
        router, own = self._router, self._own[agent.id]
        while own and not router.is_own(own[0]):
            own.popleft()
        for contact in own:
            choice = router.choice_of[agent.team.number][router.contact_type[contact]]
            before = router.number[contact] < agent.team.cutoff
            if router.is_own(contact) and before and router.has_room(agent, choice):
                return contact, choice
        return None
