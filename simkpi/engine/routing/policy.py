"""What a routing policy is: two rankings over plain numbers, so that every engine decides alike."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from simkpi.registry import Registry

#: A rank: the lowest wins. Integers only, so that all engines and machines agree; ties go to the lowest id.
Rank = int | tuple[int, ...]
#: ``rank_agent(idle_since, skill, load, now)``: ticks, speed and used capacity in parts per million, ticks.
RankAgent = Callable[[int, int, int, int], Rank]
#: ``rank_contact(queued_at, priority, now)``: ticks, priority (higher is more urgent), ticks.
RankContact = Callable[[int, int, int], Rank]


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
    rank_agent: RankAgent | None
    rank_contact: RankContact | None
    source: str
    longest_idle_first: bool = True


POLICIES: Registry[Policy] = Registry("routing policy")


def policy(
    name: str,
    rank_agent: RankAgent | None,
    rank_contact: RankContact | None,
    *,
    source: str,
    longest_idle_first: bool = True,
    aliases: tuple[str, ...] = (),
) -> Policy:
    """Register a routing policy and return it (see :class:`Policy` for the parameters)."""
    return POLICIES.add(name, Policy(name, rank_agent, rank_contact, source, longest_idle_first), aliases)


def load_policies() -> Registry[Policy]:
    """Import every module of this package once, so that all policies are registered; return their registry."""
    package = importlib.import_module(__package__ or "simkpi.engine.routing")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return POLICIES
