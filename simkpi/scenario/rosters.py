"""Who is to do what, and when: shifts laid out as columns of moments, as planned or as they turn out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.scenario.crews import KINDS, SHORTEN, Stint

Rows = NDArray[np.int64]
#: What an agent does at a moment, in the order in which it happens at one tick: the shift ends; he is away though scheduled; he
#: comes on duty; a pause that had to end now is over even if it was never taken; a pause is due.
LEAVE, AWAY, COME, LAPSE, PAUSE = ACTIONS = range(5)
ABSENT = KINDS.index("absent")


@dataclass(frozen=True, eq=False)
class Roster:
    """Timetables of agents, as columns of shape (n_rows,), by crew, agent, tick and action.

    Parameters
    ----------
    crew, place : ndarray of int64
        The agent.
    tick : ndarray of int64, ticks
        The moment.
    action : ndarray of int64
        ``LEAVE``, ``AWAY``, ``COME``, ``LAPSE`` or ``PAUSE``.
    kind : ndarray of int64
        Of a pause or an absence: index into ``KINDS``, else -1.
    length : ndarray of int64, ticks
        Of a pause, else 0.
    rule : ndarray of int64
        Of a pause: when contacts are open (``DELAY``, ``SHORTEN``, ``SKIP``), else -1.
    """

    crew: Rows
    place: Rows
    tick: Rows
    action: Rows
    kind: Rows
    length: Rows
    rule: Rows

    def __len__(self) -> int:
        return len(self.tick)

    def of(self, crew: int) -> Roster:
        """Return the rows of one crew."""
        mine = self.crew == crew
        return Roster(*(getattr(self, name)[mine] for name in COLUMNS))

    def openings(self, crews: list[int]) -> tuple[tuple[int, int], ...]:
        """Moments at which the number on shift of these crews together leaves 0 (tick, 1) or comes back to it (tick, 0)."""
        mine = np.isin(self.crew, crews) & np.isin(self.action, (COME, LEAVE))
        # who leaves without having come was absent
        came = _has_come(self, mine)
        step = np.where(self.action == COME, 1, np.where(came, -1, 0))[mine]
        ticks, where = np.unique(self.tick[mine], return_inverse=True)
        present = np.cumsum(np.bincount(where, weights=step, minlength=len(ticks)).astype(np.int64)) > 0
        changed = np.flatnonzero(np.diff(present, prepend=False))
        return tuple((int(ticks[place]), int(present[place])) for place in changed)


COLUMNS = ("crew", "place", "tick", "action", "kind", "length", "rule")


def _has_come(roster: Roster, mine: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether the last of the rows *mine* before each one is its agent's coming."""
    rows = np.flatnonzero(mine)
    came = np.zeros(len(roster), dtype=np.bool_)
    came[rows[1:]] = roster.action[rows[:-1]] == COME
    return came


@dataclass(frozen=True, eq=False)
class Stints:
    """Shifts as columns of shape (n_stints,), and their pauses as columns of shape (n_pauses,)."""

    crew: Rows
    place: Rows
    start: Rows
    end: Rows
    is_planned_absence: NDArray[np.bool_]
    #: Of each pause: number of the stint, begin, length, kind and rule.
    pause_of: Rows
    pause_start: Rows
    pause_length: Rows
    pause_kind: Rows
    pause_rule: Rows

    @classmethod
    def of(cls, stints: tuple[Stint, ...]) -> Stints:
        """Lay stints out as columns."""
        pauses = [(number, *pause) for number, stint in enumerate(stints) for pause in stint.pauses]
        table = np.array(pauses, dtype=np.int64).reshape(-1, 5).T
        columns = ([getattr(stint, name) for stint in stints] for name in ("crew", "place", "start", "end"))
        absent = np.array([stint.is_planned_absence for stint in stints], dtype=np.bool_)
        crew, place, start, end = (np.array(column, dtype=np.int64) for column in columns)
        return cls(crew, place, start, end, absent, *table)

    def with_pauses(self, of: Rows, start: Rows, length: Rows, kind: int, rule: int) -> Stints:
        """Return the stints with further pauses of one kind."""
        more = (of, start, length, np.full(len(of), kind), np.full(len(of), rule))
        names = ("pause_of", "pause_start", "pause_length", "pause_kind", "pause_rule")
        joined = {name: np.concatenate([getattr(self, name), column]) for name, column in zip(names, more, strict=True)}
        return Stints(**{**vars(self), **joined})


def lay_out(stints: Stints, absent: NDArray[np.bool_] | None = None, late: Rows | None = None) -> Roster:
    """Timetables of the agents of *stints*.

    Parameters
    ----------
    stints : Stints
        The shifts; planned absences stay away in any case.
    absent : ndarray of bool, shape (n_stints,), or None
        Who stays away besides; None = nobody.
    late : ndarray of int64, shape (n_stints,), ticks, or None
        How late each shift is begun; pauses that would have begun before are not taken. None = on time.

    Returns
    -------
    Roster
    """
    late = np.zeros(len(stints.start), dtype=np.int64) if late is None else late
    begin = stints.start + late
    away = stints.is_planned_absence | (begin >= stints.end)
    if absent is not None:
        away = away | absent
    every = np.arange(len(begin))
    present, delayed = every[~away], every[(late > 0) | away]
    pauses = np.flatnonzero(~away[stints.pause_of] & (stints.pause_start >= begin[stints.pause_of]))
    lapses = pauses[stints.pause_rule[pauses] == SHORTEN]
    parts = [
        _rows(stints, every, stints.end, LEAVE),
        _rows(stints, delayed, stints.start[delayed], AWAY, kind=ABSENT),
        _rows(stints, present, begin[present], COME),
        _rows(stints, stints.pause_of[lapses], (stints.pause_start + stints.pause_length)[lapses], LAPSE),
        _rows(
            stints,
            stints.pause_of[pauses],
            stints.pause_start[pauses],
            PAUSE,
            kind=stints.pause_kind[pauses],
            length=stints.pause_length[pauses],
            rule=stints.pause_rule[pauses],
        ),
    ]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    crew, place, tick, action, *_ = columns
    order = np.lexsort((action, tick, place, crew))
    return Roster(*(column[order] for column in columns))


def _rows(stints: Stints, of: Rows, tick: Rows, action: int, *, kind: Any = -1, length: Any = 0, rule: Any = -1) -> list[Rows]:
    figures = (stints.crew[of], stints.place[of], tick, action, kind, length, rule)
    return [np.broadcast_to(np.asarray(figure, dtype=np.int64), len(of)) for figure in figures]
