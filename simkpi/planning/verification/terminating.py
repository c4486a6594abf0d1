"""Models of a day or a week: time-varying arrivals and staff, and the published simulations."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from simkpi.demand.rows import NEVER
from simkpi.engine.recorder import ABANDONED, BLOCKED
from simkpi.planning.verification.case import HOUR, Case, Expected, queue, read, seconds
from simkpi.planning.verification.measures import (
    SECOND,
    Day,
    Measure,
    mean_queue,
    open_contacts,
    per_replication,
    share,
)


def time_varying_cases() -> Iterator[Case]:
    """Arrivals and agents by interval: the forward equations of the chain."""
    for row in read("time_varying.json"):
        params, known = row["params"], row["expected"]
        length = params["interval_lengths_s"][0]
        scenario = queue(
            1, 1, {"exponential": seconds(params["aht_s"])}, 1, patience={"exponential": seconds(params["mean_patience_s"])}
        )
        rates = [rate * length for rate in params["arrival_rates_per_s"]]
        scenario["contacts"]["voice"]["volume"] = {"interval": f"{length}s", "expected": rates}
        scenario["teams"]["phone"] = {"skills": ["voice"], "staffing": {"interval": f"{length}s", "count": params["agents"]}}
        scenario["run"]["end"] = "drain"
        expected = []
        for place, values in enumerate(known["intervals"]):
            inside = _Interval(place * length * SECOND, (place + 1) * length * SECOND)
            expected += [
                Expected(f"abandoned {place}", per_replication(inside.abandoned), values["abandoned"]),
                Expected(f"completed {place}", per_replication(inside.completed), values["completed"]),
                Expected(f"mean_busy {place}", inside.busy, values["mean_busy"]),
                Expected(f"mean_queue {place}", inside.waiting, values["mean_queue"]),
                Expected(f"answered at once {place}", inside.at_once, values["share_answered_immediately"]),
            ]
        end = len(rates) * length / HOUR
        yield Case(
            row["id"],
            "data/time_varying.json",
            scenario,
            expected,
            0,
            end,
            replications=200,
            quick=row["id"] == "D-tv-1",
        )


@dataclass(frozen=True)
class _Interval:
    """Measures of one interval."""

    start: int
    stop: int

    def _within(self, ticks: Any) -> Any:
        return (ticks >= self.start) & (ticks < self.stop)

    def _cut(self, day: Day) -> Day:
        return Day(day.plan, day.demand, day.log, self.start, self.stop)

    def abandoned(self, day: Day) -> float:
        return float((self._within(day.log.ended) & (day.log.outcome == ABANDONED)).sum())

    def completed(self, day: Day) -> float:
        return float(self._within(day.log.wrapped).sum())

    def busy(self, day: Day) -> tuple[float, float]:
        return open_contacts()(self._cut(day))

    def waiting(self, day: Day) -> tuple[float, float]:
        return mean_queue()(self._cut(day))

    def at_once(self, day: Day) -> tuple[float, float]:
        return share(lambda day: day.answered & (day.wait == 0))(self._cut(day))


def published_cases() -> Iterator[Case]:
    """Return models with published results of other simulators."""
    models = {model["id"]: model for model in read("published.json")}
    yield _ssj(models["SSJ-callcenter-alpha10"])
    yield _mmc(models["CC-MMC"])
    yield _mmc(models["CC-MMC-blocked"])
    yield _telethon(models["CC-Telethon"])


def _published(model: dict[str, Any], measures: dict[str, Measure], decimals: int = 3) -> list[Expected]:
    root = math.sqrt(model["replications"])
    return [
        Expected(name, measure, model["expected"][name][0], model["expected"][name][1] / root, 0.5 * 10**-decimals)
        for name, measure in measures.items()
    ]


def _count(hit: Callable[[Day], Any], per: float = 1.0) -> Measure:
    return per_replication(lambda day: float(hit(day).sum()) / per)


def _ssj(model: dict[str, Any]) -> Case:
    params = model["params"]
    scenario = queue(1, 1, {"exponential": seconds(params["mean_service_s"])}, 1)
    scenario["contacts"]["voice"] |= {
        "volume": {"interval": "1h", "expected": params["base_calls_per_hour"], "day_spread": round(params["alpha0"] ** -0.5, 9)},
        "patience": {"exponential": seconds(params["mean_patience_s"]), "balk": params["p_balk"]},
    }
    scenario["teams"]["phone"] = {"skills": ["voice"], "staffing": {"interval": "1h", "count": params["agents"]}}
    scenario["run"]["end"] = "drain"
    calls = params["expected_calls_per_day"]
    measures = {
        "arrivals": _count(lambda day: day.came()),
        "mean_wait_per_expected_call": _count(lambda day: day.wait / SECOND, calls),
        "prop_wait_lt_20s": _count(lambda day: day.wait < params["T_s"] * SECOND, calls),
        "prop_lost": _count(lambda day: day.log.outcome == ABANDONED, calls),
    }
    return Case(model["id"], model["source"], scenario, _published(model, measures, 4), 0, 13, replications=200)


def _mmc(model: dict[str, Any]) -> Case:
    params = model["params"]
    scenario = queue(1, 1, {"exponential": "2m"}, 1)
    capacity = {"queue_capacity": params["queue_capacity"]} if "queue_capacity" in params else {}
    day_long = {"interval": "8h", "expected": [params["arrival_rate_per_min"] * params["day_min"]]}
    scenario["contacts"]["voice"] |= {"volume": day_long, **capacity}
    scenario["teams"]["phone"] = {"skills": ["voice"], "staffing": {"interval": "8h", "count": [params["agents"]]}}
    scenario["run"]["end"] = "drain"

    def in_target(day: Day) -> Any:
        return day.answered & (day.wait < 20 * SECOND)

    def ratio(hit: Callable[[Day], Any], of: Callable[[Day], Any]) -> Measure:
        return lambda day: (float(hit(day).sum()), float(of(day).sum()))

    measures = {
        "blocked": _count(lambda day: day.log.outcome == BLOCKED),
        "in_target": _count(in_target),
        "sl": ratio(in_target, lambda day: day.answered),
        "sl_served": ratio(in_target, lambda day: day.answered),
        "asa_min": ratio(lambda day: day.wait[day.answered] / SECOND / 60, lambda day: day.answered),
        "occupancy": open_contacts(per=params["agents"]),
        "sl_incl_blocked": ratio(in_target, lambda day: day.came()),
    }
    chosen = {name: measure for name, measure in measures.items() if name in model["expected"]}
    return Case(model["id"], model["source"], scenario, _published(model, chosen), 0, 8, replications=60)


def _telethon(model: dict[str, Any]) -> Case:
    """Return a week of short days; who still waits when the agents leave counts as disconnected, whatever follows."""
    params = model["params"]
    agents = params["agents"]
    limit = round(params["message_after_min"] * 60)
    patience = {"exponential": f"{params['mean_patience_min']}m", "at_most": f"{limit}s"}
    scenario = queue(1, params["days"], {"exponential": "10m"}, 1, patience=patience, queue_capacity=params["lines"] - agents)
    hourly = {"interval": "1h", "from": "06:00", "expected": [params["calls_per_hour"]] * 4}
    scenario["contacts"]["voice"]["volume"] = hourly
    team = {"skills": ["voice"], "staffing": {"interval": "4h", "from": "06:00", "count": [agents]}, "at_close": "finish_contact"}
    scenario["teams"]["phone"] = team
    scenario["run"]["end"] = "drain"

    def closing(day: Day) -> Any:
        return day.demand.arrived // (86_400 * SECOND) * 86_400 * SECOND + params["hours"][1] * HOUR * SECOND

    def disconnected(day: Day) -> Any:
        return (day.log.queued < closing(day)) & (np.minimum(day.log.answered, day.log.ended) >= closing(day))

    def gone(day: Day, *, message: bool) -> Any:
        left = (day.log.outcome == ABANDONED) & ~disconnected(day)
        return left & ((day.wait == limit * SECOND) == message)

    scheduled = agents * 20 * HOUR * SECOND
    measures = {
        "arrived": _count(lambda day: day.log.queued < NEVER),
        "served": _count(lambda day: day.answered),
        "blocked": _count(lambda day: day.log.outcome == BLOCKED),
        "abandoned": _count(lambda day: gone(day, message=False)),
        "messages": _count(lambda day: gone(day, message=True)),
        "disconnected": _count(disconnected),
        "in_target": _count(lambda day: day.answered & (day.wait < 60 * SECOND)),
        "asa_min": lambda day: (float(day.wait[day.answered].sum()) / SECOND / 60, float(day.answered.sum())),
        "occupancy_pct": _count(lambda day: (day.log.wrapped - day.log.answered)[day.answered], scheduled / 100),
        "occupancy_within_hours_pct": _count(
            lambda day: (np.minimum(day.log.wrapped, closing(day)) - day.log.answered)[day.answered], scheduled / 100
        ),
    }
    return Case(model["id"], model["source"], scenario, _published(model, measures), 0, 120, replications=100)
