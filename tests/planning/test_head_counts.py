from __future__ import annotations

import numpy as np
import pytest

from simkpi.errors import InputError
from simkpi.planning.head_counts import agent_hours, applied, cells_of, staffed
from simkpi.scenario.dump import to_yaml
from simkpi.scenario.files import load, loads, shipped
from tests.planning.planning_worlds import voice


@pytest.mark.parametrize("name", ["quickstart", "features/weekdays", "starters/week", "features/skills", "erlang_c"])
def test_cells_put_back_give_the_same_staff(name: str) -> None:
    scenario = load(shipped(name))
    cells, counts = cells_of(scenario)
    assert staffed(scenario, cells, counts).spec.teams == scenario.spec.teams
    assert applied(scenario, cells, counts).spec.teams == scenario.spec.teams


def test_a_changed_cell_changes_that_hour_only_and_survives_being_written() -> None:
    cells, counts = cells_of(voice())
    assert [(cell.team, cell.clock, cell.length) for cell in cells] == [("phone", "09:00", 3600.0), ("phone", "10:00", 3600.0)]
    changed = counts + np.array([2, 0])
    written = applied(voice(), cells, changed)
    assert written.spec.teams["phone"].staffing.count == ((5, 9),)
    assert loads(to_yaml(written.short)) == written == staffed(voice(), cells, changed)
    assert agent_hours(cells, changed) == 14


def test_a_finer_interval_repeats_the_counts() -> None:
    cells, counts = cells_of(voice(), 1800.0)
    assert counts.tolist() == [3, 3, 9, 9]
    assert staffed(voice(), cells, counts).spec.teams["phone"].staffing.count == ((3, 3, 9, 9),)


def test_an_hour_without_staff_in_which_contacts_come_is_a_cell_too() -> None:
    scenario = voice(
        teams={"phone": {"skills": ["voice"], "staffing": {"interval": "1h", "from": "08:00", "count": [0, 0, 9, 0]}}}
    )
    cells, counts = cells_of(scenario)
    assert [(cell.clock, int(count)) for cell, count in zip(cells, counts, strict=True)] == [("09:00", 0), ("10:00", 9)]


def test_an_interval_that_does_not_divide_the_day_is_refused() -> None:
    with pytest.raises(InputError, match="must be at least a minute and divide the day, got 7m"):
        cells_of(voice(), 420.0)
