"""Tables beside the contacts: surveys, replies, visits, customers and orders, each with the moment its rows belong to."""

from __future__ import annotations

import polars as pl
from polars import col, lit

from simkpi.kpi.derived import Unavailable
from simkpi.kpi.log import Log, table
from simkpi.kpi.measure import Source

#: Highest score of a survey whose scale is not recorded, by kind.
SCALES = {"csat": (1.0, 5.0), "nps": (0.0, 10.0), "ces": (1.0, 7.0)}


def _join_contacts(log: Log, frame: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Add the columns of the contact that a row refers to, where the table does not have them itself."""
    have = log.schemas[name].names()
    if "contact_id" not in have or "contact_id" not in log.columns:
        return frame
    keys = ["replication", "contact_id"] if "replication" in have and "replication" in log.columns else ["contact_id"]
    rows, _ = log.open(Source())
    if "wait_band" in log.by:
        from simkpi.kpi.groups import wait_band

        rows = log.with_derived(rows, ["_wait"]).with_columns(_wait_band=wait_band())
    new = [column for column in rows.collect_schema().names() if column not in have]
    return frame.join(rows.select(*keys, *new), on=keys, how="left")


def _clock(frame: pl.LazyFrame, *names: str) -> pl.LazyFrame:
    """Set the moment of each row: its contact's arrival, else the first of the columns *names* that there is."""
    have = frame.collect_schema().names()
    found = [name for name in ("_clock", *names) if name in have]
    return frame.with_columns(_clock=pl.coalesce(found)) if found else frame


@table("surveys")
def surveys(log: Log, source: Source) -> pl.LazyFrame:
    """Return the surveys of one kind (``source.variant``): ``score``, ``_low``, ``_high``, ``_lower`` (low scores are good).

    From the surveys, and from the column of the interactions for contacts that have no row of that kind there.
    """
    kind = source.variant
    sides = []
    if kind in log.columns:
        low, high = SCALES.get(kind, (1.0, 5.0))
        rows, _ = log.open(Source())
        rows = rows.filter(col(kind).is_not_null())
        sides.append(
            rows.with_columns(
                kind=lit(kind), score=col(kind).cast(pl.Float64), _low=lit(low), _high=lit(high), _lower=lit(value=False)
            )
        )
    if "surveys" in log.frames:
        answers = _answers(log, kind)
        if sides and "contact_id" in log.schemas["surveys"]:
            sides[0] = sides[0].join(answers.select("contact_id").drop_nulls(), on="contact_id", how="anti")
        sides.append(answers)
    if not sides:
        raise Unavailable(f"needs table surveys or column {kind}" if kind in SCALES else "needs table surveys")
    for side in sides:
        _refuse_scores_off_the_scale(side, kind)
    return pl.concat(sides, how="diagonal_relaxed") if len(sides) > 1 else sides[0]


def _refuse_scores_off_the_scale(answers: pl.LazyFrame, kind: str) -> None:
    """Refuse a 9 on a scale taken for 1-5, which would count as more than perfect: the scale is another one."""
    off = answers.filter((col("score") < col("_low")) | (col("score") > col("_high"))).select("score", "_low", "_high")
    found = off.head(1).collect(engine="streaming")
    if len(found):
        score, low, high = found.row(0)
        scale = f"the scale {low:g} to {high:g}; give surveys with scale_low and scale_high"
        raise Unavailable(f"a score of {kind} is {score:g}, off {scale}")


def _answers(log: Log, kind: str) -> pl.LazyFrame:
    """Return the rows of the surveys table of one kind, with the columns of the contact they are about."""
    have = log.schemas["surveys"].names()
    missing = [name for name in ("kind", "score") if name not in have]
    if missing:
        raise Unavailable(f"needs column {' and '.join(missing)} of surveys")
    low, high = SCALES.get(kind, (1.0, 5.0))
    scale = {"_low": ("scale_low", low), "_high": ("scale_high", high)}
    answers = log.frames["surveys"].filter(col("kind") == kind).rename({"answered_at": "said_at"}, strict=False)
    answers = answers.with_columns(
        col("score").cast(pl.Float64),
        *(
            (col(name).fill_null(usual).cast(pl.Float64) if name in have else lit(usual)).alias(new)
            for new, (name, usual) in scale.items()
        ),
        _lower=(col("direction") == "lower").fill_null(value=False) if "direction" in have else lit(value=False),
    )
    return _clock(_join_contacts(log, answers, "surveys"), "said_at", "asked_at")


@table("replies")
def replies(log: Log, source: Source) -> pl.LazyFrame:
    """Return the agents' replies: ``_reply`` (milliseconds) and ``_replies`` (how many the row stands for).

    From the messages: a reply is the next message of an agent after a customer wrote; it answers the first of the
    customer's messages that
    nobody had answered. Without messages each contact gives its mean and its number of agent messages.
    """
    if "messages" in log.frames:
        keys = ["contact_id", *(["replication"] if "replication" in log.schemas["messages"] else [])]
        spoken = log.frames["messages"].filter(col("sender").is_in(["customer", "agent"]))
        spoken = spoken.with_columns(_agent=col("sender") == "agent").sort(*keys, "sent_at", "_agent", maintain_order=True)
        turn = (col("_agent") != col("_agent").shift(1)).fill_null(value=True).cast(pl.Int64).cum_sum().over(keys)
        turns = (
            spoken.with_columns(_turn=turn).group_by(*keys, "_turn").agg(_agent=col("_agent").first(), _at=col("sent_at").min())
        )
        turns = turns.sort(*keys, "_turn").with_columns(_since=col("_at").shift(1).over(keys))
        answered = turns.filter(col("_agent") & col("_since").is_not_null())
        answered = answered.with_columns(_reply=(col("_at") - col("_since")).dt.total_milliseconds(), _replies=lit(1))
        return _clock(_join_contacts(log, answered, "messages"), "_at")
    missing = [name for name in ("reply_time", "n_agent_messages") if name not in log.columns]
    if missing:
        raise Unavailable(f"needs table messages or column {' and '.join(missing)}")
    rows, _ = log.open(Source())
    rows = rows.filter(col("reply_time").is_not_null() & (col("n_agent_messages") > 0))
    total = (col("reply_time") * col("n_agent_messages") * 1000).round().cast(pl.Int64)
    return rows.with_columns(_reply=total, _replies=col("n_agent_messages"))


@table("visits")
def visits(log: Log, source: Source) -> pl.LazyFrame:
    """Return the visits with the columns of the contact they led to."""
    frame = log.frame("visits").with_columns(_clock=col("started_at"))
    have = log.schemas["visits"].names()
    if "contact_id" not in have or "contact_id" not in log.columns:
        return frame
    rows, _ = log.open(Source())
    keys = ["replication", "contact_id"] if "replication" in have and "replication" in log.columns else ["contact_id"]
    rows = log.with_derived(rows, ["_wait"]) if {"queued_at", "answered_at", "ended_at"} <= set(log.columns) else rows
    new = [name for name in rows.collect_schema().names() if name not in (*have, "_clock")]
    return frame.join(rows.select(*keys, *new), on=keys, how="left")


@table("customers")
def customers(log: Log, source: Source) -> pl.LazyFrame:
    """Return the customers with flags: ``_at_start`` and ``_at_end`` of the horizon, ``_joined`` in between."""
    start, end = log.horizon
    rows = log.frame("customers")
    since, until = col("from_at").dt.epoch("ms"), col("to_at").dt.epoch("ms")
    rows = rows if "to_at" in log.schemas["customers"] else rows.with_columns(to_at=lit(None, dtype=log.moment))
    return rows.with_columns(
        _clock=col("from_at"),
        _at_start=(since <= start) & (until.is_null() | (until > start)),
        _at_end=(since <= end) & (until.is_null() | (until > end)),
        _joined=(since > start) & (since <= end),
    )


@table("orders")
def orders(log: Log, source: Source) -> pl.LazyFrame:
    """Return the orders with ``_new_customer`` (first order of its customer) and ``_years`` (length of the horizon)."""
    start, end = log.horizon
    years = (end - start) / (365.25 * 86_400_000)
    rows = log.frame("orders").with_columns(_clock=col("ordered_at"), _years=lit(years))
    if "customer_id" not in log.schemas["orders"]:
        return rows
    keys = ["replication", "customer_id"] if "replication" in log.schemas["orders"] else ["customer_id"]
    return rows.sort("ordered_at", "order_id").with_columns(_new_customer=pl.struct(keys).is_first_distinct())
