"""Further contacts of the same case, drawn before the run: whoever might redial or come back, by which contact type, and when.

What becomes of a contact is only known in the run; what the customer would then do is not: it is drawn for the customer and the
number of the contact, whatever happens. So the contacts that may follow one another form a web of rows: level n holds the
n-th further contact of each case, at most one row for each contact type by which it may come. A run uses one row of a case
and level at most, and most rows stay unused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.chain_rows import groups
from simkpi.demand.chains import Lengthening, joined
from simkpi.demand.field import MOST_CONTACTS
from simkpi.demand.return_links import LINKS, MANY, MOST_LATE, Columns, Level, Links, to_and_after, uniforms
from simkpi.demand.rows import NEVER, Chains, Returns
from simkpi.demand.streams import Words, World
from simkpi.errors import InputError
from simkpi.scenario.spec import Contact

#: ``draw_again(contact_type, contact_type_of_the_first, customer, attempt)``: the columns of those further contacts.
DrawAgain = Callable[[int, int, Words, int], Columns]

_NONE = np.zeros(0, dtype=np.int64)


def with_returns(
    fresh: Columns,
    contacts: Sequence[Contact],
    worlds: Sequence[World],
    draw_again: DrawAgain,
    lengthening: Lengthening | None = None,
    *,
    horizon: int = NEVER,
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
    horizon : int, ticks
        From which on nobody comes back.

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
        If there are more than a hundred million rows, or far more than fresh contacts although each case has had many.

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
    earliest = np.where(fresh["arrived"] < NEVER, fresh["arrived"], 0)
    first = Level(fresh, np.arange(n_rows), fresh["contact_type"].astype(np.int64), 0, 0, earliest)
    level, chain = _lengthened(first, lengthening)
    levels, links, chains = [level], list[Links](), [chain]
    while len(level):
        link = Links.draw(level, contacts, worlds, horizon)
        links.append(link)
        level, chain = _lengthened(_next_level(level, link, len(contacts), draw_again), lengthening)
        levels.append(level)
        chains.append(chain)
        _check_size(levels)
    chases = _chases(levels, contacts, worlds, draw_again)
    for _, asks in chases:
        level, chain = _lengthened(replace(asks, first=levels[-1].first + len(levels[-1])), lengthening)
        levels.append(level)
        links.append(Links.none(len(level)))
        chains.append(chain)
    columns = {name: np.concatenate([each.columns[name] for each in levels]) for name in fresh}
    returns = Returns(
        n_fresh=n_fresh,
        case=np.concatenate([each.case for each in levels]),
        attempt=np.repeat(np.array([each.attempt for each in levels], dtype=np.int64), [len(each) for each in levels]),
        **{name: np.concatenate([each.columns[name] for each in links]) if links else _NONE for name in LINKS},
        **_chase_columns(chases, levels),
    )
    return columns, returns, joined(chains) if lengthening else None


def _check_size(levels: Sequence[Level]) -> None:
    """Refuse cases that do not come to an end before memory does."""
    n_rows, n_fresh = levels[-1].first + len(levels[-1]), len(levels[0])
    n_late = n_rows - levels[MANY].first if len(levels) > MANY else 0
    if n_rows > MOST_CONTACTS or n_late > MOST_LATE + 10 * n_fresh:
        raise InputError(
            f"contacts: customers who come back make {n_rows:,} possible contacts of {n_fresh:,} and more, up to "
            f"{levels[-1].attempt + 1} of one case; lower the chances or write at_most: 3"
        )


def _lengthened(level: Level, lengthening: Lengthening | None) -> tuple[Level, Columns]:
    """Put the further rows of its contacts into a level; the columns of their chains."""
    if lengthening is None:
        return level, {}
    columns, origin, chains = lengthening.lengthened(level.columns, level.world, level.attempt, level.first)
    n_contacts = len(level)
    of_contact = {name: getattr(level, name)[origin] for name in ("case", "world", "earliest")}
    return replace(level, columns=columns, n_contacts=n_contacts, **of_contact), chains


def _next_level(level: Level, link: Links, n_types: int, draw_again: DrawAgain) -> Level:
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
    earliest = np.full(len(unique), NEVER)
    for name, rows, where in zip(("redial", "return"), origins, np.split(place, ends), strict=True):
        np.minimum.at(earliest, where, level.earliest[rows] + link.columns[f"{name}_after"][rows])
    return Level(columns, case, world, attempt, first, earliest)


# --- chase-ups ----------------------------------------------------------------------------------------------------------

#: Number of attempts by which the draws of chase-ups are told from those of other further contacts.
_CHASE = 1 << 19


def _chases(
    levels: Sequence[Level], contacts: Sequence[Contact], worlds: Sequence[World], draw_again: DrawAgain
) -> list[tuple[Columns, Level]]:
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
        rows = wanted[uniforms("chases", wanted, level, worlds) < chance[kind[wanted]]]
        to, after = to_and_after(rows, level, models, worlds, "chase")
        rows = np.flatnonzero(to >= 0)
        attempt, world, customer = level.attempt + 1 + _CHASE, level.world[rows], level.columns["customer"][rows]
        columns = {name: np.empty(len(rows), dtype=column.dtype) for name, column in level.columns.items()}
        for both, mine in groups(world * len(contacts) + to[rows]):
            drawn = draw_again(both % len(contacts), both // len(contacts), customer[mine], attempt)
            for name, column in drawn.items():
                columns[name][mine] = column
        asks = Level(columns, level.case[rows], world, attempt, 0, level.earliest[rows])
        found.append(({"to": to, "after": after}, asks))
    return found


def _is_contact(level: Level) -> NDArray[np.bool_]:
    """Whether each row is a contact's first: rows by which contacts go on come behind them."""
    return np.arange(len(level)) < (len(level) if level.n_contacts < 0 else level.n_contacts)


def _chase_columns(chases: Sequence[tuple[Columns, Level]], levels: Sequence[Level]) -> Columns:
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
