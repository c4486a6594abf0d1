"""Whether chats that are simulated message by message leave room for what else the scenario says of them."""

from __future__ import annotations

from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Spec
from simkpi.units import format_duration


def check_visitors(spec: Spec, findings: Findings) -> None:
    """Check that visits can be drawn, and that invitations lead to somebody who is there."""
    for name, contact in spec.contacts.items():
        visitors, place = contact.visitors, ("contacts", name, "visitors")
        if visitors is None:
            continue
        if contact.volume.mode == "replay":
            findings.error(place, "can not be drawn for recorded contacts; give expected contacts per interval")
        if contact.channel in CHANNELS and not CHANNELS.get(contact.channel).synchronous:
            findings.error(place, f"is for conversations on the site; {contact.channel} is answered later")
        if visitors.invite is None:
            continue
        if not any(name in team.skills and team.skills[name].after == 0 for team in spec.teams.values()):
            findings.warn((*place, "invite"), "is never shown: no team takes such contacts without letting them wait")
        if 0 < visitors.stay.mean <= visitors.invite.after or visitors.stay.fixed == 0:
            findings.warn((*place, "invite"), "comes when the usual visit is over; give stay, or a shorter after")


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
        if turns.effort == "reply":
            _check_bots(spec, name, findings)
        if turns.think.fixed is not None and turns.think.fixed > turns.idle_close:
            findings.warn(
                (*place, "idle_close"),
                f"ends every chat: customers take {format_duration(turns.think.fixed)} to go on",
            )


def _check_bots(spec: Spec, name: str, findings: Findings) -> None:
    """Check that no bot changes the talk time of chats whose replies have draws of their own."""
    for other, bot in spec.bots.items():
        about = bot.about(name)
        if name in bot.serves and (about.harder != 1 or about.saves_agent > 0 or about.easy_first > 0):
            findings.error(
                ("contacts", name, "turns", "effort"),
                f"is not possible with bot '{other}', whose harder, saves_agent or easy_first is about whole chats; write chat",
            )
