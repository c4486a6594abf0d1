"""The parts of the model that not every engine may know, and whether a scenario uses them."""

from __future__ import annotations

from collections.abc import Callable

from simkpi.demand.bots import needs_terms
from simkpi.scenario.crews import differs_in_resolution
from simkpi.scenario.deferred import PICKS
from simkpi.scenario.shifts import Shrinkage
from simkpi.scenario.spec import Spec

#: Scenario fields that not every engine may know, and whether a scenario uses them.
FEATURES: dict[str, Callable[[Spec], bool]] = {
    "slower_when_busy": lambda spec: any(contact.handle.slower_when_busy for contact in spec.contacts.values()),
    "balk_per_waiting": lambda spec: any(contact.patience.balk_per_waiting for contact in spec.contacts.values()),
    "shorter_per_waiting": lambda spec: any(contact.patience.shorter_per_waiting for contact in spec.contacts.values()),
    "longer_when_quiet": lambda spec: any(contact.handle.longer_when_quiet for contact in spec.contacts.values()),
    "retry": lambda spec: any(contact.retry for contact in spec.contacts.values()),
    "chase": lambda spec: any(contact.chase for contact in spec.contacts.values()),
    "pick": lambda spec: bool(picks(spec)),
    "background": lambda spec: any(skill.background for team in spec.teams.values() for skill in team.skills.values()),
    "backlog": lambda spec: any(contact.backlog for contact in spec.contacts.values()),
    "bot_terms": needs_terms,
    "invite": lambda spec: any(contact.visitors and contact.visitors.invite for contact in spec.contacts.values()),
    "turns": lambda spec: any(contact.turns for contact in spec.contacts.values()),
    "rounds": lambda spec: any(contact.rounds for contact in spec.contacts.values()),
    "recontact": lambda spec: any(contact.recontact or contact.reopen for contact in spec.contacts.values()),
    "shifts": lambda spec: any(team.has_timetables for team in spec.teams.values()),
    "absence": lambda spec: any(team.shrinkage != Shrinkage() and not team.has_timetables for team in spec.teams.values()),
    "resolution": differs_in_resolution,
    "when_closed": lambda spec: any(contact.when_closed for contact in spec.contacts.values()),
    "hand_back": lambda spec: any(team.at_close == "hand_back" for team in spec.teams.values()),
    "transfer": lambda spec: any(contact.transfer for contact in spec.contacts.values()),
    "callback": lambda spec: any(contact.callback for contact in spec.contacts.values()),
    "balk_above": lambda spec: any(contact.patience.balk_above for contact in spec.contacts.values()),
    "silent": lambda spec: any(contact.patience.silent for contact in spec.contacts.values()),
    "lines": lambda spec: bool(spec.lines),
    "reserve": lambda spec: bool(spec.routing.reserve),
    "last_agent": lambda spec: bool(spec.routing.last_agent),
}


def picks(spec: Spec) -> tuple[int, ...]:
    """Return which waiting contact of each type is taken first, as its number; nothing at all if it is always the oldest."""
    picks = tuple(PICKS.index(contact.pick or "oldest") for contact in spec.contacts.values())
    return picks if any(picks) else ()
