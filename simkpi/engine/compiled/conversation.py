"""What an answered contact takes: talk, hold and wrap-up (in the reference, the second half of the contact's process)."""

from __future__ import annotations

from simkpi.engine.compiled.clock import WORK_ENDS, at
from simkpi.engine.compiled.jit import bytes_, compiled, longs
from simkpi.engine.compiled.state import TOO_LATE, State
from simkpi.engine.plan import PPM
from simkpi.engine.recorder import ANSWERED

#: Work of more bits (278 years) could not be divided by a speed in 64 bits.
_WORK_BITS = 43


@compiled
def converse(state: State, contact: int, speed: int) -> None:
    """Enter when *contact*, answered now by an agent of *speed*, will end and be wrapped up."""
    talk, hold, wrap = longs(state.talk)[contact], longs(state.hold)[contact], longs(state.wrap)[contact]
    if (talk | hold | wrap) >> _WORK_BITS:
        state.failed = TOO_LATE
        return
    if speed != PPM:
        talk, hold, wrap = _scaled(talk, speed), _scaled(hold, speed), _scaled(wrap, speed)
        if max(talk, hold, wrap) > state.last_tick:
            state.failed = TOO_LATE
            return
    ended = state.now + talk + hold
    longs(state.ended)[contact] = ended
    longs(state.wrapped)[contact] = ended + wrap
    bytes_(state.outcome)[contact] = ANSWERED
    at(state, ended + wrap, WORK_ENDS, contact)


@compiled
def _scaled(ticks: int, speed: int) -> int:
    """:func:`simkpi.engine.plan.scaled`, which is written for arrays too and can not be compiled as it stands."""
    return (ticks * PPM + speed // 2) // speed
