from __future__ import annotations

import heapq
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from simkpi.interactions.table import Log
from simkpi.planning.backtest.predict import predict
from simkpi.planning.backtest.split import split
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.groups import members, with_groups
from simkpi.planning.calibrate.observed import Observed, observe
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import loads

#: Contact types that each agent takes.
SKILLS = {
    **{f"s{n}": ("sales",) for n in range(3)},
    **{f"t{n}": ("faults",) for n in range(2)},
    **{f"b{n}": ("sales", "faults") for n in range(2)},
}


def log(skills: dict[str, tuple[str, ...]] = SKILLS, *, days: int = 7, per_day: int = 300, seed: int = 4) -> Log:
    """Calls of several types, each taken by the agent with the skill who has been free longest; no team is named."""
    random = np.random.default_rng(seed)
    kinds = sorted({kind for each in skills.values() for kind in each})
    rows: list[dict[str, object]] = []
    for day in range(days):
        free = [(86_400 * day + 9 * 3600.0, name) for name in skills]
        heapq.heapify(free)
        for arrived in np.sort(86_400 * day + 9 * 3600 + random.uniform(0, 28_800, per_day)):
            kind = kinds[random.integers(len(kinds))]
            able = sorted(one for one in free if kind in skills[one[1]])
            since, agent = able[0]
            free.remove((since, agent))
            answered = max(since, arrived)
            ended = answered + random.exponential(240)
            free.append((ended, agent))
            moments = {"arrived_at": arrived, "queued_at": arrived, "answered_at": answered, "ended_at": ended}
            rows.append({"contact_type": kind, "agent_id": agent, **moments})
    names = ("arrived_at", "queued_at", "answered_at", "ended_at")
    frame = pl.DataFrame(rows).with_columns(
        *(pl.from_epoch((pl.col(name) * 1000).cast(pl.Int64), "ms").alias(name) for name in names),
        channel=pl.lit("voice"),
        outcome=pl.lit("answered"),
    )
    return Log(frame.with_row_index("contact_id").cast({"contact_id": pl.String}))


@pytest.fixture(scope="module")
def observed() -> Observed:
    return observe(log())


def test_agents_who_handle_the_same_types_are_a_group(observed: Observed) -> None:
    found = members(with_groups(observed))
    assert set(found) == set(SKILLS)
    for one, skills in SKILLS.items():
        assert [found[one] == found[other] for other in SKILLS] == [skills == others for others in SKILLS.values()]


def test_groups_are_named_after_what_they_do_and_said(observed: Observed) -> None:
    grouped = with_groups(observed)
    assert set(members(grouped).values()) == {"sales", "faults", "faults+sales"} or set(members(grouped).values()) == {
        "sales",
        "faults",
        "sales+faults",
    }
    assert "groups of agents who handled the same contact types" in grouped.notes[-1]
    assert "sales (3)" in grouped.notes[-1]


def test_teams_and_skills_of_the_scenario_follow_the_groups() -> None:
    spec = loads(scenario_text(fit(log()), name="grouped")).spec
    assert sorted(sorted(team.skills) for team in spec.teams.values()) == [["faults"], ["faults", "sales"], ["sales"]]


def test_a_log_that_names_its_teams_keeps_them(observed: Observed) -> None:
    named = replace(observed, team=np.full(len(observed), "desk", dtype=object))
    assert with_groups(named) is named


def test_agents_who_all_take_what_comes_are_one_team() -> None:
    alike = observe(log({f"a{n}": ("faults", "sales") for n in range(6)}))
    assert with_groups(alike) is alike


def test_an_agent_of_whom_little_was_seen_joins_those_who_do_what_he_did(observed: Observed) -> None:
    agent = observed.agent.copy()
    agent[np.flatnonzero(agent == "s0")[:3]] = "new"
    found = members(with_groups(replace(observed, agent=agent)))
    # three sales calls may be of either group that takes them: the larger one is likelier
    assert found["new"] == found["s0"]


def test_who_works_when_only_one_type_comes_is_no_specialist(observed: Observed) -> None:
    everybody = observe(log({f"a{n}": ("faults", "sales") for n in range(6)}))
    night = np.asarray((everybody.contact_type == 0) & (everybody.arrived % 86_400 > 16 * 3600))
    only = np.asarray((everybody.arrived % 86_400 <= 16 * 3600) | night)
    agent = everybody.agent.copy()
    agent[night] = "night"
    parts = {name: value[only] for name, value in vars(replace(everybody, agent=agent)).items() if isinstance(value, np.ndarray)}
    shortened = replace(everybody, **parts)
    assert members(with_groups(shortened)) == {}


def test_too_many_ways_of_working_are_one_team_and_said() -> None:
    kinds = [f"k{n}" for n in range(14)]
    every = observe(log({kind: (kind,) for kind in kinds}, per_day=700))
    found = with_groups(every)
    assert members(found) == {}
    assert "in 14 different ways: taken as one team for all" in found.notes[-1]


def test_predicted_days_have_the_groups_of_the_fitted_ones() -> None:
    parts = split(log(days=6), train="4d")
    train = fit(parts.train)
    prediction = predict(train, parts.test)
    assert {team.name for team in prediction.calibration.teams} == {team.name for team in train.teams}
    assert not any("not in the fitted days" in note for note in prediction.notes)


def test_a_new_agent_of_the_predicted_days_joins_the_nearest_group(observed: Observed) -> None:
    known = members(with_groups(observed))
    without = {name: group for name, group in known.items() if name != "t1"}
    assert members(with_groups(observed, without))["t1"] == known["t0"]
    assert members(with_groups(observed, {})) == {}


def test_two_contacts_make_no_groups(observed: Observed) -> None:
    first = [int(np.flatnonzero(observed.contact_type == kind)[0]) for kind in (0, 1)]
    parts = {name: value[first] for name, value in vars(observed).items() if isinstance(value, np.ndarray)}
    assert members(with_groups(replace(observed, **parts))) == {}


def test_a_rare_type_does_not_keep_the_groups_from_being_seen(observed: Observed) -> None:
    kind = observed.contact_type.copy()
    kind[:3] = 2
    rare = replace(observed, contact_type=kind, contact_types=(*observed.contact_types, "odd"), channels=("voice",) * 3)
    found = members(with_groups(rare))
    assert len(set(found.values())) == 3
    assert found["s0"] == found["s1"] != found["t0"]


def test_agents_of_whom_many_work_in_a_way_of_their_own_are_one_team() -> None:
    ways = {"a": ("k0", "k1"), "b": ("k1", "k2"), "c": ("k0", "k2"), "d": ("k0",), "e": ("k1",), "f": ("k0", "k1", "k2")}
    found = with_groups(observe(log(ways, per_day=400)))
    assert members(found) == {}
    assert "different ways: taken as one team for all" in found.notes[-1]


def test_agents_who_help_out_now_and_then_are_one_team(observed: Observed) -> None:
    random = np.random.default_rng(1)
    agent = observed.agent.copy()
    helped = (observed.contact_type == observed.contact_type[np.flatnonzero(agent == "t0")[0]]) & (
        random.random(len(agent)) < 0.1
    )
    agent[helped] = random.choice(["s0", "s1", "s2"], int(helped.sum()))
    found = with_groups(replace(observed, agent=agent))
    assert members(found) == {}
    assert "taken as one team for all" in found.notes[-1]
