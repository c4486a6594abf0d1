import math

import numpy as np
import pytest

from simkpi.errors import InputError
from simkpi.queueing import evaluate
from simkpi.queueing.chat import evaluate_chat
from simkpi.queueing.chat_staffing import chat_agents_needed
from simkpi.queueing.targets import Target


def test_every_figure_equals_the_exact_chains(chains):
    for chain in chains["chat"]:
        asked, exact = chain["params"], chain["expected"]
        chat = evaluate_chat(
            arrival_rate=asked["arrival_rate_per_s"],
            chat_times=asked["mean_chat_seconds_by_load"],
            agents=asked["agents"],
            patience=asked["mean_patience_s"],
            waiting_places=asked["queue_capacity"],
            threshold=asked["T_s"],
            routing=asked["routing"],
        )
        queue = chat.queue
        got = {
            "p_wait": queue.p_wait,
            "p_abandon": queue.p_abandon,
            "mean_queue": queue.mean_queue,
            "mean_wait_admitted": queue.mean_wait,
            "throughput": queue.throughput,
            "mean_concurrent_chats_total": chat.mean_chats,
            "mean_handle_time_of_a_chat": chat.mean_chat_time,
            "occupancy_agent_busy": queue.occupancy,
            "occupancy_slots": chat.slot_occupancy,
            "mean_chats_per_busy_agent": chat.chats_per_busy_agent,
            "served_within_T_per_offered": queue.service_level,
        }
        for name, value in got.items():
            assert value == pytest.approx(exact[name], rel=1e-11), (chain["id"], name)
        assert queue.p_block == pytest.approx(exact["p_block"], rel=1e-9)
        assert chat.load_distribution == pytest.approx(exact["agent_load_distribution"], rel=1e-11)


def test_known_chains_of_the_method_notes():
    small = evaluate_chat(arrival_rate=1, chat_times=[4, 6.25], agents=3, patience=3)
    assert (small.queue.p_wait, small.queue.p_abandon) == pytest.approx((0.453441828, 0.182014895), abs=1e-9)
    assert (small.mean_chats / 3, small.queue.occupancy) == pytest.approx((1.552586863, 0.911003452), abs=1e-9)
    large = evaluate_chat(arrival_rate=2.5, chat_times=[1 / 0.25, 1 / 0.18, 1 / 0.13], agents=5, patience=2)
    assert (large.queue.p_wait, large.queue.p_abandon) == pytest.approx((0.607826692, 0.243216422), abs=1e-9)
    assert (large.mean_chats / 5, large.queue.occupancy) == pytest.approx((2.755784652, 0.995730948), abs=1e-9)


@pytest.mark.parametrize("routing", ["least", "most"])
@pytest.mark.parametrize("patience", [None, 90.0])
def test_one_chat_at_a_time_is_voice(routing, patience):
    chat = evaluate_chat(arrival_rate=0.05, chat_times=[180], agents=11, patience=patience, routing=routing).queue.as_dict()
    voice = evaluate(arrival_rate=0.05, aht=180, agents=11, patience=patience).as_dict()
    for name, value in voice.items():
        assert chat[name] == pytest.approx(value, rel=1e-11, nan_ok=True), name


@pytest.mark.parametrize("routing", ["least", "most"])
def test_agents_who_do_not_slow_down_are_that_many_voice_agents(routing):
    chat = evaluate_chat(arrival_rate=0.05, chat_times=[300, 300, 300], agents=6, patience=60, routing=routing)
    voice = evaluate(arrival_rate=0.05, aht=300, agents=18, patience=60)
    assert chat.queue.p_wait == pytest.approx(voice.p_wait, rel=1e-11)
    assert chat.queue.service_level == pytest.approx(voice.service_level, rel=1e-11)
    assert chat.slot_occupancy == pytest.approx(voice.occupancy, rel=1e-11)


def test_spreading_chats_serves_better_when_agents_slow_down():
    queue = {"arrival_rate": 0.02, "chat_times": [200, 300, 450], "agents": 4, "patience": 120}
    assert evaluate_chat(routing="least", **queue).queue.p_wait < evaluate_chat(routing="most", **queue).queue.p_wait


def test_balance_of_chats():
    chat = evaluate_chat(arrival_rate=0.05, chat_times=[200, 280, 390, 520], agents=8, patience=45, threshold=15)
    assert math.fsum(chat.load_distribution) == pytest.approx(1, rel=1e-12)
    ends = np.array([0, 1 / 200, 2 / 280, 3 / 390, 4 / 520]) @ np.array(chat.load_distribution) * 8
    assert chat.queue.throughput == pytest.approx(ends, rel=1e-11)
    assert chat.queue.p_abandon == pytest.approx(chat.queue.mean_wait / 45, rel=1e-11)


def test_an_overloaded_team_without_abandonment_is_unstable_and_full():
    chat = evaluate_chat(arrival_rate=0.05, chat_times=[100, 200], agents=2)
    assert not chat.queue.is_stable
    assert (chat.queue.asa, chat.queue.occupancy, chat.slot_occupancy) == (math.inf, 1.0, 1.0)


def test_idle_teams_do_not_divide_by_zero():
    chat = evaluate_chat(arrival_rate=1e-6, chat_times=[200, 300, 400], agents=25)
    assert chat.queue.service_level == 1.0
    assert chat.mean_chat_time == pytest.approx(200, rel=1e-6)


def test_the_smallest_team_comes_with_its_proof():
    queue = {"arrival_rate": 120 / 3600, "chat_times": [300, 390, 510]}
    need = chat_agents_needed(targets=[Target("service_level", 0.8, 30), Target("occupancy", 0.95)], shrinkage=0.3, **queue)
    assert (need.agents, need.gross_agents) == (8, 12)
    assert [proof.value >= 0.8 for proof in need.certificates[:1]] == [True]
    with_patience = chat_agents_needed(targets=[Target("service_level", 0.8, 30)], patience=120, **queue)
    assert with_patience.agents == 6
    assert with_patience.certificates[0].beyond < 0.8


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"chat_times": []}, "chat_times: needs a finite duration above 0"),
        ({"chat_times": [100, -1]}, "chat_times: needs a finite duration above 0"),
        ({"agents": 0}, "agents: must be at least 1, got 0"),
        ({"agents": 2.5}, "agents: must be a whole number"),
        ({"routing": "random"}, "routing: must be one of least, most, got 'random'"),
        ({"arrival_rate": 0}, "arrival_rate: must be above 0"),
        ({"agents": 200}, "more than 60,000 that are solved exactly"),
    ],
)
def test_bad_arguments_are_named(changed, message):
    arguments = {"arrival_rate": 0.01, "chat_times": [100, 150, 220], "agents": 2} | changed
    with pytest.raises(InputError) as caught:
        evaluate_chat(**arguments)
    assert message in str(caught.value)


def test_certain_chat_targets_are_unreachable():
    with pytest.raises(InputError, match="unreachable: service_level at least 100%"):
        chat_agents_needed(arrival_rate=0.01, chat_times=[100], targets=[Target("service_level", 1.0)])
