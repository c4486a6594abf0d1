"""The registry of charts: each is one file in ``report/charts/`` with one function of a results table."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from simkpi.errors import InputError
from simkpi.registry import Registry
from simkpi.report.fitting import fit
from simkpi.report.theme import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from polars import DataFrame

#: What a chart is drawn from: its table, and the options that say what is in it.
Drawing: TypeAlias = "tuple[DataFrame, dict[str, Any]]"


@dataclass(frozen=True)
class Wish:
    """What a reader may choose about a chart.

    Parameters
    ----------
    lang : str
        ``en`` or ``fr``.
    kpi : str or None
        The KPI to draw; None: the chart's usual one.
    interval : float, seconds
        Length of an interval.
    replication : int
        The one to show, where a chart shows a single one; from 0.
    goals : tuple of str
        Targets in words (``service_level>=80%``) instead of the scenario's.
    replications : int or None
        Of what has to be simulated; None: the scenario's.
    seed : int, str or None
        World of what has to be simulated; None: the scenario's.
    """

    lang: str = "en"
    kpi: str | None = None
    interval: float = 1800.0
    replication: int = 0
    goals: tuple[str, ...] = ()
    replications: int | None = None
    seed: int | str | None = None


Source: TypeAlias = Callable[[Any, Wish], Drawing]


class Chart:
    """A chart: a function of a results table that returns the figure; its docstring is the question it answers.

    Parameters
    ----------
    draw : callable
        Draws a table.
    needs : tuple of str
        Columns that the table must have.
    """

    def __init__(self, draw: Callable[..., Figure], needs: tuple[str, ...]) -> None:
        self.name = draw.__name__
        self.needs = needs
        self.sources: dict[type, Source] = {}
        self._draw = draw
        functools.update_wrapper(self, draw)

    @property
    def question(self) -> str:
        """The question that it answers."""
        first = " ".join((self._draw.__doc__ or "").split("\n\n")[0].split())
        return first.removeprefix("Answer: ").removesuffix(".")

    def __call__(self, table: DataFrame, **options: Any) -> Figure:
        """Draw *table*.

        Raises
        ------
        InputError
            If it lacks a column.
        """
        missing = [column for column in self.needs if column not in table.columns]
        if missing:
            have = ", ".join(table.columns)
            raise InputError(f"chart '{self.name}' needs the column {', '.join(missing)}; the table has {have}")
        with style():
            figure = self._draw(table, **options)
            fit(figure)
        return figure

    def source(self, *kinds: type) -> Callable[[Source], Source]:
        """Register how the table is made from a result of one of *kinds*."""

        def register(make: Source) -> Source:
            self.sources.update(dict.fromkeys(kinds, make))
            return make

        return register


CHARTS: Registry[Chart] = Registry("chart")


def chart(*, needs: tuple[str, ...]) -> Callable[[Callable[..., Figure]], Chart]:
    """Register a chart; *needs* are the columns that its table must have."""

    def register(draw: Callable[..., Figure]) -> Chart:
        made = Chart(draw, needs)
        return CHARTS.add(made.name, made)

    return register


_HOME = "simkpi.report.charts"


@functools.lru_cache(maxsize=1)
def _modules() -> tuple[str, ...]:
    """Return the names of the modules that charts stand in: that of a chart, most often."""
    return tuple(module.name for module in pkgutil.iter_modules(importlib.import_module(_HOME).__path__))


@functools.lru_cache(maxsize=1)
def _discover() -> None:
    for name in _modules():
        importlib.import_module(f"{_HOME}.{name}")


def find(name: str) -> Chart:
    """Return the chart called *name*.

    Raises
    ------
    UnknownName
        If there is none.
    """
    if name not in CHARTS and name in _modules():  # the others, and what they need, are left alone
        importlib.import_module(f"{_HOME}.{name}")
    if name not in CHARTS:
        _discover()
    return CHARTS.get(name)


def every_chart() -> list[Chart]:
    """All charts, by name."""
    _discover()
    return sorted((made for _, made in CHARTS.items()), key=lambda made: made.name)


def draw(name: str, table: DataFrame, **options: Any) -> Figure:
    """Draw the chart called *name*.

    Raises
    ------
    UnknownName
        If there is none.
    InputError
        If *table* lacks a column.
    """
    return find(name)(table, **options)
