"""Contacts that wait when the horizon begins: they arrived before it, at negative ticks."""

from __future__ import annotations

import numpy as np

from simkpi.demand.laws import is_fixed, sample
from simkpi.demand.rows import Ticks
from simkpi.demand.streams import Addresses, Words, World
from simkpi.scenario.spec import Contact

#: Customers of the backlog lie in a cell of their own, behind the hours of any horizon.
CELL = 0xFFFF_FFFF


def draw_backlog(contact: Contact, world: World) -> tuple[Words, Ticks]:
    """Draw who waits when the horizon begins.

    Returns
    -------
    customer : ndarray of uint64, shape (n,)
        Identities; a larger backlog has the same customers and more.
    arrived : ndarray of int64, shape (n,), ticks
        Moments before the horizon: -1 or less.
    """
    count, law = (contact.backlog.count, contact.backlog.age) if contact.backlog else (0, None)
    customer = np.arange(count, dtype=np.uint64) | np.uint64(CELL << 32)
    if law is None or not count:
        return customer, np.zeros(0, dtype=np.int64)
    u = np.full(count, 0.5) if is_fixed(law) else world.uniforms("backlog age", Addresses(customer))
    return customer, -np.maximum(sample(law, u), 1)
