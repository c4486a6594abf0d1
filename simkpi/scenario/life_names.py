"""The contact types that transfers, closed doors and trunk lines name: worked out, and said where they name none."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simkpi.scenario.lives import Lines, Transfer, WhenClosed
from simkpi.scenario.problems import Findings
from simkpi.scenario.spec import Contact, Spec

Place = tuple[str | int, ...]
#: ``types_called(name, contacts, findings, place)`` of simkpi.scenario.resolve.
Called = Callable[[str, dict[str, Contact], Findings, Place], Iterable[str]]


def with_lives(contacts: dict[str, Contact], spec: Spec, findings: Findings, called: Called) -> dict[str, Contact]:
    """Return the contact types with ``transfer.to`` and ``when_closed`` naming contact types only."""

    def one(name: str, place: Place) -> str | None:
        """Contact type that *name* stands for, if it is one."""
        if name in spec.teams and name not in contacts:
            findings.error(
                place,
                f"'{name}' is a team; name a contact type that it serves, e.g. one of volume 0 that only '{name}' has as a skill",
            )
            return None
        found = tuple(called(name, contacts, findings, place))
        if len(found) > 1:
            findings.error(place, f"stands for {len(found)} contact types ({', '.join(found)}); name one")
        return found[0] if len(found) == 1 else None

    changed = {}
    for name, contact in contacts.items():
        update: dict[str, Transfer | WhenClosed] = {}
        if contact.transfer is not None:
            to: dict[str, float] = {}
            for key, share in contact.transfer.to.items():
                target = one(key, ("contacts", name, "transfer", "to", key))
                if target is not None:
                    to[target] = to.get(target, 0.0) + share
            update["transfer"] = contact.transfer.model_copy(update={"to": to})
        if contact.when_closed is not None and contact.when_closed.to is not None:
            target = one(contact.when_closed.to, ("contacts", name, "when_closed"))
            update["when_closed"] = contact.when_closed.model_copy(update={"to": target or name})
        changed[name] = contact.model_copy(update=update) if update else contact
    return changed


def lines_of(contacts: dict[str, Contact], spec: Spec, findings: Findings, called: Called) -> dict[str, Lines]:
    """Return the trunk lines with the contact types that share them; a type has lines once at most."""
    found, owner = {}, dict[str, str]()
    for name, lines in spec.lines.items():
        types: dict[str, None] = {}
        for index, wanted in enumerate(lines.contacts or (name,)):
            place: Place = ("lines", name, "contacts", index) if lines.contacts else ("lines", name)
            types.update(dict.fromkeys(called(wanted, contacts, findings, place)))
        for contact in types:
            if contact in owner:
                findings.error(
                    ("lines", name), f"'{contact}' has the lines '{owner[contact]}' already; one group per contact type"
                )
            owner.setdefault(contact, name)
        found[name] = lines.model_copy(update={"contacts": tuple(types)})
    return found
