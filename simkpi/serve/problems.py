"""Mistakes in the words of the validators, each with the control of the page at which it was made."""

from __future__ import annotations

import re

from simkpi.errors import Problem, SimkpiError
from simkpi.report.problem_words import in_language
from simkpi.report.words import clean, say


def problems(error: SimkpiError, lang: str = "en") -> list[dict[str, str]]:
    """Return every mistake, ready for JSON: ``at`` (a control, or empty) and ``message``, led by its cell where it has one."""
    return [{"at": one.path, "message": clean(_led(one, lang), 400)} for one in error.problems]


def _led(one: Problem, lang: str) -> str:
    message = in_language(one.message, lang)
    if one.cell:
        return f"{one.cell}{say(': ', lang)}{message}"
    pasted = re.fullmatch(r"(?:contacts|teams)\.(.+)\.(?:volume|staffing)\.\w+((?:\[\d+\])+)", one.path)
    if pasted is None:
        return message
    number = int(pasted[2].rstrip("]").rpartition("[")[2]) + 1
    return say("Column {name}, value {n}: {message}", lang, name=pasted[1], n=number, message=message)
