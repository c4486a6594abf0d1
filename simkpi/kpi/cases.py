"""Cases: contacts about one issue, each no later than a window after the one before; one row per case."""

from __future__ import annotations

import polars as pl
from polars import col, lit

from simkpi.kpi.derived import ticks_of
from simkpi.kpi.groups import key_expressions
from simkpi.kpi.log import Log, table
from simkpi.kpi.measure import Source

_ORDER = ["_world", "_case", "arrived_at", "contact_id"]
_NEEDS = ["_world", "_case", "_answered", "_contained", "_is_transfer", "_end", "_horizon_end", "is_resolved"]


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
        The columns of the interactions and ``_first_resolved``, ``_returned``, ``_automated``, ``_elapsed`` (the window
        has passed when the
        horizon ends).

    Notes
    -----
    A row of origin ``transfer`` continues the contact before it. The window counts from the end of the first handled contact.
    """
    window = ticks_of(source.window)
    rows, have = log.open(Source())
    needs = [name for name in _NEEDS if name != "is_resolved" or name in have]
    rows = log.with_derived(rows, needs)
    rows = rows if "is_resolved" in have else rows.with_columns(is_resolved=lit(value=False))
    rows = rows.sort(_ORDER)
    group = ["_world", "_case"]
    before = col("_end").cum_max().shift(1).over(group)
    # In this order every case begins with a row that starts an episode, so a running count names the episodes.
    rows = rows.with_columns(_gap=(col("arrived_at") - before).dt.total_milliseconds())
    rows = rows.with_columns(_episode=(col("_gap").is_null() | (col("_gap") > window)).cum_sum())
    handled = col("_answered") | col("_contained") if source.variant == "counts" else col("_answered")
    rows = rows.with_columns(
        _handled=handled.fill_null(value=False), _number=(~col("_is_transfer")).cast(pl.Int64).cum_sum().over("_episode")
    )
    rows = rows.with_columns(_first=pl.when(col("_handled")).then(col("_number")).min().over("_episode"))
    asked = col("queued_at").is_not_null() if "queued_at" in have else col("_answered")
    in_first = col("_number") == col("_first")
    last = pl.when(col("outcome") == "open").then(col("_horizon_end")).otherwise(col("_end"))
    last = pl.when(in_first | col("_first").is_null()).then(last)
    index = pl.int_range(pl.len(), dtype=pl.Int64)
    rows = rows.with_columns(_index=index.over("_episode"), _asked=asked)
    chosen = pl.when(in_first & col("_handled")).then(col("_index")).min().over("_episode").fill_null(0)
    return rows.with_columns(
        _first_resolved=(in_first & col("is_resolved")).fill_null(value=False).any().over("_episode"),
        _returned=(col("_number") > col("_first")).fill_null(value=False).any().over("_episode"),
        _automated=(col("_contained").any() & ~col("_asked").any()).over("_episode"),
        _elapsed=(col("_horizon_end") - last.max().over("_episode")).dt.total_milliseconds() >= window,
        _chosen=chosen == col("_index"),
    ).filter(col("_chosen"))


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
