"""Named members (KPIs, routing policies, channels, charts, commands): one table each, with suggestions for unknown names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from simkpi.errors import UnknownName, did_you_mean

Member = TypeVar("Member")


class Registry(Generic[Member]):
    """Members by name, in the order in which they were added.

    Parameters
    ----------
    kind : str
        What the members are ("KPI", "routing policy"): used in messages.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._members: dict[str, Member] = {}
        self._aliases: dict[str, str] = {}

    def add(self, name: str, member: Member, aliases: tuple[str, ...] = ()) -> Member:
        """Add *member* under *name* and its *aliases*; a name taken twice is a bug of the caller."""
        for key in (name, *aliases):
            if self._fold(key) in self._aliases:
                raise ValueError(f"{self.kind} name '{key}' is taken by '{self._aliases[self._fold(key)]}'")
        self._members[name] = member
        for key in (name, *aliases):
            self._aliases[self._fold(key)] = name
        return member

    def replace(self, name: str, member: Member) -> Member:
        """Put *member* in the place of the one called *name*."""
        self._members[self.name_of(name)] = member
        return member

    def get(self, name: str) -> Member:
        """Return the member called *name* (or one of its aliases).

        Raises
        ------
        UnknownName
            With the nearest known name.
        """
        return self._members[self.name_of(name)]

    def name_of(self, name: str) -> str:
        """Return the canonical name behind *name* or an alias of it."""
        key = self._aliases.get(self._fold(name))
        if key is None:
            hint = did_you_mean(name, list(self._members)) or f"; known: {', '.join(self._members)}"
            raise UnknownName(f"unknown {self.kind} '{name}'{hint}")
        return key

    def __contains__(self, name: str) -> bool:
        return self._fold(name) in self._aliases

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def items(self) -> Iterator[tuple[str, Member]]:
        """Yield (name, member) in order."""
        yield from self._members.items()

    @staticmethod
    def _fold(name: str) -> str:
        return name.casefold().replace("-", "_").replace(" ", "_")
