"""The turns of chats: how many, how the work is spread, how long the customer takes."""

import numpy as np

from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER

TURNS = {"replies": 4, "think": {"exponential": {"mean": "50s"}}, "silent": 0.05}


def draw_with(scenario, contact, attempts=False, **turns):
    more = {"retry": {"chance": 0.5, "after": {"fixed": "5m"}, "at_most": 2, "by": {"chat": 1}}} if attempts else {}
    volume = {"expected": [[400, 800, 600]]}
    return draw(scenario({"chat": contact(volume=volume, turns=TURNS | turns, **more)}), seed=1, replication=0)


def test_without_turns_nothing_is_drawn(scenario, contact):
    demand = draw(scenario({"chat": contact()}), seed=1, replication=0)
    assert demand.chats is None


def test_turns_change_no_other_draw(scenario, contact):
    with_turns, plain = (
        draw_with(scenario, contact),
        draw(scenario({"chat": contact(volume={"expected": [[400, 800, 600]]})}), seed=1, replication=0),
    )
    assert np.array_equal(with_turns.talk, plain.talk)
    assert np.array_equal(with_turns.customer, plain.customer)


def test_the_work_of_a_chat_is_spread_over_its_replies_evenly_on_average(scenario, contact):
    chats = draw_with(scenario, contact, replies={"fixed": 4}).chats
    done = chats.done.reshape(-1, 4)
    assert (done[:, 3] == 1_000_000).all()
    parts = np.diff(done, axis=1, prepend=0) / 1e6
    assert (parts >= 0).all()
    assert np.abs(parts.mean(axis=0) - 0.25).max() < 4 * np.sqrt(3 / 80) / np.sqrt(len(parts))  # Dirichlet(1, 1, 1, 1)
    assert np.abs(parts.var(axis=0) - 3 / 80).max() < 0.004


def test_the_number_of_replies_has_its_mean(scenario, contact):
    replies = draw_with(scenario, contact).chats.replies
    assert replies.min() == 1
    assert abs(replies.mean() - 4) < 4 * np.sqrt(12 / len(replies))


def test_customers_think_between_replies_and_some_fall_silent(scenario, contact):
    chats = draw_with(scenario, contact).chats
    last = np.zeros(len(chats.gap), dtype=bool)
    last[chats.first + chats.replies - 1] = True
    assert (chats.gap[last] == NEVER).all()
    silent = chats.gap[~last] == NEVER
    assert abs(silent.mean() - 0.05) < 4 * np.sqrt(0.0475 / len(silent))
    thought = chats.gap[~last][~silent] / 1000
    assert abs(thought.mean() - 50) < 4 * 50 / np.sqrt(len(thought))


def test_more_silence_only_silences_more_customers(scenario, contact):
    few, many = (draw_with(scenario, contact, silent=share).chats.gap for share in (0.05, 0.10))
    assert (many[few == NEVER] == NEVER).all()
    assert np.array_equal(few[many < NEVER], many[many < NEVER])


def test_a_further_contact_has_turns_of_its_own(scenario, contact):
    demand = draw_with(scenario, contact, attempts=True)
    chats, returns = demand.chats, demand.returns
    again = np.flatnonzero(returns.attempt == 1)
    assert len(again) > 100
    assert (chats.replies[again] != chats.replies[returns.case[again]]).mean() > 0.5
    assert len(chats.gap) == chats.replies.sum()


def test_replies_with_draws_of_their_own_make_longer_chats_more_work(scenario, contact):
    demand = draw_with(scenario, contact, effort="reply")
    chats = demand.chats
    per_reply = demand.talk / chats.replies / 1000
    law_mean = draw_with(scenario, contact).talk.mean() / 1000
    few, many = per_reply[chats.replies <= 2], per_reply[chats.replies >= 6]
    assert abs(few.mean() - law_mean / 4) < 5 * few.std() / np.sqrt(len(few)) + 0.02 * law_mean
    assert abs(many.mean() - law_mean / 4) < 5 * many.std() / np.sqrt(len(many)) + 0.02 * law_mean
    parts = np.diff(chats.done, prepend=0)
    assert (parts[np.setdiff1d(np.arange(len(parts)), chats.first)] >= 0).all()


def test_replies_with_draws_of_their_own_change_neither_their_number_nor_the_thinking(scenario, contact):
    own, whole = draw_with(scenario, contact, effort="reply").chats, draw_with(scenario, contact).chats
    assert np.array_equal(own.replies, whole.replies)
    assert np.array_equal(own.gap, whole.gap)


def test_replies_of_no_work_leave_a_chat_without_talk_time(scenario, contact):
    demand = draw(
        scenario({"chat": contact(handle={"talk": {"fixed": 0}}, turns=TURNS | {"effort": "reply"})}), seed=1, replication=0
    )
    assert not demand.talk.any()
    assert (demand.chats.done[demand.chats.first + demand.chats.replies - 1] == 1_000_000).all()


def test_one_message_at_a_time_draws_nothing(scenario, contact):
    chats = draw_with(scenario, contact).chats
    assert chats.customer_messages is None
    assert chats.agent_messages is None


def test_messages_written_at_a_time_have_their_mean(scenario, contact):
    chats = draw_with(scenario, contact, customer_messages=1.8, agent_messages={"weights": [70, 20, 10]}).chats
    assert abs(chats.customer_messages.mean() - 1.8) < 4 * np.sqrt(1.44 / len(chats.gap))
    assert abs(chats.agent_messages.mean() - 1.4) < 4 * np.sqrt(0.44 / len(chats.gap))
