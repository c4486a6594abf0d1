"""Agent time: the life of each agent cut wherever something changes, so that every measure of it is a plain sum."""

from __future__ import annotations

import polars as pl
from polars import col, lit

from simkpi.kpi.derived import Unavailable
from simkpi.kpi.log import Log, table
from simkpi.kpi.measure import Source
from simkpi.kpi.needs import plan

#: States that are not paid time: off, and time after the shift (overtime is added by the variant that counts it).
_UNPAID = ["off", "overtime"]
_MICRO = 1_000_000
#: Costs are counted in ten thousandths, so that sums are exact.
MONEY = 10_000
HOUR = 3_600_000
#: States that are not scheduled time, as far as adherence goes.
_NOT_SCHEDULED = ["off", "absent", "overtime"]
_DELTAS = (
    *("_open", "_work", "_paid", "_over", "_rest", "_slots", "_used"),
    *("_scheduled", "_adherent", "_planned", "_cost_rate"),
)


@table("timeline")
def timeline(log: Log, source: Source) -> pl.LazyFrame:
    """Return one row per stretch of an agent's time in which nothing changes.

    Returns
    -------
    LazyFrame
        ``agent_id``, ``team``, ``replication`` (if the log has them), ``_clock`` (start), ``_length`` (milliseconds),
        ``_open`` (contacts
        open), ``_work``, ``_paid``, ``_over`` (flags), ``_slots`` (if recorded), ``_used`` (slots in use, 1e-6), ``_scheduled``,
        ``_planned`` and ``_adherent`` (1 = anything is scheduled, time on queue is, and the agent does what is scheduled),
        ``_cost_rate`` (of an hour, 1e-4).

    Notes
    -----
    Two contacts at once are one stretch of busy time: the union of an agent's contacts can never exceed his time.
    """
    states = _states(log)
    start, end = log.horizon
    parts = [_state_events(states, start, end), _busy_events(log, states, start, end)]
    if log.cut is not None:
        first = start // log.cut * log.cut + log.cut
        borders = pl.LazyFrame({"_t": pl.int_range(first, end, log.cut, dtype=pl.Int64, eager=True)})
        parts.append(states.select("_world", "agent_id").unique().join(borders, how="cross"))
    events = pl.concat([part.collect() for part in parts], how="diagonal").sort("_world", "agent_id", "_t")
    deltas = [name for name in _DELTAS if name in events.columns]
    at_work = [name for name in ("_work", "_slots", "_used") if name in events.columns]
    same = (col("agent_id").shift(-1) == col("agent_id")) & (col("_world").shift(-1) == col("_world"))
    steps = events.lazy().with_columns(
        *(col(name).fill_null(0).cum_sum() for name in deltas),  # the deltas of an agent add up to 0: no need to start afresh
        _length=pl.when(same).then(col("_t").shift(-1) - col("_t")),
    )
    if "team" in events.columns:
        team = col("team").forward_fill().backward_fill().over("_world", "agent_id")
        steps = steps.with_columns(team)
    # a break recorded inside a stretch of work interrupts it
    steps = steps.filter(col("_length") > 0).with_columns(pl.when(col("_rest") > 0).then(0).otherwise(col(at_work)).name.keep())
    steps = steps.with_columns(log.to_moment("_t").alias("_clock"), *(col(name) > 0 for name in ("_work", "_paid", "_over")))
    if "replication" in log.columns:
        steps = steps.with_columns(replication=col("_world"))
    return steps.drop("_world", "_t", "_rest")


def _states(log: Log) -> pl.LazyFrame:
    frame = log.frame("agent_states")
    have = log.schemas["agent_states"].names()
    if "replication" in have:
        return frame.with_columns(_world=col("replication"))
    if "replication" in log.columns:  # the same roster in every replication
        return frame.join(log.worlds().rename({"replication": "_world"}), how="cross")
    return frame.with_columns(_world=lit(0))


def _clip(start: int, end: int) -> list[pl.Expr]:
    return [col(name).dt.epoch("ms").clip(start, end).alias(f"_{name}") for name in ("from_at", "to_at")]


def _state_events(states: pl.LazyFrame, start: int, end: int) -> pl.LazyFrame:
    have = states.collect_schema().names()
    work = col("state") == "work"
    paid = ~col("state").is_in(_UNPAID)
    rest = ~col("state").is_in(["work", "overtime"])
    values = {"_work": work, "_paid": paid, "_over": col("state") == "overtime", "_rest": rest}
    values = {name: flag.cast(pl.Int64) for name, flag in values.items()}
    if "slots" in have:
        values["_slots"] = pl.when(work).then(col("slots")).otherwise(0).cast(pl.Int64)
    if "used" in have:
        values["_used"] = pl.when(work).then(col("used") * _MICRO).otherwise(0).round().cast(pl.Int64)
    if "scheduled" in have:
        scheduled = (~col("scheduled").is_in(_NOT_SCHEDULED)).fill_null(value=False)
        values["_scheduled"] = scheduled.cast(pl.Int64)
        values["_planned"] = (col("scheduled") == "work").fill_null(value=False).cast(pl.Int64)
        values["_adherent"] = (scheduled & (col("scheduled") == col("state"))).cast(pl.Int64)
    if "cost_rate" in have:
        values["_cost_rate"] = (col("cost_rate").fill_null(0.0) * MONEY).round().cast(pl.Int64)
    keep = ["team"] if "team" in have else []
    rows = states.with_columns(*_clip(start, end), **values).filter(col("_to_at") > col("_from_at"))
    begin = rows.select("_world", "agent_id", *keep, *values, _t="_from_at")
    finish = rows.select("_world", "agent_id", *(-col(name) for name in values), _t="_to_at")
    return pl.concat([begin, finish], how="diagonal")


def busy(log: Log) -> pl.LazyFrame:
    """Return the stays of contacts with agents: ``agent_id``, ``from_at``, ``to_at``, ``replication`` if recorded.

    From the legs when the log has them (a contact may have had several agents), else from the interactions.
    """
    end = lit(log.horizon[1]).alias("_horizon_end")
    if "legs" in log.frames:
        legs = log.frames["legs"].filter(col("kind").is_in(["agent", "wrap"])).rename({"place": "agent_id"})
        return legs.with_columns(end).with_columns(to_at=pl.coalesce("to_at", log.to_moment("_horizon_end")))
    rows, _ = log.open(Source())
    steps = plan(["_answered", "answered_at", "agent_id"], log.columns)
    ends = [name for name in ("wrapped_at", "ended_at") if name in log.columns]
    rows = steps.apply(rows).filter(col("answered_at").is_not_null() & col("agent_id").is_not_null()).with_columns(end)
    return rows.with_columns(from_at=col("answered_at"), to_at=pl.coalesce(*ends, log.to_moment("_horizon_end")))


def _busy_events(log: Log, states: pl.LazyFrame, start: int, end: int) -> pl.LazyFrame:
    rows = busy(log)
    have = rows.collect_schema().names()
    rows = rows.with_columns(_world=col("replication") if "replication" in have else lit(0), _open=lit(1, dtype=pl.Int64))
    rows = rows.with_columns(*_clip(start, end)).filter(col("_to_at") > col("_from_at"))
    rows = rows.join(states.select("_world", "agent_id").unique(), on=["_world", "agent_id"], how="semi")
    begin = rows.select("_world", "agent_id", "_open", _t="_from_at")
    finish = rows.select("_world", "agent_id", -col("_open"), _t="_to_at")
    return pl.concat([begin, finish])


@table("costs")
def costs(log: Log, source: Source) -> pl.LazyFrame:
    """Return what agents' time and bot sessions cost, ``_money`` (per 1e-4 and millisecond of an hour), and who was handled.

    Returns
    -------
    LazyFrame
        A row per stretch of an agent's time and per contact: ``_clock``, ``replication`` (if the log has it), ``_money``,
        ``_handled`` (contacts that an agent answered or the bot contained).
    """
    of_agents = "agent_states" in log.frames and "cost_rate" in log.schemas["agent_states"].names()
    if not of_agents and "bot_cost" not in log.columns:
        raise Unavailable("needs column cost_rate" if "agent_states" in log.frames else "needs table agent_states")
    rows, _ = log.open(Source())
    rows = log.with_derived(rows, ["_clock", "_answered", "_contained"])
    bot = (col("bot_cost").fill_null(0.0) * MONEY).round().cast(pl.Int64) * HOUR if "bot_cost" in log.columns else lit(0)
    keep = ["replication"] if "replication" in log.columns else []
    handled = (col("_answered") | col("_contained")).cast(pl.Int64)
    parts = [rows.select(*keep, "_clock", _money=bot.cast(pl.Int64), _handled=handled)]
    if of_agents:
        time = timeline(log, source)
        money = (col("_cost_rate") * col("_length")).cast(pl.Int64)
        parts.append(time.select(*keep, "_clock", _money=money, _handled=lit(0, dtype=pl.Int64)))
    return pl.concat(parts, how="vertical_relaxed")


@table("shared")
def shared(log: Log, source: Source) -> pl.LazyFrame:
    """Return the interactions with ``_shared``: every busy millisecond of an agent split among the contacts open then."""
    if "contact_id" not in log.columns:
        raise Unavailable("needs column contact_id")
    rows, _ = log.open(Source())
    stays = busy(log).with_columns(col("from_at").dt.epoch("ms"), col("to_at").dt.epoch("ms"))
    keys = [name for name in ("replication", "agent_id") if name in stays.collect_schema().names()]
    begin = stays.select(*keys, _t="from_at", _open=lit(1, dtype=pl.Int64))
    finish = stays.select(*keys, _t="to_at", _open=lit(-1, dtype=pl.Int64))
    events = pl.concat([begin, finish]).group_by(*keys, "_t").agg(col("_open").sum()).sort(*keys, "_t")
    length = (col("_t") - col("_t").shift(1)).over(keys)
    rate = pl.when(col("_before") > 0).then(col("_length") / col("_before")).otherwise(0.0)
    clock = (
        events.with_columns(_before=col("_open").cum_sum().over(keys) - col("_open"), _length=length)
        .with_columns(_share=rate.cum_sum().over(keys))
        .select(*keys, "_t", "_share")
    )
    match = [*keys, "contact_id"]
    spent = (
        stays.join(clock, left_on=[*keys, "from_at"], right_on=[*keys, "_t"])
        .join(clock, left_on=[*keys, "to_at"], right_on=[*keys, "_t"], suffix="_end")
        .group_by([name for name in match if name != "agent_id"])
        .agg(_shared=(col("_share_end") - col("_share")).sum())
    )
    return rows.join(spent, on=[name for name in match if name != "agent_id"], how="left")


@table("calendar")
def calendar(log: Log, source: Source) -> pl.LazyFrame:
    """Return the horizon in pieces: ``_clock`` and ``_length`` (milliseconds), per replication if there are any."""
    start, end = log.horizon
    cut = log.cut or max(end - start, 1)
    first = start // cut * cut if log.cut else start
    begin = pl.int_range(first, max(end, first + 1), cut, dtype=pl.Int64, eager=True).alias("_t")
    pieces = pl.LazyFrame({"_t": begin}).with_columns(
        _length=pl.min_horizontal(col("_t") + cut, end) - pl.max_horizontal(col("_t"), start)
    )
    return pieces.with_columns(log.to_moment("_t").alias("_clock")).drop("_t").join(log.worlds(), how="cross")
