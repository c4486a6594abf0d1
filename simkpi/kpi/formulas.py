"""How a KPI is computed: what to add up above and below the line, over which table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from simkpi.units import TICKS_PER_SECOND

if TYPE_CHECKING:
    from polars import Expr

#: Annotation of a KPI's parameter that is a duration: it may be written ``20.0`` or ``"20s"`` and is printed as ``20s``.
Seconds: TypeAlias = float

#: Ticks per second: sums of durations are whole milliseconds (exact in any order) and become seconds at the very end.
TICK = float(TICKS_PER_SECOND)


@dataclass(frozen=True)
class Source:
    """Name of a table that a measure adds up over, with the parameters it is built with."""

    name: str = "interactions"
    window: float = 0.0
    variant: str = ""


INTERACTIONS = Source()


@dataclass(frozen=True)
class Ratio:
    """Sum of *numerator* over sum of *denominator*: additive over any partition of the rows, so it pools as a ratio of sums.

    Parameters
    ----------
    numerator, denominator : Expr
        One value per row: a number or a flag; null counts as nothing. Durations are in whole milliseconds.
    source : Source
        The table of the rows.
    over : Source or None
        The table of the denominator when it is another one (contacts per agent *hour*).
    per, denominator_per : float
        What one printed unit is in the unit of the sum (``TICK`` for seconds).
    censored : Expr or None
        Flags the rows that are not decided yet when the horizon ends; they are counted beside the figure.
    kind : str
        ``ratio`` or ``mean``.
    """

    numerator: Expr
    denominator: Expr
    source: Source = INTERACTIONS
    over: Source | None = None
    per: float = 1.0
    denominator_per: float = 1.0
    censored: Expr | None = None
    kind: str = "ratio"
    additive: ClassVar[bool] = True


@dataclass(frozen=True)
class Count:
    """Sum of *of* over the rows; 0 when there are none. Pools over parts by adding, over replications by averaging."""

    of: Expr
    source: Source = INTERACTIONS
    per: float = 1.0
    kind: ClassVar[str] = "count"
    additive: ClassVar[bool] = True


@dataclass(frozen=True)
class Percentile:
    """The value below which a share *level* of the rows' *of* lies (nulls apart), interpolated linearly (type 7)."""

    of: Expr
    level: float
    source: Source = INTERACTIONS
    per: float = 1.0
    kind: ClassVar[str] = "percentile"
    additive: ClassVar[bool] = False


@dataclass(frozen=True)
class Share:
    """Rows of the group over the rows of *all* groups of the same period (and replication): a mix."""

    of: Expr
    source: Source = INTERACTIONS
    kind: ClassVar[str] = "share"
    additive: ClassVar[bool] = False


@dataclass(frozen=True)
class Peak:
    """The largest sum of *of* in any one interval of the group."""

    of: Expr
    source: Source = INTERACTIONS
    kind: ClassVar[str] = "peak"
    additive: ClassVar[bool] = False


@dataclass(frozen=True)
class Composite:
    """Weighted mean of other KPIs (fractions): undefined as soon as one of them is."""

    parts: tuple[tuple[str, float], ...]
    kind: ClassVar[str] = "composite"
    additive: ClassVar[bool] = False


Measure: TypeAlias = "Ratio | Count | Percentile | Share | Peak | Composite"


def mean(of: Expr, *, source: Source = INTERACTIONS, per: float = 1.0, censored: Expr | None = None) -> Ratio:
    """Mean of the rows' *of*, nulls apart."""
    return Ratio(of, of.is_not_null(), source=source, per=per, censored=censored, kind="mean")
