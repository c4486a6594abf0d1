"""The log as tables: names, moments, durations and nulls."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from simkpi.engine.recorder import Recorder
from simkpi.engine.run import frames, run
from simkpi.errors import InputError, UnknownName
from simkpi.interactions.columns import AGENT_STATES, INTERACTIONS, LEGS
from simkpi.interactions.table import normalise
from tests.engine.engine_worlds import Row, demand, scenario

CONTACTS = {"voice": {"priority": 3, "queue_capacity": 1}, "chat": {"channel": "chat"}}
TEAMS = {"all": {"counts": [2, 1], "skills": {"voice": {}, "chat": {"at_once": 2}}}}
ROWS = [
    Row(0, talk=8, hold=2, wrap=1),
    Row(0, kind="chat", talk=30, bot="handed_off", bot_time=4),
    Row(1, kind="chat", bot="contained", bot_time=5),
    Row(1, kind="chat", bot="gave_up", bot_time=5),
    Row(2, talk=20, patience=30),
    Row(5, patience=3),
    Row(6),
]


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    world = scenario(TEAMS, CONTACTS)
    contacts = demand(world, ROWS)
    return frames(world, contacts, run(world, contacts), replication=7)._asdict()


def moment(second: float) -> datetime:
    return datetime(2026, 1, 5, 0, 0, int(second))


def test_every_table_has_the_schemas_columns_and_types(tables: dict[str, pl.DataFrame]) -> None:
    for name, columns in {"interactions": INTERACTIONS, "agent_states": AGENT_STATES, "legs": LEGS}.items():
        table = tables[name].drop("replication")
        assert set(table.columns) - set(columns) <= {"was_overflowed"}
        assert {column for column, what in columns.items() if what.required} <= set(table.columns)
        assert normalise(table, name).schema == table.schema
        assert tables[name]["replication"].unique().to_list() == [7]


def test_an_answered_call_has_all_its_moments_and_durations(tables: dict[str, pl.DataFrame]) -> None:
    row = tables["interactions"].row(0, named=True)
    expected = {
        "contact_id": "0", "case_id": "0", "customer_id": "voice-0", "channel": "voice", "contact_type": "voice",
        "queue": "voice", "team": "all", "agent_id": "all-1", "priority": "3", "origin": "reactive",
        "arrived_at": moment(0), "queued_at": moment(0), "answered_at": moment(0), "first_reply_at": moment(0),
        "ended_at": moment(10), "wrapped_at": moment(11),
        "outcome": "answered", "talk_time": 8.0, "hold_time": 2.0, "wrap_time": 1.0, "work_time": 11.0, "is_resolved": True,
        "resolved_at": moment(10), "bot_started_at": None, "bot_outcome": None, "n_transfers": 0, "is_escalated": False,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_what_did_not_happen_is_null(tables: dict[str, pl.DataFrame]) -> None:
    table = tables["interactions"]
    assert table["outcome"].to_list() == ["answered", "answered", "contained", "gave_up", "answered", "abandoned", "blocked"]
    assert table["queue"].to_list() == ["voice", "chat", None, None, "voice", "voice", "voice"]
    assert table["talk_time"].is_null().to_list() == [False, False, True, True, False, True, True]
    assert table["is_resolved"].to_list() == [True, True, True, False, True, False, False]
    assert table["resolved_at"].to_list()[2:4] == [moment(6), None]
    assert table["bot_outcome"].to_list()[:4] == [None, "handed_off", "contained", "gave_up"]
    assert table["bot_ended_at"].to_list()[:3] == [None, moment(4), moment(6)]


def test_legs_follow_one_another(tables: dict[str, pl.DataFrame]) -> None:
    legs = tables["legs"]
    stays = legs.filter(pl.col("contact_id") == "1").select("leg", "kind", "place", "end").rows()
    assert stays == [
        (0, "bot", "bot", "handed_off"),
        (1, "queue", "chat", "answered"),
        (2, "agent", "all-2", "answered"),
        (3, "wrap", "all-2", "answered"),
    ]
    same = legs.filter(pl.col("leg").shift(-1) > 0)
    assert same.height
    following = legs.filter(pl.col("leg") > 0)["from_at"]
    assert same["to_at"].to_list() == following.to_list()


def test_agent_states_name_the_slots_and_the_overtime(tables: dict[str, pl.DataFrame]) -> None:
    states = tables["agent_states"].drop("replication", "team").rows()
    assert ("all-1", "work", moment(0), moment(11), 2) in states
    assert [row[1] for row in states if row[0] == "all-2"] == ["work", "overtime", "work", "overtime"]
    assert {state for _, state, *_ in states} == {"work", "overtime"}


def test_a_duration_is_null_until_it_is_over() -> None:
    world = scenario({"phone": {"count": 2}}, end="cut")
    contacts = demand(world, [Row(86_390, talk=5, wrap=20), Row(86_392, talk=60), Row(86_398, bot="contained", bot_time=9)])
    table = frames(world, contacts, run(world, contacts)).interactions
    assert table["talk_time"].to_list() == [5.0, None, None]
    assert table["work_time"].to_list() == [None] * 3
    assert table["is_resolved"].to_list() == [True, False, False]
    assert table["bot_outcome"].to_list() == [None] * 3


def test_a_stay_that_the_horizon_cuts_has_begun_and_not_ended() -> None:
    world = scenario({"phone": {"count": 1}}, end="cut")
    rows = [Row(86_390, talk=5, wrap=20), Row(86_392), Row(86_398, bot="contained", bot_time=9)]
    contacts = demand(world, rows)
    legs = frames(world, contacts, run(world, contacts)).legs
    assert legs.select("contact_id", "kind", "end", over=pl.col("to_at").is_not_null()).rows() == [
        ("0", "queue", "answered", True),
        ("0", "agent", "answered", True),
        ("0", "wrap", "open", False),
        ("1", "queue", "open", False),
        ("2", "bot", "open", False),
    ]


def test_times_of_slowed_contacts_are_those_really_spent() -> None:
    chat = {"chat": {"channel": "chat", "handle": {"talk": "1m", "slower_when_busy": ["0%", "100%"]}}}
    world = scenario({"desk": {"skills": {"chat": {"at_once": 2}}}}, chat)
    contacts = demand(world, [Row(0, kind="chat", talk=8, hold=2, wrap=4), Row(0, kind="chat", talk=10)])
    table = frames(world, contacts, run(world, contacts)).interactions
    # ten seconds of conversation at half speed take 20, then the wrap-up goes on alone
    assert table.select("talk_time", "hold_time", "wrap_time", "work_time").rows() == [
        (16.0, 4.0, 4.0, 24.0),
        (20.0, 0.0, 0.0, 20.0),
    ]


def test_agents_are_numbered_so_that_they_sort() -> None:
    world = scenario({"phone": {"count": 12}})
    contacts = demand(world, [Row(0)] * 12)
    names = frames(world, contacts, run(world, contacts)).interactions["agent_id"].to_list()
    assert names[0] == "phone-01"
    assert names == sorted(names)


def test_a_day_without_contacts_gives_empty_tables_and_full_agent_states() -> None:
    world = scenario(TEAMS, CONTACTS)
    contacts = demand(world, [])
    empty = frames(world, contacts, run(world, contacts))
    assert (empty.interactions.height, empty.legs.height, empty.agent_states.height) == (0, 0, 2)
    assert empty.interactions.schema["arrived_at"] == pl.Datetime("ms")


def test_an_unknown_engine_and_foreign_demand_are_refused() -> None:
    world = scenario(TEAMS, CONTACTS)
    with pytest.raises(UnknownName, match="did you mean 'reference'"):
        run(world, demand(world, []), "refrence")
    with pytest.raises(InputError, match="contact types"):
        run(world, demand(scenario({"phone": {}}), []))


def test_a_recorder_without_events_gives_an_empty_log() -> None:
    assert len(Recorder(0).log("none")) == 0
