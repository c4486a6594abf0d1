"""``simkpi warm-up`` compiles once, says so on stderr, and the next process only loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from simkpi.engine.compiled.kernel import kernel
from tests.cli.running import fresh, simkpi


def test_where_the_engine_is_at_hand_it_says_ready_or_that_it_can_not_be_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kernel()
    done = simkpi(capsys, "warm-up")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(("ready: compiled before", "compiled in"))
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert "set NUMBA_CACHE_DIR" in simkpi(capsys, "warm-up").out


@pytest.mark.slow
def test_the_first_time_it_compiles_and_the_second_time_it_loads(tmp_path: Path) -> None:
    environment = {"NUMBA_CACHE_DIR": str(tmp_path)}
    first, second = fresh("warm-up", environment=environment), fresh("warm-up", environment=environment)
    assert first.stderr == "compiling the engine once (about 4 s)\n"
    assert f"kept in {tmp_path}" in first.stdout
    assert second.stderr == ""
    assert second.stdout.startswith("ready: compiled before")


@pytest.mark.slow
def test_where_nothing_can_be_written_it_still_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = fresh("warm-up", environment={"NUMBA_CACHE_DIR": str(tmp_path / "file")})
    assert done.returncode == 0
    assert "no folder can be written" in done.stdout
