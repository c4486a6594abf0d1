"""Writing down legs that a contact's row of the log can not tell (``Recorder.legs`` of the reference)."""

from __future__ import annotations

from simkpi.engine.compiled.jit import rare
from simkpi.engine.compiled.records import leg_at
from simkpi.engine.compiled.state import LEGS_FULL, State


@rare
def write_leg(state: State, contact: int, stay: tuple[int, int], span: tuple[int, int], how: int) -> None:
    """Write down a *stay* (kind, place) of *contact* over a *span* of ticks, and *how* it ended.

    When there might be no room for the legs of another event the run pauses after this one.
    """
    leg = leg_at(state.legs, state.n_legs)
    state.n_legs += 1
    leg.contact, leg.how = contact, how
    leg.kind, leg.place = stay
    leg.start, leg.end = span
    if state.n_legs > state.most_legs and state.failed == 0:
        state.failed = LEGS_FULL
