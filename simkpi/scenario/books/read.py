"""A filled-in workbook becomes the short form of a scenario, whose every value knows its cell."""

from __future__ import annotations

import re
from typing import Any

from simkpi.errors import Problem, ScenarioError, did_you_mean
from simkpi.scenario.books import words
from simkpi.scenario.books.fields import read_fields
from simkpi.scenario.books.grids import read_grid
from simkpi.scenario.books.sheets import Book, Cell, Table, columns_of, open_plan, plain, shown, span_seconds, table_of
from simkpi.scenario.days import read_date
from simkpi.scenario.document import Document, Node
from simkpi.units import DAY, format_duration, parse_duration

_LAWS = ("talk", "hold", "wrap", "patience")


def read_book(data: bytes, file: str = "") -> Document:
    """Read a planner's workbook.

    Parameters
    ----------
    data : bytes
        Content of the file: xlsx, xls or ods.
    file : str
        Its name, for messages.

    Returns
    -------
    Document
        The short form of a scenario; the ``cells`` say where each value stands, the ``problems`` what is wrong so far.

    Raises
    ------
    ScenarioError
        If it is no workbook, or lacks the sheets of a plan.
    """
    book = open_plan(data, file, words.SHEETS)
    _check_sheets(book)
    root: dict[str, Node] = {"simkpi": Node(1)}
    steps = _settings(book, root)
    root["contacts"] = Node(_contacts(book))
    root["teams"] = Node(_teams(book, list(root["contacts"].value)))
    calendar = _calendar(root)
    for sheet, block, within in (("forecast", "contacts", "volume"), ("staff", "teams", "staffing")):
        named = root[block].value
        for name, grid in read_grid(book, sheet, list(named), steps.get(f"#{sheet}"), calendar).items():
            spread = named[name].value.get(within)
            grid.value.update(spread.value if spread is not None else {})
            named[name].value[within] = grid
    _targets(book, root)
    read_fields(book, root)
    _check_numbers(book, root)
    return Document(Node(root), file, tuple(book.problems), tuple(book.cells))


def _check_sheets(book: Book) -> None:
    missing = [words.SHEETS[key].say(book.lang) for key in ("contacts", "teams") if key not in book.rows]
    if not missing:
        return
    has = ", ".join([*book.names.values(), *book.others])
    what = f"it has {has}, but not {' and '.join(missing)}" if has else f"it has no sheet {' or '.join(missing)}"
    message = f"is no plan: {what}; to start from one: simkpi template --xlsx -o plan.xlsx"
    raise ScenarioError([Problem(message, file=book.file), *book.problems])


def _check_numbers(book: Book, root: dict[str, Node]) -> None:
    """Say which sheet lacks the numbers of a contact type or team, unless that sheet has other faults, which explain it."""
    faulty = {problem.cell.split("!")[0] for problem in book.problems}
    for block, sheet in (("contacts", "forecast"), ("teams", "staff")):
        if book.names.get(sheet) in faulty:
            continue
        for name, node in root[block].value.items() if isinstance(root[block].value, dict) else ():
            if not _has_numbers(block, node.data()):
                lacking = (
                    f"the sheet '{book.names[sheet]}' has no numbers in a column"
                    if sheet in book.names
                    else f"there is no sheet '{words.SHEETS[sheet].say(book.lang)}' with a column"
                )
                path = f"{block}.{name}.volume" if block == "contacts" else f"{block}.{name}"
                message = f"{lacking} '{name}'; write one row for every interval, e.g. 08:00, 08:30"
                book.complain(Cell(name, node.line or 1), message, path)


def _has_numbers(block: str, data: Any) -> bool:
    """Whether a contact type has a volume, beyond how days differ, or a team has agents."""
    if not isinstance(data, dict):
        return False
    if block == "contacts":
        volume = data.get("volume")
        return bool(set(volume) - {"day_spread"}) if isinstance(volume, dict) else volume is not None
    return any(key in data for key in ("count", "staffing", "shifts", "agents"))


def _settings(book: Book, root: dict[str, Node]) -> dict[str, float]:
    """Put the settings into *root*; return what they say of the intervals."""
    table, steps = table_of(book, "settings"), dict[str, float]()
    places = columns_of(book, table, words.SETTING)
    if table.header and not {"key", "value"} <= set(places):
        first = next(iter(table.header.values()))
        book.complain(
            first, f"the sheet needs the columns {' and '.join(words.SETTING[key].say(book.lang) for key in ('key', 'value'))}"
        )
        return steps
    for row in table.rows:
        name, cell = row[places["key"]], row[places["value"]]
        key = words.find(str(plain(name.value)), words.SETTINGS) if name.value is not None else None
        if key is None:
            hint = did_you_mean(str(name.value), words.spellings(words.SETTINGS.values())) or "; other fields go to the sheet '"
            hint += f"{words.SHEETS['fields'].say(book.lang)}'" if hint.endswith("sheet '") else ""
            book.complain(name if name.value is not None else cell, f"unknown setting '{name.value or ''}'{hint}")
        elif cell.value is None:
            continue
        elif key.startswith("#"):
            _interval(book, cell, steps, key)
        else:
            _put(root, key.split("."), cell.node(_setting(key, cell.value, book.lang)))
    return steps


def _interval(book: Book, cell: Cell, steps: dict[str, float], key: str) -> None:
    try:
        seconds = span_seconds(cell.value) or parse_duration(str(plain(cell.value)))
    except ValueError as error:
        book.complain(cell, str(error))
        return
    if seconds < 60 or seconds > DAY:
        book.complain(cell, f"must be between a minute and a day, got {shown(cell.value)}; write e.g. 30m")
    else:
        steps[key] = seconds


def _setting(key: str, value: Any, lang: str) -> Any:
    text = plain(value)
    if key.startswith("calendar.open"):
        return words.hours(str(text))
    if key == "calendar.from":
        return words.date(str(text), lang)
    languages = {"francais": "fr", "french": "fr", "anglais": "en", "english": "en"}
    return languages.get(words.fold(str(text)), text) if key == "locale" else text


def _put(root: dict[str, Node], path: list[str], node: Node) -> None:
    for part in path[:-1]:
        root = root.setdefault(part, Node({}, node.line)).value
    root[path[-1]] = node


def _calendar(root: dict[str, Node]) -> tuple[str | None, int]:
    """First day and number of days, as far as they can be read yet."""
    data = root["calendar"].data() if "calendar" in root else {}
    first, days = data.get("from"), data.get("days", 1)
    try:
        readable = isinstance(first, str) and 1900 <= read_date(first).year <= 2200
    except ValueError:
        readable = False
    return (str(first) if readable else None), (days if isinstance(days, int) and 0 < days <= 3660 else 1)


def _named(book: Book, sheet: str, labels: dict[str, words.Label]) -> tuple[Table, dict[str, int], dict[str, dict[int, Cell]]]:
    """Return a sheet with one row a name: the table, the columns by label, the rows by name."""
    table = table_of(book, sheet)
    places = columns_of(book, table, labels)
    if not table.rows:
        book.complain_of_sheet(f"the sheet '{book.names[sheet]}' is empty; write one row for every name", sheet)
        return table, {}, {}
    if "name" not in places:
        book.complain_of_sheet(f"has no column '{labels['name'].say(book.lang)}' in the sheet '{book.names[sheet]}'")
        return table, {}, {}
    rows: dict[str, dict[int, Cell]] = {}
    for row in table.rows:
        cell = row[places["name"]]
        name = str(plain(cell.value)) if cell.value is not None else ""
        if not name:
            book.complain(cell, "is empty; write the name, or delete the row")
        elif name in rows:
            book.complain(cell, f"the name '{name}' occurs twice; rename or drop one")
        else:
            rows[name] = row
    return table, places, rows


def _contacts(book: Book) -> dict[str, Node]:
    table, places, rows = _named(book, "contacts", words.CONTACT)
    found = {}
    for name, row in rows.items():
        cells = {key: row[column] for key, column in places.items() if row[column].value is not None}
        block: dict[str, Node] = {}
        if "channel" in cells:
            block["channel"] = cells["channel"].node(words.channel(str(plain(cells["channel"].value))))
        for part in _LAWS:
            law = _law(book, table, places, cells, part)
            if law is not None:
                _put(block, [part] if part == "patience" else ["handle", part], law)
        if "resolved" in cells:
            block["resolved"] = _value(cells["resolved"])
        if "day_spread" in cells:
            block["volume"] = cells["day_spread"].node({"day_spread": _value(cells["day_spread"])})
        found[name] = cells["name"].node(block)
    return found


def _value(cell: Cell) -> Node:
    """Return the cell as it is, numbers without spaces in them."""
    return cell.node(words.number(cell.value) if isinstance(cell.value, str) else plain(cell.value))


def _law(book: Book, table: Table, places: dict[str, int], cells: dict[str, Cell], part: str) -> Node | None:
    """Mean and variation of a duration as a law: lognormal, or exponential without a variation."""
    spread = cells.get(f"{part}_cv")
    if part not in cells:
        if spread is not None:
            book.complain(
                spread, f"has no {words.CONTACT[part].say(book.lang).lower()} beside it; write that, or leave both empty"
            )
        return None
    mean = cells[part].node(_duration(cells[part].value, str(table.header[places[part]].value)))
    if spread is None or mean.value == "never":
        return mean
    return mean if mean.value == 0 else Node({"lognormal": Node({"mean": mean, "cv": _value(spread)}, mean.line)}, mean.line)


def _duration(value: Any, header: str) -> Any:
    """Return a duration as scenario files write it; a bare number has the unit of the header."""
    span = span_seconds(value)
    if span is not None:
        return format_duration(span)
    unit = words.unit_of(header)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value != 0 and unit:
        return format_duration(value * unit)
    text = plain(value)
    if isinstance(text, str):
        text = "never" if words.fold(text) in {"never", "jamais"} else words.number(text)
        if unit and re.fullmatch(r"\d+(?:[.,]\d+)?", text):
            return format_duration(float(text.replace(",", ".")) * unit)
    return text


def _teams(book: Book, contacts: list[str]) -> dict[str, Node]:
    _, places, rows = _named(book, "teams", words.TEAM)
    found = {}
    for name, row in rows.items():
        cells = {key: row[column] for key, column in places.items() if row[column].value is not None}
        block: dict[str, Node] = {}
        if "skills" in cells:
            block["skills"] = _skills(book, cells["skills"], contacts)
        if "count" in cells:
            block["count"] = _value(cells["count"])
        for part in ("planned", "unplanned"):
            if part in cells:
                _put(block, ["shrinkage", part], _value(cells[part]))
        found[name] = cells["name"].node(block)
    return found


def _skills(book: Book, cell: Cell, contacts: list[str]) -> Node:
    """Read ``voice, chat x 3``."""
    found: dict[str, Node] = {}
    for part in re.split(r"[,;]", str(plain(cell.value))):
        match = re.fullmatch(r"\s*(.+?)(?:\s+[x×]\s*(\S+))?\s*", part)
        if match is None:
            book.complain(cell, f"holds an empty name, got '{cell.value}'; write e.g. voice, chat x 3")
            continue
        name, many = match[1], match[2]
        at_once = {} if many is None else {"at_once": cell.node(int(many) if many.isascii() and many.isdigit() else many)}
        found[_served(name, contacts)] = cell.node(at_once)
    return cell.node(found)


def _served(name: str, contacts: list[str]) -> str:
    """Return the contact type that is called *name*, or the channel in scenario files' word."""
    folded = {words.fold(known): known for known in contacts}
    return folded.get(words.fold(name)) or words.channel(name)


def _targets(book: Book, root: dict[str, Node]) -> None:
    table = table_of(book, "targets")
    places = columns_of(book, table, words.TARGET)
    if table.header and len(places) < len(words.TARGET):
        missing = ", ".join(label.say(book.lang) for key, label in words.TARGET.items() if key not in places)
        book.complain(next(iter(table.header.values())), f"the sheet lacks the columns {missing}")
        return
    for row in table.rows:
        cells = {key: row[column] for key, column in places.items()}
        empty = next((cell for cell in cells.values() if cell.value is None), None)
        if empty is not None:
            book.complain(empty, "is empty; a target needs all three, e.g. voice, service_level, 80% in 20s")
            continue
        whose = str(plain(cells["for"].value))
        whose = "all" if words.fold(whose) in {"all", "tous", "tout"} else _served(whose, list(root["contacts"].value))
        _put(root, ["targets", whose, str(plain(cells["kpi"].value))], cells["goal"].node(_goal(cells["goal"].value)))


def _goal(value: Any) -> Any:
    """Return a goal; a number up to 1 is a share: spreadsheets keep 85% as 0.85."""
    span = span_seconds(value)
    if span is not None:
        return format_duration(span)
    if isinstance(value, float) and 0 < value <= 1:
        return f"{value * 100:.10g}%"
    return words.goal(str(plain(value)))
