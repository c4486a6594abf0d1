from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import simkpi

HEAD = "contact_id,channel,arrived_at,outcome,queued_at,answered_at,ended_at\n"
GOOD = [
    "1,voice,2026-01-05T09:00:00,answered,2026-01-05T09:00:00,2026-01-05T09:00:10,2026-01-05T09:05:00",
    "2,voice,2026-01-05T09:10:00,answered,2026-01-05T09:10:00,2026-01-05T09:10:30,2026-01-05T09:15:00",
    "3,chat,2026-01-05T10:00:00,abandoned,2026-01-05T10:00:00,,2026-01-05T10:01:00",
    "4,chat,2026-01-05T10:05:00,answered,2026-01-05T10:05:00,2026-01-05T10:05:05,2026-01-05T10:09:00",
]
BAD = "5,chat,2026-01-05T10:05:00,answered,2026-01-05T10:05:00,2026-01-05T10:05:05,2026-01-05T09:00:00"
BANK = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "anonymous_bank_1999_08"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "log.csv"
    file.write_text(HEAD + "\n".join(GOOD) + "\n", encoding="utf-8")
    return file


def values(text: str) -> dict[str, float]:
    return {row["kpi"]: row["value"] for row in json.loads(text)["kpis"]}


class TestFigures:
    def test_a_log_worked_out_by_hand(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "score", str(log), "--format", "json", "--kpi", "offered,service_level,asa,abandon_rate")
        assert values(done.out) == {"offered": 4, "service_level": 0.5, "asa": 15.0, "abandon_rate": 0.25}

    def test_threshold_and_other_parameters_are_passed_on(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        at_30 = simkpi(capsys, "score", str(log), "--format", "json", "--kpi", "service_level", "--threshold", "30s")
        assert values(at_30.out) == {"service_level": 0.75}
        answered = simkpi(
            capsys, "score", str(log), "--format", "json", "--kpi", "service_level", "--set", "service_level=answered_only"
        )
        assert values(answered.out) == {"service_level": pytest.approx(2 / 3)}

    def test_a_breakdown(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "score", str(log), "--by", "channel", "--kpi", "offered")
        assert done.out.splitlines()[-1].split() == ["Offered", "2", "2"]

    def test_what_the_log_can_not_give_is_listed_with_the_missing_column(
        self, log: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        done = simkpi(capsys, "score", str(log))
        assert done.code == 0
        assert "Service level" in done.out.split("Unavailable")[0]
        assert "bot_" in done.out.split("Unavailable")[1]

    @pytest.mark.skipif(not BANK.is_dir(), reason="needs the shared data")
    def test_the_banks_log_gives_its_published_figures(self, capsys: pytest.CaptureFixture[str]) -> None:
        kpis = "offered,answered,abandoned,asa"
        log = str(next(BANK.glob("calls_*")))
        done = simkpi(capsys, "score", log, "--source", "anonymous-bank", "--kpi", kpis, "--format", "json")
        found = values(done.out)
        assert (found["offered"], found["answered"], found["abandoned"]) == (21634, 15888, 5746)
        assert found["asa"] == pytest.approx(114.674, abs=5e-4)


class TestDirtyRows:
    @pytest.fixture
    def dirty(self, tmp_path: Path) -> Path:
        file = tmp_path / "dirty.csv"
        file.write_text(HEAD + "\n".join([*GOOD, BAD]) + "\n", encoding="utf-8")
        return file

    def test_they_are_counted_and_kept_with_their_reason(
        self, dirty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "out"
        done = simkpi(capsys, "score", str(dirty), "--kpi", "offered", "--out", str(out))
        assert done.code == 0
        assert "1 rows set aside" in done.err
        rejects = (out / "rejects.csv").read_text(encoding="utf-8")
        assert "ended_at" in rejects
        assert rejects.splitlines()[1].count("5") >= 1
        assert {path.name for path in out.iterdir()} == {
            "kpis.csv",
            "kpis_by_interval.csv",
            "rejects.csv",
            "day.png",
            "day.svg",
            "manifest.json",
        }

    def test_too_many_of_them_stop_the_run(self, dirty: Path, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "score", str(dirty), "--max-rejects", "10%")
        assert (done.code, done.out) == (3, "")


class TestTargets:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("service_level: 50% in 20s\nabandon_rate: at most 25%\n", (0, "met", "met")),
            ("targets:\n  voice: {service_level: 80% in 20s}\n  all: {asa: 1m}\n", (4, "missed", "met")),
            ("voice: {service_level: 80% in 30s}\n", (0, "met")),
            ("all: {occupancy: at most 85%}\n", (4, "no figure")),
        ],
    )
    def test_each_is_judged_and_check_turns_a_miss_into_exit_code_4(
        self, text: str, expected: tuple, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "targets.yaml").write_text(text)
        arguments = ("score", str(log), "--targets", str(tmp_path / "targets.yaml"))
        assert simkpi(capsys, *arguments, "--check").code == expected[0]
        found = json.loads(simkpi(capsys, *arguments, "--format", "json").out)["targets"]
        assert tuple(one["verdict"] for one in found) == expected[1:]
        assert "recorded" in simkpi(capsys, *arguments).out.split("Targets")[1]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("servce_level: 80%\n", "targets.yaml:1: servce_level: unknown KPI 'servce_level'; did you mean 'service_level'?"),
            ("all:\n  asa: 80%\n", "targets.yaml:2: all.asa: must be a duration"),
            ("all:\n  asa: soon\n", "targets.yaml:2: all.asa"),
            ("voic: {asa: 1m}\n", "no such contact type or channel; did you mean 'voice'?"),
            ("- a\n", "no targets found"),
            ("", "targets.yaml"),
        ],
    )
    def test_mistakes_are_named_with_their_line(
        self, text: str, message: str, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "targets.yaml").write_text(text)
        done = simkpi(capsys, "score", str(log), "--targets", str(tmp_path / "targets.yaml"))
        assert (done.code, done.out) == (3, "")
        assert message in done.err

    def test_check_needs_targets_and_a_missing_file_is_named(self, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert simkpi(capsys, "score", str(log), "--check").code == 2
        done = simkpi(capsys, "score", str(log), "--targets", "none.yaml")
        assert (done.code, done.err) == (3, "none.yaml: no such file or directory\n")


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (("--kpi", "aas"), "unknown KPI 'aas'; did you mean 'asa'?"),
            (("--by", "chanel"), "did you mean 'channel'?"),
            (("--set", "fcr_windw=3d"), "did you mean 'fcr_window'?"),
            (("--set", "fcr_window"), "must be name=value"),
            (("--set", "threshold=soon"), "threshold"),
            (("--source", "anonymos-bank"), "did you mean 'anonymous-bank'?"),
            (("--threshold", "-3s"), "must not be negative"),
            (("--max-rejects", "5"), "per cent"),
        ],
    )
    def test_wrong_usage(self, arguments: tuple[str, ...], message: str, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
        done = simkpi(capsys, "score", str(log), *arguments)
        assert (done.code, done.out) == (2, "")
        assert message in done.err

    def test_a_missing_an_empty_and_a_column_less_log_are_one_line_each(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "empty.csv").write_text("")
        (tmp_path / "strange.csv").write_text("a,b\n1,2\n")
        for name in ("none.csv", "empty.csv", "strange.csv"):
            done = simkpi(capsys, "score", str(tmp_path / name))
            assert (done.code, done.out) == (3, "")
            assert name in done.err
            assert "Traceback" not in done.err

    def test_a_log_without_rows_counts_to_zero(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "none.csv").write_text(HEAD)
        done = simkpi(
            capsys, "score", str(tmp_path / "none.csv"), "--out", str(tmp_path / "out"), "--kpi", "offered,service_level"
        )
        assert done.code == 0
        assert {line.split("  ")[0]: line.split()[-1] for line in done.out.splitlines()[4:]}["Offered"] == "0"
        assert "manifest.json" in {path.name for path in (tmp_path / "out").iterdir()}
