"""What drives a figure is found: the strongest first, effects that add up, interactions where there are some."""

from __future__ import annotations

import pytest

from simkpi.errors import InputError, ScenarioError
from simkpi.experiment.overrides import point_of
from simkpi.experiment.sensitivity import sensitivity
from tests.experiment.small_world import small

SPANS = {"contacts.voice.volume.scale": "80%:120%", "contacts.chat.handle.wrap": "20s:25s"}


class TestTornado:
    def test_the_strong_field_comes_first_with_both_changes_against_the_scenario_as_it_is(self) -> None:
        table = sensitivity(small(), SPANS, kpis=("service_level", "asa"), replications=4).table
        assert table["path"].to_list()[0] == "contacts.voice.volume.scale"
        row = table.row(0, named=True)
        assert row["low_difference"] > 0 > row["high_difference"]
        assert row["low"] - row["base"] == pytest.approx(row["low_difference"])
        assert (row["low_at"], row["high_at"]) == ("80%", "120%")
        assert row["low_half_width"] > 0

    def test_a_field_that_does_nothing_has_no_swing(self) -> None:
        table = sensitivity(small(), {"costs.agent_hour": "20:30"}, kpis=("asa",), replications=3).table
        assert table["swing"].to_list() == [0.0]


class TestGrid:
    def test_shares_of_main_effects_and_interactions_add_up_to_one(self) -> None:
        spans = {"contacts.voice.volume.scale": "80%:120%:20%", "teams.phone.staffing.interval": "1h,2h"}
        spans = {"contacts.voice.volume.scale": "80%:120%:20%", "contacts.voice.handle.talk": "3m:5m"}
        table = sensitivity(small(), spans, method="grid", kpis=("asa",), replications=3).table
        assert len(table) == 3
        assert sum(table["share"]) == pytest.approx(1.0)
        effects = dict(zip(table["path"], table["effect"], strict=True))
        assert (
            effects["contacts.voice.volume.scale x contacts.voice.handle.talk"] > 0
        )  # busier and longer together is worse than both


@pytest.mark.parametrize(("method", "column"), [("morris", "mu_star"), ("sobol", "total")])
def test_the_whole_space_names_the_same_driver(method: str, column: str) -> None:
    pytest.importorskip("SALib")
    table = sensitivity(small(), SPANS, method=method, points=4, kpis=("asa",), replications=2).table
    assert table["path"].to_list()[0] == "contacts.voice.volume.scale"
    assert table[column][0] > table[column][1]


class TestMistakes:
    def test_an_unknown_method_and_no_field_are_named(self) -> None:
        with pytest.raises(InputError, match="method must be one of tornado"):
            sensitivity(small(), SPANS, method="sobbol")
        with pytest.raises(InputError, match="names no field"):
            sensitivity(small(), {})

    def test_a_path_that_names_nothing_is_found_before_anything_runs(self) -> None:
        with pytest.raises(ScenarioError, match="teams"):
            sensitivity(small(), {"teams.fone.count": "1:2"})

    def test_sobol_wants_a_power_of_two(self) -> None:
        pytest.importorskip("SALib")
        with pytest.raises(InputError, match="power of two"):
            sensitivity(small(), SPANS, method="sobol", points=10)


def test_points_of_a_span() -> None:
    assert [point_of("10:20:5", share) for share in (0.0, 0.3, 1.0)] == [10, 15, 20]
    assert point_of("10%:20%", 0.25) == "12.5%"
