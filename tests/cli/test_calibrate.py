from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from simkpi.cli.calibrate import command
from simkpi.errors import LogError, OutputError
from simkpi.scenario.files import load
from tests.planning.calibration_logs import exponential, generate, lognormal


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "calls.csv"
    made = generate(days=7, per_interval=(40, 40), agents=(4, 4), talk=lognormal(150, 1.0), patience=exponential(120))
    made.interactions.lazy().collect().write_csv(path)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def raised(*arguments: object) -> BaseException | None:
    return CliRunner().invoke(command, [str(argument) for argument in arguments]).exception


def test_a_log_becomes_a_scenario_that_is_laid_beside_it(log: Path, tmp_path: Path) -> None:
    target = tmp_path / "fitted.yaml"
    found = run(log, "-o", target, "-n", 3, "--no-tune", "--name", "Our centre", "--origin", "Our own log")
    assert found.exit_code == 0
    assert load(target).name == "Our centre"
    assert "# Our own log" in target.read_text(encoding="utf-8")
    for words in ("Service level in 20s", "Range of one log", "Where and why they differ", "total wait / abandonments"):
        assert words in found.stdout
    assert f"next: simkpi run {target}" in found.stderr


def test_without_check_nothing_is_simulated(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simkpi.planning.calibrate.check.simulate", lambda *_, **__: pytest.fail("simulated"))
    found = run(log, "-o", tmp_path / "x.yaml", "--no-check", "--no-tune", "--quiet")
    assert "Range of one log" not in found.stdout
    assert found.stderr == ""


def test_the_scenario_can_go_to_stdout_and_the_figures_to_stderr(log: Path, tmp_path: Path) -> None:
    found = run(log, "-o", "-", "--no-check", "--no-tune")
    (tmp_path / "piped.yaml").write_text(found.stdout, encoding="utf-8")
    assert load(tmp_path / "piped.yaml").spec.calendar.days == 7
    assert "Contact type" in found.stderr


def test_json_and_csv_hold_the_comparison(log: Path, tmp_path: Path) -> None:
    got = json.loads(run(log, "-o", tmp_path / "a.yaml", "-n", 2, "--no-tune", "--format", "json").stdout)
    assert got["availability_factor"] == 1
    assert {line["kpi"] for line in got["kpis"]} >= {"abandon_rate", "service_level@20s", "service_level@60s", "asa"}
    assert got["contacts"]["voice"]["patience"]["abandoned"] > 0
    assert got["contacts"]["voice"]["redials"] is None
    table = run(log, "-o", tmp_path / "b.yaml", "-n", 2, "--no-tune", "--format", "csv").stdout.splitlines()
    assert table[0].startswith("kpi,unit,log,value")
    assert len(table) == 1 + len(got["kpis"])


def test_tuning_is_on_unless_it_is_switched_off(log: Path, tmp_path: Path) -> None:
    found = run(log, "-o", tmp_path / "t.yaml", "--no-check")
    assert "fitted, not predicted" in found.stdout
    assert "tuned by simulation" in (tmp_path / "t.yaml").read_text(encoding="utf-8")


def test_an_existing_file_is_replaced_only_with_force(log: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine.yaml"
    target.write_text("precious", encoding="utf-8")
    problem = raised(log, "-o", target, "--no-check", "--no-tune")
    assert isinstance(problem, OutputError)
    assert "--force" in str(problem)
    assert target.read_text(encoding="utf-8") == "precious"
    assert run(log, "-o", target, "--no-check", "--no-tune", "--force").exit_code == 0
    assert load(target).spec.calendar.days == 7


@pytest.mark.parametrize(("target", "words"), [(".", "is a folder"), ("no/such/folder/x.yaml", "there is no folder")])
def test_a_place_that_can_not_be_written_is_said_before_the_work(log: Path, tmp_path: Path, target: str, words: str) -> None:
    problem = raised(log, "-o", tmp_path / target)
    assert isinstance(problem, OutputError)
    assert words in str(problem)


def test_a_log_that_is_missing_is_said(tmp_path: Path) -> None:
    assert isinstance(raised(tmp_path / "none.csv", "-o", tmp_path / "x.yaml"), LogError)
    assert not (tmp_path / "x.yaml").exists()


def test_wrong_usage_leaves_with_2(log: Path, tmp_path: Path) -> None:
    assert run(log).exit_code == 2
    assert run(log, "-o", tmp_path / "y.yaml", "--interval", "11min").exit_code == 2


def test_help_shows_an_example() -> None:
    assert "simkpi calibrate calls.csv --source anonymous-bank -o bank.yaml" in run("--help").stdout
