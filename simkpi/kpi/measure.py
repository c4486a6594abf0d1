"""What a KPI is: its formula and everything that is said about it; and the registry of all of them."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from simkpi.errors import InputError, did_you_mean
from simkpi.kpi.arguments import choose, duration_of, number_of
from simkpi.kpi.formulas import (
    INTERACTIONS,
    TICK,
    Composite,
    Count,
    Measure,
    Peak,
    Percentile,
    Ratio,
    Seconds,
    Share,
    Source,
    mean,
)
from simkpi.registry import Registry
from simkpi.units import format_duration


@dataclass(frozen=True)
class Kpi:
    """One registered KPI: everything that help, documents, labels and checks are rendered from.

    Parameters
    ----------
    name, title, formula : str
        Identifier, English label, and the formula in one sentence.
    build : callable
        Returns the measure for given parameters.
    unit : str
        ``fraction``, ``seconds``, ``count``, ``per hour``, ``hours``, ``number``, ``points`` or ``money``.
    better : str
        ``higher``, ``lower`` or ``none``.
    rows : tuple of int
        Rows of the project's KPI catalogue that it answers.
    amber, red : float or None
        Beyond *amber* the source sees a concern, beyond *red* a failure; beyond = on the bad side, not on the limit.
    typical : pair or None
        Range that the source calls usual or good.
    """

    name: str
    title: str
    formula: str
    notes: str
    build: Callable[..., Measure]
    unit: str
    better: str
    family: str
    source: str
    rows: tuple[int, ...] = ()
    aliases: tuple[str, ...] = ()
    amber: float | None = None
    red: float | None = None
    typical: tuple[float, float] | None = None
    example: str = ""
    bounds: tuple[float | None, float | None] = (0.0, None)
    default: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def _measure(self) -> Measure:
        return self.build()

    @property
    def kind(self) -> str:
        """``ratio``, ``mean``, ``count``, ``percentile``, ``share``, ``peak`` or ``composite``."""
        return self._measure.kind

    @property
    def additive(self) -> bool:
        """Whether numerator and denominator add up over disjoint sets of rows."""
        return self._measure.additive

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """Columns that it reads with default parameters, read off the expressions."""
        from simkpi.kpi.needs import needs_of

        return needs_of(self._measure)

    @property
    def title_fr(self) -> str:
        """Label in French."""
        return str(labels_fr()["kpis"][self.name]["title"])

    @property
    def formula_fr(self) -> str:
        """Formula in French, in one sentence."""
        return str(labels_fr()["kpis"][self.name]["formula"])

    @property
    def notes_fr(self) -> str:
        """Variants and remarks in French."""
        return str(labels_fr()["kpis"][self.name].get("notes", ""))

    def is_duration(self, parameter: str) -> bool:
        """Whether *parameter* is annotated as seconds."""
        return str(self.build.__annotations__.get(parameter, "")).startswith("Seconds")

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return all parameters: the defaults overridden by *given*; durations may be text such as ``30s``.

        Raises
        ------
        InputError
            For a name the KPI has not, or a value that can not be read.
        """
        values = dict(self.parameters)
        for name, value in given.items():
            key = self.name if name == "variant" and self.name in values else name
            if key not in values:
                known = list(values)
                hint = did_you_mean(name, known) or (f"; it has {', '.join(known)}" if known else "; it has none")
                raise InputError(f"KPI '{self.name}' has no parameter '{name}'{hint}")
            values[key] = self._converted(key, value)
        return values

    def _converted(self, parameter: str, value: Any) -> Any:
        """Read the value of a parameter by its annotation: text of a command line becomes what the formula expects."""
        kind = str(self.build.__annotations__.get(parameter, ""))
        if value is None:
            return None
        if kind.startswith("Seconds"):
            return duration_of(parameter, value)
        if kind.startswith("float"):
            return number_of(parameter, value)
        if kind.startswith("OpeningHours") and isinstance(value, str):
            from simkpi.kpi.business_hours import read_opening_hours

            return read_opening_hours(value)
        return value

    def definition(self, parameters: dict[str, Any]) -> str:
        """Short statement of the variant and parameter values, or the formula when there are none."""
        parts = []
        for name, value in parameters.items():
            if value is None or not self._uses(name, parameters):
                continue
            shown = format_duration(value) if self.is_duration(name) and isinstance(value, (int, float)) else str(value)
            parts.append(f"{name}={shown}")
        return ", ".join(parts) or self.formula

    def _uses(self, parameter: str, parameters: dict[str, Any]) -> bool:
        """Whether the chosen variant depends on a number: a limit for short abandons says nothing where none is left out."""
        value = parameters[parameter]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return True
        builds = self.build(**parameters), self.build(**{**parameters, parameter: value + 1})
        one, other = ([str(part) for part in vars(measure).values()] for measure in builds)
        return one != other


#: Order in which the families are listed; a family that is not named here comes last.
FAMILIES = (
    "volume",
    "availability",
    "speed",
    "resolution",
    "agents",
    "automation",
    "content",
    "voice_of_customer",
    "business",
)


class Catalogue(Registry[Kpi]):
    """The registry of KPIs; the modules of ``simkpi.kpi.catalogue`` are found and loaded at first use."""

    _loaded = False

    def _load(self) -> None:
        if not self._loaded:
            self._loaded = True
            package = importlib.import_module("simkpi.kpi.catalogue")
            found = [module.name for module in pkgutil.iter_modules(package.__path__)]
            for module in sorted(found, key=lambda name: (FAMILIES.index(name) if name in FAMILIES else len(FAMILIES), name)):
                importlib.import_module(f"simkpi.kpi.catalogue.{module}")

    def name_of(self, name: str) -> str:
        """Return the canonical name behind *name* or an alias of it."""
        self._load()
        return super().name_of(name)

    def __contains__(self, name: str) -> bool:
        self._load()
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self._load()
        return super().__iter__()

    def __len__(self) -> int:
        self._load()
        return super().__len__()

    def items(self) -> Iterator[tuple[str, Kpi]]:
        """Yield (name, KPI) in order."""
        self._load()
        return super().items()


__all__ = [
    "FAMILIES",
    "INTERACTIONS",
    "KPIS",
    "TICK",
    "Catalogue",
    "Composite",
    "Count",
    "Kpi",
    "Measure",
    "Peak",
    "Percentile",
    "Ratio",
    "Seconds",
    "Share",
    "Source",
    "choose",
    "kpi",
    "labels_fr",
    "mean",
]

KPIS = Catalogue("KPI")

_Build = TypeVar("_Build", bound=Callable[..., Any])


def kpi(
    *,
    title: str,
    unit: str,
    better: str = "none",
    source: str,
    rows: tuple[int, ...] = (),
    aliases: tuple[str, ...] = (),
    amber: float | None = None,
    red: float | None = None,
    typical: tuple[float, float] | None = None,
    example: str = "",
    bounds: tuple[float | None, float | None] | None = None,
    default: bool = False,
) -> Callable[[_Build], _Build]:
    """Register the decorated function as a KPI: its name is the KPI's, its docstring the formula, its keywords the parameters."""
    if bounds is None:
        bounds = (0.0, 1.0) if unit == "fraction" else (0.0, None)

    def register(build: _Build) -> _Build:
        formula, _, notes = inspect.cleandoc(build.__doc__ or "").partition("\n")
        KPIS.add(
            build.__name__,
            Kpi(
                name=build.__name__,
                title=title,
                formula=formula,
                notes=notes.strip(),
                build=build,
                unit=unit,
                better=better,
                family=build.__module__.rpartition(".")[2],
                source=source,
                rows=rows,
                aliases=aliases,
                amber=amber,
                red=red,
                typical=typical,
                example=example,
                bounds=bounds,
                default=default,
                parameters={name: p.default for name, p in inspect.signature(build).parameters.items()},
            ),
            aliases,
        )
        return build

    return register


@lru_cache(maxsize=1)
def labels_fr() -> dict[str, Any]:
    """Return the French labels: ``kpis``, ``families``, ``units``, ``words``."""
    text = Path(__file__).with_name("labels_fr.json").read_text(encoding="utf-8")
    labels: dict[str, Any] = json.loads(text)
    return labels
