"""What reports say beside figures, in English (as written in the code) and in French (``words_fr.json``)."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

LANGUAGES = ("en", "fr")


@functools.lru_cache(maxsize=1)
def french() -> dict[str, str]:
    """French sentence for every English one."""
    read: dict[str, str] = json.loads(Path(__file__).with_name("words_fr.json").read_text(encoding="utf-8"))
    return read


def say(text: str, lang: str = "en", /, **values: object) -> str:
    """Return *text* in the language *lang*, its {fields} filled with *values*.

    Raises
    ------
    KeyError
        If the sentence has no translation yet: a bug that a test finds.

    Examples
    --------
    >>> say("Value"), say("Value", "fr"), say("{n} days", "fr", n=3)
    ('Value', 'Valeur', '3 jours')
    """
    if lang != "fr":
        return text.format(**values)
    return french()[text].format(**{name: _share(value) for name, value in values.items()})


def _share(value: object) -> object:
    """Write a share as French does; anything else stays as it is."""
    return numbers_in(value, "fr") if isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?%", value) else value


def numbers_in(text: str, lang: str = "en") -> str:
    r"""Write the numbers of a sentence as *lang* does: in French with a decimal comma and thin spaces.

    Examples
    --------
    >>> numbers_in("3,103.20 EUR", "fr") == "3\u202f103,20 EUR", numbers_in("5.8%", "fr") == "5,8\u202f%", numbers_in("5.8%")
    (True, True, '5.8%')
    """
    if lang != "fr":
        return text
    grouped = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "\u202f", text)
    return re.sub(r"(?<=\d)%", "\u202f%", re.sub(r"(?<=\d)\.(?=\d)", ",", grouped))


def numbered(n: int, what: str, lang: str = "en") -> str:
    """Write ``1 day``, ``30 replications``."""
    return say(f"1 {what}", lang) if n == 1 else say(f"{{n}} {what}s", lang, n=n)


def whose(contact: str, lang: str = "en") -> str:
    """Name the contacts that a target is for."""
    return say("all contacts", lang) if contact == "all" else contact


def clean(text: str, limit: int = 200) -> str:
    """Return a user's text for one line of a page: no control or direction marks, not endless; escaping is the page's work."""
    kept = "".join(character if character.isprintable() or character == _MARK else " " for character in text)
    return left_to_right(kept if len(kept) <= limit else kept[: limit - 1] + "…")


#: Not seen itself: says that the text goes on from left to right.
_MARK = "\u200e"
_RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RUN = re.compile(f"{_MARK}?([{_RIGHT_TO_LEFT}](?:[{_RIGHT_TO_LEFT}\\s]*[{_RIGHT_TO_LEFT}])?){_MARK}?")


def left_to_right(text: str) -> str:
    r"""Keep what follows a word written from right to left at its right; else a figure after an Arabic name stands before it.

    Examples
    --------
    >>> left_to_right("voice: 80%"), left_to_right("שלום: 80%") == "\u200eשלום\u200e: 80%"
    ('voice: 80%', True)
    """
    return _RUN.sub(rf"{_MARK}\1{_MARK}", text)
