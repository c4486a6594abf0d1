from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.errors import LogError
from simkpi.interactions.quarantine import check


def rows(**columns: list[object]) -> pl.DataFrame:
    size = len(next(iter(columns.values())))
    base = {
        "contact_id": [str(n) for n in range(size)],
        "channel": ["chat"] * size,
        "arrived_at": [10] * size,
        "outcome": ["answered"] * size,
    }
    return pl.DataFrame({**base, **columns}, strict=False)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"ended_at": [20, 5]}, "ended_at is before arrived_at"),
        ({"queued_at": [12, 12], "answered_at": [13, 11]}, "answered_at is before queued_at"),
        ({"ended_at": [20, 20], "wrapped_at": [None, 19]}, "wrapped_at is before ended_at"),
        ({"bot_started_at": [10, 12], "bot_ended_at": [11, 11]}, "bot_ended_at is before bot_started_at"),
        ({"outcome": ["open", "lost"]}, "outcome must be one of answered, abandoned"),
        ({"arrived_at": ["10", "ten"]}, "arrived_at must be a moment such as 2026-01-05T08:30:00, got 'ten'"),
        ({"arrived_at": [10, None]}, "arrived_at is missing"),
        ({"contact_id": ["7", "7"]}, "contact_id occurred before"),
        ({"contact_id": ["7", " "]}, "contact_id is missing"),
        ({"talk_time": [1, -1]}, "talk_time is negative"),
        ({"is_resolved": ["Y", "?"]}, "is_resolved must be yes or no, got '?'"),
        ({"n_transfers": ["1", "1.5"]}, "n_transfers must be a whole number, got '1.5'"),
    ],
)
@pytest.mark.parametrize("lazy", [False, True])
def test_a_row_that_can_not_be_true_is_set_aside_with_its_reason(
    columns: dict[str, list[object]], reason: str, lazy: bool
) -> None:
    frame = rows(**columns)
    checked = check(frame.lazy() if lazy else frame)
    assert isinstance(checked.good, pl.LazyFrame) is lazy
    assert checked.good.lazy().collect().height == 1
    assert checked.rejects["row"].to_list() == [2]
    assert checked.rejects["reason"][0].startswith(reason)
    assert "1 of 2 rows set aside: " in checked.summary()


def test_all_reasons_of_a_row_are_given_and_the_row_is_kept_as_it_was_read() -> None:
    checked = check(rows(ended_at=["x", "20"], outcome=["lost", "open"], reason=["mine", ""]))
    reject = checked.rejects.row(0, named=True)
    assert reject["reason"].count("; ") == 1
    assert (reject["ended_at"], reject["outcome"], reject["source_reason"]) == ("x", "lost", "mine")


def test_equal_moments_and_missing_ones_are_fine() -> None:
    checked = check(rows(queued_at=[10, None], answered_at=[10, None], ended_at=[10, 11], wrapped_at=[10, None]))
    assert checked.rejects.is_empty()
    assert checked.summary() == ""


def test_the_first_of_two_rows_with_one_id_is_kept() -> None:
    checked = check(rows(contact_id=["a", "b", "a"], value=[1, 2, 3]))
    assert checked.good["value"].to_list() == [1, 2]


def test_a_stated_share_is_exact_and_the_default_lets_ten_rows_pass() -> None:
    frame = rows(outcome=["lost"] * 10 + ["open"] * 2)
    assert len(check(frame).rejects) == 10
    assert len(check(frame, max_rejects=10 / 12).rejects) == 10
    with pytest.raises(LogError, match=r"x.csv: 10 of 12 rows \(83.3%\) can not be used, more than the 82.5% allowed") as caught:
        check(frame, max_rejects=9.9 / 12, file="x.csv")
    assert "x.csv: row 1: outcome must be one of" in str(caught.value)
    with pytest.raises(LogError, match="11 of 12"):
        check(rows(outcome=["lost"] * 11 + ["open"]))
    with pytest.raises(LogError, match="11 of 1012"):
        check(rows(outcome=["lost"] * 11 + ["open"] * 1001))
    assert len(check(rows(outcome=["lost"] * 11 + ["open"] * 1101)).rejects) == 11


def test_zero_rows_are_a_log() -> None:
    checked = check(rows(ended_at=[5]).clear())
    assert (checked.n_rows, checked.good.height, len(checked.rejects)) == (0, 0, 0)


def test_agent_states_are_checked_too() -> None:
    states = pl.DataFrame({"agent_id": ["a", "b"], "state": ["work", "work"], "from_at": [0, 9], "to_at": [5, 8]})
    checked = check(states, "agent_states")
    assert checked.rejects["reason"].to_list() == ["to_at is before from_at"]


OPTIONAL = st.one_of(st.none(), st.integers(0, 30))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30), OPTIONAL, OPTIONAL, OPTIONAL), max_size=12))
def test_a_plain_second_look_at_each_row_sets_the_same_rows_aside(
    drawn: list[tuple[int, int, int | None, int | None, int | None]],
) -> None:
    names = ("contact_id", "arrived_at", "queued_at", "answered_at", "ended_at")
    frame = pl.DataFrame(drawn, schema=dict.fromkeys(names, pl.Int64), orient="row").with_columns(
        channel=pl.lit("chat"), outcome=pl.lit("open")
    )
    seen: set[int] = set()
    bad = []
    for place, (key, *moments) in enumerate(drawn, start=1):
        given_moments = [moment for moment in moments if moment is not None]
        if given_moments != sorted(given_moments) or key in seen:
            bad.append(place)
        seen.add(key)
    checked = check(frame, max_rejects=1)
    assert checked.rejects["row"].to_list() == bad
    assert checked.good.height == len(drawn) - len(bad)


def test_cells_of_any_type_can_be_told() -> None:
    import datetime as dt

    typed = rows(arrived_at=[dt.timedelta(seconds=3)] * 2, wrapped_at=[dt.time(1)] * 2, talk_time=[b"x"] * 2)
    checked = check(typed)
    assert checked.rejects["reason"][0].count("; ") == 1
    assert "wrapped_at must be a moment" in checked.rejects["reason"][0]
    assert "talk_time must be a duration" in checked.rejects["reason"][0]
