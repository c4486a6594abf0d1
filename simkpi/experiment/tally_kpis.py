"""Which sums make up each KPI that is read off an engine's arrays: the definitions of :mod:`simkpi.kpi.catalogue`, once more.

Tests score every shipped scenario and generated ones both ways and want the same figures to the bit, and the same KPIs as the
catalogue's default set: a definition that changes there and not here does not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simkpi.experiment import tally_sums as sums
from simkpi.units import TICKS_PER_SECOND

Values = Mapping[str, Any]
Whole = NDArray[np.int64]
Floats = NDArray[np.float64]
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
    """One KPI by replication and interval, each of shape (n_replications, n_intervals or 1); NaN = null."""

    value: Floats
    n: Floats
    numerator: Floats
    denominator: Floats
    censored: Floats


def figures(kpi: str, added: Whole, stretches: Whole, *, whole: bool) -> Figures:
    """Return the figures of a KPI that is made of sums.

    Parameters
    ----------
    kpi : str
        In :data:`MADE`, or the backlog.
    added : ndarray, shape (n_replications, n_intervals, n_sums)
    stretches : ndarray, shape (n_replications,)
        Stretches of agent time where no border of an interval cuts it.
    whole : bool
        Over all intervals.
    """
    if kpi == BACKLOG:
        level = np.cumsum(added[:, :, sums.CAME] - added[:, :, sums.WENT], axis=1).astype(np.float64)
        level = level[:, -1:] if whole else level
        return _ratio(level, np.ones_like(level), np.ones_like(level), None)
    made = MADE[kpi]

    def column(number: int) -> Floats:
        each = added[:, :, number]
        return np.asarray(each.sum(axis=1, keepdims=True) if whole else each, dtype=np.float64)

    above = column(made.above) / made.per_above
    censored = None if made.censored is None else column(made.censored)
    if made.below is None:
        nothing = np.full(above.shape, np.nan)
        return Figures(above, above, above, nothing, nothing if censored is None else censored)
    rows = made.below if made.rows is None else made.rows
    n = stretches[:, None].astype(np.float64) if whole and rows == sums.STRETCHES else column(rows)
    return _ratio(above, column(made.below) / made.per_below, n, censored)


def _ratio(above: Floats, below: Floats, n: Floats, censored: Floats | None) -> Figures:
    value = np.full(above.shape, np.nan)
    np.divide(above, below, out=value, where=below != 0)
    return Figures(value, n, above, below, np.full(above.shape, np.nan) if censored is None else censored)
