"""The reference engine against models whose answers are known: |z| < 4 for every measure, with at least 30 replications."""

from __future__ import annotations

import pytest

from tests.oracles.oracle_case import Case
from tests.oracles.oracle_cases import cases
from tests.oracles.oracle_measures import Estimate, estimate

QUICK = [case for case in cases() if case.quick]


def check(case: Case, replications: int) -> None:
    rows = case.run(replications)
    assert rows
    far = [
        f"{known.name}: {found.value:.5g} ± {found.error:.2g}, expected {known.value:.5g}, z {z:.1f}"
        for known, found, z in rows
        if abs(z) >= 4
    ]
    assert far == []


@pytest.mark.parametrize("case", QUICK, ids=lambda case: case.name)
def test_a_known_model_is_met(case: Case) -> None:
    check(case, 30)


@pytest.mark.slow
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_every_known_model_is_met(case: Case) -> None:
    check(case, max(100, case.replications))


def test_a_z_score_counts_standard_errors_and_knows_of_printed_digits() -> None:
    found = estimate([(1.0, 2.0), (3.0, 2.0), (2.0, 2.0), (2.0, 2.0)])
    assert found.value == 1.0
    assert found.error == pytest.approx(0.2041, abs=1e-4)
    assert Estimate(1.5, 0.1).z(1.0) == pytest.approx(5.0)
    assert Estimate(1.5, 0.3).z(1.0, error=0.4, slack=0.25) == pytest.approx(0.5)
