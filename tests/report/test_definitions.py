"""Definitions read well in both languages, and name only what plays a part."""

from __future__ import annotations

import pytest

from simkpi.kpi.measure import KPIS
from simkpi.report.definitions import PHRASES, REASONS, definition_words, reason_words
from simkpi.report.words import french


def test_every_phrase_and_reason_has_its_french() -> None:
    assert {*PHRASES.values(), *(text for _, text in REASONS)} <= french().keys()


@pytest.mark.parametrize("name", list(KPIS))
def test_the_default_definition_of_every_kpi_is_all_words(name: str) -> None:
    kpi = KPIS.get(name)
    stated = kpi.definition(kpi.parameters)
    assert "=" not in definition_words(stated), stated


def test_a_limit_is_named_only_by_the_variant_that_uses_it() -> None:
    kpi = KPIS.get("abandon_rate")
    assert kpi.definition(kpi.read({})) == "abandon_rate=offered"
    assert kpi.definition(kpi.read({"abandon_rate": "excl_short"})) == "abandon_rate=excl_short, short_abandon=5s"


def test_why_something_is_unavailable_is_said_in_french_too() -> None:
    assert reason_words("needs column case_id, bot_outcome", "fr") == "demande la colonne case_id, bot_outcome"
    assert reason_words("a score of csat is 9", "fr") == "a score of csat is 9"
