"""KPIs of long horizons without their log: piece by piece where the scenario allows it, and in the memory that a piece takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from simkpi.engine.chunks import run_in_chunks
from simkpi.engine.run import engine_for, plan_of
from simkpi.errors import InputError
from simkpi.experiment.cells import Cell, Subject
from simkpi.experiment.compute import compute
from simkpi.experiment.days import distribution
from simkpi.experiment.executors import done_only
from simkpi.experiment.provenance import provenance
from simkpi.experiment.replicate import _at_least_one, expected_contacts
from simkpi.experiment.result import definitions_of
from simkpi.experiment.scores import PARTS, WHOLE, Scores, Scoring
from simkpi.experiment.tally import Tally, why_tables
from simkpi.experiment.target_days import judged
from simkpi.experiment.verdicts import Verdict
from simkpi.scenario.resolve import Scenario
from simkpi.units import parse_duration

#: Days that are drawn, simulated and forgotten at a time.
DAYS = 7


@dataclass(frozen=True)
class Unlogged:
    """Figures of a simulated scenario whose log was not kept.

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
    scores : Scores
        The figures, replication by replication.
    whole : str or None
        Why replications were simulated in one go, one at a time; None if they went piece by piece.
    """

    scenario: Scenario
    seed: int | str
    replications: int
    engine: str
    scores: Scores
    whole: str | None

    @property
    def provenance(self) -> dict[str, Any]:
        """Everything needed to compute this again."""
        return provenance(self.scenario, seed=self.seed, replications=self.replications, engine=self.engine)

    def kpis(self, *, confidence: float = 0.95) -> pl.DataFrame:
        """KPIs over all replications, each with its interval: columns of :meth:`simkpi.experiment.result.Result.kpis`."""
        return self.scores.pooled(WHOLE, confidence=confidence)

    def broken_down(self, *, confidence: float = 0.95) -> pl.DataFrame:
        """Return the same by the group keys that were asked for.

        Raises
        ------
        InputError
            If none were.
        """
        if not self.scores.scoring.by:
            raise InputError('by: no breakdown was asked for; simulate with by="interval"')
        return self.scores.pooled(PARTS, confidence=confidence)

    def verdicts(self, *, confidence: float = 0.95) -> tuple[Verdict, ...]:
        """Judge the scenario's targets (a percentile by the mean of the replications' own)."""
        return judged(self.scores, self.scenario, confidence=confidence)

    def distribution(self, *, confidence: float = 0.95) -> pl.DataFrame:
        """Spread of each KPI over the replications (see :func:`simkpi.experiment.days.distribution`)."""
        return distribution(self.scores.tables[WHOLE], confidence=confidence)


def simulate_kpis(
    scenario: Scenario | str | Path | dict[str, Any],
    *,
    kpis: str | Iterable[str] | None = None,
    by: str | Iterable[str] = (),
    interval: float | str = 1800.0,
    replications: int | None = None,
    seed: int | str | None = None,
    engine: str = "auto",
    days: int = DAYS,
    progress: Callable[[int, int], None] | None = None,
) -> Unlogged:
    """Simulate a scenario for its KPIs alone: the log is forgotten on the way, so that a year takes the memory of a week.

    Parameters
    ----------
    scenario : Scenario, path or dict
        What to simulate; a path or a dict is loaded first.
    kpis : str or iterable of str, optional
        Which KPIs (variants as ``service_level:answered``); None: the default set.
    by : str or iterable of str
        Group keys of a second table (``interval``; other keys need each replication's log while it is scored).
    interval : float or str, seconds
        Length of a planning interval.
    replications, seed, engine
        As for :func:`simkpi.simulate`.
    days : int
        Days that are simulated at a time, at least 1; the figures do not depend on it.
    progress : callable, optional
        Called with (replications done, replications in all).

    Returns
    -------
    Unlogged
        Figures of the same contacts as :func:`simkpi.simulate` with the same seed, to the bit by replication; percentiles over
        several replications to 0.2 % (see :mod:`simkpi.experiment.histograms`). Where scenario, KPIs or breakdown do not allow
        pieces, one replication after the other is simulated in one go and scored (``whole`` says why).

    Raises
    ------
    InputError
        For fewer than 1 replication or day.
    ScenarioError, UnknownName
        If the scenario is invalid, or an engine, KPI or group key is not known.

    Examples
    --------
    >>> from simkpi.scenario.files import shipped
    >>> found = simulate_kpis(shipped("quickstart"), kpis=["offered", "service_level"], replications=2)
    >>> found.kpis()["kpi"].to_list()
    ['offered', 'service_level']
    """
    if not isinstance(scenario, Scenario):
        from simkpi.scenario.files import load

        scenario = load(scenario)
    count = _at_least_one("replications", scenario.spec.run.replications if replications is None else replications)
    subject = Subject(scenario, scenario.spec.run.seed if seed is None else seed, _scoring(kpis, by, interval, scenario))
    engine = engine_for(scenario, expected_contacts(scenario) * count, engine)
    days, why = _at_least_one("days", days), None
    payloads = []
    for number in range(count):
        payload = None
        if why is None:
            payload, why = _by_pieces(subject, number, engine, days)
        if payload is None:
            payload = done_only(compute([Cell(subject, number, 1)], engine))[0].payload
        payloads.append(payload)
        if progress is not None:
            progress(number + 1, count)
    scores = Scores.stored(subject.scoring, payloads, replications=count)
    return Unlogged(scenario, subject.seed, count, engine, scores, why)


def _scoring(kpis: str | Iterable[str] | None, by: str | Iterable[str], interval: float | str, scenario: Scenario) -> Scoring:
    chosen = kpis if kpis is None or kpis == "all" else tuple([kpis] if isinstance(kpis, str) else kpis)
    groups = tuple(dict.fromkeys([by] if isinstance(by, str) else by))
    seconds = parse_duration(interval, bare="seconds") if isinstance(interval, str) else float(interval)
    scoring = Scoring(chosen, groups, seconds).watching([scenario])
    scoring.check()
    return scoring


def _by_pieces(subject: Subject, number: int, engine: str, days: int) -> tuple[bytes | None, str | None]:
    """Simulate a replication piece by piece; return the bytes of its tables, or why it has to go in one go."""
    scenario = subject.scenario
    if engine != "compiled":
        return None, f"the {engine} engine does not pause"
    what = scenario, plan_of(scenario), subject.scoring, definitions_of(scenario)
    tally = Tally.of(*what)
    if tally is None:
        return None, why_tables(*what)
    from simkpi.experiment.tally_pieces import PieceTally

    added = PieceTally(tally)
    try:
        pieces = run_in_chunks(scenario, seed=subject.seed, replication=number, days=days, on_pause=added.pause)
        fits = added.add(pieces, number)
    except InputError as error:
        return None, str(error).removesuffix("; simulate the horizon in one go")
    if fits:
        return tally.payload(), None
    backlog = [name for name, contact in scenario.spec.contacts.items() if contact.backlog is not None]
    why = f"contacts from before the start (contacts.{backlog[0]}.backlog)" if backlog else "a replication without any contact"
    return None, f"{why} {'need' if backlog else 'needs'} the tables of a log"
