"""What the deflection lab reads off a simulated log: what the bot took, what came back and by which channel, and after hours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.experiment.confidence import Estimate, mean_interval, ratio_interval
from simkpi.experiment.result import Result
from simkpi.planning.formula_queue import Steps
from simkpi.scenario.heads import heads
from simkpi.scenario.resolve import Scenario

Floats = NDArray[np.float64]
#: KPI -> its parameters, as they stand in every level's figures.
FIGURES: Mapping[str, Mapping[str, object]] = {
    "containment_rate": {},
    "bot_resolution_rate": {},
    "deflection_rate": {"per": "session"},
    "aht": {},
    "fcr": {},
    "abandon_rate": {},
    "bot_frt": {},
    "frt": {"responder": "human"},
}


def figures(result: Result, topic: str, *, confidence: float = 0.95) -> dict[str, Estimate]:
    """KPIs of the topic's contacts, each with its interval."""
    table = result.kpis(dict(FIGURES), where=pl.col("contact_type") == topic, confidence=confidence)
    columns = ("value", "low", "high", "half_width", "replications")
    return {row["kpi"]: Estimate(*[row[column] for column in columns]) for row in table.iter_rows(named=True)}


def taken_share(result: Result, topic: str) -> Estimate:
    """Share of the topic's fresh contacts that end with the bot: what a dashboard calls containment."""
    fresh = result.interactions.filter((pl.col("contact_type") == topic) & (pl.col("origin") == "reactive"))
    ended = pl.col("bot_outcome").cast(pl.String).is_in(["contained", "gave_up"])
    return ratio_interval(_counts(fresh.filter(ended), result), _counts(fresh, result))


def sessions(result: Result) -> Floats:
    """Bot sessions, one number per replication."""
    return _counts(result.interactions.filter(pl.col("bot_started_at").is_not_null()), result)


def handled_hours(result: Result) -> Floats:
    """Hours of handling by agents, one number per replication."""
    rows = result.interactions.group_by("replication").agg(pl.col("work_time").sum() / 3600)
    found = np.zeros(result.replications)
    found[rows["replication"].to_numpy()] = rows["work_time"].to_numpy()
    return found


def coming_back(result: Result, topic: str) -> dict[str, Estimate]:
    """Further contacts (redials, returns) of cases that began with the topic, per horizon, by channel."""
    rows = result.interactions
    first = rows.filter((pl.col("contact_type") == topic) & (pl.col("contact_id") == pl.col("case_id")))
    further = rows.filter(pl.col("origin").is_in(["redial", "return"])).join(first, on=["replication", "case_id"], how="semi")
    channels = dict.fromkeys(contact.channel for contact in result.scenario.spec.contacts.values())
    found = {name: mean_interval(_counts(further.filter(pl.col("channel") == name), result)) for name in channels}
    return {name: estimate for name, estimate in found.items() if estimate.value}


def still_to_come(result: Result) -> dict[str, Floats]:
    """Count the returns that the horizon cuts off, by contact type, one expected number per replication.

    Everybody who was not helped and is to come back, without those who did within the horizon.
    """
    contacts, rows = result.scenario.spec.contacts, result.interactions
    found = {name: np.zeros(result.replications) for name in contacts}
    if "comes_back" not in rows.columns:
        return found
    handled = rows.filter(pl.col("outcome").cast(pl.String).is_in(["answered", "contained"]) & pl.col("comes_back"))
    for name, block in contacts.items():
        if block.recontact is not None:
            mine = _counts(handled.filter(pl.col("contact_type") == name), result)
            for other, share in block.recontact.by.items():
                found[other] += mine * share
    came = rows.filter(pl.col("origin") == "return")
    return {
        name: np.maximum(0.0, expected - _counts(came.filter(pl.col("contact_type") == name), result))
        for name, expected in found.items()
    }


def hours_still_to_come(result: Result, hours: float) -> Floats:
    """Agent-hours for :func:`still_to_come`, at the hours per minute of work that the plan of *hours* has; per replication."""
    rows = result.interactions
    work = rows.select(pl.col("work_time").sum()).item() / 3600 / result.replications
    if not work:
        return np.zeros(result.replications)
    each = rows.group_by("contact_type").agg(pl.col("work_time").sum() / 3600 / pl.len())
    per_contact = {name: value or 0.0 for name, value in each.iter_rows()}
    pending = still_to_come(result)
    lost = np.sum([per_contact.get(name, 0.0) * number for name, number in pending.items()], axis=0)
    return np.asarray(lost * hours / work)


def after_hours(result: Result, today: Scenario, topic: str) -> Estimate:
    """Share of the topic's contacts ended by the bot that came when none of *today*'s agents for it was on duty."""
    ended = result.interactions.filter(
        (pl.col("contact_type") == topic) & pl.col("bot_outcome").cast(pl.String).is_in(["contained", "gave_up"])
    )
    midnight = np.datetime64(today.start, "ms")
    since = (ended["arrived_at"].to_numpy() - midnight).astype("timedelta64[ms]").astype(np.int64) / 1000
    on_duty = np.zeros(len(since))
    for name, team in today.spec.teams.items():
        if topic in team.skills:
            staffing = heads(today.spec, name)
            on_duty += Steps.of(staffing.count or (), staffing.start, staffing.interval).at(since)
    alone = ended.filter(pl.Series(on_duty == 0))
    return ratio_interval(_counts(alone, result), _counts(ended, result))


def _counts(rows: pl.DataFrame, result: Result) -> Floats:
    """Rows per replication."""
    return np.bincount(rows["replication"].to_numpy(), minlength=result.replications).astype(np.float64)
