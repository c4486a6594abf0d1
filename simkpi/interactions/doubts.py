"""What is odd about a log as a whole, before anything is computed from it: no contacts, none answered, all in one second."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import polars as pl
from polars import col

from simkpi.interactions.table import Log

#: Contacts below which hardly anything can be told.
FEW = 20
#: All contacts of a log within so much time: their moments are no times of arrival.
_AT_ONCE = timedelta(seconds=60)
#: What is said of them.
AT_ONCE = "all {n} contacts arrived within {span} s: is arrived_at the moment of arrival, or that of the export?"


def doubts(log: Log) -> Iterator[str]:
    """Say what is odd about the contacts of a log; nothing if nothing is.

    Parameters
    ----------
    log : Log
        From :func:`simkpi.interactions.files.read_log`; it is looked through once, lazily.

    Examples
    --------
    >>> list(doubts(Log(pl.DataFrame({"arrived_at": [], "outcome": []}))))
    ['the log has no contacts']
    """
    answered, abandoned = (col("outcome").cast(pl.String) == outcome for outcome in ("answered", "abandoned"))
    moment = col("arrived_at").cast(pl.Datetime("ms"), strict=False)
    seen = log.interactions.lazy().select(
        contacts=pl.len(),
        answered=answered.sum(),
        abandoned=abandoned.sum(),
        days=moment.dt.date().n_unique(),
        span=moment.max() - moment.min(),
    )
    row = seen.collect().row(0, named=True)
    if not row["contacts"]:
        yield "the log has no contacts"
        return
    if row["contacts"] < FEW:
        yield f"{row['contacts']} contact(s): too few to tell anything"
    elif row["span"] is not None and row["span"] < _AT_ONCE:
        yield at_once(row["contacts"], row["span"].total_seconds())
    elif row["days"] == 1:
        yield "all contacts are of one day: days can not be compared"
    if not row["answered"]:
        yield "no contact was answered: handle times and agents on duty can not be told"
    if not row["abandoned"]:
        yield "no contact abandoned: patience can not be told"


def at_once(contacts: int, seconds: float) -> str:
    """Say that all contacts came at the same moment.

    Examples
    --------
    >>> at_once(300, 0)
    'all 300 contacts arrived within 0 s: is arrived_at the moment of arrival, or that of the export?'
    """
    return AT_ONCE.format(n=f"{contacts:,}", span=f"{seconds:.0f}")
