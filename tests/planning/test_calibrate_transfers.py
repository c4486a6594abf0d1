"""Transfers told from stays (legs) or from records that follow one another, and what the scenario makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest

from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.planning.backtest.predict import predict
from simkpi.planning.backtest.split import split
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.observed import readable
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.planning.calibrate.transfers import find_transfers, unfold
from simkpi.scenario.files import loads

WORLD = """
simkpi: 1
calendar: {from: 2026-03-02, days: 14}
contacts:
  support:
    channel: voice
    volume: {interval: 8h, from: "09:00", weekdays: {mon-sun: [240]}}
    handle: {talk: {lognormal: {mean: 5m, cv: 0.5}}, wrap: {fixed: 40s}}
    patience: 4m
    transfer: {chance: 20%, to: {second: 75%, billing: 25%}, after: {fixed: 60s}}
  billing:
    channel: voice
    volume: {interval: 8h, from: "09:00", weekdays: {mon-sun: [80]}}
    handle: {talk: {fixed: 3m}}
    patience: 4m
  second: {channel: voice, volume: 0 per hour, handle: {talk: {gamma: {mean: 8m, cv: 0.5}}, wrap: {fixed: 2m}}, patience: 9m}
teams:
  front: {skills: [support, billing], staffing: {interval: 8h, from: "09:00", count: [5]}}
  experts: {skills: [second], staffing: {interval: 8h, from: "09:00", count: [2]}}
"""


@pytest.fixture(scope="module")
def log() -> Log:
    result = simulate(loads(WORLD), replications=1, seed=5)
    assert result.legs is not None
    return Log(result.interactions.drop("replication"), legs=result.legs.drop("replication"))


@pytest.fixture(scope="module")
def fitted(log: Log) -> Calibration:
    return fit(log)


def test_who_is_transferred_after_what_and_where_to_comes_back(fitted: Calibration) -> None:
    contacts = {contact.name: contact for contact in fitted.contacts}
    moves = contacts["support"].transfer
    assert moves is not None
    assert abs(moves.chance - 0.2) < 4 * moves.error
    assert moves.to["second"] == pytest.approx(0.75, abs=0.08)
    assert moves.after.law == {"fixed": "1m"}
    assert contacts["billing"].transfer is None
    assert contacts["second"].talk.mean == pytest.approx(480, abs=4 * contacts["second"].talk.mean_error)
    assert contacts["second"].wrap.mean == pytest.approx(120)
    # whose talk was cut short is not in the law of the others
    assert contacts["support"].talk.mean == pytest.approx(300, abs=4 * contacts["support"].talk.mean_error)


def test_transferred_contacts_are_no_volume_and_have_teams_of_their_own(fitted: Calibration) -> None:
    contacts = {contact.name: contact for contact in fitted.contacts}
    assert contacts["second"].volume.contacts == 0
    assert contacts["support"].volume.per_day.mean() == pytest.approx(240, rel=0.05)
    teams = {team.name: sorted(team.skills) for team in fitted.teams}
    assert teams == {"front": ["billing", "support"], "experts": ["second"]}


def test_the_written_scenario_transfers_as_the_log_does(fitted: Calibration, log: Log) -> None:
    again = simulate(loads(scenario_text(fitted, name="again")), replications=3, seed=8).interactions
    there, here = (frame.filter(pl.col("outcome") == "answered") for frame in (log.interactions, again))
    assert (here["n_transfers"] > 0).mean() == pytest.approx((there["n_transfers"] > 0).mean(), abs=0.02)
    assert here["work_time"].mean() == pytest.approx(there["work_time"].mean(), rel=0.06)


def test_each_stay_keeps_its_times_and_the_whole_its_work(log: Log) -> None:
    rows = readable(unfold(log))
    assert rows["contact_id"].n_unique() == len(rows)
    moved = rows.filter(pl.col("origin") == "transfer")
    assert set(moved["contact_type"]) == {"second", "billing"}
    assert moved["bot_outcome"].null_count() == len(moved)
    answered = log.interactions.filter(pl.col("outcome") == "answered")
    talked = rows.filter(pl.col("outcome") == "answered")["talk_time"].sum()
    assert talked == pytest.approx(answered["talk_time"].sum(), rel=0.01)


def test_without_legs_or_transfers_the_log_is_as_it_was(log: Log) -> None:
    bare = replace(log, legs=None)
    assert unfold(bare) is bare
    assert log.legs is not None
    calm = replace(log, legs=log.legs.lazy().filter(pl.col("end") != "transferred").collect())
    assert unfold(calm) is calm
    assert find_transfers(readable(bare)) is None


def test_records_that_came_by_transfer_follow_the_one_before_of_their_case() -> None:
    start = datetime(2026, 3, 2, 9)
    rows = []
    for n in range(60):
        begin = start + timedelta(minutes=7 * n)
        common = {"channel": "voice", "outcome": "answered", "case_id": str(n)}
        times = {"arrived_at": begin, "queued_at": begin, "answered_at": begin, "ended_at": begin + timedelta(seconds=90)}
        rows.append({**common, **times, "contact_id": f"{n}a", "contact_type": "first", "origin": "reactive", "agent_id": "A"})
        if n % 2:
            later = {name: moment + timedelta(seconds=90) for name, moment in times.items()}
            rows.append(
                {**common, **later, "contact_id": f"{n}b", "contact_type": "tier 2", "origin": "transfer", "agent_id": "B"}
            )
    fitted = fit(Log(pl.DataFrame(rows)))
    moves = {contact.name: contact.transfer for contact in fitted.contacts}
    assert moves["first"] is not None
    assert moves["first"].chance == 0.5
    assert moves["first"].to == {"tier 2": 1.0}
    assert moves["tier 2"] is None
    assert loads(scenario_text(fitted, name="two tiers")).spec.contacts["first"].transfer is not None


def test_a_prediction_is_laid_beside_contacts_and_not_beside_stays(log: Log) -> None:
    parts = split(log, train="7d")
    prediction = predict(fit(parts.train), parts.test)
    assert prediction.actual["contact_id"].n_unique() == len(prediction.actual)
    assert len(prediction.actual) + 30 > len(parts.test.interactions.lazy().collect()) >= len(prediction.actual)


def test_waits_between_stays_are_not_hold_time_of_the_last_agent(log: Log) -> None:
    whole = log.interactions.lazy().collect().with_columns(hold_time=pl.lit(50.0))
    stays = readable(unfold(replace(log, interactions=whole)))
    moved = pl.col("contact_id").str.contains(" > stay ")
    assert stays.filter(moved).height > 100
    assert stays.filter(moved)["hold_time"].null_count() == stays.filter(moved).height
    assert (stays.filter(moved)["talk_time"] > 0).any()
    simple = stays.filter(~pl.col("case_id").is_in(stays.filter(moved)["case_id"].implode()))
    assert (simple["hold_time"] == 50.0).all()
