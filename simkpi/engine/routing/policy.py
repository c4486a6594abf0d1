"""What a routing policy is: two rankings over plain numbers, so that every engine decides alike."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from simkpi.errors import InputError, Problem, did_you_mean
from simkpi.registry import Registry

#: A rank: the lowest wins. Integers only, so that all engines and machines agree; ties go to the lowest id.
Rank = int | tuple[int, ...]
#: A ranking takes the numbers that it names as its parameters, of AGENT_NUMBERS or of CONTACT_NUMBERS.
Ranking = Callable[..., Rank]

#: What a ranking of free agents may ask for; the agent is a candidate for the contact that arrives. Times are ticks (ms).
AGENT_NUMBERS = {
    "idle_since": "moment at which the agent's number of open contacts last changed, or at which he came on duty",
    "skill": "his speed with the contact, parts per million",
    "load": "share of his capacity in use, parts per million",
    "now": "the moment of the decision",
    "level": "level of the skill; higher is better",
    "free_slots": "contacts of this type that he could take at once",
    "busy_time": "time with at least one contact open, since he came on duty",
    "duty_time": "time since he came on duty",
}
#: What a ranking of waiting contacts may ask for; the agent who asks is the same for all. Times are ticks (ms).
CONTACT_NUMBERS = {
    "queued_at": "moment at which the contact entered the queue, earlier by the head start of its type",
    "priority": "priority of its type; higher is more urgent",
    "now": "the moment of the decision",
    "rise": "thousandths of a point of priority that its type gains per minute",
    "due_at": "moment until which it should be answered: its real entry and the target wait of its type",
    "target_wait": "target wait of its type",
    "waiting": "contacts of its type that wait, this one included",
    "queue_weight": "share of the queue that its type should have, parts per million of a weight of 1",
    "skill": "the agent's speed with it, parts per million",
    "level": "level of the agent's skill; higher is better",
}


@dataclass(frozen=True)
class Policy:
    """A named rule for who serves whom.

    Parameters
    ----------
    name : str
        Name in scenario files.
    rank_agent : callable or None
        Which free agent takes an arriving contact; None = the policy says nothing about agents.
    rank_contact : callable or None
        Which waiting contact a freed agent takes; None = the policy says nothing about contacts.
    source : str
        Where the rule is defined.
    longest_idle_first : bool
        True if, among colleagues with the same load, the one idle longest always ranks first. Engines then look at one
        agent per load instead of at all of them.
    """

    name: str
    rank_agent: Ranking | None
    rank_contact: Ranking | None
    source: str
    longest_idle_first: bool = False


POLICIES: Registry[Policy] = Registry("routing policy")
#: Where the shipped policies live.
SHIPPED = "simkpi.engine.routing."
#: Parts of a rank at most; shorter ranks are filled up with zeros.
PARTS = 3


def policy(
    name: str,
    rank_agent: Ranking | None = None,
    rank_contact: Ranking | None = None,
    *,
    source: str = "the user",
    longest_idle_first: bool = False,
    aliases: tuple[str, ...] = (),
) -> Policy:
    """Register a routing policy under the name by which scenarios ask for it (``routing.agent``, ``routing.contact``).

    Parameters
    ----------
    name : str
        Name in scenario files. A policy of the user's own may be registered anew under its name; a shipped one stays.
    rank_agent, rank_contact : callable, optional
        The rankings: functions whose parameters are named after the numbers that they need (``AGENT_NUMBERS``,
        ``CONTACT_NUMBERS``) and which return a whole number of 64 bits or a tuple of up to three. The lowest wins, ties go to the
        lowest id.
    source : str
        Where the rule is defined.
    longest_idle_first : bool
        True if, among colleagues with the same load, the one idle longest always ranks first (faster).
    aliases : tuple of str
        Other names.

    Returns
    -------
    Policy

    Raises
    ------
    InputError
        If a ranking asks for a number that does not exist, or goes by chance or by the clock.
    ValueError
        If the name is that of a shipped policy.

    Examples
    --------
    >>> shortest = policy("shortest_wait_last", rank_contact=lambda queued_at: queued_at, source="an example")
    >>> shortest.name
    'shortest_wait_last'
    """
    from simkpi.engine.own_policies import check_chance

    made = Policy(name, rank_agent, rank_contact, source, longest_idle_first)
    for ranking, known in ((rank_agent, AGENT_NUMBERS), (rank_contact, CONTACT_NUMBERS)):
        if ranking is not None:
            numbers_of(ranking, known, name)
            check_chance(ranking, name)
    if name in POLICIES and is_own(POLICIES.get(name)) and is_own(made):
        return POLICIES.replace(name, made)
    return POLICIES.add(name, made, aliases)


def numbers_of(ranking: Ranking, known: Sequence[str] | dict[str, str], name: str) -> tuple[str, ...]:
    """Names of the numbers that a ranking of the policy *name* takes, in its own order.

    Raises
    ------
    InputError
        If it asks for a number that does not exist, or for none.

    Examples
    --------
    >>> numbers_of(lambda load, idle_since: (load, idle_since), AGENT_NUMBERS, "mine")
    ('load', 'idle_since')
    """
    try:
        asked = tuple(inspect.signature(ranking).parameters)
    except (TypeError, ValueError):
        asked = ()
    wrong = next((each for each in asked if each not in known), None)
    if wrong is not None:
        hint = did_you_mean(wrong, list(known)) or f"; known: {', '.join(known)}"
        raise InputError(Problem(f"policy '{name}': its ranking asks for '{wrong}', which is no number of that side{hint}"))
    if not asked:
        raise InputError(Problem(f"policy '{name}': its ranking takes no numbers; known: {', '.join(known)}"))
    return asked


def is_own(policy: Policy) -> bool:
    """Whether *policy* is a user's own."""
    return not any(
        ranking is not None and getattr(ranking, "__module__", "").startswith(SHIPPED)
        for ranking in (policy.rank_agent, policy.rank_contact)
    )


def load_policies() -> Registry[Policy]:
    """Import every module of this package, so that all policies are registered; return their registry."""
    _import_all()
    return POLICIES


@lru_cache(maxsize=1)
def _import_all() -> None:
    """Look into the folder once: plans ask for policies at every replication."""
    package = importlib.import_module(__package__ or "simkpi.engine.routing")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
