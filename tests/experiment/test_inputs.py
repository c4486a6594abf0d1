"""The doubt about the inputs is told apart from that of the simulation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simkpi.errors import InputError
from simkpi.experiment.inputs import input_deviation, input_uncertainty, read_draws
from tests.experiment.small_world import small

VOLUME = "contacts.voice.volume.scale"


class TestInputDeviation:
    def test_recovers_the_spread_of_the_inputs_beside_that_of_worlds_and_chance(self) -> None:
        chance = np.random.Generator(np.random.PCG64(4))
        figures = 3 * chance.normal(size=(400, 1)) + 5 * chance.normal(size=(1, 30)) + 2 * chance.normal(size=(400, 30))
        assert input_deviation(figures) == pytest.approx(3, rel=0.08)

    def test_draws_that_differ_only_by_chance_have_none_to_speak_of(self) -> None:
        chance = np.random.Generator(np.random.PCG64(4))
        assert (input_deviation(chance.normal(size=(40, 30))) or 0.0) < 0.2

    def test_missing_figures_give_no_answer(self) -> None:
        assert input_deviation(np.array([[1.0, np.nan], [1.0, 2.0]])) is None
        assert input_deviation(np.ones((1, 9))) is None


class TestInputUncertainty:
    def test_uncertain_volume_widens_what_depends_on_it(self) -> None:
        draws = [{VOLUME: f"{percent}%"} for percent in (88, 94, 97, 100, 103, 106, 112)]
        table = input_uncertainty(small(), draws, kpis=("offered", "slot_occupancy", "aht"), replications=6)
        rows = {row["kpi"]: row for row in table.iter_rows(named=True)}
        offered = rows["offered"]
        assert offered["input_half_width"] > 5
        assert offered["half_width"] == pytest.approx(np.hypot(offered["simulation_half_width"], offered["input_half_width"]))
        assert offered["low"] == pytest.approx(offered["value"] - offered["half_width"])
        assert rows["offered"]["draws"] == 7

    def test_equal_draws_add_nothing(self) -> None:
        table = input_uncertainty(small(), [{VOLUME: "100%"}] * 5, kpis=("asa",), replications=3)
        assert table["input_half_width"].to_list() == [0.0]
        assert table["half_width"].to_list() == table["simulation_half_width"].to_list()

    def test_too_few_draws_are_refused(self) -> None:
        with pytest.raises(InputError, match="at least 5 draws"):
            input_uncertainty(small(), [{VOLUME: "100%"}])


class TestReadDraws:
    def test_a_table_of_fields(self, tmp_path: Path) -> None:
        (tmp_path / "draws.csv").write_text(f"{VOLUME}\n90%\n95%\n100%\n105%\n110%\n", encoding="utf-8")
        assert len(read_draws(small(), tmp_path / "draws.csv")) == 5

    def test_a_folder_of_scenarios_that_is_too_small(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="holds 0 draws"):
            read_draws(small(), tmp_path)
