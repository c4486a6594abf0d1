"""A policy's name is checked where a scenario is read by a command; a policy's code names the results that rest on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import simkpi
from simkpi.engine.routing.fingerprint import fingerprint
from simkpi.engine.routing.policy import POLICIES, Policy, load_policies, policy
from simkpi.engine.routing_names import check_policies
from simkpi.errors import ScenarioError
from simkpi.experiment.cells import Subject
from simkpi.experiment.scores import Scoring
from simkpi.scenario.files import load

TEXT = """simkpi: 1
contacts: {voice: {volume: 40 per day, handle: 5m}}
teams: {phone: {skills: [voice], count: 3}}
routing:
"""


def problems(folder: Path, *lines: str) -> list[str]:
    path = folder / "my.yaml"
    path.write_text(TEXT + "".join(f"  {line}\n" for line in lines), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(path, checks=[check_policies])
    return [str(problem) for problem in caught.value.problems]


class TestNames:
    def test_an_unknown_policy_is_told_with_its_line_and_the_nearest_name(self, tmp_path: Path) -> None:
        path = tmp_path / "my.yaml"
        assert problems(tmp_path, "contact: priorty", "agent: longest idel") == [
            f"{path}:5: routing.contact: unknown routing policy 'priorty'; did you mean 'priority'?",
            f"{path}:6: routing.agent: unknown routing policy 'longest idel'; did you mean 'longest_idle'?",
        ]

    def test_a_policy_of_the_other_side_is_told_too(self, tmp_path: Path) -> None:
        (said,) = problems(tmp_path, "agent: longest_queue")
        assert "my.yaml:5: routing.agent: 'longest_queue' ranks waiting contacts, not agents; known: " in said
        assert "longest_idle" in said
        assert "longest_queue" not in said.split("known: ")[1]

    def test_it_is_one_of_all_the_problems_of_a_file(self, tmp_path: Path) -> None:
        assert len(problems(tmp_path, "contact: priorty", "wrong: 1")) == 2

    def test_in_python_a_policy_may_be_registered_after_the_scenario_is_loaded(self, tmp_path: Path) -> None:
        problems(tmp_path, "contact: of_tomorrow")
        assert simkpi.load(tmp_path / "my.yaml").spec.routing.contact == "of_tomorrow"

    @pytest.mark.parametrize("name", sorted(load_policies()))
    def test_each_shipped_policy_is_known_as_written_by_hand(self, name: str, tmp_path: Path) -> None:
        member = load_policies().get(name)
        field = "agent" if member.rank_agent else "contact"
        (tmp_path / "my.yaml").write_text(f"{TEXT}  {field}: {name.replace('_', ' ').title()}\n", encoding="utf-8")
        assert load(tmp_path / "my.yaml", checks=[check_policies])


@pytest.fixture
def mine() -> Iterator[Any]:
    def register(ranking: Any) -> None:
        policy("mine", rank_contact=ranking)

    yield register
    if "mine" in POLICIES:
        register(lambda queued_at: queued_at)


def keys(contact: str) -> set[str]:
    data = {"simkpi": 1, "contacts": {"voice": {"volume": "40 per day", "handle": "5m"}}}
    data |= {"teams": {"phone": {"skills": ["voice"], "count": 3}}, "routing": {"contact": contact}}
    return {cell.key for cell in Subject(load(data), 1, Scoring(("asa",))).cells(20)}


class TestFingerprint:
    def test_cells_of_a_policy_whose_code_changes_are_computed_again(self, mine: Any) -> None:
        mine(lambda queued_at, now: now - queued_at)
        first = keys("mine")
        mine(lambda queued_at, now: now - queued_at + 1)
        second = keys("mine")
        mine(lambda queued_at: queued_at)
        assert not first & second
        assert not first & keys("mine")

    def test_the_customers_are_the_same_whatever_the_code(self, mine: Any) -> None:
        mine(lambda queued_at: queued_at)
        data = {"simkpi": 1, "contacts": {"voice": {"volume": "40 per day", "handle": "5m"}}}
        data |= {"teams": {"phone": {"skills": ["voice"], "count": 3}}, "routing": {"contact": "mine"}}
        before = Subject(load(data), 1, Scoring(("asa",)))
        drawn, digest = before.drawn, before.digest
        mine(lambda queued_at, now: now - queued_at)
        after = Subject(load(data), 1, Scoring(("asa",)))
        assert (after.drawn == drawn, after.digest == digest) == (True, False)

    def test_shipped_policies_leave_the_key_as_it_is(self) -> None:
        assert keys("priority") != keys("longest_queue")
        subject = Subject(load({"simkpi": 1, "contacts": {"voice": {"volume": "40 per day", "handle": "5m"}},
                                "teams": {"phone": {"skills": ["voice"], "count": 3}}}), 1, Scoring(("asa",)))  # fmt: skip
        assert "own_policies" not in subject.content

    def test_what_a_ranking_goes_by_outside_itself_counts(self) -> None:
        def one(limit: Any, helper: Any) -> str:
            return fingerprint(Policy("mine", None, lambda queued_at: (helper(queued_at) < limit, queued_at), "an example"))

        def double(number: int) -> int:
            return 2 * number

        def triple(number: int) -> int:
            return 3 * number

        assert one(10, double) == one(10, double)
        assert len({one(10, double), one(20, double), one(10, triple), one((10,), double), one({"a": 1}, double)}) == 5

    def test_a_function_typed_at_a_prompt_is_known_by_what_it_compiles_to(self) -> None:
        def typed(text: str) -> str:
            return fingerprint(Policy("mine", None, eval(text), "a prompt"))

        assert typed("lambda queued_at: queued_at") == typed("lambda queued_at: queued_at")
        assert typed("lambda queued_at: queued_at") != typed("lambda queued_at: -queued_at")
        assert typed("lambda queued_at: queued_at + 1") != typed("lambda queued_at: queued_at + 2")
