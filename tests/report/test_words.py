from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from simkpi.experiment import verdicts
from simkpi.planning import dials
from simkpi.report import day_drawing
from simkpi.report.words import french, say

ROOT = Path(__file__).resolve().parents[2] / "simkpi"


def said() -> set[str]:
    """Every literal sentence that the code says or puts together as a Phrase."""
    found = set()
    for path in [*ROOT.glob("report/**/*.py"), *ROOT.glob("serve/*.py"), *ROOT.glob("cli/*.py"), *ROOT.glob("planning/**/*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for scope in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)] or [tree]:
            found |= sentences(scope)
    return found - {"", "Erlang A", "Erlang C", "at_least", "1 ", "{n} ", "s"}


def sentences(scope: ast.AST) -> set[str]:
    """Literals that are said in one function, directly or by way of a name that it gives them."""
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    named.setdefault(target.id, []).append(node.value)
    found = set()
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"say", "Phrase"} and node.args:
            first = node.args[0]
            texts = named.get(first.id, []) if isinstance(first, ast.Name) else [first]
            told = [text for text in texts if not isinstance(first, ast.Name) or _is_told(text)]
            parts = [part for text in told for choice in _choices(text) for part in ast.walk(choice)]
            found |= {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return {text for text in found if any(letter.isalpha() for letter in re.sub(r"{.*?}", "", text))}


def _is_told(value: ast.expr) -> bool:
    """Whether a name stands for one of a few literals, and is not put together out of them."""
    return all(isinstance(choice, ast.Constant) for choice in _choices(value))


def _choices(value: ast.expr) -> list[ast.expr]:
    """What an expression may be, its conditions left out."""
    return [*_choices(value.body), *_choices(value.orelse)] if isinstance(value, ast.IfExp) else [value]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_that_is_said_has_its_french_one() -> None:
    assert len(said()) > 30
    assert said() - set(french()) == set()


def test_what_dials_are_called_has_its_french_word() -> None:
    called = (dials.VOLUME, dials.HANDLE, dials.PATIENCE, dials.UNDERSTANDS, dials.CONTAINS, dials.AT_ONCE, dials.SHIFT)
    assert set(called) <= set(french())


def test_definitions_and_verdicts_have_theirs_too() -> None:
    assert set(day_drawing.SERVICE_LEVEL.values()) <= set(french())
    assert {verdicts.MET, verdicts.MISSED.upper(), verdicts.UNSURE, verdicts.UNKNOWN} <= set(french())


def test_both_languages_fill_the_same_fields() -> None:
    for english, translated in french().items():
        assert fields(english) == fields(translated), english


def test_a_sentence_without_translation_is_a_bug_and_not_silence() -> None:
    with pytest.raises(KeyError):
        say("Never translated", "fr")
