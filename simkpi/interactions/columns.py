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


ORIGINS = ("reactive", "proactive", "redial", "return", "callback", "transfer", "chase")
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
    "bot_replied_at": Column("moment", "first message by the bot; a bot that replies at once need not have it"),
    "bot_ended_at": Column("moment", "the bot's part ends"),
    "bot_outcome": Column("enum", "how the bot's part ended", BOT_OUTCOMES),
    "queued_at": Column("moment", "asks for a human; null = never did"),
    "answered_at": Column("moment", "an agent picks up"),
    "offered_at": Column("moment", "offered to the agent who picks up (it rings); null = not recorded"),
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
    "escalated_at": Column("moment", "when it was moved up"),
    "reopened_at": Column("moment", "the solved issue was opened again"),
    "due_at": Column("moment", "the answer or the solution is promised for this moment"),
    "is_complaint": Column("flag", "the customer complains"),
    "reason": Column("text", "why it was missed or stayed unresolved"),
    "complexity": Column("text", "how hard the issue is"),
    "n_messages": Column("count", "messages of all sides"),
    "n_customer_messages": Column("count", "messages by the customer"),
    "n_agent_messages": Column("count", "messages by agents"),
    "n_canned": Column("count", "canned replies used"),
    "saved_time": Column("seconds", "agent effort that canned replies saved"),
    "reply_time": Column("seconds", "mean over the agent's replies"),
    "tags": Column("texts", "labels"),
    "csat": Column("number", "satisfaction score"),
    "nps": Column("number", "likelihood to recommend, 0-10"),
    "ces": Column("number", "effort score"),
    "qa_score": Column("number", "internal quality score"),
    "is_converted": Column("flag", "the contact led to a sale"),
    "converted_at": Column("moment", "when the sale was made"),
    "value": Column("number", "money, in the scenario's currency"),
    "bot_cost": Column("number", "cost of the bot session, in the scenario's currency"),
    "visit_started_at": Column("moment", "the visit to the site began"),
}

_AGENT_STATES = ("work", "overtime", "break", "meeting", "training", "lunch", "absent", "off")
AGENT_STATES: dict[str, Column] = {
    "agent_id": Column("text", "the agent", required=True),
    "team": Column("text", "the agent's team"),
    "state": Column(
        "enum",
        "work = on queue (handling or available); overtime = finishing after the scheduled end; the rest is paid time off queue",
        _AGENT_STATES,
        required=True,
    ),
    "from_at": Column("moment", "the state begins", required=True),
    "to_at": Column("moment", "the state ends", required=True),
    "slots": Column("count", "contacts the agent may handle at once in this state"),
    "used": Column("number", "mean number of slots in use"),
    "scheduled": Column("enum", "what was scheduled for this time; off = nothing", _AGENT_STATES),
    "cost_rate": Column("number", "cost of an hour in this state, in the scenario's currency"),
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

#: One row per answer to a survey (also internal ones: kind ``agent``), or per comment that waits for a reply.
SURVEYS: dict[str, Column] = {
    "contact_id": Column("text", "the contact that was rated"),
    "customer_id": Column("text", "who answered"),
    "agent_id": Column("text", "the agent who was rated, or who answered an internal survey"),
    "channel": Column("text", "channel of the contact or of the comment"),
    "segment": Column("text", "customer segment"),
    "kind": Column("enum", "what was asked", ("csat", "nps", "ces", "agent", "comment", "other"), required=True),
    "score": Column("number", "the answer; null = asked, not answered"),
    "scale_low": Column("number", "lowest score of the scale"),
    "scale_high": Column("number", "highest score of the scale"),
    "direction": Column("enum", "which end of the scale is good", ("higher", "lower")),
    "asked_at": Column("moment", "the survey was sent"),
    "answered_at": Column("moment", "the customer answered or commented"),
    "replied_at": Column("moment", "the comment was replied to; null = never"),
}

#: One row per visit to the site.
VISITS: dict[str, Column] = {
    "visit_id": Column("text", "the visit", required=True),
    "customer_id": Column("text", "the visitor, if known"),
    "contact_id": Column("text", "the contact that the visit led to; null = none"),
    "page": Column("text", "page on which the contact was asked for, or the invitation shown"),
    "segment": Column("text", "customer segment"),
    "started_at": Column("moment", "the visit begins", required=True),
    "invited_at": Column("moment", "an invitation was shown; null = none"),
    "requested_at": Column("moment", "a contact was asked for; null = never"),
    "ended_at": Column("moment", "the visitor leaves"),
    "is_converted": Column("flag", "the visit led to a sale"),
    "value": Column("number", "money, in the scenario's currency"),
}

#: One row per customer and subscription (or other relation that begins and may end).
CUSTOMERS: dict[str, Column] = {
    "customer_id": Column("text", "the person", required=True),
    "from_at": Column("moment", "became a customer", required=True),
    "to_at": Column("moment", "ceased to be one; null = still is"),
    "segment": Column("text", "customer segment"),
    "reason": Column("text", "why the customer left"),
    "source": Column("text", "how the customer came"),
    "referred_by": Column("text", "customer who recommended us; null = nobody"),
    "is_member": Column("flag", "takes part in the loyalty programme"),
    "is_trained": Column("flag", "took part in a training"),
}

#: One row per purchase.
ORDERS: dict[str, Column] = {
    "order_id": Column("text", "the purchase", required=True),
    "customer_id": Column("text", "who bought"),
    "contact_id": Column("text", "the contact that led to it; null = none"),
    "segment": Column("text", "customer segment"),
    "ordered_at": Column("moment", "when", required=True),
    "value": Column("number", "money, in the scenario's currency", required=True),
    "margin": Column("number", "gross margin, a fraction of the value"),
}

#: One row per stay of a ticket in a state; the pending and hold ones stop the clock of the resolution time.
ITEMS: dict[str, Column] = {
    "contact_id": Column("text", "the ticket, as in the interactions", required=True),
    "state": Column("enum", "who has to act", ("new", "open", "pending", "hold", "resolved", "closed"), required=True),
    "from_at": Column("moment", "the state begins", required=True),
    "to_at": Column("moment", "the state ends; null = lasts"),
    "team": Column("text", "team in charge"),
    "agent_id": Column("text", "agent in charge"),
    "label": Column("text", "the state as the source calls it"),
}

#: One row per message.
MESSAGES: dict[str, Column] = {
    "contact_id": Column("text", "the contact", required=True),
    "sent_at": Column("moment", "when", required=True),
    "sender": Column("enum", "who wrote", ("customer", "agent", "bot", "system"), required=True),
    "sender_id": Column("text", "the customer or agent who wrote"),
    "n_chars": Column("count", "length of the text"),
    "is_canned": Column("flag", "a canned reply"),
}

#: All tables of a log by name; ``interactions`` is the one that every log has.
TABLES: dict[str, dict[str, Column]] = {
    "interactions": INTERACTIONS,
    "agent_states": AGENT_STATES,
    "legs": LEGS,
    "surveys": SURVEYS,
    "visits": VISITS,
    "customers": CUSTOMERS,
    "orders": ORDERS,
    "items": ITEMS,
    "messages": MESSAGES,
}
