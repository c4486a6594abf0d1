"""Puts how chats go message by message into what was fitted of a contact type."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.calibration import ContactFit
from simkpi.planning.calibrate.times import fit_law
from simkpi.planning.calibrate.turns import Conversations
from simkpi.scenario.channels import CHANNELS


def with_turns(contact: ContactFit, chats: Conversations | None, identities: NDArray[np.object_]) -> ContactFit:
    """Return the contact type message by message, where the log has enough messages of a channel of conversations."""
    known = dict(CHANNELS.items())
    if chats is None or contact.channel not in known or not known[contact.channel].synchronous:
        return contact
    turns = chats.fit(identities)
    if turns is None:
        return contact
    talk = fit_law(turns.work)
    if turns.effort == "reply":  # the work of a reply times their mean number, which is uncertain too
        many, each = turns.replies, turns.reply_work
        talk = replace(talk, mean_error=float(np.hypot(many.mean * each.mean_error, each.mean * many.mean_error)))
    return replace(
        contact,
        talk=talk,
        talk_pooled=False,
        hold=fit_law(np.array([])),
        wrap=turns.wrap,
        wrap_unlogged=False,
        slow_down=None,
        turns=turns,
    )
