"""How long a queue each customer still joins: those who balk leave at once when more contacts are waiting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.elementary import log
from simkpi.demand.responses import Kinds, by_stream
from simkpi.demand.rows import NEVER, Returns
from simkpi.demand.streams import Addresses, Words, World
from simkpi.scenario.spec import Contact


def draw_longest_queue(
    contacts: Sequence[Contact], contact_type: Kinds, customer: Words, returns: Returns | None, worlds: Sequence[World]
) -> NDArray[np.int64] | None:
    """Draw the longest queue that each customer joins.

    Parameters
    ----------
    contacts, contact_type, customer, returns, worlds
        As for :func:`simkpi.demand.responses.draw_responses`.

    Returns
    -------
    ndarray of int64, shape (n_contacts,), or None
        Contacts of the same type that wait already, at most; ``NEVER`` = any number. None if no contact type has
        ``patience.balk_per_waiting``: nothing is drawn then.

    Notes
    -----
    Each contact that waits deters the customer with the same chance p, independently, so that k waiting contacts are joined
    with probability (1 - p)**k: the longest queue is geometric, floor(log u / log(1 - p)), the shorter the larger p.
    """
    deterred = np.array([contact.patience.balk_per_waiting for contact in contacts])
    if not deterred.any():
        return None
    longest = np.full(len(customer), NEVER, dtype=np.int64)
    longest[deterred[contact_type] == 1] = 0
    by_chance = (deterred > 0) & (deterred < 1)
    joins = log(1.0 - np.where(by_chance, deterred, 0.5))
    for world, attempt, rows in by_stream(contact_type, returns):
        mine = rows[by_chance[contact_type[rows]]]
        if len(mine):
            u = worlds[world].uniforms("longest queue", Addresses.of(customer[mine]), attempt=attempt)
            longest[mine] = np.minimum(log(u) / joins[contact_type[mine]], 2.0**62).astype(np.int64)
    return longest
