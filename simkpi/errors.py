"""Every error that simkpi raises on purpose: where it is, what was got, what to try.

A :class:`Problem` is one complaint about one place of one input; an error carries all the problems of that input at
once, so that a planner corrects a file in one go.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One complaint: ``file:line: path: what, got, try``.

    Parameters
    ----------
    message : str
        What is wrong, what was got, and what to try.
    path : str
        Place inside the input (``teams.phone.count``, ``row 12``); empty when it is the whole input.
    file : str
        Name of the file as the user wrote it; empty when the input came from Python.
    line : int or None
        Line in the file, counted from 1.
    cell : str
        Cell of a workbook (``Staff!C4``), shown instead of the line.
    """

    message: str
    path: str = ""
    file: str = ""
    line: int | None = None
    cell: str = ""

    def __str__(self) -> str:
        where = self.file
        if self.cell:
            where = f"{where}:{self.cell}" if where else self.cell
        elif self.line is not None:
            where = f"{where}:{self.line}" if where else f"line {self.line}"
        return ": ".join(part for part in (where, self.path, self.message) if part)


class SimkpiError(Exception):
    """Base class: a problem that the user can act on.

    Parameters
    ----------
    problems : str, Problem or iterable of Problem
        Everything that is wrong, in the order in which it should be read.
    """

    #: Exit code of the command line for this kind of error (design.md section 10).
    exit_code = 3

    def __init__(self, problems: str | Problem | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ScenarioError(SimkpiError, ValueError):
    """A scenario file is invalid."""


class InputError(SimkpiError, ValueError):
    """An argument is outside its domain."""


class LogError(SimkpiError, ValueError):
    """An interactions log can not be read or is not usable."""


class OutputError(SimkpiError, OSError):
    """A result can not be written."""


class UnknownName(SimkpiError, LookupError):
    """A name (of a KPI, a policy, a channel, a file format ...) is not known."""


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name nearest to *name*, or an empty string.

    Examples
    --------
    >>> did_you_mean("agnets", ["agents", "skills"])
    "; did you mean 'agents'?"
    >>> did_you_mean("zzz", ["agents", "skills"])
    ''
    """
    folded = {candidate.casefold(): candidate for candidate in reversed(known)}
    near = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return f"; did you mean '{folded[near[0]]}'?" if near else ""
