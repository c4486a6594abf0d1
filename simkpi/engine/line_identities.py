"""What must hold of trunk lines in every log: never more contacts at once than lines, and nobody is blocked while one is free."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import FIRST, LEAVES_MESSAGE, NEVER, REFUSED, TRANSFERRED, Demand, Ticks
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import BLOCKED, EngineLog


def crowded_lines(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Complain of lines that were taken above their number, or refused below it."""
    for lines in numbers.life.lines:
        begins, ends, refused = _stays(lines.contact_types, demand, log, bots_hold=lines.bots_hold)
        begins, ends = np.sort(begins), np.sort(ends)
        moments = np.unique(np.concatenate([begins, refused]))
        # at one tick lines may become free before or after somebody takes one: busy at least, busy at most
        least = np.searchsorted(begins, moments, "right") - np.searchsorted(ends, moments, "right")
        if (least > lines.count).any():
            yield f"more than {lines.count} lines are taken at {moments[least > lines.count][0]}"
        most = np.searchsorted(begins, refused, "right") - np.searchsorted(ends, refused, "left")
        if (most < lines.count).any():
            yield f"blocked at {refused[most < lines.count][0]} while a line was free"


def _stays(
    contact_types: tuple[int, ...], demand: Demand, log: EngineLog, *, bots_hold: bool
) -> tuple[Ticks, Ticks, NDArray[np.int64]]:
    """When lines are taken, when they become free, and when somebody finds all of them busy."""
    mine, chains = np.isin(demand.contact_type, contact_types), demand.chains
    has_bot = demand.bot >= 0
    asks = demand.arrived + np.where(has_bot, demand.bot_time, 0)
    from_bot = has_bot & (not bots_hold)
    starts = np.where(from_bot, asks, demand.arrived)
    refused = mine & (log.outcome == BLOCKED) & (log.queued >= NEVER)
    ends = log.ended.copy()
    takes = mine & ~refused & (demand.arrived < NEVER) & np.where(from_bot, log.queued < NEVER, True)
    if chains is not None:
        # messages, calls and those turned away take no line; whoever is transferred keeps the line
        takes &= (chains.kind == FIRST) & ~np.isin(chains.fate, (LEAVES_MESSAGE, REFUSED))
        for row in np.flatnonzero(takes).tolist():
            last = row
            while chains.next[last] >= 0 and chains.kind[chains.next[last]] == TRANSFERRED:
                last = int(chains.next[last])
            ends[row] = log.ended[last]
    starts = starts[takes & (starts < NEVER)]
    return starts, ends[takes & (ends < NEVER)], np.where(from_bot, asks, demand.arrived)[refused]
