"""When bots, and how long agents, were at work on each contact, from the log."""

from __future__ import annotations

import numpy as np

from simkpi.demand.rows import NEVER, Demand, Ticks
from simkpi.engine.chains import meets_bot
from simkpi.engine.chats import replies_of
from simkpi.engine.legs import spent
from simkpi.engine.plan import Plan
from simkpi.engine.ppm import scaled
from simkpi.engine.recorder import AGENT_LEG, WRAP_LEG, EngineLog


def bot_times(numbers: Plan, demand: Demand, log: EngineLog) -> tuple[Ticks, Ticks]:
    """When each contact's bot session begins, and is over; ``NEVER`` = no bot, or the run ends first."""
    has_bot = meets_bot(demand, log)
    started = np.where(has_bot, log.bot_started if len(log.bot_started) else demand.arrived, NEVER)
    ended = np.where(has_bot, started + np.where(has_bot, demand.bot_time, 0), NEVER)
    return started, np.where(ended < (numbers.horizon if numbers.cut else NEVER), ended, NEVER)


def efforts(numbers: Plan, demand: Demand, log: EngineLog) -> tuple[Ticks, Ticks, Ticks]:
    """Talk, hold and wrap-up as really spent; what was slowed down shares its conversation like its work content."""
    speed = numbers.speeds()[log.team, demand.contact_type]
    talk, hold, wrap = (scaled(ticks, speed) for ticks in (demand.talk, demand.hold, demand.wrap))
    slowed = np.array([bool(pace) for pace in numbers.pace])[demand.contact_type] & (log.answered < NEVER)
    if slowed.any():
        over, wrapped = slowed & (log.ended < NEVER), slowed & (log.wrapped < NEVER)
        share = hold[over] / np.maximum(talk[over] + hold[over], 1)
        conversation = spent(log, AGENT_LEG, log.ended - log.answered)[over]
        hold[over] = np.floor(conversation * share).astype(np.int64)
        talk[over] = conversation - hold[over]
        wrap[wrapped] = spent(log, WRAP_LEG, log.wrapped - log.ended)[wrapped]
    if demand.quiet is not None:
        longer = (demand.quiet > 0) & (log.answered < NEVER) & (log.wrapped < NEVER) & (log.ended < log.wrapped)
        wrap = np.where(longer, log.wrapped - log.ended, wrap)
    if demand.chats is not None:
        replies = replies_of(numbers, demand, log)
        talk = np.where(demand.chats.replies > 0, replies.per_contact(replies.length, len(demand)), talk)
    return talk, hold, wrap
