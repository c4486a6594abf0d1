"""Whether deferrable work that agents hand back at the end of their shift can be gone on with by anybody who serves it."""

from __future__ import annotations

from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.crews import crews_of
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Contact, Spec


def handed_back_types(spec: Spec) -> set[str]:
    """Deferrable contact types that agents of some team hand back at the end of their shift."""
    teams = [team for team in spec.teams.values() if team.at_close == "hand_back"]
    return {name for team in teams for name in team.skills if CHANNELS.get(spec.contacts[name].channel).deferrable}


def check_hand_back(spec: Spec, findings: Findings) -> None:
    """Check that there is something to hand back, and that it is the same work for whoever goes on with it."""
    found = handed_back_types(spec)
    for name, team in spec.teams.items():
        deferrable = found & team.skills.keys()
        if team.at_close == "hand_back" and not deferrable:
            message = "is hand_back, but the team has no work that can wait; write finish_contact"
            findings.error(("teams", name, "at_close"), message)
        for each in sorted(deferrable):
            if team.skills[each].after:
                message = "is not possible for work that is handed back at the end of a shift (at_close)"
                findings.error(("teams", name, "skills", each, "after"), message)
    speeds: dict[str, set[float]] = {name: set() for name in found}
    for crew in crews_of(spec):
        for name in found & crew.skills.keys():
            speeds[name].add(crew.skills[name].speed)
    for name in sorted(found):
        if len(speeds[name]) > 1:
            message = "is handed back at the end of a shift (at_close), but agents differ in their speed of it; give them one"
            findings.error(("contacts", name), message)
        if any(name in group.contacts for group in spec.lines.values()):
            message = "is handed back at the end of a shift (at_close), but takes a trunk line; leave it out of lines"
            findings.error(("contacts", name), message)
        if spec.routing.last_agent.get(name):
            message = "can not wait where work is handed back at the end of a shift (at_close: hand_back); write 0s"
            findings.error(("routing", "last_agent", name), message)
        for word in _excluded(spec.contacts[name]):
            message = "is not possible for work that is handed back at the end of a shift (at_close: hand_back)"
            findings.error(("contacts", name, word), message)


def _excluded(contact: Contact) -> list[str]:
    given = {
        "patience": contact.patience.law is not None or contact.patience.at_most is not None,
        "pick": contact.pick not in (None, "oldest"),
        **{word: getattr(contact, word) is not None for word in ("transfer", "callback", "chase", "rounds")},
    }
    return [word for word, is_given in given.items() if is_given]
