"""Trunk lines: how many contacts are in bot, queue and conversation at once. Mirrors reference/lines.py."""

from __future__ import annotations

from simkpi.engine.compiled.jit import compiled, rare, shorts
from simkpi.engine.compiled.records import life_at, lines_at
from simkpi.engine.compiled.state import State


@rare
def take_line(state: State, contact: int, in_bot: bool) -> bool:
    """Let *contact* take a line if it needs one that it does not have; False if all are busy."""
    group = life_at(state.lives, shorts(state.contact_type)[contact]).lines
    if group < 0 or shorts(state.line)[contact] >= 0:
        return True
    lines = lines_at(state.lines, group)
    if in_bot and not lines.bots_hold:
        return True
    if lines.busy >= lines.count:
        return False
    lines.busy += 1
    shorts(state.line)[contact] = group
    return True


@compiled
def holds_line(state: State, contact: int) -> bool:
    """Whether *contact* takes a line."""
    return state.n_lines > 0 and shorts(state.line)[contact] >= 0


@rare
def give_back(state: State, contact: int) -> None:
    """Free the line of *contact*, if it takes one."""
    if holds_line(state, contact):
        lines_at(state.lines, shorts(state.line)[contact]).busy -= 1
        shorts(state.line)[contact] = -1


@rare
def pass_on(state: State, contact: int, row: int) -> None:
    """Let the line of *contact* be that of the *row* by which it goes on."""
    if holds_line(state, contact):
        shorts(state.line)[row] = shorts(state.line)[contact]
        shorts(state.line)[contact] = -1
