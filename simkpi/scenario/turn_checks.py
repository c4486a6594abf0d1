"""Whether chats that are simulated message by message leave room for what else the scenario says of them."""

from __future__ import annotations

from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Spec
from simkpi.units import format_duration


def check_turns(spec: Spec, findings: Findings) -> None:
    """Check that chats with turns have no slow-down curve and no time on hold, and are conversations."""
    for name, contact in spec.contacts.items():
        turns = contact.turns
        if turns is None:
            continue
        place = ("contacts", name, "turns")
        if contact.handle.slower_when_busy:
            findings.error(place, "makes chats wait for one another by itself; leave handle.slower_when_busy out, or the turns")
        if contact.handle.hold.mean > 0:
            findings.error(place, "has the customer's silences, so there is no time on hold; leave handle.hold out")
        if contact.channel in CHANNELS and not CHANNELS.get(contact.channel).synchronous:
            findings.error(place, f"is for conversations; {contact.channel} is answered later")
        ways = [("transfer", contact.transfer), ("callback", contact.callback)]
        for word, way in ways:
            if way is not None:
                findings.error(("contacts", name, word), "is not possible for chats with turns; leave out one of the two")
        for other, source in spec.contacts.items():
            if source.transfer is not None and name in source.transfer.to:
                findings.error(("contacts", other, "transfer"), f"goes to '{name}', whose chats have turns; name another queue")
        if any(name in group.contacts for group in spec.lines.values()):
            findings.error(place, "is not possible for contacts that take a trunk line")
        for team, block in spec.teams.items():
            if name in block.skills and block.skills[name].background:
                findings.error(("teams", team, "skills", name, "background"), "is not possible for chats with turns")
        if turns.think.fixed is not None and turns.think.fixed > turns.idle_close:
            findings.warn(
                (*place, "idle_close"),
                f"ends every chat: customers take {format_duration(turns.think.fixed)} to go on",
            )
