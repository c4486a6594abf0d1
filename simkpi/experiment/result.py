"""What a simulation gives back: the logs of all replications, and their KPIs with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from simkpi.experiment.days import distribution
from simkpi.experiment.pool import Floats, Samples, alone, pool
from simkpi.experiment.provenance import provenance
from simkpi.kpi.measure import Percentile
from simkpi.kpi.score import requests, samples, score
from simkpi.scenario.resolve import Scenario


class Result:
    """A simulated scenario.

    Parameters
    ----------
    scenario : Scenario
        What was simulated.
    seed : int or str
        The world.
    replications : int
        Independent horizons.
    engine : str
        Engine that ran.
    interactions, agent_states, legs : DataFrame
        The log's tables, all replications, with a column ``replication`` (from 0).
    companions : mapping of str to DataFrame
        Further tables, likewise: ``surveys``, ``orders`` and ``customers`` of a scenario with response models.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int | str,
        replications: int,
        engine: str,
        interactions: pl.DataFrame,
        agent_states: pl.DataFrame,
        legs: pl.DataFrame,
        companions: Mapping[str, pl.DataFrame] | None = None,
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self.replications = replications
        self.engine = engine
        self.interactions = interactions
        self.agent_states = agent_states
        self.legs = legs
        self.companions = dict(companions or {})
        self._scored: dict[tuple[object, ...], pl.DataFrame] = {}

    def __repr__(self) -> str:
        contacts = f"{len(self.interactions) / self.replications:,.0f} contacts each"
        return f"<Result {self.scenario.name!r}: {self.replications} replications, {contacts}, seed {self.seed!r}, {self.engine}>"

    @property
    def horizon(self) -> tuple[datetime, datetime]:
        """First and last moment of the calendar."""
        return self.scenario.start, self.scenario.start + timedelta(days=self.scenario.spec.calendar.days)

    @property
    def provenance(self) -> dict[str, Any]:
        """Everything needed to compute this result again."""
        return provenance(self.scenario, seed=self.seed, replications=self.replications, engine=self.engine)

    @property
    def definitions(self) -> dict[str, Any]:
        """Parameters of the KPIs as the scenario's ``definitions`` state them."""
        return definitions_of(self.scenario)

    def kpis(
        self,
        kpis: str | Iterable[str] | Mapping[str, Mapping[str, Any]] | None = None,
        *,
        by: str | Iterable[str] = (),
        confidence: float = 0.95,
        interval: float | str = 1800.0,
        where: pl.Expr | None = None,
        **parameters: Any,
    ) -> pl.DataFrame:
        """KPIs over all replications, each with its interval.

        Parameters
        ----------
        kpis : optional
            Which KPIs (see :func:`simkpi.score`); None: the default set.
        by : str or iterable of str
            Group keys: ``interval``, ``time_of_day``, ``channel``, ``contact_type``, ``team``, ``agent`` ...; with
            ``replication`` each stands alone, without an interval.
        confidence : float, fraction
            Coverage of the intervals.
        interval : float or str, seconds
            Length of a planning interval.
        where : polars expression, optional
            Only these interactions (``pl.col("channel") == "chat"``).
        **parameters
            Parameters of the KPIs that override the scenario's definitions.

        Returns
        -------
        DataFrame
            ``kpi``, the group columns, ``value, low, high, half_width, unit, n, replications, numerator, denominator,
            definition, status``; a count is the mean per replication.
        """
        chosen = kpis if kpis is None or isinstance(kpis, (str, Mapping)) else list(kpis)
        groups = tuple(dict.fromkeys([by] if isinstance(by, str) else by))
        values = {**self.definitions, **parameters}
        asked = {request.label: request for request in requests(chosen, values)}
        scores = self._scores(chosen, groups, interval, where, values)
        if "replication" in groups:
            return alone(scores, by=groups)

        def of_percentile(label: str) -> Samples:
            measure = asked[label].measure
            assert isinstance(measure, Percentile)
            found = self.samples(label, by=groups, interval=interval, where=where, **parameters)
            return by_group(found, groups, self.replications), measure.level

        kinds = {label: request.measure.kind for label, request in asked.items()}
        return pool(scores, replications=self.replications, kinds=kinds, samples=of_percentile, by=groups, confidence=confidence)

    def _scores(
        self, chosen: Any, groups: Sequence[str], interval: float | str, where: pl.Expr | None, values: Mapping[str, Any]
    ) -> pl.DataFrame:
        """Score each replication; what was scored is kept, since a verdict and a distribution ask for the same figures."""
        by = tuple(dict.fromkeys(("replication", *groups)))
        condition = b"" if where is None else where.meta.serialize()
        key = (repr(chosen), by, interval, condition, repr(sorted(values.items())))
        if key not in self._scored:
            table = self.interactions if where is None else self.interactions.filter(where)
            self._scored[key] = score(
                table,
                agent_states=self.agent_states,
                legs=self.legs,
                **self._companions(table),
                kpis=chosen,
                by=by,
                horizon=self.horizon,
                interval=interval,
                **values,
            )
        return self._scored[key]

    def distribution(
        self,
        kpis: str | Iterable[str] | Mapping[str, Mapping[str, Any]] | None = None,
        *,
        by: str | Iterable[str] = (),
        confidence: float = 0.95,
        interval: float | str = 1800.0,
        where: pl.Expr | None = None,
        **parameters: Any,
    ) -> pl.DataFrame:
        """Spread of each KPI over the replications: what a bad, a usual and a good day look like.

        Parameters are those of :meth:`kpis`.

        Returns
        -------
        DataFrame
            See :func:`simkpi.experiment.days.distribution`.
        """
        groups = tuple(dict.fromkeys([by] if isinstance(by, str) else by))
        scores = self.kpis(kpis, by=("replication", *groups), interval=interval, where=where, **parameters)
        return distribution(scores, by=groups, confidence=confidence)

    def samples(
        self,
        kpi: str,
        *,
        by: Sequence[str] = (),
        interval: float | str = 1800.0,
        where: pl.Expr | None = None,
        **parameters: Any,
    ) -> pl.DataFrame:
        """Return the single values behind a percentile or a mean: ``replication``, the group columns and ``sample``."""
        table = self.interactions if where is None else self.interactions.filter(where)
        values = {**self.definitions, **parameters}
        (request,) = requests([kpi], {})
        kept = {name: value for name, value in values.items() if name in request.kpi.parameters}
        keys = ("replication", *by)
        companions = self._companions(table)
        return samples(table, kpi, by=keys, horizon=self.horizon, interval=interval, companions=companions, **kept)

    def _companions(self, contacts: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Rows of the companion tables that belong to *contacts*."""
        if contacts is self.interactions:
            return self.companions
        keys = {name: "contact_id" if "contact_id" in table.columns else "customer_id" for name, table in self.companions.items()}
        kept = {name: table.join(contacts, on=["replication", keys[name]], how="semi") for name, table in self.companions.items()}
        return {name: table for name, table in kept.items() if len(table)}  # without rows: unavailable, not an empty answer


def definitions_of(scenario: Scenario) -> dict[str, Any]:
    """Parameters of the KPIs for a simulation of *scenario*: what its ``definitions`` state, and what a simulated log knows."""
    stated, contacts = scenario.spec.definitions, scenario.spec.contacts.values()
    comes_back = any(contact.recontact or contact.reopen or contact.chase for contact in contacts)
    sales = any(contact.responses and contact.responses.value for contact in contacts)
    # how often a customer buys in a year can not be seen in a simulated day: his purchases are counted as they are
    lifetime = {"clv": "historic"} if sales else {}
    return {
        "threshold": stated.threshold,
        "service_level": stated.service_level,
        "short_abandon": stated.short_abandon,
        "fcr_window": stated.fcr_window,
        "recontact_window": stated.recontact_window,
        "censored": "drop" if comes_back else "count",  # where nobody comes back, the horizon's end leaves nothing open
        **lifetime,
    }


def together(parts: Iterable[Mapping[str, pl.DataFrame]]) -> dict[str, pl.DataFrame]:
    """Put the companions of several replications one below the other."""
    listed = list(parts)
    return {name: pl.concat([part[name] for part in listed]) for name in (listed[0] if listed else {})}


def by_group(found: pl.DataFrame, groups: Sequence[str], replications: int) -> dict[tuple[Any, ...], list[Floats]]:
    """Group key values -> one array of samples per replication."""
    arrays: dict[tuple[Any, ...], list[Floats]] = {}
    for row in found.group_by(["replication", *groups], maintain_order=True).agg("sample").iter_rows(named=True):
        group = tuple(row[key] for key in groups)
        arrays.setdefault(group, [np.empty(0)] * replications)[row["replication"]] = np.asarray(row["sample"], dtype=float)
    return arrays
