"""Whether the rules of routing mean anything: who is kept free for whom, and numbers that the chosen policy goes by."""

from __future__ import annotations

from simkpi.scenario.crews import crews_of
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Spec

#: Fields that only these policies go by, of the shipped ones; a user's own may go by any.
_READ_BY = {
    "priority_per_minute": ("rising_priority",),
    "target_wait": ("shortest_due", "wait_ratio"),
    "queue_weight": ("queue_ratio",),
}
#: Policies that go by none of them.
_PLAIN = ("priority", "longest_waiting", "longest_idle", "best_skill", "longest_queue")


def check_routing(spec: Spec, findings: Findings) -> None:
    """Check the agents who are kept free, and warn of what has no effect."""
    _reserves(spec, findings)
    routing = spec.routing
    for field, policies in _READ_BY.items():
        others = {name for read_by in _READ_BY.values() for name in read_by if name not in policies}
        chosen = routing.contact.replace("-", "_").casefold()
        if getattr(routing, field) and chosen in {*_PLAIN, *others}:
            findings.warn(("routing", field), f"is not used: routing.contact is {routing.contact}, not {' or '.join(policies)}")
    for name, wait in routing.last_agent.items():
        pick = spec.contacts[name].pick
        if wait and pick not in (None, "oldest"):
            findings.error(("routing", "last_agent", name), f"can not wait where the {pick} is taken first; write 0s")
    comes_back = any(contact.retry or contact.recontact for contact in spec.contacts.values())
    if routing.last_agent and not comes_back:
        findings.warn(("routing", "last_agent"), "has no effect: nobody comes back; give contact types retry or recontact")


def check_reserved_agents(spec: Spec, findings: Findings) -> None:
    """Check that the agents of whom some are kept free are alike, and serve for whom they are kept; needs their timetables."""
    every = crews_of(spec) if spec.routing.reserve else ()
    for index, reserve in enumerate(spec.routing.reserve):
        place, crews = ("routing", "reserve", index), [crew for crew in every if crew.team == reserve.team]
        if len(crews) > 1:
            findings.error(
                (*place, "team"), f"agents of '{reserve.team}' differ in their skills; make teams of those who are alike"
            )
        elif reserve.serves and not any(name in crew.skills for crew in crews for name in reserve.serves):
            findings.error((*place, "for"), f"no agent of '{reserve.team}' serves '{reserve.serves[0]}'; name what they serve")


def _reserves(spec: Spec, findings: Findings) -> None:
    for index, reserve in enumerate(spec.routing.reserve):
        place, team = ("routing", "reserve", index), spec.teams[reserve.team]
        if any(skill.background for skill in team.skills.values()):
            findings.error(
                (*place, "team"),
                f"'{reserve.team}' works in the background, so that its agents are there for live contacts anyway",
            )
        if set(team.skills) <= set(reserve.serves):
            findings.warn((*place, "for"), f"names all that '{reserve.team}' serves: nobody is kept from anything")
        most = max((count for row in (team.staffing.count or () if team.staffing else ()) for count in row), default=None)
        if most is not None and reserve.agents >= most:
            findings.warn(
                (*place, "agents"),
                f"is {reserve.agents}, and '{reserve.team}' has at most {most}: the others get nobody who is free",
            )
