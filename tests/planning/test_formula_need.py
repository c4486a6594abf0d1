from __future__ import annotations

import pytest

import simkpi
from simkpi import queueing
from simkpi.planning.formula_need import needs, pools_of
from simkpi.planning.goals import Goal, goals_of
from simkpi.planning.head_counts import cells_of
from simkpi.queueing.chat_staffing import chat_agents_needed
from simkpi.queueing.targets import Target
from simkpi.scenario.files import load, shipped
from tests.planning.planning_worlds import voice


def test_a_steady_hour_is_the_erlang_a_answer() -> None:
    scenario = voice()
    cells, _ = cells_of(scenario)
    found = needs(pools_of(scenario), goals_of(scenario), cells)
    for need, volume in zip(found, (60, 100), strict=True):
        asked = queueing.agents_needed(arrival_rate=volume / 3600, aht=180, patience=120, targets=[Target("service_level", 0.8)])
        assert (need.agents, need.formula) == (asked.agents, "Erlang A")
        assert need.load == pytest.approx(volume / 20)


def test_the_steps_are_target_then_cap_then_whole_agents() -> None:
    scenario = voice(targets={"voice": {"service_level": "50% in 20s"}, "all": {"occupancy": "at most 60%"}})
    cells, _ = cells_of(scenario)
    need = needs(pools_of(scenario), goals_of(scenario), cells)[1]
    assert [step[0] for step in need.steps] == ["target", "occupancy cap", "whole agents"]
    team = {"arrival_rate": 100 / 3600, "aht": 180, "patience": 120}
    levels = [float(queueing.evaluate(agents=agents, **team).service_level) for agents in range(12)]
    busy = [float(queueing.evaluate(agents=agents, **team).occupancy) for agents in range(1, 12)]
    first = next(agents for agents, level in enumerate(levels) if level >= 0.5)
    cap = next(agents for agents, share in enumerate(busy, 1) if share <= 0.6)
    assert first < cap
    assert [step[1] for step in need.steps] == [str(first), str(cap), str(cap)]


def test_without_patience_it_is_erlang_c_and_a_constant_team_is_weighted_by_its_contacts() -> None:
    contact = {"channel": "voice", "volume": {"interval": "1h", "from": "09:00", "expected": [60, 100]}, "handle": "3m"}
    scenario = voice(contacts={"voice": contact}, teams={"phone": {"skills": ["voice"], "count": 6}})
    cells, _ = cells_of(scenario)
    (need,) = needs(pools_of(scenario), [Goal("voice", "service_level", 0.8, "at_least", 20.0)], cells)
    assert need.formula == "Erlang C"
    levels = {
        agents: (
            60 * queueing.evaluate(arrival_rate=60 / 3600, aht=180, agents=agents).service_level
            + 100 * queueing.evaluate(arrival_rate=100 / 3600, aht=180, agents=agents).service_level
        )
        / 160
        for agents in (need.agents - 1, need.agents)
    }
    assert levels[need.agents - 1] < 0.8 <= levels[need.agents]


def test_long_handle_times_take_the_modified_offered_load() -> None:
    contact = {"channel": "voice", "volume": {"interval": "1h", "from": "09:00", "expected": [60, 100]}, "handle": "20m"}
    scenario = voice(contacts={"voice": {**contact, "patience": "2m"}})
    cells, _ = cells_of(scenario)
    first, second = needs(pools_of(scenario), goals_of(scenario), cells)
    assert first.formula == "Erlang A, modified offered load"
    # the door opens on an empty centre: the mean load of the first hour is 20 (1 - (1 - e^-3) / 3) Erlangs
    assert first.load == pytest.approx(20 * (1 - (1 - 2.718281828**-3) / 3), rel=1e-3)
    assert first.agents < second.agents


def test_chats_count_slots_and_the_bot_takes_its_share() -> None:
    scenario = load(shipped("quickstart"))
    pools = pools_of(scenario)
    assert [(pool.team, pool.contacts, pool.share) for pool in pools] == [("phone", ("voice",), 1.0), ("online", ("chat",), 1.0)]
    cells, _ = cells_of(scenario)
    found = needs(pools, goals_of(scenario), cells)
    chat = [need for need, cell in zip(found, cells, strict=True) if cell.team == "online"]
    assert chat[3].formula == "Erlang A, 3 at once, modified offered load"
    # 0.94 x 0.625 of the sessions reach an agent, 9.5 min each, 3 at once; a steady 47 an hour at 11:00, none before 08:00
    each = 0.94 * 0.625 * 9.5 / 60 / 3
    assert chat[3].load == pytest.approx(47 * each, rel=0.01)
    assert chat[0].load < 0.85 * 20 * each


def test_contact_types_that_two_teams_take_at_once_are_shared_by_their_hours() -> None:
    teams = {"a": {"skills": ["voice"], "count": 6}, "b": {"skills": ["voice"], "count": 2}}
    assert [(pool.team, pool.share) for pool in pools_of(voice(teams=teams))] == [("a", 0.75), ("b", 0.25)]


def test_chats_that_slow_one_another_down_are_a_markov_chain() -> None:
    chat = {"channel": "chat", "volume": "120 per hour", "handle": {"talk": "5m", "slower_when_busy": ["0%", "30%", "70%"]}}
    team = {"desk": {"skills": {"chat": {"at_once": 3}}, "count": 5}}
    short = {"simkpi": 1, "calendar": {"open": "09:00-17:00"}, "contacts": {"chat": {**chat, "patience": "never"}}, "teams": team}
    slow = simkpi.load(short)
    goal = Goal("chat", "service_level", 0.8, "at_least", 30.0)
    cells, _ = cells_of(slow, 4 * 3600.0)
    need = needs(pools_of(slow), [goal], cells)[1]
    exact = chat_agents_needed(arrival_rate=120 / 3600, chat_times=[300, 390, 510], targets=[Target("service_level", 0.8, 30)])
    assert (need.agents, need.formula) == (exact.agents, "Chat chain, up to 3 at once")
    short["contacts"]["chat"]["handle"] = {"talk": "5m"}
    assert needs(pools_of(simkpi.load(short)), [goal], cells)[1].agents < need.agents
    large = simkpi.load({**short, "contacts": {"chat": {**chat, "volume": "3000 per hour", "patience": "2m"}}})
    assert needs(pools_of(large), [goal], cells)[1].formula == "Erlang A, 3 at once", (
        "too many states: all at the pace of a full agent"
    )
