"""What validators say, in French: those messages that planners meet on the what-if page and in guided questions."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

from simkpi.report.words import numbers_in


def in_language(message: str, lang: str) -> str:
    """Return what a validator says in the page's language; what has no translation stays English.

    Examples
    --------
    >>> print(in_language("must be a number, got 'ten'", "fr"))
    doit être un nombre, reçu « ten »
    """
    if lang != "fr":
        return message
    for pattern, french in _patterns():
        found = pattern.fullmatch(message)
        if found:
            parts = {name: in_language(part, lang) for name, part in found.groupdict().items()}
            return numbers_in(french.format(**parts), lang)
    return message


@functools.lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """English messages as patterns with their French ones; the most particular first: hints are not taken for values."""
    known: dict[str, str] = json.loads(Path(__file__).with_name("problems_fr.json").read_text(encoding="utf-8"))
    return [
        (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(english)), re.DOTALL), french)
        for english, french in sorted(known.items(), key=lambda pair: ("{" in pair[0], -len(pair[0])))
    ]
