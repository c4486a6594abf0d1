"""The rows of one replication: every random quantity of every customer, drawn before the run, in columns of whole ticks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ticks = NDArray[np.int64]

#: A moment that never comes (and the patience of a customer who never leaves), in ticks.
NEVER = 1 << 62


@dataclass(frozen=True)
class Demand:
    """One row per customer in order of arrival (then contact type, then identity); the row number is the contact's id.

    All arrays have shape (n_contacts,). Ticks are whole milliseconds from the horizon's start.

    Parameters
    ----------
    contact_types : tuple of str
        Names that ``contact_type`` indexes, in the scenario's order.
    contact_type : ndarray of int16
        Index of the contact type.
    arrived : ndarray of int64, ticks
        First sign of the contact.
    talk, hold, wrap : ndarray of int64, ticks
        Work content for an agent of normal speed.
    patience : ndarray of int64, ticks
        How long the customer would wait; 0 = leaves unless answered at once, ``NEVER`` = never leaves.
    bot : ndarray of int16
        Index of the bot that takes the contact first, -1 = none.
    bot_time : ndarray of int64, ticks
        Length of the bot session as it will end in this scenario.
    bot_outcome : ndarray of int8
        Index into ``simkpi.interactions.columns.BOT_OUTCOMES``, -1 = no bot.
    resolved : ndarray of bool
        Whether a human answer (or, for a contained contact, the bot) solves the case.
    customer : ndarray of uint64
        Identity of the customer within the contact type; equal in every scenario of the same world.
    """

    contact_types: tuple[str, ...]
    contact_type: NDArray[np.int16]
    arrived: Ticks
    talk: Ticks
    hold: Ticks
    wrap: Ticks
    patience: Ticks
    bot: NDArray[np.int16]
    bot_time: Ticks
    bot_outcome: NDArray[np.int8]
    resolved: NDArray[np.bool_]
    customer: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.arrived)
