"""What a screen reader needs of the report, read from the page itself: it is checked where there is no browser too."""

from __future__ import annotations

import itertools
from collections import Counter
from html.parser import HTMLParser

import pytest

from tests.report.test_report import page

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


class Reader(HTMLParser):
    """Lists the elements of a page, each with its attributes and those around it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), tuple(self.open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def of(self, *tags: str) -> list[tuple[dict[str, str | None], tuple[str, ...]]]:
        return [(given, around) for tag, given, around in self.elements if tag in tags]


@pytest.fixture(scope="module", params=["en", "fr"])
def read(request: pytest.FixtureRequest) -> Reader:
    return Reader(page(request.param))


def test_every_element_is_closed_and_no_id_is_given_twice(read: Reader) -> None:
    assert read.open == []
    ids = Counter(given["id"] for _, given, _ in read.elements if given.get("id"))
    assert [name for name, times in ids.items() if times > 1] == []


def test_the_page_names_its_language_its_title_and_its_main_part(read: Reader) -> None:
    assert read.of("html")[0][0]["lang"] in ("en", "fr")
    assert len(read.of("title")) == len(read.of("main")) == len(read.of("h1")) == 1


def test_headings_skip_no_level(read: Reader) -> None:
    levels = [int(tag[1]) for tag, _, _ in read.elements if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_field_has_a_label(read: Reader) -> None:
    labelled = {given.get("for") for given, _ in read.of("label")}
    for given, around in read.of("input", "select", "textarea"):
        assert "label" in around or given.get("aria-label") or given.get("aria-labelledby") or given.get("id") in labelled, given


def test_every_drawing_says_what_it_shows(read: Reader) -> None:
    for given, around in read.of("svg", "img"):
        told = given.get("aria-label") or given.get("aria-labelledby") or given.get("alt")
        assert told or given.get("aria-hidden") == "true" or "figure" in around, given


def test_column_heads_are_heads(read: Reader) -> None:
    tables = read.of("table")
    assert tables
    for given, around in read.of("th"):
        assert "thead" not in around or given.get("scope") == "col", given
