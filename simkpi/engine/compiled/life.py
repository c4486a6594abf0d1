"""A contact's life until an agent answers: bot, question, queue. Mirrors reference/life.py."""

from __future__ import annotations

from simkpi.engine.compiled.bots import REFUSED, enter, leave_bot
from simkpi.engine.compiled.chains import BOT_ONLY, LEAVES_MESSAGE, divert, fate_of, is_call, let_go
from simkpi.engine.compiled.chains import REFUSED as TURNED_AWAY
from simkpi.engine.compiled.clock import BOT_ENDS, at
from simkpi.engine.compiled.jit import bytes_, compiled, longs, rare, shorts
from simkpi.engine.compiled.lines import give_back, take_line
from simkpi.engine.compiled.queues import arrive, go_on, is_full, is_longer, leave, patience_of, waits_for_own
from simkpi.engine.compiled.records import life_at
from simkpi.engine.compiled.returns import redial, repeat, return_at
from simkpi.engine.compiled.router import announced, ask, ask_anybody, wait
from simkpi.engine.compiled.state import NOT_WAITING, State
from simkpi.engine.life_plan import UNSAID
from simkpi.engine.recorder import ABANDONED, BLOCKED, CONTAINED, GAVE_UP
from simkpi.engine.recorder import REFUSED as REFUSED_OUTCOME
from simkpi.interactions.columns import BOT_OUTCOMES

_CONTAINED, _GAVE_UP = BOT_OUTCOMES.index("contained"), BOT_OUTCOMES.index("gave_up")


@compiled
def begin(state: State, contact: int) -> None:
    """Begin the life of one contact: bot or queue."""
    arrive(state, contact)
    if state.has_chains and _turns_away(state, contact):
        return
    if state.n_lines > 0 and not take_line(state, contact, shorts(state.bot)[contact] >= 0):
        end(state, contact, BLOCKED)
    elif shorts(state.bot)[contact] < 0:
        state.asking = contact
    elif state.has_bot_terms == 0:
        at(state, state.now + longs(state.bot_time)[contact], BOT_ENDS, contact)
    elif enter(state, contact) == REFUSED:
        after_bot(state, contact)


@compiled
def bot_ends(state: State, contact: int) -> None:
    """End the contact, or hand it off."""
    if state.has_bot_terms:
        leave_bot(state, contact)
    outcome = bytes_(state.bot_outcome)[contact]
    if outcome == _CONTAINED:
        end(state, contact, CONTAINED)
    elif outcome == _GAVE_UP:
        end(state, contact, GAVE_UP)
    else:
        after_bot(state, contact)


@compiled
def after_bot(state: State, contact: int) -> None:
    """Go on with the life of one contact that has met the bot, or that the bot did not take."""
    if fate_of(state, contact) == BOT_ONLY:
        end(state, contact, REFUSED_OUTCOME)
    elif state.n_lines > 0 and not take_line(state, contact, False):
        end(state, contact, BLOCKED)
    else:
        state.asking = contact


@compiled
def queue(state: State, contact: int) -> None:
    """Go on with the life of one contact: answered at once, or blocked, or waiting."""
    if ask(state, contact) >= 0:
        return
    if waits_for_own(state, contact) and not _would_wait(state, contact):
        shorts(state.stage)[contact] = NOT_WAITING
        if ask_anybody(state, contact) >= 0:
            return
    patience = longs(state.patience)[contact]
    if contact < state.n_backlog or is_call(state, contact):
        wait(state, contact, patience)
    elif is_full(state, contact):
        end(state, contact, BLOCKED)
    elif patience == 0 or (state.has_longest_queue and is_longer(state, contact, longs(state.longest_queue)[contact])):
        end(state, contact, ABANDONED)
    elif state.announces == 0 or _joins(state, contact):
        wait(state, contact, patience_of(state, contact, patience) if state.shortens else patience)


@rare
def _joins(state: State, contact: int) -> bool:
    """Whether *contact*, which hears of a wait, waits; else it is ended, or goes on otherwise."""
    life = life_at(state.lives, shorts(state.contact_type)[contact])
    if life.announces == UNSAID:
        return True
    hears = announced(state, contact)
    if state.has_chains and hears > life.offer_after and _accepts_call(state, contact):
        return False
    if state.has_balk_above and hears > longs(state.balk_above)[contact]:
        end(state, contact, ABANDONED)
        return False
    return True


@rare
def _would_wait(state: State, contact: int) -> bool:
    """Whether *contact* would join the queue, and stay in it whatever is announced."""
    if is_call(state, contact):
        return True
    if is_full(state, contact) or longs(state.patience)[contact] == 0:
        return False
    if state.has_longest_queue and is_longer(state, contact, longs(state.longest_queue)[contact]):
        return False
    if state.announces == 0:
        return True
    life = life_at(state.lives, shorts(state.contact_type)[contact])
    if life.announces == UNSAID:
        return True
    hears = announced(state, contact)
    return hears <= life.offer_after and not (state.has_balk_above and hears > longs(state.balk_above)[contact])


@compiled
def end(state: State, contact: int, outcome: int) -> None:
    """End a contact that no agent answers and that does not wait."""
    longs(state.ended)[contact] = state.now
    bytes_(state.outcome)[contact] = outcome
    leave(state, contact)
    let_go(state, contact)
    if outcome == CONTAINED:
        repeat(state, contact)
    else:
        redial(state, contact)


@rare
def _turns_away(state: State, contact: int) -> bool:
    """Refuse a contact that comes while the centre is closed, or let it leave a message."""
    fate = fate_of(state, contact)
    if fate == TURNED_AWAY:
        end(state, contact, REFUSED_OUTCOME)
        return True
    if fate == LEAVES_MESSAGE:
        row = longs(state.chain_next)[contact]
        divert(state, contact)
        go_on(state, contact, row)
        leave(state, contact)
        state.asking = row
        return True
    return False


@rare
def _accepts_call(state: State, contact: int) -> bool:
    """Let *contact*, to whom a call back is offered, go on by it, if the customer accepts."""
    row = longs(state.callback_to)[contact]
    if row < 0:
        return False
    divert(state, contact)
    give_back(state, contact)
    after = longs(state.callback_after)[contact]
    if after > 0:
        return_at(state, state.now + after, row)
        leave(state, contact)
    else:
        go_on(state, contact, row)
        leave(state, contact)
        state.asking = row
    return True
