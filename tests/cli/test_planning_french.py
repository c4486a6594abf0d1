from __future__ import annotations

import json
from pathlib import Path

import pytest

from simkpi.planning.goals import Goal
from simkpi.report.goal_words import goal_words
from tests.cli.running import simkpi
from tests.planning.planning_worlds import voice

LIBRARY = """
shifts:
  early: {start: 09:00-10:00, every: 30m, length: 1h}
  long: {start: 09:00, length: 2h}
"""
#: Words of the English tables and sentences.
ENGLISH = (
    "target",
    "recommended",
    "with the plan",
    "simulated",
    "Answer:",
    "Shown with",
    "Optimality gap",
    "without:",
    "The formula looks",
)


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    file = tmp_path / "appels.yaml"
    file.write_text(json.dumps({**voice().short, "name": "Deux heures d'appels", "locale": "fr"}), encoding="utf-8")
    (tmp_path / "vacations.yml").write_text(LIBRARY, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        ("staff", ("--alpha", "5%"), "Démontré avec une confiance de 95\u202f%"),
        ("crosscheck", ("--formula", "c"), "La formule paraît moins bonne que la simulation"),
        ("goalseek", ("--vary", "contacts.voice.volume.scale", "--target", "service_level>=80%", "-n", "4"), "Réponse : "),
        ("shifts", ("--library", "vacations.yml", "--need", "formula"), "Couverture la moins chère du besoin par formule"),
    ],
)
def test_a_french_scenario_is_answered_in_french(
    scenario: str, command: str, options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(Path(scenario).parent / one) if one.endswith(".yml") else one for one in options]
    done = simkpi(capsys, command, scenario, *given)
    assert done.code == 0, done.err
    assert said in done.out
    for word in ENGLISH:
        assert word not in done.out
    assert any(word in simkpi(capsys, command, scenario, *given, "--lang", "en").out for word in ENGLISH)


def test_a_goal_is_written_in_words() -> None:
    goal = Goal("all", "asa", 30.0, "at_most")
    assert goal_words(goal) == "all asa at most 30s"
    assert goal_words(goal, "fr").startswith("tous : ")
