"""The Erlang formula beside the simulation, for every queue that the formula can describe, and why they differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simkpi import queueing
from simkpi.experiment.confidence import Estimate
from simkpi.experiment.result import Result
from simkpi.planning.formula_queue import Queue, differences, queues, stretches
from simkpi.planning.phrase import Phrase
from simkpi.queueing.performance import Performance

Floats = NDArray[np.float64]
#: KPIs that formula and simulation both give.
COMPARED = ("service_level", "abandon_rate", "asa")


@dataclass(frozen=True)
class Crosscheck:
    """One queue: formula and simulation side by side.

    Parameters
    ----------
    contacts : tuple of str
        Contact types in the queue.
    formula : Phrase
        ``Erlang C``, ``Erlang A``, with ``interval by interval`` where rate or staff vary; empty if none describes it.
    figures : dict
        KPI -> (by the formula, simulated); infinite where the formula says that the queue grows without bound.
    differences : tuple of Phrase
        Where the scenario breaks the formula's assumptions; if *formula* is empty: why none applies.
    """

    contacts: tuple[str, ...]
    formula: Phrase
    figures: dict[str, tuple[float, Estimate]]
    differences: tuple[Phrase, ...]

    @property
    def contact(self) -> str:
        """Names of the contact types."""
        return " + ".join(self.contacts)


def crosscheck(result: Result, *, confidence: float = 0.95) -> tuple[Crosscheck, ...]:
    """Compare every queue of *result* with the formula that describes it best.

    Notes
    -----
    Each stretch of constant arrival rate and head-count is taken alone, in its steady state, and weighted by the contacts
    expected in it (pointwise stationary approximation). With patience Erlang A, else Erlang C; a limited queue adds its
    places. Arrival rates are those after the bot; an agent who has several contacts at once counts as that many servers.
    Contact types that one team serves alike are one queue, with the mean handle time and the mean abandonment rate of the mix.

    Source: Green and Kolesar, The pointwise stationary approximation for queues with nonstationary arrivals,
    Management Science 37 (1991); formulas: see :mod:`simkpi.queueing`.
    """
    found = []
    for queue in queues(result.scenario):
        if not isinstance(queue, Queue):
            name, why = queue
            found.append(Crosscheck((name,), Phrase(""), {}, (why,)))
            continue
        formula, values = by_formula(queue)
        simulated = _simulated(result, queue, confidence)
        figures = {kpi: (value, simulated[kpi]) for kpi, value in values.items()}
        found.append(Crosscheck(queue.contacts, formula, figures, tuple(differences(queue, stretches(queue)))))
    return tuple(found)


def _simulated(result: Result, queue: Queue, confidence: float) -> dict[str, Estimate]:
    table = result.kpis(COMPARED, where=pl.col("contact_type").is_in(queue.contacts), confidence=confidence)
    columns = ("value", "low", "high", "half_width", "replications")
    return {row["kpi"]: Estimate(*[row[column] for column in columns]) for row in table.iter_rows(named=True)}


def by_formula(queue: Queue, *, volume: float = 1.0, handle: float = 1.0) -> tuple[Phrase, dict[str, float]]:
    """Name the formula for *queue* and return its figures: service level (the scenario's variant), abandon rate, ASA.

    *volume* and *handle* are factors on the expected contacts and on the mean handle time.
    """
    definitions = queue.scenario.spec.definitions
    cut = stretches(queue)
    rates = volume * cut.rates
    rate = rates.sum(axis=0)
    aht = handle * (rates.T @ np.array([queue.aht(name) for name in queue.contacts]) / rate)
    leaving = rates.T @ np.array([queue.leaving(name) for name in queue.contacts]) / rate
    slots = cut.agents * queue.servers
    with np.errstate(divide="ignore"):
        patience = 1 / leaving
    places = None if queue.places is None else slots + queue.places
    figures = queueing.evaluate(
        arrival_rate=rate, aht=aht, agents=slots, patience=patience, places=places, threshold=definitions.threshold
    )
    weight = cut.length * rate
    good, counted = service_level_parts(definitions.service_level, figures)
    values = {
        "service_level": float((weight * good).sum() / (weight * counted).sum()),
        "abandon_rate": float((weight * figures.p_abandon).sum() / weight.sum()),
        "asa": _mean(np.asarray(figures.asa), weight * figures.p_served),
    }
    formula = Phrase("Erlang A" if leaving.any() else "Erlang C")
    if places is not None:
        formula = Phrase("{formula} with a limited queue", formula=formula)
    if len(cut.length) > 1:
        formula = Phrase("{formula}, interval by interval", formula=formula)
    return formula, values


def service_level_parts(variant: str, figures: Performance) -> tuple[Floats, Floats]:
    """Numerator and denominator, per offered contact, of a variant of the KPI ``service_level``."""
    served, abandoned, in_time = (np.asarray(part) for part in (figures.p_served, figures.p_abandon, figures.p_abandon_within))
    level = np.asarray(figures.service_level)
    if variant == "answered":
        return level, served
    if variant == "excl_short":
        return level, served + abandoned - in_time
    return (level + in_time if variant == "wait_within" else level), np.ones_like(level)


def _mean(values: Floats, weight: Floats) -> float:
    used = weight > 0
    return float((values[used] * weight[used]).sum() / weight[used].sum()) if used.any() else float("inf")
