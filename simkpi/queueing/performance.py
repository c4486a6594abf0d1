"""What every queueing model answers: one record of figures, with the definition of each beside it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Figure = float | NDArray[np.float64]


@dataclass(frozen=True)
class Performance:
    """Stationary performance of a queue; floats for scalar input, arrays of the common shape otherwise.

    Probabilities are per offered contact (blocked ones included) unless the name says otherwise. An undefined figure
    (the mean wait of abandoned contacts where nobody abandons) is NaN, the null of an array.
    """

    #: Offered load, Erlangs: arrival rate times AHT.
    offered_load: Figure
    #: False where the queue grows without bound (load at or above agents, no abandonment, unlimited places).
    is_stable: bool | NDArray[np.bool_]
    #: Share of offered contacts that are admitted and wait (any time above 0).
    p_wait: Figure
    #: Share answered at once.
    p_no_wait: Figure
    #: Share refused because all places are taken.
    p_block: Figure
    #: Share that leaves the queue before an answer.
    p_abandon: Figure
    #: Share that reaches an agent.
    p_served: Figure
    #: Mean wait of answered contacts, seconds (the usual ASA).
    asa: Figure
    #: Mean time in queue of all admitted contacts, abandoned ones included, seconds.
    mean_wait: Figure
    #: Mean time in queue of abandoned contacts, seconds.
    mean_wait_abandoned: Figure
    #: Mean wait that an admitted contact with endless patience would meet, seconds.
    mean_offered_wait: Figure
    #: Mean time in queue of the contacts that wait at all, seconds.
    mean_wait_given_wait: Figure
    #: Share of admitted contacts that wait.
    p_wait_given_admitted: Figure
    #: Share of admitted contacts that abandon.
    p_abandon_given_admitted: Figure
    #: Mean number of contacts waiting.
    mean_queue: Figure
    #: Mean number of busy agents.
    mean_busy: Figure
    #: Mean number of contacts waiting or in service.
    mean_in_system: Figure
    #: Answered contacts per second.
    throughput: Figure
    #: Busy share of the agents' time.
    occupancy: Figure
    #: Answered within the threshold / offered.
    service_level: Figure
    #: Answered within the threshold / answered.
    service_level_answered: Figure
    #: Answered within the threshold / (answered + abandoned after the threshold).
    service_level_excl_short: Figure
    #: Share of admitted contacts whose time in queue is within the threshold, however it ended.
    wait_within: Figure
    #: Abandoned within the threshold / offered.
    p_abandon_within: Figure

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name, arrays as lists."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
