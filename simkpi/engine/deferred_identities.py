"""What must hold exactly where agents pick: nobody who waits all the while was to be taken before the one who is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import EngineLog
from simkpi.scenario.deferred import NEWEST, OLDEST

#: So many contacts of a type are compared with one another at most.
_MOST = 3000


def broken_picks(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Check the order in which waiting contacts are taken whose type has a ``pick``."""
    left = np.minimum(log.answered, log.ended)
    for contact_type, pick in enumerate(numbers.pick):
        if pick == OLDEST:
            continue
        rows = np.flatnonzero((demand.contact_type == contact_type) & (log.queued < NEVER) & (demand.bot < 0))[:_MOST]
        content = (demand.talk + demand.hold + demand.wrap)[rows]
        key = -log.queued[rows] if pick == NEWEST else content
        for place, row in enumerate(rows):
            moment = log.answered[row]
            if log.queued[row] < moment < NEVER:
                waits = (log.queued[rows] < moment) & (left[rows] > moment)
                if (key[waits] < key[place]).any():
                    yield f"contact {row} was taken though another of {numbers.contact_types[contact_type]} was to be taken first"
