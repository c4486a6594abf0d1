"""Further contacts of the same case, drawn before the run: whoever might redial or come back, by which contact type, and when.

What becomes of a contact is only known in the run; what the customer would then do is not: it is drawn for the customer and the
number of the contact, whatever happens. So the contacts that may follow one another form a web of rows: level n holds the
n-th further contact of each case, at most one row for each contact type by which it may come. A run uses one row of a case
and level at most, and most rows stay unused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.chain_rows import groups
from simkpi.demand.chains import Lengthening, joined
from simkpi.demand.field import MOST_CONTACTS
from simkpi.demand.laws import is_fixed, sample
from simkpi.demand.rows import NEVER, Chains, Returns, Ticks
from simkpi.demand.streams import Addresses, Words, World
from simkpi.errors import InputError
from simkpi.interactions.columns import BOT_OUTCOMES
from simkpi.scenario.returns import Chase
from simkpi.scenario.spec import Contact, Recontact, Retry

Columns = dict[str, NDArray[Any]]
Rows = NDArray[np.int64]
#: ``draw_again(contact_type, contact_type_of_the_first, customer, attempt)``: the columns of those further contacts.
DrawAgain = Callable[[int, int, Words, int], Columns]

_CONTAINED, _GAVE_UP = BOT_OUTCOMES.index("contained"), BOT_OUTCOMES.index("gave_up")


def with_returns(
    fresh: Columns,
    contacts: Sequence[Contact],
    worlds: Sequence[World],
    draw_again: DrawAgain,
    lengthening: Lengthening | None = None,
) -> tuple[Columns, Returns | None, Chains | None]:
    """Append to the *fresh* contacts those that may follow them.

    Parameters
    ----------
    fresh : dict of ndarray
        Columns of the fresh contacts, in order of arrival.
    contacts : sequence of Contact
        The contact types.
    worlds : sequence of World
        Where the random numbers of the customers of each contact type come from.
    draw_again : callable
        Draws the columns of further contacts.
    lengthening : Lengthening or None
        Draws the further rows of contacts; None = every contact is one row.

    Returns
    -------
    columns : dict of ndarray
        Fresh and further contacts.
    returns : Returns or None
        None if no contact type has ``retry``, ``recontact`` or ``reopen`` and no contact goes on by further rows.
    chains : Chains or None
        None if every contact is one row.

    Raises
    ------
    InputError
        If there are more than a hundred million rows.

    Notes
    -----
    Whether a customer comes back is one uniform number per contact, below ``retry.chance`` after a failed attempt or below
    ``recontact.chance`` after an unresolved one: a higher chance only adds further contacts.
    """
    n_rows = len(fresh["contact_type"])
    n_fresh = int(np.searchsorted(fresh["arrived"], NEVER))  # behind them: visitors who may be invited
    follows = any(contact.retry or contact.recontact or contact.reopen or contact.chase for contact in contacts)
    if n_fresh == n_rows and lengthening is None and not follows:
        return fresh, None, None
    level, chain = _lengthened(_Level(fresh, np.arange(n_rows), fresh["contact_type"].astype(np.int64), 0, 0), lengthening)
    levels, links, chains = [level], list[_Links](), [chain]
    while len(level):
        link = _Links.draw(level, contacts, worlds)
        links.append(link)
        level, chain = _lengthened(_next_level(level, link, len(contacts), draw_again), lengthening)
        levels.append(level)
        chains.append(chain)
        if level.first + len(level) > MOST_CONTACTS:
            raise InputError(
                f"contacts: customers who come back make more than {MOST_CONTACTS:,} possible contacts; lower the chances or "
                "write at_most"
            )
    chases = _chases(levels, contacts, worlds, draw_again)
    for _, asks in chases:
        level, chain = _lengthened(replace(asks, first=levels[-1].first + len(levels[-1])), lengthening)
        levels.append(level)
        links.append(_Links.none(len(level)))
        chains.append(chain)
    columns = {name: np.concatenate([each.columns[name] for each in levels]) for name in fresh}
    returns = Returns(
        n_fresh=n_fresh,
        case=np.concatenate([each.case for each in levels]),
        attempt=np.repeat(np.array([each.attempt for each in levels], dtype=np.int64), [len(each) for each in levels]),
        **{name: np.concatenate([each.columns[name] for each in links]) if links else _NONE for name in _LINKS},
        **_chase_columns(chases, levels),
    )
    return columns, returns, joined(chains) if lengthening else None


def _lengthened(level: _Level, lengthening: Lengthening | None) -> tuple[_Level, Columns]:
    """Put the further rows of its contacts into a level; the columns of their chains."""
    if lengthening is None:
        return level, {}
    columns, origin, chains = lengthening.lengthened(level.columns, level.world, level.attempt, level.first)
    n_contacts = len(level)
    return replace(level, columns=columns, case=level.case[origin], world=level.world[origin], n_contacts=n_contacts), chains


#: Column: whether an agent solves the case if the bot does not take the contact.
_SOLVED_ALONE = "bot_terms.resolved"
_LINKS = ("redial_to", "redial_after", "return_to", "return_after")
_NONE = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class _Level:
    """The contacts number *attempt* of all cases: rows from *first* on; *case* and *world* are those of the first contact."""

    columns: Columns
    case: Rows
    world: Rows
    attempt: int
    first: int
    #: Rows that are contacts; those behind them are rows by which these go on. -1 = all.
    n_contacts: int = -1

    def __len__(self) -> int:
        return len(self.case)


@dataclass(frozen=True)
class _Links:
    """Where each contact of a level may lead: the columns of Returns, with contact types in the place of rows."""

    columns: Columns

    @classmethod
    def none(cls, size: int) -> _Links:
        """Return the links of rows that nothing follows."""
        return cls({name: np.full(size, -1 if name.endswith("_to") else 0, dtype=np.int64) for name in _LINKS})

    @classmethod
    def draw(cls, level: _Level, contacts: Sequence[Contact], worlds: Sequence[World]) -> _Links:
        outcome, attempt = level.columns["bot_outcome"], level.attempt + 1
        fails, unsolved = outcome != _CONTAINED, ~level.columns["resolved"] & (outcome != _GAVE_UP)
        if _SOLVED_ALONE in level.columns:  # the bot may turn out not to take the contact
            fails, unsolved = fails | True, unsolved | ~level.columns[_SOLVED_ALONE]
        if "least_skill" in level.columns:  # it depends on who answers
            unsolved = unsolved | ((outcome != _CONTAINED) & (outcome != _GAVE_UP)) | (_SOLVED_ALONE in level.columns)
        may: dict[str, tuple[NDArray[np.bool_], list[Retry | Recontact | None]]] = {
            "redial": (fails, [contact.retry for contact in contacts]),
            "return": (unsolved, [contact.recontact for contact in contacts]),
        }
        columns = {}
        for name, (possible, further) in may.items():
            chance = np.array([each.chance if each and attempt <= (each.at_most or attempt) else 0.0 for each in further])
            wanted = np.flatnonzero(possible & (chance[level.columns["contact_type"]] > 0))
            u = _uniforms("comes back", wanted, level, worlds)
            rows = wanted[u < chance[level.columns["contact_type"][wanted]]]
            columns[f"{name}_to"], columns[f"{name}_after"] = _to_and_after(rows, level, further, worlds)
        _reopen(columns, level, contacts, worlds)
        return cls(columns)


def _reopen(columns: Columns, level: _Level, contacts: Sequence[Contact], worlds: Sequence[World]) -> None:
    """Let some solved cases be opened again: for them the contact that follows a handled one means that."""
    again, attempt = [contact.reopen for contact in contacts], level.attempt + 1
    chance = np.array([each.chance if each and attempt <= (each.at_most or attempt) else 0.0 for each in again])
    if not chance.any():
        return
    kind, solved = level.columns["contact_type"], level.columns["resolved"] & (level.columns["bot_outcome"] != _GAVE_UP)
    wanted = np.flatnonzero(solved & (chance[kind] > 0))
    rows = wanted[_uniforms("reopened", wanted, level, worlds) < chance[kind[wanted]]]
    to, after = _to_and_after(rows, level, again, worlds)
    columns["return_to"][rows], columns["return_after"][rows] = to[rows], after[rows]


def _to_and_after(
    rows: Rows,
    level: _Level,
    further: Sequence[Retry | Recontact | Chase | None],
    worlds: Sequence[World],
    word: str = "back",
) -> tuple[Rows, Ticks]:
    """Contact type by which each of *rows* comes back (-1 for the others), and the delay in ticks, at least one."""
    to, after = np.full(len(level), -1, dtype=np.int64), np.zeros(len(level), dtype=np.int64)
    names = [world.contact_type for world in worlds]
    for kind, each in enumerate(further):
        mine = rows[level.columns["contact_type"][rows] == kind]
        if each is None or not len(mine):
            continue
        law = each.delay
        u = np.full(len(mine), 0.5) if is_fixed(law) else _uniforms(f"{word} after", mine, level, worlds)
        after[mine] = np.maximum(sample(law, u), 1)
        targets = np.array([names.index(name) for name in each.by])
        if len(targets) == 1:
            to[mine] = targets[0]
        else:
            edges = np.cumsum(list(each.by.values()))[:-1]
            to[mine] = targets[np.searchsorted(edges, _uniforms(f"{word} by", mine, level, worlds), side="right")]
    return to, after


def _uniforms(purpose: str, rows: Rows, level: _Level, worlds: Sequence[World]) -> NDArray[np.float64]:
    """Uniform numbers of the customers of *rows* for their next contact."""
    u = np.empty(len(rows))
    for world, mine in groups(level.world[rows]):
        customer = level.columns["customer"][rows[mine]]
        u[mine] = worlds[world].uniforms(purpose, Addresses(customer), attempt=level.attempt + 1)
    return u


def _next_level(level: _Level, link: _Links, n_types: int, draw_again: DrawAgain) -> _Level:
    """Make the rows to which *link* leads, and put their numbers into it."""
    first, attempt = level.first + len(level), level.attempt + 1
    targets = [link.columns[f"{name}_to"] for name in ("redial", "return")]
    origins = [np.flatnonzero(to >= 0) for to in targets]
    wanted = np.concatenate([level.case[rows] * n_types + to[rows] for rows, to in zip(origins, targets, strict=True)])
    unique, place = np.unique(wanted, return_inverse=True)
    ends = np.cumsum([len(rows) for rows in origins])[:-1]
    for to, rows, where in zip(targets, origins, np.split(place, ends), strict=True):
        to[rows] = first + where
    case, kind = np.divmod(unique, n_types)
    order = np.argsort(level.case, kind="stable")
    by_case = order[np.searchsorted(level.case, case, sorter=order)]
    world, customer = level.world[by_case], level.columns["customer"][by_case]
    columns = {name: np.empty(len(unique), dtype=column.dtype) for name, column in level.columns.items()}
    for both, mine in groups(world * n_types + kind):
        for name, column in draw_again(both % n_types, both // n_types, customer[mine], attempt).items():
            columns[name][mine] = column
    return _Level(columns, case, world, attempt, first)


# --- chase-ups ----------------------------------------------------------------------------------------------------------

#: Number of attempts by which the draws of chase-ups are told from those of other further contacts.
_CHASE = 1 << 19


def _chases(
    levels: Sequence[_Level], contacts: Sequence[Contact], worlds: Sequence[World], draw_again: DrawAgain
) -> list[tuple[Columns, _Level]]:
    """Draw who would ask again while waiting: the columns ``to`` and ``after`` of each level, and the rows of the chase-ups.

    Nothing follows a chase-up: what becomes of the case is up to the contact that waits.
    """
    models = [contact.chase for contact in contacts]
    if not any(models):
        return []
    chance = np.array([each.chance if each else 0.0 for each in models])
    found = []
    for level in levels:
        kind = level.columns["contact_type"]
        wanted = np.flatnonzero((chance[kind] > 0) & _is_contact(level))
        rows = wanted[_uniforms("chases", wanted, level, worlds) < chance[kind[wanted]]]
        to, after = _to_and_after(rows, level, models, worlds, "chase")
        rows = np.flatnonzero(to >= 0)
        attempt, world, customer = level.attempt + 1 + _CHASE, level.world[rows], level.columns["customer"][rows]
        columns = {name: np.empty(len(rows), dtype=column.dtype) for name, column in level.columns.items()}
        for both, mine in groups(world * len(contacts) + to[rows]):
            drawn = draw_again(both % len(contacts), both // len(contacts), customer[mine], attempt)
            for name, column in drawn.items():
                columns[name][mine] = column
        found.append(({"to": to, "after": after}, _Level(columns, level.case[rows], world, attempt, 0)))
    return found


def _is_contact(level: _Level) -> NDArray[np.bool_]:
    """Whether each row is a contact's first: rows by which contacts go on come behind them."""
    return np.arange(len(level)) < (len(level) if level.n_contacts < 0 else level.n_contacts)


def _chase_columns(chases: Sequence[tuple[Columns, _Level]], levels: Sequence[_Level]) -> Columns:
    """Return ``chase_to`` and ``chase_after`` of all rows; *levels* end with those of the chase-ups."""
    if not chases:
        return {}
    to = np.full(sum(len(level) for level in levels), -1, dtype=np.int64)
    after = np.zeros(len(to), dtype=np.int64)
    for number, (drawn, _) in enumerate(chases):
        waits, asks = levels[number], levels[len(levels) - len(chases) + number]
        rows = np.flatnonzero(drawn["to"] >= 0)
        to[waits.first + rows], after[waits.first + rows] = asks.first + np.arange(len(rows)), drawn["after"][rows]
    return {"chase_to": to, "chase_after": after}
