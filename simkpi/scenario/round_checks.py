"""Whether threads that pause leave room for what else the scenario says of them."""

from __future__ import annotations

from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Contact, Spec
from simkpi.units import DAY, format_duration


def check_rounds(spec: Spec, findings: Findings) -> None:
    """Check that contacts in rounds can wait, and are not cut into pieces in another way too."""
    for name, contact in spec.contacts.items():
        if contact.rounds is None:
            continue
        place = ("contacts", name, "rounds")
        if contact.channel in CHANNELS and not CHANNELS.get(contact.channel).deferrable:
            known = ", ".join(key for key, traits in CHANNELS.items() if traits.deferrable)
            findings.error(place, f"needs a channel that can wait ({known}), got {contact.channel}; chats have turns")
        if contact.handle.hold.mean > 0:
            findings.error(place, "has the customer's pauses, so there is no time on hold; leave handle.hold out")
        for word in _excluded(contact):
            findings.error(("contacts", name, word), "is not possible for contacts in rounds; leave out one of the two")
        for other, source in spec.contacts.items():
            if source.transfer is not None and name in source.transfer.to:
                findings.error(("contacts", other, "transfer"), f"goes to '{name}', which comes in rounds; name another queue")
        if any(name in group.contacts for group in spec.lines.values()):
            findings.error(place, "is not possible for contacts that take a trunk line")
        if contact.rounds.away.mean > spec.calendar.days * DAY:
            pause, days = format_duration(contact.rounds.away.mean), spec.calendar.days
            message = f"is {pause} on average, longer than the horizon (days: {days}): few threads will end"
            findings.warn((*place, "away"), message)


def _excluded(contact: Contact) -> list[str]:
    words = [word for word in ("turns", "transfer", "callback") if getattr(contact, word) is not None]
    return [*words, "pick"] if contact.pick not in (None, "oldest") else words
