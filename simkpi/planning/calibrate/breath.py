"""Finds out how often agents who have nothing to do are not there either: callers who wait beside an idle agent tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.duty import SHORTEST_WAIT, Duty, waiting
from simkpi.planning.calibrate.observed import Floats, Observed
from simkpi.planning.calibrate.times import as_empirical, slice_mean

#: Moments and days below which nothing can be told, and groups of days of the jackknife.
ENOUGH, _FEWEST, _GROUPS = 60, 3, 15
#: Standard errors that the chance must differ from 0, and the least that is worth a parameter.
_CLEAR, _NOTICEABLE = 3.0, 0.03
#: Points of the law of unlogged work; slices of the exponential law.
_POINTS, _SLICES = 200, 12
#: Scales of the time away that are tried, seconds.
_SCALES = np.geomspace(10.0, 3600.0, 40)


@dataclass(frozen=True)
class Breath:
    """What agents do when nobody waits at the end of a contact: some are ready at once, the others go away for a while.

    Parameters
    ----------
    chance, chance_error : float, fraction
        Chance to go away, and its standard error; 0 = none go, or no more than chance would show.
    scale : float, seconds
        Mean of the exponential time away, before it is cut.
    mean, mean_error : float, seconds
        Mean time away, cut at *longest*, and its standard error.
    longest : float, seconds
        Who is away for longer while somebody waits is off duty: that is in the head-counts already.
    seen : int
        Moments at which somebody called who could only be taken by an agent that had nothing to do.
    """

    chance: float
    chance_error: float
    scale: float
    mean: float
    mean_error: float
    longest: float
    seen: int

    @property
    def law(self) -> dict[str, Any]:
        """As a scenario writes it: an atom at zero, and slices of equal chance of the exponential law, cut at the longest."""
        slices = [self.scale * slice_mean(n / _SLICES, (n + 1) / _SLICES) for n in range(_SLICES)]
        values = [0.0, *(min(each, self.longest) for each in slices)]
        return {"empirical": as_empirical(values, [1 - self.chance, *[self.chance / _SLICES] * _SLICES])}


@dataclass(frozen=True)
class Moments:
    """Calls that only one idle agent could have taken at once. All arrays have shape (n,).

    Parameters
    ----------
    elapsed : ndarray, seconds
        How long ago the agent's last contact had ended when the call came.
    at_once : ndarray of bool
        He took the call at once; else it waited.
    day : ndarray of int
        Day of the log.
    """

    elapsed: Floats
    at_once: NDArray[np.bool_]
    day: NDArray[np.intp]

    def where(self, chosen: NDArray[np.bool_]) -> Moments:
        """Return the chosen ones."""
        return Moments(self.elapsed[chosen], self.at_once[chosen], self.day[chosen])


@dataclass(frozen=True)
class Desk:
    """Agents who can take a contact, and what they handle: those of a team and of every team that shares a type with it.

    Parameters
    ----------
    can_take : ndarray of bool, shape (n_contacts,)
        Contacts that the team handles, or would.
    handled : ndarray of bool, shape (n_contacts,)
        Contacts that the agents of all these teams answered.
    duties : tuple of Duty
        Their spells, the team's own first.
    """

    can_take: NDArray[np.bool_]
    handled: NDArray[np.bool_]
    duties: tuple[Duty, ...]

    def idle(self, observed: Observed, moments: Floats) -> NDArray[np.intp]:
        """Count the agents on duty who handle nothing just before each moment."""
        served = self.handled & observed.is_answered & ~np.isnan(observed.left) & ~np.isnan(observed.released)

        def open_(starts: Floats, ends: Floats) -> NDArray[np.intp]:
            return np.searchsorted(np.sort(starts), moments, "left") - np.searchsorted(np.sort(ends), moments, "left")

        starts, ends = (np.concatenate([getattr(one, name) for one in self.duties]) for name in ("start", "end"))
        return open_(starts, ends) - open_(observed.left[served], observed.released[served])


def moments_of(observed: Observed, desk: Desk) -> Moments:
    """Find the first calls of quiet pauses that met exactly one agent who was on duty and had nothing to do."""
    duty = desk.duties[0]
    came = np.flatnonzero(desk.can_take & ~np.isnan(observed.queued) & ~np.isnan(observed.wait))
    came = came[np.argsort(observed.queued[came], kind="stable")]
    place = np.searchsorted(observed.queued[came], duty.free, "right")
    is_quiet = ~waiting(observed, desk.can_take).holds(duty.free)
    pause = np.flatnonzero(is_quiet & (place < len(came)))
    first, free, back = came[place[pause]], duty.free[pause], observed.left[duty.taken[pause]]
    call = observed.queued[first]
    used = (call <= back) & (desk.idle(observed, call) == 1)
    first, free, call = first[used], free[used], call[used]
    took = first == duty.taken[pause][used]
    waited = observed.wait[first] > SHORTEST_WAIT
    told = waited | took  # taken at once by somebody who was thought to be busy: says nothing
    return Moments(call - free, took & ~waited, observed.day[first]).where(told)


def fit_breath(observed: Observed, desk: Desk, longest: float) -> Breath | None:
    """Fit how often, and for how long, agents are not ready when nobody waits at the end of a contact.

    Parameters
    ----------
    observed : Observed
        The log.
    desk : Desk
        Agents of the team, and of the teams beside it.
    longest : float, seconds
        Pause, while somebody waits, above which an agent is off duty.

    Returns
    -------
    Breath or None
        None if fewer than 60 moments, or three days, tell; chance 0 if they show nothing beyond three standard errors.

    Notes
    -----
    Maximum likelihood. An agent is ready after the work that the log does not hold (its law as seen while somebody waited) and,
    with a chance p, an exponential time more. A call that comes a while after the end of his last contact, and is taken at once,
    says that he was ready by then; one that waits says that he was not (current status). Only the first call of a pause counts,
    and only beside exactly one idle agent: with more it is not known whose turn it was. When he comes back is left out: with
    somebody waiting he hurries, and what callers meet is how often he is there. Standard errors by a jackknife over days (groups
    of days, if there are many).

    Source: J. Sun, The Statistical Analysis of Interval-censored Failure Time Data (2006), chapter 1, current status data;
    B. Efron, C. Stein, The jackknife estimate of variance, Annals of Statistics 9 (1981).
    """
    seen = moments_of(observed, desk)
    if len(seen.day) < ENOUGH:
        return None
    gaps = desk.duties[0].gaps
    work = np.quantile(gaps, (np.arange(_POINTS) + 0.5) / _POINTS) if len(gaps) >= ENOUGH else np.zeros(1)
    chance, scale = _most_likely(seen, work)
    days = np.unique(seen.day)
    group = np.searchsorted(days, seen.day) % _GROUPS
    groups = np.unique(group)
    if len(groups) < _FEWEST:
        return None
    others = (_most_likely(seen.where(group != one), work) for one in groups)
    parts = np.array([(each, _cut(length, longest)) for each, length in others])
    errors = np.sqrt((len(parts) - 1) * parts.var(axis=0))
    found = chance if chance >= max(_NOTICEABLE, _CLEAR * float(errors[0])) else 0.0
    return Breath(found, float(errors[0]), scale, _cut(scale, longest), float(errors[1]), longest, len(seen.day))


def _cut(scale: float, longest: float) -> float:
    """Mean of an exponential time that is cut at *longest*."""
    return float(-scale * np.expm1(-longest / scale))


def _most_likely(seen: Moments, work: Floats) -> tuple[float, float]:
    """Chance and scale with the greatest likelihood: the best chance for every scale of a grid."""
    from scipy.optimize import minimize_scalar

    spent = seen.elapsed[:, None] - work  # since the unlogged work was over when the call came; shape (n, n_work)
    over = (spent >= 0).mean(axis=1)

    def at(scale: float) -> tuple[float, float, float]:
        still = np.where(spent >= 0, np.exp(-np.maximum(spent, 0.0) / scale), 0.0).mean(axis=1)

        def cost(chance: float) -> float:
            ready = over - chance * still
            return -float(np.log(np.maximum(np.where(seen.at_once, ready, 1 - ready), 1e-9)).sum())

        found = minimize_scalar(cost, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-4})
        return float(found.fun), float(found.x), scale

    _, chance, scale = min(at(float(each)) for each in _SCALES)
    return chance, scale
