"""Parts of the page, laid out by the templates that the report uses: all text escaped."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment

from simkpi.report.html.content import Answer, Table
from simkpi.report.html.page import templates

_HOME = Path(__file__).parent


@cache
def environment() -> Environment:
    """Return the templates of the page, then those of reports."""
    return templates(_HOME)


def show_table(table: Table) -> str:
    """Lay out a table."""
    text: str = environment().get_template("table.html.j2").render(block=table)
    return text


def show_answer(answer: Answer) -> str:
    """Lay out an answer."""
    text: str = environment().get_template("answer.html.j2").render(answer=answer)
    return text
