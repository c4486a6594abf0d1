"""What must hold exactly of invitations to visitors, checked from outside (see identities.py)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simkpi.demand.rows import NEVER, Demand
from simkpi.engine.plan import Plan
from simkpi.engine.recorder import EngineLog


def broken_invitations(numbers: Plan, demand: Demand, log: EngineLog) -> Iterator[str]:
    """Check that nobody is invited who may not be, or while a contact of the type waits, and that who accepts comes at once."""
    visits = demand.visits
    if visits is None or not len(log.invited):
        return
    if (log.invited & (visits.invite_at >= NEVER)).any():
        yield "invited a visitor who could not be"
    came = log.invited & (visits.row >= 0)
    if (demand.arrived[visits.row[came]] != visits.invite_at[came]).any():
        yield "who accepts an invitation does not come at that moment"
    left = np.minimum(log.answered, log.ended)
    for contact_type, name in enumerate(numbers.contact_types):
        moments = visits.invite_at[log.invited & (visits.contact_type == contact_type)]
        waits = (demand.contact_type == contact_type) & (log.queued < NEVER) & (left > log.queued)
        # who joins or leaves the queue at the very tick may do so before or after the invitation
        begun = np.searchsorted(np.sort(log.queued[waits]), moments, "left")
        gone = np.searchsorted(np.sort(left[waits]), moments, "right")
        if (begun > gone).any():
            yield f"invited a visitor to {name} while contacts waited"
