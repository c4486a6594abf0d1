from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.errors import InputError
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.days import split_days
from simkpi.planning.calibrate.duty import active_agents, find_duty
from simkpi.planning.calibrate.observed import observe
from simkpi.planning.calibrate.pace import fit_pace
from simkpi.planning.calibrate.staffing import fit_teams, heads
from tests.planning.calibration_logs import exponential, generate, lognormal

NINE = datetime(2026, 3, 2, 9)


def log(
    rows: list[tuple[str, float, float, float]], *, channel: str = "voice", gone: tuple[tuple[float, float], ...] = ()
) -> Log:
    """Rows (agent, queued, answered, ended) in seconds after nine; *gone*: (queued, left) of those who abandoned."""
    answered = [("answered", agent, queued, start, end) for agent, queued, start, end in rows]
    left = [("abandoned", None, queued, None, end) for queued, end in gone]

    def at(seconds: float | None) -> datetime | None:
        return None if seconds is None else NINE + timedelta(seconds=seconds)

    frame = pl.DataFrame(
        [
            {
                "contact_id": str(n),
                "channel": channel,
                "outcome": outcome,
                "agent_id": agent,
                "arrived_at": at(queued),
                "queued_at": at(queued),
                "answered_at": at(start),
                "ended_at": at(end),
            }
            for n, (outcome, agent, queued, start, end) in enumerate([*answered, *left])
        ]
    )
    return Log(frame)


def spells(read: Log) -> list[tuple[str, float, float]]:
    observed = observe(read)
    duty = find_duty(observed, np.ones(len(observed), dtype=bool), interval=60)
    nine = 9 * 3600
    return sorted(
        (str(agent), start - nine, end - nine) for agent, start, end in zip(duty.agent, duty.start, duty.end, strict=True)
    )


def test_an_idle_agent_is_on_duty_as_long_as_nobody_waits() -> None:
    assert spells(log([("A", 0, 0, 60), ("A", 1200, 1200, 1260)])) == [("A", 0, 1260)]


def test_an_agent_who_lets_customers_wait_was_away() -> None:
    found = spells(log([("A", 0, 0, 60), ("A", 120, 1200, 1260)]))
    assert found == [("A", 0, 60), ("A", 1200, 1260)]


def test_an_agent_who_was_free_while_others_waited_long_was_away() -> None:
    found = spells(log([("A", 0, 0, 60), ("A", 1260, 1260, 1320), ("B", 0, 0, 1200), ("B", 120, 1200, 1320)]))
    assert found == [("A", 0, 60), ("A", 1260, 1320), ("B", 0, 1320)]


def test_an_hour_without_contacts_is_an_absence() -> None:
    assert len(spells(log([("A", 0, 0, 60), ("A", 4000, 4000, 4060)]))) == 2


def test_pauses_before_customers_who_waited_are_unlogged_work() -> None:
    observed = observe(log([("A", 0, 0, 60), ("A", 30, 75, 120), ("A", 300, 300, 360), ("A", 310, 380, 400)]))
    duty = find_duty(observed, np.ones(4, dtype=bool))
    assert duty.gaps.tolist() == [15, 20]


def test_contacts_without_an_agent_name_count_as_busy_time() -> None:
    read = log([("A", 0, 0, 60), ("B", 0, 0, 60)])
    read = Log(read.interactions.with_columns(agent_id=pl.lit(None, dtype=pl.String)))
    assert spells(read) == [("", 0, 60), ("", 0, 60)]


def test_active_agents_counts_each_agent_once_per_interval() -> None:
    observed = observe(log([("A", 0, 0, 60), ("A", 100, 100, 160), ("B", 50, 50, 1900)]))
    borders = 9 * 3600 + np.array([0.0, 1800.0, 3600.0])
    assert active_agents(observed, np.ones(3, dtype=bool), borders).tolist() == [2, 1]


def test_head_counts_of_an_overloaded_centre_are_recovered() -> None:
    # 25 s of hidden work after each contact must not look like missing agents.
    read = generate(
        per_interval=(60, 90, 90, 60),
        agents=(3, 5, 4, 3),
        talk=exponential(180),
        patience=exponential(200),
        hidden=exponential(25),
    )
    observed = observe(read)
    (team,) = fit_teams(read, observed, split_days(observed, 1800.0), interval=1800.0, longest_gap=300.0, staff_from="contacts")
    means = team.on_duty[:, 18:22].mean(axis=0)
    assert means == pytest.approx([3, 5, 4, 3], abs=0.25)
    assert team.unlogged.mean == pytest.approx(25, abs=4 * 1.0)
    assert team.agents == 5


def test_breaks_lower_the_availability() -> None:
    read = log([("A", 0, 0, 60), ("A", 120, 1200, 1260), ("A", 1250, 1270, 1800)])
    observed = observe(read)
    (team,) = fit_teams(read, observed, split_days(observed, 1800.0), interval=1800.0, longest_gap=300.0, staff_from="contacts")
    assert team.breaks == 1
    assert team.availability == pytest.approx((60 + 60 + 600) / 1800, abs=0.04)


def test_recorded_agent_states_are_believed_when_asked() -> None:
    read = log([("A", 0, 0, 60)])
    states = pl.DataFrame(
        {
            "agent_id": ["A", "B", "A"],
            "state": ["work", "work", "break"],
            "from_at": [NINE, NINE, NINE + timedelta(minutes=30)],
            "to_at": [NINE + timedelta(minutes=30), NINE + timedelta(minutes=15), NINE + timedelta(minutes=60)],
        }
    )
    observed = observe(read)
    days = split_days(observed, 1800.0)
    (team,) = fit_teams(
        Log(read.interactions, agent_states=states), observed, days, interval=1800.0, longest_gap=300.0, staff_from="states"
    )
    assert team.on_duty[0, 18:20].tolist() == [1.5, 0]
    with pytest.raises(InputError, match="no agent states"):
        fit_teams(read, observed, days, interval=1800.0, longest_gap=300.0, staff_from="states")


def test_chats_handled_at_once_are_seen() -> None:
    rows = [("A", float(k), float(k), k + 300.0) for k in range(0, 3000, 150)]
    observed = observe(log(rows, channel="chat"))
    (team,) = fit_teams(
        log(rows, channel="chat"),
        observed,
        split_days(observed, 1800.0),
        interval=1800.0,
        longest_gap=300.0,
        staff_from="contacts",
    )
    assert team.skills == {"chat": 2}


def test_longer_handling_in_some_hours_is_found_and_noise_is_not() -> None:
    random = np.random.default_rng(7)
    rows = [
        ("A", 3600.0 * hour + n, 3600.0 * hour + n, 3600.0 * hour + n + talk)
        for hour in range(8)
        for n, talk in enumerate(random.exponential(240 if hour == 3 else 120, 400))
    ]
    observed = observe(log(rows))
    pace = fit_pace(observed, np.ones(len(observed), dtype=bool), 1800.0)
    usual = (7 * 120 + 240) / 8
    assert pace[24] == pytest.approx(240 / usual, rel=0.15)
    assert pace[20] == pytest.approx(120 / usual, rel=0.1)
    assert pace[0] == 1
    flat = observe(
        log(
            [
                (agent, queued, start, start + talk)
                for (agent, queued, start, _), talk in zip(rows, random.exponential(120, len(rows)), strict=True)
            ]
        )
    )
    assert np.abs(fit_pace(flat, np.ones(len(flat), dtype=bool), 1800.0) - 1).max() < 0.05


def test_head_counts_are_whole_and_keep_the_agent_hours() -> None:
    assert heads(np.array([[2.5, 2.5, 2.5, 2.5]])).sum() == 10
    assert heads(np.array([[0.3, 0.3, 0.3, 0.0, 5.0]])).tolist() == [[1, 1, 1, 0, 3]]
    assert heads(np.array([[4.0, 4.0]]), factor=1.25).tolist() == [[5, 5]]


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.lists(st.floats(1, 50), min_size=1, max_size=96), st.floats(0.8, 1.3))
def test_rounding_never_drifts_by_more_than_half_an_agent(means: list[float], factor: float) -> None:
    whole = heads(np.array([means]), factor=factor)
    drift = np.cumsum(whole) - np.cumsum(np.array(means) * factor)
    assert np.abs(drift).max() <= 0.5 + 0.2 * len(means) * (factor < 1)
    assert whole.min() >= 1


def test_lognormal_handling_gives_the_same_head_counts() -> None:
    read = generate(per_interval=(70, 70), agents=(4, 4), talk=lognormal(200, 1.2), patience=exponential(150), seed=3)
    observed = observe(read)
    (team,) = fit_teams(read, observed, split_days(observed, 1800.0), interval=1800.0, longest_gap=300.0, staff_from="contacts")
    assert team.on_duty[:, 18:20].mean() == pytest.approx(4, abs=0.2)
    assert team.unlogged.mean < 0.5
