"""Reads Intercom conversations with their statistics; its AI agent is the bot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from simkpi.interactions.exports import count, seconds, take, utc
from simkpi.interactions.files import make_log
from simkpi.interactions.json_files import Record, flat_table, read_records
from simkpi.interactions.scanning import load
from simkpi.interactions.sources import Options, log_source
from simkpi.interactions.table import AnyFrame, Log

_FIELDS = ("id", "created_at", "state", "priority", "source.type", "source.delivered_as", "admin_assignee_id", "team_assignee_id",
           "ai_agent_participated", "ai_agent.resolution_state", "conversation_rating.rating", "conversation_rating.created_at",
           "customer", "labels", "statistics.first_contact_reply_at", "statistics.first_assignment_at",
           "statistics.first_admin_reply_at", "statistics.first_close_at", "statistics.last_close_at", "statistics.count_reopens",
           "statistics.count_assignments", "statistics.count_conversation_parts", "statistics.handling_time")  # fmt: skip
_CHANNELS = {"conversation": "chat", "push": "chat", "email": "email", "phone_call": "voice", "phone_switch": "voice"}
_SOLVED = ("assumed_resolution", "confirmed_resolution")


@log_source(
    "intercom",
    title="Intercom conversations",
    signature=("id", "created_at", "state", "source.type"),
    documentation="https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/conversation",
)
def read(path: Path, options: Options) -> Log:
    """Read conversations: one interaction each, and their ratings as ``surveys``.

    Parameters
    ----------
    path : Path
        JSON pages with ``conversations``, an array, or one conversation a line; or a flat table with the same names
        (``statistics.first_admin_reply_at``).
    options : Options
        What the user said about the file; moments are in UTC until ``timezone`` says otherwise.

    Notes
    -----
    - Moments are Unix seconds. Durations of the statistics leave out closed hours, so moments are used instead; only
      ``handling_time`` is taken, as ``work_time``; ``talk_time`` is blank, lest the time until closing count as such.
    - A conversation in which the AI agent took part began with it; it is contained if that agent's state is assumed or confirmed
      resolution and no teammate replied, else handed off at the first assignment.
    - The answer is the first reply of a teammate. Closed without one, a conversation counts as abandoned (missed); it is
      resolved if it was closed after a reply, or contained.
    - ``n_reopens`` is kept beside our columns.
    """
    flat = flat_table([_lifted(record) for record in read_records(path)]) if _is_json(path) else load(path, options)
    table = take(flat, _FIELDS).with_columns(
        arrived_at=utc("created_at"),
        asked_at=utc("statistics.first_contact_reply_at"),
        assigned_at=utc("statistics.first_assignment_at"),
        first_reply_at=utc("statistics.first_admin_reply_at"),
        first_close_at=utc("statistics.first_close_at"),
        closed_at=utc("statistics.last_close_at"),
    )
    table = table.with_columns(**_stages()).with_columns(queued_at=_queued_at())
    tables: dict[str, AnyFrame] = {"interactions": table.select(_interaction()).sort("arrived_at", "contact_id")}
    surveys = table.filter(pl.col("conversation_rating.rating").is_not_null()).select(_survey())
    if surveys.height:
        tables["surveys"] = surveys
    return make_log(tables, options, source="intercom", file=str(path))


def _is_json(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in {".json", ".jsonl", ".ndjson"}


def _lifted(record: Record) -> Record:
    """Bring the first contact and the names of the tags to the top, out of their lists of records."""
    contacts: list[Any] = (record.get("contacts") or {}).get("contacts") or []
    tags: list[Any] = (record.get("tags") or {}).get("tags") or []
    return {**record, "customer": contacts[0].get("id") if contacts else None, "labels": [tag.get("name") for tag in tags]}


def _stages() -> dict[str, pl.Expr]:
    has_bot = pl.col("ai_agent_participated").str.to_lowercase() == "true"
    replied = pl.col("first_reply_at").is_not_null()
    solved = has_bot & pl.col("ai_agent.resolution_state").is_in(_SOLVED) & ~replied
    return {"has_bot": has_bot.fill_null(False), "replied": replied, "contained": solved.fill_null(False)}


def _queued_at() -> pl.Expr:
    """When a teammate was asked for: at the first assignment after the bot, else with the first message of the customer."""
    after_bot = pl.min_horizontal(pl.max_horizontal(pl.coalesce("assigned_at", "first_reply_at"), "arrived_at"), "first_reply_at")
    straight = pl.max_horizontal(pl.min_horizontal(pl.coalesce("asked_at", "arrived_at"), "first_reply_at"), "arrived_at")
    return pl.when("contained").then(None).when("has_bot").then(after_bot).otherwise(straight)


def _interaction() -> list[pl.Expr | str]:
    closed = pl.col("state") == "closed"
    outcome = (
        pl.when("replied")
        .then(pl.lit("answered"))
        .when("contained")
        .then(pl.lit("contained"))
        .when(closed & pl.col("queued_at").is_null())
        .then(pl.lit("gave_up"))
        .when(closed)
        .then(pl.lit("abandoned"))
        .otherwise(pl.lit("open"))
    )
    bot_ended_at = (
        pl.when("contained").then(pl.coalesce("first_close_at", "closed_at")).otherwise(pl.coalesce("queued_at", "closed_at"))
    )
    handed = pl.when("contained").then(pl.lit("contained")).when(pl.col("queued_at").is_not_null()).then(pl.lit("handed_off"))
    served = pl.col("replied") | pl.col("contained")
    asked_by_us = pl.col("source.delivered_as").fill_null("customer_initiated") != "customer_initiated"
    return [
        pl.col("id").alias("contact_id"),
        pl.col("source.type").replace_strict(_CHANNELS, default="messaging", return_dtype=pl.String).alias("channel"),
        "arrived_at",
        outcome.alias("outcome"),
        pl.col("id").alias("case_id"),
        pl.col("customer").alias("customer_id"),
        pl.col("team_assignee_id").alias("queue"),
        pl.col("team_assignee_id").alias("team"),
        pl.col("admin_assignee_id").alias("agent_id"),
        "priority",
        pl.when(asked_by_us).then(pl.lit("proactive")).otherwise(pl.lit("reactive")).alias("origin"),
        pl.when("has_bot").then("arrived_at").alias("bot_started_at"),
        pl.when("has_bot").then(bot_ended_at).alias("bot_ended_at"),
        pl.when("has_bot").then(pl.coalesce(handed, pl.when(closed).then(pl.lit("gave_up")))).alias("bot_outcome"),
        "queued_at",
        pl.when("replied").then(pl.max_horizontal("first_reply_at", "queued_at")).alias("answered_at"),
        "first_reply_at",
        pl.when(closed).then("closed_at").alias("ended_at"),
        pl.lit(None, dtype=pl.Float64).alias("talk_time"),
        seconds("statistics.handling_time").alias("work_time"),
        (closed & served).alias("is_resolved"),
        pl.when(closed & served).then("closed_at").alias("resolved_at"),
        (count("statistics.count_assignments") - 1).clip(lower_bound=0).alias("n_transfers"),
        count("statistics.count_conversation_parts").alias("n_messages"),
        pl.col("labels").alias("tags"),
        seconds("conversation_rating.rating").alias("csat"),
        count("statistics.count_reopens").alias("n_reopens"),
    ]


def _survey() -> list[pl.Expr]:
    return [
        pl.col("id").alias("contact_id"),
        pl.col("customer").alias("customer_id"),
        pl.col("admin_assignee_id").alias("agent_id"),
        pl.lit("csat").alias("kind"),
        seconds("conversation_rating.rating").alias("score"),
        pl.lit(1.0).alias("scale_low"),
        pl.lit(5.0).alias("scale_high"),
        pl.lit("higher").alias("direction"),
        utc("conversation_rating.created_at").alias("answered_at"),
    ]
