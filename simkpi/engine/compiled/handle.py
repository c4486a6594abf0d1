"""What an answered contact takes: talk, hold and wrap-up (``Simulation.handle`` of the reference, up to its wait)."""

from __future__ import annotations

from simkpi.engine.compiled.bots import without_bot
from simkpi.engine.compiled.chains import begin_talk, is_gone, is_in_parts, notice, pick_up
from simkpi.engine.compiled.clock import WORK_ENDS, at
from simkpi.engine.compiled.effort import begin
from simkpi.engine.compiled.jit import bytes_, compiled, longs, shorts
from simkpi.engine.compiled.records import Agent, type_at
from simkpi.engine.compiled.state import TOO_LATE, State
from simkpi.engine.compiled.turns import begin_chat, is_chat
from simkpi.engine.ppm import PPM
from simkpi.engine.recorder import ANSWERED

#: Work of more bits (70 years) could not be divided by a speed in 64 bits.
_WORK_BITS = 41


@compiled
def handle(state: State, contact: int, agent: Agent, speed: int) -> None:
    """Enter when *contact*, answered now by *agent* at *speed*, will end and be wrapped up."""
    if state.has_lives:
        pick_up(state, contact)
        if is_gone(state, contact):
            notice(state, contact)
            return
    talk, hold, wrap = longs(state.talk)[contact], longs(state.hold)[contact], longs(state.wrap)[contact]
    if without_bot(state, contact):
        talk = longs(state.talk_alone)[contact]
    if is_chat(state, contact):
        begin_chat(state, contact, talk, _scaled(state, wrap, speed), speed)
        return
    if speed != PPM:
        talk, hold, wrap = _scaled(state, talk, speed), _scaled(state, hold, speed), _scaled(state, wrap, speed)
    if (talk | hold | wrap) >> _WORK_BITS:
        state.failed = TOO_LATE
        return
    if state.has_lives and is_in_parts(state, contact):
        begin_talk(state, contact, agent, talk + hold, wrap)
    elif type_at(state.types, shorts(state.contact_type)[contact]).n_paces > 0:
        begin(state, contact, agent, talk + hold, wrap)
    else:
        ended = state.now + talk + hold
        longs(state.ended)[contact] = ended
        bytes_(state.outcome)[contact] = ANSWERED
        longs(state.wrapped)[contact] = ended + wrap
        at(state, ended + wrap, WORK_ENDS, contact)


@compiled
def _scaled(state: State, ticks: int, speed: int) -> int:
    """:func:`simkpi.engine.ppm.scaled`, which is written for arrays too and can not be compiled as it stands."""
    if ticks >> _WORK_BITS:
        state.failed = TOO_LATE
        return 0
    return (ticks * PPM + speed // 2) // speed
