"""Whether customers who come back ever stop, reach somebody, and whether agents still get on with several contacts open."""

from __future__ import annotations

from itertools import pairwise

from simkpi.scenario.bot_hours import bot_of
from simkpi.scenario.life_checks import targets
from simkpi.scenario.problems import Findings
from simkpi.scenario.returns import Chase, Recontact, Retry
from simkpi.scenario.spec import Contact, Spec
from simkpi.units import format_share

_KINDS = ("retry", "recontact", "reopen")


def check_returns(spec: Spec, findings: Findings) -> None:
    """Every further contact needs a team, and the further contacts of a case must come to an end."""
    served = {name for team in spec.teams.values() for name in team.skills}
    for name, contact in spec.contacts.items():
        if contact.reopen is not None and (depends := _depends(spec, name)):
            findings.error(("contacts", name, "reopen"), f"needs to be known before the run who is helped, but {depends}")
        for kind in (*_KINDS, "chase"):
            further = _further(contact, kind)
            for target, share in further.by.items() if further else ():
                if share and target not in served:
                    findings.error(("contacts", name, kind), f"sends customers to '{target}', which no team serves")
    for name, kind in _endless(spec):
        findings.error(
            ("contacts", name, kind),
            "explosive: expected contacts infinite, for everybody comes back for ever; lower the chance or write at_most: 3",
        )


def _depends(spec: Spec, name: str) -> str:
    """Say why only the run shows whether a case is solved; nothing if it does not."""
    if any(team.skills[name].resolves != 1 for team in spec.teams.values() if name in team.skills):
        return "skills.resolves makes that depend on who answers"
    bot = bot_of(spec, name)
    return "a bot with few places may not take everybody" if bot is not None and (bot.at_once or bot.hours) else ""


def _further(contact: Contact, kind: str) -> Retry | Recontact | Chase | None:
    further: Retry | Recontact | Chase | None = getattr(contact, kind)
    return further


def _endless(spec: Spec) -> list[tuple[str, str]]:
    """Contact types and kinds of return that happen for certain and lead to such contact types only."""
    certain = {
        (name, kind)
        for name, contact in spec.contacts.items()
        for kind in _KINDS
        if (further := getattr(contact, kind)) and further.at_most is None and further.chance * _failing(spec, name, kind) >= 1
    }
    while True:
        # a contact that may be transferred comes back for certain only if it does so wherever it ends
        names = {name for name, kind in certain if kind == "retry" or all((end, kind) in certain for end in _ends(spec, name))}
        kept = {(name, kind) for name, kind in certain if _targets(spec.contacts[name], kind) <= names}
        if kept == certain:
            return [(name, kind) for name in spec.contacts for kind in _KINDS if (name, kind) in certain]
        certain = kept


def _ends(spec: Spec, name: str) -> set[str]:
    """Contact types in whose queues a contact of type *name* may end after transfers (which are not circular)."""
    found, contact = set[str](), spec.contacts[name]
    open_ends = [name]
    while open_ends:
        contact = spec.contacts[open_ends.pop()]
        further = set(targets(contact)) - found
        found |= further
        open_ends += further
    return {end for end in {name, *found} if (transfer := spec.contacts[end].transfer) is None or transfer.chance < 1}


def _targets(contact: Contact, kind: str) -> set[str]:
    further = _further(contact, kind)
    return {target for target, share in further.by.items() if share} if further else set()


def _failing(spec: Spec, name: str, kind: str) -> float:
    """Largest share of the contacts that may end so that this kind of return follows (any attempt may fail)."""
    if kind == "retry":
        return 1.0
    if kind == "reopen":
        return spec.contacts[name].resolved
    bot = bot_of(spec, name)
    unresolved = 1 - spec.contacts[name].resolved
    if bot is None:
        return unresolved
    met = bot.contained_share * (1 - bot.solves) + bot.handed_off_share * unresolved
    return met if bot.adoption.start == bot.adoption.to == 1 else max(met, unresolved)


def check_pace(spec: Spec, findings: Findings) -> None:
    """Warn of a slow-down with which an agent gets less done in all the more contacts are open."""
    for name, contact in spec.contacts.items():
        slower = contact.handle.slower_when_busy
        teams = [team for team in spec.teams.values() if name in team.skills]
        most = max((skill.at_once or 1 for team in teams for skill in team.skills.values()), default=1)
        done = [count / (1 + slower[min(count, len(slower)) - 1]) for count in range(1, most + 1)] if slower else []
        for count, (fewer, more) in enumerate(pairwise(done), start=2):
            if more < fewer:
                findings.warn(
                    ("contacts", name, "handle", "slower_when_busy"),
                    f"makes {count} contacts at once {format_share(round(more, 3))} of the work of one, and {count - 1} "
                    f"{format_share(round(fewer, 3))}: throughput falls",
                )
                break
