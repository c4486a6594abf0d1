from __future__ import annotations

import numpy as np
import pytest

from simkpi.experiment.many import deviations, mean_intervals, picked, totals


def one_after_the_other(row: list[float]) -> float:
    total = row[0]
    for figure in row[1:]:
        total += figure
    return total


class TestTotals:
    @pytest.mark.parametrize("n_rows", [1, 2, 3, 8, 50, 1152])
    @pytest.mark.parametrize("replications", [1, 2, 7, 8, 9, 30, 200])
    def test_figures_are_added_one_after_the_other_however_they_lie_in_memory(self, n_rows: int, replications: int) -> None:
        rows = np.random.default_rng(5).lognormal(0, 5, (n_rows, replications))
        right = [one_after_the_other(row) for row in rows.tolist()]
        for given in (rows, np.asfortranarray(rows), rows[::-1, ::-1][::-1, ::-1], np.repeat(rows, 2, axis=0)[::2]):
            assert totals(given).tolist() == right

    def test_nothing_adds_up_to_nought(self) -> None:
        assert totals(np.empty((2, 0))).tolist() == [0, 0]
        assert totals(np.empty((0, 2))).tolist() == []


class TestRows:
    def test_picked_rows_keep_the_figures_of_a_replication_side_by_side(self) -> None:
        rows = np.asfortranarray(np.arange(12.0).reshape(4, 3))
        found = picked(rows, np.array([True, False, True, False]))
        assert found.tolist() == rows[[0, 2]].tolist()
        assert found.T.flags.c_contiguous

    def test_rows_without_gaps_have_the_figures_of_rows_beside_a_gap(self) -> None:
        rows = np.random.default_rng(6).normal(5, 2, (40, 12))
        beside = np.vstack([rows, np.where(np.arange(12) == 3, np.nan, rows[0])])
        given = ~np.isnan(beside)
        assert deviations(beside, given.sum(axis=1), given)[:-1].tolist() == deviations(rows).tolist()
        alone, together = (mean_intervals(each, confidence=0.95) for each in (rows, beside))
        assert [part.tolist() for part in alone] == [part[:-1].tolist() for part in together]
