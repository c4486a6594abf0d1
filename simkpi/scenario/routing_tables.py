"""Routing by contact type: names of channels stand for all their types, priorities and overflow go where they belong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.problems import Findings
from simkpi.scenario.routing import BY_TYPE, Reserve
from simkpi.scenario.spec import Contact, Routing, Spec, Team


def types_called(name: str, contacts: dict[str, Contact], findings: Findings, place: tuple[str | int, ...]) -> Iterable[str]:
    """Contact types that *name* stands for: the type of that name, else all types of the channel of that name."""
    if name in contacts:
        return (name,)
    channel = CHANNELS.name_of(name) if name in CHANNELS else None
    found = tuple(key for key, contact in contacts.items() if contact.channel == channel)
    if channel is None or not found:
        findings.unknown(place, "contact type", name, contacts)
    return found


def with_priorities(contacts: dict[str, Contact], spec: Spec, findings: Findings) -> dict[str, Contact]:
    """Give each contact type the priority that ``routing.priority`` names."""
    folded = dict(contacts)
    named_twice: set[str] = set()
    for key in sorted(spec.routing.priority, key=lambda key: key in contacts):
        priority = spec.routing.priority[key]
        for name in types_called(key, contacts, findings, ("routing", "priority", key)):
            own = spec.contacts[name].priority
            if own not in (0, priority) and name not in named_twice:
                named_twice.add(name)
                findings.error(("contacts", name, "priority"), f"is {own} here and {priority} in routing.priority; keep one")
            folded[name] = folded[name].model_copy(update={"priority": priority})
    return folded


def with_overflow(teams: dict[str, Team], contacts: dict[str, Contact], spec: Spec, findings: Findings) -> dict[str, Team]:
    """Give each skill the wait that ``routing.overflow`` names."""
    folded = dict(teams)
    for index, overflow in enumerate(spec.routing.overflow):
        place = ("routing", "overflow", index)
        names = types_called(overflow.contact, contacts, findings, (*place, "contact"))
        if overflow.to not in teams:
            findings.unknown((*place, "to"), "team", overflow.to, teams)
            continue
        for name in names:
            team = folded[overflow.to]
            skill = team.skills.get(name)
            if skill is None:
                findings.error(
                    (*place, "to"), f"team '{overflow.to}' lacks the skill '{name}'; add it under teams.{overflow.to}.skills"
                )
                continue
            if skill.after not in (0, overflow.after):
                findings.error((*place, "after"), f"differs from teams.{overflow.to}.skills.{name}.after; keep one")
                continue
            skills = {**team.skills, name: skill.model_copy(update={"after": overflow.after})}
            folded[overflow.to] = team.model_copy(update={"skills": skills})
    return folded


def with_types(routing: Routing, contacts: dict[str, Contact], teams: dict[str, Team], findings: Findings) -> Routing:
    """Return *routing* with contact types in the place of channels; priorities and overflow are folded in elsewhere."""
    update: dict[str, Any] = {"priority": {}, "overflow": ()}
    for field in BY_TYPE:
        named: dict[str, float] = {}
        given: dict[str, float] = getattr(routing, field)
        for key in sorted(given, key=lambda key: key in contacts):  # a type's own number overrules its channel's
            named |= dict.fromkeys(types_called(key, contacts, findings, ("routing", field, key)), given[key])
        update[field] = {name: named[name] for name in contacts if name in named}
    update["reserve"] = tuple(_reserve(each, place, contacts, teams, findings) for place, each in enumerate(routing.reserve))
    return routing.model_copy(update=update)


def _reserve(reserve: Reserve, index: int, contacts: dict[str, Contact], teams: dict[str, Team], findings: Findings) -> Reserve:
    """Name the contact types of *reserve*: those of its team."""
    place = ("routing", "reserve", index)
    if reserve.team not in teams:
        findings.unknown((*place, "team"), "team", reserve.team, teams)
        return reserve
    skills, kept = teams[reserve.team].skills, dict[str, None]()
    for position, key in enumerate(reserve.serves):
        found = tuple(types_called(key, contacts, findings, (*place, "for", position)))
        lacking = [name for name in found if name not in skills]
        if found and len(lacking) == len(found):
            findings.error((*place, "for", position), f"team '{reserve.team}' does not serve '{lacking[0]}'; name what it serves")
        kept |= dict.fromkeys(name for name in found if name in skills)
    return reserve.model_copy(update={"serves": tuple(name for name in contacts if name in kept)})
