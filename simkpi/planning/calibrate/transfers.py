"""Takes transferred contacts apart into their stays, and fits who is transferred, after how long, and where to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.interactions.table import Log
from simkpi.planning.calibrate.observed import Observed
from simkpi.planning.calibrate.times import FEW, LawFit, fit_law

#: Columns that tell of a contact's beginning, or of its last agent only.
_FIRST_ONLY = ("bot_started_at", "bot_ended_at", "bot_outcome", "first_reply_at")
_LAST_ONLY = ("is_resolved", "resolved_at", "csat", "nps", "ces")
#: Of the contact as a whole (it may hold the waits between the stays): a stay's talk is all the time with its agent.
_OF_ALL = ("hold_time",)
#: A record that came by transfer follows the one of its case that ended so long before, at most; seconds.
_WINDOW = 3600.0


@dataclass(frozen=True)
class TransferFit:
    """Transfers of one contact type.

    Parameters
    ----------
    chance, error : float, fraction
        Share of its answered contacts that were transferred, and its standard error.
    to : dict of str to float
        Contact types to which they went, with their shares.
    after : LawFit
        Talk time until then.
    answered, transferred : int
        Contacts behind it.
    """

    chance: float
    error: float
    to: dict[str, float]
    after: LawFit
    answered: int
    transferred: int


@dataclass(frozen=True)
class Transfers:
    """Which row follows which. Arrays have shape (n_contacts,), in the order of the log that was read.

    Parameters
    ----------
    came_from : ndarray of int
        Row from which each row was transferred; -1 = it came by itself.
    is_source : ndarray of bool
        Rows that were transferred on.
    """

    came_from: NDArray[np.intp]
    is_source: NDArray[np.bool_]

    @property
    def has_come(self) -> NDArray[np.bool_]:
        """Rows that came by transfer: they are no fresh volume."""
        return np.asarray(self.came_from >= 0)


def unfold(log: Log) -> Log:
    """Make one row per stay of contacts that several agents handled one after the other, if the log's legs tell the stays.

    Parameters
    ----------
    log : Log
        Read, with or without ``legs``.

    Returns
    -------
    Log
        The first stay keeps the contact's identity and topic; each further one has origin ``transfer``, the queue it waited in
        as its contact type, and times of its own. Without legs, or without transfers in them, the same log.
    """
    if log.legs is None:
        return log
    legs = log.legs.lazy().filter(pl.col("kind").is_in(["queue", "agent", "wrap"])).collect()
    agents = legs.filter(pl.col("kind") == "agent")
    if "end" in legs.columns:
        moved = agents.filter(pl.col("end") == "transferred")["contact_id"].unique()
    else:  # a log that does not say how stays end: contacts that several agents had
        moved = agents.group_by("contact_id").agg(pl.col("place").n_unique()).filter(pl.col("place") > 1)["contact_id"]
    if moved.is_empty():
        return log
    frame = log.interactions.lazy().collect()
    names = "contact_type" if "contact_type" in frame.columns else "channel"
    mine = legs.filter(pl.col("contact_id").is_in(moved.implode())).sort("contact_id", "leg")
    by_contact = {str(key[0]): part.rows(named=True) for key, part in mine.group_by("contact_id", maintain_order=True)}
    team_of = _teams(frame)
    base = frame.filter(pl.col("contact_id").cast(pl.String).is_in(list(by_contact)))
    rows = [stay for row in base.rows(named=True) for stay in _stays(row, by_contact[str(row["contact_id"])], names, team_of)]
    if not rows:
        return log
    taken = {str(row["contact_id"]).partition(_MARK)[0] for row in rows}
    rest = frame.filter(~pl.col("contact_id").cast(pl.String).is_in(list(taken)))
    schema: dict[str, Any] = {**frame.schema, "contact_id": pl.String, "origin": pl.String, names: pl.String}
    parts = [rest.cast({"contact_id": pl.String, names: pl.String}), pl.DataFrame(rows, schema=schema)]
    return replace(log, interactions=pl.concat(parts, how="diagonal_relaxed"))


#: Between a contact's identity and the number of its further stay.
_MARK = " > stay "


def first_stay(identity: str) -> str:
    """Identity of the contact that a row of :func:`unfold` is a stay of."""
    return identity.partition(_MARK)[0]


def _teams(frame: pl.DataFrame) -> dict[str, str]:
    """Team of each agent: the one named most often beside him."""
    if "team" not in frame.columns or "agent_id" not in frame.columns:
        return {}
    pairs = frame.filter(pl.col("team").is_not_null(), pl.col("agent_id").is_not_null())
    counts = pairs.group_by("agent_id", "team").len().sort(["len", "team"], descending=[False, True])
    return {str(agent): str(team) for agent, team, _ in counts.iter_rows()}


def _stays(row: dict[str, Any], legs: list[dict[str, Any]], names: str, team_of: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Rows of one contact, a stay each: the agents one after the other, and a queue that nobody answered at the end."""
    stays: list[dict[str, Any]] = []
    queue = None
    for leg in legs:
        if leg["kind"] == "queue":
            queue = leg
        elif leg["kind"] == "agent" and not (stays and queue is None and stays[-1]["agent"]["place"] == leg["place"]):
            stays.append({"queue": queue, "agent": leg, "wrap": None})
            queue = None
        elif leg["kind"] == "wrap":
            for stay in reversed(stays):
                if stay["agent"]["place"] == leg["place"] and stay["wrap"] is None:
                    stay["wrap"] = leg
                    break
    if len(stays) + (queue is not None) < 2:
        return
    for number, stay in enumerate(stays):
        yield _row(row, stay, number, is_last=number == len(stays) - 1 and queue is None, names=names, team_of=team_of)
    if queue is not None:
        yield {
            **_common(row, len(stays), queue, names, is_last=True),
            "agent_id": None,
            "team": None,
            "queued_at": queue["from_at"],
            "answered_at": None,
            "ended_at": queue["to_at"],
            "wrapped_at": None,
            "outcome": "abandoned",
            **dict.fromkeys((name for name in ("talk_time", "wrap_time", "work_time") if name in row), None),
        }


def _common(row: dict[str, Any], number: int, queue: dict[str, Any] | None, names: str, *, is_last: bool) -> dict[str, Any]:
    dropped = [*_OF_ALL, *(_FIRST_ONLY if number else ()), *(() if is_last else _LAST_ONLY)]
    found = {**row, **{name: None for name in dropped if name in row}}
    identity = str(row["contact_id"])
    found["contact_id"] = f"{identity}{_MARK}{number + 1}" if number else identity
    found["case_id"] = row.get("case_id") or identity
    if number:
        found["origin"] = "transfer"
        found[names] = str(queue["place"]) if queue is not None and queue["place"] else f"{row[names]}, transferred"
        if found[names] == row[names]:
            found[names] = f"{row[names]}, transferred"
    return found


def _row(
    row: dict[str, Any], stay: dict[str, Any], number: int, *, is_last: bool, names: str, team_of: dict[str, str]
) -> dict[str, Any]:
    queue, agent, wrap = stay["queue"], stay["agent"], stay["wrap"]
    entered = queue["from_at"] if queue is not None else agent["from_at"]
    found = _common(row, number, queue, names, is_last=is_last)
    if number:
        found["arrived_at"] = entered
    times = {
        "agent_id": agent["place"],
        "team": team_of.get(str(agent["place"]), row.get("team")),
        "queued_at": entered if number or row.get("queued_at") is None else row["queued_at"],
        "answered_at": agent["from_at"],
        "ended_at": agent["to_at"],
        "wrapped_at": wrap["to_at"] if wrap is not None else agent["to_at"],
        "outcome": "answered",
        "talk_time": _seconds(agent["from_at"], agent["to_at"]),
        "wrap_time": _seconds(wrap["from_at"], wrap["to_at"]) if wrap is not None else 0.0,
        "work_time": None,
    }
    return {**found, **{name: value for name, value in times.items() if name in row}}


def _seconds(start: Any, end: Any) -> float | None:
    return None if start is None or end is None else float((end - start).total_seconds())


def find_transfers(frame: pl.DataFrame) -> Transfers | None:
    """Say which rows of *frame*, in order of arrival, came by transfer (``origin``), and from which row of their case.

    Returns
    -------
    Transfers or None
        None if none did.
    """
    if "origin" not in frame.columns or "case_id" not in frame.columns or not (frame["origin"] == "transfer").any():
        return None
    ends = pl.coalesce([pl.col(name) for name in ("ended_at", "arrived_at") if name in frame.columns])
    table = frame.with_row_index("row").select(
        pl.col("row").cast(pl.Int64),
        pl.col("case_id").cast(pl.String).alias("case"),
        (pl.col("origin") == "transfer").fill_null(value=False).alias("comes"),
        pl.col("arrived_at").alias("begin"),
        ends.alias("end"),
        (pl.col("outcome") == "answered").alias("answered"),
    )
    before = [pl.col(name).shift(1).over("case", order_by="row").alias(f"{name}_before") for name in ("row", "end", "answered")]
    table = table.with_columns(before)
    near = ((pl.col("begin") - pl.col("end_before")).dt.total_milliseconds() / 1000).abs() <= _WINDOW
    linked = pl.col("comes") & pl.col("case").is_not_null() & pl.col("answered_before") & near
    source = table.select(pl.when(linked).then("row_before").otherwise(-1).fill_null(-1))["row_before"].to_numpy().astype(np.intp)
    is_source = np.zeros(len(frame), dtype=bool)
    is_source[source[source >= 0]] = True
    return Transfers(source, is_source) if is_source.any() else None


def fit_transfer(observed: Observed, transfers: Transfers, contact_type: int) -> TransferFit | None:
    """Fit the transfers of one contact type; None below 20 of them."""
    mine = observed.is_answered & (observed.contact_type == contact_type)
    moved = mine & transfers.is_source
    n, many = int(mine.sum()), int(moved.sum())
    if many < FEW:
        return None
    chance = many / n
    targets = Counter(observed.contact_types[observed.contact_type[row]] for row in np.flatnonzero(_came(transfers, moved)))
    total = sum(targets.values())
    return TransferFit(
        chance=chance,
        error=float(np.sqrt(chance * (1 - chance) / n)),
        to={name: count / total for name, count in sorted(targets.items())},
        after=fit_law(observed.talk[moved]),
        answered=n,
        transferred=many,
    )


def _came(transfers: Transfers, sources: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows that came from one of *sources*."""
    source = transfers.came_from
    return np.asarray((source >= 0) & sources[np.maximum(source, 0)])
