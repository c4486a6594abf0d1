"""What is true of one contact, from its row of demand and log: compiled, flags and numbers without a branch.

Conditions are flags that numbers are combined with: ``number & -flag`` is the number, or 0.
"""

from __future__ import annotations

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.jit import bytes_, compiled, longs, shorts
from simkpi.engine.ppm import PPM
from simkpi.engine.recorder import ANSWERED, BLOCKED, CONTAINED, OPEN
from simkpi.experiment.tally_records import Account, quotient
from simkpi.interactions.columns import BOT_OUTCOMES

BOT_CONTAINED, BOT_GAVE_UP = (BOT_OUTCOMES.index(name) for name in ("contained", "gave_up"))


@compiled
def counts_of(account: Account, row: int) -> int:
    """Whether the contact counts."""
    return bytes_(account.taken)[row]


@compiled
def end_of(account: Account, row: int) -> int:
    """When the conversation ended, or the customer left; ``NEVER`` if the clock has stopped before."""
    end = longs(account.ended)[row]
    return NEVER if end >= account.stop else end


@compiled
def outcome_of(account: Account, row: int) -> int:
    """Outcome of the contact."""
    how = bytes_(account.outcome)[row]
    return OPEN if longs(account.ended)[row] >= account.stop else how


@compiled
def was_picked_up(account: Account, row: int) -> bool:
    """Whether an agent has ever begun with it."""
    return longs(account.answered)[row] < NEVER


@compiled
def was_answered(account: Account, row: int) -> int:
    """Whether an agent has taken the contact in the end."""
    how = outcome_of(account, row)
    return (how == ANSWERED) | ((how == OPEN) & was_picked_up(account, row))


@compiled
def was_contained(account: Account, row: int) -> int:
    """Whether a bot did all there was to do."""
    return (outcome_of(account, row) == CONTAINED) | (bot_outcome_of(account, row) == BOT_CONTAINED)


@compiled
def bot_outcome_of(account: Account, row: int) -> int:
    """Outcome of the bot session, -1 if there was none or it was not over."""
    came, outcome = longs(account.arrived)[row], bytes_(account.bot_outcome)[row]
    is_early = (outcome_of(account, row) == BLOCKED) & (longs(account.queued)[row] >= NEVER) & (end_of(account, row) == came)
    is_over = (came + longs(account.bot_time)[row] < account.bots_until) & (shorts(account.bot)[row] >= 0) & (is_early ^ 1)
    return (outcome + 1 & -is_over) - 1


@compiled
def is_wait_known(account: Account, row: int) -> int:
    """Whether the contact entered a queue and it is known how long it waited."""
    is_over = (outcome_of(account, row) != OPEN) & (end_of(account, row) < NEVER)
    return counts_of(account, row) & (longs(account.queued)[row] < NEVER) & (was_answered(account, row) | is_over)


@compiled
def wait_of(account: Account, row: int) -> int:
    """How long the contact waited, 0 if that is not known."""
    answered, end = longs(account.answered)[row], end_of(account, row)
    until = answered if was_answered(account, row) else end
    return until - longs(account.queued)[row] & -is_wait_known(account, row)


@compiled
def was_worked_on(account: Account, row: int) -> int:
    """Whether an agent's conversation with the contact is over."""
    is_over = (end_of(account, row) < NEVER) & was_picked_up(account, row)
    return counts_of(account, row) & (outcome_of(account, row) == ANSWERED) & is_over


@compiled
def was_wrapped(account: Account, row: int) -> int:
    """Whether its wrap-up is over."""
    return (longs(account.wrapped)[row] < NEVER) & (longs(account.wrapped)[row] < account.stop)


@compiled
def spent(work: int, speed: int) -> int:
    """Ticks that work takes at a speed."""
    return work if speed == PPM else quotient(work * PPM + speed // 2, speed)
