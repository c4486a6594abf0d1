"""The memory of one replication: its record of addresses, the columns behind them, and the log that they become."""

from __future__ import annotations

from typing import Any

import numpy as np

from simkpi.demand.rows import NEVER, BotTerms, Chains, Demand, Returns, case_column
from simkpi.engine.compiled.clock import KIND_BITS
from simkpi.engine.compiled.jit import address_of
from simkpi.engine.compiled.records import LEG, STAY, WORK
from simkpi.engine.compiled.schedules import Schedules
from simkpi.engine.compiled.state import HEAP_FULL, LEGS_FULL, STATE, TOO_LATE, UNSORTED
from simkpi.engine.compiled.tables import PlanTables, Table
from simkpi.engine.recorder import OPEN, QUEUE_LEG, EngineLog, leg_columns
from simkpi.errors import InputError, SimkpiError

#: Columns of the demand that the engine reads, and of the log that it writes, by type.
_ROWS = {
    "arrived": np.int64, "talk": np.int64, "hold": np.int64, "wrap": np.int64, "patience": np.int64, "bot_time": np.int64,
    "contact_type": np.int16, "bot": np.int16, "bot_outcome": np.int8,
}  # fmt: skip
_LOG = {
    "queued": np.int64, "answered": np.int64, "ended": np.int64, "wrapped": np.int64,
    "agent": np.int32, "team": np.int16, "outcome": np.int8, "overflowed": np.bool_,
}  # fmt: skip
_RETURNS = ("redial_to", "redial_after", "return_to", "return_after")
_FIELDS = STATE.names or ()


def columns_of(demand: Demand) -> dict[str, Table]:
    """Return the demand's columns in the types that the engine reads (no copy of those that have them already)."""
    columns = {name: np.ascontiguousarray(getattr(demand, name), dtype) for name, dtype in _ROWS.items()}
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


class Replication:
    """One replication, before and after its run.

    Parameters
    ----------
    tables : PlanTables
        The plan.
    rows : dict of arrays
        The demand's columns (:func:`columns_of`); replications that meet the same customers share them.
    n_fresh : int
        Rows of fresh contacts; the others may come about when somebody comes back.
    duty : Schedules or None
        When agents are on duty if chance has changed it; None = as planned.
    """

    def __init__(self, tables: PlanTables, rows: dict[str, Table], n_fresh: int, duty: Schedules | None = None) -> None:
        duty = duty or tables.schedules
        n_contacts, n_teams = len(rows["arrived"]), len(tables.initial["teams"])
        self.tables = tables
        #: Legs that one event may write down at most.
        self._spare_legs = 64 + 4 * tables.most_works
        self.log: dict[str, Any] = {name: np.empty(n_contacts, dtype) for name, dtype in _LOG.items()}
        # a contact has at most three events at a time, two timers (perhaps of no more effect) and the end of bot or work;
        # unless its work is re-timed: then the heap grows when it must
        has_bot_terms, has_chains = "talk_alone" in rows, "fate" in rows
        in_parts = has_chains or tables.fields["n_lines"] > 0
        if has_bot_terms:
            self.log["bot_started"] = np.full(n_contacts, NEVER, np.int64)
        has_chats, has_last_agent = "chat_gap" in rows, "case" in rows and len(tables.constant["own_waits"]) > 0
        if has_chats:
            self.log |= {name: np.full(len(rows["chat_gap"]), NEVER, np.int64) for name in ("message_at", "reply_at")}
        n_visits = len(rows["invite_at"]) if tables.fields["invites"] and "invite_at" in rows else 0
        if n_visits:
            self.log["invited"] = np.zeros(n_visits, np.bool_)
        # who waits for a bot has a timer more
        has_chase = "chase_to" in rows
        most_events = (3 + has_bot_terms + has_chase) * n_contacts + 1 + n_teams + len(duty.timetables) + len(duty.entries)
        has_picks = bool(tables.initial["types"]["pick"].any())
        self._arrays = {
            **{name: table.copy() for name, table in tables.initial.items()},
            **rows,
            **self.log,
            "heap": np.empty(most_events + 2 * tables.most_open + 2, np.int64),
            "works": np.empty(tables.most_works, WORK),
            "writers": np.empty(tables.n_agents, np.int64),
            "returned": np.zeros(n_contacts * tables.fields["has_hand_back"], np.int8),
            "back_since": np.full(n_contacts * tables.fields["has_hand_back"], NEVER, np.int64),
            "back_works": np.empty(n_contacts * tables.fields["has_hand_back"], WORK),
            "back_behind": np.empty(n_contacts * tables.fields["has_hand_back"], np.int32),
            "stays": np.empty(duty.most_stays, STAY),
            "legs": np.empty(self._spare_legs, LEG),
            "changes": duty.changes,
            "entries": duty.entries,
            "timetables": duty.timetables.copy(),
            "owed": np.empty(len(duty.entries), np.int64),
            "finishing": np.empty(tables.n_agents, np.int64),
            "came": np.empty(tables.n_agents, np.int64),
            "number": np.empty(n_contacts, np.int32),
            "behind": np.empty(n_contacts, np.int32),
            "picked": np.empty(n_contacts * has_picks, np.int32),
            "pick_key": np.empty(n_contacts * has_picks, np.int64),
            "stage": np.empty(n_contacts, np.int16),
            "phase": np.zeros(n_contacts * in_parts, np.int8),
            "rest": np.empty(n_contacts * in_parts, np.int64),
            "staying": np.full(n_contacts * has_chains, -1, np.int32),
            "line": np.full(n_contacts * (tables.fields["n_lines"] > 0), -1, np.int16),
            "bot_behind": np.empty(n_contacts * has_bot_terms, np.int32),
            **{f"chat_{name}": np.empty(n_contacts * has_chats, np.int64) for name in ("talk", "wrap", "speed", "written")},
            "desk_behind": np.empty(n_contacts * has_chats, np.int32),
            **{name: np.full(tables.n_agents * has_chats, -1, np.int32) for name in ("desk_first", "desk_last")},
            "desk_busy": np.zeros(tables.n_agents * has_chats, np.int8),
            "bot_waits": np.zeros(n_contacts * has_bot_terms, np.int8),
            "handled": np.full(n_contacts * has_last_agent, -1, np.int32),
            "own_behind": np.empty(n_contacts * has_last_agent, np.int32),
            **{name: np.full(tables.n_agents * has_last_agent, -1, np.int32) for name in ("own_first", "own_last")},
        }
        teams = self._arrays["teams"]
        teams["next_change"], teams["changes_to"] = duty.ends[:-1], duty.ends[1:]
        if has_picks:  # room for all contacts of a type
            sizes = np.bincount(rows["contact_type"], minlength=len(self._arrays["types"]))
            self._arrays["types"]["picked_from"] = np.cumsum(sizes) - sizes
        id_bits = max(n_contacts, n_visits, n_teams + len(duty.timetables), 1).bit_length()
        last_tick = (1 << (63 - KIND_BITS - id_bits)) - 1
        numbers = {
            "n_contacts": n_contacts,
            "n_fresh": n_fresh,
            "n_backlog": int(np.searchsorted(rows["arrived"][:n_fresh], 0)),
            "has_returns": int("redial_to" in rows),
            "has_chase": int(has_chase),
            "has_longest_queue": int("longest_queue" in rows),
            "has_bot_terms": int(has_bot_terms),
            "has_chats": int(has_chats),
            "n_invitations": len(rows["invite_order"]) if n_visits else 0,
            "has_last_agent": int(has_last_agent),
            "has_chains": int(has_chains),
            "has_noticed": int("noticed" in rows),
            "has_quiet": int("quiet" in rows),
            "has_balk_above": int("balk_above" in rows),
            "has_least_skill": int("least_skill" in rows),
            "has_lives": int(in_parts or "noticed" in rows),
            "asking": -1,
            "id_bits": id_bits,
            "last_tick": last_tick,
            "most_events": most_events,
            "most_stays": duty.most_stays,
        }
        fields = tables.fields | numbers | {name: address_of(array) for name, array in self._arrays.items()}
        #: The record of type ``State``, in an array of one.
        self.state = np.array([fields.get(name, 0) for name in _FIELDS], np.int64).view(STATE)
        if tables.fields["horizon"] > last_tick:
            self._refuse(TOO_LATE)

    def enlarge(self) -> None:
        """Give a paused run room for twice as many events or legs."""
        if self.state["failed"][0] == LEGS_FULL:
            legs = self._arrays["legs"]
            self._arrays["legs"] = legs = np.concatenate([legs, np.empty(len(legs) + 1024, LEG)])
            self.state["legs"], self.state["most_legs"] = address_of(legs), len(legs) - self._spare_legs
            self.state["failed"] = 0
            return
        n_more = 2 * len(self._arrays["heap"])
        self._arrays["heap"] = np.concatenate([self._arrays["heap"], np.empty(n_more, np.int64)])
        self.state["heap"] = address_of(self._arrays["heap"])
        self.state["most_events"] += n_more
        self.state["failed"] = 0

    @property
    def is_paused(self) -> bool:
        """Whether the run goes on once there is more room."""
        return int(self.state["failed"][0]) in (HEAP_FULL, LEGS_FULL)

    def engine_log(self) -> EngineLog:
        """Return what happened; where the clock stops at the horizon, what lies there or beyond has not happened.

        Raises
        ------
        InputError
            If the run was given up.
        """
        if self.state["failed"][0]:
            self._refuse(int(self.state["failed"][0]))
        log = self.log
        stop = self.tables.fields["horizon"] if self.tables.fields["cut"] else None
        legs = np.concatenate([self._arrays["legs"][: int(self.state["n_legs"][0])], self._waits_under_way()])
        if self.tables.fields["cut"]:
            horizon = self.tables.fields["horizon"]
            late = log["ended"] >= horizon
            log["outcome"][late] = OPEN
            log["ended"][late] = NEVER
            log["wrapped"][log["wrapped"] >= horizon] = NEVER
        stays = self._arrays["stays"][: int(self.state["n_stays"][0])]
        stays = stays[np.lexsort((stays["start"], stays["agent"]))]
        return EngineLog(
            engine="compiled",
            **log,
            state_agent=stays["agent"].astype(np.int32),
            state=stays["state"].astype(np.int8),
            state_from=stays["start"].copy(),
            state_to=stays["end"].copy(),
            **leg_columns([legs[name] for name in ("contact", "start", "end", "kind", "place", "how")], stop=stop),
        )

    def _waits_under_way(self) -> Table:
        """Return as legs the waits of contacts that were handed back and that nobody has gone on with (``HandBack.stop``)."""
        since = self._arrays["back_since"]
        contacts = np.flatnonzero(since < NEVER)
        legs = np.zeros(len(contacts), LEG)
        legs["contact"], legs["start"], legs["end"] = contacts, since[contacts], NEVER
        legs["kind"], legs["place"], legs["how"] = QUEUE_LEG, self._arrays["contact_type"][contacts], OPEN
        return legs

    def _refuse(self, failed: int) -> None:
        years = int(self.state["last_tick"][0]) / (1000 * 60 * 60 * 24 * 365)
        if failed == TOO_LATE:
            raise InputError(
                f'engine="compiled": an event lies too far ahead (more than {min(years, 70):.1f} years, with '
                f'{len(self.log["queued"])} contacts); cap patience and times, or try engine="reference"'
            )
        if failed == UNSORTED:
            raise InputError("contacts are not in order of arrival; sort the demand's rows by arrived")
        raise SimkpiError('the compiled engine has no room for more agent states: a bug; try engine="reference"')
