"""What the state of the queue does to people: who joins it, who leaves without telling, whose wrap-up takes longer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.elementary import log
from simkpi.demand.laws import is_fixed, sample
from simkpi.demand.responses import Kinds, by_stream
from simkpi.demand.rows import FIRST, NEVER, Chains, Returns, Ticks
from simkpi.demand.streams import Addresses, Words, World
from simkpi.scenario.laws import Law
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
            u = worlds[world].uniforms("longest queue", Addresses(customer[mine]), attempt=attempt)
            longest[mine] = np.minimum(log(u) / joins[contact_type[mine]], 2.0**62).astype(np.int64)
    return longest


def draw_balk_above(
    contacts: Sequence[Contact], contact_type: Kinds, customer: Words, returns: Returns | None, worlds: Sequence[World]
) -> Ticks | None:
    """Draw the longest announced wait with which each customer joins the queue; None if nobody minds (``balk_above``)."""
    laws = [contact.patience.balk_above for contact in contacts]
    if not any(laws):
        return None
    above = np.full(len(customer), NEVER, dtype=np.int64)
    for world, attempt, rows in by_stream(contact_type, returns):
        for kind, law in enumerate(laws):
            mine = rows[contact_type[rows] == kind]
            if law is not None and len(mine):
                above[mine] = _of_law(law, "announced wait", worlds[world], customer[mine], attempt)
    return above


def draw_noticed(
    contacts: Sequence[Contact], contact_type: Kinds, customer: Words, returns: Returns | None, worlds: Sequence[World]
) -> Ticks | None:
    """Draw who would leave without telling, and how long an agent then takes to notice; None if everybody tells (``silent``)."""
    models = [contact.patience.silent for contact in contacts]
    if not any(model and model.chance for model in models):
        return None
    noticed = np.full(len(customer), NEVER, dtype=np.int64)
    for world, attempt, rows in by_stream(contact_type, returns):
        for kind, model in enumerate(models):
            mine = rows[contact_type[rows] == kind]
            if model is None or not len(mine):
                continue
            if model.chance < 1:
                mine = mine[worlds[world].uniforms("silent", Addresses(customer[mine]), attempt=attempt) < model.chance]
            noticed[mine] = _of_law(model.noticed_after, "noticed", worlds[world], customer[mine], attempt)
    return noticed


def draw_quiet(
    contacts: Sequence[Contact], contact_type: Kinds, customer: Words, returns: Returns | None, worlds: Sequence[World]
) -> Ticks | None:
    """Draw how much longer each wrap-up takes if nobody waits (``handle.longer_when_quiet``); None if that plays no part."""
    laws = [contact.handle.longer_when_quiet for contact in contacts]
    if not any(laws):
        return None
    longer = np.zeros(len(customer), dtype=np.int64)
    for world, attempt, rows in by_stream(contact_type, returns):
        for kind, law in enumerate(laws):
            mine = rows[contact_type[rows] == kind]
            if law is not None and len(mine):
                longer[mine] = _of_law(law, "quiet wrap", worlds[world], customer[mine], attempt)
    return longer


def _of_law(law: Law, purpose: str, world: World, customer: Words, attempt: int) -> Ticks:
    u = np.full(len(customer), 0.5) if is_fixed(law) else world.uniforms(purpose, Addresses(customer), attempt=attempt)
    return sample(law, u)


def of_first_rows(limit: Ticks | None, chains: Chains | None) -> Ticks | None:
    """Return a limit as it is, but for further rows of a contact: whoever is transferred or called back has none."""
    return limit if limit is None or chains is None else np.where(chains.kind == FIRST, limit, NEVER)
