"""Bot sessions: topics, adoption, easy contacts first, turns, hours."""

import numpy as np
import pytest

from simkpi.demand.bots import CONTAINED, HANDED_OFF
from simkpi.demand.draws import draw
from simkpi.demand.laws import mean_below
from simkpi.demand.rows import NEVER
from simkpi.demand.turn_counts import count_turns
from simkpi.scenario.laws import Law
from simkpi.scenario.turn_counts import Turns

BOT = {"serves": ["chat"], "contains": "40%", "solves": "50%", "time": "1m"}
HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture
def chats(scenario, contact):
    """Build the demand of a chat desk with many contacts and a bot."""

    def build(handle="6m", calendar=None, replication=0, **bot):
        given = {**BOT, **bot}
        given = {name: value for name, value in given.items() if value is not None}
        days = (calendar or {}).get("days", 1)
        volume = {"from": "00:00", "interval": "1h", "expected": [[800] * 24] * days}
        chat = contact(volume=volume, handle={"talk": handle}, resolved="80%")
        world = scenario({"chat": chat}, bots={"helper": given}, **({"calendar": calendar} if calendar else {}))
        return draw(world, seed=3, replication=replication)

    return build


class TestTopics:
    def test_a_topic_overrules_the_bot_for_its_contact_type_only(self, scenario, contact):
        bot = BOT | {"serves": ["chat", "billing"], "topics": {"billing": {"contains": "90%", "solves": "100%"}}}
        types = {"chat": contact(resolved="80%"), "billing": contact(channel="chat", resolved="80%")}
        plain = draw(scenario(types, bots={"helper": BOT | {"serves": ["chat", "billing"]}}), seed=1, replication=0)
        demand = draw(scenario(types, bots={"helper": bot}), seed=1, replication=0)
        billing = demand.contact_type == 1
        assert np.array_equal(demand.bot_outcome[~billing], plain.bot_outcome[~billing])
        assert 0.85 < (demand.bot_outcome[billing] == CONTAINED).mean() < 0.95
        assert demand.resolved[billing & (demand.bot_outcome == CONTAINED)].all()

    def test_a_topic_of_its_own_turns_takes_the_place_of_the_bots_time(self, scenario, contact):
        bot = BOT | {"topics": {"chat": {"turns": {"fixed": 2}}}, "latency": {"fixed": "3s"}, "think": {"fixed": "7s"}}
        assert set(draw(scenario({"chat": contact()}, bots={"helper": bot}), seed=1, replication=0).bot_time) == {20_000}


class TestAdoption:
    def test_a_constant_share_tries_the_bot_and_the_others_are_as_without_one(self, chats, scenario, contact):
        part, all_try = chats(adoption="60%"), chats()
        tries = part.bot >= 0
        assert abs(tries.mean() - 0.6) < 4 * np.sqrt(0.24 / len(tries))
        assert np.array_equal(part.bot_outcome[tries], all_try.bot_outcome[tries])
        assert set(part.bot_outcome[~tries]) == {-1}
        assert part.bot_terms is None

    def test_a_larger_share_only_adds_customers(self, chats):
        few, many = chats(adoption="30%"), chats(adoption="50%")
        assert np.all(many.bot[few.bot >= 0] >= 0)

    def test_the_share_grows_in_a_straight_line_over_the_weeks(self, chats):
        ramp = {"from": "20%", "to": "100%", "over": "4d", "since": "2026-01-06"}
        demand = chats(calendar={"from": "2026-01-05", "days": 6}, adoption=ramp)
        day = demand.arrived // DAY
        for number, expected in enumerate([0.2, 0.3, 0.5, 0.7, 0.9, 1.0]):
            tries = demand.bot[day == number] >= 0
            assert abs(tries.mean() - expected) < 4.5 * np.sqrt(0.25 / len(tries)), number

    def test_a_falling_share_loses_customers(self, chats):
        ramp = {"from": "100%", "to": "0%", "over": "2d"}
        demand = chats(calendar={"from": "2026-01-05", "days": 3}, adoption=ramp)
        day = demand.arrived // DAY
        shares = [float((demand.bot[day == number] >= 0).mean()) for number in range(3)]
        assert shares == pytest.approx([0.75, 0.25, 0.0], abs=0.02)

    def test_who_comes_back_is_asked_again_by_the_run(self, scenario, contact):
        ramp = {"from": "20%", "to": "100%", "over": "4d"}
        back = contact(resolved="50%", recontact={"chance": "80%", "within": "1d", "by": {"chat": 1}})
        calendar = {"from": "2026-01-05", "days": 4}
        demand = draw(
            scenario({"chat": back}, bots={"helper": BOT | {"adoption": ramp}}, calendar=calendar), seed=1, replication=0
        )
        terms, further = demand.bot_terms, demand.returns.attempt > 0
        first = demand.returns.case[further]
        assert np.array_equal(terms.tried_from[further], terms.tried_from[first])  # a trait of the customer
        assert set(terms.tried_until) == {NEVER}
        assert (demand.bot[further] >= 0).all()
        assert set(demand.bot[~further & (demand.arrived < terms.tried_from)]) == {-1}


class TestEasyFirst:
    def test_twenty_per_cent_removed_at_three_minutes_leave_six_and_three_quarters(self, chats):
        law = {"uniform": {"low": "2m15s", "high": "9m45s"}}  # mean 6 min, the shortest fifth 3 min
        demand = chats(handle=law, contains="20%", easy_first="100%")
        contained, left = (demand.talk[demand.bot_outcome == outcome] / 60_000 for outcome in (CONTAINED, HANDED_OFF))
        assert abs(contained.mean() - 3) < 0.02
        assert abs(left.mean() - 6.75) < 4 * left.std() / np.sqrt(len(left))
        assert contained.max() <= left.min()

    def test_the_share_contained_stays_the_same(self, chats):
        for share in ("0%", "50%", "100%"):
            outcome = chats(contains="30%", easy_first=share).bot_outcome
            assert abs((outcome == CONTAINED).mean() - 0.3) < 4 * np.sqrt(0.21 / len(outcome))

    def test_who_is_contained_at_20_per_cent_is_so_at_25(self, chats):
        few, many = (chats(contains=share, easy_first="60%").bot_outcome == CONTAINED for share in ("20%", "25%"))
        assert not (few & ~many).any()
        assert many.sum() > few.sum()

    def test_half_of_the_dependence_gives_half_of_the_effect(self, chats):
        lognormal = {"lognormal": {"mean": "6m", "cv": 0.8}}
        law = Law.model_validate(lognormal)
        demand = chats(handle=lognormal, contains="40%", easy_first="50%")
        left = demand.talk[demand.bot_outcome == HANDED_OFF] / 1000
        whole = (360 - 0.4 * mean_below(law, 0.4)) / 0.6
        assert abs(left.mean() - (whole + 360) / 2) < 4 * left.std() / np.sqrt(len(left))


@pytest.mark.parametrize(
    "law",
    [
        {"exponential": {"mean": "5m"}},
        {"lognormal": {"mean": "5m", "cv": 1.2}},
        {"gamma": {"mean": "5m", "cv": 0.7}},
        {"uniform": {"low": "1m", "high": "9m"}},
        {"weibull": {"mean": "5m", "shape": 0.7}},
        {"empirical": {"values": ["1m", "4m", "9m"], "weights": [1, 2, 1]}},
        {"fixed": "5m"},
    ],
)
def test_the_mean_below_a_quantile_is_that_of_the_law(law):
    from simkpi.demand.laws import quantile

    law = Law.model_validate(law)
    u = (np.arange(400_000) + 0.5) / 400_000
    values = quantile(law, u)
    for share in (0.05, 0.2, 0.7, 1.0):
        assert mean_below(law, share) == pytest.approx(values[u < share].mean(), rel=2e-3)


class TestTurns:
    def test_a_session_is_its_turns_times_latency_and_thought(self, chats):
        demand = chats(time=None, turns={"fixed": 4}, latency={"fixed": "2s"}, think={"fixed": "18s"})
        assert set(demand.bot_time) == {80_000}
        assert set(demand.bot_reply) == {2_000}

    def test_means_multiply(self, chats):
        demand = chats(time=None, turns={"contained": 5, "handed_off": 3}, latency="2s", think="20s")
        for outcome, turns in ((CONTAINED, 5), (HANDED_OFF, 3)):
            length = demand.bot_time[demand.bot_outcome == outcome] / 1000
            assert abs(length.mean() - turns * 22) < 4 * length.std() / np.sqrt(len(length))
        assert abs(demand.bot_reply.mean() / 1000 - 2) < 4 * 2 / np.sqrt(len(demand))
        assert (demand.bot_reply <= demand.bot_time).all()

    def test_more_turns_prolong_the_same_session(self, chats):
        few, many = (chats(time=None, turns={"fixed": n}, latency="2s", think="20s") for n in (2, 3))
        assert (many.bot_time > few.bot_time).all()
        assert np.array_equal(many.bot_reply, few.bot_reply)

    def test_latency_beside_a_length_is_the_first_reply(self, chats):
        demand = chats(time={"contained": {"fixed": "1m"}, "handed_off": {"fixed": "1s"}}, latency={"fixed": "3s"})
        assert set(demand.bot_reply[demand.bot_outcome == CONTAINED]) == {3_000}
        assert set(demand.bot_reply[demand.bot_outcome == HANDED_OFF]) == {1_000}

    def test_laws_of_turns_have_their_means(self):
        u = (np.arange(200_000) + 0.5) / 200_000
        for law in ({"fixed": 3}, 4.5, 1, {"geometric": 20}, [40, 30, 20, 10]):
            turns = Turns.model_validate(law)
            drawn = count_turns(turns, u)
            assert drawn.min() >= 1
            assert (np.diff(drawn) >= 0).all()
            assert drawn.mean() == pytest.approx(turns.mean, rel=1e-3)


def test_a_bot_takes_contacts_in_its_hours_only(chats):
    calendar = {"from": "2026-01-09", "days": 2}  # Friday, Saturday
    hours = {"fri": "18:00-24:00", "sat": "00:00-09:00"}
    demand = chats(calendar=calendar, hours=hours, down=["2026-01-09 20:00-21:00"])
    hour = demand.arrived / HOUR
    up = (hour >= 18) & (hour < 33) & ~((hour >= 20) & (hour < 21))
    assert np.array_equal(demand.bot >= 0, up)


def test_hours_of_a_single_text_hold_for_all_days(chats):
    always, plain = chats(hours="always"), chats()
    assert np.array_equal(always.bot_outcome, plain.bot_outcome)
