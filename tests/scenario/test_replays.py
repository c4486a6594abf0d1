"""Replaying a log: which rows come again, on which days, and what they count to."""

from datetime import datetime, timedelta

import polars as pl
import pytest

from simkpi.scenario import replays
from simkpi.scenario.dump import digest, to_dict, to_yaml
from simkpi.scenario.files import load, loads

MONDAY = datetime(2026, 4, 6)
LOG = [
    (MONDAY + timedelta(hours=8, seconds=1.5), "voice", "sales", "reactive"),
    (MONDAY + timedelta(hours=8, minutes=29), "voice", "help", "redial"),
    (MONDAY + timedelta(hours=9), "chat", "help", "reactive"),
    (MONDAY + timedelta(hours=33), "voice", "sales", "reactive"),
    (MONDAY + timedelta(hours=80), "voice", "sales", "reactive"),
]


@pytest.fixture
def folder(tmp_path):
    frame = pl.DataFrame(LOG, schema=["arrived_at", "channel", "queue", "origin"], orient="row")
    frame.write_parquet(tmp_path / "log.parquet")
    frame.write_csv(tmp_path / "log.csv")
    zoned = frame.with_columns(pl.col("arrived_at").dt.replace_time_zone("Europe/Paris"))
    zoned.write_parquet(tmp_path / "zoned.parquet")
    frame.with_columns(contact_type=pl.lit("voice")).write_parquet(tmp_path / "typed.parquet")
    return tmp_path


def replay(folder, volume, start="2026-04-06", days=2):
    (folder / "s.yaml").write_text(
        f"simkpi: 1\ncalendar: {{from: {start}, days: {days}}}\n"
        f"contacts: {{voice: {{volume: {volume}, handle: 5m, patience: 2m}}}}\n"
        "teams: {phone: {skills: [voice], count: 5}}\n",
        encoding="utf-8",
    )
    return load(folder / "s.yaml")


@pytest.mark.parametrize("file", ["log.parquet", "log.csv", "zoned.parquet"])
def test_the_rows_of_the_channel_come_again_on_their_dates(folder, file):
    volume = replay(folder, f"{{replay: {file}}}").spec.contacts["voice"].volume
    assert volume.arrivals == ((28_801_500, 30_540_000), (32_400_000,))
    assert (volume.mode, volume.start, volume.interval) == ("replay", 0, 1800)
    assert [(day, index, n) for day, row in enumerate(volume.expected) for index, n in enumerate(row) if n] == [
        (0, 16, 2),
        (1, 18, 1),
    ]


def test_rows_of_the_contact_types_own_name_come_before_those_of_its_channel(folder):
    assert len(replay(folder, "{replay: typed.parquet}").spec.contacts["voice"].volume.arrivals[0]) == 3


def test_where_says_which_rows(folder):
    given = "{replay: {file: log.parquet, where: {queue: [sales, help], origin: reactive}}}"
    assert [len(row) for row in replay(folder, given).spec.contacts["voice"].volume.arrivals] == [2, 1]


def test_a_recorded_day_may_be_moved_to_the_calendars_first_day(folder):
    moved = replay(folder, "{replay: {file: log.parquet, first_day: 2026-04-07}}", start="2026-06-01")
    assert [len(row) for row in moved.spec.contacts["voice"].volume.arrivals] == [1, 0]


def test_the_scale_counts_in_what_is_expected(folder):
    volume = replay(folder, "{replay: log.parquet, scale: 150%}").spec.contacts["voice"].volume
    assert [sum(row) for row in volume.expected] == [3, 1.5]


def test_the_resolved_form_needs_the_log_no_more(folder):
    scenario = replay(folder, "{replay: log.parquet}")
    again = loads(to_yaml(to_dict(scenario)))
    assert again == scenario
    assert digest(again) == digest(scenario)


def test_more_contacts_than_a_scenario_holds_are_refused(folder, monkeypatch, errors_of):
    monkeypatch.setattr(replays, "MAX_CONTACTS", 3)
    with pytest.raises(ValueError, match="holds more than 3 such contacts"):
        replay(folder, "{replay: log.parquet}")


def test_a_file_that_is_no_table_is_refused_in_one_line(folder):
    (folder / "log.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(ValueError, match=r"replay: 'log.parquet' can not be read as Parquet or CSV: .*$"):
        replay(folder, "{replay: log.parquet}")
