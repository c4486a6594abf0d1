"""The table of visits to the site: who asked for a contact, who was invited, who bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from simkpi.demand.rows import NEVER, Visits

if TYPE_CHECKING:
    from simkpi.engine.frames import View


def visit_starts(view: View, visits: Visits) -> pl.Series:
    """Return when the visit behind each contact began."""
    started = np.full(len(view.demand), NEVER, dtype=np.int64)
    started[visits.row[visits.row >= 0]] = visits.started[visits.row >= 0]
    return view.moments("visit_started_at", started[view.found.first])


def visit_table(view: View, visits: Visits, contacts: pl.DataFrame) -> pl.DataFrame:
    """Return one row per visit; *contacts* are the interactions. A visit in progress at the horizon's end is told in full."""
    invited = view.log.invited if len(view.log.invited) else np.zeros(len(visits), dtype=np.bool_)
    is_asked = visits.row >= 0
    contact = np.append(view.number, -1)[visits.row]
    table = pl.DataFrame(
        [
            pl.Series("visit_id", np.arange(len(visits))).cast(pl.String),
            view.names("contact_type", visits.contact_type, view.types),
            pl.Series("contact_id", contact).cast(pl.String).set(pl.Series(~is_asked), None),
            view.moments("started_at", visits.started),
            view.moments("invited_at", np.where(invited, visits.invite_at, NEVER)),
            view.moments("left_at", visits.ended),
            pl.Series("buys", visits.buys),
        ]
    )
    asked = contacts.select(
        "contact_id",
        requested_at="arrived_at",
        gone_at="ended_at",
        sold="is_converted" if "is_converted" in contacts.columns else pl.lit(None, pl.Boolean),
    )
    joined = table.join(asked, on="contact_id", how="left", maintain_order="left")
    with_contact = pl.col("contact_id").is_not_null()
    return joined.select(
        "visit_id",
        "contact_id",
        "contact_type",
        "started_at",
        "invited_at",
        "requested_at",
        ended_at=pl.when(with_contact).then("gone_at").otherwise("left_at"),
        is_converted=pl.when(with_contact).then("sold").otherwise("buys"),
    )
