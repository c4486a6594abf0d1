"""Finds how much longer contacts take while their agent has others open, and what they would take alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.observed import Floats, Observed
from simkpi.planning.calibrate.times import LawFit, fit_law
from simkpi.planning.calibrate.unfinished import fit_unfinished

#: Contacts that must end at a level before its pace is believed.
ENOUGH = 100
#: Standard errors by which a level must be slower to count.
_CLEAR = 2.0
#: Rounds of the estimator at most, and the change of all paces at which it stops.
_ROUNDS, _CLOSE = 60, 1e-4


@dataclass(frozen=True)
class SlowDown:
    """How the pace of a contact type falls with the number of contacts its agent has open.

    Parameters
    ----------
    slower : tuple of float, fraction
        How much longer the work takes with 1, 2, 3 ... contacts open; empty = no slow-down is seen.
    errors : tuple of float, fraction
        Standard errors of these.
    ended : tuple of int
        Contacts that ended at each level.
    content : ndarray, shape (n_contacts,)
        Share of a contact's elapsed handle time that it would have taken alone; 1 where nothing slowed it.
    content_error : float, fraction
        Relative standard error of the mean work alone that comes from the paces.
    """

    slower: tuple[float, ...]
    errors: tuple[float, ...]
    ended: tuple[int, ...]
    content: Floats
    content_error: float = 0.0

    def of_work(self, alone: Floats, running: Floats | None = None) -> LawFit:
        """Law of times that contacts would take alone, shape (n,), seconds; its error holds the doubt about the paces.

        *running*: what those still going on when the log ended would have taken so far.
        """
        law = fit_law(alone) if running is None else fit_unfinished(alone, running)
        return replace(law, mean_error=float(np.hypot(law.mean_error, law.mean * self.content_error)))


def fit_slow_down(observed: Observed, chosen: NDArray[np.bool_], at_once: int) -> SlowDown:
    """Fit the slow-down of the *chosen* contacts from all that their agents had open.

    Parameters
    ----------
    observed : Observed
        The log.
    chosen : ndarray of bool, shape (n_contacts,)
        Answered contacts of one type.
    at_once : int
        Contacts that an agent handles at once.

    Notes
    -----
    Work that has gone on for a (in time alone) ends at the rate pace_k h(a) with k contacts open. So the contacts that end at
    level k, D_k, are as many as the sum of H(a) gained there, with H the cumulative hazard of the work alone; pace_k is scaled
    until both agree, the work alone worked out anew each time (its pace with one contact open is 1).

    The paces are relative to that of a contact alone, so their errors make the work alone uncertain too: the share of the work
    that was done at level k has the relative variance of pace_k, 1 / D_k + 1 / D_1, the second part common to all levels.

    Source: D. R. Cox, Regression models and life-tables, JRSS B 34 (1972), with the level as a covariate that varies in time;
    H by O. Aalen, Nonparametric inference for a family of counting processes, Annals of Statistics 6 (1978).
    """
    none = SlowDown((), (), (), np.ones(len(observed)))
    known = observed.is_answered & (observed.agent != "") & (observed.released > observed.left)
    if at_once < 2 or not (chosen & known).any():
        return none
    contact, level, length = _segments(observed, known)
    mine = chosen[contact]
    contact, level, length = contact[mine], np.minimum(level[mine], at_once), length[mine]
    counts = np.bincount(level[_is_last(contact)], minlength=at_once + 1)
    levels = next((k - 1 for k in range(1, at_once + 1) if counts[k] < ENOUGH), at_once)
    if levels < 2:
        return none
    level = np.minimum(level, levels)
    counts = np.bincount(level[_is_last(contact)], minlength=levels + 1)
    pace = _paces(contact, level, length, counts)
    slower = np.maximum.accumulate(1 / pace[1:] - 1)
    errors = (1 + slower) * np.sqrt(1 / counts[1] + 1 / counts[1:])
    errors[0] = 0.0
    if (slower - _CLEAR * errors).max() <= 0:
        return none
    alone = np.ones(len(observed))
    total = np.bincount(contact, weights=length, minlength=len(observed))
    work = np.bincount(contact, weights=length / (1 + slower[level - 1]), minlength=len(observed))
    alone[total > 0] = work[total > 0] / total[total > 0]
    done = np.bincount(level, weights=length / (1 + slower[level - 1]), minlength=levels + 1)[1:] / work.sum()
    doubt = float(np.sqrt((done[1:] ** 2 / counts[2:]).sum() + done[1:].sum() ** 2 / counts[1]))
    return SlowDown(
        tuple(round(float(each), 4) for each in slower), tuple(map(float, errors)), tuple(map(int, counts[1:])), alone, doubt
    )


def _paces(contact: NDArray[np.intp], level: NDArray[np.intp], length: Floats, counts: NDArray[np.intp]) -> Floats:
    """Pace at each level, shape (levels + 1,), that of level 1 being 1."""
    pace = np.ones(len(counts))
    last = _is_last(contact)
    for _ in range(_ROUNDS):
        gone = np.cumsum(length * pace[level])
        before = np.concatenate([[0.0], gone[:-1]])
        first = np.concatenate([[True], last[:-1]])
        offset = np.repeat(before[first], np.diff(np.append(np.flatnonzero(first), len(contact))))
        hazard = _hazard(np.sort((gone - offset)[last]))
        gained = np.bincount(level, weights=hazard(gone - offset) - hazard(before - offset), minlength=len(counts))
        factor = counts[1:] / np.maximum(gained[1:], 1e-9)
        factor /= factor[0]
        pace[1:] *= factor
        if np.abs(factor - 1).max() < _CLOSE:
            break
    return pace


def _hazard(work: Floats) -> Callable[[Floats], Floats]:
    """Cumulative hazard by Nelson and Aalen of complete observations, increasing; linear between them."""
    at_risk = np.arange(len(work), 0, -1)
    steps = np.cumsum(1 / at_risk)
    return lambda ages: np.interp(ages, np.concatenate([[0.0], work]), np.concatenate([[0.0], steps]))


def _is_last(contact: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether each segment is the last one of its contact (segments of a contact stand together)."""
    return np.append(contact[1:] != contact[:-1], True) if len(contact) else np.zeros(0, dtype=bool)


def _segments(observed: Observed, known: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Pieces of contacts during which their agent has the same number open: contact, number, length; by contact, then time."""
    found: list[tuple[int, float, int, float]] = []
    rows = np.flatnonzero(known)
    names = observed.agent[rows].astype(str)
    for agent in np.unique(names):
        _agent_segments(observed, rows[names == agent], found)
    found.sort()
    return (
        np.array([each[0] for each in found], dtype=np.intp),
        np.array([each[2] for each in found], dtype=np.intp),
        np.array([each[3] for each in found], dtype=np.float64),
    )


def _agent_segments(observed: Observed, rows: NDArray[np.intp], found: list[tuple[int, float, int, float]]) -> None:
    """Walk through one agent's contacts in order; at the same moment ends come first."""
    moments = np.concatenate([observed.left[rows], observed.released[rows]])
    starts = np.repeat([1, 0], len(rows))
    which = np.concatenate([rows, rows])
    open_: list[int] = []
    last = 0.0
    for place in np.lexsort((which, starts, moments)):
        now, contact = float(moments[place]), int(which[place])
        if now > last:
            found.extend((each, last, len(open_), now - last) for each in open_)
        last = now
        if starts[place]:
            open_.append(contact)
        else:
            open_.remove(contact)
