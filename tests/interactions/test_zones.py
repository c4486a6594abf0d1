"""Changes of the clocks cost no row and no hour."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from simkpi.interactions.files import read_log
from simkpi.interactions.write import write_log
from simkpi.interactions.zones import as_wall_clock
from simkpi.kpi.score import score

HEAD = "contact_id,channel,arrived_at,outcome,queued_at,answered_at,ended_at\n"
#: In each night the customer waits ten minutes across the moment at which the clocks of Paris change.
SPRING = "1,voice,2026-03-29T00:55:00Z,answered,2026-03-29T00:55:00Z,2026-03-29T01:05:00Z,2026-03-29T01:10:00Z\n"
AUTUMN = "2,voice,2026-10-25T00:55:00Z,answered,2026-10-25T00:55:00Z,2026-10-25T01:05:00Z,2026-10-25T01:10:00Z\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "log.csv"
    file.write_text(HEAD + SPRING + AUTUMN)
    return file


def test_waits_across_a_change_of_the_clocks_are_as_long_as_they_were(path: Path) -> None:
    log = read_log(path, timezone="Europe/Paris")
    assert log.rejects is None
    table = score(log.interactions, kpis=["asa", "talk_time"], by="hour")
    assert table.filter(kpi="asa").select("hour", "value").rows() == [(1, 600.0), (2, 600.0)]
    assert score(log.interactions, kpis=["talk_time"])["value"].to_list() == [300.0]


def test_days_and_hours_are_those_of_the_zone(path: Path) -> None:
    shown = as_wall_clock(read_log(path, timezone="Europe/Paris")).collect().interactions.sort("contact_id")
    wanted = [dt.datetime(2026, 3, 29, 1, 55), dt.datetime(2026, 10, 25, 2, 55)]
    assert shown["arrived_at"].to_list() == wanted


@pytest.mark.parametrize("name", ["copy.parquet", "copy.csv"])
def test_what_is_written_comes_back_with_the_same_waits(name: str, path: Path, tmp_path: Path) -> None:
    write_log(read_log(path, timezone="Europe/Paris"), tmp_path / name)
    again = read_log(tmp_path / name, timezone="Europe/Paris")
    table = score(again.interactions, kpis=["asa"], by="hour")
    assert table.select("hour", "value").rows() == [(1, 600.0), (2, 600.0)]


def test_moments_without_an_offset_are_the_wall_clock_of_the_zone(tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text(HEAD + "1,voice,2026-03-29T01:55:00,answered,2026-03-29T01:55:00,2026-03-29T03:05:00,2026-03-29T03:10:00\n")
    log = read_log(file, timezone="Europe/Paris")
    assert score(log.interactions, kpis=["asa"])["value"].to_list() == [600.0]
