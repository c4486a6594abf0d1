"""Strict YAML: text to plain data that remembers its lines, with the traps of YAML 1.1 closed.

Only ``true``/``false``, ``null``/``~``/nothing and decimal numbers are read as such; ``8:30``, ``NO`` and ``on`` stay text.
Duplicate fields, tags, cycles, endless aliases, deep nesting and several documents are refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from simkpi.errors import Problem, ScenarioError
from simkpi.scenario.document import Document, Node, show_place

MAX_DEPTH = 64
MAX_ALIASED = 1_000
MAX_DIGITS = 40

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+(?:\.[0-9]*)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


def plain_scalar(text: str) -> Any:
    """Return what an unquoted scalar means.

    Examples
    --------
    >>> [plain_scalar(text) for text in ("12", "1e3", "8:30", "NO", "true", "~")]
    [12, 1000.0, '8:30', 'NO', True, None]
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= MAX_DIGITS:
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
            return number
    return text


@dataclass
class _Frame:
    """A block that is being read: its node, and the field that waits for its value."""

    node: Node
    key: str | None = None
    key_line: int = 0
    anchor: str | None = None


@dataclass
class _Builder:
    """Puts parser events together; problems that do not stop the reading are collected."""

    file: str
    root: Node | None = None
    frames: list[_Frame] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    aliased: int = 0
    documents: int = 0

    def fail(self, line: int, message: str) -> ScenarioError:
        return ScenarioError([*self.problems, Problem(message, file=self.file, line=line)])

    def complain(self, line: int, message: str) -> None:
        self.problems.append(Problem(message, self.place(), self.file, line))

    def place(self) -> str:
        parts: list[str | int] = []
        for frame in self.frames:
            part = frame.key if isinstance(frame.node.value, dict) else len(frame.node.value)
            if part is not None:
                parts.append(part)
        return show_place(parts)

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.fail(line, "a second document starts here; write one scenario per file")
        elif isinstance(event, yaml.AliasEvent):
            self.alias(event.anchor or "", line)
        elif isinstance(event, yaml.ScalarEvent):
            self.scalar(event, line)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self.open(event, line)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self.close()

    def refuse_tag(self, tag: str | None, line: int) -> None:
        if tag is not None:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self.complain(line, f"tag {shown} is not allowed; write the plain value")

    def open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, line: int) -> None:
        self.refuse_tag(event.tag, line)
        if len(self.frames) >= MAX_DEPTH:
            raise self.fail(line, f"is nested more than {MAX_DEPTH} levels deep")
        if self.awaits_key():
            raise self.fail(line, "a field's name must be a single word or text, got a block; quote it if it holds braces")
        if event.anchor:
            self.anchors[event.anchor] = None
        self.frames.append(_Frame(Node({} if isinstance(event, yaml.MappingStartEvent) else [], line), anchor=event.anchor))

    def close(self) -> None:
        frame = self.frames.pop()
        children = list(frame.node.children())
        frame.node.size = 1 + sum(child.size for child in children)
        frame.node.height = 1 + max((child.height for child in children), default=0)
        if frame.anchor:
            self.anchors[frame.anchor] = frame.node
        self.put(frame.node)

    def alias(self, name: str, line: int) -> None:
        if name not in self.anchors:
            raise self.fail(line, f"alias *{name} names nothing; define &{name} above it")
        target = self.anchors[name]
        if target is None:
            raise self.fail(line, f"alias *{name} contains itself")
        self.aliased += target.size
        if self.aliased > MAX_ALIASED:
            raise self.fail(line, f"aliases expand to more than {MAX_ALIASED:,} values; write them out or use a CSV file")
        if len(self.frames) + target.height > MAX_DEPTH:
            raise self.fail(line, f"is nested more than {MAX_DEPTH} levels deep")
        if self.awaits_key():
            self.set_key(str(target.value), line)
        else:
            self.put(Node(target.value, line, target.size, target.height))

    def scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        self.refuse_tag(event.tag, line)
        text = event.value
        plain = event.style in (None, "")
        if self.awaits_key():
            if plain and text == "<<":
                raise self.fail(line, "merge keys (<<) are not read; repeat the fields, or alias a whole block")
            self.set_key(text, line)
            return
        if plain and _LEADING_ZERO.fullmatch(text):
            self.complain(line, f"has a leading zero, got {text}; write {text.lstrip('+-0') or '0'}, or '{text}' if it is a name")
        if plain and len(text) > MAX_DIGITS and _FLOAT.fullmatch(text):
            self.complain(line, f"has {len(text):,} digits; write at most {MAX_DIGITS}")
        node = Node(plain_scalar(text) if plain else text, line)
        if event.anchor:
            self.anchors[event.anchor] = node
        self.put(node)

    def awaits_key(self) -> bool:
        return bool(self.frames) and isinstance(self.frames[-1].node.value, dict) and self.frames[-1].key is None

    def set_key(self, key: str, line: int) -> None:
        self.frames[-1].key, self.frames[-1].key_line = key, line

    def put(self, node: Node) -> None:
        if not self.frames:
            self.root = node
            return
        frame = self.frames[-1]
        if isinstance(frame.node.value, list):
            frame.node.value.append(node)
            return
        assert frame.key is not None
        before = frame.node.value.get(frame.key)
        if before is not None:
            self.complain(frame.key_line, f"is given twice, on lines {before.line} and {frame.key_line}; keep one")
        else:
            node.line = frame.key_line
            frame.node.value[frame.key] = node
        frame.key = None


def read_yaml(text: str, file: str = "") -> Document:
    """Read one YAML document.

    Parameters
    ----------
    text : str
        The file's content.
    file : str
        Its name, for messages.

    Returns
    -------
    Document
        Its ``problems`` hold what is wrong but did not stop the reading (duplicate fields, tags, leading zeros).

    Raises
    ------
    ScenarioError
        If the text can not be read as one YAML document.
    """
    builder = _Builder(file)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise builder.fail(line, _syntax_message(error, text)) from None
    except yaml.YAMLError as error:
        raise builder.fail(1, f"is not readable as YAML: {str(error).splitlines()[0]}") from None
    return Document(builder.root or Node(None, 1), file, tuple(builder.problems))


def _events(text: str) -> Iterator[yaml.Event]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events: Iterator[yaml.Event] = yaml.parse(text, Loader=loader)
    return events


def _syntax_message(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark or error.context_mark
    lines = text.splitlines()
    row = lines[mark.line] if mark and mark.line < len(lines) else ""
    where = f"column {mark.column + 1}" if mark else "somewhere"
    indent = row[: len(row) - len(row.lstrip())]
    if "\t" in indent:
        return f"is indented with a tab ({where}); use spaces"
    problem = str(error.problem or error.context or "syntax error")
    hint = "; check the indentation" if "block" in problem or "mapping values" in problem else ""
    return f"is not readable as YAML at {where}: {problem}{hint}"
