"""What may become of contacts on their way, as whole numbers: announced waits, calls back, tiers and trunk lines."""

from __future__ import annotations

from dataclasses import dataclass

from simkpi.demand.rows import NEVER
from simkpi.scenario.spec import Contact, Spec
from simkpi.units import to_ticks

#: How a wait is announced that customers go by; see ``LifePlan.announces``.
UNSAID, BY_POSITION, BY_LAST = range(3)
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
    """

    announces: tuple[int, ...] = ()
    handle_time: tuple[int, ...] = ()
    offer_after: tuple[int, ...] = ()
    tier: tuple[int, ...] = ()
    lines: tuple[LinesPlan, ...] = ()


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
    )


def _rule(contact: Contact) -> int:
    is_used = contact.callback is not None or contact.patience.balk_above is not None
    return _RULES[contact.announced or "position"] if is_used else UNSAID


def _handle_time(contact: Contact) -> int:
    handle = contact.handle
    return max(to_ticks(handle.talk.mean + handle.hold.mean + handle.wrap.mean), 1)
