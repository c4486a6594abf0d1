"""Translated functions give what Python gives: the same functions are run by Python and as machine code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simkpi.engine.compiled import native
from simkpi.engine.compiled.expressions import Untranslatable
from simkpi.engine.compiled.jit import (
    Instruction,
    Variant,
    address_of,
    apart,
    bytes_,
    compiled,
    ints,
    layout,
    longs,
    lowest_bit,
    rare,
    records,
    shorts,
)
from simkpi.engine.compiled.llvm import pointer
from simkpi.engine.compiled.translate import module_text

SEVEN, IS_ON = 7, True
Six = tuple[int, int, int, int, int, int]


class Pair:
    """Two numbers, and where others are."""

    first: int
    second: int
    column: int


pair_at = records(Pair)

# --- run by Python and compiled -----------------------------------------------------------------------------------------


@compiled
def arithmetic(a: int, b: int) -> Six:
    quotient = a // b
    quotient += 1
    return quotient - 1, a % b, (a ^ b) & ~SEVEN | (a << 3), a >> 2, -a * b - 5, abs(a) + min(a, b, 3) - max(a, 9)


@apart
def conditions(a: int, b: int) -> Six:
    both = a > 0 and b > 0
    either = not (a > b or not both)
    count = 0
    count += both
    chained = -3 <= a < b != 4
    return count, int(either), 1 if chained else -1, a if a else b, b if IS_ON and b & 1 else (2 if a == b else 3), int(a == b)


@rare
def loops(a: int, b: int) -> Six:
    total, place, number = 0, 0, -1
    while True:
        place += 1
        if place % 3 == 0:
            continue
        total += place * b
        if place > a % SEVEN:
            break
    for number in range(a % 5, SEVEN):
        if number == b:
            break
        for other in range(number):
            if other > 2:
                continue
            total += other
    if total > 0:
        pass
    elif total < -10:
        return total, 1, place, number, 0, 0
    else:
        place = first = total + 1
        place += first
    return total, 0, place, number, 0, 0


@compiled
def never_looked_at(a: int, b: int) -> Six:
    seen = a == 0 or 10 // a > b
    return int(seen), int(a != 0 and 10 % a == b), 0, 0, 0, 0


FUNCTIONS: list[Callable[[int, int], Six]] = [arithmetic, conditions, loops, never_looked_at]


@compiled
def write(results: int, row: int, found: Six) -> None:
    column = longs(results)
    column[row * 6], column[row * 6 + 1], column[row * 6 + 2] = found[0], found[1], found[2]
    column[row * 6 + 3], column[row * 6 + 4], column[row * 6 + 5] = found[3], found[4], found[5]


@compiled
def calculate(a: int, b: int, results: int) -> None:
    write(results, 0, arithmetic(a, b))
    write(results, 1, conditions(a, b))
    write(results, 2, loops(a, b))
    write(results, 3, never_looked_at(a, b))


@compiled
def change(pairs: int, count: int) -> None:
    for row in range(count):
        pair = pair_at(pairs, row)
        pair.first, pair.second = pair.second, pair.first
        pair.second *= 2
        wide, whole, half, small = longs(pair.column), ints(pair.column), shorts(pair.column), bytes_(pair.column)
        wide[0] = pair.first
        whole[2] = pair.first
        half[6] = pair.first + 1
        small[14] -= pair.first
        small[15] = pair.second > pair.first
        pair.first = pair.second = whole[2] + half[6] + small[14]


@compiled
def sum_of(pairs: int, row: int) -> int:
    return first_of(pairs, row) + pair_at(pairs, row).second


@compiled
def first_of(pairs: int, row: int) -> int:
    return pair_at(pairs, row).first


sum_with_seven = Variant("seven", sum_of, {"Pair.first": SEVEN})


@compiled
def add_up(pairs: int, results: int) -> None:
    longs(results)[0] = sum_of(pairs, 0)
    longs(results)[1] = sum_with_seven(pairs, 0)


change_with_seven = Variant("seven", change, {"Pair.first": SEVEN})


@compiled
def change_what_is_known(pairs: int) -> None:
    change_with_seven(pairs, 1)


@pytest.fixture(scope="module")
def calculated() -> Callable[..., None]:
    return native.load(native.machine_code(module_text(calculate)), "calculate", 3)


small = st.integers(-40, 40) | st.integers(-(1 << 30), 1 << 30)


@given(a=small, b=small.filter(bool))
@settings(derandomize=True, deadline=None)
def test_numbers_flags_and_loops_mean_what_python_means(calculated: Callable[..., None], a: int, b: int) -> None:
    found = np.zeros((len(FUNCTIONS), 6), np.int64)
    calculated(a, b, address_of(found))
    assert found.tolist() == [list(function(a, b)) for function in FUNCTIONS]


def test_a_division_by_zero_does_not_stop_the_process(calculated: Callable[..., None]) -> None:
    found = np.zeros((len(FUNCTIONS), 6), np.int64)
    calculated(5, 0, address_of(found))
    assert found[0, 5] == 5 + 0 - 9


def test_in_a_variant_fields_are_what_they_are_known_to_be_also_in_what_it_calls() -> None:
    run = native.load(native.machine_code(module_text(add_up)), "add_up", 2)
    pairs, found = np.array([(1, 2, 0)], layout(Pair)), np.zeros(2, np.int64)
    run(address_of(pairs), address_of(found))
    assert found.tolist() == [1 + 2, SEVEN + 2]


def test_what_is_known_beforehand_can_not_be_changed() -> None:
    with pytest.raises(Untranslatable, match=r"'pair\.first' is known beforehand and can not be changed"):
        module_text(change_what_is_known)


def test_rows_and_columns_are_read_and_written_at_their_size() -> None:
    numbers = np.zeros(16, np.int8)
    pairs = np.array([(5, -3, address_of(numbers)), (1, 300, address_of(numbers))], layout(Pair))
    changed = native.load(native.machine_code(module_text(change)), "change", 2)
    changed(address_of(pairs), 1)
    assert numbers.view(np.int64)[0] == -3
    assert numbers.view(np.int32)[2] == -3
    assert numbers.view(np.int16)[6] == -2
    assert numbers[14:].tolist() == [3, 1]  # 10 > -3
    assert pairs["first"].tolist() == [-3 - 2 + 3, 1]
    changed(address_of(pairs), 2)
    assert numbers.view(np.int16)[6] == 301
    assert numbers[14] == np.int64(3 + 2 - 300 + 256).astype(np.int8)  # cut off to eight bits


@compiled
def find_bits(given: int, count: int) -> None:
    column = longs(given)
    for place in range(count):
        column[place] = lowest_bit(column[place])


def test_the_lowest_bit_of_a_number_is_found() -> None:
    given = [1, 2, 12, 1 << 40, -1, -8, -(1 << 63)]
    numbers = np.array(given, np.int64)
    native.load(native.machine_code(module_text(find_bits)), "find_bits", 2)(address_of(numbers), len(numbers))
    assert numbers.tolist() == [(number & -number).bit_length() - 1 for number in given]


#: The sum of two numbers, times the first one; then the function at an address is called for two others.
summed = cast("Callable[[int, int], int]", Instruction("add i64 {0}, {1}\nmul i64 {a}, {0}"))
call_at = cast(
    "Callable[[int, int, int], int]",
    Instruction(f"inttoptr i64 {{0}} to {pointer('void (i64, i64)')}\ncall void {{a}}(i64 {{1}}, i64 {{2}})"),
)


@compiled
def sum_up(given: int, other: int) -> None:
    column = longs(given)
    column[0] = summed(column[1], column[2])
    call_at(other, given, 3)


def test_several_instructions_refer_to_one_another_and_another_module_can_be_called() -> None:
    numbers = np.array([0, 3, 4], np.int64)
    other = native.load(native.machine_code(module_text(find_bits)), "find_bits", 2)
    address = ctypes.cast(other, ctypes.c_void_p).value
    native.load(native.machine_code(module_text(sum_up)), "sum_up", 2)(address_of(numbers), address)
    assert numbers.tolist() == [0, 0, 2]  # lowest bits of 21, 3 and 4


@compiled
def add_columns(given: int, count: int) -> None:
    total, column = 0, longs(given)
    for place in range(count):
        total += column[place] & -(column[place] > 3)
    column[0] = total


@pytest.mark.parametrize("count", [1, 7, 64, 1001])
def test_loops_that_take_several_rows_at_a_time_give_what_python_gives(count: int) -> None:
    numbers = np.arange(count, dtype=np.int64) - 5
    expected = sum(number for number in numbers.tolist() if number > 3)
    code = native.machine_code(module_text(add_columns), in_lanes=True)
    native.load(code, "add_columns", 2)(address_of(numbers), count)
    assert numbers[0] == expected


# --- what is refused ----------------------------------------------------------------------------------------------------


@compiled
def with_text(number: int) -> None:
    name = "text"  # noqa: F841 - refused where it stands


@compiled
def with_an_unknown_name(number: int) -> None:
    number += np  # no number


@compiled
def with_a_strange_argument(number: float) -> None:
    pass


@compiled  # noqa: RET503 - refused for it
def without_return(number: int) -> int:
    if number > 0:
        return number


@compiled
def with_two_types(number: int) -> None:
    flag = number > 0
    flag = number  # noqa: F841 - refused: a flag it stays


@compiled
def with_a_keyword(number: int) -> None:
    longs(address=number)  # by position only


@compiled
def with_an_unknown_field(number: int) -> None:
    pair_at(number, 0).third = 1  # Pair has two


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (with_text, "''text'' has no translation"),
        (with_an_unknown_name, "'np' is neither a variable nor a whole number"),
        (with_a_strange_argument, "'<class 'float'>' is no type of compiled code"),
        (without_return, "is not followed by 'return'"),
        (with_two_types, "'flag' is i64, not i1"),
        (with_a_keyword, "has no translation"),
        (with_an_unknown_field, r"'pair_at\(number, 0\)\.third' is no field of a record"),
    ],
)
def test_what_has_no_translation_is_refused_with_its_place(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(Untranslatable, match=message) as refused:
        module_text(function)
    assert __name__ in str(refused.value)
