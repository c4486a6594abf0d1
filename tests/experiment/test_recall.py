from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import simkpi.experiment.plan as plan_module
import simkpi.experiment.recall as recall_module
from simkpi.experiment.overrides import Changes
from simkpi.experiment.plan import Plan, make_plan
from simkpi.experiment.recall import from_folder
from simkpi.experiment.store import Store
from simkpi.experiment.sweep import sweep
from simkpi.experiment.sweep_run import SweepFolder, run_plan
from simkpi.scenario.files import load, override
from tests.experiment.sweeping import plan, run

TINY = """
simkpi: 1
contacts:
  voice: {volume: {file: volume.csv, column: volume}, handle: 5m}
calendar: {open: "09:00-10:00"}
teams:
  phone: {skills: [voice], count: 2}
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    run(folder)
    return folder


def again(folder: Path, **given: Any) -> Plan:
    return plan(recall=from_folder(folder), **given)


def no_resolving(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("resolved")

    monkeypatch.setattr(plan_module, "override", refused)
    monkeypatch.setattr(recall_module, "override", refused)


class TestRecall:
    def test_a_finished_sweep_is_not_resolved_again(self, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        expected = plan()
        digest, keys = expected.digest, list(expected.cells_by_key)
        no_resolving(monkeypatch)
        found = again(whole)
        assert found.known is not None
        assert (found.digest, list(found.cells_by_key)) == (digest, keys)
        with SweepFolder(whole) as folder:
            result = run_plan(found, folder.store)
        assert (result.computed, result.reused) == (0, 12)

    def test_what_is_recalled_resolves_to_the_same_scenarios(self, whole: Path) -> None:
        assert [one.scenario for one in again(whole).subjects] == [one.scenario for one in plan().subjects]

    def test_another_seed_or_scoring_of_the_same_variants_is_recalled_too(self, whole: Path) -> None:
        assert list(again(whole, seed=12).cells_by_key) == list(plan(seed=12).cells_by_key)

    def test_other_variants_and_another_base_are_not(self, whole: Path) -> None:
        recall = from_folder(whole)
        base = plan().base
        assert make_plan(base, {"teams.phone.count": "9,10"}, recall=recall).known is None
        changed = override(base, {"definitions.threshold": "30s"})
        assert make_plan(changed, {}, design=plan().changes, recall=recall).known is None

    def test_if_a_cell_lacks_all_is_resolved_anew(self, whole: Path, tmp_path: Path) -> None:
        wrong = plan_module.Known(("0" * 64,) * 6, again(whole).known.watched)
        given = plan(recall=lambda _: wrong)
        assert given.known == wrong
        result = run_plan(given, Store(None))
        assert set(result.checksums) == set(plan().cells_by_key)

    @pytest.mark.parametrize(
        "damage", ["UPDATE resolved SET content = x'00'", "UPDATE resolved SET checksum = ''", "DROP TABLE resolved"]
    )
    def test_damage_costs_time_only(self, damage: str, whole: Path, tmp_path: Path) -> None:
        with SweepFolder(tmp_path) as folder:
            folder.store.remember(plan().request, plan().found_out().text())
            assert again(tmp_path).known is not None
            folder.store._db.execute(damage)
            assert again(tmp_path).known is None

    def test_a_changed_file_of_the_scenario_or_of_a_variant_is_seen(self, tmp_path: Path) -> None:
        (tmp_path / "tiny.yaml").write_text(TINY)
        for name in ("volume.csv", "other.csv"):
            (tmp_path / name).write_text("time,volume\n09:00,10\n")
        variants: list[Changes] = [{}, {"contacts.voice.volume.file": "other.csv"}]

        def swept() -> tuple[int, int]:
            result = sweep(tmp_path / "tiny.yaml", design=variants, replications=2, kpis="offered", out=tmp_path / "out")
            return result.computed, result.reused

        def known() -> bool:
            base = load(tmp_path / "tiny.yaml")
            return make_plan(base, {}, design=variants, recall=from_folder(tmp_path / "out")).known is not None

        assert swept() == (1, 0)  # equal so far
        assert known()
        assert swept() == (0, 1)
        (tmp_path / "other.csv").write_text("time,volume\n09:00,30\n")
        assert not known()
        assert swept() == (1, 1)
        (tmp_path / "volume.csv").write_text("time,volume\n09:00,20\n")
        assert not known()
        assert swept() == (1, 1)
