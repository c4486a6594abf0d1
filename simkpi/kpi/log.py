"""The log as the measures see it: one lazy table per kind of thing counted, each with the moment its rows belong to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import polars as pl
from polars import col, lit

from simkpi.errors import InputError
from simkpi.kpi.derived import Unavailable
from simkpi.kpi.groups import cut_of
from simkpi.kpi.measure import Source
from simkpi.kpi.needs import Plan, plan

Builder = Callable[["Log", Source], pl.LazyFrame]

#: Kind of table -> how to build it from the log.
TABLES: dict[str, Builder] = {}


def table(name: str) -> Callable[[Builder], Builder]:
    """Register the decorated function as the builder of the table *name*."""

    def register(build: Builder) -> Builder:
        TABLES[name] = build
        return build

    return register


class Log:
    """Tables of one log, opened lazily, with the breakdown that is asked for.

    Parameters
    ----------
    frames : mapping of str to LazyFrame
        ``interactions`` and the companions that there are, in our schema.
    by : tuple of str
        Group keys.
    interval : int
        Length of the planning interval, milliseconds.
    horizon : pair or None
        Start and end as moments, ISO text or seconds from 1970-01-01; None: from the first to the last moment of the log.
    """

    def __init__(
        self,
        frames: Mapping[str, pl.LazyFrame],
        *,
        by: tuple[str, ...] = (),
        interval: int = 1_800_000,
        horizon: tuple[Any, Any] | None = None,
    ) -> None:
        self.frames = dict(frames)
        self.schemas = {name: frame.collect_schema() for name, frame in self.frames.items()}
        self.by = by
        self.interval = interval
        self._horizon = horizon
        self._built: dict[Source, tuple[pl.LazyFrame, frozenset[str]]] = {}

    @property
    def columns(self) -> list[str]:
        """Columns of the interactions."""
        return self.schemas["interactions"].names()

    @cached_property
    def moment(self) -> pl.Datetime:
        """Type of the log's moments."""
        found = self.schemas["interactions"].get("arrived_at")
        return found if isinstance(found, pl.Datetime) else pl.Datetime("ms")

    @property
    def cut(self) -> int | None:
        """Length of the pieces into which the breakdown cuts time, milliseconds."""
        return cut_of(self.by, self.interval, zone=self.moment.time_zone)

    @cached_property
    def horizon(self) -> tuple[int, int]:
        """Start and end, milliseconds since 1970."""
        if self._horizon is not None:
            start, end = (self._to_ticks(moment) for moment in self._horizon)
            if end < start:
                raise InputError(f"horizon: ends before it starts, got {self._horizon!r}")
            return start, end
        firsts: list[int] = []
        lasts: list[int] = []
        for name in ("interactions", "agent_states"):
            moments = [key for key, kind in self.schemas.get(name, {}).items() if isinstance(kind, pl.Datetime)]
            moments = [key for key in moments if key not in ("due_at", "visit_started_at")]
            if moments:
                frame = self.frames[name].select(
                    pl.min_horizontal(col(moments).dt.epoch("ms").min()).alias("start"),
                    pl.max_horizontal(col(moments).dt.epoch("ms").max()).alias("end"),
                )
                first, last = frame.collect(engine="streaming").row(0)
                firsts += [first] if first is not None else []
                lasts += [last] if last is not None else []
        return (min(firsts), max(lasts)) if firsts else (0, 0)

    def _to_ticks(self, moment: Any) -> int:
        if isinstance(moment, str):
            try:
                moment = dt.datetime.fromisoformat(moment.replace("Z", "+00:00"))
            except ValueError as error:
                raise InputError(f"horizon: must be moments such as 2026-12-07T08:00, got {moment!r}") from error
        if isinstance(moment, dt.datetime):
            zone = self.moment.time_zone
            if (moment.tzinfo is None) != (zone is None):
                if moment.tzinfo is not None:
                    raise InputError(f"horizon: the log's moments have no time zone, got {moment.isoformat()}")
                series = pl.Series([moment]).dt.replace_time_zone(zone)
                return int(series.dt.epoch("ms")[0])
            return int(pl.Series([moment]).dt.epoch("ms")[0])
        if isinstance(moment, bool) or not isinstance(moment, (int, float)):
            raise InputError(f"horizon: must be two moments or two numbers of seconds, got {moment!r}")
        return round(moment * 1000)

    def to_moment(self, ticks: str) -> pl.Expr:
        """Moment of the log's type from a column of milliseconds since 1970."""
        naive = col(ticks).cast(pl.Datetime("ms"))
        zone = self.moment.time_zone
        return naive if zone is None else naive.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)

    def worlds(self) -> pl.LazyFrame:
        """Return one row per replication (a single row without columns that matter if there are none)."""
        if "replication" in self.columns:
            return self.frames["interactions"].select("replication").unique()
        return pl.LazyFrame({"_one": [0]})

    def frame(self, name: str) -> pl.LazyFrame:
        """Return the companion table *name*.

        Raises
        ------
        Unavailable
            If the log has none.
        """
        if name not in self.frames:
            raise Unavailable(f"needs table {name}")
        return self.frames[name]

    def open(self, source: Source) -> tuple[pl.LazyFrame, frozenset[str]]:
        """Return the table *source* and its columns.

        Raises
        ------
        Unavailable
            Saying which table or column is missing.
        """
        if source not in self._built:
            frame = TABLES[source.name](self, source)
            self._built[source] = frame, frozenset(frame.collect_schema().names())
        return self._built[source]

    def with_derived(self, frame: pl.LazyFrame, names: list[str]) -> pl.LazyFrame:
        """Add the derived columns *names* (those that are recorded are there already).

        Raises
        ------
        Unavailable
            Naming the recorded columns that are missing.
        """
        have = frame.collect_schema().names()
        return self.apply(frame, plan(names, [*have, "_horizon_end", "_horizon_start"]), names)

    def apply(self, frame: pl.LazyFrame, steps: Plan, names: list[str]) -> pl.LazyFrame:
        """Carry out the plan *steps* (and write down the horizon when something refers to it)."""
        roots = {root for _, expression in steps.steps for root in expression.meta.root_names()} | set(names)
        for name, ticks in (("_horizon_start", 0), ("_horizon_end", 1)):
            if name in roots:
                frame = frame.with_columns(lit(self.horizon[ticks]).alias(name)).with_columns(self.to_moment(name).alias(name))
        return steps.apply(frame)


@table("interactions")
def _interactions(log: Log, source: Source) -> pl.LazyFrame:
    frame = log.frames["interactions"]
    frame = _with_pending(log, frame)
    frame = _with_messages(log, frame)
    return frame.with_columns(_clock=col("arrived_at"))


def _keys(log: Log, other: str) -> list[str]:
    keys = ["contact_id"]
    return ["replication", *keys] if "replication" in log.columns and "replication" in log.schemas[other] else keys


def _with_pending(log: Log, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Add the time that each ticket stood pending or on hold, milliseconds."""
    if "items" not in log.frames:
        return frame
    stays = log.frames["items"].filter(col("state").is_in(["pending", "hold"]))
    length = (col("to_at") - col("from_at")).dt.total_milliseconds()
    waits = stays.group_by(_keys(log, "items")).agg(_pending=length.sum())
    return frame.join(waits, on=_keys(log, "items"), how="left").with_columns(col("_pending").fill_null(0))


def _with_messages(log: Log, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Add the columns that follow from the messages, where the interactions do not have them."""
    if "messages" not in log.frames:
        return frame
    agent, have = col("sender") == "agent", log.schemas["messages"]
    found = {
        "first_reply_at": col("sent_at").filter(agent).min(),
        "n_messages": (col("sender") != "system").sum(),
        "n_customer_messages": (col("sender") == "customer").sum(),
        "n_agent_messages": agent.sum(),
    }
    if "is_canned" in have:
        found["n_canned"] = col("is_canned").fill_null(value=False).sum()
    new = {name: expression for name, expression in found.items() if name not in log.columns}
    keys = _keys(log, "messages")
    totals = log.frames["messages"].group_by(keys).agg(**new)
    counts = [name for name in new if name.startswith("n_")]
    return frame.join(totals, on=keys, how="left").with_columns(col(counts).fill_null(0)) if new else frame
