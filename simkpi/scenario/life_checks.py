"""Whether transfers end somewhere, closed doors lead somewhere, and whether what is announced or offered is of any use."""

from __future__ import annotations

from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Contact, Spec


def check_lives(spec: Spec, findings: Findings) -> None:
    """Check what may become of contacts on their way."""
    served = {name for team in spec.teams.values() for name in team.skills}
    for name, contact in spec.contacts.items():
        _transfer(name, contact, served, findings)
        _closed(name, contact, spec, served, findings)
        _waiting(name, contact, findings)
    for name in _in_a_circle(spec):
        findings.error(
            ("contacts", name, "transfer", "to"),
            "is circular: a contact could come back to the queue it was transferred from; leave one of the transfers out",
        )


def _transfer(name: str, contact: Contact, served: set[str], findings: Findings) -> None:
    if contact.transfer is None:
        return
    for target in targets(contact):
        if target not in served:
            findings.error(("contacts", name, "transfer", "to"), f"transfers to nowhere: no team serves '{target}'")
    if contact.transfer.handover == "warm" and CHANNELS.get(contact.channel).deferrable:
        message = f"is warm, but no customer is on a line by {contact.channel}; write cold"
        findings.error(("contacts", name, "transfer", "handover"), message)
    if not contact.transfer.chance:
        findings.warn(("contacts", name, "transfer", "chance"), "is 0%: nobody is transferred")


def _closed(name: str, contact: Contact, spec: Spec, served: set[str], findings: Findings) -> None:
    closed, place = contact.when_closed, ("contacts", name, "when_closed")
    if closed is None:
        return
    if closed.rule == "bot_only" and not any(name in bot.serves for bot in spec.bots.values()):
        findings.error(place, f"is bot_only, but no bot serves '{name}'; add one under bots, or write refuse")
    if closed.to is None:
        return
    other = spec.contacts[closed.to]
    if closed.to == name:
        findings.error(place, "makes a ticket of the same contact type; name another one, or write queue")
    elif closed.to not in served:
        findings.error(place, f"makes tickets of the type '{closed.to}', which no team serves")
    elif other.patience.law is not None and not CHANNELS.get(other.channel).deferrable:
        findings.warn(place, f"makes contacts of the type '{closed.to}', whose customers give up waiting")


def _waiting(name: str, contact: Contact, findings: Findings) -> None:
    place, patience = ("contacts", name), contact.patience
    if contact.announced is not None and contact.callback is None and patience.balk_above is None:
        findings.warn((*place, "announced"), "is not used without callback or patience.balk_above")
    if patience.silent is not None and patience.law is None and patience.at_most is None:
        findings.warn((*place, "patience", "silent"), "is not used: nobody gives up waiting")
    if contact.callback is not None and CHANNELS.get(contact.channel).deferrable:
        findings.warn((*place, "callback"), f"is unusual: who writes by {contact.channel} does not wait on a line")


def targets(contact: Contact) -> list[str]:
    """Contact types to which contacts of this type may be transferred."""
    transfer = contact.transfer
    return [target for target, share in transfer.to.items() if share] if transfer is not None and transfer.chance else []


def _in_a_circle(spec: Spec) -> list[str]:
    """Contact types that a transfer may lead back to."""
    reached = {name: set(targets(contact)) for name, contact in spec.contacts.items()}
    for _ in spec.contacts:
        reached = {name: found.union(*(reached[each] for each in found)) for name, found in reached.items()}
    return [name for name, found in reached.items() if name in found]
