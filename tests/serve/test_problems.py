"""What is wrong is said in the page's language, at its place, whatever the validator is called."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import simkpi.report.problem_words as module
from simkpi.errors import Problem, ScenarioError
from simkpi.planning.what_if import WhatIf
from simkpi.report.problem_words import in_language
from simkpi.scenario.books.paste import read_intervals
from simkpi.serve.desk import Desk
from simkpi.serve.problems import problems
from simkpi.serve.upload import uploaded
from simkpi.serve.wanted import Upload
from tests.experiment.small_world import small

FRENCH = json.loads(Path(module.__file__).with_name("problems_fr.json").read_text(encoding="utf-8"))
ENGLISH = re.compile(r"\b(must|the|got|write|is|has|needs|between|number|did you mean)\b")


@pytest.mark.parametrize(
    "turned",
    [
        {"volume:voice": "abc"},
        {"volume:voice": "-5%"},
        {"volume:voice": "0"},
        {"volume:voice": "nan"},
        {"handle:voice": "abc"},
        {"handle:voice": "5"},
        {"handle:voice": "10 apples"},
        {"contains:helper": "145%"},
        {"contains:helper": "45"},
        {"at_once:web:chat": "4.5"},
        {"at_once:web:chat": "0"},
        {"at_once:web:chat": "1000"},
    ],
)
def test_a_dial_turned_wrong_is_told_in_french(turned: dict[str, str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        Desk(small()).variant(WhatIf(dials=turned))
    (told,) = problems(caught.value, "fr")
    assert not ENGLISH.search(told["message"]), told
    assert told["at"] == next(iter(turned))


@pytest.mark.parametrize("goal", ["foo", "120% in 20s", "80%  in", "80 in 20s"])
def test_a_goal_that_is_none_is_told_in_french(goal: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Desk(small()).variant(WhatIf(goals={"voice": goal}))
    assert not ENGLISH.search(problems(caught.value, "fr")[0]["message"].replace(goal, ""))


def test_what_has_no_translation_stays_as_it_is() -> None:
    assert in_language("something new is wrong", "fr") == "something new is wrong"
    assert in_language("must be a number, got 'ten'", "en") == "must be a number, got 'ten'"


def test_the_more_particular_message_wins() -> None:
    assert in_language("must be a whole number, got ''", "fr") == "est vide ; écrire 0 pour aucun"
    assert "reçu 4,5" in in_language("must be a whole number, got 4.5", "fr")


def test_translations_fill_the_same_fields() -> None:
    for english, french in FRENCH.items():
        assert set(re.findall(r"\{(\w+)\}", french)) <= set(re.findall(r"\{(\w+)\}", english)), english


PASTES = {
    "": "holds no table",
    "08:00\t5\n08:30\t6\n": "From, and contact types or teams (voice, chat, phone, web); it holds '08:00', '5'",
    "5\n6\n": "it holds '5'",
    "From\tvoyce\n08:00\t5\n08:30\t6\n": "is no contact type or team of this plan, got 'voyce'; did you mean 'voice'?",
    "From\n08:00\n08:30\n": "write one called as a contact type or team: voice, chat, phone, web",
    "From\tvoice\n08:00\t5\n08:30\tmany\n": "Column voice, value 2: must be a number, got 'many'",
    "From\tphone\n08:00\t-1\n09:00\t6\n": "Column phone, value 1: must not be negative",
    "From\tvoice\tchat\n08:00\t5\n08:30\t6\t7\n": "table!C2: is empty; write 0 for none",
}


@pytest.mark.parametrize("text", PASTES)
def test_a_paste_that_can_not_be_read_says_what_and_where(text: str) -> None:
    told = uploaded(Desk(small()), Upload(text, "", WhatIf(), "en"))
    assert told["kind"] == "problems"
    assert PASTES[text] in told["problems"][0]["message"]
    french = uploaded(Desk(small()), Upload(text, "", WhatIf(), "fr"))
    assert not ENGLISH.search(french["problems"][0]["message"])


def test_a_header_in_any_letters_is_a_header() -> None:
    found = read_intervals("De;مرحبا\n8h;1\n8h30;2\n", contacts=["مرحبا"], teams=[], calendar=(None, 1))
    assert list(found) == ["contacts.مرحبا.volume"]


def test_a_cell_leads_its_message() -> None:
    error = ScenarioError(Problem("is empty; write 0 for none", "", "", 1, "Staff!C4"))
    assert problems(error) == [{"at": "", "message": "Staff!C4: is empty; write 0 for none"}]
    assert problems(error, "fr")[0]["message"] == "Staff!C4 : est vide ; écrire 0 pour aucun"
