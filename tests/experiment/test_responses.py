"""KPIs that follow from response models: exact where nothing is left to chance, paired between scenarios, split and targeted."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import simkpi
from simkpi.experiment.result import Result
from simkpi.experiment.verdicts import verdicts
from simkpi.kpi.score import score

CSAT = {"base": 4.6, "per_minute_waited": -0.3, "unresolved": -1.5, "spread": 0.9}
MODELS: dict[str, Any] = {
    "survey": {
        "answered_by": "50%",
        "csat": CSAT,
        "nps": {"base": 9, "unresolved": -4, "spread": 2},
        "ces": {"base": 2, "spread": 1},
    },
    "conversion": {"base": "20%", "per_minute_waited": "-2%"},
    "value": {"mean": 50, "margin": "40%"},
    "churn": {"base": "1%", "lost": "10%"},
}
KPIS = ["csat", "csat_mean", "nps", "ces", "conversion_rate", "value_per_contact", "churn", "retention_rate", "clv"]


def result(models: Any = None, *, agents: int = 4, **changes: Any) -> Result:
    voice = {
        "volume": {"interval": "4h", "from": "08:00", "expected": [120]},
        "handle": "5m",
        "patience": "3m",
        "resolved": "70%",
    }
    chat = {**voice, "handle": "4m"}
    if models is not None:
        voice = {**voice, "responses": models}
    teams = {
        "all": {
            "skills": {"voice": {}, "chat": {"at_once": 1}},
            "staffing": {"interval": "5h", "from": "08:00", "count": [agents]},
        }
    }
    world = {"simkpi": 1, "contacts": {"voice": voice, "chat": chat}, "teams": teams, "run": {"replications": 6, "seed": 4}}
    return simkpi.simulate(simkpi.load({**world, **changes}))


def figures(found: Result, kpis: Any = KPIS, **more: Any) -> dict[str, float]:
    table = found.kpis(kpis, **more)
    return dict(zip(table["kpi"], table["value"], strict=True))


@pytest.fixture(scope="module")
def modelled() -> Result:
    return result(MODELS)


class TestExact:
    def test_scores_without_spread_are_base_and_effects(self) -> None:
        sure = {"survey": {"csat": {"base": 5, "unresolved": -2}, "nps": {"base": 9, "unresolved": -9}}}
        found = result(sure)
        unresolved = figures(found, ["unresolved_rate"], where=pl.col("contact_type") == "voice")["unresolved_rate"]
        values = figures(found, ["csat", "csat_mean", "nps", "survey_response_rate"])
        assert values["csat_mean"] == pytest.approx(5 - 2 * unresolved)
        assert values["csat"] == pytest.approx(1 - unresolved)
        assert values["nps"] == pytest.approx(100 * (1 - 2 * unresolved))
        assert values["survey_response_rate"] == 1

    def test_certain_sales_are_made_in_every_handled_contact(self) -> None:
        found = result({"conversion": {"base": "100%"}, "value": {"mean": 50, "margin": "40%"}})
        rate = figures(found, ["answer_rate"], where=pl.col("contact_type") == "voice")["answer_rate"]
        values = figures(found, ["conversion_rate", "clv"])
        assert values["conversion_rate"] == pytest.approx(rate)
        assert values["clv"] == pytest.approx(50 * 0.4)

    def test_only_lost_customers_churn_if_that_is_the_model(self) -> None:
        found = result({"churn": {"base": "0%", "lost": "100%"}}, agents=3)
        lost = figures(found, ["abandon_rate"], where=pl.col("contact_type") == "voice", short_abandon=0)["abandon_rate"]
        values = figures(found, ["churn", "retention_rate", "customers_lost"])
        assert values["churn"] == pytest.approx(lost)
        assert values["churn"] > 0
        assert values["retention_rate"] == pytest.approx(1 - values["churn"])
        assert values["customers_lost"] * 6 == found.interactions.filter(contact_type="voice", outcome="abandoned").height


class TestChance:
    def test_shares_lie_where_the_models_say(self, modelled: Result) -> None:
        contacts = modelled.interactions.filter(contact_type="voice", outcome="answered")
        waited = (contacts["answered_at"] - contacts["queued_at"]).dt.total_milliseconds() / 60_000
        chance = (0.2 - 0.02 * waited).clip(0, 1)
        error = (chance * (1 - chance)).sum() ** 0.5
        assert abs(contacts["is_converted"].sum() - chance.sum()) < 4 * error

    def test_every_kpi_has_its_interval(self, modelled: Result) -> None:
        table = modelled.kpis(KPIS)
        assert table["status"].to_list() == ["ok"] * len(KPIS)
        assert table["half_width"].null_count() == 0

    def test_half_the_customers_asked_answer(self, modelled: Result) -> None:
        asked = modelled.companions["surveys"].filter(pl.col("kind") == "csat")
        rate = asked["score"].is_not_null().mean()
        assert isinstance(rate, float)
        assert abs(rate - 0.5) < 4 * 0.5 / len(asked) ** 0.5


class TestScenarios:
    def test_who_waits_longer_with_fewer_agents_is_never_happier(self, modelled: Result) -> None:
        def csat(found: Result) -> pl.DataFrame:
            waits = found.interactions.select(
                "replication", "contact_id", "customer_id", wait=pl.col("answered_at") - pl.col("queued_at")
            )
            answers = found.companions["surveys"].filter(pl.col("kind") == "csat").select("replication", "contact_id", "score")
            return answers.drop_nulls("score").join(waits, on=["replication", "contact_id"]).drop("contact_id")

        both = csat(result(MODELS, agents=3)).join(csat(modelled), on=["replication", "customer_id"], suffix="_many")
        longer = both.filter(pl.col("wait") >= pl.col("wait_many"))
        assert longer.height > 100
        assert (longer["score"] <= longer["score_many"]).all()
        assert longer["score"].mean() < longer["score_many"].mean() - 0.1

    def test_a_better_base_is_a_better_score_of_the_same_answers(self, modelled: Result) -> None:
        better = {**MODELS, "survey": {**MODELS["survey"], "csat": {**CSAT, "base": 5}}}
        found = result(better)
        assert found.companions["surveys"]["contact_id"].equals(modelled.companions["surveys"]["contact_id"])
        assert figures(found)["csat_mean"] > figures(modelled)["csat_mean"]
        rest = [name for name in KPIS if not name.startswith("csat")]
        assert [figures(found)[name] for name in rest] == [figures(modelled)[name] for name in rest]

    def test_the_log_is_the_same_with_and_without_models(self, modelled: Result) -> None:
        plain = result()
        assert modelled.interactions.drop("is_converted", "value").equals(plain.interactions)
        assert plain.companions == {}
        assert set(plain.kpis(KPIS)["status"]) == {"unavailable"}

    def test_compared_scenarios_share_their_customers(self, modelled: Result) -> None:
        compared = simkpi.compare(modelled.scenario, result(MODELS, agents=6).scenario, kpis=["csat", "churn"], replications=6)
        rows = compared.table.filter(pl.col("kpi") == "csat")
        assert rows["value"][0] == pytest.approx(figures(modelled)["csat"])
        assert rows["value"][1] > rows["value"][0]


class TestParts:
    def test_breakdowns_hold_the_contact_types_that_respond(self, modelled: Result) -> None:
        table = modelled.kpis(["csat_mean", "churn", "clv", "conversion_rate"], by="contact_type")
        known = table.filter(pl.col("value").is_not_null())
        assert set(known["contact_type"]) == {"voice"}
        whole = figures(modelled)
        assert dict(zip(known["kpi"], known["value"], strict=True)) == pytest.approx({name: whole[name] for name in known["kpi"]})

    def test_a_condition_on_contacts_holds_for_their_companions(self, modelled: Result) -> None:
        chats = modelled.kpis(["csat", "churn", "clv"], where=pl.col("contact_type") == "chat")
        assert chats["status"].to_list() == ["unavailable"] * 3
        unsolved = figures(modelled, ["csat_mean"], where=~pl.col("is_resolved"))["csat_mean"]
        assert unsolved < figures(modelled)["csat_mean"] - 0.8

    def test_a_target_of_a_contact_type_is_judged_on_its_own_surveys(self) -> None:
        targets = {"voice": {"csat": "at least 10%"}, "all": {"churn": "at most 90%"}}
        assert [each.verdict for each in verdicts(result(MODELS, targets=targets))] == ["met", "met"]

    def test_a_target_of_a_contact_type_that_is_not_asked_stays_open(self) -> None:
        (verdict,) = verdicts(result(MODELS, targets={"chat": {"csat": "at least 10%"}}))
        assert (verdict.value, verdict.verdict) == (None, "no figure")

    def test_the_written_log_scores_to_the_same_figures(self, modelled: Result) -> None:
        again = score(
            modelled.interactions,
            agent_states=modelled.agent_states,
            **modelled.companions,
            kpis=KPIS,
            horizon=modelled.horizon,
            clv="historic",
        )
        assert dict(zip(again["kpi"], again["value"], strict=True)) == pytest.approx(
            {**figures(modelled), "value_per_contact": modelled.interactions["value"].sum() / modelled.interactions.height}
        )
