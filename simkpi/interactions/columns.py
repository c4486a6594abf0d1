"""The columns of the interactions log and of its companions: one schema for simulated and for real contacts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of a log.

    Parameters
    ----------
    kind : str
        ``text``, ``moment``, ``seconds``, ``count``, ``number``, ``flag``, ``texts`` or ``enum``.
    meaning : str
        What the column says, in one line.
    values : tuple of str
        The values that an ``enum`` takes.
    required : bool
        True if no log can do without it.
    """

    kind: str
    meaning: str
    values: tuple[str, ...] = ()
    required: bool = False


ORIGINS = ("reactive", "proactive", "redial", "return", "callback", "transfer")
BOT_OUTCOMES = ("contained", "handed_off", "gave_up")
OUTCOMES = ("answered", "abandoned", "blocked", "refused", "contained", "gave_up", "open")

INTERACTIONS: dict[str, Column] = {
    "contact_id": Column("text", "one attempt to reach the centre on one channel", required=True),
    "channel": Column("text", "voice, chat, email, ...", required=True),
    "arrived_at": Column("moment", "first sign of the contact, bot or not", required=True),
    "outcome": Column("enum", "how the contact ended; open = the horizon ended first", OUTCOMES, required=True),
    "case_id": Column("text", "one customer issue; a return shares the case"),
    "customer_id": Column("text", "the person"),
    "contact_type": Column("text", "topic"),
    "queue": Column("text", "queue that handled it last"),
    "team": Column("text", "team that handled it last"),
    "agent_id": Column("text", "agent who handled it last"),
    "priority": Column("text", "priority class or urgency"),
    "language": Column("text", "language of the contact"),
    "segment": Column("text", "customer segment"),
    "origin": Column("enum", "why the contact came", ORIGINS),
    "bot_started_at": Column("moment", "the bot (or IVR) takes the contact"),
    "bot_ended_at": Column("moment", "the bot's part ends"),
    "bot_outcome": Column("enum", "how the bot's part ended", BOT_OUTCOMES),
    "queued_at": Column("moment", "asks for a human; null = never did"),
    "answered_at": Column("moment", "an agent picks up"),
    "first_reply_at": Column("moment", "first message by an agent"),
    "ended_at": Column("moment", "the conversation ends, or the customer leaves"),
    "wrapped_at": Column("moment", "after-contact work ends"),
    "talk_time": Column("seconds", "time in conversation"),
    "hold_time": Column("seconds", "time on hold"),
    "wrap_time": Column("seconds", "after-contact work"),
    "work_time": Column("seconds", "agent effort"),
    "is_resolved": Column("flag", "the issue was solved"),
    "resolved_at": Column("moment", "when it was solved"),
    "n_transfers": Column("count", "transfers to another agent or queue"),
    "is_escalated": Column("flag", "moved to a higher tier"),
    "reopened_at": Column("moment", "the solved issue was opened again"),
    "n_messages": Column("count", "messages of all sides"),
    "n_customer_messages": Column("count", "messages by the customer"),
    "n_agent_messages": Column("count", "messages by agents"),
    "n_canned": Column("count", "canned replies used"),
    "reply_time": Column("seconds", "mean over the agent's replies"),
    "tags": Column("texts", "labels"),
    "csat": Column("number", "satisfaction score"),
    "nps": Column("number", "likelihood to recommend, 0-10"),
    "ces": Column("number", "effort score"),
    "qa_score": Column("number", "internal quality score"),
    "is_converted": Column("flag", "the contact led to a sale"),
    "value": Column("number", "money, in the scenario's currency"),
    "visit_started_at": Column("moment", "the visit to the site began"),
}

AGENT_STATES: dict[str, Column] = {
    "agent_id": Column("text", "the agent", required=True),
    "team": Column("text", "the agent's team"),
    "state": Column(
        "enum",
        "work = on queue (handling or available); overtime = finishing after the scheduled end; the rest is paid time off queue",
        ("work", "overtime", "break", "meeting", "training", "lunch", "absent", "off"),
        required=True,
    ),
    "from_at": Column("moment", "the state begins", required=True),
    "to_at": Column("moment", "the state ends", required=True),
    "slots": Column("count", "contacts the agent may handle at once in this state"),
    "used": Column("number", "mean number of slots in use"),
}

LEGS: dict[str, Column] = {
    "contact_id": Column("text", "the contact", required=True),
    "leg": Column("count", "position within the contact, from 0", required=True),
    "kind": Column("enum", "what the stay was with", ("bot", "queue", "agent", "wrap"), required=True),
    "place": Column("text", "name of the bot, queue or agent"),
    "from_at": Column("moment", "the stay begins", required=True),
    "to_at": Column("moment", "the stay ends", required=True),
    "end": Column("text", "how it ended"),
}
