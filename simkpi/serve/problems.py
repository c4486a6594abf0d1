"""Mistakes in the words of the validators, each with the control of the page at which it was made."""

from __future__ import annotations

from simkpi.errors import SimkpiError
from simkpi.report.words import clean


def problems(error: SimkpiError) -> list[dict[str, str]]:
    """Return every mistake, ready for JSON: ``at`` (a control, or empty) and ``message``, led by its cell where it has one."""
    return [
        {"at": one.path, "message": clean(": ".join(part for part in (one.cell, one.message) if part), 400)}
        for one in error.problems
    ]
