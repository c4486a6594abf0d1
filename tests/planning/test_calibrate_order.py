"""Who is served ahead of whom, told from pairs in logs of centres whose order of service is known."""

from __future__ import annotations

import polars as pl
import pytest

from simkpi.errors import LogError
from simkpi.experiment.replicate import simulate
from simkpi.interactions.table import Log
from simkpi.planning.calibrate.fit import fit
from simkpi.planning.calibrate.observed import observe
from simkpi.planning.calibrate.order import fit_orders
from simkpi.planning.calibrate.scenario import scenario_text
from simkpi.scenario.files import loads

WORLD = """
simkpi: 1
calendar: {{from: 2026-03-02, days: 10}}
contacts:
  normal: {{channel: voice, volume: {{interval: 6h, from: "08:00", weekdays: {{mon-sun: [540]}}}}, handle: 4m, patience: 8m}}
  vip: {{channel: voice, volume: {{interval: 6h, from: "08:00", weekdays: {{mon-sun: [180]}}}}, handle: 4m, patience: 8m}}
teams: {{phone: {{skills: [normal, vip], staffing: {{interval: 6h, from: "08:00", count: [7]}}}}}}
routing: {routing}
"""


def log_of(routing: str) -> Log:
    """Ten days of a centre that is too small, served in the order that *routing* says."""
    return Log(simulate(loads(WORLD.format(routing=routing)), replications=1, seed=4).interactions.drop("replication"))


@pytest.fixture(scope="module")
def ahead() -> Log:
    return log_of("{head_start: {vip: 90s}}")


def test_a_head_start_comes_back(ahead: Log) -> None:
    orders = {contact.name: contact.order for contact in fit(ahead).contacts}
    assert orders["vip"].head_start == 90
    assert orders["normal"].head_start == 0
    assert orders["vip"].unexplained == pytest.approx(0, abs=0.005)
    assert orders["vip"].against is not None
    assert orders["vip"].against > 0.1


def test_the_scenario_serves_in_the_fitted_order(ahead: Log) -> None:
    assert loads(scenario_text(fit(ahead), name="again")).spec.routing.head_start == {"vip": 90}


def test_strict_priority_is_no_head_start() -> None:
    orders = {contact.name: contact.order for contact in fit(log_of("{priority: {vip: 1}}")).contacts}
    assert [orders["vip"].priority, orders["normal"].priority] == [1, -1]
    assert orders["vip"].head_start == orders["normal"].head_start == 0


def test_first_come_first_served_has_no_head_starts() -> None:
    orders = fit_orders(observe(log_of("{}")))
    assert [(each.priority, each.head_start) for each in orders] == [(0, 0), (0, 0)]
    assert all(each.against is not None and each.against < 0.01 for each in orders)


def test_priorities_become_types_if_they_tell_the_order_and_else_not(ahead: Log) -> None:
    one_type = ahead.interactions.with_columns(
        pl.when(pl.col("contact_type") == "vip").then(pl.lit("2")).otherwise(pl.lit("1")).alias("priority"),
        pl.lit("calls").alias("contact_type"),
    )
    fitted = fit(Log(one_type))
    assert {contact.name: contact.order.head_start for contact in fitted.contacts} == {"calls": 0, "calls, priority 2": 90}
    assert fitted.split_by == "priority"
    assert [contact.name for contact in fit(Log(one_type), split_by="none").contacts] == ["calls"]
    shuffled = one_type.with_columns(pl.Series("priority", ["1", "2", "1"] * (len(one_type) // 3) + ["1"] * (len(one_type) % 3)))
    assert [contact.name for contact in fit(Log(shuffled)).contacts] == ["calls"]


def test_contacts_of_unknown_priority_are_shared_out_as_the_known_ones(ahead: Log) -> None:
    known = pl.when(pl.col("contact_type") == "vip").then(pl.lit("2")).otherwise(pl.lit("1"))
    frame = ahead.interactions.with_columns(
        pl.when(pl.col("answered_at") > pl.col("queued_at")).then(known).alias("priority"), pl.lit("calls").alias("contact_type")
    )
    fitted = fit(Log(frame), split_by="priority")
    shares = {contact.name: contact.volume.contacts for contact in fitted.contacts}
    waited = frame["priority"].drop_nulls()
    assert shares["calls, priority 2"] / len(frame) == pytest.approx((waited == "2").mean(), abs=1 / 1000)
    assert any("without a known priority" in note for note in fitted.notes)


def test_another_log_is_split_like_the_first(ahead: Log) -> None:
    names = ("calls", "calls, priority 2")
    few = ahead.interactions.head(60).with_columns(
        pl.when(pl.col("contact_type") == "vip").then(pl.lit("2")).otherwise(pl.lit("1")).alias("priority"),
        pl.lit("calls").alias("contact_type"),
    )
    assert observe(Log(few), split_by="priority").contact_types == ("calls",)
    assert set(observe(Log(few), split_by="priority", like=names).contact_types) == set(names)


def test_a_log_with_priorities_that_tells_no_queue_is_not_split(ahead: Log) -> None:
    bare = ahead.interactions.drop("queued_at").with_columns(
        pl.when(pl.col("contact_type") == "vip").then(pl.lit("2")).otherwise(pl.lit("1")).alias("priority")
    )
    assert {contact.name for contact in fit(Log(bare)).contacts} == {"normal", "vip"}


def test_a_log_that_does_not_say_when_agents_took_contacts_is_refused(ahead: Log) -> None:
    with pytest.raises(LogError, match="says when an agent took it"):
        fit(Log(ahead.interactions.drop("answered_at")))
