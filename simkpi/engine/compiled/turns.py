"""Chats message by message: an agent writes one reply at a time, in the order in which customers have written.

Mirrors reference/turns.py; the chats on an agent's desk are a linked list.
"""

from __future__ import annotations

from simkpi.demand.chat_turns import WHOLE
from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.clock import CHAT_TURN, WORK_ENDS, at
from simkpi.engine.compiled.jit import bytes_, compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.state import TOO_LATE, State
from simkpi.engine.ppm import PPM
from simkpi.engine.recorder import ANSWERED

#: Work of more bits (70 years) could not be multiplied by millionths in 64 bits.
_WORK_BITS = 41


@compiled
def is_chat(state: State, contact: int) -> bool:
    """Whether *contact* is simulated message by message."""
    return state.has_chats != 0 and longs(state.chat_replies)[contact] > 0


@rare
def begin_chat(state: State, contact: int, talk: int, wrap: int, speed: int) -> None:
    """Let the agent of *contact* open the chat, whose first message is there; *wrap* is at that *speed* already."""
    if talk >> _WORK_BITS:
        state.failed = TOO_LATE
        return
    longs(state.chat_talk)[contact] = talk
    longs(state.chat_wrap)[contact] = wrap
    longs(state.chat_speed)[contact] = speed
    longs(state.chat_written)[contact] = 0
    longs(state.message_at)[longs(state.chat_first)[contact]] = longs(state.queued)[contact]
    _ask(state, contact)


@rare
def finish_writing(state: State, contact: int) -> bool:
    """Send the reply, or close the chat that is wrapped up, and go on with the next; True if the chat is closed."""
    agent = ints(state.agent)[contact]
    bytes_(state.desk_busy)[agent] = 0
    is_closed = longs(state.ended)[contact] < NEVER
    if is_closed:
        longs(state.wrapped)[contact] = state.now
    else:
        written = longs(state.chat_written)[contact]
        place = longs(state.chat_first)[contact] + written
        longs(state.reply_at)[place] = state.now
        longs(state.chat_written)[contact] = written + 1
        if written + 1 == longs(state.chat_replies)[contact]:
            is_closed = _end_chat(state, contact)
        else:
            pause = min(longs(state.chat_gap)[place], _limit(state, contact))
            at(state, state.now + pause, CHAT_TURN, contact)
    _write_next(state, agent)
    return is_closed


@rare
def take_turn(state: State, contact: int) -> bool:
    """Let the customer's next message come, or end the chat of one silent for too long; True if the chat is closed."""
    place = longs(state.chat_first)[contact] + longs(state.chat_written)[contact]
    if longs(state.chat_gap)[place - 1] <= _limit(state, contact):
        longs(state.message_at)[place] = state.now
        _ask(state, contact)
        return False
    return _end_chat(state, contact)


@compiled
def _limit(state: State, contact: int) -> int:
    return longs(state.idle_close)[shorts(state.contact_type)[contact]]


@rare
def _ask(state: State, contact: int) -> None:
    agent = ints(state.agent)[contact]
    ints(state.desk_behind)[contact] = -1
    if ints(state.desk_first)[agent] < 0:
        ints(state.desk_first)[agent] = contact
    else:
        ints(state.desk_behind)[ints(state.desk_last)[agent]] = contact
    ints(state.desk_last)[agent] = contact
    _write_next(state, agent)


@rare
def _write_next(state: State, agent: int) -> None:
    contact = ints(state.desk_first)[agent]
    if contact >= 0 and bytes_(state.desk_busy)[agent] == 0:
        bytes_(state.desk_busy)[agent] = 1
        ints(state.desk_first)[agent] = ints(state.desk_behind)[contact]
        at(state, state.now + _length(state, contact), WORK_ENDS, contact)


@compiled
def _length(state: State, contact: int) -> int:
    if longs(state.ended)[contact] < NEVER:
        return longs(state.chat_wrap)[contact]
    written, talk = longs(state.chat_written)[contact], longs(state.chat_talk)[contact]
    place = longs(state.chat_first)[contact] + written
    before = longs(state.chat_done)[place - 1] if written > 0 else 0
    part = talk * longs(state.chat_done)[place] // WHOLE - talk * before // WHOLE
    speed = longs(state.chat_speed)[contact]
    return part if speed == PPM else (part * PPM + speed // 2) // speed


@rare
def _end_chat(state: State, contact: int) -> bool:
    """End the conversation; the wrap-up waits for its turn. True if there is none."""
    longs(state.ended)[contact] = state.now
    bytes_(state.outcome)[contact] = ANSWERED
    if longs(state.chat_wrap)[contact] > 0:
        _ask(state, contact)
        return False
    longs(state.wrapped)[contact] = state.now
    return True
