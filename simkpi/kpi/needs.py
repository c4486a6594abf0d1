"""What an expression needs: which derived columns to add in which order, and which recorded columns are missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from polars import Expr

from simkpi.kpi.derived import DERIVED, Unavailable
from simkpi.kpi.formulas import Composite, Count, Measure, Peak, Percentile, Ratio, Share


@dataclass(frozen=True)
class Plan:
    """Derived columns to add, in order, so that given expressions can be evaluated on a table."""

    steps: tuple[tuple[str, Expr], ...]

    def apply(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Add the derived columns to *frame*."""
        for name, expression in self.steps:
            frame = frame.with_columns(expression.alias(name))
        return frame


def plan(names: Iterable[str], have: Iterable[str]) -> Plan:
    """Find how to compute the columns *names* from the columns a table has.

    Raises
    ------
    Unavailable
        Naming the recorded columns that are missing.
    """
    known = set(have)
    steps: list[tuple[str, Expr]] = []

    def add(name: str) -> set[str]:
        """Make *name* known; return what is missing instead, empty if it worked."""
        if name in known:
            return set()
        shortest: set[str] | None = None
        for needs, build in DERIVED.get(name, ()):
            before = len(steps), set(known)
            missing = set().union(*(add(need) for need in needs)) if needs else set()
            if not missing:
                steps.append((name, build()))
                known.add(name)
                return set()
            del steps[before[0] :]
            known.intersection_update(before[1])
            if shortest is None or len(missing) < len(shortest):
                shortest = missing
        return {name} if shortest is None else shortest

    missing = sorted(set().union(*(add(name) for name in dict.fromkeys(names))))
    if missing:
        raise Unavailable(f"needs column{'s' if len(missing) > 1 else ''} {', '.join(missing)}")
    return Plan(tuple(steps))


def expressions_of(measure: Measure) -> list[Expr]:
    """Return the expressions of *measure* over its own table."""
    if isinstance(measure, Ratio):
        parts = [measure.numerator, *([] if measure.over else [measure.denominator])]
        return parts if measure.censored is None else [*parts, measure.censored]
    if isinstance(measure, (Count, Percentile, Share, Peak)):
        return [measure.of]
    return []


#: Derived columns whose best way is the one to name; of the others the one that asks least.
_BEST_SHOWN = ("_hash_1", "_hash_2")

#: What the tables are built from: columns of the interactions, or companion tables.
_NEEDS_OF_TABLE = {
    "cases": ("case_id", "arrived_at", "contact_id", "outcome"),
    "costs": ("agent_states", "cost_rate", "arrived_at", "outcome"),
    "timeline": ("agent_states", "agent_id", "answered_at", "ended_at"),
    "shared": ("agent_id", "answered_at", "wrapped_at"),
    "backlog": ("arrived_at", "ended_at", "outcome"),
    "flow": ("arrived_at", "ended_at", "outcome"),
    "agents": ("agent_id", "outcome"),
    "surveys": ("surveys",),
    "replies": ("messages",),
    "visits": ("visits",),
    "customers": ("customers",),
    "orders": ("orders",),
}


def needs_of(measure: Measure) -> tuple[str, ...]:
    """Return the recorded columns that *measure* reads, taking for each derived column its simplest way."""
    found: dict[str, None] = {}

    def walk(name: str) -> None:
        if name not in DERIVED:
            if not name.startswith("_"):
                found[name] = None
            return
        for need in DERIVED[name][0 if name in _BEST_SHOWN else -1][0]:
            walk(need)

    if isinstance(measure, Composite):
        from simkpi.kpi.measure import KPIS

        return tuple(dict.fromkeys(column for name, _ in measure.parts for column in KPIS.get(name).needs))
    for table in (measure.source, getattr(measure, "over", None)):
        found.update(dict.fromkeys(_NEEDS_OF_TABLE.get(table.name, ()) if table else ()))
    for expression in expressions_of(measure):
        for name in expression.meta.root_names():
            walk(name)
    return tuple(found)
