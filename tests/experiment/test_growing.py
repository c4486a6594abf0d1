"""Figures that grow: the same at every stage whoever asked before, equal to a run of as many replications, sure in the end."""

from __future__ import annotations

import pytest
from polars.testing import assert_frame_equal

from simkpi.experiment.compare import compare
from simkpi.experiment.growing import STAGES, Growing, comparison_at, grow, stages_within
from simkpi.experiment.replicate import simulate
from simkpi.experiment.verdicts import verdicts
from simkpi.scenario.files import override
from tests.experiment.small_world import small


def test_after_a_stage_the_targets_are_judged_as_a_run_of_as_many_replications_judges_them() -> None:
    growing = Growing(small())
    grow([growing], 3)
    run = verdicts(simulate(small(), replications=STAGES[2]))
    found = growing.verdicts(3)
    assert [(one.contact, one.kpi, one.verdict) for one in found] == [(one.contact, one.kpi, one.verdict) for one in run]
    for ours, theirs in zip(found, run, strict=True):
        assert (ours.value, ours.low, ours.high) == pytest.approx((theirs.value, theirs.low, theirs.high))
        assert ours.replications_met == theirs.replications_met


def test_a_figure_does_not_depend_on_the_stages_before_or_on_company() -> None:
    alone, together, other = Growing(small()), Growing(small()), Growing(override(small(), {"teams.phone.staffing.count": [9]}))
    grow([alone], 4)
    grow([together, other], 2)
    grow([other, together], 4)
    assert alone.scores(3).pooled().equals(together.scores(3).pooled())
    assert alone.scores(4).pooled().equals(together.scores(4).pooled())
    assert alone.replications() == STAGES[3]


def test_two_scenarios_compare_as_the_command_compares_them() -> None:
    more = override(small(), {"teams.web.staffing.count": [4]})
    baseline, other = Growing(small()), Growing(more)
    grow([baseline, other], 3)
    shown = comparison_at(baseline, other, 3, names=("before", "after")).table
    wanted = compare(small(), more, names=("before", "after"), replications=STAGES[2]).table
    columns = ["scenario", "kpi", "value", "difference", "difference_half_width", "verdict"]
    assert shown.select(columns).equals(wanted.select(columns))


def test_it_is_narrow_only_after_a_minimum_and_a_look_ahead() -> None:
    growing = Growing(small())
    grow([growing], 6)
    assert growing.replications(4) == 10
    assert not growing.is_narrow(4, 1.0)  # 10 replications are the minimum; five more have to agree
    assert growing.is_narrow(5, 1.0)
    assert not growing.is_narrow(6, 1e-6)


def test_a_budget_of_contacts_never_stops_before_the_first_interval() -> None:
    assert stages_within(1e9, 1.0) == 1
    assert STAGES[stages_within(100.0, 1000.0) - 1] == 10


def test_without_targets_the_service_level_decides() -> None:
    growing = Growing(small(targets={}))
    grow([growing], 5)
    assert growing.is_narrow(5, 1.0)
    assert growing.verdicts(5) == ()


def test_figures_are_the_same_whether_scored_from_the_log_or_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    logged, added = Growing(small()), Growing(small())
    monkeypatch.setattr("simkpi.experiment.growing.is_loaded", lambda: False)
    grow([logged], 3, "reference")
    monkeypatch.setattr("simkpi.experiment.growing.is_loaded", lambda: True)
    grow([added], 3, "reference")
    assert logged.verdicts(3) == added.verdicts(3)
    assert_frame_equal(logged.scores(3).pooled(), added.scores(3).pooled())
