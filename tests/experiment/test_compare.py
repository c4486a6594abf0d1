from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest

import simkpi
from simkpi.errors import InputError, SimkpiError, UnknownName
from simkpi.experiment.compare import Comparison, compare
from simkpi.scenario.files import override
from tests.experiment.small_world import SHORT, simulated, small

MORE = override(small(), {"teams.phone.staffing.count": [4, 5, 4, 3]})
BOT = override(small(), {"bots.helper.contains": "45%"})
KPI = ("service_level", "asa", "offered", "wait_p90")


@pytest.fixture(scope="module")
def three() -> Comparison:
    return compare(small(), MORE, BOT, names=("base", "more", "bot"), kpis=KPI)


class TestCompare:
    def test_seed_and_replications_are_the_baselines(self, three: Comparison) -> None:
        assert (three.seed, three.replications, three.engine) == (11, 6, "reference")

    def test_figures_are_those_of_a_run(self, three: Comparison) -> None:
        base = three.table.filter(pl.col("scenario") == "base")
        expected = simulated().kpis(KPI)
        assert base["value"].to_list() == pytest.approx(expected["value"].to_list(), rel=2e-3)
        assert base["difference"].null_count() == len(base) == 4

    def test_differences_are_those_of_the_replications(self, three: Comparison) -> None:
        offered = [simkpi.simulate(one).kpis(["offered"], by="replication")["value"].to_numpy() for one in (small(), BOT)]
        row = three.table.row(by_predicate=(pl.col("scenario") == "bot") & (pl.col("kpi") == "offered"), named=True)
        assert row["difference"] == pytest.approx(float(np.mean(offered[1] - offered[0])))
        assert row["correlation"] == pytest.approx(np.corrcoef(*offered)[0, 1])

    def test_staff_changes_nothing_about_who_comes(self, three: Comparison) -> None:
        row = three.table.row(by_predicate=(pl.col("scenario") == "more") & (pl.col("kpi") == "offered"), named=True)
        assert (row["difference"], row["difference_half_width"], row["verdict"]) == (0.0, 0.0, "the same")

    def test_more_staff_is_found_to_be_better_with_few_replications(self, three: Comparison) -> None:
        rows = three.table.filter((pl.col("scenario") == "more") & (pl.col("kpi") == "service_level"))
        assert rows["verdict"].to_list() == ["better"]
        assert rows["gain"].item() > 3

    def test_any_baseline_can_be_chosen_and_turns_the_sign(self, three: Comparison) -> None:
        turned = compare(small(), MORE, BOT, names=("base", "more", "bot"), baseline="more", kpis=KPI)
        there = three.table.filter((pl.col("scenario") == "more") & (pl.col("kpi") == "asa"))["difference"].item()
        back = turned.table.filter((pl.col("scenario") == "base") & (pl.col("kpi") == "asa"))["difference"].item()
        assert back == pytest.approx(-there)

    def test_any_number_of_workers_gives_the_same_table(self, three: Comparison) -> None:
        with ThreadPoolExecutor(3) as executor:
            other = compare(small(), MORE, BOT, names=("base", "more", "bot"), kpis=KPI, executor=executor)
        assert other.table.equals(three.table)

    def test_groups_are_compared_one_by_one(self) -> None:
        table = compare(small(), MORE, kpis=["service_level"], by="channel", names="ab").table
        found = {(row["scenario"], row["channel"]): row["verdict"] for row in table.iter_rows(named=True)}
        assert found == {("a", "chat"): None, ("a", "voice"): None, ("b", "chat"): "the same", ("b", "voice"): "better"}

    def test_a_kpi_that_only_one_scenario_has_is_no_error(self) -> None:
        without = {key: item for key, item in SHORT.items() if key != "bots"}
        table = compare(SHORT, without, names="ab", kpis=["containment_rate"], replications=2).table
        assert table.filter(pl.col("scenario") == "b")["difference"].to_list() == [None]

    def test_provenance_names_every_scenario(self, three: Comparison) -> None:
        stated = three.provenance
        assert [one["name"] for one in stated["scenarios"]] == ["base", "more", "bot"]
        assert len({one["digest"] for one in stated["scenarios"]}) == 3
        assert (stated["seed"], stated["baseline"]) == (11, "base")


class TestMistakes:
    def test_too_few_scenarios_or_replications(self) -> None:
        with pytest.raises(InputError, match="at least two scenarios to compare, got 1"):
            compare(small())
        with pytest.raises(InputError, match="at least 2 replications"):
            compare(small(), MORE, replications=1)

    def test_names_and_baseline_are_checked(self) -> None:
        with pytest.raises(InputError, match="one name for each"):
            compare(small(), MORE, names=("a", "a"))
        with pytest.raises(InputError, match="must be one of a, b; got 'c'"):
            compare(small(), MORE, names=("a", "b"), baseline="c")
        with pytest.raises(InputError, match="from 0 to 1, got 2"):
            compare(small(), MORE, baseline=2)

    def test_unknown_names_are_found_before_any_work(self) -> None:
        with pytest.raises(UnknownName, match="did you mean 'channel'"):
            compare(small(), MORE, by="chanel")
        with pytest.raises(UnknownName, match="did you mean 'service_level'"):
            compare(small(), MORE, kpis=["servce_level"])

    def test_a_run_that_fails_is_reported(self) -> None:
        with pytest.raises(SimkpiError, match="unknown engine 'referense'"):
            compare(small(), MORE, engine="referense")


def test_scenarios_without_files_are_called_by_title_or_number() -> None:
    assert compare(small(), small(name="Other"), replications=2, kpis=["asa"]).names == ("Small shop", "Other")
    assert compare(small(), small(), replications=2, kpis=["asa"]).names == ("Small shop (1)", "Small shop (2)")
