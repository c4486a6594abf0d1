from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from simkpi.errors import LogError
from simkpi.interactions.columns import TABLES
from simkpi.interactions.reading import Reading
from simkpi.interactions.table import Log, bundle, normalise

MINIMAL = {
    "contact_id": ["1", "2"],
    "channel": ["chat", "voice"],
    "arrived_at": ["0", "2.5"],
    "outcome": ["answered", "Abandoned"],
}


def test_four_columns_are_enough_and_unknown_ones_are_kept() -> None:
    log = normalise(pl.DataFrame({**MINIMAL, "mine": ["x", "y"]}))
    assert log["mine"].to_list() == ["x", "y"]
    assert log.row(1) == ("2", "voice", dt.datetime(1970, 1, 1, 0, 0, 2, 500_000), "abandoned", "y")


def test_a_lazy_frame_stays_lazy_and_gives_the_same_rows() -> None:
    lazy = normalise(pl.LazyFrame(MINIMAL))
    assert isinstance(lazy, pl.LazyFrame)
    assert lazy.collect().equals(normalise(pl.DataFrame(MINIMAL)))
    assert lazy.collect(engine="streaming").equals(normalise(pl.DataFrame(MINIMAL)))


def test_normalising_twice_changes_nothing() -> None:
    once = normalise(
        pl.DataFrame({**MINIMAL, "talk_time": ["1m", None], "is_resolved": ["Y", "n"], "tags": ["a|b", ""], "nps": ["9", "1"]})
    )
    assert normalise(once).equals(once)


def test_all_missing_columns_are_named_with_the_nearest_name() -> None:
    with pytest.raises(LogError) as caught:
        normalise(pl.DataFrame({"contact_id": [1], "outcomes": ["answered"], "channel": ["chat"]}))
    assert len(caught.value.problems) == 2
    assert "'arrived_at'" in str(caught.value)
    assert "'outcome'" in str(caught.value)
    assert "did you mean 'outcomes'?" in str(caught.value)


@pytest.mark.parametrize("lazy", [False, True])
def test_an_unreadable_cell_is_an_error_and_never_silently_null(lazy: bool) -> None:
    frame = pl.DataFrame({**MINIMAL, "ended_at": ["soon", "3"]})
    with pytest.raises(LogError, match=r"ended_at: 1 cell.s. must be a moment .*'soon'"):
        normalise(frame.lazy() if lazy else frame).lazy().collect()


def test_dates_settle_the_order_of_day_and_month_themselves() -> None:
    frame = pl.DataFrame({**MINIMAL, "arrived_at": ["03/04/2026 08:00", "13/04/2026 08:00"]})
    assert normalise(frame)["arrived_at"][0] == dt.datetime(2026, 4, 3, 8)
    frame = pl.DataFrame({**MINIMAL, "arrived_at": ["03/04/2026 08:00", "03/13/2026 08:00"]})
    assert normalise(frame)["arrived_at"][0] == dt.datetime(2026, 3, 4, 8)


def test_dates_that_leave_it_open_or_contradict_each_other_are_refused() -> None:
    frame = pl.DataFrame({**MINIMAL, "arrived_at": ["03/04/2026", "05/04/2026"]})
    with pytest.raises(LogError, match="day first or month first"):
        normalise(frame)
    assert normalise(frame, reading=Reading(date_order="mdy"))["arrived_at"][0] == dt.datetime(2026, 3, 4)
    with pytest.raises(LogError, match="mix day first and month first"):
        normalise(pl.DataFrame({**MINIMAL, "arrived_at": ["13/04/2026", "04/13/2026"]}))


def test_an_empty_log_keeps_its_columns_and_types() -> None:
    empty = normalise(pl.DataFrame(MINIMAL).clear())
    assert empty.height == 0
    assert empty.schema["arrived_at"] == pl.Datetime("ms")


@pytest.mark.parametrize("table", list(TABLES))
def test_every_table_can_be_normalised_when_empty(table: str) -> None:
    frame = pl.DataFrame(schema=dict.fromkeys(TABLES[table], pl.String))
    assert normalise(frame, table).columns == list(TABLES[table])


def test_a_log_lists_its_tables_and_what_can_be_computed_from() -> None:
    legs = pl.DataFrame({"contact_id": ["1"], "leg": [0], "kind": ["bot"], "from_at": [0], "to_at": [1]})
    log = bundle({"interactions": pl.LazyFrame(MINIMAL), "legs": legs}, Log(pl.DataFrame(), source="x", notes=("n",)))
    assert list(log.tables()) == ["interactions", "legs"]
    assert "legs.from_at" in log.capabilities
    assert "interactions.queued_at" not in log.capabilities
    assert isinstance(log.collect().interactions, pl.DataFrame)
    assert log.collect().notes == ("n",)
