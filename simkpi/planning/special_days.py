"""Tells holidays, outages and campaigns from ordinary days by what the same weekday does around them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Robust standard deviations, and share of the volume, by which a day must be off to be special.
SPECIAL, LEAST = 5.0, 0.15
#: Days of the same weekday that a day is compared with, at most and at least.
_NEAR, _FEWEST = 8, 3


def special_days(totals: NDArray[np.float64], weekday: NDArray[np.intp], known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Find the days whose volume is far from that of the same weekday around them.

    Parameters
    ----------
    totals : ndarray, shape (n_days,)
        Contacts per day.
    weekday : ndarray of int, shape (n_days,)
        Weekday of each day.
    known : ndarray of bool, shape (n_days,)
        Days to look at.

    Returns
    -------
    ndarray of int
        Rows of the special days, increasing. A weekday with fewer than four known days has none.

    Notes
    -----
    Logarithms of the totals less the median of the same weekday among the eight nearest; a day beyond five times 1.4826 times
    the median absolute value of all days, and beyond 15 %, is special.

    Source: F. R. Hampel, The influence curve and its role in robust estimation, JASA 69 (1974), the identifier named after him.

    Examples
    --------
    >>> week = np.arange(28) % 7
    >>> contacts = np.full(28, 100.0)
    >>> contacts[10] = 20
    >>> special_days(contacts, week, np.ones(28, dtype=bool)).tolist()
    [10]
    """
    rows = np.flatnonzero(known)
    logs, days = np.log(np.maximum(totals[rows], 0.5)), weekday[rows]
    away = np.zeros(len(rows))
    for place, (level, day) in enumerate(zip(logs, days, strict=True)):
        same = np.flatnonzero(days == day)
        near = same[np.argsort(np.abs(same - place), kind="stable")][1 : _NEAR + 1]
        away[place] = level - np.median(logs[near]) if len(near) >= _FEWEST else 0.0
    scale = 1.4826 * float(np.median(np.abs(away))) if len(away) else 0.0
    return np.asarray(rows[np.abs(away) > max(SPECIAL * scale, LEAST)], dtype=np.intp)
