"""The loop for few features: who gets it, and that it does what the whole loop does."""

from __future__ import annotations

import pytest

from simkpi.demand.draws import draw
from simkpi.engine.compiled import plain, records
from simkpi.engine.compiled.demand_columns import Rows
from simkpi.engine.compiled.kernel import simulate, tables_of
from simkpi.engine.compiled.replication import Replication
from simkpi.engine.compiled.state import State
from simkpi.engine.plan import plan
from simkpi.scenario.files import load, shipped
from simkpi.scenario.resolve import Scenario
from tests.parity.parity import by_whole_loop, differing_cells


def is_plain(scenario: Scenario) -> bool:
    demand = draw(scenario, seed=1, replication=0)
    return bool(Replication(tables_of(plan(scenario)), Rows(demand), len(demand)).state["is_plain"][0])


@pytest.mark.parametrize("name", ["quickstart", "benchmark_day", "benchmark_erlang_a"])
def test_what_most_scenarios_use_is_in_the_loop_for_few_features(name: str) -> None:
    assert is_plain(load(shipped(name)))


def test_both_loops_give_the_same_log_of_the_benchmark_day() -> None:
    scenario = load(shipped("benchmark_day"))
    demand = draw(scenario, seed=3, replication=0)
    assert differing_cells(simulate(plan(scenario), demand), by_whole_loop(plan(scenario), demand)) == {}


@pytest.mark.parametrize("known", plain.KNOWN)
def test_what_is_known_is_a_field_of_its_record(known: str) -> None:
    record, field = known.split(".")
    assert field in {"State": State, **vars(records)}[record].__annotations__


@pytest.mark.parametrize("field", plain.STATE)
def test_a_replication_with_another_number_is_not_plain(field: str) -> None:
    assert plain.has_plain_state(plain.STATE)
    assert not plain.has_plain_state(plain.STATE | {field: 2})


@pytest.mark.parametrize(("table", "field"), [(table, field) for table, fields in plain.TABLES.items() for field in fields])
def test_a_plan_with_another_row_is_not_plain(table: str, field: str) -> None:
    tables = tables_of(plan(load(shipped("benchmark_day"))))
    found = {name: rows.copy() for name, rows in (tables.constant | tables.initial).items()}
    assert plain.has_plain_tables(found)
    found[table][field][-1] += 1
    assert not plain.has_plain_tables(found)
