"""Backlog and flow: what is open at a moment, and what came in and went out."""

from __future__ import annotations

import polars as pl
from polars import col, lit

from simkpi.kpi.derived import Unavailable
from simkpi.kpi.groups import TIME_KEYS, column_of, key_expressions
from simkpi.kpi.log import Log, table
from simkpi.kpi.measure import Source

#: What ends the wait of a contact, by variant.
CLOSED = {"closed": "_closed_at", "resolved": "_solved_or_lost_at", "answered": "_answered_or_lost_at"}


@table("flow")
def flow(log: Log, source: Source) -> pl.LazyFrame:
    """Return each contact twice: +1 at its arrival, -1 at its closing (``_flow``)."""
    closed = CLOSED[source.variant]
    rows, _ = log.open(Source())
    rows = log.with_derived(rows, [closed, "arrived_at"])
    arrived = rows.with_columns(_flow=lit(1, dtype=pl.Int64))
    left = rows.filter(col(closed).is_not_null()).with_columns(_flow=lit(-1, dtype=pl.Int64), _clock=col(closed))
    return pl.concat([arrived, left])


@table("backlog")
def backlog(log: Log, source: Source) -> pl.LazyFrame:
    """Return what was open at the end of every interval (at the horizon's end if time is not cut), per group.

    Returns
    -------
    LazyFrame
        ``_clock`` (start of the interval), the group columns, ``_open`` (contacts) and ``_age`` (their summed age,
        milliseconds).

    Notes
    -----
    Open at *t*: arrived at or before *t*, not closed at or before *t*.
    """
    closed = CLOSED[source.variant]
    rows, have = log.open(Source())
    rows = log.with_derived(rows, [closed, "arrived_at", "outcome", *(["_wait"] if "wait_band" in log.by else [])])
    others = [key for key in log.by if key not in TIME_KEYS]
    keys = key_expressions(others, have, log.interval)
    if len(keys) < len(others):
        raise Unavailable(f"not split by {', '.join(key for key in others if key not in keys)}")
    start, end = log.horizon
    cut = log.cut
    first = start // cut * cut if cut else start
    steps = -(-(end - first) // cut) if cut else 1
    ends = pl.LazyFrame({"_step": pl.int_range(0, max(steps, 1), dtype=pl.Int64, eager=True)})
    ends = ends.with_columns(_at=pl.min_horizontal(first + (col("_step") + 1) * cut, lit(end)) if cut else lit(end))
    groups = {f"_key_{i}": expression for i, expression in enumerate(keys.values())}
    apart = "replication" in log.columns and "replication" not in log.by  # each replication has a backlog of its own
    if apart:
        groups["_world"] = col("replication")
    arrived, left = col("arrived_at").dt.epoch("ms"), col(closed).dt.epoch("ms")
    rows = rows.select(**groups, _arrived=arrived, _left=left)

    def events(moment: str, sign: int) -> pl.LazyFrame:
        step = ((col(moment) - first - 1) // cut).clip(0) if cut else lit(0, dtype=pl.Int64)
        known = rows.filter(col(moment).is_not_null() & (col(moment) <= end))
        return known.select(*groups, _step=step, _open=lit(sign, dtype=pl.Int64), _sum=sign * col("_arrived"))

    changes = pl.concat([events("_arrived", 1), events("_left", -1)])
    changes = changes.group_by(*groups, "_step").agg(col("_open").sum(), col("_sum").sum())
    grid = rows.select(*groups).unique() if groups else ends
    if apart:
        grid = grid.drop("_world").unique().join(log.worlds().rename({"replication": "_world"}), how="cross") if keys else grid
    grid = grid.join(ends, how="cross") if groups else grid
    counts = grid.join(changes, on=[*groups, "_step"], how="left", nulls_equal=True).sort(*groups, "_step")
    total = [col(name).fill_null(0).cum_sum() for name in ("_open", "_sum")]
    counts = counts.with_columns([part.over(list(groups)) for part in total] if groups else total)
    names = {f"_key_{i}": key for i, key in enumerate(keys)}
    counts = counts.with_columns(_age=col("_open") * col("_at") - col("_sum"), _begin=first + col("_step") * (cut or 0))
    counts = counts.with_columns(log.to_moment("_begin").alias("_clock"))
    # time may be cut more finely than the groups (days of 23 hours): only the last moment of each period counts
    periods = [TIME_KEYS[key][0](col("_clock"), log.interval) for key in log.by if key in TIME_KEYS]
    if periods:
        period = pl.struct(expression.alias(f"_period_{i}") for i, expression in enumerate(periods))
        counts = counts.with_columns(_period=period)
        follows = (col("_period") == col("_period").shift(-1)).fill_null(value=False)
        counts = counts.filter(~(follows.over(list(groups)) if groups else follows))
    return counts.select("_clock", "_open", "_age", *(col(key).alias(column_of(name)) for key, name in names.items()))
