"""``simkpi run`` shows what customers make of it, with intervals, in both languages, and writes the tables behind it."""

import json
from pathlib import Path

import pytest

from tests.cli.running import simkpi

ASKED = "csat,nps,ces,conversion_rate"
SHIPPED = ("run", "features/responses", "-n", "3", "--quiet")
Captured = pytest.CaptureFixture[str]


def test_scores_and_sales_have_intervals(capsys: Captured) -> None:
    done = simkpi(capsys, *SHIPPED, "--kpi", ASKED, "--format", "json")
    rows = {row["kpi"]: row for row in json.loads(done.out)["kpis"]}
    assert list(rows) == ASKED.split(",")
    assert all(row["half_width"] > 0 for row in rows.values())


def test_all_shows_them_too_in_french(capsys: Captured) -> None:
    lines = simkpi(capsys, *SHIPPED, "--kpi", "all", "--lang", "fr").out.splitlines()
    for label in ("Satisfaction client", "Score de promoteur net", "Taux de désabonnement"):
        assert any(label.lower() in line.lower() and "±" in line for line in lines), label


def test_the_tables_behind_them_are_written_with_the_log_and_score_alike(tmp_path: Path, capsys: Captured) -> None:
    simkpi(capsys, *SHIPPED, "--out", str(tmp_path), "--log")
    names = {path.name for path in tmp_path.glob("interactions.*.parquet")}
    assert {f"interactions.{table}.parquet" for table in ("surveys", "customers", "orders")} <= names
    score = ("score", str(tmp_path / "interactions.parquet"), "--quiet")
    both = [
        json.loads(simkpi(capsys, *words, "--kpi", "csat,churn", "--format", "json").out)["kpis"] for words in (SHIPPED, score)
    ]
    simulated, scored = ([round(row["value"], 9) for row in rows] for rows in both)
    assert simulated == scored
