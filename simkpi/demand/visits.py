"""Visits to a web site: those that lead to a contact by themselves, those that may after an invitation, and the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.arrivals import draw_visitors
from simkpi.demand.laws import sample
from simkpi.demand.rows import NEVER, Ticks, Visits
from simkpi.demand.streams import Addresses, Words, World
from simkpi.scenario.laws import Law
from simkpi.scenario.spec import Contact
from simkpi.units import to_ticks

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Lookers:
    """Visitors of one contact type who do not ask for a contact by themselves; arrays of shape (n,), by customer."""

    customer: Words
    started: Ticks
    ended: Ticks
    invite_at: Ticks
    accepts: NDArray[np.bool_]
    buys: NDArray[np.bool_]


def draw_lookers(contact: Contact, world: World, shared: NDArray[np.float64] | None) -> Lookers:
    """Draw the visits that lead to no contact unless there is an invitation.

    Notes
    -----
    Visits are the points of the contact type's field below its rate over ``opens``; those below the rate itself are the contacts.
    So with more visitors who open a chat, at the same number of visits, the chats of before are all kept.
    """
    visitors = contact.visitors
    assert visitors is not None
    customer, started = draw_visitors(contact.volume, visitors.opens, world, shared)
    order = np.argsort(started, kind="stable")
    customer, started = customer[order], started[order]
    addresses = Addresses(customer)

    def happens(purpose: str, chance: float) -> NDArray[np.bool_]:
        if chance <= 0 or chance >= 1:
            return np.full(len(customer), chance >= 1)
        return np.asarray(world.uniforms(purpose, addresses) < chance)

    ended = started + _times(visitors.stay, "visit", world, customer)
    invite_at, accepts = np.full(len(customer), NEVER), np.zeros(len(customer), dtype=np.bool_)
    if visitors.invite is not None:
        moment = started + to_ticks(visitors.invite.after)
        invite_at = np.where(moment < ended, moment, NEVER)
        accepts = happens("accepts", visitors.invite.accepts) & (invite_at < NEVER)
    return Lookers(customer, started, ended, invite_at, accepts, happens("buys", visitors.buys))


def visits_of(contacts: list[Contact], worlds: list[World], lookers: dict[int, Lookers], rows: Columns, horizon: int) -> Visits:
    """Put the visits together: *rows* are the contacts that come by themselves, and behind them those who would be invited."""
    parts = []
    for kind, mine in lookers.items():
        visitors = contacts[kind].visitors
        assert visitors is not None
        own = np.flatnonzero((rows["contact_type"] == kind) & (rows["arrived"] < NEVER) & (rows["arrived"] >= 0))
        before = _times(visitors.before, "before", worlds[kind], rows["customer"][own])
        row = np.full(len(mine.customer), -1, dtype=np.int64)
        row[mine.accepts] = np.flatnonzero((rows["contact_type"] == kind) & (rows["arrived"] >= NEVER))
        nobody = np.zeros(len(own), dtype=np.bool_)
        never = np.full(len(own), NEVER)
        parts.append(
            (
                np.full(len(own) + len(row), kind, dtype=np.int16),
                np.concatenate([rows["customer"][own], mine.customer]),
                np.concatenate([np.maximum(rows["arrived"][own] - before, 0), mine.started]),
                np.concatenate([never, mine.ended]),
                np.concatenate([never, np.where(mine.invite_at < horizon, mine.invite_at, NEVER)]),
                np.concatenate([own, row]),
                np.concatenate([nobody, mine.buys]),
            )
        )
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[0], columns[2]))
    return Visits(*(column[order] for column in columns))


def _times(law: Law, purpose: str, world: World, customer: Words) -> Ticks:
    if law.fixed is not None:
        return np.full(len(customer), to_ticks(law.fixed), dtype=np.int64)
    return sample(law, world.uniforms(purpose, Addresses(customer)))
