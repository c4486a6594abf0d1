"""The reference engine against models whose answers are known: |z| < 4 for every measure, with at least 30 replications."""

from __future__ import annotations

import pytest

from simkpi.planning.verification.case import Case
from simkpi.planning.verification.cases import cases
from simkpi.planning.verification.measures import Estimate, estimate
from simkpi.report.verification_table import failures

QUICK = [case for case in cases() if case.quick]


def check(case: Case, replications: int) -> None:
    rows = case.run(replications)
    assert rows
    far = [
        f"{row.expected.name}: {row.found.value:.5g} ± {row.found.error:.2g}, expected {row.expected.value:.5g}, z {row.z:.1f}"
        for row in failures(rows)
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
