"""The engine and the second implementation agree to 1e-12 on random logs, for every KPI of the registry."""

from __future__ import annotations

import math
from random import Random

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from simkpi.kpi.measure import KPIS
from simkpi.kpi.score import score
from tests.kpi import second_implementation as second
from tests.kpi.random_logs import HORIZON, Tables, frames, tables

MOMENTS = tuple(pl.Series([second * 1000 for second in HORIZON]).cast(pl.Datetime("ms")))
#: KPIs whose second computation is a test of its own.
ELSEWHERE = {"support_efficiency"}
PARAMETERS = {
    "threshold": second.THRESHOLD,
    "short_abandon": second.SHORT,
    "recontact_window": second.WINDOW,
    "fcr_window": second.WINDOW,
    "exit_window": second.EXIT,
    "frt_threshold": second.FRT_LIMIT,
}


def expected(log: Tables) -> dict[str, tuple[float | None, float | None, float | None]]:
    """KPI -> (value, numerator, denominator)."""
    found: dict[str, tuple[float | None, float | None, float | None]] = {}
    for name, (above, below) in second.ratios(log, HORIZON).items():
        found[name] = (above / below if below else None, above, below)
    found |= {name: (value, None, None) for name, value in second.counts(log, HORIZON).items()}
    found |= {name: (value, None, None) for name, value in second.percentiles(log, HORIZON).items()}
    return found


def assert_equal(log: Tables) -> None:
    wanted = expected(log)
    table = score(**frames(log), kpis=list(wanted), horizon=MOMENTS, **PARAMETERS)
    assert table.height == len(wanted)
    wrong = []
    for row in table.iter_rows(named=True):
        value, above, below = wanted[row["kpi"]]
        same = row["status"] == ("undefined" if value is None else "ok")
        for name, figure in (("value", value), ("numerator", above), ("denominator", below)):
            if figure is not None:
                same = same and row[name] is not None and math.isclose(row[name], figure, rel_tol=1e-12, abs_tol=1e-12)
        if not same:
            wrong.append((row["kpi"], wanted[row["kpi"]], row["value"], row["numerator"], row["denominator"], row["definition"]))
    assert not wrong


@settings(derandomize=True, deadline=None, max_examples=10, phases=[Phase.explicit, Phase.generate])
@given(rnd=st.randoms(use_true_random=False), n=st.integers(0, 25))
def test_every_kpi_equals_its_second_computation_on_generated_logs(rnd: Random, n: int) -> None:
    assert_equal(tables(rnd, n))


@pytest.mark.slow
@settings(derandomize=True, deadline=None, max_examples=300, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**32), n=st.integers(0, 80))
def test_every_kpi_equals_its_second_computation_on_many_generated_logs(seed: int, n: int) -> None:
    assert_equal(tables(Random(seed), n))


@pytest.mark.parametrize("seed", range(6))
def test_every_kpi_equals_its_second_computation_on_crowded_logs(seed: int) -> None:
    assert_equal(tables(Random(seed), 120))


def test_the_second_implementation_covers_the_registry() -> None:
    done = {name.partition(":")[0] for name in expected(tables(Random(0), 5))}
    assert set(KPIS) - done == ELSEWHERE


def test_the_efficiency_index_is_the_mean_of_its_parts() -> None:
    log = tables(Random(3), 60)
    parts = score(**frames(log), kpis=["answer_rate", "service_level", "resolution_rate", "csat"])["value"]
    assert score(**frames(log), kpis=["support_efficiency"])["value"][0] == pytest.approx(sum(parts) / 4, rel=1e-12)
