"""Reads a page of the documentation as a planner does: types its commands, saves its files, edits them, compares.

Fenced blocks of a page, in order, in one folder:

- ``sh``: each line is a command; a block after the comment ``not run: why`` is only shown.
- ``python``: run, all of a page in one namespace.
- any block with ``title="name"``: a file to save. ``diff`` with a title: lines of that file to replace.
- ``text`` after a command or Python: lines that its output shows, in this order; ``...`` stands for lines, or for the end
  of a line, left out.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simkpi.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(
    r"(?:<!-- (?P<comment>[^>]*?) -->\n\s*)?^(?P<indent> *)```(?P<kind>\w*)(?P<info>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.M | re.S,
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the title of the file it shows, its text, the comment before it and its line."""

    kind: str
    title: str
    text: str
    comment: str
    line: int


def blocks(markdown: str) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    found = []
    for match in _FENCE.finditer(markdown):
        indent = match["indent"]
        text = "".join(line.removeprefix(indent) for line in match["text"].splitlines(keepends=True))
        title = re.search(r'title="([^"]+)"', match["info"])
        line = markdown.count("\n", 0, match.start("kind")) + 1
        found.append(Block(match["kind"], title[1] if title else "", text, match["comment"] or "", line))
    return found


def commands(block: Block) -> Iterator[list[str]]:
    """Yield the commands of a block as lists of words, without comments; lines that end in a backslash are joined."""
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words:
            yield words


def replaced(text: str, difference: str) -> str:
    """Return *text* with the lines marked ``-`` replaced by those marked ``+``; each group must be there exactly once."""
    groups = re.findall(r"((?:^-.*\n)*)((?:^\+.*\n?)*)", difference, re.M)
    for old, new in groups:
        before, after = (re.sub(r"^[-+]", "", part, flags=re.M) for part in (old, new))
        if not before:
            assert not after, f"a change needs the line that it replaces: {after!r}"
            continue
        assert text.count(before) == 1, f"found {text.count(before)} times: {before!r}"
        text = text.replace(before, after)
    return text


def missing_line(shown: str, printed: str) -> str | None:
    """Return the first line of *shown* that *printed* lacks or has too early (spaces and rules of dashes do not count)."""
    rest = iter(_plain(line) for line in printed.splitlines())
    for line in shown.splitlines():
        wanted = _plain(line)
        if wanted in ("", "..."):
            continue
        start = wanted.removesuffix(" ...")
        if not any(have.startswith(start) if wanted.endswith(" ...") else have == wanted for have in rest):
            return line
    return None


def _plain(line: str) -> str:
    return re.sub(r"-{3,}", "---", " ".join(line.split()))


@dataclass
class Reader:
    """Follows a page in the current folder."""

    page: str
    printed: str = ""
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "page"})

    def follow(self, block: Block) -> None:
        """Do what a block says; an error names the page and the line."""
        place = f"{self.page}:{block.line}"
        if block.comment.startswith("not run"):
            return
        if block.kind == "diff":
            path = Path(block.title)
            path.write_text(replaced(path.read_text(encoding="utf-8"), block.text), encoding="utf-8")
        elif block.title:
            Path(block.title).write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            self.printed = self._python(block)
        elif block.kind in ("sh", "console"):
            self.printed = "".join(self._command(words, place) for words in commands(block))
        elif block.kind == "text":
            missing = missing_line(block.text, self.printed)
            assert missing is None, f"{place}: not printed: {missing!r}\nprinted:\n{self.printed}"

    def _python(self, block: Block) -> str:
        # blank lines first, so that a traceback shows the page's line
        code = compile("\n" * block.line + block.text, self.page, "exec")
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(code, self.names)
        return out.getvalue()

    def _command(self, words: list[str], place: str) -> str:
        assert words[0] == "simkpi", f"{place}: only simkpi commands are run, got {words[0]}; mark others 'not run: why'"
        code, out, err = simkpi(words[1:])
        allowed = {0, 4} if "--check" in words else {0}
        assert code in allowed, f"{place}: {shlex.join(words)} ended with {code}:\n{err}"
        return out + err


def simkpi(arguments: list[str]) -> tuple[int, str, str]:
    """Run the command line in this process; return its exit code, stdout and stderr."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as left:
            code = int(left.code or 0)
    return code, out.getvalue(), err.getvalue()


def follow(path: Path, folder: Path) -> Reader:
    """Follow all blocks of the page *path*, working in *folder*."""
    reader = Reader(path.relative_to(ROOT).as_posix())
    before = Path.cwd()
    os.chdir(folder)
    try:
        for block in blocks(path.read_text(encoding="utf-8")):
            reader.follow(block)
    finally:
        os.chdir(before)
    return reader
