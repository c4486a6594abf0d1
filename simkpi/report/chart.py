"""The registry of charts: each is one file in ``report/charts/`` with one function of a results table."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from simkpi.errors import InputError
from simkpi.registry import Registry
from simkpi.report.theme import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from polars import DataFrame


class Chart(Protocol):
    """A chart: a function of a results table that returns the figure; its docstring is the question it answers."""

    needs: tuple[str, ...]
    __doc__: str | None

    def __call__(self, table: DataFrame, **options: Any) -> Figure:
        """Draw *table*."""


CHARTS: Registry[Chart] = Registry("chart")


def chart(*, needs: tuple[str, ...]) -> Callable[[Callable[..., Figure]], Chart]:
    """Register a chart; *needs* are the columns that its table must have."""

    def register(draw: Callable[..., Figure]) -> Chart:
        name = draw.__name__

        @functools.wraps(draw)
        def checked(table: DataFrame, **options: Any) -> Figure:
            missing = [column for column in needs if column not in table.columns]
            if missing:
                raise InputError(
                    f"chart '{name}' needs the column {', '.join(missing)}; the table has {', '.join(table.columns)}"
                )
            with style():
                return draw(table, **options)

        checked.needs = needs  # type: ignore[attr-defined]
        return CHARTS.add(name, checked)  # type: ignore[arg-type]

    return register


@functools.lru_cache(maxsize=1)
def _discover() -> None:
    from simkpi.report import charts

    for module in pkgutil.iter_modules(charts.__path__):
        importlib.import_module(f"{charts.__name__}.{module.name}")


def draw(name: str, table: DataFrame, **options: Any) -> Figure:
    """Draw the chart called *name*.

    Raises
    ------
    UnknownName
        If there is none.
    InputError
        If *table* lacks a column.
    """
    _discover()
    return CHARTS.get(name)(table, **options)
