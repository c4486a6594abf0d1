from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from simkpi.interactions.files import file_metadata, read_log
from tests.cli.running import simkpi

SAMPLES = Path(__file__).resolve().parents[1] / "corpus" / "logs"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(SAMPLES / "phone_export.csv", tmp_path)
    shutil.copy(SAMPLES / "phone_mapping.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "phone_export.csv"


def test_inspect_writes_a_mapping_that_convert_takes(export: Path, capsys: Capture) -> None:
    seen = simkpi(capsys, "log", "inspect", "phone_export.csv")
    assert seen.code == 0
    assert "separated by semicolons, decimal comma" in seen.err
    assert "next: correct mapping.yaml, then: simkpi score phone_export.csv --map mapping.yaml" in seen.err
    done = simkpi(capsys, "log", "convert", "phone_export.csv", "--map", "mapping.yaml", "-o", "log.parquet")
    assert done.code == 0
    assert read_log(export.with_name("log.parquet")).interactions.lazy().collect().height > 0
    assert "next: simkpi score log.parquet" in done.err


def test_inspect_does_not_replace_a_mapping_unless_forced(export: Path, capsys: Capture) -> None:
    export.with_name("mapping.yaml").write_text("mine")
    refused = simkpi(capsys, "log", "inspect", "phone_export.csv")
    assert (refused.code, export.with_name("mapping.yaml").read_text()) == (3, "mine")
    assert "mapping.yaml: is there already" in refused.err
    assert simkpi(capsys, "log", "inspect", "phone_export.csv", "--force").code == 0
    assert export.with_name("mapping.yaml").read_text() != "mine"


def test_inspect_can_write_to_stdout_and_as_json(export: Path, capsys: Capture) -> None:
    assert simkpi(capsys, "log", "inspect", "phone_export.csv", "-o", "-").out.startswith("# How phone_export.csv maps")
    assert not export.with_name("mapping.yaml").exists()
    rows = json.loads(simkpi(capsys, "log", "inspect", "phone_export.csv", "--format", "json").out)
    assert rows[0] == {
        "column": "Nr",
        "looks like": "text",
        "filled": "100%",
        "simkpi column": "contact_id",
        "examples": "0001 | 0002 | 0003",
    }


def test_convert_keeps_provenance_and_the_rows_set_aside(export: Path, capsys: Capture) -> None:
    done = simkpi(capsys, "log", "convert", "phone_export.csv", "--map", "phone_mapping.yaml", "-o", "log.parquet")
    assert done.code == 0
    metadata = file_metadata(export.with_name("log.parquet"))
    assert metadata["simkpi.export"] == "phone_export.csv"
    assert metadata["simkpi.mapping_file"] == "phone_mapping.yaml"
    rejects = export.with_name("log.rejects.csv").read_text().splitlines()
    assert rejects[0].startswith("table,row,reason,")
    assert rejects[1].startswith("interactions,5,")
    assert "1 rows left out because of Typ" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["convert", "phone_export.csv", "--source", "zendsk", "-o", "x.parquet"], 2, "did you mean 'zendesk'?"),
        (["convert", "nowhere.csv", "-o", "x.parquet"], 3, "nowhere.csv: no such file"),
        (["convert", "phone_export.csv", "-o", "x.parquet"], 3, "simkpi log inspect"),
        (["convert", "phone_export.csv", "--map", "phone_mapping.yaml", "-o", "x.doc"], 3, "unknown kind of file"),
        (
            ["convert", "phone_export.csv", "--map", "phone_mapping.yaml", "--max-rejects", "5%", "-o", "x.csv"],
            3,
            "1 of 5 rows (20.0%)",
        ),
        (["convert", "phone_export.csv", "--map", "nowhere.yaml", "-o", "x.csv"], 3, "nowhere.yaml: there is no such file"),
        (["convert", "phone_export.csv"], 2, "-o"),
        (["inspect", "nowhere.csv"], 3, "nowhere.csv: no such file"),
    ],
)
def test_a_mistake_is_one_clear_line_and_its_exit_code(
    export: Path, capsys: Capture, arguments: list[str], code: int, message: str
) -> None:
    done = simkpi(capsys, "log", *arguments)
    assert (done.code, message in done.err) == (code, True), done.err
    assert "Traceback" not in done.err
    assert not export.with_name("x.parquet").exists()


def test_sources_are_listed(capsys: Capture) -> None:
    rows = json.loads(simkpi(capsys, "log", "sources", "--format", "json").out)
    assert {"anonymous-bank", "generic", "zendesk"} <= {row["source"] for row in rows}
    assert simkpi(capsys, "log", "sources", "--format", "csv").out.startswith("source,what it is,documentation\n")
