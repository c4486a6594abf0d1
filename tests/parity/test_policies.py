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
        lambda idle_since: -idle_since,
        lambda load, now: (load * BUSY - now,),
        lambda skill, load: (skill, -load),
        lambda now, load, idle_since: (min(load, 500_000), (now - idle_since) // 7_000 % 3, -idle_since),
        lambda idle_since, now: now - idle_since > 60_000,
        lambda free_slots, busy_time, level, duty_time: (free_slots % 2, busy_time // 1000 - level, duty_time % 7),
    ],
    ids=["one number", "a tuple of one", "two", "three", "a flag", "the others"],
)
def test_ranking_functions_of_plain_arithmetic_are_compiled_and_agree(rank: Callable[..., Any]) -> None:
    assert differences(*day(own(rank))) == {}


def test_a_ranking_of_contacts_is_compiled_and_agrees() -> None:
    def last_come(queued_at: int, priority: int, now: int) -> tuple[int, int]:
        return -priority, -queued_at if now - queued_at < 60_000 else queued_at

    def by_all(  # noqa: PLR0917 - a policy asks for its numbers by name: here every one there is
        waiting: int, due_at: int, rise: int, level: int, skill: int, queue_weight: int, target_wait: int
    ) -> tuple[int, int]:
        return waiting % 3, due_at // (level + rise) + skill + queue_weight + target_wait

    for rank in (last_come, by_all):
        assert differences(*day(contacts=own(None, contacts=rank))) == {}


def test_two_policies_of_the_users_own_are_told_apart() -> None:
    numbers, rows = day()
    two = own(lambda idle_since: -idle_since), own(lambda load, idle_since: (load, -idle_since))
    assert differences(replace(numbers, agent_policy=two), rows) == {}


@pytest.mark.parametrize(
    ("rank", "reason"),
    [
        (lambda load: load / 2, "whole number"),
        (lambda now: (1, 2, 3, 4), "up to 3"),
        (lambda idle_since: f"{idle_since}", "whole number"),
        (lambda idle_since: sys.getsizeof(idle_since) + 1, "getsizeof"),
    ],
)
def test_other_functions_are_refused_by_name(rank: Callable[..., Any], reason: str) -> None:
    with pytest.raises(InputError, match=rf"engine=\"compiled\": user-defined policy 'mine' can not be compiled: .*{reason}"):
        simulate(*day(own(rank)))


def test_auto_says_so_and_runs_the_reference_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "first letter of the id, in words"
    if name not in POLICIES:
        POLICIES.add(name, Policy(name, lambda idle_since: int(str(len({idle_since}))), None, "test"))
    monkeypatch.setattr(entry, "WORTH_COMPILED", 0)
    world = scenario({"phone": {"count": 2}}, agent=name)
    with pytest.warns(UserWarning, match="can not be compiled.*running the reference engine instead"):
        log = entry.run(world, demand(world, [Row(0), Row(1)]))
    assert log.engine == "reference"
    with pytest.raises(InputError, match="can not be compiled"):
        entry.run(world, demand(world, [Row(0)]), "compiled")
