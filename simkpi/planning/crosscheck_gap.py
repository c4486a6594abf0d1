"""Why formula and simulation differ: the gap in parts, each the effect of one assumption, adding up exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.errors import InputError
from simkpi.experiment.confidence import Estimate, ratio_difference, ratio_interval
from simkpi.experiment.result import Result
from simkpi.planning.crosscheck import COMPARED, by_formula, service_level_parts
from simkpi.planning.crosscheck_switches import groups_apart, worlds
from simkpi.planning.formula_queue import Queue, Steps, queues
from simkpi.planning.trials import Trials
from simkpi.queueing import evaluate
from simkpi.queueing.performance import Performance
from simkpi.scenario.heads import heads
from simkpi.scenario.resolve import Scenario
from simkpi.units import DAY

Floats = NDArray[np.float64]
#: Longest part of an interval that the formula takes as constant, seconds.
_STEP = 900.0
#: Name of the part that no switch simulates: what keeps an interval from its own steady state.
STEADY = "time variation and shift edges"


@dataclass(frozen=True)
class Bar:
    """One part of the gap.

    Parameters
    ----------
    name : str
        What the formula leaves out.
    change : Estimate
        How much the figure moves when it is left out, with its interval.
    """

    name: str
    change: Estimate


@dataclass(frozen=True)
class Waterfall:
    """The way from the simulated figure of a queue to the formula's.

    Parameters
    ----------
    contacts : tuple of str
        Contact types.
    kpi : str
    formula : str
        Name of the formula.
    simulated : Estimate
        The scenario as it is.
    bars : tuple of Bar
        ``simulated.value`` plus all of their values is *by_formula*.
    by_formula : float
        May be infinite (an average speed of answer without bound).
    agents : float
        Most agents that the formula counts for this queue.
    intervals : DataFrame
        ``time_of_day`` (seconds), ``contacts`` a day, ``agents``, ``formula``, ``value``, ``low``, ``high``, ``half_width``.
    """

    contacts: tuple[str, ...]
    kpi: str
    formula: str
    simulated: Estimate
    bars: tuple[Bar, ...]
    by_formula: float
    agents: float
    intervals: pl.DataFrame

    @property
    def contact(self) -> str:
        """Names of the contact types."""
        return " + ".join(self.contacts)


def explain(
    scenario: Scenario,
    *,
    kpi: str = "service_level",
    formula: str = "auto",
    replications: int | None = None,
    seed: int | str | None = None,
    engine: str = "auto",
    interval: float = 1800.0,
    confidence: float = 0.95,
    progress: Callable[[int], None] | None = None,
) -> tuple[Waterfall, ...]:
    """Compare every queue with its formula and say how much of the gap each assumption explains.

    Parameters
    ----------
    scenario : Scenario
    kpi : str
        ``service_level``, ``abandon_rate`` or ``asa``.
    formula : str
        ``a`` (Erlang A), ``c`` (Erlang C: nobody gives up) or ``auto``: ``a``.
    replications, seed, engine, interval, confidence
        As usual; *interval* is that of the comparison by time of day.
    progress : callable, optional
        Called with the number of replications simulated so far.

    Returns
    -------
    tuple of Waterfall
        One per queue, in the order of the contact types.

    Raises
    ------
    InputError
        If the KPI or the formula is none of these, or there is no contact.

    Notes
    -----
    Assumptions are switched one after the other, in a fixed order, each on top of those before; every world is simulated on
    the same customers, so that a part has a paired interval. Parts depend on the order where assumptions interact. In the last
    world all is as the formula wants it, but for the day: it begins empty, volumes and head-counts change, queues are carried
    over. That part is the formula's figure less the last simulated one.

    A contact type is taken alone, with all agents who may take it at once, as a planner does with a formula at hand: an agent
    with two skills is counted once for each.

    Source: paired differences on common random numbers: Law, Simulation Modeling and Analysis, 5th ed., section 11.2.
    """
    if kpi not in COMPARED:
        raise InputError(f"kpi: must be one of {', '.join(COMPARED)}, got '{kpi}'")
    if formula not in ("auto", "a", "c"):
        raise InputError(f"formula: must be auto, a or c, got '{formula}'")
    groups = groups_apart(scenario)
    if not groups:
        raise InputError("nothing to compare: no contact is expected that any team may take")
    count = scenario.spec.run.replications if replications is None else replications
    trials = Trials(
        seed=scenario.spec.run.seed if seed is None else seed, replications=count, engine=engine, runs=8, tell=progress
    )
    first = trials.run(scenario)
    parts = {names: [("", _ratio(first, names, kpi))] for names in groups}
    last = scenario
    for name, last in worlds(scenario, groups, patience="never" if formula == "c" else "exponential"):
        result = trials.run(last)
        for names in groups:
            parts[names].append((name, _ratio(result, names, kpi)))
    ideal = {queue.contacts: queue for queue in queues(last) if isinstance(queue, Queue)}
    return tuple(
        _waterfall(
            names,
            kpi,
            ideal[names],
            parts[names],
            confidence=confidence,
            intervals=_by_interval(first, ideal[names], kpi, interval),
        )
        for names in groups
    )


Ratio = tuple[Floats, Floats]


def _ratio(result: Result, names: Sequence[str], kpi: str) -> Ratio:
    """Numerators and denominators of the KPI, one per replication."""
    table = result.kpis([kpi], by="replication", where=pl.col("contact_type").is_in(list(names)))
    above, below = np.zeros(result.replications), np.zeros(result.replications)
    for number, top, bottom in table.select("replication", "numerator", "denominator").iter_rows():
        above[number], below[number] = top or 0.0, bottom or 0.0
    return above, below


def _waterfall(
    names: tuple[str, ...],
    kpi: str,
    queue: Queue,
    parts: Sequence[tuple[str, Ratio]],
    *,
    confidence: float,
    intervals: pl.DataFrame,
) -> Waterfall:
    formula, figures = by_formula(queue)
    bars = []
    for (_, before), (name, after) in pairwise(parts):
        bars.append(Bar(name, ratio_difference(after, before, confidence=confidence)))
    end = ratio_interval(*parts[-1][1], confidence=confidence)
    if end.value is None:
        raise InputError(f"nothing to compare: no contact of {', '.join(names)} reaches the queue")
    bars.append(Bar(STEADY, _flipped(figures[kpi], end)))
    simulated = ratio_interval(*parts[0][1], confidence=confidence)
    agents = max((max(row) for row in _rows(queue)), default=0)
    return Waterfall(names, kpi, formula, simulated, tuple(bars), figures[kpi], float(agents), intervals)


def _rows(queue: Queue) -> Sequence[Sequence[int]]:
    return heads(queue.scenario.spec, queue.team).count or ()


def _flipped(constant: float, estimate: Estimate) -> Estimate:
    """*constant* less an estimate."""
    assert estimate.value is not None
    low = None if estimate.high is None else constant - estimate.high
    high = None if estimate.low is None else constant - estimate.low
    return Estimate(constant - estimate.value, low, high, estimate.half_width, estimate.replications)


def _by_interval(result: Result, queue: Queue, kpi: str, interval: float) -> pl.DataFrame:
    """Put formula and simulation side by side by time of day; the formula's days are weighted by their contacts."""
    spec = queue.scenario.spec
    staffing = heads(spec, queue.team)
    agents = Steps.of(staffing.count or (), staffing.start, staffing.interval)
    rates = []
    times = np.arange(0.0, DAY, interval)
    fine = math.ceil(interval / _STEP)
    parts = (np.arange(len(times) * fine) + 0.5) * interval / fine
    middles = (np.arange(spec.calendar.days)[:, None] * DAY + parts).ravel()
    for name in queue.contacts:
        volume = spec.contacts[name].volume
        steps = Steps.of(volume.expected or (), volume.start, volume.interval)
        rates.append(steps.at(middles) / volume.interval)
    rate, team = np.sum(rates, axis=0), agents.at(middles)
    figures = evaluate(
        arrival_rate=rate,
        aht=np.full(len(rate), queue.aht(queue.contacts[0])),
        agents=team,
        patience=None if not queue.leaving(queue.contacts[0]) else 1 / queue.leaving(queue.contacts[0]),
        threshold=spec.definitions.threshold,
    )
    above, below = _formula_parts(kpi, spec.definitions.service_level, figures, rate)
    shape = (spec.calendar.days, len(times), fine)
    with np.errstate(divide="ignore", invalid="ignore"):
        by_time = above.reshape(shape).sum(axis=(0, 2)) / below.reshape(shape).sum(axis=(0, 2))
    simulated = result.kpis([kpi], by="time_of_day", interval=interval, where=pl.col("contact_type").is_in(list(queue.contacts)))
    table = pl.DataFrame(
        {
            "time_of_day": times,
            "contacts": rate.reshape(shape).mean(axis=(0, 2)) * interval,
            "agents": team.reshape(shape).max(axis=(0, 2)),
            "formula": by_time,
        }
    )
    figures_ = simulated.select(pl.col("time_of_day").cast(pl.Float64), "value", "low", "high", "half_width")
    joined = table.join(figures_, on="time_of_day", how="left").sort("time_of_day")
    return joined.filter((pl.col("contacts") > 0) | pl.col("value").is_not_null()).with_columns(pl.col("formula").fill_nan(None))


def _formula_parts(kpi: str, variant: str, figures: Performance, rate: Floats) -> tuple[Floats, Floats]:
    if kpi == "service_level":
        good, counted = service_level_parts(variant, figures)
        return rate * good, rate * counted
    if kpi == "abandon_rate":
        return rate * np.asarray(figures.p_abandon), rate
    weight = rate * np.asarray(figures.p_served)
    return np.where(weight > 0, weight * np.asarray(figures.asa), 0.0), weight
