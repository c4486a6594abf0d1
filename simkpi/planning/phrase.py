"""English text that remembers how it was put together, so that a report can say it in another language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class Phrase(str):
    """Text made of a template and values.

    Examples
    --------
    >>> Phrase("team {team} helps", team="web") == "team web helps"
    True
    """

    template: str
    values: dict[str, str]

    def __new__(cls, template: str, /, **values: object) -> Phrase:
        """Fill *template* with *values*."""
        phrase = super().__new__(cls, template.format(**values))
        phrase.template = template
        phrase.values = {name: value if isinstance(value, str) else str(value) for name, value in values.items()}
        return phrase

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """Say how a copy is made: from the template, not from the finished text."""
        return (self.template,), self.values

    @classmethod
    def joined(cls, parts: Iterable[str], separator: str = ", ") -> Phrase:
        """Put phrases one behind the other; each is said in the other language by itself.

        Examples
        --------
        >>> Phrase.joined([Phrase("{n} days", n=2), "voice"])
        '2 days, voice'
        """
        values = {f"part{number}": part for number, part in enumerate(parts)}
        return cls(separator.join(f"{{{name}}}" for name in values), **values)
