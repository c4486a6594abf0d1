"""Which sums make up each KPI that is read off an engine's arrays: the definitions of :mod:`simkpi.kpi.catalogue`, once more.

Tests score every shipped scenario and generated ones both ways and want the same figures to the bit, and the same KPIs as the
catalogue's default set: a definition that changes there and not here does not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkpi.experiment import tally_sums as sums
from simkpi.units import TICKS_PER_SECOND

Values = Mapping[str, Any]
Whole = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_TICK = float(TICKS_PER_SECOND)
_HOUR = 3600.0 * _TICK


class Made(NamedTuple):
    """A KPI made of sums.

    Parameters
    ----------
    above, below : int or None
        Columns of :mod:`simkpi.experiment.tally_sums`; without one below it is a count.
    censored, rows : int or None
        Column of what is not decided at the horizon's end, and of the rows behind it; by default what is below, else above.
    per_above, per_below : float
        What is shown is the sum divided by it.
    knows : callable
        Whether this is the KPI with these parameters.
    of_agents : bool
        Whether it measures agents, whatever contact types are asked for.
    """

    above: int
    below: int | None = None
    censored: int | None = None
    rows: int | None = None
    per_above: float = 1.0
    per_below: float = 1.0
    knows: Callable[[Values], bool] = lambda _: True
    of_agents: bool = False


def _mean(total: int, known: int, censored: int | None = None, *, knows: Callable[[Values], bool] = lambda _: True) -> Made:
    return Made(total, known, censored, per_above=_TICK, knows=knows)


def _agents(above: int, below: int, knows: Callable[[Values], bool] = lambda _: True) -> Made:
    return Made(above, below, rows=sums.STRETCHES, per_above=_TICK, per_below=_TICK, knows=knows, of_agents=True)


#: KPI -> how it is made. Everything else goes through the tables of the log.
MADE: dict[str, Made] = {
    "total_contacts": Made(sums.CONTACTS),
    "offered": Made(sums.OFFERED),
    "answered": Made(sums.REACHED),
    "abandoned": Made(sums.LEFT),
    "blocked": Made(sums.TURNED_AWAY),
    "answer_rate": Made(sums.ANSWERED_OFFERED, sums.OFFERED),
    "abandon_rate": Made(sums.ABANDONED_OFFERED, sums.OFFERED, knows=lambda values: values["abandon_rate"] == "offered"),
    "service_level": Made(sums.WITHIN, sums.OFFERED, knows=lambda values: values["service_level"] == "offered"),
    "frt": _mean(sums.REPLY, sums.PICKED_UP, knows=lambda values: values["responder"] == "human" and values["hours"] is None),
    "asa": _mean(sums.ANSWERED_WAIT, sums.ANSWERED_OFFERED),
    "mean_wait": _mean(sums.WAIT, sums.WAITED, sums.UNKNOWN_WAIT),
    "aht": _mean(sums.EFFORT, sums.WORKED, knows=lambda values: values["aht"] == "effort"),
    "talk_time": _mean(sums.TALK, sums.WORKED),
    "resolution_time": _mean(
        sums.SOLVING,
        sums.SOLVED,
        sums.STILL_OPEN,
        knows=lambda values: values["pending"] == "leave_out" and values["hours"] is None,
    ),
    "fcr": Made(
        sums.FIRST_TIME,
        sums.CONTACTS,
        sums.UNDECIDED,
        knows=lambda values: (values["bot"], values["censored"], values["resolved"]) == ("counts", "count", "flag"),
    ),
    "containment_rate": Made(sums.BOT_ONLY, sums.HAS_BOT, knows=lambda values: values["containment_rate"] == "no_human"),
    "deflection_rate": Made(
        sums.CONTAINED_BY_BOT,
        sums.CONTACTS,
        sums.CONTAINED_UNDECIDED,
        knows=lambda values: (values["per"], values["deflection_rate"]) == ("contact", "net"),
    ),
    "deflection_rate_gross": Made(sums.CONTAINED_BY_BOT, sums.CONTACTS, knows=lambda values: values["per"] == "contact"),
    "occupancy": _agents(sums.BUSY, sums.ON_QUEUE, lambda values: values["overtime"] == "leave_out"),
    "slot_occupancy": _agents(sums.USED, sums.SLOTS),
    "utilization": _agents(sums.BUSY, sums.ON_QUEUE),
    "contacts_per_agent_hour": Made(sums.REACHED, sums.ON_QUEUE, rows=sums.REACHED, per_below=_HOUR, of_agents=True),
}
#: Contacts open at the end of an interval: no sum, but a level.
BACKLOG = "backlog"
#: The percentile that is read off the waits.
WAITS = "wait_p90"


def knows(kpi: str, values: Values) -> bool:
    """Whether *kpi* with these parameters can be read off the arrays."""
    if kpi == BACKLOG:
        return bool(values["backlog"] == "closed")
    return kpi == WAITS or (kpi in MADE and MADE[kpi].knows(values))


class Figures(NamedTuple):
    """KPIs by replication and interval, each of shape (n_kpis, n_replications, n_intervals or 1); NaN = null."""

    value: Floats
    n: Floats
    numerator: Floats
    denominator: Floats
    censored: Floats


class _Recipe(NamedTuple):
    """Which sums some KPIs are made of: column of each, 0 where there is none, and whether there is one; divisors."""

    above: Whole
    below: Whole
    has_below: Flags
    censored: Whole
    has_censored: Flags
    rows: Whole
    is_stretches: Flags
    per: tuple[Floats, Floats]


@lru_cache(maxsize=64)
def _recipe(kpis: tuple[str, ...]) -> _Recipe:
    made = [MADE.get(kpi, Made(0)) for kpi in kpis]

    def columns(numbers: Sequence[int | None]) -> tuple[Whole, Flags]:
        return np.array([number or 0 for number in numbers]), np.array([number is not None for number in numbers])

    below, has_below = columns([one.below for one in made])
    censored, has_censored = columns([one.censored for one in made])
    rows = [one.above if one.below is None else one.below if one.rows is None else one.rows for one in made]
    per = [[getattr(one, part) for one in made] for part in ("per_above", "per_below")]
    above = np.array([one.above for one in made])
    is_stretches = np.array([row == sums.STRETCHES for row in rows])
    divisors = (np.array(per[0])[:, None, None], np.array(per[1])[:, None, None])
    return _Recipe(above, below, has_below, censored, has_censored, np.array(rows), is_stretches, divisors)


def figures(kpis: Sequence[str], added: Whole, stretches: Whole, *, whole: bool) -> Figures:
    """Return the figures of KPIs that are made of sums; NaN for any other.

    Parameters
    ----------
    kpis : sequence of str
        In :data:`MADE`, or the backlog.
    added : ndarray, shape (n_replications, n_intervals, n_sums)
    stretches : ndarray, shape (n_replications,)
        Stretches of agent time where no border of an interval cuts it.
    whole : bool
        Over all intervals.
    """
    made = _recipe(tuple(kpis))
    each = np.moveaxis(added.sum(axis=1, keepdims=True) if whole else added, 2, 0).astype(np.float64)  # exact below 2**53
    above, below = each[made.above] / made.per[0], each[made.below] / made.per[1]
    below[~made.has_below] = np.nan
    value = np.full(above.shape, np.nan)
    np.divide(above, below, out=value, where=below != 0)
    value[~made.has_below] = above[~made.has_below]
    n, censored = each[made.rows], each[made.censored]
    if whole:
        n[made.is_stretches] = stretches[:, None]
    censored[~made.has_censored] = np.nan
    found = Figures(value, n, above, below, censored)
    for place, kpi in enumerate(kpis):
        if kpi == BACKLOG:
            level = np.cumsum(added[:, :, sums.CAME] - added[:, :, sums.WENT], axis=1).astype(np.float64)
            level = level[:, -1:] if whole else level
            own: Sequence[Floats | float] = (level, 1.0, level, 1.0, np.nan)  # a level counts itself, over one moment
        elif kpi in MADE:
            continue
        else:
            own = (np.nan,) * len(found)
        for part, figure in zip(found, own, strict=True):
            part[place] = figure
    return found
