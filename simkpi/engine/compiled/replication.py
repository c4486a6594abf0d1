"""The memory of one replication: its record of addresses, the columns behind them, and the log that they become."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simkpi.demand.rows import NEVER
from simkpi.engine.compiled.clock import KIND_BITS
from simkpi.engine.compiled.demand_columns import Rows
from simkpi.engine.compiled.jit import address_of
from simkpi.engine.compiled.memory import Memory
from simkpi.engine.compiled.plain import has_plain_state
from simkpi.engine.compiled.records import LEG, STAY, WORK
from simkpi.engine.compiled.schedules import Schedules
from simkpi.engine.compiled.state import EVENTS_FULL, LEGS_FULL, STATE, TOO_LATE, UNSORTED
from simkpi.engine.compiled.tables import PlanTables, Table
from simkpi.engine.recorder import OPEN, QUEUE_LEG, EngineLog, leg_columns
from simkpi.errors import InputError, SimkpiError

#: Columns of the log that the engine writes, by type.
_LOG = {
    "queued": np.int64, "answered": np.int64, "ended": np.int64, "wrapped": np.int64,
    "agent": np.int32, "team": np.int16, "outcome": np.int8, "overflowed": np.bool_,
}  # fmt: skip
_FIELDS = STATE.names or ()
#: Columns of the events ahead, which there may have to be more of.
_CLOCK = ("events", "winners", "places")
#: Makes an array of a length and a type.
Empty = Callable[[int, Any], Table]


class Replication:
    """One replication, before and after its run.

    Parameters
    ----------
    tables : PlanTables
        The plan.
    rows : Rows
        The demand's columns; replications that meet the same customers share them.
    n_fresh : int
        Rows of fresh contacts; the others may come about when somebody comes back.
    duty : Schedules or None
        When agents are on duty if chance has changed it; None = as planned.
    empty : callable
        Makes the memory, of a length and a type.
    with_order : bool
        Whether to write down in which order contacts are answered.
    """

    def __init__(
        self,
        tables: PlanTables,
        rows: Rows,
        n_fresh: int,
        duty: Schedules | None = None,
        empty: Empty = np.empty,
        *,
        with_order: bool = False,
    ) -> None:
        duty, self._empty, self._with_order = duty or tables.schedules, empty, with_order
        self.tables = tables
        self._n_contacts, self._n_teams = len(rows["arrived"]), len(tables.initial["teams"])
        self._n_visits = len(rows["invite_at"]) if tables.fields["invites"] and "invite_at" in rows else 0
        self._has_last_agent = "case" in rows and len(tables.constant["own_waits"]) > 0
        #: Whether work may be done in two parts.
        self._in_parts = "fate" in rows or tables.fields["n_lines"] > 0
        #: Legs that one event may write down at most.
        self._spare_legs = 64 + 4 * tables.most_works
        self._rows, self._duty = rows, duty
        self.log: dict[str, Any] = {}
        # a contact has at most three events at a time, two timers (perhaps of a wait that is over) and the end of bot or work;
        # who waits for a bot has a timer more. Unless its work is re-timed: then there is given more room when there must
        n_timers = 3 + ("talk_alone" in rows) + ("chase_to" in rows)
        self._most_events = n_timers * self._n_contacts + 1 + self._n_teams + len(duty.timetables) + len(duty.entries)
        self._most_places = self._most_events + 2 * tables.most_open + 2
        columns = self._written() | self._worked_on()
        if duty is not tables.schedules:
            self._memory["teams"]["next_change"], self._memory["teams"]["changes_to"] = duty.ends[:-1], duty.ends[1:]
            columns |= {name: address_of(table) for name, table in duty.tables().items()}
        #: These grow when they must.
        self._clock, self._legs = {name: self._memory[name] for name in _CLOCK}, self._memory["legs"]
        numbers = self._numbers(n_fresh)
        fields = tables.fields | numbers | rows.addresses | columns
        fields["is_plain"] &= has_plain_state(fields)
        #: The record of type ``State``, in an array of one; what it points to has to stay.
        self.state = np.frombuffer(array("q", [fields.get(name, 0) for name in _FIELDS]), np.int64).view(STATE)
        if tables.fields["horizon"] > numbers["last_tick"]:
            self._refuse(TOO_LATE)

    def _written(self) -> dict[str, int]:
        """Make room for the log; return where its columns are."""
        rows, columns = self._rows, Memory(self._empty)
        for name, dtype in _LOG.items():
            columns.want(dtype, **{name: self._n_contacts})
        if self._with_order:
            columns.want(np.int32, order=self._n_contacts)
        addresses, more = columns.take(), dict[str, Table]()
        if "talk_alone" in rows:
            more["bot_started"] = np.full(self._n_contacts, NEVER, np.int64)
        if "chat_gap" in rows:
            more |= {name: np.full(len(rows["chat_gap"]), NEVER, np.int64) for name in ("message_at", "reply_at")}
        if self._n_visits:
            more["invited"] = np.zeros(self._n_visits, np.bool_)
        self.log = {name: columns[name] for name in _LOG} | more
        return addresses | {name: address_of(column) for name, column in more.items()}

    def _worked_on(self) -> dict[str, int]:
        """Make room for what changes during the run; return where it is."""
        rows, tables, duty, n, agents = self._rows, self.tables, self._duty, self._n_contacts, self.tables.n_agents
        memory = self._memory = Memory(self._empty)
        memory.want_copies(**tables.initial, timetables=duty.timetables)
        memory.want_filled(0, np.int64, types_waiting=tables.fields["n_words"])
        memory.want(np.int64, events=2 * self._most_places, rest=n * self._in_parts)
        memory.want(np.int32, winners=2 * self._most_places, places=self._most_places)
        memory.want(np.int64, writers=agents, finishing=agents, came=agents, owed=len(duty.entries))
        memory.want(np.int32, number=n, behind=n, overflow_timer=n, patience_timer=n)
        memory.want(np.int16, stage=n)
        memory.want(WORK, works=tables.most_works)
        memory.want(STAY, stays=duty.most_stays)
        memory.want(LEG, legs=self._spare_legs)
        memory.want_filled(0, np.int8, phase=n * self._in_parts)
        memory.want_filled(255, np.int16, line=n * (tables.fields["n_lines"] > 0))
        if "fate" in rows:
            memory.want_filled(255, np.int32, staying=n)
        if "talk_alone" in rows:
            memory.want_filled(0, np.int8, bot_waits=n)
            memory.want(np.int32, bot_behind=n)
        if self._has_last_agent:
            memory.want_filled(255, np.int32, handled=n, own_first=agents, own_last=agents)
            memory.want(np.int32, own_behind=n)
        if "chat_gap" in rows:
            memory.want(np.int64, chat_talk=n, chat_wrap=n, chat_speed=n, chat_written=n)
            memory.want(np.int32, desk_behind=n)
            memory.want_filled(255, np.int32, desk_first=agents, desk_last=agents)
            memory.want_filled(0, np.int8, desk_busy=agents)
        if tables.fields["has_hand_back"]:
            memory.want_filled(0, np.int8, returned=n)
            memory.want(np.int64, back_since=n)
            memory.want(WORK, back_works=n)
            memory.want(np.int32, back_behind=n)
        has_picks = bool(tables.initial["types"]["pick"].any())
        memory.want(np.int32, picked=n * has_picks)
        memory.want(np.int64, pick_key=n * has_picks)
        addresses = memory.take()
        if tables.fields["has_hand_back"]:
            memory["back_since"][:] = NEVER
        if has_picks:  # room for all contacts of a type
            sizes = np.bincount(rows["contact_type"], minlength=len(memory["types"]))
            memory["types"]["picked_from"] = np.cumsum(sizes) - sizes
        return addresses

    def _numbers(self, n_fresh: int) -> dict[str, int]:
        """Return the numbers of the record that the demand decides."""
        rows, n_contacts = self._rows, self._n_contacts
        id_bits = max(n_contacts, self._n_visits, self._n_teams + len(self._duty.timetables), 1).bit_length()
        return {
            "n_contacts": n_contacts,
            "n_fresh": n_fresh,
            "n_backlog": int(np.searchsorted(rows["arrived"][:n_fresh], 0)),
            "has_returns": int("redial_to" in rows),
            "has_chase": int("chase_to" in rows),
            "has_longest_queue": int("longest_queue" in rows),
            "has_bot_terms": int("talk_alone" in rows),
            "has_chats": int("chat_gap" in rows),
            "n_invitations": len(rows["invite_order"]) if self._n_visits else 0,
            "has_last_agent": int(self._has_last_agent),
            "has_chains": int("fate" in rows),
            "has_noticed": int("noticed" in rows),
            "has_quiet": int("quiet" in rows),
            "has_balk_above": int("balk_above" in rows),
            "has_least_skill": int("least_skill" in rows),
            "has_lives": int(self._in_parts or "noticed" in rows),
            "asking": -1,
            "id_bits": id_bits,
            "last_tick": (1 << (63 - KIND_BITS - id_bits)) - 1,
            "most_events": self._most_events,
            "most_places": self._most_places,
            "gap": -1,
            "most_stays": self._duty.most_stays,
        }

    def enlarge(self) -> None:
        """Give a paused run room for twice as many events or legs."""
        if self.state["failed"][0] == LEGS_FULL:
            legs = self._legs = np.concatenate([self._legs, np.empty(len(self._legs) + 1024, LEG)])
            self.state["legs"], self.state["most_legs"] = address_of(legs), len(legs) - self._spare_legs
            self.state["failed"] = 0
            return
        n_more = 2 * self._most_places
        for name in _CLOCK:
            column = self._clock[name]
            more = np.empty(n_more if name == "places" else 2 * n_more, column.dtype)
            self._clock[name] = np.concatenate([column, more])
            self.state[name] = address_of(self._clock[name])
        self._most_places += n_more
        self.state["most_places"], self.state["failed"] = self._most_places, 0
        self.state["most_events"] += n_more

    @property
    def is_paused(self) -> bool:
        """Whether the run goes on once there is more room."""
        return int(self.state["failed"][0]) in (EVENTS_FULL, LEGS_FULL)

    def column(self, name: str) -> Table:
        """Return what the run works on, as it is now."""
        return self._clock[name] if name in _CLOCK else self._memory[name]

    def beginning(self) -> tuple[int, NDArray[np.int64]]:
        """Return where the memory is that changes during the run, and its words as they have to be before the first event."""
        return self._memory.beginning()

    def check(self) -> None:
        """Refuse a run that was given up."""
        if self.state["failed"][0]:
            self._refuse(int(self.state["failed"][0]))

    def engine_log(self) -> EngineLog:
        """Return what happened; where the clock stops at the horizon, what lies there or beyond has not happened.

        Raises
        ------
        InputError
            If the run was given up.
        """
        self.check()
        log = self.log
        stop = self.tables.fields["horizon"] if self.tables.fields["cut"] else None
        legs = self._legs[: int(self.state["n_legs"][0])]
        if self.tables.fields["has_hand_back"]:
            legs = np.concatenate([legs, self._waits_under_way()])
        if self.tables.fields["cut"]:
            horizon = self.tables.fields["horizon"]
            late = log["ended"] >= horizon
            log["outcome"][late] = OPEN
            log["ended"][late] = NEVER
            log["wrapped"][log["wrapped"] >= horizon] = NEVER
        return EngineLog(
            engine="compiled",
            **log,
            **self.agent_states(),
            **leg_columns([legs[name] for name in ("contact", "start", "end", "kind", "place", "how")], stop=stop),
        )

    def agent_states(self) -> dict[str, Table]:
        """Return the agents' states of a finished run, as columns of the log."""
        stays = self._memory["stays"][: int(self.state["n_stays"][0])]
        stays = stays[np.lexsort((stays["start"], stays["agent"]))]
        return {
            "state_agent": stays["agent"].astype(np.int32),
            "state": stays["state"].astype(np.int8),
            "state_from": stays["start"].copy(),
            "state_to": stays["end"].copy(),
        }

    def _waits_under_way(self) -> Table:
        """Return as legs the waits of contacts that were handed back and that nobody has gone on with (``HandBack.stop``)."""
        since = self._memory["back_since"]
        contacts = np.flatnonzero(since < NEVER)
        legs = np.zeros(len(contacts), LEG)
        legs["contact"], legs["start"], legs["end"] = contacts, since[contacts], NEVER
        legs["kind"], legs["place"], legs["how"] = QUEUE_LEG, self._rows["contact_type"][contacts], OPEN
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
