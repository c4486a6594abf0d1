"""From the short form to the resolved one: every field present, volumes and head-counts as one row a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from simkpi.errors import Problem
from simkpi.scenario.spec import Spec


@dataclass(frozen=True)
class Scenario:
    """A resolved scenario: what demand and engines work on.

    Parameters
    ----------
    spec : Spec
        The file's models with every field present: ``volume.expected`` and ``staffing.count`` have one row per day of
        the calendar, skills are keyed by contact type with ``at_once`` set, overflow and priorities are folded in.
    file : str
        Name of the file it came from, as the user wrote it; empty if it came from Python.
    warnings : tuple of Problem
        What is legal but suspicious.
    """

    spec: Spec
    file: str = ""
    warnings: tuple[Problem, ...] = ()

    @property
    def name(self) -> str:
        """The scenario's display name."""
        return self.spec.name

    @property
    def start(self) -> datetime:
        """Moment of tick 0: midnight of the first day."""
        return datetime.combine(self.spec.calendar.start, time())
