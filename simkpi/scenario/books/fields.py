"""The sheet of other fields: any field of a scenario by its path, written as in a scenario file."""

from __future__ import annotations

from simkpi.errors import ScenarioError, did_you_mean
from simkpi.scenario.books.sheets import Book, Cell, columns_of, plain, table_of
from simkpi.scenario.books.words import FIELD
from simkpi.scenario.document import Node
from simkpi.scenario.spec import Spec
from simkpi.scenario.yaml_reader import read_yaml


def read_fields(book: Book, root: dict[str, Node]) -> None:
    """Put every field of the sheet at its place, over what the other sheets say."""
    table = table_of(book, "fields")
    places = columns_of(book, table, FIELD)
    if table.header and len(places) < len(FIELD):
        missing = ", ".join(label.say(book.lang) for key, label in FIELD.items() if key not in places)
        book.complain(next(iter(table.header.values())), f"the sheet lacks the columns {missing}")
        return
    seen: set[str] = set()
    for row in table.rows:
        name, cell = row[places["field"]], row[places["value"]]
        path = str(plain(name.value)) if name.value is not None else ""
        if not path:
            book.complain(name, "is empty; write the path of a field, e.g. contacts.voice.retry")
        elif path in seen:
            book.complain(name, f"the field '{path}' occurs twice; drop one")
        elif cell.value is not None:
            seen.add(path)
            node = _value(book, cell)
            if node is not None:
                _put(book, root, path, name, node)


def _value(book: Book, cell: Cell) -> Node | None:
    """Read a cell as the value of a field."""
    if not isinstance(cell.value, str):
        return cell.node(plain(cell.value))
    try:
        document = read_yaml(cell.value)
    except ScenarioError as error:
        book.complain(cell, error.problems[0].message)
        return None
    for problem in document.problems:
        book.complain(cell, problem.message)
    return _here(document.root, cell.line)


def _here(node: Node, line: int) -> Node:
    """Return the value with every part of it in one cell."""
    if isinstance(node.value, dict):
        return Node({key: _here(item, line) for key, item in node.value.items()}, line)
    if isinstance(node.value, list):
        return Node([_here(item, line) for item in node.value], line)
    return Node(node.value, line)


def _put(book: Book, root: dict[str, Node], path: str, name: Cell, node: Node) -> None:
    """Put a value at its path; names that are there already may hold dots."""
    block, rest, top = root, path, True
    while True:
        key = max(
            (known for known in block if rest == known or rest.startswith(f"{known}.")), key=len, default=rest.split(".")[0]
        )
        if top and Spec.field(key) is None:
            hint = did_you_mean(key, Spec.names()) or f"; known: {', '.join(Spec.names())}"
            book.complain(name, f"there is no field '{key}' in a scenario{hint}")
            return
        if rest == key:
            block[key] = node
            return
        inner = block.setdefault(key, Node({}, name.line))
        if not isinstance(inner.value, dict):
            book.complain(
                name, f"has no field '{rest[len(key) + 1 :]}': {key} is a single value in another sheet; write it there"
            )
            return
        block, rest, top = inner.value, rest[len(key) + 1 :], False
