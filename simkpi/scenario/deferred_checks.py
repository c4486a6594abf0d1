"""Whether deferrable work makes sense: backlogs where contacts can wait, promises that the opening hours can keep."""

from __future__ import annotations

from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.days import days_of
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Spec


def check_deferred(spec: Spec, findings: Findings) -> None:
    """Only deferrable contacts can lie in a backlog; business hours need opening hours."""
    for name, contact in spec.contacts.items():
        place, channel = ("contacts", name), CHANNELS.get(contact.channel)
        if contact.backlog is not None and not channel.deferrable:
            known = ", ".join(key for key, traits in CHANNELS.items() if traits.deferrable)
            findings.error((*place, "backlog"), f"needs a channel that can wait ({known}), got {contact.channel}")
        if not channel.abandonable and contact.patience.law is not None:
            findings.warn(
                (*place, "patience"), f"is used, though nobody sees a customer of {contact.channel} give up; leave it out"
            )
        if contact.due is not None and contact.due.clock == "business" and not days_of(spec.calendar).open_time:
            findings.error((*place, "due"), "counts business hours, but calendar.open has none")
