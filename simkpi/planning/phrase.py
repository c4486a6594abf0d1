"""English text that remembers how it was put together, so that a report can say it in another language."""

from __future__ import annotations


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
