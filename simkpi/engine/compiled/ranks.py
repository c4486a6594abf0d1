"""Ranking functions of the routing policies, compiled: the shipped ones as part of the engine, a user's own by address."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from simkpi.engine.compiled.expressions import Expressions
from simkpi.engine.compiled.jit import compiled
from simkpi.engine.compiled.llvm import Value, pointer, tuple_of, whole
from simkpi.engine.own_policies import is_shipped, place_of
from simkpi.engine.routing.policy import AGENT_NUMBERS, CONTACT_NUMBERS, PARTS, Policy, load_policies, numbers_of
from simkpi.errors import InputError

if TYPE_CHECKING:
    from simkpi.engine.compiled.own_ranks import OwnRank

#: Code of a policy that is called by its address.
OWN = -1

Ranking = Callable[..., Any]
Rank = tuple[int, int, int]


class Code(NamedTuple):
    """What stands for a ranking in the tables: the number of a shipped one, or OWN and an address."""

    number: int
    address: int


class Rankings:
    """Compiled: (number, address, all numbers of a side in their order) -> rank by the policy of that number or address.

    Parameters
    ----------
    functions : list of callable
        The shipped rankings, by number.
    known : dict of str
        The numbers that a ranking may ask for.
    """

    def __init__(self, functions: list[Ranking], known: dict[str, str]) -> None:
        self.functions = functions
        self._places = [
            [list(known).index(name) for name in numbers_of(function, known, function.__name__)] for function in functions
        ]

    def __call__(self, number: int, address: int, measures: tuple[int, ...]) -> Rank:
        """Stand for the compiled ranking, for the type checker."""
        raise TypeError("only compiled code ranks by number")

    def translate(self, caller: Expressions, arguments: list[Value]) -> Value:
        """Write down the choice of the function, and its call."""
        code, (number, address, measures) = caller.code, arguments
        own, done = code.new("own"), code.new("done")
        cases = [code.new("case") for _ in self.functions]
        code.do(f"switch i64 {number.name}, label %{own} [{' '.join(f'i64 {n}, label %{c}' for n, c in enumerate(cases))}]")
        code.block = ""
        ways = []
        for case, function, places in zip(cases, self.functions, self._places, strict=True):
            code.begin(case)
            rank = caller.call(caller, function, [caller.part(measures, place) for place in places])
            parts = [caller.part(rank, place) for place in range(rank.type.count)] if rank.type.count else [rank]
            ways.append((caller.tuple_with([*parts, *[whole(0)] * (PARTS - len(parts))]), code.block))
            code.jump(done)
        code.begin(own)
        ways.append((self._by_address(caller, address, measures), code.block))
        code.begin(done)
        kind = tuple_of(PARTS)
        return Value(kind, code.get(f"phi {kind.text} " + ", ".join(f"[ {rank.name}, %{block} ]" for rank, block in ways)))

    @staticmethod
    def _by_address(caller: Expressions, address: Value, measures: Value) -> Value:
        """Call a C function of (part, address of all numbers) for each part: C has no tuples to return."""
        code, count, array = caller.code, measures.type.count, f"[{measures.type.count} x i64]"
        numbers = code.get(f"getelementptr {array}, {pointer(array)} {code.reserve(array)}, i64 0, i64 0")
        for place in range(count):
            to = code.get(f"getelementptr i64, {pointer('i64')} {numbers}, i64 {place}")
            code.store(caller.part(measures, place), to, "")
        kind = f"i64 (i64, {pointer('i64')})"
        function = code.get(f"inttoptr i64 {address.name} to {pointer(kind)}")
        calls = (code.get(f"call i64 {function}(i64 {part}, {pointer('i64')} {numbers})") for part in range(PARTS))
        return caller.tuple_with([Value(whole(0).type, name) for name in calls])


def _shipped(attribute: str) -> list[Ranking]:
    functions = [getattr(policy, attribute) for _, policy in sorted(load_policies().items())]
    return [each for each in functions if each is not None and is_shipped(each)]


_AGENT, _CONTACT = _shipped("rank_agent"), _shipped("rank_contact")
rank_agent, rank_contact = Rankings(_AGENT, AGENT_NUMBERS), Rankings(_CONTACT, CONTACT_NUMBERS)


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
_own: dict[Ranking, OwnRank] = {}
#: How Numba colours its messages.
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


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


def has_failed(policy: Policy) -> bool:
    """Whether a user's own ranking of *policy* has ever failed in compiled code (divided by zero, say); its rank is 0 then."""
    rankings = (policy.rank_agent, policy.rank_contact)
    return any(_own[ranking].has_failed for ranking in rankings if ranking is not None and ranking in _own)


def _address(policy: Policy, function: Ranking, known: dict[str, str]) -> int:
    asked = numbers_of(function, known, policy.name)
    if function not in _own:
        from simkpi.engine.compiled.own_ranks import own_rank

        try:
            _own[function] = own_rank(function, tuple(list(known).index(name) for name in asked), len(known))
        except Exception as error:  # whatever Numba may say of code that it does not understand
            raise InputError(f'engine="compiled": {_refusal(policy, function, error)}') from error
    return _own[function].address


def _refusal(policy: Policy, function: Ranking, error: Exception) -> str:
    """Say in one line why a ranking can not be compiled, and where it is written."""
    lines = (line.strip() for line in _COLOR.sub("", str(error)).splitlines())
    reason = next((line for line in lines if line and not line.startswith("Failed in nopython")), type(error).__name__)
    file, line = place_of(function)
    return f"user-defined policy '{policy.name}' can not be compiled: {reason}" + (f" ({file}:{line})" if line else "")
