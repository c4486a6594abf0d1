"""How every chart looks: colours that all eyes and grey printers tell apart, real text in SVG, the same bytes every time."""

from __future__ import annotations

import io
import math
import os
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, MultipleLocator
from matplotlib.transforms import TransformedPatchPath

from simkpi.errors import OutputError
from simkpi.report.words import clean
from simkpi.units import format_time_of_day, format_value

#: Space before a sign of per cent, in French.
NARROW = "\u202f"
# Okabe and Ito, Color Universal Design (2008): distinguishable with every common colour vision.
BLUE, VERMILLION, GREEN, ORANGE, SKY, PURPLE, BLACK = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#56B4E9", "#CC79A7", "#222222"
GREY, LIGHT, GRID = "#767676", "#D9E4EC", "#E3E3E3"

_STYLE: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": [
        "DejaVu Sans",
        "Verdana",
        "Arial",
    ],  # the first is shipped with matplotlib; the others are for readers of SVG
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": BLACK,
    "ytick.labelcolor": BLACK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "svg.fonttype": "none",  # text stays text: searchable, translatable, small
    "svg.hashsalt": "simkpi",  # else every file has other ids
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in simkpi's style, whatever the user's own matplotlib settings say."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)  # type: ignore[arg-type]
        yield


def literal(text: str, *, limit: int = 90) -> str:
    r"""Return *text* as it shall be read: no formulas between dollar signs, no control characters, not endless.

    Examples
    --------
    >>> print(literal("cost $5 and $6"))
    cost \$5 and \$6
    """
    return clean(text, limit).replace("$", r"\$")


def clock_axis(axes: Axes, first: float, last: float) -> None:
    """Label the x axis, seconds after midnight, with times of day at whole hours."""
    hours = (last - first) / 3600
    step = next((step for step in (0.25, 0.5, 1, 2, 3, 4, 6) if hours / step <= 13), 12)
    axes.set_xlim(first, last)
    axes.xaxis.set_major_locator(MultipleLocator(step * 3600))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: format_time_of_day(seconds) if 0 <= seconds <= 86400 else ""))


def percent_axis(axes: Axes, lang: str = "en") -> None:
    """Label the y axis, a fraction, in per cent from 0 to 100."""
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_locator(MultipleLocator(0.2))
    sign = "\u202f%" if lang == "fr" else "%"
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:.0f}{sign}"))


_CLOCK = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)


def clock_ticks(low: float, high: float, *, most: int = 7) -> list[float]:
    """Return about *most* ticks between two durations, at round numbers of seconds, minutes or hours."""
    step = next((step for step in _CLOCK if (high - low) / step <= most), max(1.0, (high - low) / most))
    first = math.ceil(low / step - 1e-9)
    return [float(step * number) for number in range(first, math.floor(high / step + 1e-9) + 1)]


class _Clockwork(Locator):
    """Ticks of durations."""

    def __call__(self) -> Any:
        assert self.axis is not None
        return clock_ticks(*sorted(self.axis.get_view_interval()))

    def tick_values(self, vmin: float, vmax: float) -> Any:
        """Return the ticks between the two."""
        return clock_ticks(vmin, vmax)


def value_axis(axis: Axis, unit: str, lang: str = "en") -> None:
    """Label an axis with figures of *unit* as they are read: ``40%``, ``1m30s``."""

    def show(value: float, _: object) -> str:
        low, high = sorted(axis.get_view_interval())
        return format_value(value, unit, half_width=max((high - low) / 10, 1e-9), locale=lang)

    axis.set_major_locator(_Clockwork() if unit == "seconds" else MaxNLocator(7, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(show))


def change_axis(axis: Axis, unit: str, lang: str = "en") -> None:
    """Label an axis with differences of figures of *unit*: those of shares in percentage points, ``+10 pts``."""
    value_axis(axis, unit, lang)
    if unit != "fraction":
        return

    def show(value: float, _: object) -> str:
        low, high = sorted(axis.get_view_interval())
        points = format_value(value * 100, "count", half_width=max((high - low) * 10, 1e-9), locale=lang)
        return f"{'+' if value > 0 else ''}{points}{NARROW if lang == 'fr' else ' '}pts"

    axis.set_major_formatter(FuncFormatter(show))


def heading(figure: Figure, title: str, subtitle: str, *, left: float = 0.075) -> float:
    """Write title and subtitle at the top; return where the room for the axes ends, as a share of the height."""
    height = figure.get_size_inches()[1]
    figure.text(left, 1 - 0.18 / height, literal(title), fontsize=13, fontweight="bold", va="top")
    lines = textwrap.wrap(subtitle, 125)[:2]
    for number, line in enumerate(lines):
        place = 1 - (0.46 + 0.18 * number) / height
        figure.text(left, place, literal(line, limit=130), color=GREY, va="top")
    return float(1 - (0.8 + 0.18 * max(0, len(lines) - 1)) / height)


#: Colour, line style and marker of series that stand beside each other: told apart without colour too.
LOOKS: tuple[tuple[str, Any, str], ...] = (
    (BLUE, "-", "o"),
    (VERMILLION, (0, (4, 1.5)), "s"),
    (GREEN, (0, (1, 1)), "^"),
    (PURPLE, (0, (5, 1.5, 1, 1.5)), "D"),
    (ORANGE, (0, (8, 2)), "v"),
    (BLACK, (0, (2, 3)), "P"),
)


def in_cell(figure: str, columns: int) -> str:
    r"""Write a figure into a cell of a map: its half-width on a line of its own where columns are narrow.

    Examples
    --------
    >>> in_cell("97.6% ± 0.8", 5), in_cell("97.6% ± 0.8", 10)
    ('97.6% ± 0.8', '97.6%\n± 0.8')
    """
    return figure.replace(" ± ", "\n± ") if columns > _WIDE_CELLS else figure


#: Columns of a map whose cells have room for a figure and its half-width side by side.
_WIDE_CELLS = 7
#: A legend on the title's line, at the right.
KEY: dict[str, Any] = {
    "loc": "lower right",
    "bbox_to_anchor": (1.005, 0.985),
    "handlelength": 2.2,
    "columnspacing": 1.4,
    "borderaxespad": 0.1,
}


def key(axes: Axes, columns: int) -> None:
    """Put the legend on the title's line, at the right: never over the data."""
    if not axes.get_legend_handles_labels()[0]:
        return
    axes.legend(ncols=columns, **KEY)


def edge(axes: Axes) -> TransformedPatchPath:
    """Return the axes' border for ``clip_path`` of many texts, each of which would else work it out for itself."""
    return TransformedPatchPath(axes.patch)


def to_svg(figure: Figure) -> str:
    """Write *figure* as SVG text, the same for the same figure."""
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "simkpi"})
    return buffer.getvalue().decode("utf-8")


def save(figure: Figure, path: Path, *, provenance: Mapping[str, str] | None = None) -> None:
    """Write *figure* as PNG, SVG or PDF (by the name's ending) with *provenance* inside; the same figure gives the same bytes.

    Raises
    ------
    OutputError
        If the file can not be written.
    """
    stated = dict(provenance or {})
    if path.suffix.lower() == ".svg":
        words = [f"{name}: {value}" for name, value in stated.items()]
        metadata: dict[str, Any] = {"Date": None, "Creator": "simkpi", "Description": "; ".join(words) or None}
    elif path.suffix.lower() == ".pdf":
        words = [f"{name}: {value}" for name, value in stated.items()]
        metadata = {"Creator": "simkpi", "Producer": None, "CreationDate": None, "Subject": "; ".join(words) or None}
    else:
        metadata = {"Software": "simkpi", **stated}
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format=path.suffix.lower().lstrip("."), metadata=metadata)
    try:
        path.write_bytes(buffer.getvalue())
    except OSError as error:
        raise OutputError(f"{path}: can not be written ({os.strerror(error.errno or 0).lower()})") from None
