"""What customers make of their contacts: the formulas, who is asked, and every row again by plain Python."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simkpi
from simkpi.demand.draws import draw
from simkpi.engine.frames import Frames
from simkpi.engine.responses import Experience, mean_score, sale_values, scores
from simkpi.engine.run import frames, run
from simkpi.scenario.files import shipped
from simkpi.scenario.responses import Ces, Csat, Nps, Question, Sale
from tests.engine.engine_worlds import Row, demand, scenario

GRID = (np.arange(20_000) + 0.5) / 20_000
LEVELS = st.floats(-6, 12)
QUESTIONS = st.sampled_from([Csat(base=4.2, spread=0.9), Nps(base=8.5, spread=2), Ces(base=2, spread=1.3), Csat(base=3)])
MODELS: dict[str, Any] = {
    "survey": {"csat": {"base": 5, "per_minute_waited": -1, "unresolved": -2, "bot_only": -1, "repeat": -1}},
    "conversion": {"base": "100%", "unresolved": "-100%"},
    "value": {"mean": 80, "margin": "35%"},
    "churn": {"base": "0%", "lost": "100%", "unresolved": "100%"},
}


def respond(*rows: Row, models: Any = None, unresolved: tuple[int, ...] = (), **more: Any) -> Frames:
    """Tables of hand-made contacts; with models that leave nothing to chance."""
    contact = {"responses": MODELS if models is None else models, "retry": {"chance": 1, "after": "1m", "at_most": 9}}
    world = scenario({"phone": {"count": 1}}, {"voice": contact}, **more)
    contacts = demand(world, list(rows))
    resolved = contacts.resolved.copy()
    resolved[list(unresolved)] = False
    drawn = {purpose: np.full(len(contacts), 0.5) for purpose in ("conversion", "churn")}
    contacts = replace(contacts, resolved=resolved, responses=drawn)
    return frames(world, contacts, run(world, contacts, "reference"))


class TestScores:
    @given(question=QUESTIONS, level=LEVELS)
    @settings(derandomize=True, deadline=None, max_examples=40)
    def test_their_mean_is_the_expected_one(self, question: Question, level: float) -> None:
        shift = level - question.base
        found = scores(question, np.full(len(GRID), shift), GRID)
        assert found.mean() == pytest.approx(mean_score(question, shift), abs=1e-3)

    @given(question=QUESTIONS, shift=st.lists(st.floats(-20, 20), min_size=2, max_size=2), u=st.floats(1e-9, 1 - 1e-9))
    @settings(derandomize=True, deadline=None)
    def test_they_are_whole_scores_on_the_scale_and_rise_with_the_level(
        self, question: Question, shift: list[float], u: float
    ) -> None:
        low, high = question.limits
        lower, upper = scores(question, np.sort(np.array(shift)), np.full(2, u))
        assert low <= lower <= upper <= high
        assert lower == int(lower)

    def test_they_rise_with_the_customers_number(self) -> None:
        assert (np.diff(scores(Nps(base=7, spread=3), np.zeros(len(GRID)), GRID)) >= 0).all()

    def test_without_spread_halves_go_up(self) -> None:
        assert scores(Csat(base=3.5), np.array([0.0, -0.01, 9.0, -9.0]), np.full(4, 0.5)).tolist() == [4, 3, 5, 1]


class TestSaleValues:
    def test_mean_and_spread_are_those_stated(self) -> None:
        values = sale_values(Sale(mean=80, cv=0.7), GRID)
        assert values.mean() == pytest.approx(80, rel=1e-3)
        assert values.std() / values.mean() == pytest.approx(0.7, rel=1e-2)

    def test_a_certain_value_is_that_value(self) -> None:
        assert sale_values(Sale(mean=80), np.array([0.1, 0.9])).tolist() == [80, 80]


class TestOff:
    def test_there_are_no_columns_and_no_companions(self) -> None:
        world = scenario({"phone": {"count": 1}})
        contacts = demand(world, [Row(0)])
        tables = frames(world, contacts, run(world, contacts, "reference"))
        assert tables.companions == {}
        assert not {"is_converted", "value", "csat"} & set(tables.interactions.columns)


class TestWhoIsAsked:
    def test_handled_contacts_once_they_have_ended(self) -> None:
        lost = Row(1, patience=5)
        contained, gave_up = Row(2, bot="contained", bot_time=30), Row(3, bot="gave_up", bot_time=4)
        asked = respond(Row(0, talk=60), lost, contained, gave_up).companions["surveys"]
        assert asked["contact_id"].to_list() == ["0", "2"]
        assert asked["asked_at"].to_list() == asked["answered_at"].to_list()
        assert asked.select("scale_low", "scale_high", "direction").unique().rows() == [(1.0, 5.0, "higher")]

    def test_those_who_do_not_answer_are_asked_all_the_same(self) -> None:
        asked = respond(Row(0), Row(20), models={"survey": {"answered_by": "0%", "nps": {"base": 9}}}).companions["surveys"]
        assert asked.select("score", "answered_at").null_count().row(0) == (2, 2)
        assert asked["asked_at"].null_count() == 0

    def test_what_the_horizon_cuts_is_neither_asked_nor_sold_nor_lost(self) -> None:
        tables = respond(Row(86_390, talk=60), Row(0, talk=5), end="cut")
        assert tables.companions["surveys"]["contact_id"].to_list() == ["0"]
        assert tables.interactions["is_converted"].to_list() == [True, None]
        assert tables.companions["customers"]["to_at"].to_list() == [None, None]


class TestEffects:
    def test_a_minute_of_waiting_costs_its_points(self) -> None:
        asked = respond(Row(0, talk=120), Row(0, talk=60), Row(0)).companions["surveys"]
        assert asked["score"].to_list() == [5, 3, 2]

    def test_the_bots_time_is_no_waiting(self) -> None:
        assert respond(Row(0, bot="handed_off", bot_time=600)).companions["surveys"]["score"].to_list() == [5]

    def test_unsolved_bot_and_further_contacts_cost_theirs(self) -> None:
        rows = Row(0, again=(600, Row(0))), Row(60, bot="contained", bot_time=5), Row(90)
        asked = respond(*rows, unresolved=(0,)).companions["surveys"]
        assert asked["score"].to_list() == [3, 4, 5, 4]

    def test_experience_names_what_happened(self) -> None:
        tables = respond(Row(0, talk=90), Row(30, patience=30), Row(40, bot="handed_off", bot_time=20), unresolved=(2,))
        lived = {name: column.tolist() for name, column in vars(Experience.of(tables.interactions)).items()}
        assert lived == {
            "per_minute_waited": [0, 0.5, 0.5],
            "unresolved": [0, 0, 1],
            "per_transfer": [0, 0, 0],
            "after_bot": [0, 0, 1],
            "bot_only": [0, 0, 0],
            "repeat": [0, 0, 0],
            "lost": [0, 1, 0],
        }


class TestSales:
    def test_solved_contacts_buy_and_lost_ones_do_not(self) -> None:
        tables = respond(Row(0, talk=60), Row(1, patience=5), Row(2), unresolved=(2,))
        assert tables.interactions["is_converted"].to_list() == [True, False, False]
        assert tables.interactions["value"].to_list() == [80, None, None]
        (order,) = tables.companions["orders"].to_dicts()
        assert (order["contact_id"], order["value"], order["margin"]) == ("0", 80, 0.35)
        assert order["ordered_at"] == tables.interactions["ended_at"][0]

    def test_contact_types_without_a_model_are_not_known(self) -> None:
        world = scenario({"phone": {"skills": {"voice": {}, "other": {}}}}, {"voice": {"responses": MODELS}, "other": {}})
        contacts = replace(demand(world, [Row(0), Row(30, kind="other")]), responses={"conversion": np.full(2, 0.5)})
        tables = frames(world, contacts, run(world, contacts, "reference"))
        assert tables.interactions["is_converted"].to_list() == [True, None]
        assert tables.companions["customers"].height == 1


class TestCustomers:
    def test_each_is_there_once_and_leaves_when_first_driven_away(self) -> None:
        rows = Row(0, talk=600), Row(5, patience=10, redial=(60, Row(0, patience=10)))
        customers = respond(*rows).companions["customers"]
        assert customers.height == 2
        gone = customers.filter(pl.col("to_at").is_not_null()).to_dicts()
        assert [(one["reason"], (one["to_at"] - one["from_at"]).total_seconds()) for one in gone] == [("abandoned", 15)]

    def test_the_reason_is_what_went_wrong(self) -> None:
        assert respond(Row(0), unresolved=(0,)).companions["customers"]["reason"].to_list() == ["unresolved"]

    def test_who_leaves_at_either_end_of_the_horizon_leaves_within_it(self) -> None:
        world_end = 86_400
        customers = respond(Row(0, bot="gave_up", bot_time=0), Row(world_end - 10, talk=60), unresolved=(1,)).companions[
            "customers"
        ]
        spans = [(each["to_at"] - each["from_at"]).total_seconds() for each in customers.to_dicts()]
        assert sorted(spans) == [0.001, world_end]


def _plain(models: Any, contact: dict[str, Any], u: dict[str, float]) -> dict[str, Any]:
    """Second implementation, from docs/responses.md: the response of one contact."""
    handled = contact["outcome"] in ("answered", "contained")
    left = contact["answered_at"] or contact["ended_at"]
    lived = {
        "per_minute_waited": (left - contact["queued_at"]).total_seconds() / 60 if contact["queued_at"] else 0,
        "unresolved": handled and not contact["is_resolved"],
        "per_transfer": contact["n_transfers"],
        "after_bot": contact["bot_outcome"] == "handed_off",
        "bot_only": contact["outcome"] == "contained",
        "repeat": contact["origin"] != "reactive",
        "lost": not handled,
    }

    def level(model: Any) -> float:
        return model.base + math.fsum(getattr(model, name, 0) * much for name, much in lived.items())

    found: dict[str, Any] = {"leaves": u["churn"] < level(models.churn)}
    found["is_converted"] = handled and u["conversion"] < level(models.conversion)
    found["value"] = None
    if found["is_converted"]:
        sigma = math.sqrt(math.log(1 + models.value.cv**2))
        found["value"] = models.value.mean * math.exp(sigma * NormalDist().inv_cdf(u["value"]) - sigma**2 / 2)
    for kind, question in models.survey.questions.items() if handled else ():
        low, high = question.limits
        score = math.floor(level(question) + question.spread * NormalDist().inv_cdf(u[kind]) + 0.5)
        found[kind] = min(max(score, low), high) if u["survey"] < models.survey.answered_by else None
    return found


@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_every_row_of_the_feature_scenario_follows_the_written_formulas(engine: str) -> None:
    world = simkpi.load(shipped("features/responses"))
    contacts = draw(world, seed=5, replication=0)
    tables = frames(world, contacts, run(world, contacts, engine))
    _, _, rows = _realised(world, contacts, engine)
    log, models = tables.interactions, world.spec.contacts["chat"].responses
    assert models is not None
    assert contacts.responses is not None
    answers = {(row["contact_id"], row["kind"]): row["score"] for row in tables.companions["surveys"].to_dicts()}
    gone = set(tables.companions["customers"].filter(pl.col("to_at").is_not_null())["customer_id"])
    leaving = set()
    for place, contact in enumerate(log.to_dicts()):
        u = {purpose: float(numbers[rows[place]]) for purpose, numbers in contacts.responses.items()}
        expected = _plain(models, contact, u)
        assert contact["is_converted"] == expected["is_converted"]
        assert contact["value"] == (expected["value"] and pytest.approx(expected["value"], abs=0.0051))
        given = {kind: answers[contact["contact_id"], kind] for kind in ("csat", "nps", "ces") if kind in expected}
        assert given == {kind: expected[kind] for kind in given}
        leaving |= {contact["customer_id"]} if expected["leaves"] else set()
    assert gone == leaving
    assert len(gone) > 0
    assert {"redial", "return"} & set(log["origin"])


def _realised(world: Any, contacts: Any, engine: str) -> Any:
    from simkpi.engine.plan import plan
    from simkpi.engine.returns import realised

    return realised(plan(world), contacts, run(world, contacts, engine))
