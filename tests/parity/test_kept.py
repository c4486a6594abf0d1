"""What is kept between runs may be damaged, or somebody else's: the engine is then compiled anew, or only read."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, NoReturn

import pytest
from numba import int64, njit

from simkpi.engine.compiled import cache
from simkpi.engine.compiled.entry import kept


def twice(number: int) -> int:
    return 2 * number


def compiled_twice(folder: Path) -> Any:
    return kept(njit(twice), (int64,), folder)


def loads(function: Any) -> int:
    return sum(function.stats.cache_hits.values())


def no_file(**_: Any) -> NoReturn:
    raise PermissionError("read-only file system")


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", [lambda kept: kept[:-20], lambda kept: b"", lambda kept: b"\x13" * len(kept)])
def test_a_damaged_file_is_made_anew(ending: str, damage: Any, tmp_path: Path) -> None:
    assert loads(compiled_twice(tmp_path)) == 0
    assert loads(compiled_twice(tmp_path)) == 1
    (file,) = tmp_path.rglob(f"*.{ending}")
    file.write_bytes(damage(file.read_bytes()))
    assert compiled_twice(tmp_path)(21) == 42
    assert loads(compiled_twice(tmp_path)) == 1


def test_an_error_of_the_function_itself_is_no_damage(tmp_path: Path) -> None:
    def wrong(number: int) -> int:
        return number.there_is_no_such_field

    with pytest.raises(Exception, match="there_is_no_such_field"):
        kept(njit(wrong), (int64,), tmp_path)


def test_where_nothing_can_be_written_what_is_there_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    folder = cache.folder()
    assert folder is not None
    assert cache.kept(lambda: b"machine code") == b"machine code"
    compiled_twice(folder)
    monkeypatch.setattr(tempfile, "TemporaryFile", no_file)
    assert cache.folder() == folder
    assert cache.is_filled()
    assert cache.kept(lambda: b"other code") == b"machine code"
    assert loads(compiled_twice(folder)) == 1


def test_where_nothing_can_be_written_and_nothing_is_there_it_is_compiled_each_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "TemporaryFile", no_file)
    assert cache.folder() is None
    assert cache.kept(lambda: b"code") == b"code"


def test_others_may_read_what_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    cache.kept(lambda: b"machine code")
    (file,) = tmp_path.rglob("*.o")
    assert file.stat().st_mode & 0o044 == 0o044
