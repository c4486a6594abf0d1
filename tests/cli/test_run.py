from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from simkpi.experiment import replicate
from tests.cli.running import fresh, simkpi
from tests.experiment.small_world import SHORT, simulated


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(json.dumps(SHORT), encoding="utf-8")
    return str(file)


def with_changes(tmp_path: Path, **changes: object) -> str:
    file = tmp_path / "changed.yaml"
    file.write_text(json.dumps({**SHORT, **changes}), encoding="utf-8")
    return str(file)


class TestWhatIsMissing:
    def test_a_kpi_without_its_columns_is_named_beside_the_others(
        self, scenario: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        done = simkpi(capsys, "run", scenario, "--kpi", "csat,asa")
        assert done.code == 0
        assert "Average speed of answer" in done.out
        assert "Customer satisfaction: needs table surveys or column csat" in done.out

    def test_customers_who_do_not_wait_at_all_have_no_formula_but_a_result(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        contacts = {name: {**block, "patience": "0s"} for name, block in SHORT["contacts"].items()}
        done = simkpi(capsys, "run", with_changes(tmp_path, contacts=contacts))
        assert done.code == 0
        assert "no formula describes it (customers do not wait at all)" in done.out

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="the full device exists on Linux only")
    def test_a_full_disk_behind_stdout_is_not_our_bug(self, scenario: str) -> None:
        with Path("/dev/full").open("w") as full:
            command = [sys.executable, "-m", "simkpi", "run", scenario, "--format", "csv", "--quiet"]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 3
        assert done.stderr == "standard output: no space left on device; what was asked for is not complete\n"


class TestTable:
    def test_kpis_targets_formula_and_the_next_step(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "run", scenario)
        assert done.code == 0
        assert done.out.startswith(f"Small shop: 6 replications of 1 day, seed 11, engine {simulated().engine}")
        assert "Service level" in done.out
        assert "±" in done.out
        assert "voice: Erlang A, interval by interval: Service level" in done.out
        assert "met" in done.out.split("Targets")[1]
        assert f"next: simkpi run {scenario}" in done.err
        assert "6 replications are rough" in done.err

    def test_figures_are_those_of_the_result(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "run", scenario, "--kpi", "service_level", "--format", "csv")
        (row,) = csv.DictReader(io.StringIO(done.out))
        assert float(row["value"]) == simulated().kpis(["service_level"])["value"].item()

    def test_breakdowns_have_one_row_or_column_a_group(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        by_channel = simkpi(capsys, "run", scenario, "--by", "channel", "-q").out.splitlines()[2]
        assert by_channel.split() == ["KPI", "chat", "voice"]
        by_interval = simkpi(capsys, "run", scenario, "--by", "interval", "--kpi", "offered,asa", "-q").out.splitlines()
        assert [line.split()[0] for line in by_interval[4:12]] == [f"{8 + i // 2:02d}:{i % 2 * 30:02d}" for i in range(8)]

    def test_quiet_says_nothing_beside_the_result(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert simkpi(capsys, "run", scenario, "-q").err == ""

    def test_one_replication_has_no_interval_and_says_so(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "run", scenario, "-n", "1", "--kpi", "asa")
        assert "n/a" in done.out
        assert "±" not in done.out
        assert "one replication gives no interval" in done.err

    def test_a_scenario_is_read_from_stdin(self, scenario: str) -> None:
        done = fresh("run", "-", "-n", "2", "--kpi", "asa", "-q", input=Path(scenario).read_text(encoding="utf-8"))
        assert (done.returncode, done.stderr) == (0, "")
        assert "Small shop: 2 replications" in done.stdout


class TestJson:
    def test_one_object_with_the_stated_keys(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        stated = json.loads(simkpi(capsys, "run", scenario, "--format", "json", "--by", "channel", "--seed", "7").out)
        assert (stated["scenario"], stated["seed"], stated["replications"], stated["engine"]) == (
            "Small shop",
            7,
            6,
            simulated().engine,
        )
        level = next(row for row in stated["kpis"] if row["kpi"] == "service_level" and row["channel"] == "voice")
        assert level["low"] <= level["value"] <= level["high"]
        assert level["unit"] == "fraction"
        assert [one["verdict"] for one in stated["targets"]][1:] == ["met", "met"]
        assert stated["crosscheck"][0]["formula"].startswith("Erlang A")

    def test_the_same_seed_prints_the_same_bytes(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = ("run", scenario, "--format", "json", "--seed", "monday")
        assert simkpi(capsys, *arguments).out == simkpi(capsys, *arguments).out
        assert json.loads(simkpi(capsys, *arguments).out)["seed"] == "monday"


class TestOut:
    def test_every_file_is_there_and_the_manifest_knows_its_digest(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "results"
        done = simkpi(capsys, "run", scenario, "--out", str(out), "--log")
        names = {path.name for path in out.iterdir()}
        tables = {"interactions.parquet", "interactions.agent_states.parquet", "interactions.legs.parquet"}
        figures = {"kpis.csv", "kpis_by_interval.csv", "kpis_by_interval_and_type.csv"}
        figures |= {"replications.csv", "distribution.csv", "targets.csv"}
        assert names == figures | {"day.png", "day.svg", "manifest.json", "scenario.yaml"} | tables
        manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        assert set(manifest["files"]) == names - {"manifest.json"}
        for name, digest in manifest["files"].items():
            assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
        assert manifest["inputs"] == {"small.yaml": hashlib.sha256(Path(scenario).read_bytes()).hexdigest()}
        assert str(tmp_path) not in (out / "manifest.json").read_text(encoding="utf-8")
        assert "wrote kpis.csv" in done.err

    def test_the_written_log_of_chats_has_their_messages(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        chats = Path(__file__).parents[2] / "scenarios" / "features" / "chat_turns.yaml"
        simkpi(capsys, "run", str(chats), "--out", str(tmp_path / "r"), "--log", "-n", "1")
        messages = pl.read_parquet(tmp_path / "r" / "interactions.messages.parquet")
        contacts = pl.read_parquet(tmp_path / "r" / "interactions.parquet")
        assert len(messages) == contacts["n_messages"].sum()
        assert set(messages["contact_id"]) <= set(contacts["contact_id"])

    def test_the_written_log_scores_to_the_same_figures(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        simkpi(capsys, "run", scenario, "--out", str(tmp_path / "r"), "--log")
        log = pl.read_parquet(tmp_path / "r" / "interactions.parquet")
        assert log.equals(simulated().interactions)
        assert pl.read_parquet_metadata(tmp_path / "r" / "interactions.parquet")["simkpi.seed"] == "11"
        done = simkpi(
            capsys, "score", str(tmp_path / "r" / "interactions.parquet"), "--kpi", "asa,occupancy", "--format", "csv", "-q"
        )
        found = {row["kpi"]: float(row["value"]) for row in csv.DictReader(io.StringIO(done.out))}
        expected = dict(simulated().kpis(["asa", "occupancy"]).select("kpi", "value").iter_rows())
        assert found["asa"] == pytest.approx(expected["asa"])
        assert found["occupancy"] == pytest.approx(expected["occupancy"], rel=0.02)  # a log's horizon ends with its last moment

    def test_a_breakdown_stands_beside_the_totals(
        self, scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        simkpi(capsys, "run", scenario, "--by", "channel", "--kpi", "asa", "--out", str(tmp_path / "out"))
        assert len((tmp_path / "out" / "kpis.csv").read_text().splitlines()) == 2
        assert len((tmp_path / "out" / "kpis_by_channel.csv").read_text().splitlines()) == 3

    def test_a_folder_that_can_not_be_written_is_found_before_the_simulation(
        self, scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(replicate, "simulate", lambda *_, **__: pytest.fail("simulated first"))
        (tmp_path / "file").write_text("")
        done = simkpi(capsys, "run", scenario, "--out", str(tmp_path / "file"))
        assert done.code == 3
        assert "can not write there" in done.err

    def test_a_log_needs_a_place(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "run", scenario, "--log")
        assert done.code == 2
        assert "say where with --out" in done.err


class TestCheck:
    def test_missed_targets_exit_with_4_and_met_ones_with_0(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert simkpi(capsys, "run", with_changes(tmp_path, targets={"all": {"asa": "1s"}}), "--check").code == 4
        assert simkpi(capsys, "run", with_changes(tmp_path, targets={"all": {"asa": "2h"}}), "--check").code == 0

    def test_without_check_a_missed_target_is_only_printed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "run", with_changes(tmp_path, targets={"all": {"asa": "1s"}}))
        assert done.code == 0
        assert "MISSED" in done.out


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "code", "message"),
        [
            (("--kpi", "servce_level"), 2, "unknown KPI 'servce_level'; did you mean 'service_level'?"),
            (("--by", "chanel"), 2, "did you mean 'channel'?"),
            (("--replications", "0"), 2, "0 is not in the range"),
            (("--replications", "ten"), 2, "'ten' is not a valid integer"),
            (("--interval", "7min"), 2, "divide the day"),
            (("--interval", "nan"), 2, "nan"),
            (("--format", "xml"), 2, "'xml' is not one of"),
            (("--seed", ""), 2, "must not be empty"),
            (("--engine", "referense"), 2, "did you mean 'reference'?"),
            (("--jobs", "0"), 2, "0 is not in the range"),
        ],
    )
    def test_wrong_usage(
        self, arguments: tuple[str, ...], code: int, message: str, scenario: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        done = simkpi(capsys, "run", scenario, *arguments)
        assert (done.code, done.out) == (code, "")
        assert message in done.err

    def test_a_missing_file_and_a_broken_one_are_named(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "run", str(tmp_path / "none.yaml"))
        assert done.code == 3
        assert "none.yaml" in done.err
        done = simkpi(capsys, "run", with_changes(tmp_path, tems={}))
        assert done.code == 3
        assert "did you mean 'teams'?" in done.err

    def test_an_unknown_target_is_found_before_the_simulation(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(replicate, "simulate", lambda *_, **__: pytest.fail("simulated first"))
        done = simkpi(capsys, "run", with_changes(tmp_path, targets={"voice": {"servce_level": "80%"}}))
        assert done.code == 3
        assert "targets.voice.servce_level: unknown KPI" in done.err


class TestPrecision:
    def test_it_says_that_and_when_it_was_reached(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "run", scenario, "--precision", "service_level=50%", "--kpi", "asa", "-q")
        assert "15 replications of 1 day" in done.out
        assert "Precision reached after 10 replications, and kept for 5 more" in done.out

    def test_it_says_that_it_was_not(self, scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "run", scenario, "--precision", "asa=0.01s", "--max-replications", "10", "--kpi", "asa")
        assert "PRECISION NOT REACHED in 10 replications" in done.out
        assert "precision not reached in 10 replications" in done.err
        stated = json.loads(
            simkpi(capsys, "run", scenario, "--precision", "asa=0.01s", "--max-replications", "10", "--format", "json", "-q").out
        )
        assert (stated["precision"]["reached"], stated["precision"]["goals"]) == (False, {"asa": 0.01})

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (("--precision", "asa"), "must be KPI=HALF-WIDTH"),
            (("--precision", "asa=1%"), "precision of asa"),
            (("--precision", "servce_level=1%"), "did you mean 'service_level'"),
            (("--precision", "asa=1s", "-n", "30"), "leave out --replications"),
        ],
    )
    def test_a_goal_that_can_not_be_read_is_wrong_usage(
        self, given: tuple[str, ...], said: str, scenario: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        done = simkpi(capsys, "run", scenario, *given)
        assert done.code == 2
        assert said in done.err
