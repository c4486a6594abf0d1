"""Bots whose places are limited, or that are closed to some contacts: who gets a session, who waits for one, who goes without.

Mirrors reference/bots.py; those who wait for a place are a linked list per bot, from which who left is skipped when reached.
"""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.clock import BOT_ENDS, BOT_FULL, at
from simkpi.engine.compiled.jit import bytes_, compiled, ints, longs, rare, shorts
from simkpi.engine.compiled.records import Bot, bot_at, opening_at
from simkpi.engine.compiled.state import State

REFUSED, TAKEN, WAITS = 0, 1, 2


@rare
def enter(state: State, contact: int) -> int:
    """Get a place for *contact*: ``TAKEN``, ``WAITS`` for one, or ``REFUSED``."""
    bot, now = bot_at(state.bots, shorts(state.bot)[contact]), state.now
    if now < longs(state.tried_from)[contact] or now >= longs(state.tried_until)[contact] or not _is_up(state, bot):
        return REFUSED
    if bot.taken < bot.at_once:
        bot.taken += 1
        _begin(state, contact)
        return TAKEN
    if bot.waits == 0:
        return REFUSED
    ints(state.bot_behind)[contact] = -1
    bytes_(state.bot_waits)[contact] = 1
    if bot.first < 0:
        bot.first = contact
    else:
        ints(state.bot_behind)[bot.last] = contact
    bot.last = contact
    at(state, now + bot.waits, BOT_FULL, contact)
    return WAITS


@rare
def leave_bot(state: State, contact: int) -> None:
    """End the session of *contact*; the first who waits for the place gets it."""
    bot = bot_at(state.bots, shorts(state.bot)[contact])
    while bot.first >= 0:
        following = bot.first
        bot.first = ints(state.bot_behind)[following]
        if bytes_(state.bot_waits)[following]:
            bytes_(state.bot_waits)[following] = 0
            _begin(state, following)
            return
    bot.taken -= 1


@rare
def stop_waiting(state: State, contact: int) -> bool:
    """Let *contact* wait for a place no longer; False if it got one meanwhile."""
    is_waiting = bytes_(state.bot_waits)[contact] != 0
    bytes_(state.bot_waits)[contact] = 0
    return is_waiting


@compiled
def without_bot(state: State, contact: int) -> bool:
    """Whether no bot took *contact*, where only the run can tell."""
    return state.has_bot_terms != 0 and longs(state.bot_started)[contact] == NEVER


@compiled
def is_solved(state: State, contact: int) -> bool:
    """Whether *contact*, now handled, solved the case, where that depends on the bot's taking it; else False."""
    if state.has_bot_terms == 0:
        return False
    if longs(state.bot_started)[contact] == NEVER:
        return bytes_(state.solved_alone)[contact] != 0
    return bytes_(state.solved)[contact] != 0


@compiled
def _begin(state: State, contact: int) -> None:
    longs(state.bot_started)[contact] = state.now
    at(state, state.now + longs(state.bot_time)[contact], BOT_ENDS, contact)


@compiled
def _is_up(state: State, bot: Bot) -> bool:
    low, high = bot.up_from, bot.up_to  # the first span that begins after now: at least low, at most high
    while low < high:
        middle = (low + high) // 2
        if opening_at(state.bot_hours, middle).opens <= state.now:
            low = middle + 1
        else:
            high = middle
    return low > bot.up_from and state.now < opening_at(state.bot_hours, low - 1).closes
