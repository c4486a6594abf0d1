"""Cases: contacts about one issue, each no later than a window after the one before; one row per case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from polars import col

from simkpi.kpi.derived import ticks_of
from simkpi.kpi.groups import column_of, key_expressions
from simkpi.kpi.log import Log, table
from simkpi.kpi.measure import Source

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEVER = 1 << 62
_NEEDS = ["_order", "_hash_1", "_hash_2", "_world", "_contained", "_is_transfer", "_end", "_horizon_end"]
#: Columns of the interactions that the table of cases keeps (and those that it is broken down by).
_KEPT = ("contact_id", "arrived_at", "is_resolved", "replication", "_clock")


@table("cases")
def cases(log: Log, source: Source) -> pl.LazyFrame:
    """Return the first handled contact of every case (its first contact if none was handled), with what became of the case.

    Parameters
    ----------
    source : Source
        ``window``: a later contact of the same issue opens a new case, seconds after the end of the last one (inclusive);
        ``variant``: ``counts`` if a contact that the bot contained is handled, ``ignored`` if only an agent handles.

    Returns
    -------
    LazyFrame
        The columns of the interactions that the breakdown needs and ``_first`` (number of the first handled contact),
        ``_first_resolved``, ``_returned``, ``_automated``, ``_elapsed`` (the window has passed when the horizon ends).

    Notes
    -----
    A row of origin ``transfer`` continues the contact before it. The window counts from the end of the first handled contact.
    """
    rows, have = log.open(Source())
    rows = log.with_derived(rows, [*_NEEDS, "_answered", *(["_wait"] if "wait_band" in log.by else [])])
    keep = {*_KEPT, *_NEEDS, "_wait", *(column_of(key) for key in log.by)}
    names = [name for name in rows.collect_schema().names() if name in keep]
    handled = col("_answered") | col("_contained") if source.variant == "counts" else col("_answered")
    asked = col("queued_at").is_not_null() if "queued_at" in have else col("_answered")
    rows = rows.select(*names, _handled=handled, _asked=asked, _is_open=col("outcome") == "open")
    found = _cases(rows.collect(), ticks_of(source.window)).lazy()
    return found if {"bot_started_at", "bot_outcome"} & set(have) else found.drop("_automated")


def _cases(rows: pl.DataFrame, window: int) -> pl.DataFrame:
    """Cut the contacts of an issue where the gap exceeds the window (ticks); one row per piece, the case.

    Plain arrays in the order of the cases and reductions over their pieces: millions of cases take seconds in any table engine.
    """
    fate = dict.fromkeys(("_first_resolved", "_returned", "_automated", "_elapsed"), pl.Boolean)
    if rows.is_empty():
        return rows.with_columns(
            pl.lit(None, dtype=pl.Int64).alias("_first"), *(pl.lit(None, dtype=t).alias(n) for n, t in fate.items())
        )
    order = rows["_order"].to_numpy()
    starts = _starts(rows, order, window)
    lengths = np.diff(np.append(starts, len(order)))

    def flag(name: str) -> NDArray[np.bool_]:
        values: NDArray[np.bool_] = rows[name].fill_null(value=False).to_numpy()[order]
        return values

    handled = flag("_handled")
    resolved = flag("is_resolved") if "is_resolved" in rows.columns else np.zeros(len(order), dtype=bool)
    number = np.cumsum(~flag("_is_transfer"))  # runs on over all cases: numbers are only compared within one
    first = np.minimum.reduceat(np.where(handled, number, _NEVER), starts)
    firsts = np.repeat(first, lengths)
    in_first = number == firsts
    horizon = rows["_horizon_end"].dt.epoch("ms").to_numpy()[order]
    is_open = flag("_is_open")
    end = np.where(is_open, horizon, rows["_end"].dt.epoch("ms").to_numpy()[order])
    last = np.maximum.reduceat(np.where(in_first | (firsts == _NEVER), end, -_NEVER), starts)
    place = np.minimum.reduceat(np.where(in_first & handled, np.arange(len(order)), _NEVER), starts)

    def anywhere(values: NDArray[np.bool_]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.logical_or.reduceat(values, starts)
        return found

    chosen = rows[order[np.where(place == _NEVER, starts, place)]]
    return chosen.with_columns(
        pl.when(pl.Series(first != _NEVER)).then(pl.Series(first)).alias("_first"),
        pl.Series("_first_resolved", anywhere(in_first & resolved)),
        pl.Series("_returned", anywhere((number > firsts) & (firsts != _NEVER))),
        pl.Series("_automated", anywhere(flag("_contained")) & ~anywhere(flag("_asked"))),
        pl.Series("_elapsed", horizon[starts] - last >= window),
    )


def _starts(rows: pl.DataFrame, order: NDArray[np.integer[Any]], window: int) -> NDArray[np.intp]:
    """Where, in the order of the cases, a case begins: another issue, or a gap longer than the window."""
    new = np.ones(len(order), dtype=bool)
    keys = [rows[name].to_numpy()[order] for name in ("_world", "_hash_1", "_hash_2")]
    new[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    arrived = rows["arrived_at"].dt.epoch("ms").to_numpy()[order]
    end = rows["_end"].dt.epoch("ms").to_numpy()[order]
    issue, low, span = np.cumsum(new), end.min(), end.max() - end.min() + 1
    # The running maximum of (issue, end), packed in one number, is the running maximum of the end within the issue.
    latest = np.maximum.accumulate(issue * span + (end - low))
    gap = arrived[1:] - (latest[:-1] - issue[1:] * span + low)
    new[1:] |= gap > window
    return np.flatnonzero(new)


@table("agents")
def agents(log: Log, source: Source) -> pl.LazyFrame:
    """Return the interactions with ``_first_of_agent``: the first answered contact of each agent in each group."""
    rows, have = log.open(Source())
    rows = log.with_derived(rows, ["_answered", "agent_id", *(["_wait"] if "wait_band" in log.by else [])])
    keys = key_expressions(log.by, have, log.interval)
    mine = pl.when(col("_answered")).then(
        pl.struct(col("agent_id"), *(key.alias(f"_key_{i}") for i, key in enumerate(keys.values())))
    )
    return rows.with_columns(_mine=mine).with_columns(
        _first_of_agent=col("_mine").is_not_null() & col("agent_id").is_not_null() & col("_mine").is_first_distinct()
    )
