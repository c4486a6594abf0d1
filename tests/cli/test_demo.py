from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import simkpi


def test_it_prints_the_kpis_and_writes_the_chart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = simkpi(capsys, "demo")
    assert done.code == 0
    assert "Service level" in done.out
    assert (tmp_path / "simkpi-out" / "day.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "simkpi-out" / "day.svg").read_text(encoding="utf-8")
    assert "simkpi-out" in done.err
    assert "next: simkpi staff quickstart" in done.err
    assert "simkpi new my.yaml" in done.err


def test_an_unwritable_folder_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("")
    done = simkpi(capsys, "demo", "--out", str(tmp_path / "taken"))
    assert (done.code, done.out) == (3, "")
    assert "can not write there" in done.err
