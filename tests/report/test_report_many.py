"""A report of a centre with many contact types stays an answer: few lines, goals in one picture, tables folded."""

from __future__ import annotations

import re

import pytest

import simkpi
from simkpi.experiment.compare import compare
from simkpi.experiment.provenance import in_words
from simkpi.experiment.verdicts import verdicts
from simkpi.planning.crosscheck_gap import explain
from simkpi.report.day_drawing import day_drawing
from simkpi.report.html.answer import run_answer
from simkpi.report.html.content import Picture, Plot, Table
from simkpi.report.html.run import Material, run_report
from tests.experiment.small_world import SHORT, small

NAMES = [f"queue {number}" for number in range(8)]


@pytest.fixture(scope="module")
def result():
    voice = {**SHORT["contacts"]["voice"], "volume": {"interval": "1h", "from": "08:00", "expected": [30, 30, 30, 30]}}
    team = {"skills": NAMES, "staffing": {"interval": "1h", "from": "08:00", "count": [12, 40, 12, 40]}}
    scenario = small(
        contacts=dict.fromkeys(NAMES, voice),
        teams={"all": team},
        bots={},
        targets={name: {"service_level": "99% in 20s"} for name in NAMES},
    )
    return simkpi.simulate(scenario, replications=3)


def test_the_answer_names_a_few_targets_and_counts_the_others(result) -> None:
    judged = verdicts(result)
    assert sum(one.verdict == "missed" for one in judged) == len(NAMES)
    answer = run_answer(result, judged, day_drawing(result)[0], None, length=1800.0, lang="en")
    named = [line for line in answer.lines if "goal at least 99% in 20s: missed." in line]
    assert len(named) == 4
    assert "4 more targets are not met for sure: see the table." in answer.lines


def test_a_goal_that_is_missed_again_and_again_names_a_few_times(result) -> None:
    judged = verdicts(result)[:1]
    day = day_drawing(result, interval=300.0)[0]
    every_other = day.with_columns(high=1.0 * (day["interval"] // 300 % 2))
    answer = run_answer(result, judged, every_other, None, length=300.0, lang="en")
    (line,) = (line for line in answer.lines if "misses its goal" in line)
    assert len(re.findall(r"\d\d:\d\d to \d\d:\d\d", line)) == 3
    assert re.search(r"\d+ more times\.$", line)


def test_goals_stand_in_one_picture_and_curves_say_whom_they_leave_out(result) -> None:
    day = next(section for section in run_report(Material(result)).sections if section.name == "day")
    (picture,) = (block for block in day.blocks if isinstance(block, Picture))
    assert all(name in picture.svg for name in NAMES)
    curves = next(block for block in day.blocks if isinstance(block, Plot))
    assert curves.note == "6 of 8 contact types: those with the most contacts."


def test_a_few_goals_need_no_picture() -> None:
    few = simkpi.simulate(small(), replications=2)
    day = next(section for section in run_report(Material(few)).sections if section.name == "day")
    assert not any(isinstance(block, Picture) for block in day.blocks)


def test_tables_of_the_formulas_gap_are_folded_where_they_are_many(result) -> None:
    few = simkpi.simulate(small(), replications=2)
    gap = explain(few.scenario, replications=2)
    for times, is_folded in ((1, False), (3, True)):
        formula = next(section for section in run_report(Material(few, gap=gap * times)).sections if section.name == "formula")
        assert {block.is_folded for block in formula.blocks if isinstance(block, Table)} == {is_folded}


def test_a_comparison_says_whose_figures_stand_alone() -> None:
    pair = compare(small(), small(bots={}), names=("with bot", "without"), replications=2)
    base = simkpi.simulate(small(), replications=2)
    sections = {section.name: section for section in run_report(Material(base, pair)).sections}
    assert sections["targets"].lines[0] == "Of with bot; the others stand under 'Scenarios side by side'."
    assert "Of with bot" not in " ".join(sections["comparison"].lines)


def test_where_it_comes_from_is_written_without_brackets() -> None:
    stated = in_words(simkpi.simulate(small(), replications=1).provenance)
    assert not re.search(r"[{}\[\]]", stated["environment"])
    assert re.search(r"numpy \d", stated["environment"])
