"""Which variants a sweep makes of a scenario: values by path, as a grid, side by side, from a table, or a Latin hypercube."""

from __future__ import annotations

import csv
import itertools
import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from simkpi.errors import InputError, Problem
from simkpi.scenario.yaml_reader import plain_scalar, read_yaml

Values = Sequence[Any]
#: One variant: new values by path.
Changes = dict[str, Any]

#: Variants that a sweep may have unless told otherwise.
MOST_VARIANTS = 100_000
FEWER = "take fewer or coarser values, or a design such as lhs:200"
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})([^\d\s:.,]*):({_NUMBER})([^\d\s:.,]*):({_NUMBER})([^\d\s:.,]*)", re.ASCII)
_SPAN = re.compile(rf"({_NUMBER})([^\d\s:.,]*):({_NUMBER})([^\d\s:.,]*)(?::({_NUMBER})([^\d\s:.,]*))?", re.ASCII)


def parse_vary(text: str) -> tuple[str, str]:
    """Cut ``PATH=VALUES`` at its first equals sign.

    Raises
    ------
    InputError
        If there is none, or nothing on a side of it.
    """
    path, equals, values = text.partition("=")
    if not (path.strip() and equals and values.strip()):
        raise InputError(f"must be PATH=VALUES such as teams.phone.count=20:30:2, got '{text}'")
    return path.strip(), values.strip()


def parse_values(text: str) -> list[Any]:
    """Read the values of one field.

    Parameters
    ----------
    text : str
        ``20:30:2`` (from, to, step; the last one included), or values separated by commas: ``20%,30%,40%``,
        ``[4, 5],[5, 6]``, ``longest-idle,least-loaded``.

    Returns
    -------
    list
        Numbers where the text is a plain number, else text as a scenario file would hold it.

    Raises
    ------
    InputError
        For an empty value, or a range whose step does not lead from its start to its end.

    Examples
    --------
    >>> parse_values("20:26:2"), parse_values("20%:30%:5%"), parse_values("2m,150s"), parse_values("[3, 4],[4, 5]")
    ([20, 22, 24, 26], ['20%', '25%', '30%'], ['2m', '150s'], [[3, 4], [4, 5]])
    """
    parts = [part.strip() for part in _cut_at_commas(text)]
    if not all(parts):
        raise InputError(f"holds an empty value, got '{text}'")
    return [value for part in parts for value in (_range(part) if _RANGE.fullmatch(part) else [_value(part)])]


def _cut_at_commas(text: str) -> Iterator[str]:
    """Cut at the commas that stand outside brackets."""
    depth, start = 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "[{") - (letter in "]}")
        if letter == "," and depth == 0:
            yield text[start:place]
            start = place + 1
    yield text[start:]


def _value(part: str) -> Any:
    return read_yaml(part).root.data() if part[0] in "[{\"'" else plain_scalar(part)


def _range(part: str) -> list[Any]:
    first, last, step, unit = _span(part)
    assert step is not None
    if step == 0 or (last - first) / step < 0:
        raise InputError(f"does not lead from {first} to {last} in steps of {step}, got '{part}'")
    return [_written(first + number * step, unit) for number in range(int((last - first) / step) + 1)]


def count_values(text: str) -> int:
    """Count the values of one field without making them."""
    spans = [_span(part.strip()) for part in _cut_at_commas(text) if _RANGE.fullmatch(part.strip())]
    others = sum(not _RANGE.fullmatch(part.strip()) for part in _cut_at_commas(text))
    return others + sum(max(0, int((last - first) / step)) + 1 for first, last, step, _ in spans if step)


def _span(part: str) -> tuple[Decimal, Decimal, Decimal | None, str]:
    """Start, end, step and unit of a range; the unit may be written once or every time."""
    match = _SPAN.fullmatch(part)
    if match is None:
        raise InputError(f"must be a range such as 20:30 or 20%:30%:1%, got '{part}'")
    units = {unit for unit in (match[2], match[4], match[6]) if unit}
    if len(units) > 1:
        raise InputError(f"mixes the units {', '.join(sorted(units))} in '{part}'; write one of them")
    step = None if match[5] is None else Decimal(match[5])
    return Decimal(match[1]), Decimal(match[3]), step, units.pop() if units else ""


def _written(value: Decimal, unit: str) -> Any:
    plain = f"{value.normalize():f}"
    return f"{plain}{unit}" if unit else plain_scalar(plain)


def grid(varied: Mapping[str, Values]) -> list[Changes]:
    """Return every combination; the last path varies fastest."""
    return [dict(zip(varied, values, strict=True)) for values in itertools.product(*varied.values())]


def side_by_side(varied: Mapping[str, Values]) -> list[Changes]:
    """Return the first values of all paths, then the second ones ...

    Raises
    ------
    InputError
        If the paths have not equally many.
    """
    lengths = {path: len(values) for path, values in varied.items()}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{path} has {count}" for path, count in lengths.items())
        raise InputError(f"zip needs equally many values of each field: {counts}")
    return [dict(zip(varied, values, strict=True)) for values in zip(*varied.values(), strict=True)]


def latin_hypercube(spans: Mapping[str, str], count: int, *, seed: int | str) -> list[Changes]:
    """Spread *count* variants evenly over ranges: each field takes each of *count* equal slices of its range once.

    Parameters
    ----------
    spans : mapping of str to str
        Path -> ``20:30`` or ``20:30:1`` (rounded to steps from the start).
    count : int
        Variants.
    seed : int or str
        Names the design: same seed, same variants.

    Raises
    ------
    InputError
        If a range can not be read.

    Notes
    -----
    Source: McKay, Beckman, Conover, A comparison of three methods for selecting values of input variables in the analysis of
    output from a computer code, Technometrics 21 (1979).
    """
    columns: dict[str, list[Any]] = {}
    for path, text in spans.items():
        first, last, step, unit = _span(text)
        chance = random.Random(f"simkpi latin hypercube {seed} {path}")  # text seeds are hashed the same everywhere
        slices = sorted(range(count), key=lambda _: chance.random())
        points = [first + (last - first) * (Decimal(place) + Decimal(chance.random())) / count for place in slices]
        if step:
            points = [first + round((point - first) / step) * step for point in points]
        columns[path] = [_written(point if step else point.quantize(Decimal(1).scaleb(-6)), unit) for point in points]
    return side_by_side(columns)


def point_of(span: str, share: float) -> Any:
    """Return the value at a *share* of the way from the start of a span to its end, rounded to its steps if it has any.

    Examples
    --------
    >>> point_of("20:30:1", 0.43), point_of("20%:40%", 0.5), point_of("60s:180s", 1.0)
    (24, '30%', '180s')
    """
    first, last, step, unit = _span(span)
    point = first + (last - first) * Decimal(repr(share))
    if step:
        return _written(first + round((point - first) / step) * step, unit)
    return _written(point.quantize(Decimal(1).scaleb(-6)), unit)


def from_table(path: Path) -> list[Changes]:
    """Read variants from a CSV file: paths in the header, one variant a row; an empty cell leaves the field as it is.

    Raises
    ------
    InputError
        If the file can not be read, or a row is too long or too short; with all problems.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not UTF-8"
        raise InputError(Problem(f"can not be read ({str(reason).lower()})", file=str(path))) from None
    first = next(iter(text.splitlines()), "")
    reader = csv.reader(text.splitlines(), delimiter=max(",;\t", key=first.count))
    header, *rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))] or [(1, [])]
    names = header[1]
    if not names or not rows:
        raise InputError(Problem("needs a header with the fields' paths and a row per variant", file=str(path)))
    if len(set(names)) != len(names) or not all(names):
        raise InputError(Problem("needs a different path over every column", file=str(path), line=header[0]))
    wrong = [
        Problem(f"has {len(cells)} cells, the header has {len(names)}", file=str(path), line=line)
        for line, cells in rows
        if len(cells) != len(names)
    ]
    if wrong:
        raise InputError(wrong)
    return [{name: _value(cell) for name, cell in zip(names, cells, strict=True) if cell} for _, cells in rows]


def check_count(count: int) -> None:
    """Refuse more variants than anybody means.

    Raises
    ------
    InputError
        With the number.
    """
    if count > MOST_VARIANTS:
        raise InputError(f"makes {count:,} scenarios, more than {MOST_VARIANTS:,}; {FEWER}")


def variants(
    varied: Mapping[str, str | Values],
    *,
    design: str | Path | Sequence[Changes] = "grid",
    seed: int | str = 1,
    refuse: Callable[[int], None] = check_count,
) -> list[Changes]:
    """Return the variants of a sweep.

    Parameters
    ----------
    varied : mapping of str to str or sequence
        Path -> values, as text (see :func:`parse_values`) or as a list.
    design : str, path or list of dict
        ``grid`` (every combination), ``zip`` (side by side), ``lhs:50`` (50 points of a Latin hypercube; values are ranges), a
        CSV file with one variant a row, or the variants themselves. With a file or a list, *varied* makes a grid of each row.
    seed : int or str
        For ``lhs``.
    refuse : callable
        Called with the number of variants before they are made; raises if they are too many.

    Raises
    ------
    InputError
        With all that can not be read.
    """
    if isinstance(design, str) and design.startswith("lhs:"):
        count = plain_scalar(design[4:])
        if not isinstance(count, int) or count < 1:
            raise InputError(f"design must be lhs: and a whole number, as in lhs:50; got '{design}'")
        refuse(count)
        return latin_hypercube({path: str(values) for path, values in varied.items()}, count, seed=seed)
    counts = {path: count_values(values) if isinstance(values, str) else len(values) for path, values in varied.items()}
    rows: list[Changes] = [{}]
    if design not in ("zip", "grid"):
        rows = from_table(Path(design)) if isinstance(design, (str, Path)) else [dict(row) for row in design]
    refuse(max(counts.values(), default=1) if design == "zip" else len(rows) * math.prod(counts.values()))
    lists = _lists(varied)
    if design == "zip":
        return side_by_side(lists)
    return [{**row, **changes} for row in rows for changes in grid(lists)]


def _lists(varied: Mapping[str, str | Values]) -> dict[str, list[Any]]:
    lists: dict[str, list[Any]] = {}
    problems = []
    for path, values in varied.items():
        try:
            lists[path] = parse_values(values) if isinstance(values, str) else list(values)
        except InputError as error:
            problems.append(Problem(error.problems[0].message, path))
        if path in lists and not lists[path]:
            problems.append(Problem("needs at least one value", path))
    if problems:
        raise InputError(problems)
    return lists
