"""Finds groups of agents who handle the same contact types, where a log names agents but no teams: who handled what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simkpi.planning.calibrate.observed import Observed
from simkpi.planning.phrase import Phrase

Counts = NDArray[np.float64]
#: Contacts of a type that an agent would have had, so many that it is no chance (e^-8) that he had hardly any.
_EXPECTED = 8.0
#: He handles the type if he had at least this share of what he would have had.
_SHARE = 0.1
#: Contacts that came within so many seconds of one another could have gone to the same agents.
_TOGETHER = 1800.0
#: Share of what he would have had below which he hardly handles a type, from which he clearly does, and how many may lie between.
_HARDLY, _CLEARLY, _NOW_AND_THEN = 0.02, 0.3, 0.05
#: More groups than this are no teams, nor are more than a few of which many have one member: everybody does something else.
_MOST, _FEW, _ALONE = 12, 3, 0.1


def members(observed: Observed) -> dict[str, str]:
    """Group of each agent, if :func:`with_groups` found the groups; else empty."""
    known = observed.is_grouped & observed.is_answered & (observed.agent != "")
    return dict(zip(observed.agent[known].tolist(), observed.team[known].tolist(), strict=True))


def with_groups(observed: Observed, known: Mapping[str, str] | None = None) -> Observed:
    """Name a team for every answered contact, if the log names none and its agents handle different contact types.

    Parameters
    ----------
    observed : Observed
        The log. One that names teams, or a single contact type, is returned as it is.
    known : mapping of str to str, optional
        Group of each agent in another log (:func:`members`): the same groups are made; empty: none are. Who is new joins the
        group of those who did most of the same contact types. Default: they are found.

    Returns
    -------
    Observed
        With a team for each agent: those who handle the same types. Agents of whom too little was seen join the largest group
        that does what they did. A note says which groups there are.

    Notes
    -----
    What an agent would have had: his contacts of each half-hour times the shares of the types among all that were answered in it,
    so that who works at night is not taken for a specialist of what comes at night. An agent does not handle a type if he had
    less than a tenth of that, where it is eight contacts or more.
    """
    served = observed.is_answered & (observed.agent != "")
    if len(observed.contact_types) < 2 or (observed.team[observed.is_answered] != "").any() or not served.any():
        return observed
    names, agent = np.unique(observed.agent[served].astype(str), return_inverse=True)
    had, would = _had(observed, served, agent, len(names))
    if known is not None:
        return _named(observed, _as_known(names.tolist(), had, known), ()) if known else observed
    groups = _groups(had, would)
    kinds = sorted(set(groups))
    if len(kinds) < 2:
        return observed
    alone = sum(groups.count(one) == 1 for one in kinds)
    if len(kinds) > _MOST or (len(kinds) > _FEW and alone > _ALONE * len(groups)) or _is_vague(had, would):
        told = "the log names no teams, and its agents handle contact types in {n} different ways: taken as one team for all"
        return replace(observed, notes=(*observed.notes, Phrase(told, n=len(kinds))))
    title = dict(zip(kinds, _titles(kinds, observed.contact_types), strict=True))
    by_agent = dict(zip(names.tolist(), (title[one] for one in groups), strict=True))
    return _named(observed, by_agent, (_note(groups, title),))


def _named(observed: Observed, by_agent: Mapping[str, str], notes: tuple[str, ...]) -> Observed:
    """Put the groups into the place of the teams; answers of nobody are everybody's."""
    team = np.array([by_agent.get(one, "") for one in observed.agent.tolist()], dtype=object)
    team[~observed.is_answered] = ""
    return replace(observed, team=team, is_grouped=True, notes=(*observed.notes, *notes))


def _as_known(names: list[str], had: Counts, known: Mapping[str, str]) -> dict[str, str]:
    """Group of each agent as in the other log; of a new one that with which his contact types have most in common."""
    found = {name: known[name] for name in names if name in known}
    new = [place for place, name in enumerate(names) if name not in known]
    groups = sorted(set(found.values())) or sorted(set(known.values()))
    mixes = {one: had[[place for place, name in enumerate(names) if found.get(name) == one]].sum(axis=0) for one in groups}
    mixes = {one: mix / max(float(mix.sum()), 1.0) for one, mix in mixes.items()}
    for place in new:
        own = had[place] / had[place].sum()
        found[names[place]] = max(groups, key=lambda one: float(np.fmin(own, mixes[one]).sum()))
    return found


def _had(observed: Observed, served: NDArray[np.bool_], agent: NDArray[np.intp], agents: int) -> tuple[Counts, Counts]:
    """Contacts that each agent had of each type, and would have had if he took what came, shape (n_agents, n_types)."""
    types = len(observed.contact_types)
    kind = observed.contact_type[served]
    _, slot = np.unique(np.nan_to_num(observed.left[served]) // _TOGETHER, return_inverse=True)
    slots = int(slot.max()) + 1
    had = np.bincount(agent * types + kind, minlength=agents * types).reshape(agents, types).astype(np.float64)
    came = np.bincount(slot * types + kind, minlength=slots * types).reshape(slots, types)
    share = came / came.sum(axis=1, keepdims=True)
    would = np.zeros((agents, types))
    np.add.at(would, agent, share[slot])
    return had, would


def _groups(had: Counts, would: Counts) -> list[tuple[bool, ...]]:
    """Types that each agent handles, as a tuple of flags; where too little was seen, those of the largest group that fits.

    Types of which no agent would have had enough say nothing: everybody may handle them. Who fits no group may handle all that
    he does not clearly leave to others.
    """
    is_told = would >= _EXPECTED
    rare = ~is_told.any(axis=0)
    is_told[:, rare] = True
    does = (had >= _SHARE * would) | rare
    sure = [tuple(map(bool, row)) for row in does[is_told.all(axis=1)]]
    known = sorted(set(sure), key=lambda one: (-sure.count(one), one))
    found = []
    for row in range(len(had)):
        own = tuple(bool(each) for each in does[row] | ~is_told[row])
        if not is_told[row].all():
            did = tuple(bool(each) for each in np.where(is_told[row], does[row], had[row] > 0))
            own = next((one for one in known if _fits(one, did, is_told[row])), own)
        found.append(own)
    return found


def _is_vague(had: Counts, would: Counts) -> bool:
    """Whether agents have some types now and then: then they help out, and nobody is a group."""
    share = (had / np.where(would > 0, would, 1.0))[would >= _EXPECTED]
    return bool(((share > _HARDLY) & (share < _CLEARLY)).mean() > _NOW_AND_THEN)


def _fits(group: tuple[bool, ...], own: tuple[bool, ...], is_told: NDArray[np.bool_]) -> bool:
    """Whether an agent may belong to *group*: it does all that he did, and nothing that he clearly does not do."""
    return all(there == mine if told else there or not mine for there, mine, told in zip(group, own, is_told, strict=True))


def _titles(kinds: list[tuple[bool, ...]], types: tuple[str, ...]) -> Iterator[str]:
    """Name the groups after what they handle; by numbers where that would be long."""
    listed = ["+".join(name for name, has in zip(types, kind, strict=True) if has) for kind in kinds]
    if max(map(len, listed)) > 40 or len(set(listed)) < len(listed):
        listed = [f"group {number}" for number in range(1, len(kinds) + 1)]
    yield from listed


def _note(groups: list[tuple[bool, ...]], title: dict[tuple[bool, ...], str]) -> Phrase:
    shown = [Phrase("{name} ({n})", name=name, n=groups.count(kind)) for kind, name in title.items()]
    told = "the log names no teams: groups of agents who handled the same contact types stand for them: {groups}"
    return Phrase(told, groups=Phrase.joined(shown))
