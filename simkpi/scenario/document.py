"""A scenario as written: plain data whose every value knows its line, so that a problem can say where it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from simkpi.errors import Problem, ScenarioError

#: Where something stands: names of fields and numbers of list items from the top.
Place = tuple["str | int", ...]

_MAX_DEPTH = 64


@dataclass(slots=True)
class Node:
    """One value: a scalar, a mapping of nodes or a list of nodes.

    Parameters
    ----------
    value : object
        Scalar, ``dict[str, Node]`` or ``list[Node]``.
    line : int or None
        Line counted from 1 (of the field's name inside a mapping); None if it came from Python.
    size, height : int
        Values in it and levels below it, aliases expanded.
    """

    value: Any
    line: int | None = None
    size: int = 1
    height: int = 1

    def children(self) -> Iterator[Node]:
        """Yield the nodes directly inside."""
        if isinstance(self.value, dict):
            yield from self.value.values()
        elif isinstance(self.value, list):
            yield from self.value

    def child(self, part: str | int) -> tuple[str | int, Node] | None:
        """Return the node called *part* and what to call it; an item of a list may be named by its text."""
        if isinstance(self.value, dict):
            return (part, self.value[part]) if part in self.value else None
        if isinstance(self.value, list):
            for index, node in enumerate(self.value):
                if part == index or (isinstance(part, str) and node.value == part):
                    return index, node
        return None

    def data(self) -> Any:
        """Return the plain data."""
        if isinstance(self.value, dict):
            return {key: node.data() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.data() for node in self.value]
        return self.value


@dataclass(frozen=True)
class Document:
    """A tree of nodes, the file it came from, and what was already found wrong with it.

    In a workbook the lines of the nodes number its ``cells``.
    """

    root: Node
    file: str = ""
    problems: tuple[Problem, ...] = ()
    cells: tuple[str, ...] = ()

    def locate(self, place: Sequence[str | int]) -> tuple[list[str | int], int | None]:
        """Return the place as the planner wrote it, and its line.

        Parts that a short form leaves out (``law`` in ``patience: 3m``) are skipped.
        """
        node, shown, line = self.root, list[str | int](), self.root.line
        for index, part in enumerate(place):
            found = node.child(part)
            if found is None:
                continue
            following = place[index + 1] if index + 1 < len(place) else None
            if isinstance(part, int) and isinstance(following, int) and not isinstance(found[1].value, list):
                continue  # one day's numbers, written without the brackets of the list of days
            shown.append(found[0])
            node, line = found[1], found[1].line or line
        return shown, line

    def problem(self, place: Sequence[str | int], message: str, *, lacks: str | None = None) -> Problem:
        """Put a complaint about *place* into words; *lacks* names a field that should be there."""
        shown, line = self.locate(place)
        cell = self.cells[line - 1] if self.cells and line else ""
        return Problem(printable(message), show_place([*shown, lacks] if lacks else shown), self.file, line, cell)


def show_place(parts: Sequence[str | int]) -> str:
    """Write a place.

    Examples
    --------
    >>> show_place(["contacts", "chat", "volume", "expected", 0, 3])
    'contacts.chat.volume.expected[0][3]'
    """
    text = ""
    for part in parts:
        name = f"[{part}]" if isinstance(part, int) else printable(part) or "''"
        text += f".{name}" if text and not isinstance(part, int) else name
    return text


def printable(text: str) -> str:
    r"""Return *text* for a terminal: no control characters, not endlessly long.

    Examples
    --------
    >>> print(printable("a\x1b[31mb"))
    a\x1b[31mb
    """
    clean = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
    return clean if len(clean) <= 400 else f"{clean[:200]} ... {clean[-100:]}"


def from_python(data: Any) -> Document:
    """Make a document from plain Python data (no lines).

    Raises
    ------
    ScenarioError
        If it holds anything but dict (with text keys), list, tuple, text, numbers, True, False, None; or nests too deep.
    """

    def build(value: Any, place: Place) -> Node:
        if len(place) > _MAX_DEPTH:
            raise ScenarioError(Problem(f"is nested more than {_MAX_DEPTH} levels deep", show_place(place[:5])))
        if isinstance(value, dict):
            odd = next((key for key in value if not isinstance(key, str)), None)
            if odd is not None:
                raise ScenarioError(Problem(f"a field's name must be a text, got {odd!r}", show_place(place)))
            return Node({key: build(item, (*place, key)) for key, item in value.items()})
        if isinstance(value, (list, tuple)):
            return Node([build(item, (*place, index)) for index, item in enumerate(value)])
        return Node(_scalar(value, place))

    return Document(build(data, ()))


def _scalar(value: Any, place: Place) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):  # a NumPy number
        return value.item()
    raise ScenarioError(Problem(f"must be text, a number, a list or a block, got a {type(value).__name__}", show_place(place)))
