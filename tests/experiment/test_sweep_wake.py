from __future__ import annotations

from dataclasses import replace

import pytest

from simkpi.experiment import sweep_wake
from simkpi.experiment.cells import Done
from simkpi.experiment.compute import batches, compute, variant_by_variant
from simkpi.experiment.executors import done_only
from simkpi.experiment.plan import make_plan
from simkpi.experiment.store import Store
from simkpi.experiment.sweep_run import gather, run_plan
from simkpi.experiment.sweep_wake import Wake
from tests.experiment.small_world import small

PLAN = make_plan(small(), {"bots.helper.contains": "20%,30%,20%"}, replications=4, block=2)
DONE = done_only(compute(list(PLAN.cells_by_key.values())))


def tables_of(worked: bool) -> tuple[object, ...]:
    """Tables of the plan, from what was worked out on the way or from the store alone."""
    store = Store(None)
    result = run_plan(PLAN, store, engine="compiled")
    assert len(result.worked) == 3
    again = result if worked else gather(PLAN, store)
    return again.table.to_dicts(), again.targets.to_dicts() if again.targets is not None else None


class TestWake:
    def test_tables_are_those_from_the_store(self) -> None:
        assert tables_of(worked=True) == tables_of(worked=False)

    def test_variants_wait_for_the_first_one_and_equal_ones_share_their_cells(self) -> None:
        store, wake = Store(None), Wake(PLAN)
        own = {place: [done for done in DONE if done.key in {cell.key for cell in PLAN.cells[place]}] for place in (0, 1)}
        there = {}
        for done in own[1] + own[0]:
            there |= {kept.key: kept for kept in store.add([(PLAN.cells_by_key[done.key], done)])}
            wake.take([done], there)
            assert sorted(wake.found) == ([0, 1, 2] if len(there) == 4 else [])

    @pytest.mark.parametrize("most", [0, 1])
    def test_tables_that_are_no_longer_kept_are_read_from_their_bytes(self, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
        kept = tables_of(worked=True)
        monkeypatch.setattr(sweep_wake, "MOST_TABLES", most)
        assert tables_of(worked=True) == kept

    def test_tables_do_not_travel_with_what_is_done(self) -> None:
        rebuilt, given = DONE[0].__reduce__()
        assert DONE[0].tables is not None
        assert rebuilt(*given).tables is None
        assert rebuilt(*given) == replace(DONE[0], tables=None) == Done(DONE[0].key, DONE[0].payload, DONE[0].engine)


class TestOrder:
    def test_blocks_of_the_same_variants_follow_one_another(self) -> None:
        cut = batches(PLAN.cells_by_key.values(), contacts=0)
        assert [(cell.first, cell.subject.digest) for (cell,) in variant_by_variant(cut)] == [
            (first, PLAN.cells[place][0].subject.digest) for place in (0, 1) for first in (0, 2)
        ]

    def test_blocks_follow_one_another_where_their_draws_can_not_be_kept(self) -> None:
        cut = batches(PLAN.cells_by_key.values(), contacts=0)
        assert variant_by_variant(cut, most=0) == cut
