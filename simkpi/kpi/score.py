"""From a log to a tidy table of KPIs: one pass over the rows for everything that is a sum, whatever the breakdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import polars as pl

import simkpi.kpi.cases
import simkpi.kpi.companions
import simkpi.kpi.moments
import simkpi.kpi.timeline  # noqa: F401 (these four register their tables)
from simkpi.errors import InputError, did_you_mean
from simkpi.kpi.aggregate import Request, evaluate, sample_frame
from simkpi.kpi.groups import check_keys, interval_ticks
from simkpi.kpi.log import Log
from simkpi.kpi.measure import KPIS, Kpi
from simkpi.kpi.reading import Frame, open_tables

Selection: TypeAlias = "str | Iterable[str | tuple[str, Mapping[str, Any]]] | Mapping[str, Mapping[str, Any]] | None"


def score(
    interactions: Frame,
    *,
    agent_states: Frame | None = None,
    legs: Frame | None = None,
    surveys: Frame | None = None,
    visits: Frame | None = None,
    customers: Frame | None = None,
    orders: Frame | None = None,
    items: Frame | None = None,
    messages: Frame | None = None,
    kpis: Selection = None,
    by: str | Iterable[str] = (),
    horizon: tuple[Any, Any] | None = None,
    interval: float | str = 1800.0,
    **parameters: Any,
) -> pl.DataFrame:
    """Compute KPIs of a log, simulated or real.

    Parameters
    ----------
    interactions : DataFrame, LazyFrame or path
        One row per contact in the schema of :mod:`simkpi.interactions.columns`; a lazy frame or a path is streamed.
    agent_states, legs, surveys, visits, customers, orders, items, messages : DataFrame, LazyFrame or path, optional
        Companion tables. What they would give is *unavailable* without them, never zero.
    kpis : None, "all", names, mapping or pairs
        Which KPIs: the default set; everything; names or aliases, where ``service_level:answered_only`` picks a variant;
        or a mapping
        (pairs) name -> parameters of that KPI alone.
    by : str or iterable of str
        Group keys: ``interval``, ``time_of_day``, ``hour``, ``weekday`` (Monday is 1), ``day``, ``week``, ``month``,
        ``wait_band``, ``agent``,
        ``replication``, or any column of the log. A contact belongs to the moment of its arrival; agent time is cut at the
        borders.
    horizon : pair, optional
        Start and end: moments, ISO text, or seconds if the log's moments are. Clips agent time and decides what is censored.
        Default: first to last moment of the log.
    interval : float or str, seconds
        Length of a planning interval; has to divide the day.
    **parameters
        Parameters of the KPIs (``threshold=20``, ``service_level="answered_only"``, ``recontact_window="7d"`` ...); each
        applies to every
        KPI that has it.

    Returns
    -------
    DataFrame
        ``kpi``, the group keys, ``definition``, ``value``, ``numerator``, ``denominator``, ``n`` (rows it rests on),
        ``censored`` (rows not
        decided when the horizon ends), ``unit``, ``status`` (``ok``, ``undefined``, ``unavailable``). Seconds, fractions,
        counts.

    Raises
    ------
    UnknownName
        For a KPI or group key that is not known.
    InputError
        For a parameter that no KPI has, or a value outside its domain.

    Examples
    --------
    >>> log = pl.DataFrame({"contact_id": ["1", "2"], "channel": ["voice"] * 2, "outcome": ["answered", "abandoned"],
    ...                     "arrived_at": [0, 60], "queued_at": [0, 60], "answered_at": [12, None], "ended_at": [200, 90]})
    >>> score(log, kpis=["service_level", "asa"]).select("kpi", "value").rows()
    [('service_level', 0.5), ('asa', 12.0)]
    """
    companions_ = {
        "agent_states": agent_states,
        "legs": legs,
        "surveys": surveys,
        "visits": visits,
        "customers": customers,
        "orders": orders,
        "items": items,
        "messages": messages,
    }
    log = open_log(interactions, companions_, by=by, horizon=horizon, interval=interval)
    return evaluate(log, requests(kpis, parameters))


def samples(
    interactions: Frame,
    kpi: str,
    *,
    by: str | Iterable[str] = (),
    horizon: tuple[Any, Any] | None = None,
    interval: float | str = 1800.0,
    companions: Mapping[str, Frame | None] | None = None,
    **parameters: Any,
) -> pl.DataFrame:
    """Return the single values behind a percentile or a mean: the group columns and ``sample`` (nulls dropped).

    Parameters
    ----------
    interactions : DataFrame, LazyFrame or path
        As for :func:`score`.
    kpi : str
        A KPI of kind ``percentile`` or ``mean``.
    by, horizon, interval
        As for :func:`score`.
    companions : mapping, optional
        Companion tables by name.
    **parameters
        Parameters of the KPI.

    Returns
    -------
    DataFrame
        One row per value; in the KPI's unit (seconds for times).

    Raises
    ------
    InputError
        If the KPI is no percentile or mean, or the log lacks its columns.
    """
    log = open_log(interactions, companions or {}, by=by, horizon=horizon, interval=interval)
    (request,) = requests([kpi], parameters)
    return sample_frame(log, request)


def open_log(
    interactions: Frame,
    companions: Mapping[str, Frame | None],
    *,
    by: str | Iterable[str] = (),
    horizon: tuple[Any, Any] | None = None,
    interval: float | str = 1800.0,
) -> Log:
    """Bring the tables into our types, lazily, and check the group keys."""
    frames = open_tables(interactions, companions)
    columns = [column for frame in frames.values() for column in frame.collect_schema().names()]
    return Log(frames, by=check_keys(by, columns), interval=interval_ticks(interval), horizon=horizon)


def requests(kpis: Selection, parameters: Mapping[str, Any]) -> list[Request]:
    """Resolve names, variants and parameters into what is to be computed.

    Raises
    ------
    UnknownName
        For an unknown KPI.
    InputError
        For an unknown parameter or a bad value.
    """
    chosen = _chosen(kpis)
    known = sorted({name for _, kpi in KPIS.items() for name in kpi.parameters})
    unknown = [name for name in parameters if name not in known]
    if unknown:
        raise InputError([_unknown(name, known) for name in unknown])
    found = []
    for label, kpi, own in chosen:
        values = kpi.read({**{name: value for name, value in parameters.items() if name in kpi.parameters}, **own})
        found.append(Request(label, kpi, kpi.definition(values), kpi.build(**values)))
    return found


def _unknown(name: str, known: Sequence[str]) -> Any:
    from simkpi.errors import Problem

    return Problem(f"no KPI has a parameter '{name}'{did_you_mean(name, known)}")


def _chosen(kpis: Selection) -> list[tuple[str, Kpi, dict[str, Any]]]:
    if kpis is None:
        return [(name, kpi, {}) for name, kpi in KPIS.items() if kpi.default]
    if isinstance(kpis, str):
        if kpis == "all":
            return [(name, kpi, {}) for name, kpi in KPIS.items()]
        kpis = [part.strip() for part in kpis.split(",")]
    pairs = kpis.items() if isinstance(kpis, Mapping) else [(item, {}) if isinstance(item, str) else item for item in kpis]
    chosen = []
    for written, own in pairs:
        name, _, variant = written.partition(":")
        kpi = KPIS.get(name)
        label = f"{kpi.name}:{variant}" if variant else kpi.name
        chosen.append((label, kpi, {**own, **({"variant": variant} if variant else {})}))
    return chosen
