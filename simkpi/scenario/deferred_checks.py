"""Whether deferrable work makes sense: backlogs where contacts can wait, promises that the opening hours can keep."""

from __future__ import annotations

from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.days import days_of
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Spec


def check_deferred(spec: Spec, findings: Findings) -> None:
    """Only deferrable contacts can lie in a backlog; business hours need opening hours."""
    _background(spec, findings)
    for name, contact in spec.contacts.items():
        place, channel = ("contacts", name), CHANNELS.get(contact.channel)
        if contact.backlog is not None and not channel.deferrable:
            known = ", ".join(key for key, traits in CHANNELS.items() if traits.deferrable)
            findings.error((*place, "backlog"), f"needs a channel that can wait ({known}), got {contact.channel}")
        elif contact.backlog is not None and contact.backlog.count > (contact.queue_capacity or contact.backlog.count):
            findings.error((*place, "backlog"), f"is longer than queue_capacity, {contact.queue_capacity}")
        if not channel.abandonable and contact.patience.law is not None:
            findings.warn(
                (*place, "patience"), f"is used, though nobody sees a customer of {contact.channel} give up; leave it out"
            )
        if contact.pick not in (None, "oldest"):
            _pick(spec, name, findings)
        if contact.due is not None and contact.due.clock == "business" and not days_of(spec.calendar).open_time:
            findings.error((*place, "due"), "counts business hours, but calendar.open has none")


def _pick(spec: Spec, name: str, findings: Findings) -> None:
    """Check that picking concerns a queue that waits, of which all teams see the same contacts."""
    place, contact = ("contacts", name, "pick"), spec.contacts[name]
    if not CHANNELS.get(contact.channel).deferrable:
        findings.error(
            place, f"needs a channel that can wait, got {contact.channel}: customers in a live queue are served in turn"
        )
    if any(team.skills[name].after for team in spec.teams.values() if name in team.skills):
        findings.error(place, f"is {contact.pick}, but teams wait for it (after); drop one of them")
    if name in spec.routing.last_agent:
        findings.error(place, f"is {contact.pick}, but routing.last_agent keeps contacts for one agent; drop one of them")


def _background(spec: Spec, findings: Findings) -> None:
    """Check that what waits while live contacts are served is able to wait."""
    for team_name, team in spec.teams.items():
        for name, skill in team.skills.items():
            place, channel = ("teams", team_name, "skills", name), spec.contacts[name].channel
            if skill.background and not CHANNELS.get(channel).deferrable:
                findings.error((*place, "background"), f"needs a channel that can wait, got {channel}: a customer is there")
            elif skill.resume and not skill.background:
                findings.error((*place, "resume"), "is for work that can be set aside; write background: true beside it")
            elif skill.background and all(other.background for other in team.skills.values()):
                findings.warn((*place, "background"), f"is not used: the team '{team_name}' has no live contacts")
