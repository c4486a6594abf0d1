"""Columns that are added up for the KPIs, by planning interval; times in ticks, everything else counted."""

from __future__ import annotations

#: Of contacts, in the interval of their arrival (but for those who went).
CONTACT_SUMS = (
    "contacts", "offered", "reached", "left", "turned_away", "answered_offered", "abandoned_offered", "within", "picked_up",
    "reply", "answered_wait", "waited", "wait", "unknown_wait", "worked", "effort", "talk", "solved", "solving", "still_open",
    "first_time", "undecided", "has_bot", "bot_only", "contained_by_bot", "contained_undecided", "came", "went",
)  # fmt: skip
#: Of agents.
AGENT_SUMS = ("on_queue", "busy", "slots", "used", "stretches")
SUMS = (*CONTACT_SUMS, *AGENT_SUMS)
N_SUMS = len(SUMS)

(
    CONTACTS, OFFERED, REACHED, LEFT, TURNED_AWAY, ANSWERED_OFFERED, ABANDONED_OFFERED, WITHIN, PICKED_UP,
    REPLY, ANSWERED_WAIT, WAITED, WAIT, UNKNOWN_WAIT, WORKED, EFFORT, TALK, SOLVED, SOLVING, STILL_OPEN,
    FIRST_TIME, UNDECIDED, HAS_BOT, BOT_ONLY, CONTAINED_BY_BOT, CONTAINED_UNDECIDED, CAME, WENT,
    ON_QUEUE, BUSY, SLOTS, USED, STRETCHES,
) = range(len(SUMS))  # fmt: skip
