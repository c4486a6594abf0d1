"""What reports say beside figures, in English (as written in the code) and in French (``words_fr.json``)."""

from __future__ import annotations

import functools
import json
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
    return (french()[text] if lang == "fr" else text).format(**values)
