"""Small logs with known truth: first come first served, whole milliseconds, fixed seeds; independent of the engines."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from simkpi.interactions.table import Log

START = date(2026, 3, 2)  # a Monday
Draw = Callable[[np.random.Generator, int], np.ndarray]


def exponential(mean: float) -> Draw:
    return lambda random, n: random.exponential(mean, n)


def lognormal(mean: float, cv: float) -> Draw:
    sigma2 = np.log1p(cv**2)
    return lambda random, n: random.lognormal(np.log(mean) - sigma2 / 2, np.sqrt(sigma2), n)


def generate(
    *,
    days: int = 14,
    per_interval: tuple[float, ...] = (20, 30, 30, 20),
    agents: tuple[int, ...] = (3, 4, 4, 3),
    opening: float = 9 * 3600.0,
    talk: Draw,
    patience: Draw,
    wrap: Draw | None = None,
    hidden: Draw | None = None,
    day_cv: float = 0.0,
    seed: int = 1,
) -> Log:
    """One queue, half-hour head-counts; *hidden* is work after a contact that the log does not tell."""
    random = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for day in range(days):
        factor = random.gamma(day_cv**-2, day_cv**2) if day_cv else 1.0
        counts = random.poisson(np.array(per_interval) * factor)
        arrived = np.sort(np.concatenate([opening + 1800 * (k + random.random(n)) for k, n in enumerate(counts)]))
        n = len(arrived)
        work = [talk(random, n), wrap(random, n) if wrap else np.zeros(n), hidden(random, n) if hidden else np.zeros(n)]
        rows += _day(day, arrived, work, patience(random, n), agents=agents, opening=opening)
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.lit("voice").alias("channel"))
    if wrap is None:
        frame = frame.drop("wrapped_at")
    return Log(frame.with_row_index("contact_id").with_columns(pl.col("contact_id").cast(pl.String)))


def _day(
    day: int, arrived: np.ndarray, work: list[np.ndarray], patience: np.ndarray, *, agents: tuple[int, ...], opening: float
) -> list[dict[str, object]]:
    changes = [(opening + 1800 * k, 0, count) for k, count in enumerate(agents)] + [(opening + 1800 * len(agents), 0, 0)]
    events = [*changes, *((moment, 2, index) for index, moment in enumerate(arrived))]
    heapq.heapify(events)
    free: set[int] = set()
    busy: set[int] = set()
    staffed, queue, rows = 0, deque[int](), []

    def leave(index: int) -> None:
        rows.append(_row(day, "abandoned", arrived=arrived[index], ended=arrived[index] + patience[index]))

    def serve(now: float) -> None:
        while queue and (ready := sorted(free)) and len(busy) < staffed:
            index = queue.popleft()
            if arrived[index] + patience[index] <= now:
                leave(index)
                continue
            agent = ready[0]
            free.discard(agent)
            busy.add(agent)
            ended = now + work[0][index]
            wrapped = ended + work[1][index]
            rows.append(_row(day, "answered", arrived=arrived[index], answered=now, ended=ended, wrapped=wrapped, agent=agent))
            heapq.heappush(events, (wrapped + work[2][index], 1, agent))

    while events:
        now, kind, what = heapq.heappop(events)
        if kind == 0:
            staffed = what
            free |= set(range(staffed)) - busy
            free = {agent for agent in free if agent < staffed}
        elif kind == 1:
            busy.discard(what)
            if what < staffed:
                free.add(what)
        else:
            queue.append(what)
        serve(now)
    for index in queue:
        leave(index)
    return rows


def _row(
    day: int,
    outcome: str,
    *,
    arrived: float,
    ended: float,
    answered: float | None = None,
    wrapped: float | None = None,
    agent: int | None = None,
) -> dict[str, object]:
    midnight = datetime.combine(START + timedelta(days=day), time())

    def moment(seconds: float | None) -> datetime | None:
        return None if seconds is None else midnight + timedelta(milliseconds=round(seconds * 1000))

    return {
        "outcome": outcome,
        "arrived_at": moment(arrived),
        "queued_at": moment(arrived),
        "answered_at": moment(answered),
        "ended_at": moment(ended),
        "wrapped_at": moment(wrapped),
        "agent_id": None if agent is None else f"A{agent}",
    }
