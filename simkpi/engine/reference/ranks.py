"""Ranking functions of the routing policies, with the numbers that each asks for by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from simkpi.engine.own_policies import guarded
from simkpi.engine.routing.policy import AGENT_NUMBERS, CONTACT_NUMBERS, Policy, Rank, Ranking, numbers_of
from simkpi.engine.rules import agent_rank, contact_rank

if TYPE_CHECKING:
    from simkpi.engine.reference.choices import Choice
    from simkpi.engine.reference.queues import Queues
    from simkpi.engine.reference.teams import Agent

#: (candidate, as the router looks at his team and the contact type, now) -> rank.
AgentRanking = Callable[["Agent", "Choice", int], Rank]
#: (waiting contact, as the router looks at its type and the team, now) -> rank.
ContactRanking = Callable[[int, "Choice", int], Rank]


def agent_ranking(policy: Policy) -> AgentRanking:
    """Return the policy's ranking of free agents."""
    numbers: dict[str, Callable[[Agent, Choice, int], int]] = {
        "idle_since": lambda agent, choice, now: agent.since,
        "skill": lambda agent, choice, now: choice.skill.speed,
        "load": lambda agent, choice, now: choice.team.load[agent.used],
        "now": lambda agent, choice, now: now,
        "level": lambda agent, choice, now: choice.skill.level,
        "free_slots": lambda agent, choice, now: (choice.team.capacity - agent.used) // choice.skill.weight,
        "busy_time": lambda agent, choice, now: agent.busy + (now - agent.since if agent.open else 0),
        "duty_time": lambda agent, choice, now: now - agent.came,
    }
    ranking: AgentRanking = _called(policy.name, agent_rank(policy), numbers, AGENT_NUMBERS)
    return ranking


def contact_ranking(policy: Policy, queues: Queues) -> ContactRanking:
    """Return the policy's ranking of the contacts that wait in *queues*."""
    queued, urgency, priority = queues.recorder.queued, queues.plan.urgency, queues.plan.priority
    numbers: dict[str, Callable[[int, Choice, int], int]] = {
        "queued_at": lambda contact, choice, now: queued[contact] - urgency[choice.skill.contact_type].head_start,
        "priority": lambda contact, choice, now: priority[choice.skill.contact_type],
        "now": lambda contact, choice, now: now,
        "rise": lambda contact, choice, now: urgency[choice.skill.contact_type].rise,
        "due_at": lambda contact, choice, now: queued[contact] + urgency[choice.skill.contact_type].target_wait,
        "target_wait": lambda contact, choice, now: urgency[choice.skill.contact_type].target_wait,
        "waiting": lambda contact, choice, now: queues.waiting[choice.skill.contact_type],
        "queue_weight": lambda contact, choice, now: urgency[choice.skill.contact_type].queue_weight,
        "skill": lambda contact, choice, now: choice.skill.speed,
        "level": lambda contact, choice, now: choice.skill.level,
    }
    ranking: ContactRanking = _called(policy.name, contact_rank(policy), numbers, CONTACT_NUMBERS)
    return ranking


def _called(name: str, ranking: Ranking, numbers: dict[str, Callable[..., int]], known: dict[str, str]) -> Any:
    """Return a function of what the numbers are read from; those of one or two numbers are most, and the fastest."""
    asked = numbers_of(ranking, known, name)
    reads, ranking = [numbers[each] for each in asked], guarded(ranking, name, asked)
    if len(reads) == 1:
        (only,) = reads
        return lambda *given: ranking(only(*given))
    if len(reads) == 2:
        first, second = reads
        return lambda *given: ranking(first(*given), second(*given))
    return lambda *given: ranking(*[read(*given) for read in reads])
