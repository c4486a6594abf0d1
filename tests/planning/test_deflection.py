from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simkpi
from simkpi.errors import InputError
from simkpi.experiment.confidence import Estimate
from simkpi.experiment.replicate import simulate
from simkpi.planning.deflection import deflection
from simkpi.planning.deflection_lab import DeflectionLab
from simkpi.planning.deflection_measures import after_hours, coming_back, handled_hours, still_to_come, taken_share
from simkpi.planning.deflection_ramp import Ramp, break_even
from simkpi.planning.deflection_worlds import Topic, handle_left, slower_returns, topics_of, work_removed
from simkpi.planning.goals import read_goal
from simkpi.planning.hours_needed import HoursSearch
from simkpi.planning.trials import Trials
from simkpi.scenario.resolve import Scenario
from tests.planning.planning_worlds import voice


def shop(**changes: Any) -> Scenario:
    """One day of chats with a bot, and calls."""
    short = {
        "simkpi": 1,
        "calendar": {"open": "09:00-17:00"},
        "contacts": {
            "chat": {
                "channel": "chat",
                "volume": "60 per hour",
                "handle": {"talk": {"fixed": "6m"}},
                "patience": "5m",
                "resolved": "90%",
            },
        },
        "bots": {"helper": {"serves": ["chat"], "contains": "20%", "time": {"fixed": "10s"}}},
        "teams": {"desk": {"skills": {"chat": {"at_once": 1}}, "staffing": {"interval": "1h", "count": [8] * 8}}},
        "targets": {"chat": {"service_level": "80% in 30s"}},
        "costs": {"agent_hour": 20, "bot_session": 0.1},
        "run": {"replications": 6, "seed": 3},
    }
    return simkpi.load({**short, **changes})


@functools.lru_cache(maxsize=1)
def easy_fifth() -> DeflectionLab:
    """The bot takes a fifth of the contacts, those of 3 minutes in a mix of 6."""
    return deflection(shop(), levels=[0.2], ease=0.5, ramp=Ramp(0.5, 1.0, 2))


def test_a_fifth_removed_at_half_the_time_leaves_6_75_minutes_and_saves_a_tenth() -> None:
    assert handle_left(360, 0.2, 180) == 405
    assert work_removed(360, 0.2, 180) == 0.1
    (one,) = easy_fifth().topics
    (level,) = one.levels
    assert one.topic.contained_handle == 180
    assert level.figures["aht"].value == pytest.approx(405, abs=0.5)
    before = float(one.baseline.work.mean())
    saved = Estimate(level.work.value / before, level.work.low / before, level.work.high / before)
    assert saved.low < 0.1 < saved.high
    assert saved.high < 0.15, "not the fifth that the containment promises"
    assert level.taken.low < 0.2 < level.taken.high


def test_what_is_claimed_is_the_volume_times_one_less_d_and_more_than_what_is_saved() -> None:
    (one,) = easy_fifth().topics
    (level,) = one.levels
    base = one.baseline.need.hours.value
    assert level.claimed_hours.value / base == pytest.approx(0.2, abs=0.05)
    assert level.net_hours.value / base == pytest.approx(0.1, abs=0.05)
    assert 0.3 < level.realised < 0.75
    hours = np.mean(one.baseline.hours - level.world.hours)
    money = hours * 20 - 0.1 * level.world.need.result.interactions.height / 6
    assert level.net_cost.value == pytest.approx(money)


@settings(derandomize=True, deadline=None)
@given(
    handle=st.floats(60, 900),
    removed=st.floats(0, 0.9),
    ease=st.floats(0, 1),
)
def test_removed_and_left_work_make_up_the_whole(handle: float, removed: float, ease: float) -> None:
    left = handle_left(handle, removed, ease * handle)
    assert removed * ease * handle + (1 - removed) * left == pytest.approx(handle)
    assert work_removed(handle, removed, ease * handle) == pytest.approx(1 - (1 - removed) * left / handle)


def test_the_bots_harder_says_how_easy_the_contained_contacts_are() -> None:
    topic = Topic(shop(bots={"helper": {"serves": ["chat"], "contains": "20%", "time": "10s", "harder": "112.5%"}}), "chat")
    assert topic.contained_handle == pytest.approx(180)
    assert topic.harder(0.2) == pytest.approx(1.125)
    assert topic.harder(0.4) == pytest.approx((1 - 0.4 * 0.5) / 0.6)
    assert topic.harder(0) == 1


def test_a_bot_that_takes_the_easy_ones_first_needs_no_assumption() -> None:
    bots = {"helper": {"serves": ["chat"], "contains": "30%", "easy_first": "80%", "time": {"fixed": "10s"}}}
    contacts = {"chat": {**shop().short["contacts"]["chat"], "handle": "6m"}}
    topic = Topic(shop(bots=bots, contacts=contacts), "chat")
    assert topic.harder(0.6) == topic.settings.harder == 1
    few, many = (simulate(topic.with_bot(share), replications=3) for share in (0.1, 0.6))
    assert few.kpis(["aht"])["value"][0] < many.kpis(["aht"])["value"][0]
    (one,) = deflection(topic.scenario, levels=[0.3]).topics
    changes = {doubt.name: doubt.change for doubt in one.sensitivities}
    assert changes["what is contained is like all the rest"].low > 0
    assert changes["the bot takes the easiest first"].value < 0


def test_a_topic_is_varied_alone() -> None:
    contacts = {key: {"channel": "chat", "volume": "10 per hour", "handle": "3m"} for key in ("chat", "mail")}
    both = shop(
        contacts=contacts,
        bots={"helper": {"serves": ["chat", "mail"], "contains": "20%", "time": "10s"}},
        teams={"desk": {"skills": ["chat", "mail"], "count": 5}},
        targets={"all": {"service_level": "80% in 30s"}},
    )
    topic = topics_of(both, ("mail",))[0]
    changed = topic.with_bot(0.7).spec.bots["helper"]
    assert (changed.about("mail").contains, changed.about("chat").contains) == (0.7, 0.2)
    assert next(iter(topic.without_bot().spec.bots.values())).serves == ("chat",)
    halved = topic.without_bot(volume=0.5).spec.contacts
    assert sum(map(sum, halved["mail"].volume.expected)) * 2 == sum(map(sum, halved["chat"].volume.expected))
    apart, together = simulate(topic.with_bot(0.2), replications=1), simulate(both, replications=1)
    assert apart.interactions["ended_at"].equals(together.interactions["ended_at"]), "the same customers, whoever answers"


def test_returns_are_counted_by_channel_and_beyond_the_horizon() -> None:
    contacts = {
        "chat": {
            "channel": "chat",
            "volume": "40 per hour",
            "handle": {"talk": {"fixed": "4m"}},
            "resolved": "100%",
            "recontact": {"chance": "100%", "within": "16h", "by": {"chat": "50%", "voice": "50%"}},
        },
        "voice": {"volume": "1 per hour", "handle": "2m"},
    }
    bots = {"helper": {"serves": ["chat"], "contains": "50%", "solves": "50%", "time": {"fixed": "1m"}}}
    back = shop(contacts=contacts, bots=bots, teams={"desk": {"skills": ["chat", "voice"], "count": 20}})
    result = simulate(back, replications=5)
    came, later = coming_back(result, "chat"), still_to_come(result)
    fresh = result.interactions.filter(result.interactions["origin"] == "reactive")
    false = ((fresh["bot_outcome"] == "contained") & ~fresh["is_resolved"]).sum() / 5
    again = result.interactions.filter(result.interactions["origin"] == "return")
    false += ((again["bot_outcome"] == "contained") & ~again["is_resolved"]).sum() / 5
    assert sum(one.value for one in came.values()) + sum(each.mean() for each in later.values()) == pytest.approx(false)
    assert set(came) == {"chat", "voice"}
    assert coming_back(result, "voice") == {}
    slow = slower_returns(back, 2.0).spec.contacts["chat"].recontact
    assert (slow.delay.mean, slow.chance) == (16 * 3600, 1.0)


def test_what_the_bot_ends_after_hours_frees_nobody() -> None:
    late = shop(teams={"desk": {"skills": ["chat"], "staffing": {"interval": "1h", "count": [8] * 4}}})
    result = simulate(late, replications=5)
    assert after_hours(result, late, "chat").value == pytest.approx(0.5, abs=0.1)
    assert after_hours(result, shop(), "chat").value == 0
    assert taken_share(result, "chat").value == pytest.approx(0.2, abs=0.03)


def test_needed_hours_are_between_the_last_plan_that_misses_and_the_first_that_meets() -> None:
    calls = voice(teams={"phone": {"skills": ["voice"], "count": 6}})
    goal = read_goal("voice.service_level>=80% in 20s", calls)
    trials = Trials(seed=1, replications=20)
    search = HoursSearch(calls, [goal], trials, interval=None)
    need = search.find(calls)
    assert need.checks[0].margin >= 0
    assert need.plan_hours - 2 <= need.hours.value <= need.plan_hours, "one agent for two hours lies between"
    assert 0 < need.hours.half_width < 3
    assert search.find(calls).hours.value == pytest.approx(need.hours.value, rel=0.02), "wherever the search begins"
    more = search.find(Topic(calls, "voice").with_volume(calls, 1.3))
    assert more.hours.value > need.hours.value
    assert handled_hours(more.result).mean() > handled_hours(need.result).mean()


def test_targets_that_no_staff_meets_are_left_out_and_said() -> None:
    goals = [read_goal(text, shop()) for text in ("chat.service_level>=80% in 30s", "chat.fcr>=99%")]
    search = HoursSearch(shop(), goals, Trials(seed=1, replications=3))
    assert [goal.kpi for goal in search.drop_unreachable(shop())] == ["fcr"]
    with pytest.raises(InputError, match="unreachable: chat fcr at least 99%"):
        HoursSearch(shop(), goals[1:], Trials(seed=1, replications=3)).drop_unreachable(shop())


def test_the_ramp_is_read_and_begins_at_the_baseline() -> None:
    assert Ramp.read("40%:100%:3w").shares() == pytest.approx([0.4, 0.6, 0.8, 1.0])
    (one,) = easy_fifth().topics
    assert [week.adoption for week in one.weeks] == [0.5, 0.75, 1.0]
    assert one.weeks[-1].net_hours.value == pytest.approx(one.levels[0].net_hours.value, rel=0.1)
    assert one.weeks[0].net_hours.value == pytest.approx(one.levels[0].net_hours.value / 2, rel=0.4)
    assert Ramp.of(one.topic.settings.adoption) is None
    adoption = {"from": "40%", "to": "100%", "over": "3w"}
    growing = {"helper": {"serves": ["chat"], "contains": "20%", "time": "10s", "adoption": adoption}}
    assert Ramp.of(Topic(shop(bots=growing), "chat").settings.adoption) == Ramp(0.4, 1.0, 3)
    for text in ("40%", "40%:100%:1h", "40%:140%:8w"):
        with pytest.raises(InputError, match=r"write e\.g\.|between 0% and 100%"):
            Ramp.read(text)


def test_break_even_is_where_the_saving_changes_its_sign() -> None:
    savings = [Estimate(value, value - 1, value + 1) for value in (-4.0, -2.0, 2.0, 6.0)]
    (found,) = break_even([0.0, 0.2, 0.4, 0.6], savings)
    assert (found.value, found.low, found.high) == pytest.approx((0.3, 0.25, 0.35))
    assert break_even([0.0, 0.2], savings[2:]) == ()


def test_doubts_move_the_saving_to_the_side_that_one_expects() -> None:
    bots = {"helper": {"serves": ["chat"], "contains": "40%", "solves": "60%", "time": {"fixed": "10s"}, "harder": "110%"}}
    contacts = shop().short["contacts"]
    contacts = {"chat": {**contacts["chat"], "recontact": {"chance": "80%", "within": "2h"}}}
    (one,) = deflection(shop(bots=bots, contacts=contacts), levels=[0.4]).topics
    changes = {doubt.name: doubt.change for doubt in one.sensitivities}
    assert changes["every containment is true"].low > 0
    assert changes["twice as many false containments"].high < 0
    assert changes["what is contained is like all the rest"].low > 0
    assert changes["what is contained is twice as easy"].high < 0


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"topics": ["chatt"]}, "no bot serves 'chatt'; did you mean 'chat'"),
        ({"levels": [1.2]}, "containment: must be a share from 0% to 100%"),
        ({"replications": 1}, "needs at least 2"),
    ],
)
def test_mistakes_are_told_before_anything_is_simulated(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        deflection(shop(), **asked)


def test_a_scenario_without_bots_is_refused() -> None:
    with pytest.raises(InputError, match="no contact type has a bot; add one"):
        deflection(voice())
