from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import simkpi

COMMAND = ("sensitivity", "quickstart", "--vary", "contacts.voice.volume.scale=90%:110%", "-n", "2", "--kpi", "asa")


def test_the_table_says_what_moves_the_figure(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    done = simkpi(capsys, *COMMAND, "--out", str(tmp_path / "s"))
    assert done.code == 0
    assert "Change at the high end" in done.out
    assert {path.name for path in (tmp_path / "s").iterdir()} == {"sensitivity.csv", "tornado_asa.svg", "manifest.json"}
    assert "Écart au bout haut" in simkpi(capsys, *COMMAND, "--lang", "fr").out


def test_json_names_method_and_provenance(capsys: pytest.CaptureFixture[str]) -> None:
    stated = json.loads(simkpi(capsys, *COMMAND, "--format", "json").out)
    assert stated["method"] == "tornado"
    assert stated["replications"] == 2
    assert stated["rows"][0]["path"] == "contacts.voice.volume.scale"


@pytest.mark.parametrize("text", ["contacts.voice.volume.scale", "contacts.voice.volume.scale=90%", "x=1:b"])
def test_what_is_no_range_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "sensitivity", "quickstart", "--vary", text)
    assert done.code == 2
    assert "--vary" in done.err


def test_the_folder_can_be_drawn_verified_and_replayed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = str(tmp_path / "s")
    simkpi(capsys, *COMMAND, "--out", folder)
    assert simkpi(capsys, "verify-run", folder).code == 0
    assert simkpi(capsys, "replay", f"{folder}/manifest.json").code == 0
    done = simkpi(capsys, "chart", "tornado", folder, "--kpi", "asa", "-o", str(tmp_path / "t.png"))
    assert done.code == 0
    assert (tmp_path / "t.png").stat().st_size > 5000


def test_other_methods_write_no_tornado(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = str(tmp_path / "g")
    assert simkpi(capsys, *COMMAND, "--method", "grid", "--out", folder).code == 0
    assert not list((tmp_path / "g").glob("*.svg"))
    done = simkpi(capsys, "chart", "tornado", folder, "-o", str(tmp_path / "t.png"))
    assert done.code != 0
    assert "use --method tornado" in done.err
