"""Reads Genesys Cloud conversation details (JSON): participants, sessions and segments become contacts and legs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from simkpi.interactions.exports import utc
from simkpi.interactions.files import make_log
from simkpi.interactions.json_files import Record, read_records
from simkpi.interactions.sources import Options, log_source
from simkpi.interactions.table import AnyFrame, Log

_BOTS = {"ivr", "botflow", "workflow", "bot", "digitalbotflow", "voicebot"}
_AGENTS = {"agent", "user"}
_CUSTOMERS = {"customer", "external"}
_TALK, _HOLD, _WRAP, _RING = "interact", "hold", "wrapup", "alert"
_CHANNELS = {"message": "messaging", "callback": "voice"}
_LEG = {"contact_id": pl.String, "leg": pl.Int64, "kind": pl.String, "place": pl.String, "from_at": pl.String, "to_at": pl.String}
_PARTS = {
    **dict.fromkeys(
        ("contact_id", "media", "direction", "started", "ended", "customer_id", "customer_end", "queue", "agent_id"), pl.String
    ),
    **dict.fromkeys(("bot_from", "bot_to", "queued", "offered", "answered", "wrapped", "code"), pl.String),
    **dict.fromkeys(("talk", "hold", "wrap", "n_transfers", "csat", "nps"), pl.Float64),
}


@log_source(
    "genesys-cloud",
    title="Genesys Cloud conversation details",
    signature=("conversationId", "conversationStart"),
    documentation="https://developer.genesys.cloud/analyticsdatamanagement/analytics/detail/conversation-query",
    aliases=("genesys",),
)
def read(path: Path, options: Options) -> Log:
    """Read conversation details: one interaction per conversation, its segments as ``legs``.

    Parameters
    ----------
    path : Path
        JSON pages with ``conversations``, an array, or one conversation a line.
    options : Options
        What the user said about the file; moments are in UTC until ``timezone`` says otherwise.

    Notes
    -----
    - Participants of purpose ivr, botflow or workflow are the bot, acd the queue, agent and user the agents.
    - Answered with the first ``interact`` segment of an agent; talk, hold and wrap-up are sums over all agents' segments.
    - Transfers are the metric ``nTransferred``. The contact type is the wrap-up code given last.
    - Conversations that met neither queue nor agent are contained if a bot served them, else given up.
    - First replies in chats and messages are not in the segments: ``first_reply_at`` is not known.
    """
    records = read_records(path)
    parts = pl.DataFrame([_parts(record) for record in records], schema=_PARTS)
    legs = pl.DataFrame([leg for record in records for leg in _legs(record)], schema=_LEG)
    moments = ("started", "ended", "customer_end", "bot_from", "bot_to", "queued", "offered", "answered", "wrapped")
    interactions = parts.with_columns(utc(name) for name in moments).select(_interaction()).sort("arrived_at", "contact_id")
    tables: dict[str, AnyFrame] = {
        "interactions": interactions,
        "legs": legs.with_columns(utc("from_at"), utc("to_at")).filter(pl.col("to_at").is_not_null()),
    }
    return make_log(tables, options, source="genesys-cloud", file=str(path))


def _segments(record: Record) -> Iterator[tuple[str, Record, Record, Record]]:
    """Purpose, participant, session and segment of everything that happened, by time."""
    found = [
        (str(participant.get("purpose", "")).lower(), participant, session, segment)
        for participant in record.get("participants") or []
        for session in participant.get("sessions") or []
        for segment in session.get("segments") or []
    ]
    yield from sorted(found, key=lambda item: str(item[3].get("segmentStart", "")))


def _parts(record: Record) -> Record:
    """Find what one conversation tells, as text moments and sums of seconds."""
    found = list(_segments(record))
    of = {kind: [item for item in found if item[0] in purposes] for kind, purposes in _KINDS.items()}
    agent = {kind: [item for item in of["agent"] if item[3].get("segmentType") == kind] for kind in (_TALK, _HOLD, _WRAP, _RING)}
    sessions = [session for person in record.get("participants") or [] for session in person.get("sessions") or []]
    metrics = [metric for session in sessions for metric in session.get("metrics") or []]
    surveys = record.get("surveys") or [{}]
    return {
        "contact_id": record.get("conversationId"),
        "media": next((session.get("mediaType") for session in sessions), None),
        "direction": record.get("originatingDirection"),
        "started": record.get("conversationStart"),
        "ended": record.get("conversationEnd"),
        "customer_id": next((person.get("externalContactId") for _, person, _, _ in of["customer"]), None),
        "customer_end": _last(of["customer"]),
        "queue": next((item[3].get("queueId") for item in reversed(found) if item[3].get("queueId")), None),
        "agent_id": next((person.get("userId") for _, person, _, _ in reversed(agent[_TALK])), None),
        "bot_from": _start(of["bot"]),
        "bot_to": _last(of["bot"]),
        "queued": _start(of["queue"]),
        "offered": _start(agent[_RING]),
        "answered": _start(agent[_TALK]),
        "wrapped": _last(agent[_WRAP]),
        "code": next((item[3].get("wrapUpCode") for item in reversed(agent[_WRAP]) if item[3].get("wrapUpCode")), None),
        "talk": _total(agent[_TALK]),
        "hold": _total(agent[_HOLD]),
        "wrap": _total(agent[_WRAP]),
        "n_transfers": float(sum(metric.get("value") or 0 for metric in metrics if metric.get("name") == "nTransferred")),
        "csat": surveys[0].get("surveyTotalScore"),
        "nps": surveys[0].get("surveyPromoterScore"),
    }


_KINDS = {"customer": _CUSTOMERS, "bot": _BOTS, "queue": {"acd"}, "agent": _AGENTS}


def _start(items: list[tuple[str, Record, Record, Record]]) -> Any:
    return next((item[3].get("segmentStart") for item in items), None)


def _last(items: list[tuple[str, Record, Record, Record]]) -> str | None:
    return max((str(item[3]["segmentEnd"]) for item in items if item[3].get("segmentEnd")), default=None)


def _total(items: list[tuple[str, Record, Record, Record]]) -> float | None:
    """Seconds of finished segments; None if there is none."""
    segments = [item[3] for item in items if item[3].get("segmentStart") and item[3].get("segmentEnd")]
    lengths = [(_moment(segment["segmentEnd"]) - _moment(segment["segmentStart"])).total_seconds() for segment in segments]
    return round(sum(lengths), 3) if lengths else None


def _moment(text: str) -> dt.datetime:
    """Moment in UTC; before Python 3.11 ``fromisoformat`` knows neither Z nor fractions of other than 3 or 6 digits."""
    whole, _, fraction = text.rstrip("Zz").partition(".")
    return dt.datetime.fromisoformat(whole) + dt.timedelta(seconds=float(f"0.{fraction or 0}"))


def _legs(record: Record) -> Iterator[Record]:
    """Stays with bot, queue, agent, and after-contact work, in order."""
    kinds = {purpose: kind for kind, purposes in _KINDS.items() for purpose in purposes if kind != "customer"}
    number = 0
    for purpose, person, _, segment in _segments(record):
        kind = "wrap" if segment.get("segmentType") == _WRAP else kinds.get(purpose)
        if kind is None or (kind == "agent" and segment.get("segmentType") not in {_TALK, _HOLD}):
            continue
        place = segment.get("queueId") if kind == "queue" else person.get("userId") or person.get("participantName")
        stay = {"place": place, "from_at": segment.get("segmentStart"), "to_at": segment.get("segmentEnd")}
        yield {"contact_id": record.get("conversationId"), "leg": number, "kind": kind, **stay}
        number += 1


def _interaction() -> list[pl.Expr | str]:
    answered, queued, bot, ended = (pl.col(name).is_not_null() for name in ("answered", "queued", "bot_from", "ended"))
    outcome = (
        pl.when(answered)
        .then(pl.lit("answered"))
        .when(~ended)
        .then(pl.lit("open"))
        .when(queued)
        .then(pl.lit("abandoned"))
        .when(bot)
        .then(pl.lit("contained"))
        .otherwise(pl.lit("gave_up"))
    )
    ended_at = pl.coalesce("customer_end", "ended")
    bot_outcome = pl.when(queued | answered).then(pl.lit("handed_off")).when(ended).then(pl.lit("contained"))
    return [
        "contact_id",
        pl.col("media").str.to_lowercase().replace(_CHANNELS).fill_null("voice").alias("channel"),
        pl.col("started").alias("arrived_at"),
        outcome.alias("outcome"),
        pl.col("contact_id").alias("case_id"),
        "customer_id",
        pl.col("code").alias("contact_type"),
        "queue",
        "agent_id",
        pl.when(pl.col("direction") == "outbound").then(pl.lit("proactive")).otherwise(pl.lit("reactive")).alias("origin"),
        pl.col("bot_from").alias("bot_started_at"),
        pl.col("bot_to").alias("bot_ended_at"),
        pl.when(bot).then(bot_outcome).alias("bot_outcome"),
        pl.col("queued").alias("queued_at"),
        pl.col("offered").alias("offered_at"),
        pl.col("answered").alias("answered_at"),
        pl.when(ended).then(ended_at).alias("ended_at"),
        pl.when(ended & answered).then(pl.max_horizontal("wrapped", ended_at)).alias("wrapped_at"),
        pl.col("talk").alias("talk_time"),
        pl.col("hold").alias("hold_time"),
        pl.col("wrap").alias("wrap_time"),
        pl.when(answered).then(pl.col("n_transfers").cast(pl.Int64)).alias("n_transfers"),
        "csat",
        "nps",
    ]
