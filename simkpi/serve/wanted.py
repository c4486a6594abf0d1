"""What a page sends, read strictly: known keys, texts and numbers of a bounded size, and nothing that names a file."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simkpi.errors import InputError
from simkpi.planning.day_tables import DayTable
from simkpi.planning.what_if import WhatIf
from simkpi.units import DAY

#: Letters of a text, controls that are changed, rows and numbers of a table: beyond, nobody's doing.
_TEXT, _CONTROLS, _ROWS, _NUMBERS = 200, 2_000, 3_700, 1_500
#: Bytes of a request's body: a workbook of two years in half-hours, coded as text, is smaller. And of a file, before that.
MAX_BODY = 8_000_000
MAX_FILE = MAX_BODY // 4 * 3 - 100_000
FORMATS = ("yaml", "csv", "xlsx", "plan", "html")
LANGUAGES = ("en", "fr")


@dataclass(frozen=True)
class Wanted:
    """A request.

    Parameters
    ----------
    page : str
        Names the page that asks.
    lang : str
    what : WhatIf
        The plan.
    baseline : WhatIf or None
        The plan to compare with; None: no comparison.
    names : tuple of str
        What the baseline and the plan are called.
    narrow : float, fraction
        Half-width at which figures are precise enough.
    goals : str
        Of a staffing: ``all`` targets, or ``service_level``.
    format : str
        Of a file.
    replications : int
        Of a file: those that the page shows.
    """

    page: str
    lang: str = "en"
    what: WhatIf = field(default_factory=WhatIf)
    baseline: WhatIf | None = None
    names: tuple[str, str] = ("", "")
    narrow: float = 0.01
    goals: str = "all"
    format: str = "yaml"
    replications: int = 30


@dataclass(frozen=True)
class Upload:
    """A table to read: its content, and its file's name for messages."""

    data: bytes | str
    name: str
    what: WhatIf
    lang: str


def read_body(body: bytes) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InputError("the request is no JSON") from None
    if not isinstance(data, dict):
        raise InputError("the request is no JSON object")
    return data


def _refuse(constant: str) -> float:
    raise ValueError(constant)


def read_wanted(data: Mapping[str, Any]) -> Wanted:
    """Read a request for an answer, a staffing or a file.

    Raises
    ------
    InputError
        If it is none that the page sends.
    """
    names = data.get("names", ["", ""])
    if not isinstance(names, list) or len(names) != 2:
        raise InputError("names: must be two texts")
    narrow, replications = data.get("narrow", 0.01), data.get("replications", 30)
    if not isinstance(narrow, (int, float)) or isinstance(narrow, bool) or not 0.001 <= narrow <= 0.2:
        raise InputError("narrow: must lie between 0.1% and 20%")
    if not isinstance(replications, int) or isinstance(replications, bool) or not 1 <= replications <= 1000:
        raise InputError("replications: must lie between 1 and 1000")
    baseline = data.get("baseline")
    return Wanted(
        page=_text(data.get("page", ""), "page"),
        lang=_one_of(data.get("lang", "en"), LANGUAGES, "lang"),
        what=read_what(data.get("what", {})),
        baseline=None if baseline is None else read_what(baseline),
        names=(_text(names[0], "names"), _text(names[1], "names")),
        narrow=float(narrow),
        goals=_one_of(data.get("goals", "all"), ("all", "service_level"), "goals"),
        format=_one_of(data.get("format", "yaml"), FORMATS, "format"),
        replications=replications,
    )


def read_upload(data: Mapping[str, Any]) -> Upload:
    """Read a request to read a table: ``text`` as pasted, or ``base64`` content of a file.

    Raises
    ------
    InputError
        If it is none that the page sends.
    """
    text, coded = data.get("text"), data.get("base64")
    if isinstance(text, str):
        content: bytes | str = text
    elif isinstance(coded, str):
        try:
            content = base64.b64decode(coded, validate=True)
        except binascii.Error:
            raise InputError("base64: is not readable") from None
    else:
        raise InputError("needs text or base64")
    name = _text(data.get("name", ""), "name")
    lang = _one_of(data.get("lang", "en"), LANGUAGES, "lang")
    return Upload(content, name, read_what(data.get("what", {})), lang)


def read_what(data: Any) -> WhatIf:
    """Read a plan: dials and goals as texts, tables as numbers.

    Raises
    ------
    InputError
        If it is none.
    """
    if not isinstance(data, dict) or set(data) - {"dials", "tables", "goals"}:
        raise InputError("what: must hold dials, tables and goals")
    tables = data.get("tables", {})
    if not isinstance(tables, dict) or len(tables) > _CONTROLS:
        raise InputError("tables: must be tables by name")
    read = {_text(name, "tables"): _table(_text(name, "tables"), table) for name, table in tables.items()}
    return WhatIf(_texts(data.get("dials", {}), "dials"), read, _texts(data.get("goals", {}), "goals"))


def _texts(data: Any, name: str) -> dict[str, str]:
    if not isinstance(data, dict) or len(data) > _CONTROLS:
        raise InputError(f"{name}: must be texts by name")
    return {_text(key, name): _text(value, name) for key, value in data.items()}


def _table(name: str, data: Any) -> DayTable:
    kind, _, owner = name.partition(":")
    if not isinstance(data, dict) or kind not in ("volume", "staff"):
        raise InputError(f"tables: '{name}' is no table")
    rows = data.get("rows")
    if not isinstance(rows, list) or not rows or len(rows) > _ROWS or not all(isinstance(row, list) for row in rows):
        raise InputError(f"tables: '{name}' needs a row a day")
    if any(len(row) > _NUMBERS for row in rows):
        raise InputError(f"tables: '{name}' has too many intervals")
    cells = [[_cell(cell, name) for cell in row] for row in rows]
    interval, start = (_seconds(data.get(part), name) for part in ("interval", "start"))
    return DayTable(kind, owner, interval, start, cells, is_on_queue=data.get("on_queue") is True)


def _cell(value: Any, name: str) -> float | str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise InputError(f"tables: '{name}' holds something that is no number")
    return _text(value, name) if isinstance(value, str) else value


def _seconds(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= DAY:
        raise InputError(f"tables: '{name}' needs an interval and a start, seconds of a day")
    return float(value)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or len(value) > _TEXT or not all(map(_is_fit, value)):
        raise InputError(f"{name}: must be a text of at most {_TEXT} letters")
    return value


def _is_fit(letter: str) -> bool:
    """Whether a letter may stand in a text; French writes narrow and hard spaces."""
    return letter.isprintable() or letter in "\u202f\u00a0"


def _one_of(value: Any, known: tuple[str, ...], name: str) -> str:
    if value not in known:
        raise InputError(f"{name}: must be one of {', '.join(known)}")
    return str(value)
