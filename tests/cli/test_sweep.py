from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simkpi.experiment import executors
from simkpi.experiment.cells import Cell, Failed, Outcome
from simkpi.interactions.xlsx import read_xlsx
from tests.cli.running import fresh, simkpi
from tests.docs.pages import DOCS, follow
from tests.experiment.small_world import SHORT
from tests.experiment.sweeping import digests

VARY = (
    "--vary",
    "bots.helper.contains=20%,40%",
    "--vary",
    "teams.web.staffing.count=[1],[2]",
    "-n",
    "12",
    "--kpi",
    "service_level,asa",
)


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(json.dumps(SHORT), encoding="utf-8")
    return str(file)


@pytest.fixture
def swept(scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "sweep"
    assert simkpi(capsys, "sweep", scenario, *VARY, "--out", folder).code == 0
    return folder


class TestSweep:
    def test_a_line_per_scenario_files_and_the_next_step(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        done = simkpi(capsys, "sweep", scenario, *VARY, "--out", tmp_path / "sweep")
        assert done.code == 0
        assert done.out.startswith("Small shop: 4 scenarios, 12 replications of 1 day with the same customers, seed 11")
        lines = done.out.splitlines()
        assert lines[2].split()[:3] == ["Scenario", "bots.helper.contains", "teams.web.staffing.count"]
        assert [line.split()[:3] for line in lines[4:8]] == [
            ["1", "20%", "[1]"],
            ["2", "20%", "[2]"],
            ["3", "40%", "[1]"],
            ["4", "40%", "[2]"],
        ]
        assert "Holm" in done.out
        assert "8 cells computed, 0 found in the folder, 8 in all" in done.err
        names = {str(path.relative_to(tmp_path / "sweep")) for path in (tmp_path / "sweep").rglob("*") if path.is_file()}
        assert {"results.parquet", "results.csv", "results.xlsx", "manifest.json", "charts/service_level.svg"} <= names
        assert "next: simkpi verify-run" in done.err

    def test_the_same_command_again_computes_nothing(
        self, swept: Path, scenario: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = digests(swept)
        done = simkpi(capsys, "sweep", scenario, *VARY, "--out", swept)
        assert "0 cells computed, 8 found in the folder, 8 in all" in done.err
        assert digests(swept) == before

    def test_explain_says_why_and_runs_nothing(self, swept: Path, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "sweep", scenario, *VARY, "--seed", "12", "--out", swept, "--explain")
        assert done.out.splitlines()[0] == (
            "1: bots.helper.contains=20%, teams.web.staffing.count=[1]: 0 kept, 2 to compute (seed: 11, now 12)"
        )
        assert json.loads((swept / "manifest.json").read_text())["plan"]["seed"] == 11

    def test_csv_and_json_hold_everything(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        rows = list(csv.DictReader(io.StringIO(simkpi(capsys, "sweep", scenario, *VARY, "--format", "csv").out)))
        assert len(rows) == 8
        assert rows[-1]["bots.helper.contains"] == "40%"
        stated = json.loads(simkpi(capsys, "sweep", scenario, *VARY, "--format", "json").out)
        assert (len(stated["kpis"]), len(stated["cells"])) == (8, 8)

    def test_the_manifest_holds_the_command_but_nothing_of_this_machine(self, swept: Path, tmp_path: Path) -> None:
        text = (swept / "manifest.json").read_text(encoding="utf-8")
        assert json.loads(text)["plan"]["command"].startswith(
            "simkpi sweep small.yaml --vary bots.helper.contains=20%,40% --vary"
        )
        assert str(tmp_path) not in text
        assert f'"{os.uname().nodename}"' not in text

    def test_every_result_file_says_where_it_comes_from(self, swept: Path) -> None:
        import polars as pl

        about = pl.read_parquet_metadata(swept / "results.parquet")
        assert (about["scenario"], about["seed"], about["replications"]) == ("Small shop", "11", "12")
        assert about["plan"] in (swept / "charts" / "asa.svg").read_text(encoding="utf-8")
        assert about["plan"] in read_xlsx(swept / "results.xlsx", sheet="about")["value"].to_list()

    def test_a_latin_hypercube_and_a_table_of_variants(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        one = ("-n", "1", "--kpi", "offered", "--format", "csv", "-q")
        out = simkpi(capsys, "sweep", scenario, "--design", "lhs:3", "--vary", "teams.phone.count=3:9:1", *one).out
        assert len(out.splitlines()) == 4
        (tmp_path / "variants.csv").write_text("teams.phone.count,bots.helper.contains\n3,20%\n4,\n")
        rows = list(
            csv.DictReader(io.StringIO(simkpi(capsys, "sweep", scenario, "--design", tmp_path / "variants.csv", *one).out))
        )
        assert [(row["teams.phone.count"], row["bots.helper.contains"]) for row in rows] == [("3", "20%"), ("4", "")]

    def test_in_french(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        out = simkpi(capsys, "sweep", scenario, *VARY, "--lang", "fr").out
        assert "4 scénarios, 12 réplications de 1 jour avec les mêmes clients" in out


class TestMistakes:
    @pytest.mark.parametrize(
        ("given", "code", "said"),
        [
            ((), 2, "nothing to vary"),
            (("--vary", "teams.phone.count"), 2, "must be PATH=VALUES"),
            (("--vary", "a=1", "--vary", "a=2"), 2, "a is given twice"),
            (("--vary", "teams.phone.cuont=3,4"), 3, "did you mean 'count'"),
            (("--vary", "teams.phone.count=ten"), 3, "got 'ten'"),
            (("--vary", "teams.phone.count=1:1000000000:1"), 3, "makes 1,000,000,000 scenarios"),
            (("--vary", "teams.phone.count=3", "--kpi", "servce_level"), 2, "did you mean 'service_level'"),
            (("--vary", "teams.phone.count=3", "--by", "chanel"), 2, "did you mean 'channel'"),
            (("--vary", "teams.phone.count=3", "--engine", "referense"), 2, "did you mean 'reference'"),
            (("--vary", "teams.phone.count=3", "--shard", "3/2", "--out", "x"), 2, "must be i/n"),
            (("--vary", "teams.phone.count=3", "--explain"), 2, "say which with --out"),
        ],
    )
    def test_are_found_before_anything_runs(
        self, given: tuple[str, ...], code: int, said: str, scenario: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        done = simkpi(capsys, "sweep", scenario, *given)
        assert (done.code, said in done.err) == (code, True), done.err

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
    def test_a_read_only_folder_is_refused_at_once(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "fixed").mkdir(mode=0o500)
        done = simkpi(capsys, "sweep", scenario, *VARY, "--out", tmp_path / "fixed")
        assert (done.code, "can not write there" in done.err) == (3, True)

    def test_a_folder_below_a_file_is_refused_at_once(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "sweep", scenario, *VARY, "--out", f"{scenario}/sweep")
        assert (done.code, "can not write there" in done.err) == (3, True)

    def test_a_full_disk_is_told_and_the_next_run_goes_on(self, scenario: str, tmp_path: Path) -> None:
        folder = tmp_path / "sweep"
        limit = (
            "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
            " resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000));"
            " from simkpi.cli.main import main; import sys; main(sys.argv[1:])"
        )
        pytest.importorskip("resource")
        arguments = ["sweep", scenario, *VARY, "--out", str(folder), "--jobs", "1"]
        done = subprocess.run([sys.executable, "-c", limit, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 3
        assert "cells.sqlite" in done.stderr
        assert "what is finished is kept" in done.stderr
        again = fresh(*arguments)
        assert again.returncode == 0
        assert "8 in all" in again.stderr

    def test_failed_cells_are_named_and_leave_with_5(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = executors.compute

        def failing(batch: tuple[Cell, ...], engine: str) -> list[Outcome]:
            found = real(batch, engine)
            return [
                Failed(one.key, "no such law", final=True) if cell.first else one for cell, one in zip(batch, found, strict=True)
            ]

        import simkpi.experiment.sweep_run as module

        monkeypatch.setattr(module, "bursts", lambda batches, **given: executors.bursts(batches, **given, work=failing))
        done = simkpi(capsys, "sweep", scenario, *VARY, "--out", tmp_path / "sweep")
        assert done.code == 5
        assert "failed: scenario 1 (bots.helper.contains=20%, teams.web.staffing.count=[1]): no such law" in done.err
        assert "4 of 8 cells failed" in done.err


def begin(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "simkpi.cli.main", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for_cells(folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until the store is there and something is computed."""
    import sqlite3

    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            with sqlite3.connect(f"file:{folder / 'cells.sqlite'}?mode=ro", uri=True) as db:
                if db.execute("SELECT count(*) FROM cells").fetchone()[0] >= 2:
                    return
        except sqlite3.Error:
            pass
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
class TestInterrupts:
    MANY = ("--vary", "teams.phone.count=3:8:1", "--vary", "contacts.voice.volume.scale=90%:110%:1%", "-n", "20", "--kpi", "asa")

    def test_once_finishes_what_runs_and_says_how_to_go_on(self, scenario: str, tmp_path: Path) -> None:
        folder = tmp_path / "sweep"
        process = begin("sweep", scenario, *self.MANY, "--out", str(folder), "--jobs", "1")
        wait_for_cells(folder, process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "finishing the cells that run" in said
        assert "are kept in" in said
        assert "run the same command again to go on" in said
        assert "Traceback" not in said

    @pytest.mark.slow
    def test_twice_ends_at_once_and_keeps_what_was_finished(self, scenario: str, tmp_path: Path) -> None:
        folder = tmp_path / "sweep"
        process = begin("sweep", scenario, *self.MANY, "--out", str(folder), "--jobs", "2")
        wait_for_cells(folder, process)
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert process.returncode == 130
        assert "Traceback" not in said
        again = fresh("sweep", scenario, *self.MANY, "--out", str(folder), "--explain")
        assert ": 1 kept, 1 to compute" in again.stdout or ": 2 kept, 0 to compute" in again.stdout


class TestParts:
    def test_merged_parts_give_the_bytes_of_the_whole(
        self, swept: Path, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        parts = [tmp_path / f"part{number}" for number in (1, 2, 3)]
        for number, part in enumerate(parts, start=1):
            done = simkpi(capsys, "sweep", scenario, *VARY, "--out", part, "--shard", f"{number}/3")
            assert (done.code, "simkpi merge" in done.err) == (0, True)
        done = simkpi(capsys, "merge", *parts[:2], "--out", tmp_path / "merged")
        assert done.code == 5
        assert "of 8 cells are there" in done.err
        assert simkpi(capsys, "merge", *parts, "--out", tmp_path / "merged").code == 0
        assert digests(tmp_path / "merged") == digests(swept)
        charts = [(folder / "charts" / "asa.svg").read_bytes() for folder in (swept, tmp_path / "merged")]
        assert charts[0] == charts[1]

    def test_parts_of_another_sweep_and_folders_without_one_are_refused_all_at_once(
        self, swept: Path, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        simkpi(capsys, "sweep", scenario, *VARY, "--seed", "5", "--out", tmp_path / "other")
        done = simkpi(capsys, "merge", swept, tmp_path / "other", tmp_path / "none", "--out", tmp_path / "merged")
        assert done.code == 3
        assert "other: is part of another sweep than" in done.err
        assert "none: holds no cells.sqlite" in done.err


class TestVerify:
    def test_a_sound_folder(self, swept: Path, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "verify-run", swept)
        assert done.code == 0
        assert "8 cells: ok" in done.out
        assert "results.csv made again from the cells: ok" in done.out

    def test_a_changed_file_a_missing_file_and_a_damaged_cell(self, swept: Path, capsys: pytest.CaptureFixture[str]) -> None:
        from simkpi.experiment.store import Store

        (swept / "results.csv").write_text("cooked")
        (swept / "results.xlsx").unlink()
        store = Store(swept / "cells.sqlite")
        store._db.execute("UPDATE cells SET payload = x'00' WHERE key = (SELECT min(key) FROM cells)")
        store.close()
        done = simkpi(capsys, "verify-run", swept, "-q")
        assert done.code == 3
        assert "results.csv: has changed since it was written" in done.out
        assert "results.xlsx: is missing" in done.out
        assert "8 cells: 1 of them are wrong" in done.out

    def test_the_folder_of_a_run(self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        simkpi(capsys, "run", scenario, "-n", "2", "--out", tmp_path / "run")
        assert simkpi(capsys, "verify-run", tmp_path / "run").code == 0
        (tmp_path / "run" / "kpis.csv").write_text("cooked")
        assert simkpi(capsys, "verify-run", tmp_path / "run").code == 3

    def test_a_folder_without_manifest(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "verify-run", tmp_path)
        assert (done.code, "manifest.json: can not be read" in done.err) == (3, True)


class TestReplay:
    def test_every_cell_comes_out_the_same_from_the_manifest_alone(
        self, swept: Path, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Path(scenario).unlink()
        copy = tmp_path / "elsewhere.json"
        copy.write_bytes((swept / "manifest.json").read_bytes())
        done = simkpi(capsys, "replay", copy)
        assert (done.code, done.out) == (0, "all 8 cells came out the same\n")

    def test_a_cell_that_comes_out_different_is_named(self, swept: Path, capsys: pytest.CaptureFixture[str]) -> None:
        stated = json.loads((swept / "manifest.json").read_text())
        key = next(iter(stated["cells"]))
        stated["cells"][key] = "0" * 64
        (swept / "manifest.json").write_text(json.dumps(stated))
        done = simkpi(capsys, "replay", swept)
        assert done.code == 3
        assert f"cell {key[:12]}: came out different" in done.out
        assert "1 of 8 cells differ" in done.out

    @pytest.mark.parametrize(
        "text", ["{}", "no json", '{"files": {}, "simkpi": "0.1.0"}', '{"files": {}, "kind": "sweep", "plan": {"simkpi": 1}}']
    )
    def test_something_else_is_refused(self, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "manifest.json").write_text(text)
        done = simkpi(capsys, "replay", tmp_path / "manifest.json")
        assert done.code == 3
        assert "manifest.json: " in done.err


@pytest.mark.slow
def test_the_page_about_sweeps_does_what_it_says(tmp_path: Path) -> None:
    follow(DOCS / "sweeps.md", tmp_path)


def test_the_shipped_design_fits_the_quickstart(capsys: pytest.CaptureFixture[str]) -> None:
    design = DOCS.parent / "scenarios" / "sweeps" / "quickstart_plans.csv"
    done = simkpi(capsys, "sweep", "quickstart", "--design", design, "-n", "1", "--kpi", "offered", "--format", "csv", "-q")
    assert done.code == 0
    assert len(done.out.splitlines()) == 6
