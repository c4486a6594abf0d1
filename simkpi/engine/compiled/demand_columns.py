"""The demand as the compiled engine reads it: columns of fixed types, and where they are."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any

import numpy as np

from simkpi.demand.rows import NEVER, BotTerms, Chains, Demand, Returns, case_column
from simkpi.engine.compiled.jit import address_of
from simkpi.engine.compiled.tables import Table

#: Columns that every demand has, by type.
REQUIRED = {
    "arrived": np.int64, "talk": np.int64, "hold": np.int64, "wrap": np.int64, "patience": np.int64, "bot_time": np.int64,
    "contact_type": np.int16, "bot": np.int16, "bot_outcome": np.int8,
}  # fmt: skip
_RETURNS = ("redial_to", "redial_after", "return_to", "return_after")


class Rows(dict[str, Table]):
    """The demand's columns by name, in the types that the engine reads (no copy of those that have them already)."""

    def __init__(self, demand: Demand) -> None:
        super().__init__(_columns_of(demand))

    @cached_property
    def addresses(self) -> dict[str, int]:
        """Where each of them is."""
        return {name: address_of(column) for name, column in self.items()}

    def with_room(self, room: int, empty: Callable[[int, Any], Table]) -> Rows:
        """Return columns of the same names and types with *room* for contacts, and nobody in them."""
        found = copy(self)
        found.update({name: empty(room, column.dtype) for name, column in self.items()})
        return found


def _columns_of(demand: Demand) -> dict[str, Table]:
    columns = {name: np.ascontiguousarray(getattr(demand, name), dtype) for name, dtype in REQUIRED.items()}
    if demand.longest_queue is not None:
        columns["longest_queue"] = np.ascontiguousarray(demand.longest_queue, np.int64)
    for name, limit in (("balk_above", demand.balk_above), ("noticed", demand.noticed), ("quiet", demand.quiet)):
        if limit is not None:
            columns[name] = np.ascontiguousarray(limit, np.int64)
    if demand.least_skill is not None:
        columns["least_skill"] = np.ascontiguousarray(demand.least_skill, np.int64)
    if demand.bot_terms is not None:
        columns |= _bot_columns(demand, demand.bot_terms)
    if demand.visits is not None:
        moments = np.ascontiguousarray(demand.visits.invite_at, np.int64)
        order = np.argsort(moments, kind="stable")[: int((moments < NEVER).sum())]
        columns |= {"invite_at": moments, "invite_order": order.astype(np.int64)}
        columns["visit_row"] = np.ascontiguousarray(demand.visits.row, np.int64)
        columns["visit_type"] = np.ascontiguousarray(demand.visits.contact_type, np.int16)
    if demand.chats is not None:
        turns = {f"chat_{name}": getattr(demand.chats, name) for name in ("replies", "first", "done", "gap")}
        columns |= {name: np.ascontiguousarray(column, np.int64) for name, column in turns.items()}
    if demand.chains is not None:
        columns |= _chain_columns(demand.chains)
    if demand.returns is not None:
        columns |= {name: np.ascontiguousarray(getattr(demand.returns, name), np.int64) for name in _RETURNS}
        if demand.returns.chase_to is not None:
            columns |= _chase_columns(demand.returns)
        columns["case"] = case_column(demand.returns, demand.chains)
    return columns


def _chase_columns(returns: Returns) -> dict[str, Table]:
    chase_to = np.ascontiguousarray(returns.chase_to, np.int64)
    chased = np.full(len(chase_to), -1, np.int64)
    chased[chase_to[chase_to >= 0]] = np.flatnonzero(chase_to >= 0)
    return {"chase_to": chase_to, "chase_after": np.ascontiguousarray(returns.chase_after, np.int64), "chased": chased}


def _bot_columns(demand: Demand, terms: BotTerms) -> dict[str, Table]:
    times = {"talk_alone": terms.talk, "tried_from": terms.tried_from, "tried_until": terms.tried_until}
    flags = {"solved": demand.resolved, "solved_alone": terms.resolved}
    return {
        **{name: np.ascontiguousarray(column, np.int64) for name, column in times.items()},
        **{name: np.ascontiguousarray(column, np.int8) for name, column in flags.items()},
    }


def _chain_columns(chains: Chains) -> dict[str, Table]:
    rows = {"chain_head": chains.head, "chain_next": chains.next, "chain_after": chains.after}
    rows |= {"callback_to": chains.callback_to, "callback_after": chains.callback_after}
    flags = {"chain_kind": chains.kind, "fate": chains.fate}
    return {
        **{name: np.ascontiguousarray(column, np.int64) for name, column in rows.items()},
        **{name: np.ascontiguousarray(column, np.int8) for name, column in flags.items()},
    }
