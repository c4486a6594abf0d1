"""Views of a log: agents, trends, peaks, distributions, benchmarks, opening hours, workbooks; in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import simkpi

HEAD = "contact_id,channel,arrived_at,outcome,queued_at,answered_at,ended_at,agent_id\n"
ROWS = [
    "1,voice,2026-01-05T09:00:00,answered,2026-01-05T09:00:00,2026-01-05T09:00:10,2026-01-05T09:05:00,ada",
    "2,voice,2026-01-05T17:50:00,answered,2026-01-05T17:50:00,2026-01-06T08:10:00,2026-01-06T08:15:00,=bo",
    "3,voice,2026-01-06T10:00:00,abandoned,2026-01-06T10:00:00,,2026-01-06T10:01:00,",
]


@pytest.fixture
def log(tmp_path: Path) -> str:
    file = tmp_path / "log.csv"
    file.write_text(HEAD + "\n".join(ROWS) + "\n", encoding="utf-8")
    return str(file)


class TestViews:
    def test_agents_have_a_row_each(self, log: str, capsys: pytest.CaptureFixture[str]) -> None:
        found = json.loads(simkpi(capsys, "score", log, "--agents", "--kpi", "answered", "--format", "json").out)
        assert found["agents"] == [{"agent": "=bo", "answered": 1.0}, {"agent": "ada", "answered": 1.0}]

    def test_a_trend_says_whether_it_got_better(self, log: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "score", log, "--trend", "day", "--kpi", "abandon_rate", "--lang", "fr")
        assert done.out.splitlines()[-1].split()[-2:] == ["moins", "bien"]

    def test_peak_and_distribution(self, log: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "score", log, "--peaks", "--distribution", "mean_wait_abandoned", "--format", "json")
        found = json.loads(done.out)
        assert found["peaks"][0]["value"] == 1
        assert [row["n"] for row in found["distribution_mean_wait_abandoned"] if row["up_to"] == 60] == [1]

    def test_benchmarks_say_red_and_check_makes_it_an_exit_code(self, log: str, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "score", log, "--benchmarks", "--check", "--kpi", "abandon_rate")
        assert done.code == 4
        assert "RED" in done.out.split("Benchmarks")[1]

    def test_opening_hours_stop_the_clock_at_night_and_on_holidays(self, log: str, capsys: pytest.CaptureFixture[str]) -> None:
        def frt(*more: str) -> float:
            done = simkpi(capsys, "score", log, "--kpi", "frt", "--format", "json", "--hours", "mon-fri 08:00-18:00", *more)
            return float(json.loads(done.out)["kpis"][0]["value"])

        assert frt() == (10 + 1200) / 2
        assert frt("--holidays", "2026-01-06") == (10 + 600) / 2
        assert simkpi(capsys, "score", log, "--hours", "always").code == 2

    def test_a_workbook_holds_a_sheet_a_table_and_text_is_no_formula(
        self, log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        import python_calamine

        done = simkpi(capsys, "score", log, "--agents", "--kpi", "answered", "-o", str(tmp_path / "r.xlsx"))
        assert done.code == 0
        book = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "r.xlsx"))
        assert book.sheet_names == ["kpis", "agents", "about"]
        assert book.get_sheet_by_name("agents").to_python()[1] == ["=bo", 1.0]

    def test_two_views_are_no_csv(self, log: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert simkpi(capsys, "score", log, "--agents", "--peaks", "--format", "csv").code == 2


class TestNotes:
    def test_contacts_without_an_agent_are_named_when_broken_down(self, log: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert "1 contacts have no agent" in simkpi(capsys, "score", log, "--by", "agent", "--kpi", "abandon_rate").err

    def test_replications_are_not_pooled_in_silence(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        rows = [f"{row},{at}" for at in (0, 1) for row in ("a" + str(at) + ROWS[0][1:],)]
        (tmp_path / "two.csv").write_text(HEAD.replace("\n", ",replication\n") + "\n".join(rows) + "\n")
        done = simkpi(capsys, "score", str(tmp_path / "two.csv"), "--kpi", "offered")
        assert "2 replications in one log" in done.err
        one = simkpi(capsys, "score", str(tmp_path / "two.csv"), "--kpi", "offered", "--by", "replication")
        assert "replications in one log" not in one.err

    def test_undecided_contacts_are_counted(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "log.csv").write_text(HEAD.replace("\n", ",case_id\n") + ROWS[0] + ",a\n")
        done = simkpi(capsys, "score", str(tmp_path / "log.csv"), "--kpi", "repeat_rate")
        assert "Repeat contact rate: all 1 undecided: the window reaches beyond the log" in done.err


class TestAmber:
    @pytest.mark.parametrize(("amber", "light"), [("40%", "amber"), ("30%", "red")])
    def test_a_miss_up_to_the_limit_is_amber(
        self, amber: str, light: str, log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "t.yaml").write_text(f"abandon_rate: {{threshold: 5%, direction: at most, amber: {amber}}}\n")
        done = simkpi(capsys, "score", log, "--targets", str(tmp_path / "t.yaml"), "--check", "--format", "json")
        assert done.code == 4
        assert json.loads(done.out)["targets"][0]["light"] == light

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("asa: {threshold: 20s, ambr: 30s}", "did you mean 'amber'?"),
            ("asa: {threshold: 20s, amber: 10s}", "amber must be worse"),
        ],
    )
    def test_mistakes_are_named(
        self, text: str, message: str, log: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "t.yaml").write_text(text + "\n")
        done = simkpi(capsys, "score", log, "--targets", str(tmp_path / "t.yaml"))
        assert done.code == 3
        assert message in done.err

    def test_the_example_is_read(self, log: str, capsys: pytest.CaptureFixture[str]) -> None:
        example = Path(__file__).resolve().parents[2] / "scenarios" / "targets_example.yml"
        assert "(red)" in simkpi(capsys, "score", log, "--targets", str(example)).out
