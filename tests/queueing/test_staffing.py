import math

import numpy as np
import pytest

from simkpi.errors import InputError, UnknownName
from simkpi.queueing import evaluate
from simkpi.queueing.carry import longest_aht, most_contacts
from simkpi.queueing.least_agents import least_agents
from simkpi.queueing.patience_laws import Deterministic
from simkpi.queueing.staffing import agents_needed, gross_agents
from simkpi.queueing.targets import Target

METRICS = {
    "sl": "service_level",
    "sl+occ": "service_level",
    "sl_excl": "service_level_excl_short",
    "asa": "asa",
    "aband": "p_abandon",
    "occ": "occupancy",
}
QUARTER = {"arrival_rate": 100 / 1800, "aht": 180}


def test_smallest_teams_equal_the_exact_list(rows_of):
    for row in rows_of("staffing_dev.csv"):
        targets = [Target(METRICS[row["criterion"]], float(row["target"]), float(row["T_s"]))]
        if row["target2_max_occupancy"]:
            targets.append(Target("occupancy", float(row["target2_max_occupancy"])))
        need = agents_needed(
            arrival_rate=float(row["contacts"]) / float(row["interval_s"]),
            aht=float(row["aht_s"]),
            patience=float(row["patience_s"]) if row["patience_s"] else None,
            targets=targets,
            shrinkage=float(row["shrinkage"]),
        )
        assert (need.agents, need.gross_agents) == (int(row["agents"]), int(row["gross_agents"])), row["id"]
        proof = need.certificates[0]
        assert proof.value == pytest.approx(float(row["value_at_agents"]), rel=1e-12)
        if row["value_at_agents_minus_1"]:
            assert proof.beyond == pytest.approx(float(row["value_at_agents_minus_1"]), rel=1e-12)
        else:
            assert proof.beyond is None
        assert need.performance.occupancy == pytest.approx(float(row["occupancy_at_agents"]), rel=1e-12)
        assert need.performance.asa == pytest.approx(float(row["asa_at_agents_s"]), rel=1e-11)


def test_shrinkage_is_exact_where_floats_are_not():
    assert math.ceil(21 / (1 - 0.3)) == 30 or math.ceil(21 / 0.7) == 31  # what naive arithmetic may say
    assert gross_agents(21, 0.3) == 30
    assert gross_agents(14, 0.3) == 20
    assert gross_agents(9, 0.1) == 10
    assert gross_agents(0, 0.3) == 0
    for percent in range(100):
        for agents in range(1, 60):
            assert gross_agents(agents, percent / 100) == -(-agents * 100 // (100 - percent))


def test_shrinkage_of_one_is_refused():
    with pytest.raises(InputError, match="shrinkage: must be at least 0% and below 100%, got 1"):
        gross_agents(10, 1.0)


def test_the_steps_are_told_in_order():
    targets = [Target("occupancy", 0.7), Target("service_level", 0.8)]
    need = agents_needed(targets=targets, shrinkage=0.3, **QUARTER)
    assert [step for step, _, _ in need.steps] == ["target", "occupancy cap", "whole agents", "shrinkage", "FTE"]
    assert [value for _, value, _ in need.steps] == ["13.04", "14.29", "15", "22", "21.43"]
    assert need.fractional_agents == pytest.approx(10 / 0.7)


def test_real_agents_meet_the_target_exactly():
    need = agents_needed(targets=[Target("service_level", 0.8)], **QUARTER)
    assert evaluate(agents=need.fractional_agents, **QUARTER).service_level == pytest.approx(0.8, abs=1e-7)


def test_a_team_just_at_the_cap_is_enough():
    need = agents_needed(arrival_rate=17 / 300, aht=300, targets=[Target("occupancy", 0.85)])
    assert need.agents == 20


def test_every_answer_is_the_smallest():
    rng = np.random.default_rng(4)
    size = 3000
    queue = {
        "arrival_rate": 10 ** rng.uniform(-4, 0, size),
        "aht": 10 ** rng.uniform(1.5, 3.3, size),
        "patience": np.where(rng.random(size) < 0.3, np.inf, 10 ** rng.uniform(1, 4, size)),
    }
    for target in (
        Target("service_level", 0.8, 20),
        Target("p_abandon", 0.05),
        Target("wait_within", 0.9, 60),
        Target("occupancy", 0.85),
    ):
        team = least_agents(targets=[target], **queue)
        enough = evaluate(agents=team, threshold=target.threshold, **queue)
        fewer = evaluate(agents=np.maximum(team - 1, 0), threshold=target.threshold, **queue)
        assert (team >= 1).all()
        assert target.met(enough).all()
        assert not target.met(fewer)[team > 1].any()


def test_all_targets_hold_together():
    targets = [
        Target("service_level", 0.8),
        Target("asa", 5),
        Target("p_abandon", 0.03),
        Target("wait_within", 0.95, 30),
        Target("occupancy", 0.8),
    ]
    need = agents_needed(targets=targets, patience=120, **QUARTER)
    alone = [agents_needed(targets=[target], patience=120, **QUARTER).agents for target in targets]
    assert need.agents == max(alone)
    assert len(need.certificates) == 5


def test_loss_systems_and_limited_places():
    need = agents_needed(targets=[Target("p_block", 0.01)], lossy=True, **QUARTER)
    assert (need.agents, need.fractional_agents) == (18, None)
    limited = agents_needed(targets=[Target("service_level", 0.8)], places=25, **QUARTER)
    assert limited.agents == 13
    assert limited.certificates[0].value >= 0.8 > limited.certificates[0].beyond


def test_a_law_of_patience_can_be_staffed_for():
    need = agents_needed(targets=[Target("p_abandon", 0.02)], patience=Deterministic(60.0), **QUARTER)
    assert need.certificates[0].value <= 0.02 < need.certificates[0].beyond


def test_no_volume_needs_nobody():
    need = agents_needed(arrival_rate=0, aht=180, targets=[Target("service_level", 0.8)])
    assert (need.agents, need.gross_agents, need.fte) == (0, 0, 0.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"targets": [Target("service_level", 1.0, 0)]}, "unreachable: service_level at least 100% within 0s"),
        (
            {"targets": [Target("service_level", 0.99)], "places": 12},
            "unreachable: service_level at least 99% within 20s: best is 88.03% with 12 agents",
        ),
        ({"targets": [Target("p_abandon", 0.0)], "patience": 60.0}, "unreachable: p_abandon at most 0%"),
        (
            {"targets": [Target("service_level", 0.9)], "at_most": 10},
            "unreachable: service_level at least 90% within 20s: the queue grows without bound even with 10 agents",
        ),
        ({"targets": []}, "at least one target is needed"),
    ],
)
def test_unreachable_targets_say_what_is_possible(arguments, message):
    with pytest.raises(InputError) as caught:
        agents_needed(**QUARTER, **arguments)
    assert message in str(caught.value)


def test_nobody_abandons_without_patience_so_that_target_is_free():
    assert agents_needed(targets=[Target("p_abandon", 0.0)], **QUARTER).agents == 11


@pytest.mark.parametrize(
    ("metric", "value", "message"),
    [
        ("service_level", 1.2, "service_level: must be between 0 and 1, got 1.2"),
        ("occupancy", 0.0, "occupancy: the cap must be above 0"),
        ("asa", -1.0, "asa: must be at least 0, got -1.0"),
        ("p_abandon", math.nan, "p_abandon: must be between 0 and 1, got nan"),
    ],
)
def test_impossible_targets_are_refused(metric, value, message):
    with pytest.raises(InputError) as caught:
        Target(metric, value)
    assert message in str(caught.value)


def test_unknown_figures_are_suggested():
    with pytest.raises(UnknownName, match="did you mean 'service_level'"):
        Target("servicelevel", 0.8)


class TestCarry:
    targets = (Target("service_level", 0.8), Target("occupancy", 0.9))

    def test_one_contact_more_is_too_many(self):
        carried = most_contacts(agents=14, aht=180, targets=self.targets, interval=1800)
        assert carried.value == 108
        within = evaluate(arrival_rate=108 / 1800, aht=180, agents=14).service_level
        beyond = evaluate(arrival_rate=109 / 1800, aht=180, agents=14).service_level
        assert (carried.certificates[0].value, carried.certificates[0].beyond) == (within, beyond)
        assert within >= 0.8 > beyond

    def test_one_second_more_is_too_long(self):
        affordable = longest_aht(agents=14, arrival_rate=100 / 1800, targets=self.targets)
        assert affordable.value == 194
        assert affordable.certificates[0].value >= 0.8 > affordable.certificates[0].beyond

    def test_a_team_that_can_not_even_take_one_contact(self):
        with pytest.raises(InputError, match="a single contact is too much"):
            most_contacts(agents=1, aht=3000, targets=self.targets, interval=1800)

    def test_targets_that_nothing_can_break(self):
        with pytest.raises(InputError, match="hold whatever the load"):
            most_contacts(agents=1, aht=300, targets=[Target("p_abandon", 1.0)], patience=60)


def test_contacts_that_take_no_time_need_one_agent_and_no_contacts_none():
    target = Target("service_level", 0.8, 20)
    assert agents_needed(arrival_rate=0.1, aht=0, targets=[target]).agents == 1
    assert agents_needed(arrival_rate=0, aht=180, targets=[target]).agents == 0
