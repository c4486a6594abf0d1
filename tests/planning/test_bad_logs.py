"""Logs that are wrong, odd or too small: each is handled, and said in a message, by every command that reads logs."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars import col

from tests.cli.running import Done, simkpi
from tests.planning.calibration_logs import exponential, generate

Capture = pytest.CaptureFixture[str]
MOMENTS = ("arrived_at", "queued_at", "answered_at", "ended_at", "wrapped_at")
COMMANDS = {
    "calibrate": ("-o", "-", "--no-check", "--no-tune"),
    "backtest": ("-n", "2", "--no-tune", "--no-explain"),
    "forecast": ("--model", "seasonal_naive"),
    "inspect": ("-o", "-"),
}


def usual() -> pl.DataFrame:
    log = generate(agents=(3, 3), per_interval=(20, 20), talk=exponential(300), patience=exponential(180)).interactions
    return log.lazy().collect()


def zoned(log: pl.DataFrame, zone: str, *, shift: str = "0d") -> pl.DataFrame:
    """Moments as text with the offset of *zone*, which changes when its clocks do."""
    there = [col(name).dt.offset_by(shift).dt.replace_time_zone(zone) for name in MOMENTS if name in log.columns]
    return log.with_columns(one.dt.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z") for one in there)


def broken(name: str) -> pl.DataFrame:
    """A log with the fault called *name*."""
    log, first, number = usual(), col("arrived_at").min(), pl.int_range(pl.len())
    early = col("arrived_at") - pl.duration(seconds=100)
    same = log.drop("wrapped_at", strict=False).with_columns(arrived_at=first, queued_at=first)
    return {
        "no abandonments": lambda: log.filter(outcome="answered"),
        "only abandonments": lambda: log.filter(outcome="abandoned"),
        "one day": lambda: log.filter(col("arrived_at").dt.date() == first.dt.date()),
        "gaps": lambda: log.filter(~col("arrived_at").dt.day().is_in([4, 10])),
        "two agents": lambda: (
            generate(agents=(2, 2), per_interval=(6, 6), talk=exponential(200), patience=exponential(180)).interactions
        ),
        "unlinked": lambda: log.with_columns(case_id=number.cast(pl.String)),
        "a few negative times": lambda: log.with_columns(ended_at=pl.when(number % 200 == 0).then(early).otherwise("ended_at")),
        "negative times": lambda: log.with_columns(ended_at=early),
        "empty": log.clear,
        "one contact": lambda: log.filter(outcome="answered").head(1),
        "one second": lambda: same.with_columns(
            answered_at=pl.when(outcome="answered").then(first + pl.duration(seconds=5)), ended_at=first + pl.duration(seconds=60)
        ),
        "duplicates": lambda: pl.concat([log, log.head(100)]),
        "another zone": lambda: zoned(log, "America/New_York"),
        "summer time": lambda: zoned(log, "Europe/Paris", shift="24d"),
    }[name]()


N = usual().height
TOO_MANY = f"{N} of {N} rows (100.0%) can not be used, more than"
ONE_DAY = "the log holds 1 day(s) with contacts: one part to fit and another to predict need two or more"
TWO_WEEKS = "a forecast needs two weeks"
REPEATED = f"100 of {N + 100} rows ({100 / (N + 100):.1%}) can not be used"
OFFSETS = "are read as UTC: hours of the day are not the centre's own"
#: Fault -> what each command says and its exit code; 0 and no text: it does its work and has nothing to say about the fault.
EXPECTED: dict[str, dict[str, tuple[int, str]]] = {
    "no abandonments": {
        "calibrate": (0, "nobody abandoned: patience is unknown"),
        "backtest": (0, ""),
        "forecast": (0, ""),
        "inspect": (0, "no contact abandoned"),
    },
    "only abandonments": {
        "calibrate": (3, "no contact of the log was answered: handle times and agents on duty can not be fitted"),
        "backtest": (3, "no contact of the log was answered"),
        "forecast": (0, ""),
        "inspect": (0, "no contact was answered"),
    },
    "one day": {
        "calibrate": (0, "the log holds 1 day(s): weekdays that it lacks are not in the scenario"),
        "backtest": (3, ONE_DAY),
        "forecast": (3, TWO_WEEKS),
        "inspect": (0, "all contacts are of one day"),
    },
    "gaps": {
        "calibrate": (0, "no contacts on 2026-03-04: taken as a gap of the log"),
        "backtest": (0, ""),
        "forecast": (0, "12 days with contacts"),
        "inspect": (0, ""),
    },
    "two agents": {
        "calibrate": (0, "team agents: 2 agent(s) seen; their means are rounded to whole agents"),
        "backtest": (0, ""),
        "forecast": (0, ""),
        "inspect": (0, ""),
    },
    "unlinked": {"calibrate": (0, ""), "backtest": (0, ""), "forecast": (0, ""), "inspect": (0, "")},
    "a few negative times": {
        **dict.fromkeys(("calibrate", "backtest", "forecast"), (0, f"{-(-N // 200)} of {N} rows set aside: ended_at is before")),
        "inspect": (0, f"{-(-N // 200)} of {N} rows set aside"),
    },
    "negative times": {
        **dict.fromkeys(("calibrate", "backtest", "forecast"), (3, TOO_MANY)),
        "inspect": (0, f"{N} of {N} rows set aside: ended_at is before"),
    },
    "empty": {
        "calibrate": (3, "the log has no contacts; nothing can be fitted"),
        "backtest": (3, "the log has no contacts; nothing can be fitted"),
        "forecast": (3, "the log has no contacts; nothing can be forecast"),
        "inspect": (0, "the log has no contacts"),
    },
    "one contact": {
        "calibrate": (0, "only 1 contact(s) were answered: every law is a guess"),
        "backtest": (3, ONE_DAY),
        "forecast": (3, TWO_WEEKS),
        "inspect": (0, "1 contact(s): too few to tell anything"),
    },
    "one second": {
        "calibrate": (0, f"all {N:,} contacts arrived within 0 s: is arrived_at the moment of arrival"),
        "backtest": (3, ONE_DAY),
        "forecast": (3, TWO_WEEKS),
        "inspect": (0, f"all {N:,} contacts arrived within 0 s"),
    },
    "duplicates": {
        **dict.fromkeys(("calibrate", "backtest", "forecast"), (3, REPEATED)),
        "inspect": (0, f"100 of {N + 100} rows set aside: contact_id occurred before (100)"),
    },
    "another zone": {
        **dict.fromkeys(("calibrate", "backtest", "forecast"), (0, OFFSETS)),
        "inspect": (0, "moments carry their time zone"),
    },
    "summer time": {
        **dict.fromkeys(("calibrate", "backtest", "forecast"), (0, OFFSETS)),
        "inspect": (0, "moments carry their time zone"),
    },
}


def run(capsys: Capture, command: str, file: Path, *more: str) -> Done:
    words = ("log", "inspect") if command == "inspect" else (command,)
    return simkpi(capsys, *words, str(file), *COMMANDS[command], *more)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("fault", EXPECTED)
def test_a_bad_log_is_handled_and_said(fault: str, command: str, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "log.csv"
    broken(fault).write_csv(file, datetime_format="%Y-%m-%d %H:%M:%S%.3f")
    code, text = EXPECTED[fault][command]
    seen = run(capsys, command, file)
    assert seen.code == code
    assert text in seen.err + seen.out
    assert "Traceback" not in seen.err + seen.out
    assert "internal error" not in seen.err


@pytest.mark.parametrize("command", ["calibrate", "backtest", "forecast"])
def test_with_its_zone_a_log_has_its_own_hours_whatever_its_offsets(command: str, tmp_path: Path, capsys: Capture) -> None:
    plain, offsets = tmp_path / "plain" / "log.csv", tmp_path / "offsets" / "log.csv"
    for file, log in ((plain, usual()), (offsets, zoned(usual(), "America/New_York"))):
        file.parent.mkdir()
        log.write_csv(file, datetime_format="%Y-%m-%d %H:%M:%S%.3f")
    local = run(capsys, command, plain)
    zone = run(capsys, command, offsets, "--timezone", "America/New_York")
    assert zone.out == local.out
    assert OFFSETS not in zone.err


def test_rows_that_can_not_be_true_are_let_pass_on_request(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "log.csv"
    broken("duplicates").write_csv(file, datetime_format="%Y-%m-%d %H:%M:%S%.3f")
    for command in ("calibrate", "backtest", "forecast"):
        seen = run(capsys, command, file, "--max-rejects", "30%")
        assert seen.code == 0
        assert f"100 of {N + 100} rows set aside" in seen.err


def test_a_file_without_a_line_is_no_log(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "log.csv"
    file.touch()
    for command in COMMANDS:
        seen = run(capsys, command, file)
        assert (seen.code, "is empty; a log needs at least a line with the column names" in seen.err) == (3, True)


def test_many_days_without_contacts_are_told_in_one_line(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "log.csv"
    log = usual()
    later = log.with_columns(col(name).dt.offset_by("42d") for name in MOMENTS if name in log.columns)
    both = pl.concat([log, later.with_columns(contact_id=pl.lit("later ") + col("contact_id"))])
    both.write_csv(file, datetime_format="%Y-%m-%d %H:%M:%S%.3f")
    seen = run(capsys, "calibrate", file)
    assert "no contacts on 28 days (2026-03-16, " in seen.err
    assert seen.err.count("taken as") == 1
