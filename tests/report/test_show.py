"""Charts and reports in one call from Python."""

from __future__ import annotations

from pathlib import Path

import pytest

import simkpi
from simkpi.errors import InputError, UnknownName
from tests.experiment.small_world import simulated, small


def test_a_chart_of_a_result_and_of_a_sweep() -> None:
    assert simkpi.draw_chart("waits", simulated(), lang="fr").axes
    swept = simkpi.sweep(
        small(), {"teams.phone.count": "3:4:1", "bots.helper.contains": "20%,40%"}, replications=2, kpis=["service_level"]
    )
    texts = [text.get_text() for text in simkpi.draw_chart("heatmap", swept, goals="service_level>=1%").texts]
    assert any("Service level ≥ 1% for sure" in text for text in texts)


def test_a_report_of_a_comparison(tmp_path: Path) -> None:
    found = simkpi.compare(small(), small(routing={"agent": "least-occupied"}), names=("a", "b"), replications=2)
    path = simkpi.write_report(found, tmp_path / "r.html", deep=False)
    assert "What changes against a" in path.read_text(encoding="utf-8")


def test_what_can_not_be_drawn_or_reported() -> None:
    with pytest.raises(UnknownName, match="did you mean 'waits'"):
        simkpi.draw_chart("wait", simulated())
    with pytest.raises(InputError, match="is drawn from a sweep"):
        simkpi.draw_chart("tornado", simulated())
