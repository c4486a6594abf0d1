"""What to know about a fit before using it: what the log hardly tells, and what was assumed instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simkpi.interactions.doubts import AT_ONCE
from simkpi.planning.calibrate.calibration import Calibration, ContactFit
from simkpi.planning.calibrate.links import Links
from simkpi.planning.calibrate.observed import Observed
from simkpi.planning.calibrate.staffing import StaffFit
from simkpi.planning.calibrate.times import FEW
from simkpi.planning.calibrate.turns import Conversations
from simkpi.planning.calibrate.writers import fit_writers, note
from simkpi.planning.phrase import Phrase

#: Abandonments below which nothing is tuned.
FEW_ABANDONED = 50
#: All contacts within so many seconds: their moments are no times of arrival.
_AT_ONCE = 60.0


def remarks(
    observed: Observed,
    contacts: tuple[ContactFit, ...],
    teams: tuple[StaffFit, ...],
    *,
    left_out: int,
    chats: Conversations | None,
) -> Iterator[str]:
    """Say what the log does not tell, or hardly, and what was assumed instead.

    Parameters
    ----------
    observed : Observed
        The log.
    contacts, teams : tuple
        What was fitted to it.
    left_out : int
        Contacts that are not in the volumes.
    chats : Conversations or None
        Its messages.
    """
    if left_out:
        yield Phrase(
            "{n} contacts came while nobody was on duty (or in a gap or outage of the log): not in the volumes", n=left_out
        )
    if chats is not None and contacts and not any(contact.turns for contact in contacts):
        told = "{n} replies in the messages: too few to fit how chats go message by message (20 of a contact type)"
        yield Phrase(told, n=len(chats.told))
    if chats is not None and (paces := fit_writers(chats.told.agent, chats.work)):
        yield note(paces)
    if (n := int(observed.is_answered.sum())) < FEW:
        yield Phrase("only {n} contact(s) were answered: every law is a guess", n=n)
    elif (span := float(np.ptp(observed.arrived))) < _AT_ONCE:
        yield Phrase(AT_ONCE, n=f"{len(observed):,}", span=f"{span:.0f}")
    if not observed.is_abandoned.any():
        yield Phrase(
            "nobody abandoned: patience is unknown, the scenario's customers wait for ever; do not use it with fewer agents"
        )
    elif (n := int(observed.is_abandoned.sum())) < FEW:
        told = "only {n} contacts abandoned: patience is a guess (relative error {error})"
        yield Phrase(told, n=n, error=f"{100 / np.sqrt(n):.0f} %")
    for contact in contacts:
        yield from _of_contact(contact, teams)
    for team in teams:
        if team.agents < 3:
            told = "team {name}: {n} agent(s) seen; their means are rounded to whole agents, so waits are rough"
            yield Phrase(told, name=team.name, n=team.agents)
        if observed.has_wrap and team.unlogged.mean >= 5:
            told = "team {name}: {gap} s on average between the end of work and the next waiting contact: not in the model"
            yield Phrase(told, name=team.name, gap=f"{team.unlogged.mean:.0f}")


def _of_contact(contact: ContactFit, teams: tuple[StaffFit, ...]) -> Iterator[str]:
    """Say what to know about one contact type."""
    if contact.bot and contact.bot.without_session:
        told = "{name}: {n} contacts met no bot; modelled as handed over at once"
        yield Phrase(told, name=contact.name, n=contact.bot.without_session)
    if contact.order.priority > 0:
        told = "{name}: hardly ever left waiting while others are taken; priority {n} is assumed"
        yield Phrase(told, name=contact.name, n=contact.order.priority)
    elif contact.order.priority < 0:
        told = "{name}: hardly ever taken while others are left waiting; priority {n} is assumed"
        yield Phrase(told, name=contact.name, n=contact.order.priority)
    if sum(contact.name in team.skills for team in teams) > 1:
        told = "{name}: several teams answer it; who is asked first, and overflow delays, are not fitted"
        yield Phrase(told, name=contact.name)


def untuned(calibration: Calibration) -> Calibration:
    """Say in the notes of a fit that it could not be tuned, if it was not."""
    if calibration.tuning is not None:
        return calibration
    told = Phrase("nothing was tuned: fewer than {n} abandonments say too little about the agents on duty", n=FEW_ABANDONED)
    return replace(calibration, notes=(*calibration.notes, told))


def linked(links: Links | None, kept: NDArray[np.bool_]) -> Iterator[str]:
    """Say how many contacts follow others."""
    if links is not None and (many := int((links.is_linked & kept).sum())):
        told = "{n} contacts follow an earlier one of the same {by}: modelled as redials and returns, not in the volumes"
        yield Phrase(told, n=many, by=Phrase(links.by))
