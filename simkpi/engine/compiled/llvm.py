"""The text of LLVM's language for one function: types, values, blocks, and what may be assumed about memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from llvmlite import binding

from simkpi.engine.compiled.jit import Variant

#: Before LLVM 17 a pointer's type says what it points to.
_OPAQUE = binding.llvm_version_info[0] >= 17


def pointer(to: str = "i8") -> str:
    """Return the type of a pointer to a value of that type."""
    return "ptr" if _OPAQUE else f"{to}*"


@dataclass(frozen=True)
class Type:
    """What a value is.

    Parameters
    ----------
    text : str
        Its type in LLVM's language.
    record : type or None
        Of a table's row: the class that names its fields.
    bits : int
        Of a column: bits of each number.
    column : str
        Of a column: its name, by which accesses are told from those to other columns; empty = may be any.
    count : int
        Of a tuple of whole numbers: how many.
    """

    text: str
    record: type | None = None
    bits: int = 0
    column: str = ""
    count: int = 0


class Value(NamedTuple):
    """A value and its name in the text, or itself if it is a constant."""

    type: Type
    name: str


WHOLE, FLAG, NOTHING = Type("i64"), Type("i1"), Type("void")


def row_of(record: type) -> Type:
    """Return the type of a row of a table."""
    return Type(pointer(), record=record)


def column_of(bits: int, column: str = "") -> Type:
    """Return the type of a column of numbers."""
    return Type(pointer(f"i{bits}"), bits=bits, column=column)


def tuple_of(count: int) -> Type:
    """Return the type of a tuple of whole numbers."""
    return Type("{ " + ", ".join(["i64"] * count) + " }", count=count)


def whole(number: int) -> Value:
    """Return a constant."""
    return Value(WHOLE, str(number))


@dataclass
class Notes:
    """What LLVM is told about memory: two accesses with different names are never to the same place.

    The only exception are columns without a name, which may be any column.
    """

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> str:
        """Return what stands behind an access to the field or column of that *name*."""
        return f", !tbaa !{self.numbers.setdefault(name, 4 + 2 * len(self.numbers))}"

    #: What stands behind an access to a field that compiled code never changes.
    constant = ", !invariant.load !1"

    def text(self) -> str:
        """Return the notes that the accesses refer to."""
        lines = ['!0 = !{!"simkpi"}', "!1 = !{}", '!2 = !{!"column", !0, i64 0}', "!3 = !{!2, !2, i64 0}"]
        for name, number in self.numbers.items():
            parent = 2 if name.endswith("[]") else 0
            lines.append(f"!{number} = !{{!{number + 1}, !{number + 1}, i64 0}}")
            lines.append(f'!{number + 1} = !{{!"{name}", !{parent}, i64 0}}')
        return "\n".join(lines) + "\n"


class Code:
    """The text of one function under way: blocks of instructions, one after the other.

    Parameters
    ----------
    notes : Notes
        Shared by all functions of a module.
    stored : frozenset of str
        Names of the fields that compiled code changes.
    variant : Variant or None
        What the function is a part of, where some fields are known.
    """

    def __init__(self, notes: Notes, stored: frozenset[str], variant: Variant | None) -> None:
        self.notes, self._stored, self.variant = notes, stored, variant
        self._places: list[str] = []
        self._lines: list[str] = []
        self._count = 0
        #: The block under way; empty = what follows is never reached.
        self.block = "begin"

    def text(self) -> str:
        """Return the blocks."""
        return "\n".join(["entry:", *self._places, "  br label %begin", "begin:", *self._lines]) + "\n"

    def new(self, prefix: str = "v") -> str:
        """Return a name that is not in use."""
        self._count += 1
        return f"{prefix}{self._count}"

    def do(self, instruction: str) -> None:
        """Write down an instruction without a result."""
        self._lines.append("  " + instruction)

    def get(self, instruction: str) -> str:
        """Write down an instruction; return the name of its result."""
        name = "%" + self.new()
        self._lines.append(f"  {name} = {instruction}")
        return name

    def reserve(self, kind: str) -> str:
        """Reserve a place on the stack for a value; return its name."""
        name = "%" + self.new("p")
        self._places.append(f"  {name} = alloca {kind}")
        return name

    # --- blocks -----------------------------------------------------------------------------------------------------

    def begin(self, block: str) -> None:
        """Begin a block."""
        if self.block:
            self.do(f"br label %{block}")
        self._lines.append(f"{block}:")
        self.block = block

    def jump(self, block: str) -> None:
        """Go on in another block, if this point is reached at all."""
        if self.block:
            self.do(f"br label %{block}")
        self.block = ""

    def branch(self, flag: str, yes: str, no: str) -> None:
        """Go on in one of two blocks."""
        self.do(f"br i1 {flag}, label %{yes}, label %{no}")
        self.block = ""

    def leave(self, value: Value) -> None:
        """Return from the function."""
        self.do("ret void" if value.type == NOTHING else f"ret {value.type.text} {value.name}")
        self.block = ""

    # --- memory -----------------------------------------------------------------------------------------------------

    def place_of(self, row: Value, attribute: str) -> tuple[str, str]:
        """Return where a field of a row is, and what there is to note about accesses to it."""
        assert row.type.record is not None
        fields = list(row.type.record.__annotations__)
        place = self.get(f"getelementptr inbounds i8, {pointer()} {row.name}, i64 {8 * fields.index(attribute)}")
        if not _OPAQUE:
            place = self.get(f"bitcast i8* {place} to i64*")
        return place, self.notes.of(f"{row.type.record.__name__}.{attribute}")

    def known(self, row: Value, attribute: str) -> int | None:
        """Return the number in a field of a row if it is known beforehand, else None."""
        assert row.type.record is not None
        return self.variant.known.get(f"{row.type.record.__name__}.{attribute}") if self.variant else None

    def field(self, row: Value, attribute: str) -> Value:
        """Read a field of a row, unless it is known."""
        known = self.known(row, attribute)
        if known is not None:
            return whole(known)
        place, note = self.place_of(row, attribute)
        constant = "" if attribute in self._stored else self.notes.constant
        return Value(WHOLE, self.get(f"load i64, {pointer('i64')} {place}{note}{constant}"))

    def element_of(self, column: Value, position: Value) -> tuple[str, str]:
        """Return where a number of a column is, and what there is to note about accesses to it."""
        bits = column.type.bits
        place = self.get(f"getelementptr inbounds i{bits}, {pointer(f'i{bits}')} {column.name}, i64 {position.name}")
        return place, self.notes.of(column.type.column) if column.type.column else ", !tbaa !3"

    def load(self, place: str, note: str, bits: int = 64) -> Value:
        """Read a number from its place."""
        number = self.get(f"load i{bits}, {pointer(f'i{bits}')} {place}{note}")
        return Value(WHOLE, number if bits == 64 else self.get(f"sext i{bits} {number} to i64"))

    def store(self, number: Value, place: str, note: str, bits: int = 64) -> None:
        """Write a number to its place."""
        name = number.name if bits == 64 else self.get(f"trunc i64 {number.name} to i{bits}")
        self.do(f"store i{bits} {name}, {pointer(f'i{bits}')} {place}{note}")
