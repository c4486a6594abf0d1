"""Lays a report out as one HTML file: everything inside, nothing fetched, all text escaped, the same bytes every time."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from simkpi import __version__
from simkpi.report.html.content import Bar, Cell, Report
from simkpi.report.words import say

_HOME = Path(__file__).parent
#: What the provenance calls its entries.
_STATED = {
    "scenario": "Scenario",
    "digest": "Digest",
    "seed": "Seed",
    "replications": "Replications",
    "engine": "Engine",
    "engines": "Engine",
    "inputs": "Files",
    "environment": "Environment",
    "plan": "Plan",
    "command": "Command",
}
#: Characters that would end a script element or start markup inside it, and line ends that JavaScript knows.
_UNSAFE = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def to_html(report: Report) -> str:
    """Return the page.

    Notes
    -----
    The policy in the head allows the page's own script and style by their hashes, pictures inside the page, and nothing else.
    """
    style, script = part("style.css"), "\n".join(part(name) for name in ("plots.js", "page.js"))
    stated = {say(_STATED[name], report.lang) if name in _STATED else name: value for name, value in report.provenance.items()}
    text: str = (
        templates()
        .get_template("page.html.j2")
        .render(
            report=report,
            stated=stated,
            version=__version__,
            style=Markup(style),
            script=Markup(script),
            style_hash=Markup(_hash(style)),
            script_hash=Markup(_hash(script)),
            words=_words(report.lang),
            island=island,
            image=_image,
            kind=lambda block: type(block).__name__,
        )
    )
    return text


def templates(*folders: Path) -> Environment:
    """Return the templates of reports, after those in other *folders*: all text is escaped, an unknown name is an error."""
    homes = [*folders, _HOME]
    found = Environment(
        loader=FileSystemLoader(homes), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    found.globals["draw_bar"] = _cell_bar
    return found


def part(name: str) -> str:
    """Return a style sheet or script of reports."""
    return (_HOME / name).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _words(lang: str) -> dict[str, str]:
    return {
        "answer": say("Answer", lang),
        "contents": say("Contents", lang),
        "choose": say("Show", lang),
        "provenance": say("Where this comes from", lang),
        "no_script": say("The plot needs JavaScript; its figures are in the tables.", lang),
        "made_by": say("Written by simkpi {version}; one file, no network needed.", lang, version=__version__),
    }


def island(data: Any) -> Markup:
    """Write data as JSON that can not end its script element.

    Examples
    --------
    >>> "</script>" in island({"name": "</script>"})
    False
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup("".join(_UNSAFE.get(character, character) for character in text))


def _image(svg: str) -> Markup:
    return Markup("data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii"))


def _cell_bar(cell: Cell) -> Markup:
    assert cell.bar is not None
    return draw_bar(cell.bar, cell.text, cell.look)


#: Colour of a bar by its look.
_COLORS = {"good": "#00795A", "bad": "#C24E00", "doubt": "#8A6100", "": "#0072B2"}


def draw_bar(bar: Bar, text: str, look: str = "") -> Markup:
    """Draw a figure with its interval; positions are shares of the width, so that it fits any column."""
    parts = [Markup('<rect x="0" y="3" width="100%" height="16" fill="#F0F2F4"/>')]
    if bar.mark is not None:
        mark = _place(bar.mark, bar.span)
        if bar.good:
            left, width = (mark, 100 - mark) if bar.good == "right" else (0.0, mark)
            parts.append(Markup(f'<rect x="{left:.2f}%" y="3" width="{width:.2f}%" height="16" fill="#D3E3EF"/>'))
        parts.append(Markup(f'<line x1="{mark:.2f}%" x2="{mark:.2f}%" y1="1" y2="21" stroke="#222" stroke-width="1.5"/>'))
    parts += _figure(bar, _COLORS[look])
    label = escape(text)
    return Markup('<svg role="img" aria-label="{}">{}</svg>').format(label, Markup("").join(parts))


def _figure(bar: Bar, color: str) -> Sequence[Markup]:
    if bar.value is None:
        return ()
    place = _place(bar.value, bar.span)
    dot = Markup(f'<circle cx="{place:.2f}%" cy="11" r="4.5" fill="{color}" stroke="#fff"/>')
    if bar.low is None or bar.high is None:
        return (dot,)
    ends = (_place(bar.low, bar.span), _place(bar.high, bar.span))
    line = Markup(f'<line x1="{ends[0]:.2f}%" x2="{ends[1]:.2f}%" y1="11" y2="11" stroke="{color}" stroke-width="3.5"/>')
    return (line, dot)


def _place(value: float, span: tuple[float, float]) -> float:
    """Share of the axis, in per cent, kept inside it."""
    low, high = span
    return 100 * min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 50.0
