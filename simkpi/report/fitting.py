"""Texts of a chart that do not fit are shortened once everything has its place: names are as long as their owners like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Pixels between a title and the legend at its right, and at the figure's edges.
_GAP, _EDGE = 14.0, 4.0
#: No letter is broader than so many times its size.
_BROADEST = 1.5
#: Letters that are always left of a text.
_FEWEST = 6


def fit(figure: Figure) -> None:
    """Shorten the texts of a figure that leave it, and titles that run into the legend at their right.

    Parameters
    ----------
    figure : Figure
        Drawn, its axes where they will stay.
    """
    FigureCanvasAgg(figure)  # texts are measured with the canvas that their figure has
    width = float(figure.bbox.width)
    for text in figure.texts:
        _narrow(text, width - _EDGE - text.get_window_extent().x0, tail=0.0)
    for axes in figure.axes:
        axes.get_xlim()  # asking settles the limits, and with them where texts stand
        for title in _titles(axes):
            _narrow(title, _beside_legend(axes, width))
        for text in axes.texts:
            _keep_inside(text, width)
        ticks = axes.get_yticklabels()
        changed = [_keep_inside(tick, width) for tick in ticks]
        if any(changed):
            axes.set_yticks(axes.get_yticks(), [tick.get_text() for tick in ticks])


def _keep_inside(text: Text, width: float) -> bool:
    """Shorten a text that leaves the figure at one side, and say whether it did."""
    if _is_far_inside(text, width):
        return False
    box = text.get_window_extent()
    if (box.x0 >= _EDGE and box.x1 <= width - _EDGE) or box.width <= 1:  # one pixel: outside its axes, not drawn
        return False
    _narrow(text, box.x1 - _EDGE if box.x0 < _EDGE else width - _EDGE - box.x0)
    return True


def _is_far_inside(text: Text, width: float) -> bool:
    """Whether a text stands so far from both sides that it need not be measured, however broad its letters are."""
    if type(text) is not Text or text.figure is None:  # the place of a note is that of its arrow
        return False
    x, _ = text.get_transform().transform(text.get_unitless_position())
    reach = len(text.get_text()) * float(text.get_fontsize()) * text.figure.dpi / 72 * _BROADEST
    return bool(x - reach >= _EDGE and x + reach <= width - _EDGE)


def _beside_legend(axes: Axes, width: float) -> float:
    """Pixels that a title has: up to the legend on its line, or to the figure's edge."""
    left, right = axes.bbox.x0, width - _EDGE
    legend = axes.get_legend()
    if legend is not None:
        box = legend.get_window_extent()
        if box.y1 > axes.bbox.y1 + 1:  # above the axes, where the title is
            right = min(right, axes.bbox.x1 - box.width - _GAP)
    return float(right - left)


def _titles(axes: Axes) -> Iterator[Text]:
    written = axes.get_title(loc="left")
    yield from (text for text in axes.get_children() if isinstance(text, Text) and written and text.get_text() == written)


def _narrow(text: Text, room: float, *, tail: float = 0.45) -> None:
    """Take letters out of the middle of a text until it fits; its end often says most (a KPI, an agent's number)."""
    whole = text.get_text().replace(r"\$", "$")
    if not whole or text.get_window_extent().width <= room:
        return
    few, many = _FEWEST, len(whole)
    while many - few > 1:
        middle = (few + many) // 2
        text.set_text(_cut(whole, middle, tail))
        few, many = (middle, many) if text.get_window_extent().width <= room else (few, middle)
    text.set_text(_cut(whole, few, tail))


def _cut(text: str, letters: int, tail: float) -> str:
    """Keep *letters* letters, an ellipsis among them, and the share *tail* of them from the end.

    Examples
    --------
    >>> _cut("Complaints: Service level", 13, 0.45), _cut("a long title", 7, 0.0)
    ('Complai…level', 'a long…')
    """
    if letters >= len(text):
        return text.replace("$", r"\$")
    end = int((letters - 1) * tail)
    kept = f"{text[: letters - 1 - end]}…{text[len(text) - end :]}"
    return kept.replace("$", r"\$")
