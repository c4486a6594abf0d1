"""Tells from contacts alone when agents were on duty: few logs hold the roster, but a waiting customer betrays an absence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.observed import Floats, Observed, Texts

#: An agent who lets customers wait for so long without taking the next contact was away (break, lunch, other work).
LONGEST_GAP = 300.0
#: A pause of this length between two contacts is an absence even if nobody waited.
LONGEST_IDLE = 3600.0
#: A wait counts as a wait above this: shorter ones are the telephone ringing.
SHORTEST_WAIT = 1.0


@dataclass(frozen=True)
class Duty:
    """Spells on duty.

    Parameters
    ----------
    agent : ndarray of str, shape (n_spells,)
        Who; "" for contacts answered by somebody whom the log does not name.
    start, end : ndarray, shape (n_spells,), seconds
        From the first answer of the spell to the end of its last work.
    gaps, gap_agent : ndarray, shape (n_gaps,), seconds and str
        Pauses of an agent on duty who left somebody waiting: work that the log does not hold; and whose they were.
    breaks : int
        Pauses that were taken as absences.
    free, taken : ndarray, shape (n_pauses,), seconds and int
        All pauses on duty: when the agent got free, and the row of the contact that he took next.
    """

    agent: Texts
    start: Floats
    end: Floats
    gaps: Floats
    breaks: int
    gap_agent: Texts
    free: Floats
    taken: NDArray[np.intp]

    def agents_on_duty(self, borders: Floats, weight: Floats | None = None) -> Floats:
        """Mean number of agents on duty between neighbouring *borders* (seconds), shape (n_borders - 1,).

        With *weight*, shape (n_spells,), an agent counts as so many.
        """
        return np.diff(_elapsed(self.start, self.end, borders, weight)) / np.diff(borders)


def find_duty(
    observed: Observed, chosen: NDArray[np.bool_], *, longest_gap: float = LONGEST_GAP, interval: float = 1800.0
) -> Duty:
    """Join each agent's contacts into spells on duty.

    Parameters
    ----------
    observed : Observed
        The log.
    chosen : ndarray of bool, shape (n_contacts,)
        Contacts of the team (answered or not; the others show when somebody was waiting for it).
    longest_gap : float, seconds
        Longest pause between two contacts, while somebody waits, that still counts as being on duty.
    interval : float, seconds
        Shifts are taken to begin and end at its multiples where nobody was waiting to prove otherwise.

    Notes
    -----
    A contact that had to wait is taken the moment an agent is ready. So the pause before it was work that is not logged (or,
    if it was long, an absence), if somebody was waiting when it began: agents hurry then (else see
    :func:`simkpi.planning.calibrate.breath.fit_breath`). A pause before a contact that did not wait was idle time, and an absence
    only if others waited meanwhile for more than *longest_gap*, or if it was longer than an hour.
    """
    served = chosen & observed.is_answered & ~np.isnan(observed.left) & ~np.isnan(observed.released)
    named = served & (observed.agent != "")
    queue = waiting(observed, chosen)
    order = np.flatnonzero(named)
    names, code = np.unique(observed.agent[order].astype(str), return_inverse=True)
    ranked = np.lexsort((observed.left[order], code))
    order, code = order[ranked], code[ranked]
    start = observed.left[order]
    # Contacts of one agent may overlap (chats, and odd rows): he is free after the latest end so far.
    offset = code * (float(observed.days + 2) * 86_400)
    free = np.maximum.accumulate(np.fmax(observed.released[order], start) + offset) - offset
    same = code[1:] == code[:-1]
    gap = np.where(same, start[1:] - free[:-1], 0.0)
    waited = observed.wait[order][1:] > SHORTEST_WAIT
    missed = queue(start[1:]) - queue(np.minimum(free[:-1], start[1:]))
    away = same & ((gap > LONGEST_IDLE) | (np.where(waited, gap, missed) > longest_gap))
    first = np.flatnonzero(np.concatenate([[True], ~same | away])) if len(order) else np.array([], dtype=np.intp)
    last = np.append(first[1:] - 1, len(order) - 1) if len(order) else first
    nameless = np.flatnonzero(served & ~named)
    begins, ends = _round_out(start[first], free[last], code[first], queue, interval)
    on_duty = same & ~away & (gap >= 0)
    hidden = np.flatnonzero(on_duty & waited & queue.holds(free[:-1]))
    return Duty(
        agent=np.concatenate([names[code[first]].astype(object), np.full(len(nameless), "", dtype=object)]),
        start=np.concatenate([begins, observed.left[nameless]]),
        end=np.concatenate([ends, np.fmax(observed.released[nameless], observed.left[nameless])]),
        gaps=gap[hidden],
        breaks=int(away.sum()),
        gap_agent=names[code[hidden]].astype(object),
        free=free[:-1][on_duty],
        taken=order[1:][on_duty],
    )


def _round_out(start: Floats, end: Floats, code: NDArray[np.intp], queue: _Elapsed, interval: float) -> tuple[Floats, Floats]:
    """Stretch spells to the interval's borders, where shifts begin and end, unless somebody was waiting in between."""
    begins, ends = np.floor(start / interval) * interval, np.ceil(end / interval) * interval
    begins = np.where(queue(start) - queue(begins) > SHORTEST_WAIT, start, begins)
    ends = np.where(queue(ends) - queue(end) > SHORTEST_WAIT, end, ends)
    same = code[1:] == code[:-1]
    begins[1:] = np.where(same, np.fmax(begins[1:], end[:-1]), begins[1:])
    ends[:-1] = np.where(same, np.fmin(ends[:-1], begins[1:]), ends[:-1])
    return begins, np.fmax(ends, end)


def active_agents(observed: Observed, chosen: NDArray[np.bool_], borders: Floats) -> Floats:
    """Count the different agents who handled something between neighbouring *borders*, shape (n_borders - 1,)."""
    served = chosen & observed.is_answered & (observed.agent != "") & (observed.released > observed.left)
    names, code = np.unique(observed.agent[served].astype(str), return_inverse=True)
    first = np.searchsorted(borders, observed.left[served], side="right") - 1
    last = np.minimum(np.searchsorted(borders, observed.released[served], side="left") - 1, len(borders) - 2)
    spans = np.fmax(last - first + 1, 0)
    step = np.arange(int(spans.sum())) - np.repeat(np.cumsum(spans) - spans, spans)
    pairs = np.unique(np.repeat(code, spans) * len(borders) + np.repeat(first, spans) + step)
    return (
        np.bincount(pairs % len(borders), minlength=len(borders) - 1)[: len(borders) - 1].astype(np.float64)
        if len(names)
        else np.zeros(len(borders) - 1)
    )


def waiting(observed: Observed, chosen: NDArray[np.bool_]) -> _Elapsed:
    """Seconds so far during which at least one chosen contact was waiting, as a function of the moment."""
    queueing = chosen & (observed.wait > SHORTEST_WAIT)
    start, end = observed.queued[queueing], observed.left[queueing]
    order = np.argsort(start, kind="stable")
    start, end = start[order], np.maximum.accumulate(end[order]) if len(order) else end
    first = np.concatenate([[True], start[1:] > end[:-1]]) if len(order) else np.array([], dtype=bool)
    last = np.concatenate([first[1:], [True]]) if len(order) else first
    return _Elapsed(start[first], end[last])


class _Elapsed:
    """Total time spent inside intervals up to a moment."""

    def __init__(self, start: Floats, end: Floats) -> None:
        self._start, self._end = start, end

    def __call__(self, moments: Floats) -> Floats:
        return _elapsed(self._start, self._end, moments)

    def holds(self, moments: Floats) -> NDArray[np.bool_]:
        """Whether each moment lies inside an interval; its end does: who is taken then was waiting."""
        begun = np.searchsorted(self._start, moments, "left")
        return np.asarray(begun > np.searchsorted(self._end, moments, "left"), dtype=bool)


def _elapsed(start: Floats, end: Floats, moments: Floats, weight: Floats | None = None) -> Floats:
    """Sum over the intervals of the time from *start* to *end* that lies before each moment, times their *weight*."""
    heavy = np.ones(len(start)) if weight is None else weight

    def since(points: Floats) -> Floats:
        order = np.argsort(points, kind="stable")
        weights = np.concatenate([[0.0], np.cumsum(heavy[order])])
        sums = np.concatenate([[0.0], np.cumsum(heavy[order] * points[order])])
        before = np.searchsorted(points[order], moments)
        return np.asarray(weights[before] * moments - sums[before])

    return since(start) - since(end)
