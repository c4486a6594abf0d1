"""Columns that several KPIs need and that follow from the recorded ones: wait, handle time, case, closing moment ..."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from polars import Expr, col, lit

from simkpi.units import TICKS_PER_SECOND


class Unavailable(Exception):
    """A KPI can not be computed from this log; the message says what is missing."""


def between(start: str, end: str) -> Expr:
    """Whole milliseconds from the moment *start* to the moment *end*; null if either is."""
    return (col(end) - col(start)).dt.total_milliseconds()


def ticks(seconds: str) -> Expr:
    """Whole milliseconds of a column of seconds."""
    return (col(seconds) * TICKS_PER_SECOND).round().cast(pl.Int64)


def ticks_of(seconds: float) -> int:
    """Whole milliseconds of a parameter in seconds, halves to even as in the log's own rounding."""
    return round(seconds * TICKS_PER_SECOND)


def is_outcome(*outcomes: str) -> Expr:
    """Rows with one of the outcomes."""
    expression = col("outcome") == outcomes[0]
    for outcome in outcomes[1:]:
        expression = expression | (col("outcome") == outcome)
    return expression


#: A contact that an agent is talking to when the horizon ends has reached a human: it is answered.
_ANSWERED = is_outcome("answered") | (is_outcome("open") & col("answered_at").is_not_null())

Option = tuple[tuple[str, ...], Callable[[], Expr]]

#: Figures of agent time and the column of the agents' states that they are made from.
_OF_AGENT_TIME = {"_scheduled": "scheduled", "_planned": "scheduled", "_adherent": "scheduled", "_cost_rate": "cost_rate"}

#: Derived column -> ways to compute it, best first: (columns needed, expression). The first whose columns exist is taken.
DERIVED: dict[str, tuple[Option, ...]] = {
    "_world": ((("replication",), lambda: col("replication")), ((), lambda: lit(0))),
    "_clock": ((("arrived_at",), lambda: col("arrived_at")),),
    "_answered": (
        (("outcome", "answered_at"), lambda: _ANSWERED),
        (("outcome",), lambda: is_outcome("answered")),
    ),
    "_contained": (
        (
            ("outcome", "bot_outcome"),
            lambda: (is_outcome("contained") | (col("bot_outcome") == "contained")).fill_null(value=False),
        ),
        (("outcome",), lambda: is_outcome("contained")),
    ),
    # Contained, in a log that knows bots at all: without them a deflection rate is unknown, not 0.
    "_by_bot": tuple(((name, "_contained"), lambda: col("_contained")) for name in ("bot_started_at", "bot_outcome")),
    # Only in the table of cases of a log that knows bots.
    "_automated": ((("bot_outcome",), lambda: lit(value=False)),),
    # Time from queueing to the answer, or to leaving; null while still waiting when the horizon ends.
    "_wait": (
        (
            ("_answered", "queued_at", "answered_at", "ended_at"),
            lambda: (
                pl.when(col("_answered"))
                .then(between("queued_at", "answered_at"))
                .when(col("outcome") != "open")
                .then(between("queued_at", "ended_at"))
            ),
        ),
        (("_answered", "queued_at", "answered_at"), lambda: pl.when(col("_answered")).then(between("queued_at", "answered_at"))),
    ),
    # Time waited so far by a contact that is still in the queue when the horizon ends.
    "_waiting": (
        (
            ("outcome", "queued_at", "answered_at", "_horizon_end"),
            lambda: pl.when((col("outcome") == "open") & col("answered_at").is_null()).then(between("queued_at", "_horizon_end")),
        ),
    ),
    "_free_at": (
        (("wrapped_at", "ended_at"), lambda: pl.coalesce("wrapped_at", "ended_at")),
        (("ended_at",), lambda: col("ended_at")),
    ),
    # From answer to the end of after-contact work, whatever else the agent did meanwhile; null if not completed.
    "_elapsed": (
        (
            ("_answered", "answered_at", "wrapped_at"),
            lambda: pl.when(col("_answered")).then(between("answered_at", "wrapped_at")),
        ),
        (("_answered", "answered_at", "ended_at"), lambda: pl.when(col("_answered")).then(between("answered_at", "ended_at"))),
    ),
    "_parts": (
        (
            ("talk_time", "hold_time", "wrap_time"),
            lambda: ticks("talk_time") + ticks("hold_time").fill_null(0) + ticks("wrap_time").fill_null(0),
        ),
        (("talk_time", "wrap_time"), lambda: ticks("talk_time") + ticks("wrap_time").fill_null(0)),
        (("talk_time", "hold_time"), lambda: ticks("talk_time") + ticks("hold_time").fill_null(0)),
        (("talk_time",), lambda: ticks("talk_time")),
    ),
    # Agent effort: as recorded, else the sum of its parts; the elapsed time only in a log that records neither. A row without
    # a record in a log that has them is unknown: twelve hours from answer to solution are not twelve hours of work.
    "_effort": tuple(
        ((*names, "_answered"), lambda names=names: pl.when(col("_answered")).then(_first_known(names)))  # type: ignore[misc]
        for names in (
            ("work_time", "_parts"),
            ("work_time",),
            ("_parts",),
            ("_elapsed",),
        )
    ),
    "_talk": (
        (("talk_time", "_answered"), lambda: pl.when(col("_answered")).then(ticks("talk_time"))),
        (("_answered", "answered_at", "ended_at"), lambda: pl.when(col("_answered")).then(between("answered_at", "ended_at"))),
    ),
    # An agent who picked up but never wrote has not replied.
    "_human_at": tuple(
        (
            names,
            lambda names=names: (
                pl.when(col("n_agent_messages").fill_null(1) > 0).then(_human_reply(names))  # type: ignore[misc]
                if "n_agent_messages" in names
                else _human_reply(names)
            ),
        )
        for names in (
            ("first_reply_at", "answered_at", "n_agent_messages"),
            ("first_reply_at", "answered_at"),
            ("first_reply_at",),
            ("answered_at",),
        )
    ),
    # The bot's first message; a bot without such a moment replies as it takes the contact.
    "_bot_at": (
        (("bot_replied_at", "bot_started_at"), lambda: pl.coalesce("bot_replied_at", "bot_started_at")),
        (("bot_started_at",), lambda: col("bot_started_at")),
    ),
    "_end": (
        (("ended_at", "arrived_at"), lambda: pl.coalesce("ended_at", "arrived_at")),
        (("arrived_at",), lambda: col("arrived_at")),
    ),
    # Whether a return would be seen: without a key a contact is a case of its own, and can not come back.
    "_identified": tuple(((key,), lambda key=key: col(key).is_not_null()) for key in ("case_id", "customer_id")),  # type: ignore[misc]
    # Rows in the order of their cases, which only have to lie together: two hashes (128 bits) stand for the text, much faster.
    # A contact without a key is a case of its own; without case ids the customer stands for the case.
    "_hash_1": tuple(((key, "contact_id"), lambda key=key: _case_hash(key, 1)) for key in ("case_id", "customer_id")),  # type: ignore[misc]
    "_hash_2": tuple(((key, "contact_id"), lambda key=key: _case_hash(key, 2)) for key in ("case_id", "customer_id")),  # type: ignore[misc]
    "_order": (
        (
            ("_hash_1", "_hash_2", "_world", "arrived_at", "contact_id"),
            lambda: pl.arg_sort_by("_world", "_hash_1", "_hash_2", "arrived_at", "contact_id"),
        ),
    ),
    "_next_at": (
        (
            ("_order", "_hash_1", "_hash_2", "_world", "arrived_at"),
            lambda: _in_cases(lambda moment, same: pl.when(same.shift(-1)).then(moment.shift(-1))),
        ),
    ),
    "_first_of_case": ((("_order", "_hash_1", "_hash_2", "_world", "arrived_at"), lambda: _in_cases(lambda _, same: ~same)),),
    "_is_transfer": ((("origin",), lambda: (col("origin") == "transfer").fill_null(value=False)), ((), lambda: lit(value=False))),
    "_labels": (
        (("tags", "contact_type"), lambda: pl.concat_list(col("tags").fill_null([]), col("contact_type"))),
        (("tags",), lambda: col("tags")),
    ),
    "_complaint": (
        (("is_complaint",), lambda: col("is_complaint").fill_null(value=False)),
        (("_labels",), lambda: col("_labels").list.contains("complaint").fill_null(value=False)),
    ),
    # When the contact stopped being work to do: solved, else left (and not cut off by the horizon).
    "_closed_at": (
        (
            ("resolved_at", "ended_at", "outcome"),
            lambda: pl.when(col("outcome") != "open").then(pl.coalesce("resolved_at", "ended_at")),
        ),
        (("resolved_at", "outcome"), lambda: pl.when(col("outcome") != "open").then(col("resolved_at"))),
        (("ended_at", "outcome"), lambda: pl.when(col("outcome") != "open").then(col("ended_at"))),
    ),
    "_solved_at": (
        (
            ("resolved_at", "is_resolved", "ended_at"),
            lambda: pl.coalesce("resolved_at", pl.when(col("is_resolved")).then(col("ended_at"))),
        ),
        (("resolved_at",), lambda: col("resolved_at")),
        (("is_resolved", "ended_at"), lambda: pl.when(col("is_resolved")).then(col("ended_at"))),
    ),
    "_lost_at": (
        (
            ("outcome", "ended_at"),
            lambda: pl.when(is_outcome("abandoned", "blocked", "refused", "gave_up")).then(col("ended_at")),
        ),
        ((), lambda: lit(None, dtype=pl.Datetime("ms"))),
    ),
    "_solved_or_lost_at": ((("_solved_at", "_lost_at"), lambda: pl.coalesce("_solved_at", "_lost_at")),),
    "_answered_or_lost_at": (
        (("answered_at", "_lost_at", "outcome", "ended_at"), lambda: pl.coalesce("answered_at", "_lost_at", _contained_end())),
    ),
    "_escalated": (
        (("is_escalated",), lambda: col("is_escalated").fill_null(value=False)),
        (("escalated_at",), lambda: col("escalated_at").is_not_null()),
    ),
    # of agent time (simkpi.kpi.timeline), named here so that a log without them is told which column it lacks
    **{name: (((column,), lambda column=column: col(column)),) for name, column in _OF_AGENT_TIME.items()},  # type: ignore[misc]
    "_pending": (((), lambda: lit(0, dtype=pl.Int64)),),
}


def _in_cases(build: Callable[[Expr, Expr], Expr]) -> Expr:
    """Build a column from the arrivals, in the order of the cases, and the flag *same case as the row before*."""
    same = pl.all_horizontal(
        (key := col(name).gather(col("_order"))) == key.shift(1) for name in ("_world", "_hash_1", "_hash_2")
    ).fill_null(value=False)
    return build(col("arrived_at").gather(col("_order")), same).gather(col("_order").arg_sort())


def _contained_end() -> Expr:
    return pl.when(is_outcome("contained")).then(col("ended_at"))


def _case_hash(key: str, seed: int) -> Expr:
    return pl.when(col(key).is_null()).then(col("contact_id").hash(seed + 2)).otherwise(col(key).hash(seed))


def _first_known(names: tuple[str, ...]) -> Expr:
    return pl.coalesce([ticks(name) if name == "work_time" else col(name) for name in names])


def _human_reply(names: tuple[str, ...]) -> Expr:
    return pl.coalesce([name for name in names if name.endswith("_at")])
