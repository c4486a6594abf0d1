"""Reads the Technion's Anonymous Bank call log (1999): the voice-response unit is the bot, phantom calls are left out."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from simkpi.interactions.columns import Column
from simkpi.interactions.files import make_log
from simkpi.interactions.scanning import load
from simkpi.interactions.sources import Options, log_source
from simkpi.interactions.table import Log, normalise

_MOMENTS = ("ivr_entry", "ivr_exit", "queue_entry", "queue_exit", "service_start", "service_end")
_LENGTHS = ("ivr_s", "queue_s", "service_s")
_SOURCE = {
    "call": Column("text", "running number", required=True),
    "type": Column("text", "kind of call", required=True),
    "priority": Column("text", "2 = priority customer", required=True),
    "customer": Column("text", "blank = unknown", required=True),
    "outcome": Column("enum", "how it ended", ("agent", "hang", "phantom"), required=True),
    "agent": Column("text", "blank = none", required=True),
    **{name: Column("moment", "as named", required=True) for name in _MOMENTS},
    **{name: Column("seconds", "as named", required=True) for name in _LENGTHS},
}
_TYPES = {
    "PS": "regular",
    "PE": "regular, in English",
    "IN": "internet support",
    "NE": "stock exchange",
    "NW": "prospective customer",
    "TT": "message called back",
}
#: A call within this time of the customer's call before it is a redial or a return.
CASE_WINDOW = pl.duration(hours=24)


@log_source(
    "anonymous-bank",
    title="Anonymous Bank call by call, Technion, 1999",
    signature=("call", "ivr_entry", "ivr_exit", "queue_entry", "queue_s", "service_start", "outcome"),
    documentation="https://ie.technion.ac.il/serveng/callcenterdata/",
)
def read(path: Path, options: Options) -> Log:
    """Read the call-by-call log, as CSV with the columns of its documentation.

    Parameters
    ----------
    path : Path
        One row per call.
    options : Options
        What the user said about the file.

    Returns
    -------
    Log
        With ``legs`` (stays as recorded) and ``agent_states`` (half hours in which an agent served, were it for no second: a
        proxy, since rosters were not published).

    Notes
    -----
    - PHANTOM calls are left out and counted.
    - ``priority`` and ``segment`` are null for calls that did not queue: the customer was not looked up.
    - offered = served, or entered the queue. A call that hung up in the voice-response unit is ``gave_up`` (of the bot).
    - ``queued_at`` is the entry to the queue, or the exit from the unit for calls that met no queue; ``answered_at`` is
      ``queued_at + queue_s``, so that waits are exactly the recorded ones; ``service_start`` is mostly 1-2 s earlier.
    - ``talk_time`` is ``service_s`` and ``ended_at`` is ``answered_at + service_s``; hold and wrap-up were not recorded.
    - A few calls leave the unit before they entered it: both moments are then taken to be the earlier one; ``ivr_s`` keeps the
      recorded length.
    - Stays that run past midnight were recorded with the date of the call's beginning: they are moved to the next day.
    - Service times of calls that hung up are left out of the interactions; where an agent is named, his stay is in the legs.
    - The calls of one known customer are one ``case``; the windows of the KPIs cut it. Calls of unknown customers have none.
    - ``origin``: a call within 24 h of the customer's call before it is a ``redial`` or a ``return``.
    """
    raw = normalise(load(path, options), _SOURCE, reading=options.reading)
    phantom = raw.filter(pl.col("outcome") == "phantom").height
    backwards = raw.filter(pl.col("ivr_exit") < pl.col("ivr_entry"), pl.col("outcome") != "phantom").height
    calls = _add_stays(raw.filter(pl.col("outcome") != "phantom"))
    interactions = _add_cases(calls.select(_interaction()))
    notes = [
        f"{phantom} phantom calls left out",
        f"{backwards} calls left the voice-response unit before they entered it: taken as no time in it",
        f"service times of {calls['is_odd'].sum()} calls that hung up left out (in the legs where an agent is named)",
        "agent_states are a proxy: half hours in which an agent served a call",
        "answered_at is queued_at plus the recorded wait; the recorded start of service is in the legs",
    ]
    tables = {"interactions": interactions, "legs": _legs(calls), "agent_states": _agent_states(calls)}
    return make_log(tables, options, source="anonymous-bank", notes=tuple(notes), file=str(path))


def _add_stays(calls: pl.DataFrame) -> pl.DataFrame:
    """Add what is used of each call: when it queued, was served, and by whom, with the days past midnight put right."""
    served = pl.col("outcome") == "agent"
    queued_at = pl.when(pl.col("queue_entry").is_not_null()).then(pl.col("queue_entry")).when(served).then(pl.col("ivr_exit"))
    left_at = pl.coalesce(pl.col("queued_at") + _seconds("queue_s"), "ivr_exit")
    late = pl.col("left_at") - pl.col("service_start") > pl.duration(hours=12)
    started = pl.col("service_start") + pl.when(late).then(pl.duration(days=1)).otherwise(pl.duration(days=0))
    return (
        calls.with_columns(ivr_entry=pl.min_horizontal("ivr_entry", "ivr_exit"), queued_at=queued_at)
        .with_columns(left_at=left_at, is_odd=~served & (pl.col("service_s") > 0))
        .with_columns(answered_at=pl.when(served).then("left_at"), served_at=started)
    )


def _seconds(column: str) -> pl.Expr:
    return pl.duration(milliseconds=(pl.col(column) * 1000).cast(pl.Int64))


def _interaction() -> list[pl.Expr]:
    served, queued = pl.col("outcome") == "agent", pl.col("queued_at").is_not_null()
    return [
        pl.col("call").alias("contact_id"),
        pl.lit("voice").alias("channel"),
        pl.col("ivr_entry").alias("arrived_at"),
        pl.when(served)
        .then(pl.lit("answered"))
        .when(queued)
        .then(pl.lit("abandoned"))
        .otherwise(pl.lit("gave_up"))
        .alias("outcome"),
        pl.when(pl.col("customer") != "0").then(pl.col("customer")).alias("customer_id"),
        pl.col("type").replace(_TYPES).alias("contact_type"),
        pl.col("type").replace(_TYPES).alias("queue"),
        pl.when(served).then(pl.col("agent")).alias("agent_id"),
        pl.when(_is_looked_up()).then("priority").alias("priority"),
        pl.when(pl.col("type") == "PE").then(pl.lit("en")).otherwise(pl.lit("he")).alias("language"),
        pl.when(pl.col("priority") == "2")
        .then(pl.lit("priority"))
        .when(_is_looked_up())
        .then(pl.lit("regular"))
        .alias("segment"),
        pl.col("ivr_entry").alias("bot_started_at"),
        pl.col("ivr_exit").alias("bot_ended_at"),
        pl.when(queued).then(pl.lit("handed_off")).otherwise(pl.lit("gave_up")).alias("bot_outcome"),
        pl.col("queued_at"),
        pl.col("answered_at"),
        pl.when(served).then(pl.col("answered_at") + _seconds("service_s")).otherwise(pl.col("left_at")).alias("ended_at"),
        pl.when(served).then(pl.col("service_s")).alias("talk_time"),
        pl.col("ivr_s"),
    ]


def _is_looked_up() -> pl.Expr:
    """Whether the call queued, so that customer and priority were recorded: a 0 of the others says nothing."""
    return pl.col("queue_entry").is_not_null() | (pl.col("priority") != "0")


def _add_cases(interactions: pl.DataFrame) -> pl.DataFrame:
    """Make a known customer's calls a case, and say why each call came."""
    offered = pl.col("queued_at").is_not_null() & pl.col("customer_id").is_not_null()
    mine = interactions.filter(offered).sort("customer_id", "arrived_at", maintain_order=True)
    gap = pl.col("arrived_at").diff().over("customer_id")
    repeats = mine.select(
        "contact_id",
        pl.col("customer_id"),
        (gap <= CASE_WINDOW).fill_null(False).alias("repeats"),
        pl.col("outcome").shift(1).over("customer_id").alias("before"),
    )
    origin = (
        pl.when(pl.col("contact_type") == _TYPES["TT"])
        .then(pl.lit("callback"))
        .when(pl.col("repeats") & (pl.col("before") == "abandoned"))
        .then(pl.lit("redial"))
        .when(pl.col("repeats"))
        .then(pl.lit("return"))
        .otherwise(pl.lit("reactive"))
    )
    joined = interactions.join(repeats.drop("customer_id"), on="contact_id", how="left", maintain_order="left")
    return joined.with_columns(case_id=pl.col("customer_id"), origin=origin).drop("repeats", "before")


def _legs(calls: pl.DataFrame) -> pl.DataFrame:
    """Stays as recorded: unit, queue, agent (from the recorded start of service)."""
    served = pl.col("outcome") == "agent"
    handed = pl.when(pl.col("queued_at").is_not_null()).then(pl.lit("handed_off")).otherwise(pl.lit("gave_up"))
    answered = pl.when(served).then(pl.lit("answered")).otherwise(pl.lit("abandoned"))
    parts = [
        calls.select(_leg(0, "bot", place=pl.lit("ivr"), start="ivr_entry", end=pl.col("ivr_exit"), how=handed)),
        calls.filter(pl.col("queue_entry").is_not_null()).select(
            _leg(1, "queue", place=pl.col("type").replace(_TYPES), start="queued_at", end=pl.col("left_at"), how=answered)
        ),
        calls.filter(pl.col("served_at").is_not_null(), served | pl.col("agent").is_not_null()).select(
            _leg(
                2,
                "agent",
                place=pl.col("agent"),
                start="served_at",
                end=pl.col("served_at") + _seconds("service_s"),
                how=pl.lit("ended"),
            )
        ),
    ]
    return pl.concat(parts).sort("from_at", "contact_id", "leg", maintain_order=True)


def _leg(number: int, kind: str, *, place: pl.Expr, start: str, end: pl.Expr, how: pl.Expr) -> list[pl.Expr]:
    return [
        pl.col("call").alias("contact_id"),
        pl.lit(number, dtype=pl.Int64).alias("leg"),
        pl.lit(kind).alias("kind"),
        place.alias("place"),
        pl.col(start).alias("from_at"),
        end.alias("to_at"),
        how.alias("end"),
    ]


def _agent_states(calls: pl.DataFrame) -> pl.DataFrame:
    """Half hours of the clock in which an agent served, neighbouring ones joined; a stay of no second counts as well."""
    half = pl.duration(minutes=30)
    last = pl.col("served_at") + _seconds("service_s") - pl.duration(milliseconds=1)
    served = calls.filter(pl.col("agent").is_not_null(), pl.col("served_at").is_not_null()).select(
        agent_id="agent", first=pl.col("served_at").dt.truncate("30m"), last=pl.max_horizontal("served_at", last)
    )
    starts = pl.datetime_ranges("first", pl.col("last").dt.truncate("30m"), "30m", time_unit="ms")
    halves = served.select("agent_id", starts.alias("from_at")).explode("from_at").unique().sort("agent_id", "from_at")
    breaks = (pl.col("from_at").diff().over("agent_id") != half).fill_null(True)
    spells = halves.with_columns(spell=breaks).with_columns(pl.col("spell").cum_sum().over("agent_id"))
    joined = spells.group_by("agent_id", "spell", maintain_order=True).agg(
        from_at=pl.col("from_at").min(), to_at=pl.col("from_at").max() + half
    )
    return joined.select("agent_id", pl.lit("work").alias("state"), "from_at", "to_at", pl.lit(1, dtype=pl.Int64).alias("slots"))
