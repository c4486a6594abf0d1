"""What must hold exactly of bots whose places or hours are limited, checked from outside (see identities.py)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER, Demand, Ticks
from simkpi.engine.plan import BotPlan, Plan
from simkpi.engine.recorder import EngineLog

Flags = NDArray[np.bool_]


def broken_bots(numbers: Plan, demand: Demand, log: EngineLog, drawn: NDArray[np.int16]) -> Iterator[str]:
    """Check that a bot takes exactly those whom it may, in turn, and as long as it has places; *drawn*: the bot that each has."""
    terms = demand.bot_terms
    if terms is None or not len(log.bot_started):
        return
    started = log.bot_started
    willing = (terms.tried_from <= demand.arrived) & (demand.arrived < terms.tried_until)
    for number, bot in enumerate(numbers.bots):
        mine = drawn == number
        may, met = mine & willing & _is_up(bot, demand.arrived), mine & (started < NEVER)
        yield from _said("a bot took contacts that it may not", met & ~may)
        waited = started - demand.arrived
        yield from _said("waited for a bot beyond the limit", met & ((waited < 0) | (waited > bot.waits)))
        yield from _places(bot, demand, log, may, met)
    missed = (drawn >= 0) & (started >= NEVER) & (log.queued < NEVER)
    waits = np.array([bot.waits for bot in numbers.bots])[drawn]
    yield from _said(
        "asked neither at once nor after waiting for the bot",
        missed & (log.queued != demand.arrived) & (log.queued != demand.arrived + waits),
    )


def _places(bot: BotPlan, demand: Demand, log: EngineLog, may: Flags, met: Flags) -> Iterator[str]:
    """Check that there are never too many sessions, and that nobody goes without one while there is a place."""
    begins = np.sort(log.bot_started[met])
    ends = np.sort((log.bot_started + demand.bot_time)[met])
    least = np.searchsorted(begins, begins, "right") - np.searchsorted(ends, begins, "right")
    if (least > bot.at_once).any():
        yield "a bot holds more sessions than it can"
    without = np.flatnonzero(may & ~met & (log.queued < NEVER))
    asked = log.queued[without]
    most = np.searchsorted(begins, asked, "right") - np.searchsorted(ends, asked, "left")
    if (most < bot.at_once).any():
        yield f"went without the bot while it had a place: contacts {without[most < bot.at_once][:5]}"
    # first come, first served: whoever arrived earlier and got a place got it no later
    order = np.flatnonzero(met)[np.argsort(demand.arrived[met], kind="stable")]
    latest = np.maximum.accumulate(log.bot_started[order]) if len(order) else log.bot_started[order]
    overtook = log.bot_started[order] < latest
    if overtook.any():
        yield f"overtook at the bot: contacts {order[overtook][:5]}"


def _is_up(bot: BotPlan, tick: Ticks) -> Flags:
    spans = np.array(bot.up, dtype=np.int64).reshape(-1, 2)
    return np.asarray(((spans[:, 0] <= tick[:, None]) & (tick[:, None] < spans[:, 1])).any(axis=1))


def _said(complaint: str, wrong: Flags) -> Iterator[str]:
    if wrong.any():
        yield f"{complaint}: contacts {', '.join(str(row) for row in np.flatnonzero(wrong)[:5])}"
