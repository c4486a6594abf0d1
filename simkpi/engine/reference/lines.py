"""Trunk lines: how many contacts are in bot, queue and conversation at once, and who finds all lines busy."""

from __future__ import annotations

from simkpi.engine.life_plan import LinesPlan


class Lines:
    """The lines of all groups.

    Parameters
    ----------
    plan : tuple of LinesPlan
        The groups.
    contact_type : list of int
        Contact type of each contact.
    """

    def __init__(self, plan: tuple[LinesPlan, ...], contact_type: list[int]) -> None:
        self._plan = plan
        self._contact_type = contact_type
        self._group = {kind: number for number, lines in enumerate(plan) for kind in lines.contact_types}
        self._busy = [0 for _ in plan]
        #: Group whose line each contact takes.
        self._holds: dict[int, int] = {}

    def take(self, contact: int, *, in_bot: bool) -> bool:
        """Let *contact* take a line if it needs one that it does not have; False if all are busy."""
        group = self._group.get(self._contact_type[contact])
        if group is None or contact in self._holds or (in_bot and not self._plan[group].bots_hold):
            return True
        if self._busy[group] >= self._plan[group].count:
            return False
        self._busy[group] += 1
        self._holds[contact] = group
        return True

    def holds(self, contact: int) -> bool:
        """Whether *contact* takes a line."""
        return contact in self._holds

    def give_back(self, contact: int) -> None:
        """Free the line of *contact*, if it takes one."""
        group = self._holds.pop(contact, None)
        if group is not None:
            self._busy[group] -= 1

    def pass_on(self, contact: int, row: int) -> None:
        """Let the line of *contact* be that of the *row* by which it goes on."""
        group = self._holds.pop(contact, None)
        if group is not None:
            self._holds[row] = group
