from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from simkpi.report.words import french
from tests.cli.running import simkpi
from tests.planning.test_deflection import shop

ASKED = ("--containment", "20%,60%", "-n", "4", "--ramp", "50%:100%:2w")


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    file = tmp_path / "shop.yaml"
    file.write_text(json.dumps(shop().short), encoding="utf-8")
    return str(file)


def test_tables_json_csv_chart_and_files_agree(scenario: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "results"
    done = simkpi(capsys, "deflection", scenario, *ASKED, "--format", "json", "--out", out)
    assert done.code == 0
    found = json.loads(done.out)
    assert found == json.loads((out / "deflection.json").read_text(encoding="utf-8"))
    (topic,) = found["topics"]
    levels = topic["levels"]
    assert [level["contains"] for level in levels] == [0.2, 0.6]
    assert levels[1]["claimed_hours"] > levels[0]["claimed_hours"] > 0
    rows = list(csv.DictReader(io.StringIO((out / "deflection.csv").read_text(encoding="utf-8"))))
    assert [float(row["net_hours"]) for row in rows] == [level["net_hours"] for level in levels]
    assert (out / "deflection.png").stat().st_size > 10_000
    text = simkpi(capsys, "deflection", scenario, *ASKED).out
    assert "At 20% the bot ends " in text
    assert "20% (now)" in text
    assert "every containment is true" not in text or "net saving" in text
    assert f"simkpi goalseek {scenario} --vary bots.helper.contains --target 'chat.service_level at least" in done.err


def test_in_french_nothing_is_left_in_english(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "deflection", scenario, *ASKED, "--lang", "fr")
    assert done.code == 0
    assert "heures-agent annoncées" in done.out
    for english in ("claimed saving", "net saving", "ends with bot", "what is contained is like all the rest"):
        assert english not in done.out
        assert french()[english]


def test_mistakes_are_told_at_once(scenario: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = simkpi(capsys, "deflection", scenario, "--topic", "chatt")
    assert (done.code, "no bot serves 'chatt'; did you mean 'chat'" in done.err) == (3, True)
    done = simkpi(capsys, "deflection", scenario, "--containment", "20%,x")
    assert (done.code, "got 'x'" in done.err) == (2, True)
    done = simkpi(capsys, "deflection", scenario, "--ramp", "fast")
    assert (done.code, "write e.g. 40%:100%:8w" in done.err) == (3, True)
