"""A user's own routing policy: compiled where it can be, else refused, or run by the reference engine under ``auto``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from simkpi.engine import run as entry
from simkpi.engine.compiled.kernel import simulate
from simkpi.engine.plan import Plan, plan
from simkpi.engine.routing.policy import POLICIES, Policy
from simkpi.errors import InputError
from tests.engine.engine_worlds import Row, demand, scenario
from tests.parity.parity import differences, in_whole, staffed
from tests.parity.test_parity import benchmark, thinned

BUSY = 3


def own(rank: Callable[..., Any] | None, *, contacts: Callable[..., Any] | None = None) -> Policy:
    return Policy("mine", rank, contacts, "test", longest_idle_first=False)


def day(agents: Policy | None = None, contacts: Policy | None = None) -> tuple[Plan, Any]:
    world, rows = benchmark(seed=4)
    numbers = staffed(plan(world), 0.3)
    if agents is not None:
        numbers = replace(numbers, agent_policy=(agents,) * 2)
    if contacts is not None:
        numbers = replace(numbers, contact_policy=contacts)
    return numbers, in_whole(1000, thinned(rows, 3))


@pytest.mark.parametrize(
    "rank",
    [
        lambda since, skill, load, now: -since,
        lambda since, skill, load, now: (load * BUSY - now,),
        lambda since, skill, load, now: (skill, -load),
        lambda since, skill, load, now: (min(load, 500_000), (now - since) // 7_000 % 3, -since),
        lambda since, skill, load, now: now - since > 60_000,
    ],
    ids=["one number", "a tuple of one", "two", "three", "a flag"],
)
def test_ranking_functions_of_plain_arithmetic_are_compiled_and_agree(rank: Callable[..., Any]) -> None:
    assert differences(*day(own(rank))) == {}


def test_a_ranking_of_contacts_is_compiled_and_agrees() -> None:
    def last_come(queued_at: int, priority: int, now: int) -> tuple[int, int]:
        return -priority, -queued_at if now - queued_at < 60_000 else queued_at

    assert differences(*day(contacts=own(None, contacts=last_come))) == {}


def test_two_policies_of_the_users_own_are_told_apart() -> None:
    numbers, rows = day()
    two = own(lambda since, skill, load, now: -since), own(lambda since, skill, load, now: (load, -since))
    assert differences(replace(numbers, agent_policy=two), rows) == {}


@pytest.mark.parametrize(
    ("rank", "reason"),
    [
        (lambda since, skill, load, now: load / 2, "whole number"),
        (lambda since, skill, load, now: (1, 2, 3, 4), "up to 3"),
        (lambda since, skill, load, now: str(since), "whole number"),
        (lambda since, skill, load, now: sys.getsizeof(since), "getsizeof"),
    ],
)
def test_other_functions_are_refused_by_name(rank: Callable[..., Any], reason: str) -> None:
    with pytest.raises(InputError, match=rf"engine=\"compiled\": user-defined policy 'mine' can not be compiled: .*{reason}"):
        simulate(*day(own(rank)))


def test_auto_says_so_and_runs_the_reference_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "first letter of the id, in words"
    if name not in POLICIES:
        POLICIES.add(name, Policy(name, lambda since, skill, load, now: int(str(len({since}))), None, "test"))
    monkeypatch.setattr(entry, "WORTH_COMPILED", 0)
    world = scenario({"phone": {"count": 2}}, agent=name)
    with pytest.warns(UserWarning, match="can not be compiled.*running the reference engine instead"):
        log = entry.run(world, demand(world, [Row(0), Row(1)]))
    assert log.engine == "reference"
    with pytest.raises(InputError, match="can not be compiled"):
        entry.run(world, demand(world, [Row(0)]), "compiled")
