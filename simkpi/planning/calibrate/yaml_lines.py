"""Lines of a YAML file with comments beside its figures: laws, rows of profiles, names."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from simkpi.planning.calibrate.times import LawFit

_WIDTH = 130
#: Words that YAML 1.1 readers take for something else than text.
_RESERVED = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


def law_lines(name: str, fit: LawFit, indent: int, what: str) -> Iterator[str]:
    """Write a fitted law under the field *name*, with what it rests on above it."""
    figures = f"mean {fit.mean:.1f} s ± {fit.mean_error:.1f}, cv {fit.cv:.2f} ± {fit.cv_error:.2f}, n={fit.observations}"
    shown = f"{what}: {figures}; {fit.why}"
    yield from comment(shown, indent=indent)
    yield from block(name, fit.law, indent)


def block(field: str, law: dict[str, Any], indent: int) -> Iterator[str]:
    """Write a law on one line, or its lists wrapped below one another."""
    pad = " " * indent
    (kind, parameters), *_ = law.items()
    if not isinstance(parameters, dict) or not any(isinstance(value, list) for value in parameters.values()):
        inner = (
            parameters if not isinstance(parameters, dict) else "{" + ", ".join(f"{k}: {v}" for k, v in parameters.items()) + "}"
        )
        yield f"{pad}{field}: {{{kind}: {inner}}}"
        return
    yield f"{pad}{field}:"
    yield f"{pad}  {kind}:"
    for name, values in parameters.items():
        yield from list_lines(
            f"{pad}    {name}: ", [f"{value:g}" if isinstance(value, float) else str(value) for value in values]
        )


def row_lines(head: str, values: Sequence[str], remark: str) -> Iterator[str]:
    """Write one row of a profile under its remark."""
    yield from comment(remark, indent=8)
    yield from list_lines(f"        {head}", values)


def list_lines(head: str, values: Iterable[str]) -> Iterator[str]:
    """Write a list, wrapped below its own beginning."""
    text = head + "[" + ", ".join(values) + "]"
    inside = " " * (len(head) - len(head.lstrip()) + 2)
    yield from textwrap.wrap(
        text, _WIDTH, subsequent_indent=inside, drop_whitespace=True, break_on_hyphens=False, break_long_words=False
    )


def comment(text: str, *, indent: int = 0, hanging: int = 0) -> Iterator[str]:
    """Write comment lines, wrapped."""
    head = " " * indent + "# "
    for line in text.splitlines():
        yield from textwrap.wrap(
            line,
            _WIDTH,
            initial_indent=head,
            subsequent_indent=head + " " * hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )


def key(name: str) -> str:
    """Name as YAML: plain if nothing can misread it, else quoted."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) and name.lower() not in _RESERVED:
        return name
    return json.dumps(name, ensure_ascii=False)
