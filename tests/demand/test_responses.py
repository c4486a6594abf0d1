"""Draws behind responses: only where models ask for them, tied to the customer, and of no influence on anything else."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

import simkpi
from simkpi.demand.draws import draw
from simkpi.scenario.resolve import Scenario

SURVEY = {"answered_by": "30%", "csat": {"base": 4, "spread": 0.9}, "nps": {"base": 8}}
MODELS: dict[str, Any] = {
    "survey": SURVEY,
    "conversion": {"base": "10%"},
    "value": {"mean": 80, "cv": 0.7},
    "churn": {"base": "1%"},
}


def world(models: Any = None, volume: str = "30 per hour", **voice: Any) -> Scenario:
    contact = {"volume": volume, "handle": "5m", "patience": "2m", "resolved": "70%", **voice}
    if models is not None:
        contact["responses"] = models
    chat = {"volume": "20 per hour", "handle": "6m"}
    teams = {"phone": {"skills": ["voice", "chat"], "count": 5}}
    return simkpi.load({"simkpi": 1, "contacts": {"voice": contact, "chat": chat}, "teams": teams})


def drawn(scenario: Scenario, replication: int = 0) -> Any:
    return draw(scenario, seed=3, replication=replication)


def by_customer(demand: Any, purpose: str) -> dict[int, float]:
    voice = demand.contact_type == 0
    return dict(zip(demand.customer[voice].tolist(), demand.responses[purpose][voice].tolist(), strict=True))


def test_without_models_nothing_is_drawn():
    assert drawn(world()).responses is None


def test_what_is_not_left_to_chance_is_not_drawn():
    assert set(drawn(world(MODELS)).responses) == {"survey", "csat", "conversion", "value", "churn"}
    certain = {"survey": {"csat": {"base": 4}}, "conversion": {"base": "10%"}, "value": 80}
    assert set(drawn(world(certain)).responses) == {"conversion"}


def test_contact_types_without_models_get_one_half():
    demand = drawn(world(MODELS))
    for u in demand.responses.values():
        assert (u[demand.contact_type == 1] == 0.5).all()
        assert (u[demand.contact_type == 0] != 0.5).all()
        assert ((u > 0) & (u < 1)).all()


def test_models_change_no_other_draw():
    plain, more = drawn(world()), drawn(world(MODELS))
    for field in fields(plain):
        if field.name not in ("contact_types", "returns", "responses"):
            assert np.array_equal(getattr(plain, field.name), getattr(more, field.name)), field.name


def test_purposes_are_drawn_independently():
    responses = drawn(world(MODELS, volume="400 per hour")).responses
    voice = responses["csat"] != 0.5
    table = np.corrcoef([u[voice] for u in responses.values()])
    n = voice.sum()
    assert n > 5000
    assert np.abs(table - np.eye(len(table))).max() < 4 / np.sqrt(n)


def test_a_busier_scenario_keeps_every_customers_draws():
    few, many = (by_customer(drawn(world(MODELS, volume=volume)), "csat") for volume in ("30 per hour", "60 per hour"))
    assert len(few) < len(many)
    assert few.items() <= many.items()


def test_replications_differ():
    assert by_customer(drawn(world(MODELS)), "csat") != by_customer(drawn(world(MODELS), 1), "csat")


BACK: dict[str, Any] = {"after": "1h", "chance": "80%", "at_most": 2}


class TestFurtherContacts:
    def test_each_contact_of_a_case_has_draws_of_its_own(self):
        demand = drawn(world(MODELS, recontact=BACK))
        later = np.flatnonzero(demand.returns.attempt > 0)
        assert len(later) > 50
        u = demand.responses["csat"]
        assert (u[later] != u[demand.returns.case[later]]).all()
        assert len(np.unique(u[demand.contact_type == 0])) == (demand.contact_type == 0).sum()

    def test_first_contacts_are_those_of_a_scenario_where_nobody_comes_back(self):
        plain, more = drawn(world(MODELS)), drawn(world(MODELS, recontact=BACK))
        assert np.array_equal(plain.responses["churn"], more.responses["churn"][: more.returns.n_fresh])

    def test_a_higher_chance_keeps_the_draws_of_further_contacts(self):
        def later(chance: str) -> dict[tuple[int, int], float]:
            demand = drawn(world(MODELS, recontact={**BACK, "chance": chance}))
            keys = zip(demand.customer.tolist(), demand.returns.attempt.tolist(), strict=True)
            rows = zip(keys, demand.contact_type.tolist(), demand.responses["csat"].tolist(), strict=True)
            return {key: u for key, kind, u in rows if kind == 0}

        few, many = later("40%"), later("80%")
        assert len(few) < len(many)
        assert few.items() <= many.items()

    def test_a_switch_of_contact_type_keeps_the_customers_world(self):
        by = {**BACK, "by": {"chat": "100%"}}
        scenario = simkpi.load(
            {
                "simkpi": 1,
                "contacts": {
                    "voice": {"volume": "30 per hour", "handle": "5m", "resolved": "50%", "recontact": by},
                    "chat": {"volume": "5 per hour", "handle": "6m", "responses": MODELS},
                },
                "teams": {"phone": {"skills": ["voice", "chat"], "count": 5}},
            }
        )
        demand = drawn(scenario)
        switched = (demand.returns.attempt == 1) & (demand.contact_type == 1)
        assert switched.sum() > 50
        assert (demand.responses["csat"][switched] != 0.5).all()


@pytest.mark.parametrize(
    ("purpose", "golden"),
    [("csat", [0.273388852723, 0.954950171218, 0.521226191235]), ("churn", [0.880572605072, 0.553611862208, 0.452839107519])],
)
def test_draws_are_fixed_for_ever(purpose, golden):
    assert [round(u, 12) for u in by_customer(drawn(world(MODELS)), purpose).values()][:3] == golden
