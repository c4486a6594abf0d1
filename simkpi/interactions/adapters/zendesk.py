"""Reads Zendesk tickets with their metric sets, as the ticket interfaces return them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from simkpi.interactions.exports import count, later, seconds, take, utc
from simkpi.interactions.files import make_log
from simkpi.interactions.json_files import flat_table, read_records
from simkpi.interactions.scanning import is_text_file, load
from simkpi.interactions.sources import Options, log_source
from simkpi.interactions.table import AnyFrame, Log

_TICKET = ("id", "created_at", "status", "requester_id", "assignee_id", "group_id", "priority", "type", "tags", "via.channel",
           "satisfaction_rating.score", "due_at")  # fmt: skip
_METRICS = ("solved_at", "assignee_stations", "group_stations", "reopens", "replies", "reply_time_in_minutes.calendar",
            "reply_time_in_seconds.calendar", "on_hold_time_in_minutes.calendar")  # fmt: skip
_CHANNELS = {"web": "ticket", "api": "ticket", "web_service": "ticket", "native_messaging": "messaging", "phone": "voice"}


@log_source(
    "zendesk",
    title="Zendesk tickets with metric sets",
    signature=("id", "created_at", "status", "requester_id"),
    documentation="https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_metrics/",
)
def read(path: Path, options: Options) -> Log:
    """Read tickets: one interaction per ticket, and their ratings as ``surveys``.

    Parameters
    ----------
    path : Path
        JSON pages with ``tickets``, and ``metric_sets`` (or ``ticket_metrics``) beside them or inside each (``metric_set``); or
        a flat table with the same names (``metric_set.solved_at``).
    options : Options
        What the user said about the file; moments are in UTC until ``timezone`` says otherwise.

    Notes
    -----
    - The first reply is the creation plus ``reply_time_in_minutes.calendar``, the first public comment of an agent; it is taken
      as the answer too. It is null until it happens.
    - Solved and closed tickets are resolved at ``solved_at``; closed later by itself, a ticket's ``closed`` is not used.
    - ``replies`` are public comments of agents; transfers are the changes of assignee (``assignee_stations`` - 1).
    - Agents' effort is not recorded: ``talk_time`` and ``work_time`` are blank, lest the days until the solution count as such.
    - A good rating is 1 and a bad one 0 (``scale_low`` 0, ``scale_high`` 1); offered and unoffered ones are no answers.
    - ``n_reopens`` and ``on_hold_time`` are kept beside our columns; deleted tickets are left out.
    """
    tickets = _tickets(path, options)
    deleted = tickets.filter(pl.col("status") == "deleted").height
    kept = tickets.filter(pl.col("status").fill_null("") != "deleted").with_columns(
        arrived_at=utc("created_at"), solved_at=utc("solved_at"), due_at=utc("due_at")
    )
    length = pl.coalesce(seconds("reply_time_in_seconds.calendar"), seconds("reply_time_in_minutes.calendar", 60.0))
    kept = kept.with_columns(first_reply_at=later(pl.col("arrived_at"), length))
    notes = (f"{deleted} deleted tickets left out",) if deleted else ()
    tables: dict[str, AnyFrame] = {"interactions": kept.select(_interaction()).sort("arrived_at", "contact_id")}
    surveys = kept.filter(pl.col("satisfaction_rating.score").is_in(["good", "bad"])).select(_survey())
    if surveys.height:
        tables["surveys"] = surveys
    return make_log(tables, options, source="zendesk", notes=notes, file=str(path))


def _tickets(path: Path, options: Options) -> pl.DataFrame:
    """Tickets beside their metrics, whichever way they came."""
    if path.is_dir() or is_text_file(path) or path.suffix.lower() not in {".json", ".jsonl", ".ndjson"}:
        flat = load(path, options)
        metrics = flat.filter(False).select(pl.lit(None, dtype=pl.String).alias("ticket_id"))
    else:
        flat = flat_table(read_records(path, lists=("tickets",)))
        metrics = flat_table([one for one in read_records(path, lists=("metric_sets", "ticket_metrics")) if "ticket_id" in one])
    inside = flat.rename(lambda name: name.removeprefix("metric_set.") if name.removeprefix("metric_set.") in _METRICS else name)
    if metrics.height:
        beside = take(metrics, ("ticket_id", *_METRICS))
        alone = inside.drop([name for name in _METRICS if name in inside.columns])
        return take(alone.join(beside, left_on="id", right_on="ticket_id", how="left", maintain_order="left"), _TICKET + _METRICS)
    return take(inside, _TICKET + _METRICS)


def _interaction() -> list[pl.Expr | str]:
    solved = pl.col("status").is_in(["solved", "closed"])
    replied = pl.col("first_reply_at").is_not_null()
    return [
        pl.col("id").alias("contact_id"),
        pl.col("via.channel").replace(_CHANNELS).fill_null("ticket").alias("channel"),
        "arrived_at",
        pl.when(replied | solved).then(pl.lit("answered")).otherwise(pl.lit("open")).alias("outcome"),
        pl.col("id").alias("case_id"),
        pl.col("requester_id").alias("customer_id"),
        pl.col("type").alias("contact_type"),
        pl.col("group_id").alias("queue"),
        pl.col("group_id").alias("team"),
        pl.col("assignee_id").alias("agent_id"),
        "priority",
        pl.col("arrived_at").alias("queued_at"),
        pl.col("first_reply_at").alias("answered_at"),
        "first_reply_at",
        pl.when(solved).then(pl.max_horizontal("solved_at", "first_reply_at")).alias("ended_at"),
        pl.lit(None, dtype=pl.Float64).alias("talk_time"),
        pl.lit(None, dtype=pl.Float64).alias("work_time"),
        solved.alias("is_resolved"),
        pl.when(solved).then("solved_at").alias("resolved_at"),
        (count("assignee_stations") - 1).clip(lower_bound=0).alias("n_transfers"),
        "due_at",
        count("replies").alias("n_agent_messages"),
        "tags",
        count("reopens").alias("n_reopens"),
        seconds("on_hold_time_in_minutes.calendar", 60.0).alias("on_hold_time"),
    ]


def _survey() -> list[pl.Expr]:
    return [
        pl.col("id").alias("contact_id"),
        pl.col("requester_id").alias("customer_id"),
        pl.col("assignee_id").alias("agent_id"),
        pl.col("via.channel").replace(_CHANNELS).alias("channel"),
        pl.lit("csat").alias("kind"),
        (pl.col("satisfaction_rating.score") == "good").cast(pl.Float64).alias("score"),
        pl.lit(0.0).alias("scale_low"),
        pl.lit(1.0).alias("scale_high"),
        pl.lit("higher").alias("direction"),
    ]
