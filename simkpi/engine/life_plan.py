"""What may become of contacts on their way, as whole numbers: announced waits, calls back, tiers and trunk lines."""

from __future__ import annotations

from dataclasses import dataclass

from simkpi.demand.rows import NEVER
from simkpi.scenario.spec import Contact, Spec
from simkpi.units import to_ticks

#: How a wait is announced that customers go by; see ``LifePlan.announces``.
UNSAID, BY_POSITION, BY_LAST = range(3)
#: Shares are whole parts per million.
PPM = 1_000_000
_RULES = {"position": BY_POSITION, "last": BY_LAST}


@dataclass(frozen=True)
class LinesPlan:
    """So many trunk lines that some contact types share; whether a contact in a bot takes one."""

    contact_types: tuple[int, ...]
    count: int
    bots_hold: bool


@dataclass(frozen=True)
class LifePlan:
    """Tuples by contact type, but for the lines; empty where no contact type has a use for it.

    Parameters
    ----------
    announces : tuple of int
        How the wait is estimated that is announced: ``UNSAID`` (to nobody), ``BY_POSITION`` or ``BY_LAST``.
    handle_time : tuple of int, ticks
        Mean work content, for announced waits; at least one.
    offer_after : tuple of int, ticks
        Announced wait above which a call back is offered, ``NEVER`` = not at all.
    tier : tuple of int
        Level of the type's queue; empty = all alike.
    lines : tuple of LinesPlan
        Trunk lines.
    kept : tuple of int, parts per million
        Share of the patience that each contact already waiting leaves.
    crowd : tuple of int
        Number of the type's channel: whose waiting contacts count for ``kept``.
    """

    announces: tuple[int, ...] = ()
    handle_time: tuple[int, ...] = ()
    offer_after: tuple[int, ...] = ()
    tier: tuple[int, ...] = ()
    lines: tuple[LinesPlan, ...] = ()
    kept: tuple[int, ...] = ()
    crowd: tuple[int, ...] = ()


def shortened(patience: int, kept: int, waiting: int) -> int:
    """Return the patience of a customer who finds so many *waiting*, each of whom leaves *kept* parts per million of it.

    Ticks; cut to whole ones after each contact, but never to none: nobody who joins a queue leaves at the same moment.

    Examples
    --------
    >>> shortened(60_000, 900_000, 2), shortened(60_000, 900_000, 0), shortened(5, 1_000, 3)
    (48600, 60000, 1)
    """
    for _ in range(waiting):
        if patience <= 1:
            break
        patience = patience // PPM * kept + patience % PPM * kept // PPM  # in two parts: the product may not fit
    return max(patience, 1)


def life_plan(spec: Spec) -> LifePlan:
    """Work out the numbers of a resolved scenario."""
    contacts, names = list(spec.contacts.values()), list(spec.contacts)
    announces = tuple(_rule(contact) for contact in contacts)
    return LifePlan(
        announces=announces if any(announces) else (),
        handle_time=tuple(_handle_time(contact) for contact in contacts) if any(announces) else (),
        offer_after=tuple(NEVER if each.callback is None else to_ticks(each.callback.offer_after) for each in contacts)
        if any(announces)
        else (),
        tier=tuple(contact.tier or 1 for contact in contacts) if any(contact.tier for contact in contacts) else (),
        lines=tuple(
            LinesPlan(tuple(names.index(name) for name in lines.contacts), lines.count, lines.bots == "hold")
            for lines in spec.lines.values()
        ),
        **_crowds(contacts),
    )


def _crowds(contacts: list[Contact]) -> dict[str, tuple[int, ...]]:
    """``kept`` and ``crowd``, if waiting contacts shorten anybody's patience."""
    shorter = [contact.patience.shorter_per_waiting or 0.0 for contact in contacts]
    if not any(shorter):
        return {}
    channels = sorted({contact.channel for contact in contacts})
    return {
        "kept": tuple(round(PPM * (1 - share)) for share in shorter),
        "crowd": tuple(channels.index(contact.channel) for contact in contacts),
    }


def _rule(contact: Contact) -> int:
    is_used = contact.callback is not None or contact.patience.balk_above is not None
    return _RULES[contact.announced or "position"] if is_used else UNSAID


def _handle_time(contact: Contact) -> int:
    handle = contact.handle
    return max(to_ticks(handle.talk.mean + handle.hold.mean + handle.wrap.mean), 1)
