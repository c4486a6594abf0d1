"""The stationary formula as a control variate: how much of a figure's chance is the volume and work that happened to come."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi.demand.draws import draw
from simkpi.demand.rows import NEVER, Demand
from simkpi.experiment.confidence import pseudo_values
from simkpi.experiment.control import Controlled, controlled_mean
from simkpi.experiment.result import Result
from simkpi.planning.crosscheck import COMPARED, by_formula
from simkpi.planning.formula_queue import Queue, queues
from simkpi.planning.phrase import Phrase
from simkpi.scenario.bot_hours import bot_of
from simkpi.units import to_ticks

Floats = NDArray[np.float64]
#: Relative change of an input by which the formula's slope is taken.
STEP = 0.01


@dataclass(frozen=True)
class ControlledQueue:
    """One queue: its figures without and with the control.

    Parameters
    ----------
    contacts : tuple of str
        Contact types in the queue.
    figures : dict
        KPI -> figures; empty if there is no control.
    why : Phrase
        Why there is none; empty if there is.
    """

    contacts: tuple[str, ...]
    figures: dict[str, Controlled]
    why: Phrase


def control_variates(result: Result, *, confidence: float = 0.95) -> tuple[ControlledQueue, ...]:
    """Correct the figures of each queue by what the formula says of the volume and work that each replication drew.

    Parameters
    ----------
    result : Result
        At least five replications.
    confidence : float, fraction
        Coverage of the intervals.

    Returns
    -------
    tuple of ControlledQueue
        One per queue of the scenario (see ``formula_queue.queues``), with service level, abandon rate and ASA.

    Notes
    -----
    The control of a replication is the stationary formula, linear in the fresh contacts drawn (relative to those expected) and
    in their handle time (relative to its expectation), taken at the expected inputs. Both inputs have known expectations, so the
    control has mean zero exactly, which the formula itself at random inputs has not. Where a bot comes first, or agents write
    messages, the time drawn is not the law's own and volume alone is used. The unit is the replication; ratios go by their
    jackknife pseudo-values.

    Source: Lavenberg and Welch, Management Science 27 (1981); Law, Simulation Modeling and Analysis, 5th ed., section 11.4 (a
    simpler model as an external control).
    """
    found = []
    demands: list[Demand] = []
    for queue in queues(result.scenario):
        if not isinstance(queue, Queue):
            found.append(ControlledQueue((queue[0],), {}, queue[1]))
            continue
        why = _unfit(queue)
        if why is None and not demands:
            numbers = range(result.replications)
            demands = [draw(result.scenario, seed=result.seed, replication=number) for number in numbers]
        figures = {} if why is not None else _figures(result, queue, inputs_drawn(queue, demands), confidence)
        if why is None and not figures:
            why = Phrase("the inputs do not vary, or there are too few replications")
        found.append(ControlledQueue(queue.contacts, figures, why or Phrase("")))
    return tuple(found)


def _unfit(queue: Queue) -> Phrase | None:
    """Say why the expectation of a queue's inputs is not known exactly."""
    blocks = [queue.scenario.spec.contacts[name] for name in queue.contacts]
    if any(block.backlog is not None or block.visitors is not None for block in blocks):
        return Phrase("not all of its contacts come by themselves")
    if any(block.volume.mode != "poisson" or block.volume.arrivals is not None for block in blocks):
        return Phrase("its volume is not drawn at random")
    return None


def inputs_drawn(queue: Queue, demands: list[Demand]) -> tuple[Floats, Floats]:
    """Relative deviation of volume and of handle time from their expectation; shape (n_replications,), expectation 0."""
    volumes = {name: queue.scenario.spec.contacts[name].volume for name in queue.contacts}
    expected = {name: float(sum(map(sum, volume.expected or ()))) for name, volume in volumes.items()}
    work = sum(expected[name] * _mean_ticks(queue, name) for name in queue.contacts)
    volume = np.array([sum(len(_fresh(one, name)) for name in queue.contacts) for one in demands], dtype=float)
    surplus = np.zeros(len(demands))
    if _is_plain(queue) and work > 0:
        for name in queue.contacts:
            mean = _mean_ticks(queue, name)
            surplus += [
                float((one.talk + one.hold + one.wrap)[_fresh(one, name)].sum() - mean * len(_fresh(one, name)))
                for one in demands
            ]
    total = sum(expected.values())
    return volume / total - 1, surplus / work if work > 0 else surplus


def _fresh(demand: Demand, name: str) -> NDArray[np.int64]:
    """Rows of the contacts of a type that come by themselves."""
    count = len(demand.arrived) if demand.returns is None else demand.returns.n_fresh
    mine = demand.contact_type[:count] == demand.contact_types.index(name)
    return np.flatnonzero(mine & (demand.arrived[:count] < NEVER))


def _is_plain(queue: Queue) -> bool:
    spec = queue.scenario.spec
    return not any(bot_of(spec, name) or spec.contacts[name].turns for name in queue.contacts)


def _mean_ticks(queue: Queue, name: str) -> float:
    handle = queue.scenario.spec.contacts[name].handle
    return float(to_ticks(1)) * (handle.talk.mean + handle.hold.mean + handle.wrap.mean)


def _figures(result: Result, queue: Queue, drawn: tuple[Floats, Floats], confidence: float) -> dict[str, Controlled]:
    slopes = _slopes(queue)
    table = result.kpis(COMPARED, by="replication", where=pl.col("contact_type").is_in(queue.contacts))
    found = {}
    for kpi in COMPARED:
        by_volume, by_work = slopes[kpi]
        if not (math.isfinite(by_volume) and math.isfinite(by_work)):
            continue
        parts = np.zeros((2, result.replications))
        for row in table.filter(pl.col("kpi") == kpi).iter_rows(named=True):
            if row["replication"] is not None:
                parts[:, row["replication"]] = row["numerator"] or 0.0, row["denominator"] or 0.0
        values = pseudo_values(*parts) if result.replications > 1 else None
        control = by_volume * drawn[0] + by_work * drawn[1]
        one = None if values is None else controlled_mean(values, control, confidence=confidence)
        if one is not None:
            found[kpi] = one
    return found


def _slopes(queue: Queue) -> Mapping[str, tuple[float, float]]:
    """KPI -> change of the formula's figure for a relative change of volume and of handle time, at the expected inputs."""
    ends = {name: [by_formula(queue, **{name: 1 + sign * STEP})[1] for sign in (-1, 1)] for name in ("volume", "handle")}

    def slope(name: str, kpi: str) -> float:
        low, high = ends[name]
        return (high[kpi] - low[kpi]) / (2 * STEP) if math.isfinite(high[kpi]) and math.isfinite(low[kpi]) else math.nan

    return {kpi: (slope("volume", kpi), slope("handle", kpi)) for kpi in COMPARED}
