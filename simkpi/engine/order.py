"""The order of simultaneous events, which is part of the model: (tick, kind, id), the same in every engine."""

from __future__ import annotations

from enum import IntEnum


class Kind(IntEnum):
    """Kinds of timed events; at the same tick a lower kind happens first, and within a kind the lower id."""

    #: A team's scheduled head-count changes (id = team); an agent's own timetable, or the end of a pause (id = teams + agent).
    SCHEDULE = 0
    #: An agent has finished a contact, wrap-up included (id = contact, as in all kinds below).
    WORK_ENDS = 1
    #: A wrap-up that was longer because nobody waited is over.
    QUIET_ENDS = 2
    #: A contact has waited long enough for a further team.
    OVERFLOW = 3
    #: A waiting customer's patience ends.
    ABANDON = 4
    #: A customer in a chat writes the next message, or has been silent for too long.
    CHAT_TURN = 5
    #: A customer has waited long enough for a place with a bot.
    BOT_FULL = 6
    #: A bot session ends.
    BOT_ENDS = 7
    #: An invitation to chat may be shown to a visitor (id = visit).
    INVITATION = 8
    #: A customer comes back (redial or repeat contact).
    RETURN = 9
    #: A fresh contact arrives.
    ARRIVAL = 10
