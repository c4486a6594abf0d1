"""Whether a contact solved its case, where that depends on who answers: decided from the log, and alike by both engines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import Demand
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import ANSWERED, EngineLog


def is_resolved(numbers: Plan, demand: Demand, log: EngineLog) -> NDArray[np.bool_]:
    """Whether each contact solves its case if it is handled to the end, shape (n_contacts,).

    A contact that an agent answers does if its ``least_skill`` is at most the agent's factor on resolution; any other, and every
    one where no agent differs, as drawn.
    """
    if demand.least_skill is None:
        return demand.resolved
    by_agent = numbers.resolution()[log.team, demand.contact_type] >= demand.least_skill
    return np.where(log.outcome == ANSWERED, by_agent, demand.resolved)
