"""Figures without a log, piece by piece, are those of a run in one go."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from simkpi.demand.draws import draw
from simkpi.engine.chunks import run_in_chunks
from simkpi.engine.plan import plan
from simkpi.engine.run import run
from simkpi.errors import InputError
from simkpi.experiment.replicate import simulate
from simkpi.experiment.result import definitions_of
from simkpi.experiment.scores import Scoring
from simkpi.experiment.tally import Tally
from simkpi.experiment.tally_pieces import PieceTally
from simkpi.experiment.unlogged import simulate_kpis
from simkpi.scenario.files import load, override, shipped, shipped_names
from simkpi.scenario.resolve import Scenario
from tests.parity.parity import in_whole

#: Several slots and channels; agents who stay for overtime; closing days; a clock that stops; pace; bots; few and many agents.
NAMES = (
    "benchmark_day", "quickstart", "features/at_close", "features/bot", "features/concurrency", "features/cut_horizon",
    "features/queue_balking", "features/slow_down", "features/weekdays", "shifts_voice", "starters/targets-by-priority",
)  # fmt: skip


def weeks_of(name: str, days: int = 16) -> Scenario:
    return override(load(shipped(name)), {"calendar.days": days})


def at_least(name: str, days: int) -> Scenario:
    scenario = load(shipped(name))
    return scenario if scenario.spec.calendar.days >= days else override(scenario, {"calendar.days": days})


def tally_of(scenario: Scenario, interval: float = 1800.0) -> Tally:
    found = Tally.of(
        scenario, plan(scenario), Scoring(None, ("interval",), interval).watching([scenario]), definitions_of(scenario)
    )
    assert found is not None
    return found


def by_pieces(scenario: Scenario, days: int, interval: float = 1800.0) -> bytes:
    tally = tally_of(scenario, interval)
    added = PieceTally(tally)
    assert added.add(run_in_chunks(scenario, seed=1, replication=1, days=days, on_pause=added.pause), 1)
    return tally.payload()


def in_one_go(scenario: Scenario, interval: float = 1800.0) -> bytes:
    tally, demand = tally_of(scenario, interval), draw(scenario, seed=1, replication=1)
    assert tally.add(1, demand, run(scenario, demand, "compiled"))
    return tally.payload()


@pytest.mark.parametrize("name", NAMES)
def test_pieces_add_up_to_the_tables_of_the_whole_byte_by_byte(name: str) -> None:
    scenario = weeks_of(name)
    assert by_pieces(scenario, 7) == in_one_go(scenario)


@pytest.mark.slow
def test_every_shipped_scenario_that_goes_in_pieces_adds_up() -> None:
    n_added = 0
    for name in shipped_names():
        found = simulate_kpis(at_least(name, 5), replications=1, engine="compiled", days=2)
        if found.whole is None:
            assert by_pieces(found.scenario, 2) == in_one_go(found.scenario), name
            n_added += 1
    assert n_added > 35


@pytest.mark.parametrize("days", [1, 2, 5, 30])
@pytest.mark.parametrize("interval", [900.0, 7200.0, 86400.0])
def test_neither_pieces_nor_intervals_move_a_figure(days: int, interval: float) -> None:
    scenario = weeks_of("features/concurrency", 5)
    assert by_pieces(scenario, days, interval) == in_one_go(scenario, interval)


def test_changes_at_the_very_border_of_a_piece_cut_no_stretch_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = override(load(shipped("features/cut_horizon")), {"calendar.days": 4})

    def drawn(scenario: Scenario, **given: object) -> object:  # whole quarters of an hour: everything happens at borders
        return in_whole(900_000, draw(scenario, **given))

    monkeypatch.setattr("simkpi.engine.chunks.draw", drawn)
    tally = tally_of(scenario)
    demand = drawn(scenario, seed=1, replication=1)
    assert tally.add(1, demand, run(scenario, demand, "compiled"))
    assert by_pieces(scenario, 1) == tally.payload()


def test_figures_and_intervals_are_those_of_the_log() -> None:
    scenario = weeks_of("starters/voice", 9)
    found = simulate_kpis(scenario, by="interval", replications=3, engine="compiled", days=4)
    logged = simulate(scenario, replications=3, engine="compiled")
    assert found.whole is None
    for ours, theirs in ((found.kpis(), logged.kpis()), (found.broken_down(), logged.kpis(by="interval"))):
        assert ours.columns == theirs.columns
        is_exact = pl.col("kpi") != "wait_p90"  # a percentile of all replications comes from a histogram, as in sweeps
        assert_frame_equal(ours.filter(is_exact), theirs.filter(is_exact), rel_tol=1e-12, abs_tol=1e-12)
        ninetieth = [table.filter(~is_exact)["value"].fill_null(0.0).to_numpy() for table in (ours, theirs)]
        assert np.allclose(*ninetieth, rtol=0.002, atol=0.001)
    counts = pl.col("kpi").is_in(["total_contacts", "offered", "answered", "abandoned", "blocked", "backlog"])
    assert found.kpis().filter(counts)["value"].to_list() == logged.kpis().filter(counts)["value"].to_list()
    assert_frame_equal(found.distribution(), logged.distribution(), check_exact=True)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("features/redial", "contacts.voice.retry needs the tables of a log"),
        ("features/tickets", "contacts.ticket.recontact and contacts.ticket.reopen need the tables of a log"),
        ("features/shifts", "shifts needs the tables of a log"),
    ],
)
def test_what_can_not_go_in_pieces_goes_in_one_go_and_says_so(name: str, why: str) -> None:
    scenario = load(shipped(name))
    found = simulate_kpis(scenario, replications=2, engine="compiled")
    assert why in str(found.whole)
    theirs = simulate(scenario, replications=2, engine="compiled").kpis()
    ours, exact = found.kpis(), pl.col("kpi") != "wait_p90"
    assert_frame_equal(ours.filter(exact), theirs.filter(exact), rel_tol=1e-12, abs_tol=1e-12)


def test_intervals_that_only_a_later_replication_has_stand_in_their_place() -> None:
    volume = {"interval": "1h", "from": "08:00", "expected": [9, 9, 9]}
    mail = {"channel": "email", "volume": volume, "handle": "5m", "backlog": {"count": 7, "age": {"exponential": "9h"}}}
    short = {"simkpi": 1, "contacts": {"mail": mail}, "teams": {"desk": {"skills": {"mail": {}}, "count": 1}}}
    ours = simulate_kpis(short, replications=3, by="interval", engine="compiled").broken_down()
    theirs = simulate(short, replications=3).kpis(by="interval")
    starts = ours.filter(pl.col("kpi") == "offered")["interval"]
    assert starts.is_sorted()
    places = ["kpi", "interval", "n", "status"]
    assert_frame_equal(ours.select(places), theirs.select(places))
    assert theirs.filter((pl.col("status") == "ok") & pl.col("value").is_null()).is_empty()
    assert theirs.filter((pl.col("status") == "undefined") & pl.col("value").is_not_null()).is_empty()
    ninetieth = [table.filter(pl.col("kpi") == "wait_p90")["value"].fill_null(-1.0).to_numpy() for table in (ours, theirs)]
    assert np.allclose(*ninetieth, rtol=0.002, atol=0.001)


def test_contacts_from_before_the_start_go_in_one_go() -> None:
    volume = {"interval": "1h", "from": "08:00", "expected": [9, 9, 9]}
    mail = {"channel": "email", "volume": volume, "handle": "5m", "backlog": {"count": 5, "age": "10m"}}
    desk = {"skills": {"mail": {}}, "count": 2}
    found = simulate_kpis({"simkpi": 1, "contacts": {"mail": mail}, "teams": {"desk": desk}}, replications=1, engine="compiled")
    assert "before the start" in str(found.whole)
    assert found.kpis().filter(pl.col("kpi") == "total_contacts")["value"].item() > 5


def test_the_reference_engine_gives_the_same_figures_in_one_go() -> None:
    scenario = weeks_of("quickstart", 3)
    one, other = (simulate_kpis(scenario, replications=2, engine=engine) for engine in ("reference", "compiled"))
    assert (one.whole, other.whole) == ("the reference engine does not pause", None)
    assert_frame_equal(one.kpis(), other.kpis(), check_exact=True)


def test_targets_are_judged_on_their_own_contacts() -> None:
    scenario = weeks_of("starters/targets-by-priority", 8)
    ours = simulate_kpis(scenario, replications=2, engine="compiled").verdicts()
    from simkpi.experiment.verdicts import verdicts

    theirs = verdicts(simulate(scenario, replications=2, engine="compiled"))
    assert ours
    assert [(one.contact, one.kpi, one.verdict) for one in ours] == [(one.contact, one.kpi, one.verdict) for one in theirs]
    assert [one.value for one in ours] == pytest.approx([one.value for one in theirs], rel=1e-12)


def test_a_breakdown_has_to_be_asked_for() -> None:
    with pytest.raises(InputError, match="no breakdown was asked for"):
        simulate_kpis(weeks_of("quickstart", 1), replications=1).broken_down()
    with pytest.raises(InputError, match="days must be a whole number of at least 1, got 0"):
        simulate_kpis(weeks_of("quickstart", 1), days=0)


_GROWTH = """
import resource
from simkpi.experiment.unlogged import simulate_kpis
from simkpi.scenario.files import load, override, shipped
def peak(days):
    scenario = override(load(shipped("benchmark_day")), {"calendar.days": days})
    assert simulate_kpis(scenario, replications=1, engine="compiled", days=5).whole is None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak(15)
print((peak(100) - before) / (85 * 10_000))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is given back, and measured, as Linux does")
def test_a_longer_horizon_takes_hardly_more_memory() -> None:
    done = subprocess.run([sys.executable, "-c", _GROWTH], check=True, capture_output=True, text=True)
    assert float(done.stdout) < 25  # bytes a contact; in one go they are some 100
