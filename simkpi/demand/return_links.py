"""Where the contacts of a case may lead: who would redial, come back or open a case again, by which contact type, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.chain_rows import groups
from simkpi.demand.laws import is_fixed, sample
from simkpi.demand.rows import Ticks
from simkpi.demand.streams import Addresses, World
from simkpi.interactions.columns import BOT_OUTCOMES
from simkpi.scenario.returns import Chase
from simkpi.scenario.spec import Contact, Recontact, Retry

Columns = dict[str, NDArray[Any]]
Rows = NDArray[np.int64]
_CONTAINED, _GAVE_UP = BOT_OUTCOMES.index("contained"), BOT_OUTCOMES.index("gave_up")
#: Column: whether an agent solves the case if the bot does not take the contact.
_SOLVED_ALONE = "bot_terms.resolved"
LINKS = ("redial_to", "redial_after", "return_to", "return_after")
#: Contacts of a case from which on is asked whether they can begin within the horizon (cases of so many are rare, or else do not
#: end), and rows of such contacts that there may be at most, beside ten for each fresh contact.
MANY, MOST_LATE = 16, 2_000_000


@dataclass(frozen=True)
class Level:
    """The contacts number *attempt* of all cases: rows from *first* on; *case* and *world* are those of the first contact."""

    columns: Columns
    case: Rows
    world: Rows
    attempt: int
    first: int
    #: Tick before which each contact does not begin: were there no waits and no work.
    earliest: Ticks
    #: Rows that are contacts; those behind them are rows by which these go on. -1 = all.
    n_contacts: int = -1

    def __len__(self) -> int:
        return len(self.case)

    def may_come_before(self, horizon: int) -> NDArray[np.bool_]:
        """Whether each contact may begin before *horizon*: nothing follows those that do not, for they never come about."""
        return self.earliest < horizon if self.attempt >= MANY else np.ones(len(self), dtype=np.bool_)


@dataclass(frozen=True)
class Links:
    """Where each contact of a level may lead: the columns of Returns, with contact types in the place of rows."""

    columns: Columns

    @classmethod
    def none(cls, size: int) -> Links:
        """Return the links of rows that nothing follows."""
        return cls({name: np.full(size, -1 if name.endswith("_to") else 0, dtype=np.int64) for name in LINKS})

    @classmethod
    def draw(cls, level: Level, contacts: Sequence[Contact], worlds: Sequence[World], horizon: int) -> Links:
        """Draw what each contact of *level* may lead to; nothing for those that can not begin before *horizon*."""
        outcome, attempt = level.columns["bot_outcome"], level.attempt + 1
        fails, unsolved = outcome != _CONTAINED, ~level.columns["resolved"] & (outcome != _GAVE_UP)
        if _SOLVED_ALONE in level.columns:  # the bot may turn out not to take the contact
            fails, unsolved = fails | True, unsolved | ~level.columns[_SOLVED_ALONE]
        if "least_skill" in level.columns:  # it depends on who answers
            unsolved = unsolved | ((outcome != _CONTAINED) & (outcome != _GAVE_UP)) | (_SOLVED_ALONE in level.columns)
        comes = level.may_come_before(horizon)
        fails, unsolved = fails & comes, unsolved & comes
        may: dict[str, tuple[NDArray[np.bool_], list[Retry | Recontact | None]]] = {
            "redial": (fails, [contact.retry for contact in contacts]),
            "return": (unsolved, [contact.recontact for contact in contacts]),
        }
        columns = {}
        for name, (possible, further) in may.items():
            chance = np.array([each.chance if each and attempt <= (each.at_most or attempt) else 0.0 for each in further])
            wanted = np.flatnonzero(possible & (chance[level.columns["contact_type"]] > 0))
            u = uniforms("comes back", wanted, level, worlds)
            rows = wanted[u < chance[level.columns["contact_type"][wanted]]]
            columns[f"{name}_to"], columns[f"{name}_after"] = to_and_after(rows, level, further, worlds)
        _reopen(columns, level, contacts, worlds, comes)
        return cls(columns)


def _reopen(
    columns: Columns, level: Level, contacts: Sequence[Contact], worlds: Sequence[World], comes: NDArray[np.bool_]
) -> None:
    """Let some solved cases be opened again: for them the contact that follows a handled one means that."""
    again, attempt = [contact.reopen for contact in contacts], level.attempt + 1
    chance = np.array([each.chance if each and attempt <= (each.at_most or attempt) else 0.0 for each in again])
    if not chance.any():
        return
    kind, solved = level.columns["contact_type"], level.columns["resolved"] & (level.columns["bot_outcome"] != _GAVE_UP)
    wanted = np.flatnonzero(solved & comes & (chance[kind] > 0))
    rows = wanted[uniforms("reopened", wanted, level, worlds) < chance[kind[wanted]]]
    to, after = to_and_after(rows, level, again, worlds)
    columns["return_to"][rows], columns["return_after"][rows] = to[rows], after[rows]


def to_and_after(
    rows: Rows,
    level: Level,
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
        u = np.full(len(mine), 0.5) if is_fixed(law) else uniforms(f"{word} after", mine, level, worlds)
        after[mine] = np.maximum(sample(law, u), 1)
        targets = np.array([names.index(name) for name in each.by])
        if len(targets) == 1:
            to[mine] = targets[0]
        else:
            edges = np.cumsum(list(each.by.values()))[:-1]
            to[mine] = targets[np.searchsorted(edges, uniforms(f"{word} by", mine, level, worlds), side="right")]
    return to, after


def uniforms(purpose: str, rows: Rows, level: Level, worlds: Sequence[World]) -> NDArray[np.float64]:
    """Uniform numbers of the customers of *rows* for their next contact."""
    u = np.empty(len(rows))
    for world, mine in groups(level.world[rows]):
        customer = level.columns["customer"][rows[mine]]
        u[mine] = worlds[world].uniforms(purpose, Addresses(customer), attempt=level.attempt + 1)
    return u
