"""Ranking functions of the routing policies, compiled: the shipped ones as part of the engine, a user's own by address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from numba import cfunc, types
from numba.core.errors import NumbaError

from simkpi.engine.compiled.jit import as_tuple, call_rank, compiled, compiled_guest, picked, three
from simkpi.engine.routing.policy import AGENT_NUMBERS, CONTACT_NUMBERS, SHIPPED, Policy, load_policies, numbers_of
from simkpi.errors import InputError

#: Code of a policy that is called by its address.
OWN = -1
#: Parts of a rank; shorter ranks are filled up with zeros, which changes no order.
PARTS = 3

Ranking = Callable[..., Any]
Rank = tuple[int, int, int]
#: All numbers of a side, in the order of AGENT_NUMBERS and of CONTACT_NUMBERS.
Measures = tuple[int, ...]


class Code(NamedTuple):
    """What stands for a ranking in the tables: the number of a shipped one, or OWN and an address."""

    number: int
    address: int


def _pick(function: Ranking, known: dict[str, str]) -> Callable[[Measures], Measures]:
    """Return a compiled function of all numbers -> those that a ranking asks for."""
    asked = numbers_of(function, known, function.__name__)
    return picked(tuple(list(known).index(name) for name in asked))


# --- the shipped ones ---------------------------------------------------------------------------------------------------


def _none(number: int, given: Measures) -> Rank:
    return 0, 0, 0


def _either(number: int, first: Ranking, pick: Callable[[Measures], Measures], others: Ranking) -> Ranking:
    return compiled(lambda chosen, given: three(first(*pick(given))) if chosen == number else others(chosen, given))


def _table(functions: list[Ranking], known: dict[str, str]) -> Ranking:
    """Return a compiled function of (number, numbers) that ranks by the function of that number."""
    table = compiled(_none)
    for number, function in enumerate(functions):
        table = _either(number, compiled(function), _pick(function, known), table)
    return table


def _shipped(attribute: str) -> list[Ranking]:
    functions = [getattr(policy, attribute) for _, policy in sorted(load_policies().items())]
    return [each for each in functions if each is not None and each.__module__.startswith(SHIPPED)]


_AGENT, _CONTACT = _shipped("rank_agent"), _shipped("rank_contact")
_shipped_agent, _shipped_contact = _table(_AGENT, AGENT_NUMBERS), _table(_CONTACT, CONTACT_NUMBERS)


@compiled
def rank_agent(number: int, address: int, measures: Measures) -> Rank:
    """Rank a free agent by the policy of that number or address; *measures* are those of AGENT_NUMBERS."""
    if number == OWN:
        return call_rank(address, 0, measures), call_rank(address, 1, measures), call_rank(address, 2, measures)
    return _shipped_agent(number, measures)  # type: ignore[no-any-return]


@compiled
def rank_contact(number: int, address: int, measures: Measures) -> Rank:
    """Rank a waiting contact by the policy of that number or address; *measures* are those of CONTACT_NUMBERS."""
    if number == OWN:
        return call_rank(address, 0, measures), call_rank(address, 1, measures), call_rank(address, 2, measures)
    return _shipped_contact(number, measures)  # type: ignore[no-any-return]


@compiled
def precedes(rank: Rank, ident: int, other: Rank, other_ident: int) -> bool:
    """Whether *rank* is lower than *other*; ties by id."""
    if rank[0] != other[0]:
        return rank[0] < other[0]
    if rank[1] != other[1]:
        return rank[1] < other[1]
    if rank[2] != other[2]:
        return rank[2] < other[2]
    return ident < other_ident


# --- a user's own -------------------------------------------------------------------------------------------------------

#: C functions by Python function: they must live as long as their address is in use.
_own: dict[Ranking, Any] = {}


def agent_code(policy: Policy, function: Ranking) -> Code:
    """Return what stands for a policy's ranking of agents.

    Raises
    ------
    InputError
        If it is a user's own function that can not be compiled.
    """
    return Code(_AGENT.index(function), 0) if function in _AGENT else Code(OWN, _address(policy, function, AGENT_NUMBERS))


def contact_code(policy: Policy, function: Ranking) -> Code:
    """Return what stands for a policy's ranking of contacts (raises as :func:`agent_code`)."""
    return Code(_CONTACT.index(function), 0) if function in _CONTACT else Code(OWN, _address(policy, function, CONTACT_NUMBERS))


def _address(policy: Policy, function: Ranking, known: dict[str, str]) -> int:
    numbers_of(function, known, policy.name)
    if function not in _own:
        try:
            _own[function] = _c_function(function, known)
        except (NumbaError, TypeError, NotImplementedError) as error:
            lines = (line.strip() for line in str(error).splitlines())
            reason = next((line for line in lines if line and not line.startswith("Failed in nopython")), type(error).__name__)
            raise InputError(f"engine=\"compiled\": user-defined policy '{policy.name}' can not be compiled: {reason}") from None
    return int(_own[function].address)


def _c_function(function: Ranking, known: dict[str, str]) -> Any:
    """Compile a ranking into a C function of (part, address of all numbers): C has no tuples to return."""
    n_asked = len(numbers_of(function, known, function.__name__))
    rank: Any = compiled_guest(function)
    result = rank.get_call_template((types.int64,) * n_asked, {})[0].cases[0].return_type
    kinds = tuple(result) if isinstance(result, types.BaseTuple) else (result,)
    if not all(isinstance(kind, types.Integer | types.Boolean) for kind in kinds) or len(kinds) > PARTS:
        raise TypeError(f"a rank is a whole number or up to {PARTS} of them, got {result}")
    pick, tupled = _pick(function, known), as_tuple(len(known))
    ranked: Ranking = compiled(lambda given: three(rank(*pick(given))))
    return cfunc(types.int64(types.int64, types.CPointer(types.int64)))(lambda part, numbers: ranked(tupled(numbers))[part])
