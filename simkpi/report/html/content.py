"""What a report is made of, before it is laid out: an answer, sections of tables, plots and pictures, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: What a verdict looks like: colours that all eyes tell apart, and a sign that needs none.
GOOD, BAD, DOUBT, PLAIN = "good", "bad", "doubt", ""


@dataclass(frozen=True)
class Bar:
    """A figure with its interval on an axis.

    Parameters
    ----------
    value, low, high : float or None
        The figure and its interval.
    span : tuple of float
        Ends of the axis.
    mark : float or None
        Where the goal, or zero, is.
    good : str
        ``right`` or ``left`` of the mark is good; empty: neither.
    """

    value: float | None
    low: float | None
    high: float | None
    span: tuple[float, float]
    mark: float | None = None
    good: str = ""


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Parameters
    ----------
    text : str
        As it is read.
    sort : float or None
        By what it is sorted; None: by its text.
    look : str
        ``good``, ``bad``, ``doubt`` or empty.
    bar : Bar or None
        Drawn instead of the text, which is then its description.
    """

    text: str
    sort: float | None = None
    look: str = PLAIN
    bar: Bar | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    title : str
        Its head.
    is_text : bool
        Aligned to the left, sorted by its letters.
    is_wide : bool
        Left out on a narrow screen: it is said elsewhere too, or may be missed.
    """

    title: str
    is_text: bool = False
    is_wide: bool = False


@dataclass(frozen=True)
class Table:
    """A table that can be sorted.

    Parameters
    ----------
    caption : str
        What it shows.
    columns : sequence of Column
    rows : sequence of sequence of Cell
    note : str
        Written below.
    is_folded : bool
        Shown when its caption is opened.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    is_folded: bool = False


@dataclass(frozen=True)
class Plot:
    """A plot that answers to the pointer; the reader chooses among its panels.

    Parameters
    ----------
    name : str
        Unique in the page.
    caption : str
        What it shows.
    panels : sequence of mapping
        See :func:`simkpi.report.html.panels.panel`.
    note : str
        Written below.
    picture : str
        SVG shown where no script runs; may be empty.
    """

    name: str
    caption: str
    panels: Sequence[Mapping[str, Any]]
    note: str = ""
    picture: str = ""


@dataclass(frozen=True)
class Picture:
    """A chart as it is.

    Parameters
    ----------
    caption : str
        What it answers: also its description for those who do not see it.
    svg : str
        The chart.
    """

    caption: str
    svg: str


@dataclass(frozen=True)
class Pre:
    """Text that keeps its lines, shown when its caption is opened."""

    caption: str
    text: str


Block: TypeAlias = "Table | Plot | Picture | Pre"


@dataclass(frozen=True)
class Section:
    """A part of the report.

    Parameters
    ----------
    name : str
        Its address in the page.
    title : str
    lines : sequence of str
        What it says in words.
    blocks : sequence of Block
    """

    name: str
    title: str
    lines: Sequence[str] = ()
    blocks: Sequence[Block] = ()


@dataclass(frozen=True)
class Answer:
    """The first thing that is read.

    Parameters
    ----------
    headline : str
        The answer.
    look : str
        ``good``, ``bad``, ``doubt`` or empty.
    lines : sequence of str
        Figures, recommendation, and how sure they are.
    """

    headline: str
    look: str = PLAIN
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Report:
    """A whole report."""

    lang: str
    title: str
    subtitle: str
    answer: Answer
    sections: Sequence[Section]
    provenance: Mapping[str, str] = field(default_factory=dict)
