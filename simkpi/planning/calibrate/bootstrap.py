"""How sure a fit is: the same fit to logs whose days were drawn anew, for the doubt about the inputs of a simulation."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from simkpi.interactions.table import Log
from simkpi.planning.calibrate.calibration import Calibration
from simkpi.planning.calibrate.fit import fit

#: Identities that two copies of a day must not share.
_KEYS = ("contact_id", "case_id", "customer_id")


def resampled(log: Log, *, seed: int | str, draw: int) -> Log:
    """Return the log with every day replaced by a day of the same weekday, drawn with replacement.

    Parameters
    ----------
    log : Log
        As read; wall-clock moments.
    seed : int or str
        Names the draws.
    draw : int
        Number of the draw.

    Notes
    -----
    Days, not contacts, are drawn: contacts of a day are not independent.

    Source: Efron, Tibshirani, An Introduction to the Bootstrap, section 8.6 (blocks of dependent data).
    """
    frame = log.interactions.lazy().collect()
    days = sorted(frame["arrived_at"].dt.date().drop_nulls().unique().to_list())
    chance = random.Random(f"simkpi bootstrap {seed} {draw}")  # text seeds are hashed the same everywhere
    chosen = [chance.choice([other for other in days if other.weekday() == day.weekday()]) for day in days]
    copies = pl.DataFrame({"_day": chosen, "_to": days, "_copy": range(len(days))}, schema_overrides={"_day": pl.Date})
    rows = frame.with_columns(pl.col("arrived_at").dt.date().alias("_day")).join(copies, on="_day", maintain_order="right")
    moments = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    rows = rows.with_columns(
        *((pl.col(name) + (pl.col("_to") - pl.col("_day"))).cast(frame.schema[name]) for name in moments),
        *(
            pl.concat_str(pl.col(name).cast(pl.String), pl.lit("-"), pl.col("_copy").cast(pl.String)).alias(name)
            for name in _KEYS
            if name in frame.columns
        ),
    )
    return replace(log, interactions=rows.select(frame.columns).sort("arrived_at", "contact_id").lazy())


def draws(log: Log, fitted: Calibration, count: int, *, seed: int | str, **options: Any) -> Iterator[Calibration]:
    """Yield fits to re-sampled logs; who is on duty stays as fitted to the whole log: that is a plan and no estimate.

    Parameters
    ----------
    log : Log
        As for :func:`simkpi.planning.calibrate.fit.fit`.
    fitted : Calibration
        The fit to the whole log.
    count : int
        How many.
    **options
        Those of the fit.
    """
    for number in range(count):
        one = fit(resampled(log, seed=seed, draw=number), **options)
        yield replace(one, teams=fitted.teams, factor=fitted.factor, quiet=fitted.quiet, tuning=fitted.tuning)
