from __future__ import annotations

import functools

import pytest

import simkpi
from simkpi import queueing
from simkpi.errors import InputError
from simkpi.planning.crosscheck_gap import STEADY, Waterfall, explain
from simkpi.planning.crosscheck_switches import groups_apart, worlds
from simkpi.scenario.files import load, override, shipped
from tests.planning.planning_worlds import voice


@functools.lru_cache(maxsize=2)
def trap(seed: int = 1) -> tuple[Waterfall, ...]:
    """The shipped trap, with fewer replications than it asks for."""
    return explain(load(shipped("multiskill_trap")), replications=3, seed=seed)


class TestTrap:
    def test_each_formula_finds_ten_agents_enough_and_hardly_anybody_is_answered_in_time(self) -> None:
        billing, technical = trap()
        assert billing.by_formula == pytest.approx(
            float(queueing.evaluate(arrival_rate=100 / 3600, aht=240, agents=10).service_level)
        )
        assert technical.by_formula == pytest.approx(
            float(queueing.evaluate(arrival_rate=50 / 3600, aht=480, agents=10, patience=600).service_level)
        )
        for one in (billing, technical):
            assert one.by_formula > 0.85
            assert one.simulated.value is not None
            assert 0.005 < one.simulated.value < 0.045
            assert one.agents == 10

    def test_ten_is_what_the_formula_asks_for_and_seventeen_is_what_is_needed(self) -> None:
        scenario = load(shipped("multiskill_trap"))
        target = [queueing.Target("service_level", 0.8)]
        asked = [
            queueing.agents_needed(arrival_rate=100 / 3600, aht=240, targets=target).agents,
            queueing.agents_needed(arrival_rate=50 / 3600, aht=480, patience=600, targets=target).agents,
        ]
        assert asked == [10, 10]
        levels = {}
        for agents in (16, 17):
            result = simkpi.simulate(override(scenario, {"teams.flexible.count": agents}), replications=6)
            levels[agents] = result.kpis(["service_level"]).row(0, named=True)
        assert levels[16]["high"] < 0.8 < levels[17]["value"]

    def test_sharing_the_agents_explains_it(self) -> None:
        for one in trap():
            assert [bar.name for bar in one.bars] == ["shared agents: skills, overflow, priorities", STEADY]
            change = one.bars[0].change
            assert change.low is not None
            assert change.low > 0.75


class TestParts:
    @pytest.mark.parametrize("kpi", ["service_level", "abandon_rate", "asa"])
    def test_they_add_up_to_the_gap(self, kpi: str) -> None:
        for one in explain(load(shipped("quickstart")), kpi=kpi, replications=3):
            assert one.simulated.value is not None
            total = one.simulated.value + sum(bar.change.value or 0.0 for bar in one.bars)
            assert total == pytest.approx(one.by_formula, rel=1e-12)

    def test_a_scenario_in_the_formulas_world_has_one_part_only_and_it_is_noise(self) -> None:
        (one,) = explain(load(shipped("erlang_a")), replications=5)
        assert [bar.name for bar in one.bars] == [STEADY]
        assert one.bars[0].change.low is not None
        assert one.bars[0].change.high is not None
        assert one.bars[0].change.low - 0.02 < 0 < one.bars[0].change.high + 0.02

    def test_erlang_c_blames_abandonment(self) -> None:
        by_a, by_c = (explain(voice(), formula=formula, replications=5)[0] for formula in ("a", "c"))
        assert (by_a.formula.split(",")[0], by_c.formula.split(",")[0]) == ("Erlang A", "Erlang C")
        assert "customers give up (abandonment)" in [bar.name for bar in by_c.bars]
        assert by_c.by_formula < by_a.by_formula

    @pytest.mark.parametrize(
        ("change", "name"),
        [
            ({"volume": {"interval": "1h", "from": "09:00", "expected": [60, 100], "day_spread": "30%"}}, "over-dispersion"),
            ({"handle": {"talk": {"lognormal": {"mean": "3m", "cv": 2}}}}, "law of handle time"),
            ({"handle": {"talk": "2m", "wrap": "1m"}}, "law of handle time"),
            ({"patience": {"fixed": "2m"}}, "law of patience"),
            ({"patience": {"exponential": "2m", "balk": "10%"}}, "balking, a longest wait"),
            ({"patience": {"exponential": "2m", "balk_per_waiting": "10%"}}, "balking, a longest wait"),
            ({"patience": {"exponential": "2m", "at_most": "1m"}}, "balking, a longest wait"),
            ({"queue_capacity": 2}, "limited queue or lines"),
            ({"retry": {"chance": "80%", "after": "2m"}}, "redials"),
            ({"resolved": "50%", "recontact": {"chance": "80%", "within": "1h"}}, "repeat contacts (bot returns, too)"),
            ({"reopen": {"chance": "80%", "within": "1h"}}, "repeat contacts (bot returns, too)"),
            ({"chase": {"chance": "90%", "after": {"fixed": "10s"}}}, "chase-ups of who waits too long"),
        ],
    )
    def test_what_breaks_an_assumption_is_named(self, change: dict[str, object], name: str) -> None:
        contact = {**voice().short["contacts"]["voice"], **change}
        (one,) = explain(voice(contacts={"voice": contact}), replications=2, engine="reference")
        assert [bar.name[: len(name)] for bar in one.bars] == [name, STEADY[: len(name)]]

    def test_days_that_all_types_share_and_slow_chats_are_parts_of_their_own(self) -> None:
        (one,) = explain(voice(calendar={"open": "09:00-11:00", "day_spread": "30%"}), replications=2)
        assert one.bars[0].name == "busy days and forecast errors that all contact types share"
        chat = {**voice().short["contacts"]["voice"], "handle": {"talk": "3m", "slower_when_busy": ["0%", "40%"]}}
        teams = {"phone": {"skills": {"voice": {"at_once": 2}}, "count": 3}}
        (one,) = explain(voice(contacts={"voice": chat}, teams=teams), replications=3)
        names = [bar.name for bar in one.bars]
        assert names[:2] == ["agents slower with several contacts open", "concurrency: several contacts at once"]
        assert one.bars[0].change.low > 0, "without the slow-down more are answered in time"

    def test_both_stand_side_by_side_by_time_of_day(self) -> None:
        (one,) = explain(voice(), replications=5, interval=3600.0)
        assert one.intervals["time_of_day"].to_list() == [32400.0, 36000.0]
        assert one.intervals["agents"].to_list() == [3.0, 9.0]
        for row, volume in zip(one.intervals.iter_rows(named=True), (60, 100), strict=True):
            formula = queueing.evaluate(arrival_rate=volume / 3600, aht=180, agents=row["agents"], patience=120)
            assert row["formula"] == pytest.approx(float(formula.service_level))
        assert one.intervals["value"][0] < one.intervals["value"][1]


class TestWorlds:
    def test_the_last_world_has_nothing_that_the_formula_leaves_out(self) -> None:
        scenario = load(shipped("quickstart"))
        *_, (_, world) = worlds(scenario, groups_apart(scenario), patience="exponential")
        assert not world.spec.bots
        assert list(world.spec.teams) == ["voice", "chat"]
        assert world.spec.teams["voice"].staffing.count == scenario.spec.teams["phone"].staffing.count
        assert world.spec.teams["chat"].staffing.count[0] == tuple(3 * n for n in scenario.spec.teams["online"].staffing.count[0])
        for contact in world.spec.contacts.values():
            assert contact.handle.talk.kind == contact.patience.law.kind == "exponential"
            assert contact.volume.day_spread == 0
        assert world.spec.contacts["chat"].handle.talk.mean == 570
        assert sum(world.spec.contacts["chat"].volume.expected[0]) == pytest.approx(420 * 0.94 * 0.625)

    def test_teams_that_take_a_type_together_are_added_up(self) -> None:
        teams = {
            "a": {"skills": ["voice"], "staffing": {"interval": "1h", "count": [2, 5]}},
            "b": {"skills": ["voice"], "staffing": {"interval": "30m", "count": [1, 1, 2, 3]}},
        }
        scenario = voice(teams=teams)
        (_, world), *_ = worlds(scenario, groups_apart(scenario), patience="exponential")
        assert world.spec.teams["voice"].staffing.count == ((3, 3, 7, 8),)


@pytest.mark.parametrize(
    ("given", "message"), [({"kpi": "csat"}, "kpi: must be one of service_level"), ({"formula": "b"}, "formula: must be auto")]
)
def test_nonsense_is_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        explain(voice(), **given)
