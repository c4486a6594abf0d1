"""What each contact adds to the sums behind the KPIs: compiled, a contact at a time."""

from __future__ import annotations

import math
from typing import Any

from simkpi.demand.rows import NEVER
from simkpi.engine.ppm import PPM
from simkpi.engine.recorder import ABANDONED, ANSWERED, BLOCKED, CONTAINED, OPEN, REFUSED
from simkpi.experiment.tally_jit import part
from simkpi.experiment.tally_rows import Contacts, Crew, Limits, Room
from simkpi.experiment.tally_sums import (
    ABANDONED_OFFERED,
    ANSWERED_OFFERED,
    ANSWERED_WAIT,
    BOT_ONLY,
    CAME,
    CONTACTS,
    CONTAINED_BY_BOT,
    CONTAINED_UNDECIDED,
    EFFORT,
    FIRST_TIME,
    HAS_BOT,
    LEFT,
    OFFERED,
    PICKED_UP,
    REACHED,
    REPLY,
    SOLVED,
    SOLVING,
    STILL_OPEN,
    TALK,
    TURNED_AWAY,
    UNDECIDED,
    UNKNOWN_WAIT,
    WAIT,
    WAITED,
    WENT,
    WITHIN,
    WORKED,
)
from simkpi.interactions.columns import BOT_OUTCOMES

_BOT_CONTAINED, _BOT_GAVE_UP = (BOT_OUTCOMES.index(name) for name in ("contained", "gave_up"))
#: Bits of the interval's number below the wait in a sorting key.
PIECE_BITS = 20


@part
def add_contacts(rows: Contacts, crew: Crew, limits: Limits, room: Room) -> int:
    """Add up the contacts of the types that count; write down waits above 0 and return how many there are."""
    place, edge, n_waits, sums = 0, limits.piece, 0, room.sums
    for row in range(len(rows.arrived)):
        came = rows.arrived[row]
        while came >= edge:
            place += 1
            edge += limits.piece
        if not crew.counts[rows.contact_type[row]]:
            continue
        how, picked_up = rows.outcome[row], rows.answered[row] < NEVER
        is_answered = how == ANSWERED or (how == OPEN and picked_up)
        add = sums[place]
        _add_life(rows, row, limits, sums, add)
        if is_answered:
            add[REACHED] += 1
        elif how == ABANDONED:
            add[LEFT] += 1
        elif (how == BLOCKED) | (how == REFUSED):
            add[TURNED_AWAY] += 1
        if picked_up:
            add[PICKED_UP] += 1
            add[REPLY] += rows.answered[row] - came
        if rows.queued[row] < NEVER:
            wait = _add_wait(rows, row, is_answered, limits.threshold, add)
            if wait > 0:
                room.keys[n_waits] = (wait << PIECE_BITS) | place
                n_waits += 1
        if picked_up and is_answered and how != OPEN and rows.ended[row] < NEVER:
            _add_work(rows, row, crew, add)
        is_contained = _add_bot(rows, row, limits, add)
        _add_case(rows, row, is_answered or is_contained, limits, add)
    return n_waits


@part
def _add_life(rows: Contacts, row: int, limits: Limits, sums: Any, add: Any) -> None:
    """Count who comes and who goes: in the interval at whose end they are there, or are no more."""
    add[CONTACTS] += 1
    sums[max((rows.arrived[row] - 1) // limits.piece, 0), CAME] += 1
    if rows.outcome[row] == OPEN:
        add[STILL_OPEN] += 1
    elif rows.ended[row] <= limits.horizon:
        sums[max((rows.ended[row] - 1) // limits.piece, 0), WENT] += 1


@part
def _add_wait(rows: Contacts, row: int, is_answered: bool, threshold: int, add: Any) -> int:
    """Add an offered contact and its wait; return the wait, 0 if it is not known."""
    how, end = rows.outcome[row], rows.ended[row]
    add[OFFERED] += 1
    if how == ABANDONED:
        add[ABANDONED_OFFERED] += 1
    if not is_answered and (how == OPEN or end >= NEVER):
        add[UNKNOWN_WAIT] += 1
        return 0
    wait: int = (rows.answered[row] if is_answered else end) - rows.queued[row]
    add[WAITED] += 1
    add[WAIT] += wait
    if is_answered:
        add[ANSWERED_OFFERED] += 1
        add[ANSWERED_WAIT] += wait
        if wait <= threshold:
            add[WITHIN] += 1
    return wait


@part
def _add_work(rows: Contacts, row: int, crew: Crew, add: Any) -> None:
    """Add talk, hold and wrap-up as spent on a conversation that is over (see ``simkpi.engine.frames.efforts``)."""
    kind, is_wrapped = rows.contact_type[row], rows.wrapped[row] < NEVER
    speed = crew.speeds[rows.team[row], kind]
    talk, hold, wrap = rows.talk[row], rows.hold[row], rows.wrap[row]
    if speed != PPM:
        talk, hold = (talk * PPM + speed // 2) // speed, (hold * PPM + speed // 2) // speed
        wrap = (wrap * PPM + speed // 2) // speed
    if crew.is_paced[kind]:
        conversation = rows.ended[row] - rows.answered[row]
        hold = math.floor(conversation * (hold / max(talk + hold, 1)))
        talk = conversation - hold
        if is_wrapped:
            wrap = rows.wrapped[row] - rows.ended[row]
    add[WORKED] += 1
    add[TALK] += talk
    add[EFFORT] += talk + hold + (wrap if is_wrapped else 0)


@part
def _add_bot(rows: Contacts, row: int, limits: Limits, add: Any) -> bool:
    """Add what a bot did; return whether it contained the contact."""
    how, came, end = rows.outcome[row], rows.arrived[row], rows.ended[row]
    says = -1
    if rows.bot[row] >= 0:
        add[HAS_BOT] += 1
        meets = not (how == BLOCKED and rows.queued[row] >= NEVER and end == came)
        if meets and (not limits.cut or came + rows.bot_time[row] < limits.horizon):
            says = rows.bot_outcome[row]
    is_contained: bool = (how == CONTAINED) | (says == _BOT_CONTAINED)
    if rows.bot[row] >= 0 and (is_contained or says == _BOT_GAVE_UP):
        add[BOT_ONLY] += 1
    if is_contained:
        add[CONTAINED_BY_BOT] += 1
        if (end if end < NEVER else came) > limits.horizon - limits.bot_window:
            add[CONTAINED_UNDECIDED] += 1
    return is_contained


@part
def _add_case(rows: Contacts, row: int, is_handled: bool, limits: Limits, add: Any) -> None:
    """Add whether the case is solved; each contact is a case, since nobody comes back."""
    how, came, end = rows.outcome[row], rows.arrived[row], rows.ended[row]
    last = limits.horizon if how == OPEN else end if end < NEVER else came
    if limits.horizon - last < limits.repeat_window:
        add[UNDECIDED] += 1
    is_over = rows.answered[row] < NEVER and end < NEVER
    if rows.resolved[row] and (is_over or how == CONTAINED):
        if is_handled:
            add[FIRST_TIME] += 1
        if end < NEVER:
            add[SOLVED] += 1
            add[SOLVING] += end - came
