"""Reads contact records of Amazon Connect (JSON or flat CSV): the contact flow is the bot."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from simkpi.interactions.exports import count, seconds, take, utc
from simkpi.interactions.files import make_log
from simkpi.interactions.scanning import load
from simkpi.interactions.sources import Options, log_source
from simkpi.interactions.table import Log

_FIELDS = (
    "ContactId", "InitialContactId", "NextContactId", "Channel", "InitiationMethod", "InitiationTimestamp", "DisconnectTimestamp",
    "DisconnectReason", "LastUpdateTimestamp", "TransferCompletedTimestamp", "CustomerEndpoint.Address", "Queue.Name",
    "Queue.EnqueueTimestamp", "Agent.Username", "Agent.RoutingProfile.Name", "Agent.ConnectedToAgentTimestamp",
    "Agent.AgentInteractionDuration", "Agent.CustomerHoldDuration", "Agent.AfterContactWorkDuration",
    "Agent.AfterContactWorkEndTimestamp", "ChatMetrics.ChatContactMetrics.TotalMessages",
    "ChatMetrics.ChatContactMetrics.AgentFirstResponseTimestamp", "ChatMetrics.CustomerMetrics.MessagesSent",
    "ChatMetrics.AgentMetrics.MessagesSent",
)  # fmt: skip
_CHANNELS = {"VOICE": "voice", "CHAT": "chat", "TASK": "ticket", "EMAIL": "email"}
_ORIGINS = {
    "OUTBOUND": "proactive",
    "EXTERNAL_OUTBOUND": "proactive",
    "CALLBACK": "callback",
    "TRANSFER": "transfer",
    "QUEUE_TRANSFER": "transfer",
}


@log_source(
    "amazon-connect",
    title="Amazon Connect contact records",
    signature=("ContactId", "InitiationMethod", "InitiationTimestamp", "Channel"),
    documentation="https://docs.aws.amazon.com/connect/latest/adminguide/ctr-data-model.html",
    aliases=("connect",),
)
def read(path: Path, options: Options) -> Log:
    """Read contact records: one interaction per contact, the latest copy of each.

    Parameters
    ----------
    path : Path
        JSON (an array, or one record a line), or a table with the same names, inner ones behind dots (``Queue.Name``).
    options : Options
        What the user said about the file; moments are in UTC until ``timezone`` says otherwise.

    Notes
    -----
    - Records are delivered at least once: of several with one ContactId the one updated last counts.
    - Abandoned is what has a time of entering the queue and none of reaching an agent (the documentation's rule). A contact that
      never queued ended in the contact flow: it is taken as contained by it, whether or not it got what it wanted.
    - A transfer makes a new record; its case is the first contact's (``InitialContactId``).
    - Times have whole seconds.
    """
    records = take(load(path, options), _FIELDS)
    by_update = records.sort("LastUpdateTimestamp", nulls_last=False, maintain_order=True)
    latest = by_update.unique("ContactId", keep="last", maintain_order=True)
    copies = records.height - latest.height
    notes = (f"{copies} older copies of records left out",) if copies else ()
    interactions = latest.with_columns(**_moments()).select(_interaction()).sort("arrived_at", "contact_id")
    return make_log({"interactions": interactions}, options, source="amazon-connect", notes=notes, file=str(path))


def _moments() -> dict[str, pl.Expr]:
    return {
        "arrived_at": utc("InitiationTimestamp"),
        "queued_at": utc("Queue.EnqueueTimestamp"),
        "answered_at": utc("Agent.ConnectedToAgentTimestamp"),
        "ended_at": utc("DisconnectTimestamp"),
        "work_ended_at": utc("Agent.AfterContactWorkEndTimestamp"),
        "first_reply_at": utc("ChatMetrics.ChatContactMetrics.AgentFirstResponseTimestamp"),
    }


def _interaction() -> list[pl.Expr | str]:
    answered, queued, ended = (pl.col(name).is_not_null() for name in ("answered_at", "queued_at", "ended_at"))
    by_flow = pl.col("InitiationMethod").is_in(["INBOUND", "API", "MESSAGING_PLATFORM", "WEBRTC_API"])
    outcome = (
        pl.when(answered)
        .then(pl.lit("answered"))
        .when(~ended)
        .then(pl.lit("open"))
        .when(queued)
        .then(pl.lit("abandoned"))
        .otherwise(pl.lit("contained"))
    )
    flow_end = pl.coalesce("queued_at", "answered_at", "ended_at")
    handed = pl.when(queued | answered).then(pl.lit("handed_off")).when(ended).then(pl.lit("contained"))
    moved = pl.col("NextContactId").is_not_null() | pl.col("TransferCompletedTimestamp").is_not_null()
    return [
        pl.col("ContactId").alias("contact_id"),
        pl.col("Channel").replace(_CHANNELS).str.to_lowercase().alias("channel"),
        "arrived_at",
        outcome.alias("outcome"),
        pl.coalesce("InitialContactId", "ContactId").alias("case_id"),
        pl.col("CustomerEndpoint.Address").alias("customer_id"),
        pl.col("Queue.Name").alias("queue"),
        pl.col("Agent.RoutingProfile.Name").alias("team"),
        pl.col("Agent.Username").alias("agent_id"),
        pl.col("InitiationMethod").replace_strict(_ORIGINS, default="reactive", return_dtype=pl.String).alias("origin"),
        pl.when(by_flow).then("arrived_at").alias("bot_started_at"),
        pl.when(by_flow).then(flow_end).alias("bot_ended_at"),
        pl.when(by_flow).then(handed).alias("bot_outcome"),
        "queued_at",
        "answered_at",
        "first_reply_at",
        "ended_at",
        pl.when(answered & ended).then(pl.max_horizontal("ended_at", "work_ended_at")).alias("wrapped_at"),
        seconds("Agent.AgentInteractionDuration").alias("talk_time"),
        seconds("Agent.CustomerHoldDuration").alias("hold_time"),
        seconds("Agent.AfterContactWorkDuration").alias("wrap_time"),
        pl.when(answered).then(moved.cast(pl.Int64)).alias("n_transfers"),
        pl.col("DisconnectReason").alias("reason"),
        count("ChatMetrics.ChatContactMetrics.TotalMessages").alias("n_messages"),
        count("ChatMetrics.CustomerMetrics.MessagesSent").alias("n_customer_messages"),
        count("ChatMetrics.AgentMetrics.MessagesSent").alias("n_agent_messages"),
    ]
