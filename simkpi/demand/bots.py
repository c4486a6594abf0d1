"""What chance decides about bot sessions: who tries the bot, how the session ends, how long it takes, what is left for agents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simkpi.demand import turn_counts
from simkpi.demand.elementary import Floats
from simkpi.demand.laws import is_fixed, mean_below, sample
from simkpi.demand.rows import NEVER, Ticks
from simkpi.interactions.columns import BOT_OUTCOMES
from simkpi.scenario.bot_hours import is_always_up, up_spans
from simkpi.scenario.bots import Bot
from simkpi.scenario.laws import Law
from simkpi.scenario.resolve import Scenario
from simkpi.scenario.spec import Contact, Spec
from simkpi.units import DAY, to_ticks

Flags = NDArray[np.bool_]
Outcomes = NDArray[np.int8]
#: ``uniforms(purpose, rows, attempt)``: uniform numbers of the customers (of *rows* of them), for their n-th contact.
Uniforms = Callable[..., Floats]

CONTAINED, HANDED_OFF, GAVE_UP = (BOT_OUTCOMES.index(name) for name in ("contained", "handed_off", "gave_up"))


def needs_terms(spec: Spec) -> bool:
    """Whether only the run can tell which contacts a bot takes: it may be full, or closed to contacts that are still to come."""
    further = any(contact.retry or contact.recontact for contact in spec.contacts.values())

    def changes(bot: Bot) -> bool:
        return bot.adoption.start != bot.adoption.to or not is_always_up(bot)

    return any(bot.at_once is not None or (further and changes(bot)) for bot in spec.bots.values())


def has_replies(spec: Spec) -> bool:
    """Whether a bot takes time to reply."""
    return any(bot.latency.fixed != 0 for bot in spec.bots.values())


@dataclass(frozen=True)
class BotDuty:
    """The bot in front of one contact type, and when it works.

    Parameters
    ----------
    number : int
        Position among the bots.
    bot : Bot
        As it is for the contact type.
    up : ndarray of int64, shape (n_spans, 2), ticks, or None
        When it works; None = always.
    adopts : int, ticks
        When the share of customers who try it begins to change.
    """

    number: int
    bot: Bot
    up: Ticks | None
    adopts: int

    @classmethod
    def of(cls, scenario: Scenario, contact_type: str) -> BotDuty | None:
        """Return the bot in front of *contact_type*, None if there is none."""
        calendar = scenario.spec.calendar
        for number, whole in enumerate(scenario.spec.bots.values()):
            if contact_type in whole.serves:
                bot = whole.about(contact_type)
                up = None
                if not is_always_up(bot):
                    spans = [(to_ticks(start), to_ticks(end)) for start, end in up_spans(bot, calendar)]
                    up = np.array(spans, dtype=np.int64).reshape(-1, 2)
                lead = ((bot.adoption.since or calendar.start) - calendar.start).days * DAY
                return cls(number, bot, up, to_ticks(lead))
        return None

    def is_up(self, moment: Ticks) -> Flags:
        """Whether the bot works at each moment."""
        if self.up is None:
            return np.ones(len(moment), dtype=np.bool_)
        place = np.searchsorted(self.up[:, 0], moment, side="right") - 1
        ends = np.concatenate([self.up[:, 1], [np.iinfo(np.int64).min]])
        return np.asarray(moment < ends[place])


def willing(duty: BotDuty, uniforms: Uniforms, n_rows: int) -> tuple[Ticks, Ticks] | None:
    """Return from when until when each customer is willing to try the bot, ticks; None = everybody, always.

    Notes
    -----
    Whether a customer tries the bot is a trait: one uniform number u for all contacts of the case, below the share of the moment.
    The share changes in a straight line, so u decides the moment at which the customer is won (or lost).
    """
    adoption = duty.bot.adoption
    if adoption.start == adoption.to == 1:
        return None
    start, until = np.zeros(n_rows, dtype=np.int64), np.full(n_rows, NEVER, dtype=np.int64)
    u = uniforms("bot tried", attempt=0)
    low, high = sorted((adoption.start, adoption.to))
    until[u >= high] = 0
    turns = (low <= u) & (u < high)
    if turns.any():
        done = (u[turns] - adoption.start) / (adoption.to - adoption.start)
        moment = duty.adopts + np.ceil(done * to_ticks(adoption.over)).astype(np.int64)
        (start if adoption.to > adoption.start else until)[turns] = np.maximum(moment, 0)
    return start, until


def outcomes(bot: Bot, contact: Contact, uniforms: Uniforms, n_rows: int) -> Outcomes:
    """How each session would end.

    Notes
    -----
    A session is contained if its number lies below ``understands * contains``. The number is the customer's own for this
    purpose; for a share ``easy_first`` of the customers it is the one behind their talk time instead, so that the bot contains
    their contacts from the shortest on (a mixture of independence and comonotonicity: the share contained stays the same, and
    the chance falls with the talk time). Whoever is contained at 20 % is so at 25 %.
    """
    found = np.full(n_rows, HANDED_OFF, dtype=np.int8)
    chance = bot.understands * bot.contains
    if bot.easy_first and 0 < chance < 1 and not is_fixed(contact.handle.talk):
        number = uniforms("talk")
        if bot.easy_first < 1:
            number = np.where(uniforms("bot easy first") < bot.easy_first, number, uniforms("bot contained"))
        found[number < chance] = CONTAINED
    else:
        found[_happens("bot contained", chance, uniforms, n_rows)] = CONTAINED
    found[_happens("bot gives up", bot.gives_up, uniforms, n_rows)] = GAVE_UP
    return found


def easy_talk(bot: Bot, law: Law) -> float:
    """Mean talk time, seconds, that the contained contacts would have taken.

    By ``easy_first``: that share of it from the shortest talk times, the rest from all.

    Examples
    --------
    >>> talk = Law.model_validate({"uniform": {"low": "2m15s", "high": "9m45s"}})
    >>> round(easy_talk(Bot(serves=("chat",), contains=0.2, easy_first=1, time="1m"), talk) / 60, 6)
    3.0
    """
    chance = bot.understands * bot.contains
    if not 0 < chance < 1 or is_fixed(law):
        return law.mean
    return bot.easy_first * mean_below(law, chance) + (1 - bot.easy_first) * law.mean


def left_talk(bot: Bot, law: Law) -> float:
    """Mean talk time, seconds, of the contacts that the bot hands off, before what its questions save the agent.

    Notes
    -----
    Law of total expectation: mean = p * easy + (1 - p) * left, p the share contained; then times ``harder``. 20 % of a mix of
    6 minutes taken away at 3 minutes leave 6.75.

    Examples
    --------
    >>> talk = Law.model_validate({"uniform": {"low": "2m15s", "high": "9m45s"}})
    >>> round(left_talk(Bot(serves=("chat",), contains=0.2, easy_first=1, time="1m"), talk) / 60, 6)
    6.75
    """
    chance = bot.understands * bot.contains
    if chance >= 1:
        return law.mean * bot.harder
    return (law.mean - chance * easy_talk(bot, law)) / (1 - chance) * bot.harder


def _happens(purpose: str, chance: float, uniforms: Uniforms, n_rows: int) -> Flags:
    if chance <= 0 or chance >= 1:
        return np.full(n_rows, chance >= 1)
    return np.asarray(uniforms(purpose) < chance)


def session_times(bot: Bot, outcome: Outcomes, uniforms: Uniforms) -> tuple[Ticks, Ticks]:
    """Length of each session as it ends, and the time to the bot's first reply (never beyond the session), ticks."""
    n_rows = len(outcome)
    first = _drawn("bot latency", bot.latency, uniforms, np.arange(n_rows))
    length = _by_turns(bot, outcome, uniforms, first) if bot.turns is not None else _at_once(bot, outcome, uniforms)
    return length, np.minimum(first, length)


def _at_once(bot: Bot, outcome: Outcomes, uniforms: Uniforms) -> Ticks:
    """Length of the session: the customer's one uniform, by the law of how the session ends."""
    assert bot.time is not None
    ticks = np.zeros(len(outcome), dtype=np.int64)
    laws = {CONTAINED: bot.time.contained, HANDED_OFF: bot.time.handed_off, GAVE_UP: bot.time.gave_up}
    if laws[CONTAINED] == laws[HANDED_OFF] == laws[GAVE_UP]:
        return _drawn("bot time", laws[CONTAINED], uniforms, np.arange(len(outcome)))
    u = np.full(len(outcome), 0.5) if all(map(is_fixed, laws.values())) else uniforms("bot time")
    for ending, law in laws.items():
        chosen = outcome == ending
        ticks[chosen] = sample(law, u[chosen])
    return ticks


def _by_turns(bot: Bot, outcome: Outcomes, uniforms: Uniforms, first: Ticks) -> Ticks:
    """Sum over the turns of the bot's latency and the customer's time, each drawn turn by turn."""
    assert bot.turns is not None
    laws = {CONTAINED: bot.turns.contained, HANDED_OFF: bot.turns.handed_off, GAVE_UP: bot.turns.gave_up}
    drawn = not all(map(turn_counts.is_fixed, laws.values()))
    u = uniforms("bot turns") if drawn else np.full(len(outcome), 0.5)
    turns = np.zeros(len(outcome), dtype=np.int64)
    for ending, law in laws.items():
        chosen = outcome == ending
        turns[chosen] = turn_counts.count_turns(law, u[chosen])
    total = first + _drawn("bot think", bot.think, uniforms, np.arange(len(outcome)))
    for turn in range(2, int(turns.max(initial=0)) + 1):
        rows = np.flatnonzero(turns >= turn)
        total[rows] += _drawn(f"bot latency, turn {turn}", bot.latency, uniforms, rows)
        total[rows] += _drawn(f"bot think, turn {turn}", bot.think, uniforms, rows)
    return total


def _drawn(purpose: str, law: Law, uniforms: Uniforms, rows: NDArray[np.int64]) -> Ticks:
    if law.fixed is not None:
        return np.full(len(rows), to_ticks(law.fixed), dtype=np.int64)
    return sample(law, uniforms(purpose, rows))


def after_handoff(talk: Ticks, bot: Bot, outcome: Outcomes) -> Ticks:
    """Talk time, for handed-off contacts times ``harder`` and without what the bot saved (never below 0)."""
    if bot.harder == 1 and not bot.saves_agent:
        return talk
    left = np.maximum(np.floor(talk * bot.harder + 0.5).astype(np.int64) - to_ticks(bot.saves_agent), 0)
    return np.where(outcome == HANDED_OFF, left, talk)
