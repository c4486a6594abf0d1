"""Which engine runs: what auto chooses, what is refused, and that the compiled engine is kept outside the project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simkpi.demand.rows import NEVER
from simkpi.engine import run as entry
from simkpi.engine.compiled import cache, clock
from simkpi.engine.compiled.kernel import simulate, simulate_many
from simkpi.engine.order import Kind
from simkpi.engine.plan import plan
from simkpi.errors import InputError
from tests.engine.engine_worlds import Row, demand, scenario
from tests.parity.parity import differing_cells, staffed
from tests.parity.test_parity import benchmark, thinned

ENGINE = Path(__file__).resolve().parents[2] / "simkpi" / "engine"
PHONE = scenario({"phone": {"count": 2}})


def test_both_engines_know_every_kind_of_event() -> None:
    assert max(Kind).bit_length() == clock.KIND_BITS
    for kind in (each.name for each in Kind):
        for engine in ("reference", "compiled"):
            source = "\n".join(path.read_text() for path in (ENGINE / engine).glob("*.py") if path.name != "clock.py")
            assert re.search(rf"\b{kind}\b", source), f"{engine} has no {kind}"
    assert all(getattr(clock, kind.name) == kind for kind in Kind)


def test_several_plans_in_one_call_give_the_logs_of_single_calls() -> None:
    world, contacts = benchmark()
    contacts = thinned(contacts, 4)
    plans = [staffed(plan(world), share) for share in (0.2, 0.3, 0.5)]
    for log, numbers in zip(simulate_many(plans, contacts), plans, strict=True):
        assert differing_cells(log, simulate(numbers, contacts)) == {}


def test_a_run_leaves_the_demand_as_it_is_and_takes_read_only_columns() -> None:
    contacts = demand(PHONE, [Row(0), Row(1, patience=0), Row(2)])
    for column in vars(contacts).values():
        if isinstance(column, np.ndarray):
            column.setflags(write=False)
    assert simulate(plan(PHONE), contacts).answered.tolist() == [0, 1000, 10_000]


def test_columns_of_other_number_types_are_converted() -> None:
    contacts = demand(PHONE, [Row(0), Row(1)])
    narrow = replace(contacts, talk=contacts.talk.astype(np.int32), bot=contacts.bot.astype(np.int64))
    assert differing_cells(simulate(plan(PHONE), narrow), simulate(plan(PHONE), contacts)) == {}


def test_no_contacts_no_rows() -> None:
    log = simulate(plan(PHONE), demand(PHONE, []))
    assert len(log) == 0
    assert len(log.state_agent) == 2


@pytest.mark.parametrize("late", [{"patience": 1 << 61}, {"talk": 1 << 50}, {"wrap": (1 << 62) - 1}, {"arrived": 1 << 61}])
def test_what_lies_too_far_ahead_is_refused(late: dict[str, int]) -> None:
    contacts = demand(PHONE, [Row(0), Row(0), Row(0, patience=30)])
    ((name, ticks),) = late.items()
    column = getattr(contacts, name).copy()
    column[-1] = ticks
    if name in {"talk", "wrap"}:
        column[0] = ticks
    with pytest.raises(InputError, match="lies too far ahead"):
        simulate(plan(PHONE), replace(contacts, **{name: column}))


def test_a_patience_that_never_ends_is_not_too_far_ahead() -> None:
    contacts = demand(PHONE, [Row(0), Row(0), Row(0)])
    assert contacts.patience.tolist() == [NEVER] * 3
    assert simulate(plan(PHONE), contacts).answered.tolist() == [0, 0, 10_000]


def test_contacts_out_of_order_are_refused() -> None:
    contacts = demand(PHONE, [Row(0), Row(5)])
    with pytest.raises(InputError, match="not in order of arrival"):
        simulate(plan(PHONE), replace(contacts, arrived=contacts.arrived[::-1].copy()))


def test_auto_goes_by_the_number_of_contacts_alone_whatever_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    for loaded in (True, False):
        monkeypatch.setattr(entry, "is_compiled_loaded", lambda loaded=loaded: loaded)
        assert entry.engine_for(PHONE, entry.WORTH_COMPILED - 1) == "reference"
        assert entry.engine_for(PHONE, entry.WORTH_COMPILED) == "compiled"
        assert entry.engine_for(PHONE, 1, "numba") == "compiled"
        assert entry.engine_for(PHONE, entry.WORTH_COMPILED, "simpy") == "reference"


def test_the_folder_follows_the_variable_and_holds_the_versions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    folder = cache.folder()
    assert folder is not None
    assert folder.parent == tmp_path / "simkpi"
    assert len(folder.name.split("-")) == 3
    assert not cache.is_filled()


def test_where_nothing_can_be_written_there_is_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert cache.folder() is None
    assert not cache.is_filled()


def test_a_small_run_does_not_import_numba() -> None:
    script = (
        "import sys; from simkpi.engine.run import run; from tests.engine.engine_worlds import *;"
        "w = scenario({'phone': {}}); assert run(w, demand(w, [Row(0)])).engine == 'reference';"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('numba', 'llvmlite')]"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", script], check=True, cwd=root, env={**os.environ, "PYTHONPATH": str(root)})


def test_a_kept_engine_is_read_back_and_one_of_which_a_part_is_missing_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    made: list[bytes] = []

    def make() -> bytes:
        made.append(b"machine code %d" % len(made))
        return made[-1]

    assert [cache.kept(make), cache.kept(make)] == [b"machine code 0"] * 2
    (file,) = tmp_path.rglob("*.o")
    assert cache.is_filled()
    file.write_bytes(file.read_bytes()[:-1])
    assert [cache.kept(make), cache.kept(make)] == [b"machine code 1"] * 2
    assert [each.name for each in file.parent.iterdir()] == [file.name]  # nothing else is left behind
