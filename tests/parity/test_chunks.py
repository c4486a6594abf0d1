"""A horizon in pieces: the same rows and the same log as in one go, and memory for the contacts of a few days only."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from simkpi.demand.draws import draw
from simkpi.demand.rows import Demand
from simkpi.engine.chunks import run_in_chunks
from simkpi.engine.compiled.chunks import KNOWN, WHY, Piece, simulate_in_chunks
from simkpi.engine.compiled.paged import release, reserve
from simkpi.engine.features import FEATURES
from simkpi.engine.plan import plan
from simkpi.engine.recorder import EngineLog
from simkpi.engine.run import run
from simkpi.errors import InputError
from simkpi.scenario.files import load, override, shipped, shipped_names
from simkpi.scenario.resolve import Scenario
from tests.parity.parity import differing_cells, in_whole


def scenario_of(name: str, days: int) -> Scenario:
    scenario = load(shipped(name))
    return scenario if scenario.spec.calendar.days >= days else override(scenario, {"calendar.days": days})


def assert_together(pieces: Sequence[Piece], demand: Demand, log: EngineLog) -> None:
    assert [piece.first for piece in pieces] == np.cumsum([0, *(len(piece.demand) for piece in pieces[:-1])]).tolist()
    for whole, parts in ((demand, [piece.demand for piece in pieces]), (log, [piece.log for piece in pieces])):
        for field in fields(whole):
            column = getattr(whole, field.name)
            if isinstance(column, np.ndarray):
                found = np.concatenate([getattr(part, field.name) for part in parts])
                assert found.dtype == column.dtype, field.name
                assert np.array_equal(found, column), field.name


def is_plain(name: str) -> bool:
    scenario = load(shipped(name))
    demand = draw(scenario, seed=1, replication=0)
    extras = (demand.returns, demand.chats, demand.visits, demand.responses, demand.bot_terms)
    return not plan(scenario).features - KNOWN and all(extra is None for extra in extras)


PLAIN = [name for name in shipped_names() if is_plain(name)]


@pytest.mark.parametrize("name", PLAIN)
def test_pieces_put_together_are_the_log_of_the_whole(name: str) -> None:
    scenario = scenario_of(name, 4)
    demand = draw(scenario, seed=1, replication=2)
    pieces = list(run_in_chunks(scenario, seed=1, replication=2, days=1))
    assert len(pieces) == scenario.spec.calendar.days + 1
    assert_together(pieces, demand, run(scenario, demand, "compiled"))


def test_most_shipped_scenarios_can_be_cut_into_pieces() -> None:
    assert len(PLAIN) > 25


def cut(demand: Demand, start: int, stop: int) -> Demand:
    columns = {each.name: getattr(demand, each.name) for each in fields(Demand)}
    return Demand(**{name: column[start:stop] if isinstance(column, np.ndarray) else column for name, column in columns.items()})


@pytest.mark.parametrize("unit", [1, 1000, 30_000])
@pytest.mark.parametrize("name", ["benchmark_day", "features/slow_down", "features/cut_horizon"])
def test_wherever_the_run_pauses_simultaneous_events_keep_their_order(name: str, unit: int) -> None:
    scenario = load(shipped(name))
    demand = in_whole(unit, draw(scenario, seed=3, replication=0))
    ends = np.arange(30, 24 * 60, 47) * 60_000
    places = [0, *np.searchsorted(demand.arrived, ends).tolist(), len(demand)]
    parts: Any = [(int(end), cut(demand, *bound)) for end, bound in zip([*ends, 86_400_000], pairwise(places), strict=True)]
    pieces = list(simulate_in_chunks(plan(scenario), parts, len(demand)))
    assert sum(len(piece.demand) > 0 for piece in pieces) > 6
    assert_together(pieces, demand, run(scenario, demand, "compiled"))


def test_days_drawn_by_themselves_are_those_of_the_whole() -> None:
    for name in ("features/exact_total", "features/overdispersion", "features/replay", "features/forecast_error"):
        scenario = scenario_of(name, 3)
        whole = draw(scenario, seed=1, replication=0)
        parts = [draw(scenario, seed=1, replication=0, days=range(day, day + 1)) for day in range(scenario.spec.calendar.days)]
        assert np.array_equal(whole.customer, np.concatenate([part.customer for part in parts]))
        assert np.array_equal(whole.talk, np.concatenate([part.talk for part in parts]))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("features/redial", "in chunks: impossible where customers redial \\(retry\\); simulate the horizon in one go"),
        ("features/trunk_lines", "contacts hold trunk lines \\(lines\\)"),
        ("features/tickets", "not the oldest is taken first \\(pick\\)"),
        ("features/transfers", "contacts are transferred \\(transfer\\)"),
        ("features/chat_replies", "chats go message by message \\(turns\\)"),
    ],
)
def test_contacts_that_are_looked_at_again_are_refused(name: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        list(run_in_chunks(load(shipped(name)), seed=1, replication=0))


def test_every_feature_either_goes_in_pieces_or_has_its_reason() -> None:
    assert WHY.keys() == FEATURES.keys() - KNOWN


def test_what_goes_in_pieces_does_so_in_shipped_scenarios() -> None:
    seen = {feature for name in PLAIN for feature in plan(load(shipped(name))).features}
    # who helps the customer decides nothing here but who comes back; silent departures: below
    assert seen == KNOWN - {"resolution", "silent"}


def test_customers_who_leave_without_telling_and_agents_of_unequal_success_go_in_pieces() -> None:
    silent = {"exponential": "2m", "silent": {"chance": "60%", "noticed_after": {"fixed": "60s"}}}
    short = {
        "simkpi": 1,
        "calendar": {"days": 5},
        "contacts": {"chat": {"volume": "12 per hour", "handle": "9m", "patience": silent, "resolved": "70%"}},
        "teams": {"desk": {"skills": {"chat": {"at_once": 2, "resolves": "80%"}}, "count": 1}},
    }
    scenario = load(short)
    assert plan(scenario).features == {"silent", "resolution"}
    pieces = list(run_in_chunks(scenario, seed=1, replication=0, days=1))
    demand = draw(scenario, seed=1, replication=0)
    assert_together(pieces, demand, run(scenario, demand, "compiled"))


def test_a_piece_has_a_day_at_least() -> None:
    with pytest.raises(InputError, match="days: must be at least 1, got 0"):
        run_in_chunks(load(shipped("quickstart")), seed=1, replication=0, days=0)


def test_released_rows_are_lost_and_the_others_stay() -> None:
    column = reserve(100_000, np.int64)
    column[:] = 7
    release(column, 0, 50_000)
    assert np.all(column[50_000:] == 7)


_GROWTH = """
import resource
from simkpi.engine.chunks import run_in_chunks
from simkpi.scenario.files import load, override, shipped
def peak(days):
    scenario = override(load(shipped("benchmark_day")), {"calendar.days": days})
    contacts = sum(len(piece.demand) for piece in run_in_chunks(scenario, seed=1, replication=0, days=5))
    return contacts, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
few, before = peak(10)
many, after = peak(60)
print((after - before) / (many - few))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is given back, and measured, as Linux does")
def test_a_longer_horizon_takes_no_more_memory() -> None:
    done = subprocess.run([sys.executable, "-c", _GROWTH], check=True, capture_output=True, text=True)
    assert float(done.stdout) < 25  # bytes a contact; in one go they are some 100


@pytest.mark.parametrize("name", ["benchmark_day", "features/queue_balking", "features/redial"])
def test_very_many_contacts_are_simulated_alike(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = load(shipped(name))
    demand = in_whole(1000, draw(scenario, seed=2, replication=0))
    usual = run(scenario, demand, "compiled")
    monkeypatch.setattr("simkpi.engine.compiled.kernel.VERY_MANY", 1)
    monkeypatch.setattr("simkpi.engine.compiled.chunks.FORGOTTEN", 50)
    assert differing_cells(run(scenario, demand, "compiled"), usual) == {}
