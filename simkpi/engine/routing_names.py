"""Whether the routing policies that a scenario names are there and rank what they are named for, told with the file's line."""

from __future__ import annotations

from simkpi.engine.routing.policy import load_policies
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Spec

#: Field of ``routing``, what its policies rank, and what the others rank.
_SIDES = (
    ("agent", "rank_agent", "ranks waiting contacts, not agents"),
    ("contact", "rank_contact", "ranks agents, not contacts"),
)


def check_policies(spec: Spec, findings: Findings) -> None:
    """Note the policies that nobody registered, with the nearest name, and those of the wrong side.

    For commands, where no policy of a user's own can appear later; in Python a scenario may be loaded before its policy is
    registered, and the engines refuse a name that is still unknown then.
    """
    registered = load_policies()
    for field, side, otherwise in _SIDES:
        name = getattr(spec.routing, field)
        if name is None:
            continue
        usable = [known for known, policy in registered.items() if getattr(policy, side) is not None]
        if name not in registered:
            findings.unknown(("routing", field), "routing policy", name, usable)
        elif getattr(registered.get(name), side) is None:
            findings.error(("routing", field), f"'{name}' {otherwise}; known: {', '.join(usable)}")
