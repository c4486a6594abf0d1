from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

import simkpi
from simkpi.errors import InputError
from simkpi.experiment import cells as module
from simkpi.experiment import compute as compute_module
from simkpi.experiment.cells import Cell, Done, Failed, Subject, changed_fields
from simkpi.experiment.compute import batches, compute
from simkpi.experiment.payload import decode
from simkpi.experiment.scores import Scores, Scoring
from simkpi.scenario.files import override
from simkpi.scenario.resolve import Scenario
from tests.experiment.small_world import simulated, small

SCORING = Scoring(("service_level", "offered", "wait_p90"))


def subject(scenario: Scenario | None = None, *, seed: int | str = 11, scoring: Scoring = SCORING) -> Subject:
    return Subject(scenario or small(), seed, scoring)


def keys(one: Subject) -> list[str]:
    return [cell.key for cell in one.cells(20)]


class TestKey:
    def test_what_does_not_decide_the_figures_does_not_change_it(self) -> None:
        for changes in ({"name": "Other"}, {"locale": "fr"}, {"targets": {}}, {"run": {"replications": 99, "seed": 5}}):
            assert keys(subject(small(**changes))) == keys(subject())
        assert keys(subject(seed="11")) == keys(subject())

    def test_what_decides_the_figures_does(self) -> None:
        others = [
            subject(override(small(), {"teams.web.staffing.count": [3]})),
            subject(small(definitions={"threshold": "5s"})),
            subject(small(run={"end": "cut"})),
            subject(seed=12),
            subject(scoring=Scoring(("service_level",))),
            subject(scoring=Scoring(SCORING.kpis, by=("channel",))),
            subject(scoring=Scoring(SCORING.kpis, interval=900.0)),
        ]
        assert not set(keys(subject())) & {key for one in others for key in keys(one)}

    def test_more_replications_keep_the_cells_of_fewer(self) -> None:
        assert [cell.key for cell in subject().cells(40)][:2] == keys(subject())

    def test_a_new_format_or_version_never_meets_older_cells(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = keys(subject())
        monkeypatch.setattr(module, "RESULT_FORMAT", 99)
        assert not set(keys(subject())) & set(before)

    def test_the_default_kpis_are_named_so_that_a_change_of_the_default_is_seen(self) -> None:
        assert "service_level" in subject(scoring=Scoring()).cells(1)[0].ingredients["scoring"]["kpis"]


class TestCompute:
    def test_blocks_together_give_the_figures_of_one_run(self) -> None:
        found = compute(subject().cells(6, block=4))
        scores = Scores.merged(SCORING, [decode(one.payload) for one in found], replications=6)
        expected = simulated().kpis(SCORING.kpis)
        assert scores.pooled()["value"].to_list() == pytest.approx(expected["value"].to_list(), rel=2e-3)
        assert scores.pooled().filter(pl.col("kpi") != "wait_p90").equals(expected.filter(pl.col("kpi") != "wait_p90"))

    def test_the_same_for_breakdowns(self) -> None:
        scoring = Scoring(("service_level", "asa", "offered"), by=("interval", "channel"))
        found = compute(subject(scoring=scoring).cells(6, block=2))
        scores = Scores.merged(scoring, [decode(one.payload) for one in found], replications=6)
        expected = simulated().kpis(scoring.kpis, by=scoring.by).sort("kpi", "interval", "channel")
        assert scores.pooled("by").sort("kpi", "interval", "channel").equals(expected)

    def test_shared_draws_give_the_bytes_of_separate_ones(self) -> None:
        both = [subject(), subject(override(small(), {"teams.web.staffing.count": [3]}))]
        shared = compute([one.cells(4)[0] for one in both])
        assert shared == [compute(one.cells(4))[0] for one in both]

    def test_each_replication_is_drawn_once_for_all_that_share_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        drawn = []
        real = compute_module.draw
        monkeypatch.setattr(
            compute_module, "draw", lambda *given, **named: drawn.append(named["replication"]) or real(*given, **named)
        )
        staffs = [subject(override(small(), {"teams.web.staffing.count": [count]})) for count in (1, 2, 3)]
        compute([one.cells(4)[0] for one in staffs])
        assert drawn == [0, 1, 2, 3]

    def test_an_error_of_one_cell_leaves_the_others_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bad, good = subject(override(small(), {"teams.web.staffing.count": [3]})), subject()
        real = compute_module.run

        def run(scenario: Scenario, *given: object, **named: object) -> object:
            if scenario is bad.scenario:
                raise InputError("bad cell")
            return real(scenario, *given, **named)

        def run_many(scenarios: Sequence[Scenario], demand: object, engine: str) -> list[object]:
            return [run(scenario, demand, engine=engine) for scenario in scenarios]

        monkeypatch.setattr(compute_module, "run", run)
        monkeypatch.setattr(compute_module, "run_many", run_many)
        first, second = compute([bad.cells(2)[0], good.cells(2)[0]])
        assert first == Failed(bad.cells(2)[0].key, "bad cell", final=True)
        assert isinstance(second, Done)


class TestBatches:
    def cells(self) -> list[Cell]:
        staff = [subject(override(small(), {"teams.web.staffing.count": [count]})) for count in (1, 2, 3)]
        bots = [subject(override(small(), {"bots.helper.contains": share})) for share in ("10%", "20%")]
        return [cell for one in (*staff, *bots) for cell in one.cells(20)]

    def test_only_cells_that_share_draws_and_block_travel_together(self) -> None:
        found = batches(self.cells())
        assert sorted(map(len, found)) == [1, 1, 1, 1, 3, 3]
        assert all(len({(cell.subject.drawn, cell.first) for cell in batch}) == 1 for batch in found)

    def test_big_cells_travel_alone(self) -> None:
        assert {len(batch) for batch in batches(self.cells(), contacts=1)} == {1}


def test_fields_that_changed_are_named_with_both_values() -> None:
    old, new = (
        {"teams": {"a": {"count": 3, "new": None}}, "run": 1},
        {"teams": {"a": {"count": 4}, "b": {}}, "run": 1},
    )
    assert changed_fields(old, new) == ["teams.a.count: 3, now 4", "teams.b: absent, now {}"]


def test_scenarios_of_one_world_share_their_draws_unless_they_change_them() -> None:
    assert subject(override(small(), {"teams.web.staffing.count": [3]})).drawn == subject().drawn
    assert subject(override(small(), {"bots.helper.contains": "20%"})).drawn != subject().drawn
    assert simkpi.load(small().short) == small()
