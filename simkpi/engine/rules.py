"""The rules of routing as whole numbers: which policies, and what they and the reserves go by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from simkpi.engine.own_policies import is_shipped
from simkpi.engine.routing.policy import Policy, Ranking, load_policies
from simkpi.errors import InputError, Problem
from simkpi.scenario.channels import CHANNELS
from simkpi.scenario.routing import Reserve
from simkpi.scenario.spec import Spec
from simkpi.units import to_ticks

#: Weights are whole parts per million of a weight of 1.
_PPM = 1_000_000


@dataclass(frozen=True)
class Urgency:
    """What policies know of a contact type: thousandths of a point per minute, ticks, ticks, ppm of a weight of 1."""

    rise: int = 0
    head_start: int = 0
    target_wait: int = 1
    queue_weight: int = _PPM


def urgency(spec: Spec, name: str) -> Urgency:
    """Return the numbers of the contact type called *name*."""
    routing, target = spec.routing, spec.targets.get(name, {}).get("service_level")
    usual = target.within if target and target.within else CHANNELS.get(spec.contacts[name].channel).threshold
    return Urgency(
        rise=round(routing.priority_per_minute.get(name, 0) * 1000),
        head_start=to_ticks(routing.head_start.get(name, 0)),
        target_wait=to_ticks(routing.target_wait.get(name, usual)),
        queue_weight=max(1, round(routing.queue_weight.get(name, 1) * _PPM)),
    )


def last_agent_waits(spec: Spec) -> tuple[int, ...]:
    """Return how long each contact type waits for the agent who handled the case (see ``Plan.last_agent``)."""
    # whoever writes again in a thread goes to the agent who wrote last, if he has room
    waits = {**{name: 0.0 for name, contact in spec.contacts.items() if contact.rounds}, **spec.routing.last_agent}
    return tuple(to_ticks(waits[name]) if name in waits else -1 for name in spec.contacts) if waits else ()


def reserves_against(contact_type: str, reserves: Sequence[Reserve], weights: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    """Return the agents and units of room that a contact of *contact_type* must leave: those kept for other types."""
    others = (reserve for reserve in reserves if contact_type not in reserve.serves)
    return tuple((reserve.agents, max(weights[each] for each in reserve.serves if each in weights)) for reserve in others)


def agent_rank(policy: Policy) -> Ranking:
    """Return the policy's ranking of agents, or say that it has none."""
    if policy.rank_agent is None:
        raise InputError(Problem(f"'{policy.name}' ranks waiting contacts, not agents; try longest_idle", "routing.agent"))
    return policy.rank_agent


def contact_rank(policy: Policy) -> Ranking:
    """Return the policy's ranking of contacts, or say that it has none."""
    if policy.rank_contact is None:
        raise InputError(Problem(f"'{policy.name}' ranks agents, not waiting contacts; try priority", "routing.contact"))
    return policy.rank_contact


def agent_policy(spec: Spec, contact_type: str) -> Policy:
    """Return the policy by which an arriving contact chooses its agent: the scenario's, else the channel's."""
    chosen = load_policies().get(spec.routing.agent or CHANNELS.get(spec.contacts[contact_type].channel).agent_policy)
    agent_rank(chosen)
    return chosen


def contact_policy(spec: Spec) -> Policy:
    """Return the policy by which a freed agent chooses a contact."""
    chosen = load_policies().get(spec.routing.contact)
    contact_rank(chosen)
    return chosen


def is_current(agents: Iterable[Policy], contacts: Policy) -> bool:
    """Whether these policies are still what their names stand for: a user may register his own anew."""
    registered = load_policies()
    return all(registered.get(each.name) is each for each in {id(each): each for each in (*agents, contacts)}.values())


def own_policies(spec: Spec) -> list[tuple[str, Policy]]:
    """Return the policies with code of the user's own by which *spec* routes, by name; names nobody registered are left out."""
    registered = load_policies()
    usual = {CHANNELS.get(contact.channel).agent_policy for contact in spec.contacts.values()}
    named = {name for name in (spec.routing.agent, spec.routing.contact, *usual) if name and name in registered}
    return sorted((policy.name, policy) for policy in map(registered.get, named) if _has_own_code(policy))


def _has_own_code(policy: Policy) -> bool:
    rankings = (policy.rank_agent, policy.rank_contact)
    return any(ranking is not None and not is_shipped(ranking) for ranking in rankings)
