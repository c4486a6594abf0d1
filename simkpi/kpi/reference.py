"""The reference of the KPIs, rendered from the registry: for the command line and for docs/kpis.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simkpi.kpi.measure import FAMILIES, KPIS, Kpi, labels_fr
from simkpi.units import format_duration, format_value

_TITLES = {name: name.replace("_", " ").capitalize() for name in FAMILIES}
_BETTER = {"higher": "higher is better", "lower": "lower is better", "none": "neither"}


def words(lang: str) -> Mapping[str, str]:
    """Labels of the reference in one language (English words map to themselves)."""
    if lang == "fr":
        labels = labels_fr()
        senses = {_BETTER[key]: text for key, text in labels["better"].items()}
        families = {_TITLES.get(key, key): text for key, text in labels["families"].items()}
        return {**labels["words"], **labels["units"], **families, **senses}
    return {}


def title(kpi: Kpi, lang: str = "en") -> str:
    """Return the label of *kpi*."""
    return kpi.title_fr if lang == "fr" else kpi.title


def formula(kpi: Kpi, lang: str = "en") -> str:
    """Return the formula of *kpi* in one sentence."""
    return kpi.formula_fr if lang == "fr" else kpi.formula


def listing(lang: str = "en") -> list[dict[str, str]]:
    """Return one line per KPI: ``kpi``, ``family``, ``title``, ``unit``, ``formula``."""
    say = words(lang)
    return [
        {
            "kpi": name,
            "family": say.get(_TITLES.get(kpi.family, kpi.family), kpi.family),
            "title": title(kpi, lang),
            "unit": say.get(kpi.unit, kpi.unit),
            "formula": formula(kpi, lang),
        }
        for name, kpi in KPIS.items()
    ]


def describe(name: str, lang: str = "en") -> dict[str, str]:
    """Everything there is to say about one KPI: heading -> text.

    Raises
    ------
    UnknownName
        With the nearest known name.
    """
    kpi = KPIS.get(name)
    say = words(lang)
    facts = {
        "KPI": kpi.name,
        "title": title(kpi, lang),
        "formula": formula(kpi, lang),
        "variants and notes": kpi.notes_fr if lang == "fr" else " ".join(kpi.notes.split()),
        "unit": say.get(kpi.unit, kpi.unit),
        "better": say.get(_BETTER[kpi.better], _BETTER[kpi.better]),
        "parameters": ", ".join(_parameter(kpi, key, value) for key, value in kpi.parameters.items()),
        "needs": ", ".join(kpi.needs),
        "thresholds": _thresholds(kpi, lang),
        "example": kpi.example,
        "also called": ", ".join(kpi.aliases),
        "source": kpi.source,
        "catalogue rows": ", ".join(map(str, kpi.rows)),
    }
    return {say.get(heading, heading): text for heading, text in facts.items() if text}


def _parameter(kpi: Kpi, name: str, value: Any) -> str:
    shown = format_duration(value) if kpi.is_duration(name) and value is not None else value
    return f"{name}={'' if shown is None else shown}"


def _thresholds(kpi: Kpi, lang: str) -> str:
    say = words(lang)
    parts = [
        f"{say.get(light, light)} {format_value(limit, kpi.unit, locale=lang)}"
        for light, limit in (("amber", kpi.amber), ("red", kpi.red))
        if limit is not None
    ]
    if kpi.typical is not None:
        low, high = (format_value(limit, kpi.unit, locale=lang) for limit in kpi.typical)
        parts.append(f"{'usuel' if lang == 'fr' else 'typical'} {low} - {high}")
    return ", ".join(parts)


_INTRODUCTION = """# KPI reference

Generated from the registry by `simkpi kpis --write docs/kpis.md`; do not edit.

- A contact is one row of the interactions log; it belongs to the interval of its **arrival**. Agent time is cut at borders.
- Totals are ratios of sums, never means of means. An undefined figure (nothing below the line) is a dash; a figure whose
  columns are absent is *unavailable* and says what it needs.
- **Answered**: reached an agent, also when the end of the horizon cuts the conversation off. **Offered**: entered a human
  queue. **Wait**: from entering the queue to the answer or to leaving it. **Case**: contacts about one issue (`case_id`, else
  `customer_id`).
- Parameters are shown with their defaults; `simkpi.score(log, threshold=30)` sets one everywhere,
  `kpis={"service_level": {"threshold": 30}}` for one KPI, `"service_level:answered_only"` picks a variant.
- Amber and red are limits: beyond them, not on them, the light changes. *Typical* is the range the source calls usual or good.
- *Censored* rows (a window that has not passed at the horizon's end) are counted beside the figure.
"""


def page() -> str:
    """Return the reference page in Markdown."""
    lines = [_INTRODUCTION]
    for family in dict.fromkeys(kpi.family for _, kpi in KPIS.items()):
        lines.append(f"## {_TITLES.get(family, family)}\n")
        for name, kpi in KPIS.items():
            if kpi.family == family:
                lines += _section(name, kpi)
    return "\n".join(lines).rstrip() + "\n"


def _section(name: str, kpi: Kpi) -> list[str]:
    facts = describe(name)
    lines = [f"### {kpi.title} · `{name}`\n", f"*{kpi.title_fr}.* {kpi.formula}\n"]
    if kpi.notes:
        lines.append(f"{kpi.notes}\n")
    for heading in ("unit", "better", "parameters", "needs", "thresholds", "example", "also called", "source", "catalogue rows"):
        if heading in facts:
            text = f"`{facts[heading]}`" if heading in ("parameters", "needs") else facts[heading]
            lines.append(f"- {heading}: {text}")
    return [*lines, ""]


def write_page(path: Path) -> None:
    """Write the reference page to *path*."""
    path.write_text(page(), encoding="utf-8", newline="\n")
