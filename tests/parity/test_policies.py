"""A user's own routing policy: compiled where it can be, else refused, or run by the reference engine under ``auto``."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simkpi.engine import run as entry
from simkpi.engine.compiled.kernel import simulate
from simkpi.engine.plan import Plan, plan
from simkpi.engine.reference.simulation import simulate as reference
from simkpi.engine.routing.policy import POLICIES, Policy, policy
from simkpi.errors import InputError, SimkpiError
from simkpi.experiment.unlogged import simulate_kpis
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


def test_a_message_says_where_the_function_is_written_and_has_no_colors() -> None:
    def imports(load: int) -> int:
        import math

        return math.floor(load)

    with pytest.raises(InputError, match=r"can not be compiled: Use of unsupported.*\(.*test_policies\.py:\d+\)$") as raised:
        simulate(*day(own(imports)))
    assert "\x1b" not in str(raised.value)


def divides(load: int) -> int:
    return 1000 // load


def too_far(level: int) -> int:
    return (1, 2)[level + load_of_nobody]


load_of_nobody = 1


@pytest.mark.parametrize(("rank", "error"), [(divides, "load=0 fails: ZeroDivision"), (too_far, "level=1 fails: IndexError")])
@pytest.mark.parametrize("engine", ["reference", "compiled"])
def test_a_ranking_that_fails_is_named_with_file_and_line_by_both_engines(
    rank: Callable[..., Any], error: str, engine: str
) -> None:
    name = f"fails: {rank.__name__}"
    policy(name, rank)
    world = scenario({"phone": {"count": 2}}, agent=name)
    with pytest.raises(InputError, match=rf"test_policies\.py:\d+: policy '{name}': its ranking of {error}"):
        entry.run(world, demand(world, [Row(0), Row(1)]), engine)


def test_a_ranking_that_has_failed_elsewhere_may_go_on_where_it_does_not() -> None:
    policy("divides", lambda now: 10**9 // (now - 5000))
    world = scenario({"phone": {"count": 2}}, agent="divides")
    with pytest.raises(InputError, match="now=5000 fails: ZeroDivisionError"):
        entry.run_many([world, world], demand(world, [Row(5), Row(6)]), "compiled")
    assert entry.run(world, demand(world, [Row(6)]), "compiled").answered.tolist() == [6000]


def test_pieces_of_a_long_horizon_do_not_hide_a_ranking_that_fails() -> None:
    policy("never twice", lambda idle_since: 1 // (idle_since * 0))
    short = {
        "contacts": {"voice": {"volume": "90 per day", "handle": "9m"}},
        "teams": {"phone": {"skills": ["voice"], "count": 3}},
    }
    with pytest.raises(SimkpiError, match="idle_since=0 fails"):
        simulate_kpis({"simkpi": 1, **short, "routing": {"agent": "never twice"}}, replications=1, engine="compiled")


@pytest.mark.parametrize(
    ("rank", "returned"),
    [
        (lambda load: float("nan"), "nan"),
        (lambda load: None, "None"),
        (lambda load: "first", "'first'"),
        (lambda load: (1, 2, 3, 4), r"\(1, 2, 3, 4\)"),
        (lambda load: (), r"\(\)"),
        (lambda load: [load], r"\[0\]"),
        (lambda load: 1 << 63, "9223372036854775808"),
    ],
)
def test_ranks_that_are_no_whole_numbers_are_refused_by_the_reference_engine_too(rank: Callable[..., Any], returned: str) -> None:
    with pytest.raises(InputError, match=rf"policy 'mine': its ranking of load=0 returns {returned}, no whole number of 64 bits"):
        reference(*day(own(rank)))


def test_ranks_of_different_length_are_filled_up_with_zeros() -> None:
    # in Python (0,) is less than (0, 0): here they are equal, and the lower id wins
    rows = [Row(0, talk=10), Row(20)]
    unequal = own(lambda busy_time: (0,) if busy_time == 0 else (0, 0))
    world = scenario({"phone": {"count": 2}})
    numbers = replace(plan(world), agent_policy=(unequal,))
    assert reference(numbers, demand(world, rows)).agent.tolist() == [0, 0]


@pytest.mark.parametrize("module", [random, time, np], ids=["random", "time", "numpy.random"])
def test_a_ranking_by_chance_or_by_the_clock_is_refused(module: Any) -> None:
    rank = {
        random: lambda load: random.randint(0, load),
        time: lambda load: int(time.time()),
        np: lambda load: -np.random.randint(load),  # noqa: NPY002 - what a user may write
    }[module]
    with pytest.raises(InputError, match=r"test_policies\.py:\d+: policy 'dice': its ranking uses .* only go by its numbers"):
        policy("dice", rank)


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
