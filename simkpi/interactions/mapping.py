"""The mapping file: which column of an export is which of ours, in what unit and format; all its mistakes told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from simkpi.errors import LogError, Problem, did_you_mean
from simkpi.interactions.columns import TABLES
from simkpi.interactions.reading import Reading

UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
#: Formats of moments that are numbers.
NUMBER_FORMATS = ("unix", "unix_ms", "excel")
_TOP = ("simkpi_mapping", "name", "file", "timezone", "written_in", "date_order", "decimal", "columns", "tables", "skip", "keep")
_FILE = ("encoding", "sheet")
_RULE = ("column", "value", "unit", "format", "values", "otherwise", "filled", "blank", "plus", "where")
_PLUS = ("column", "unit")
Where = tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """How one of our columns comes about.

    Parameters
    ----------
    column : str or None
        Column of the export; None for a constant.
    value : str or None
        The constant.
    unit : float or None, seconds
        What a number in the column counts; None leaves it as it stands.
    format : str or None
        ``strptime`` pattern of moments, or one of :data:`NUMBER_FORMATS`.
    values : mapping of str to str
        Their values to ours; what is not listed becomes *otherwise*, or stays where there is none.
    otherwise, filled, blank : str or None
        Ours for values not listed; ours for any filled, and for any blank cell.
    plus : (str, float) or None
        Column with a duration, and the seconds in its unit, to be added to the moment.
    where : mapping of str to tuple of str
        Columns of the export and the values that they must have; elsewhere ours is blank.
    line : int
        Line of the mapping file.
    """

    column: str | None = None
    value: str | None = None
    unit: float | None = None
    format: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    filled: str | None = None
    blank: str | None = None
    plus: tuple[str, float] | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True)
class TableMapping:
    """Rules of one table, and the file it lies in (None: the export itself)."""

    rules: Mapping[str, Rule]
    file: str | None = None


@dataclass(frozen=True)
class LogMapping:
    """A whole mapping file, checked.

    Parameters
    ----------
    tables : mapping of str to TableMapping
        By name; ``interactions`` first.
    reading : Reading
        Order of day and month, time zones, decimal sign.
    name, encoding, sheet : str or None
        What the export is called; how it is written.
    skip : mapping of str to tuple of str
        Columns of the export and the values that make a row be left out.
    keep : tuple of str
        Further columns of the export that are kept under their own names.
    """

    tables: Mapping[str, TableMapping]
    reading: Reading
    name: str
    encoding: str | None
    sheet: str | None
    skip: Mapping[str, tuple[str, ...]]
    keep: tuple[str, ...]


def load_mapping(path: Path) -> LogMapping:
    """Read and check a mapping file.

    Raises
    ------
    LogError
        With every problem of the file, each with its line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        hint = "there is no such file; 'simkpi log inspect EXPORT -o mapping.yaml' writes one"
        raise LogError(Problem(hint, file=str(path))) from None
    except OSError as error:
        raise LogError(Problem(f"can not be read ({error.strerror})", file=str(path))) from None
    except UnicodeDecodeError as error:
        raise LogError(Problem(f"can not be read: it is not UTF-8 (byte {error.start})", file=str(path))) from None
    return parse_mapping(text, file=str(path))


def parse_mapping(text: str, *, file: str = "mapping") -> LogMapping:
    """Check the text of a mapping file; every scalar is taken as text, so that ``NO`` and ``1e5`` mean themselves."""
    document = _Document(text, file)
    top = document.mapping((), document.root, _TOP)
    if "columns" not in top:
        document.complain((), f"needs 'columns': our columns and theirs{did_you_mean('columns', list(top))}")
    tables = {"interactions": document.table(("columns",), "interactions", top.get("columns") or {}, None)}
    for name, body in document.mapping(("tables",), top.get("tables") or {}, [t for t in TABLES if t != "interactions"]).items():
        parts = document.mapping(("tables", name), body, ("file", "columns"))
        file_name = document.text(("tables", name, "file"), parts.get("file"))
        tables[name] = document.table(("tables", name, "columns"), name, parts.get("columns") or {}, file_name)
    written = document.mapping(("file",), top.get("file") or {}, _FILE)
    reading = Reading(
        date_order=document.choice(("date_order",), top.get("date_order"), ("dmy", "mdy", "ymd")),
        timezone=document.zone(("timezone",), top.get("timezone")),
        written_in=document.zone(("written_in",), top.get("written_in")),
        decimal=document.choice(("decimal",), top.get("decimal"), (",", ".")),
    )
    skip = document.conditions(("skip",), top.get("skip"))
    mapping = LogMapping(
        tables=tables,
        reading=reading,
        name=document.text(("name",), top.get("name")) or file,
        encoding=document.text(("file", "encoding"), written.get("encoding")),
        sheet=document.text(("file", "sheet"), written.get("sheet")),
        skip=skip,
        keep=document.texts(("keep",), top.get("keep") or []),
    )
    if document.problems:
        raise LogError(sorted(document.problems, key=lambda problem: problem.line or 0))
    return mapping


class _Document:
    """A YAML document whose places know their lines, and the problems found in it so far."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.lines: dict[Where, int] = {}
        try:
            self.root = self._read(text)
        except yaml.MarkedYAMLError as error:
            raise LogError(Problem(f"is not YAML: {error.problem}", file=file, line=_line(error.problem_mark))) from None
        except yaml.YAMLError as error:
            raise LogError(Problem(f"is not YAML: {error}", file=file)) from None
        except RecursionError:
            raise LogError(Problem("is nested too deeply", file=file)) from None

    def _read(self, text: str) -> Any:
        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar is text, no tag builds an object
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):  # a few lines of them can stand for millions of values, or for themselves
                message = "must not refer to another place by *; write it out"
                raise LogError(Problem(message, file=self.file, line=_line(event.start_mark)))
        node = yaml.compose(text, Loader=loader)
        return {} if node is None else self._value(node, ())

    def _value(self, node: yaml.Node, where: Where) -> Any:
        self.lines.setdefault(where, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for key, value in node.value:
                name, place = str(key.value), (*where, str(key.value))
                self.lines[place] = key.start_mark.line + 1
                if name in found:
                    self.complain(place, "is there twice; drop one")
                found[name] = self._value(value, place)
            return found
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*where, str(place))) for place, item in enumerate(node.value)]
        plain = getattr(node, "style", None) is None
        return None if plain and node.value in {"", "~", "null"} else node.value

    def complain(self, where: Where, message: str) -> None:
        """Note a problem at a place of the file."""
        line = next((self.lines[where[:size]] for size in range(len(where), -1, -1) if where[:size] in self.lines), None)
        self.problems.append(Problem(message, path=".".join(where), file=self.file, line=line))

    def mapping(self, where: Where, value: Any, known: Iterable[str] | None) -> dict[str, Any]:
        """Return *value* if it is a mapping, with only *known* keys (None: any); else complain and return what can be used."""
        if not isinstance(value, dict):
            self.complain(where, f"must be names and values, got '{value}'")
            return {}
        if known is None:
            return value
        names = list(known)
        for name in value:
            if name not in names:
                self.complain((*where, name), f"unknown field{did_you_mean(name, names) or '; known: ' + ', '.join(names)}")
        return {name: inner for name, inner in value.items() if name in names}

    def text(self, where: Where, value: Any) -> str | None:
        """Return *value* if it is text or missing."""
        if value is None or isinstance(value, str):
            return value
        self.complain(where, "must be text, not a list or a block")
        return None

    def texts(self, where: Where, value: Any) -> tuple[str, ...]:
        """Return a text, or a list of them, as a tuple."""
        items = value if isinstance(value, list) else [value]
        return tuple(item for item in (self.text(where, item) for item in items) if item is not None)

    def conditions(self, where: Where, value: Any) -> dict[str, tuple[str, ...]]:
        """Return columns of the export and the values asked of them."""
        return {name: self.texts((*where, name), texts) for name, texts in self.mapping(where, value or {}, None).items()}

    def choice(self, where: Where, value: Any, allowed: Iterable[str]) -> str | None:
        """Return a text that is one of *allowed*."""
        text, names = self.text(where, value), list(allowed)
        if text is not None and text not in names:
            self.complain(where, f"must be one of {', '.join(names)}, got '{text}'")
            return None
        return text

    def zone(self, where: Where, value: Any) -> str | None:
        """Return the name of a time zone that exists."""
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        text = self.text(where, value)
        try:
            return ZoneInfo(text).key if text is not None else None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.complain(where, f"unknown time zone '{text}'; write e.g. Europe/Paris")
            return None

    def table(self, where: Where, table: str, value: Any, file: str | None) -> TableMapping:
        """Check the rules of one table; its required columns must all have one."""
        columns = TABLES[table]
        given = self.mapping(where, value, columns)
        rules = {name: self.rule((*where, name), columns[name].kind, body) for name, body in given.items() if body is not None}
        for name, column in columns.items():
            if column.required and name not in rules and where in self.lines:
                self.complain(where, f"needs '{name}' ({column.meaning})")
        return TableMapping(rules, file)

    def rule(self, where: Where, kind: str, value: Any) -> Rule:
        """Check one rule; a bare text is the name of their column."""
        line = self.lines.get(where, 0)
        if isinstance(value, str):
            return Rule(column=value, line=line)
        parts = self.mapping(where, value, _RULE)
        if ("column" in parts) == ("value" in parts):
            self.complain(where, "needs either 'column' (theirs) or 'value' (a constant)")
        fixed = {
            name: self.text((*where, name), parts.get(name))
            for name in ("column", "value", "otherwise", "filled", "blank", "format")
        }
        if (fixed["format"] is not None or parts.get("plus") is not None) and kind != "moment":
            self.complain(where, "'format' and 'plus' are for moments only")
        unit = self.unit((*where, "unit"), parts.get("unit"))
        if unit is not None and kind not in {"seconds", "number"}:
            self.complain((*where, "unit"), "a unit is for durations and numbers only")
        pairs = self.mapping((*where, "values"), parts.get("values") or {}, None)
        values = {name: self.text((*where, "values", name), ours) or "" for name, ours in pairs.items()}
        conditions = self.conditions((*where, "where"), parts.get("where"))
        plus = self.plus((*where, "plus"), parts.get("plus"))
        return Rule(unit=unit, values=values, plus=plus, where=conditions, line=line, **fixed)

    def unit(self, where: Where, value: Any) -> float | None:
        """Return the seconds of a unit."""
        name = self.choice(where, value, UNITS)
        return None if name is None else UNITS[name]

    def plus(self, where: Where, value: Any) -> tuple[str, float] | None:
        """Return the duration column that is added to a moment, and its unit."""
        if value is None:
            return None
        if isinstance(value, str):
            return value, 1.0
        parts = self.mapping(where, value, _PLUS)
        column = self.text((*where, "column"), parts.get("column"))
        if column is None:
            self.complain(where, "needs 'column'")
            return None
        return column, self.unit((*where, "unit"), parts.get("unit")) or 1.0


def _line(mark: Any) -> int | None:
    return None if mark is None else int(mark.line) + 1
