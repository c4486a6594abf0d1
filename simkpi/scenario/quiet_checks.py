"""Whether contacts whose wrap-up is longer when nobody waits are handled in one piece, at one pace."""

from __future__ import annotations

from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Spec


def check_quiet(spec: Spec, findings: Findings) -> None:
    """Check that nothing else decides when the wrap-up of such contacts ends."""
    for name, contact in spec.contacts.items():
        if contact.handle.longer_when_quiet is None:
            continue
        place = ("contacts", name, "handle", "longer_when_quiet")
        reached = {to for other in spec.contacts.values() if other.transfer is not None for to in other.transfer.to}
        others = {
            "slower_when_busy": bool(contact.handle.slower_when_busy),
            "turns": contact.turns is not None,
            "rounds": contact.rounds is not None,
            "transfer": contact.transfer is not None or name in reached,
            "lines": any(name in group.contacts for group in spec.lines.values()),
            "background": any(name in team.skills and team.skills[name].background for team in spec.teams.values()),
            "hand_back": any(name in team.skills and team.at_close == "hand_back" for team in spec.teams.values()),
        }
        for word, is_used in others.items():
            if is_used:
                findings.error(place, f"is not possible for contacts with {word}; leave out one of the two")
