"""A bot that is down: contacts that arrive meanwhile go straight to the queue, everybody else is as before."""

import numpy as np

from simkpi.demand.draws import draw

BOT = {"serves": ["chat"], "contains": "40%", "gives_up": "5%", "solves": "50%", "time": {"contained": "2m", "handed_off": "1m"}}


def draw_with(scenario, contact, **bot):
    given = scenario({"chat": contact(resolved="80%")}, bots={"helper": BOT | bot})
    return draw(given, seed=1, replication=0)


def test_only_those_who_arrive_during_the_outage_miss_the_bot(scenario, contact):
    up = draw_with(scenario, contact)
    down = draw_with(scenario, contact, down=["2026-01-05 09:00-10:30"])
    missed = (down.arrived >= 9 * 3_600_000) & (down.arrived < 10.5 * 3_600_000)
    assert 60 < missed.sum() < 240
    assert np.array_equal(down.bot == -1, missed)
    assert np.all(down.bot_outcome[missed] == -1)
    assert np.all(down.bot_time[missed] == 0)
    for name in ("arrived", "talk", "patience", "customer"):
        assert np.array_equal(getattr(up, name), getattr(down, name))
    for name in ("bot_outcome", "bot_time", "resolved"):
        assert np.array_equal(getattr(up, name)[~missed], getattr(down, name)[~missed])


def test_whoever_misses_the_bot_is_resolved_as_without_a_bot(scenario, contact):
    down = draw_with(scenario, contact, down=["2026-01-05 00:00-24:00"])
    alone = draw(scenario({"chat": contact(resolved="80%")}), seed=1, replication=0)
    assert np.array_equal(down.resolved, alone.resolved)


def test_an_outage_of_another_day_changes_nothing(scenario, contact):
    up, other = draw_with(scenario, contact), draw_with(scenario, contact, down=["2026-01-06 00:00-24:00"])
    assert np.array_equal(up.bot_outcome, other.bot_outcome)
