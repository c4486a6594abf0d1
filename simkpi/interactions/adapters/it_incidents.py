"""Reads incident logs with one row per state change, as ServiceNow audits export them (UCI data set 498)."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from simkpi.interactions.columns import Column
from simkpi.interactions.files import make_log
from simkpi.interactions.scanning import load
from simkpi.interactions.sources import Options, log_source
from simkpi.interactions.table import Log, normalise

_TEXTS = ("number", "incident_state", "caller_id", "contact_type", "category", "priority", "assignment_group", "assigned_to")
_SOURCE = {
    **{name: Column("text", "as named", required=True) for name in _TEXTS},
    **{name: Column("count", "as named", required=True) for name in ("reassignment_count", "reopen_count")},
    **{name: Column("moment", "as named", required=True) for name in ("opened_at", "sys_updated_at", "resolved_at", "closed_at")},
    "made_sla": Column("flag", "target met", required=True),
    "resolved_by": Column("text", "who resolved it", required=True),
    "closed_code": Column("text", "how it was closed"),
}
_STATES = {"New": "new", "Active": "open", "Resolved": "resolved", "Closed": "closed", "On Hold": "hold"}


@log_source(
    "it-incidents",
    title="Incident log with state changes (ServiceNow audit, UCI 498)",
    signature=("number", "incident_state", "reassignment_count", "reopen_count", "opened_at", "sys_updated_at", "closed_at"),
    documentation="https://doi.org/10.24432/C57S4H",
    aliases=("servicenow",),
)
def read(path: Path, options: Options) -> Log:
    """Read the events of incidents: one interaction per incident from its last event, and its states as ``items``.

    Parameters
    ----------
    path : Path
        One row per event, in the order of time within an incident.
    options : Options
        What the user said about the file.

    Returns
    -------
    Log

    Notes
    -----
    - An incident whose last state is Closed is ``answered``, any other ``open``: the log does not tell who gave up.
    - ``resolved_at`` and ``ended_at`` (closed) are known on every event of a finished incident; those of the last event count.
    - Awaiting user, vendor, problem or evidence is ``pending``: it stops the clock of the resolution time where a KPI asks it to.
    - When the agent first reacted is not recorded, so waits are not available.
    - ``made_sla`` and the way of contact (``contact_by``) are kept beside our columns.
    """
    events = normalise(load(path, options), _SOURCE, reading=options.reading)
    last = events.group_by("number", maintain_order=True).last()
    reopened = events.filter(pl.col("reopen_count") > 0).group_by("number").agg(reopened_at=pl.col("sys_updated_at").min())
    interactions = last.join(reopened, on="number", how="left", maintain_order="left").select(_interaction())
    notes = (
        f"{events.height} events of {last.height} incidents; the last event of each tells its outcome",
        "when an agent first reacted is not recorded: waits are not available",
    )
    tables = {"interactions": interactions, "items": _items(events)}
    return make_log(tables, options, source="it-incidents", notes=notes, file=str(path))


def _interaction() -> list[pl.Expr]:
    closed = pl.col("incident_state") == "Closed"
    return [
        pl.col("number").alias("contact_id"),
        pl.lit("ticket").alias("channel"),
        pl.col("opened_at").alias("arrived_at"),
        pl.when(closed).then(pl.lit("answered")).otherwise(pl.lit("open")).alias("outcome"),
        pl.col("number").alias("case_id"),
        pl.col("caller_id").alias("customer_id"),
        pl.col("category").alias("contact_type"),
        pl.col("assignment_group").alias("queue"),
        pl.col("assignment_group").alias("team"),
        pl.coalesce("resolved_by", "assigned_to").alias("agent_id"),
        pl.col("priority"),
        pl.when(closed).then(pl.col("closed_at")).alias("ended_at"),
        (pl.col("resolved_at").is_not_null() & pl.col("incident_state").is_in(["Resolved", "Closed"])).alias("is_resolved"),
        pl.col("resolved_at"),
        pl.col("reassignment_count").alias("n_transfers"),
        pl.col("reopened_at"),
        pl.col("made_sla"),
        pl.col("contact_type").alias("contact_by"),
    ]


def _items(events: pl.DataFrame) -> pl.DataFrame:
    """Stays in a state: events in a row with one state are one stay, which lasts until the next one begins."""
    label, number = pl.col("incident_state"), pl.col("number")
    changed = (label != label.shift(1).over("number")).fill_null(True)
    stays = events.sort("number", "sys_updated_at", maintain_order=True).filter(changed)
    pending = pl.when(label.str.starts_with("Awaiting")).then(pl.lit("pending"))
    return stays.select(
        number.alias("contact_id"),
        pending.otherwise(label.replace_strict(_STATES, default="open", return_dtype=pl.String)).alias("state"),
        pl.col("sys_updated_at").alias("from_at"),
        pl.col("sys_updated_at").shift(-1).over("number").alias("to_at"),
        pl.col("assignment_group").alias("team"),
        pl.col("assigned_to").alias("agent_id"),
        label.alias("label"),
    )
