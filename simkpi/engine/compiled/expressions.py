"""Translating expressions of the engine's functions: whole numbers and flags with the meaning that Python gives them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from string import ascii_lowercase
from typing import Any, Protocol, runtime_checkable

from simkpi.engine.compiled.jit import Columns, Instruction, Rows
from simkpi.engine.compiled.llvm import FLAG, WHOLE, Code, Type, Value, column_of, pointer, row_of, tuple_of, whole

_PLAIN = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.LShift: "shl", ast.RShift: "ashr",
    ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
}  # fmt: skip
_COMPARED = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "slt", ast.LtE: "sle", ast.Gt: "sgt", ast.GtE: "sge"}


class Untranslatable(TypeError):
    """Something in a function that is to be compiled has no translation."""


@runtime_checkable
class Callee(Protocol):
    """What compiled code may call beside functions: it writes down its own instructions."""

    def translate(self, caller: Expressions, arguments: list[Value]) -> Value:
        """Write down what a call does; return its result."""


#: Calls a compiled function: (caller, function, arguments) -> result.
Call = Callable[["Expressions", Callable[..., Any], list[Value]], Value]


class Expressions:
    """Translates the expressions of one function.

    Parameters
    ----------
    code : Code
        The text under way.
    names : dict
        What the names outside the function stand for.
    call : callable
        Writes down the call of a compiled function.
    """

    def __init__(self, code: Code, names: dict[str, Any], call: Call) -> None:
        self.code, self.names, self.call = code, names, call
        #: Variables: type, and place on the stack.
        self.variables: dict[str, tuple[Type, str]] = {}

    def value(self, node: ast.expr) -> Value:
        """Translate an expression."""
        translate: Callable[[Any], Value] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if translate is None:
            raise self.refused(node)
        return translate(node)

    def number(self, node: ast.expr) -> Value:
        """Translate an expression that is a whole number, or a flag that counts as 0 or 1."""
        return self.as_type(self.value(node), WHOLE, node)

    def test(self, node: ast.expr) -> str:
        """Translate a condition: a flag, or a number that is not 0."""
        if isinstance(node, ast.BoolOp):
            return self._both_or_either(node, self.test)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.code.get(f"xor i1 {self.test(node.operand)}, true")
        value = self.value(node)
        if value.type == FLAG:
            return value.name
        return self.code.get(f"icmp ne i64 {self.as_type(value, WHOLE, node).name}, 0")

    def as_type(self, value: Value, kind: Type, node: ast.AST) -> Value:
        """Return *value* as a value of that type: a flag counts as a number."""
        if value.type == FLAG and kind == WHOLE:
            return Value(WHOLE, self.code.get(f"zext i1 {value.name} to i64"))
        if value.type.bits and kind.bits == value.type.bits and not kind.column:
            return value
        if value.type != kind:
            raise self.refused(node, f"is {value.type.text}, not {kind.text}")
        return value

    def refused(self, node: ast.AST, why: str = "has no translation") -> Untranslatable:
        """Return the error for a part of the function."""
        return Untranslatable(f"{self.names.get('__name__')}:{getattr(node, 'lineno', 0)}: '{ast.unparse(node)}' {why}")

    # --- one case for each kind of expression -----------------------------------------------------------------------

    def _constant(self, node: ast.Constant) -> Value:
        if isinstance(node.value, bool):
            return Value(FLAG, "true" if node.value else "false")
        if isinstance(node.value, int):
            return whole(node.value)
        raise self.refused(node)

    def _name(self, node: ast.Name) -> Value:
        if node.id in self.variables:
            kind, place = self.variables[node.id]
            return Value(kind, self.code.get(f"load {kind.text}, {pointer(kind.text)} {place}"))
        known = self.names.get(node.id)
        if isinstance(known, int):
            return Value(FLAG, str(known).lower()) if isinstance(known, bool) else whole(int(known))
        raise self.refused(node, "is neither a variable nor a whole number")

    def _attribute(self, node: ast.Attribute) -> Value:
        return self.code.field(self.row(node), node.attr)

    def row(self, node: ast.Attribute) -> Value:
        """Translate the row of which a field is meant."""
        row = self.value(node.value)
        if row.type.record is None or node.attr not in row.type.record.__annotations__:
            raise self.refused(node, "is no field of a record")
        return row

    def _subscript(self, node: ast.Subscript) -> Value:
        of = self.value(node.value)
        if of.type.count and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            return self.part(of, node.slice.value)
        if not of.type.bits:
            raise self.refused(node)
        return self.code.load(*self.code.element_of(of, self.number(node.slice)), of.type.bits)

    def part(self, of: Value, place: int) -> Value:
        """Return one number of a tuple."""
        return Value(WHOLE, self.code.get(f"extractvalue {of.type.text} {of.name}, {place}"))

    def _tuple(self, node: ast.Tuple) -> Value:
        return self.tuple_with([self.number(each) for each in node.elts])

    def tuple_with(self, numbers: list[Value]) -> Value:
        """Return a tuple of numbers."""
        kind, name = tuple_of(len(numbers)), "undef"
        for place, each in enumerate(numbers):
            name = self.code.get(f"insertvalue {kind.text} {name}, i64 {each.name}, {place}")
        return Value(kind, name)

    def _unaryop(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return Value(FLAG, self.test(node))
        number = self.number(node.operand)
        if isinstance(node.op, ast.USub):
            is_plain = isinstance(node.operand, ast.Constant)
            return whole(-int(number.name)) if is_plain else self._get(f"sub i64 0, {number.name}")
        if isinstance(node.op, ast.Invert):
            return self._get(f"xor i64 {number.name}, -1")
        raise self.refused(node)

    def _binop(self, node: ast.BinOp) -> Value:
        first = self.number(node.left)
        return self.combined(node.op, first, self.number(node.right), node)

    def combined(self, operator: ast.operator, first: Value, second: Value, node: ast.AST) -> Value:
        """Combine two numbers; what does not fit 64 bits is cut off."""
        plain = _PLAIN.get(type(operator))
        if plain is not None:
            return self._get(f"{plain} i64 {first.name}, {second.name}")
        if not isinstance(operator, ast.FloorDiv | ast.Mod):
            raise self.refused(node)
        # Python rounds down, the processor to 0; it stops at a division by 0, where any result will do here
        none = self.code.get(f"icmp eq i64 {second.name}, 0")
        by = self.code.get(f"select i1 {none}, i64 1, i64 {second.name}")
        quotient, rest = (self.code.get(f"{how} i64 {first.name}, {by}") for how in ("sdiv", "srem"))
        differs = self.code.get(f"icmp slt i64 {self.code.get(f'xor i64 {rest}, {by}')}, 0")
        is_lower = self.code.get(f"and i1 {differs}, {self.code.get(f'icmp ne i64 {rest}, 0')}")
        if isinstance(operator, ast.Mod):
            return self._get(f"add i64 {rest}, {self.code.get(f'select i1 {is_lower}, i64 {by}, i64 0')}")
        return self._get(f"add i64 {quotient}, {self.code.get(f'sext i1 {is_lower} to i64')}")

    def _get(self, instruction: str) -> Value:
        return Value(WHOLE, self.code.get(instruction))

    def _compare(self, node: ast.Compare) -> Value:
        numbers = [self.number(each) for each in (node.left, *node.comparators)]
        flags = []
        for operator, first, second in zip(node.ops, numbers, numbers[1:], strict=False):
            if type(operator) not in _COMPARED:
                raise self.refused(node)
            flags.append(self.code.get(f"icmp {_COMPARED[type(operator)]} i64 {first.name}, {second.name}"))
        result = flags[0]
        for flag in flags[1:]:
            result = self.code.get(f"and i1 {result}, {flag}")
        return Value(FLAG, result)

    def _boolop(self, node: ast.BoolOp) -> Value:
        def flag(each: ast.expr) -> str:
            return self.as_type(self.value(each), FLAG, each).name

        return Value(FLAG, self._both_or_either(node, flag))

    def _both_or_either(self, node: ast.BoolOp, flag: Callable[[ast.expr], str]) -> str:
        """Translate ``and`` and ``or``: what does not matter any more is not looked at."""
        code, done, is_and = self.code, self.code.new("done"), isinstance(node.op, ast.And)
        ways = []
        for each in node.values[:-1]:
            name, more = flag(each), code.new("more")
            ways.append(f"[ {'false' if is_and else 'true'}, %{code.block} ]")
            code.branch(name, *((more, done) if is_and else (done, more)))
            code.begin(more)
        name = flag(node.values[-1])
        ways.append(f"[ {name}, %{code.block} ]")
        code.begin(done)
        return code.get(f"phi i1 {', '.join(ways)}")

    def _ifexp(self, node: ast.IfExp) -> Value:
        code = self.code
        yes, no, done = code.new("yes"), code.new("no"), code.new("done")
        code.branch(self.test(node.test), yes, no)
        code.begin(yes)
        first, kind = self.value(node.body), None
        if first.type in (FLAG, WHOLE):
            first, kind = self.as_type(first, WHOLE, node), WHOLE
        after_yes = code.block
        code.jump(done)
        code.begin(no)
        second = self.as_type(self.value(node.orelse), kind or first.type, node)
        after_no = code.block
        code.begin(done)
        way = f"phi {first.type.text} [ {first.name}, %{after_yes} ], [ {second.name}, %{after_no} ]"
        return Value(first.type, code.get(way))

    def _call(self, node: ast.Call) -> Value:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self.refused(node)
        if node.func.id in ("min", "max", "abs", "int") and node.func.id not in self.names:
            return self._built_in(node, node.func.id, [self.number(each) for each in node.args])
        callee = self.names.get(node.func.id)
        if isinstance(callee, Rows | Columns):
            return self._by_address(callee, node)
        if isinstance(callee, Instruction):
            return self._instructions(callee, [self.number(each).name for each in node.args])
        arguments = [self.value(each) for each in node.args]
        if isinstance(callee, Callee):
            return callee.translate(self, arguments)
        if not callable(callee):
            raise self.refused(node)
        return self.call(self, callee, arguments)

    def _instructions(self, what: Instruction, numbers: list[str]) -> Value:
        results: dict[str, str] = {}
        for letter, line in zip(ascii_lowercase, what.text.splitlines(), strict=False):
            text = line.format(*numbers, **results)
            if text.startswith("call void"):
                self.code.do(text)
                results[letter] = "0"
            else:
                results[letter] = self.code.get(text)
        return Value(WHOLE, results[max(results)])

    def _by_address(self, what: Rows | Columns, node: ast.Call) -> Value:
        kind = row_of(what.record) if isinstance(what, Rows) else column_of(what.bits, self._column(node.args[0]))
        start = self.code.get(f"inttoptr i64 {self.number(node.args[0]).name} to {kind.text}")
        if isinstance(what, Columns):
            return Value(kind, start)
        size = 8 * len(what.record.__annotations__)
        offset = self.code.get(f"mul i64 {self.number(node.args[1]).name}, {size}")
        return Value(kind, self.code.get(f"getelementptr inbounds i8, {pointer()} {start}, i64 {offset}"))

    @staticmethod
    def _column(address: ast.expr) -> str:
        """Return the name of a column: that of the field with its address."""
        return f"{address.attr}[]" if isinstance(address, ast.Attribute) else ""

    def _built_in(self, node: ast.Call, name: str, numbers: list[Value]) -> Value:
        if name == "int" and len(numbers) == 1:
            return numbers[0]
        if name == "abs" and len(numbers) == 1:
            numbers, name = [numbers[0], self._get(f"sub i64 0, {numbers[0].name}")], "max"
        if name not in ("min", "max") or len(numbers) < 2:
            raise self.refused(node)
        best = numbers[0]
        for each in numbers[1:]:
            precedes = self.code.get(f"icmp {'slt' if name == 'min' else 'sgt'} i64 {each.name}, {best.name}")
            best = self._get(f"select i1 {precedes}, i64 {each.name}, i64 {best.name}")
        return best
