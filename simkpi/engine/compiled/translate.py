"""Translating the engine's functions into LLVM's language: statements, functions, and all that one function calls.

A subset of Python with its meaning: whole numbers (of 64 bits), flags, tuples of numbers, rows and columns; ``if``, ``while``,
``for`` over ``range``, calls by position. What is not translated is refused with its place.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, get_args, get_type_hints

from simkpi.engine.compiled.expressions import Expressions, Untranslatable
from simkpi.engine.compiled.jit import MARK, Column, Variant
from simkpi.engine.compiled.llvm import FLAG, NOTHING, WHOLE, Code, Notes, Type, Value, column_of, pointer, row_of, tuple_of

Function = Callable[..., Any]
#: What instructions in the text call.
_DECLARED = ("declare i64 @llvm.cttz.i64(i64, i1)",)


def module_text(entry: Function) -> str:
    """Return the text of *entry*, by its name, and of all that it calls."""
    reached = _reached(entry)
    stored = frozenset(
        node.attr
        for function in dict.fromkeys(function for function, _ in reached)
        for node in ast.walk(_tree(function))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    )
    notes = Notes()
    texts = [_function(function, variant, notes, stored, is_entry=function is entry) for function, variant in reached]
    return "\n".join([*texts, *_DECLARED, notes.text()])


def _reached(entry: Function) -> list[tuple[Function, Variant | None]]:
    """Return *entry* and every function that it calls, directly or not, each with the variant as a part of which it is called."""
    found: dict[tuple[Function, Variant | None], None] = {(entry, None): None}
    ahead = list(found)
    while ahead:
        function, variant = ahead.pop()
        for node in ast.walk(_tree(function)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            callee = function.__globals__.get(node.func.id)
            if isinstance(callee, Variant):
                called: list[tuple[Function, Variant | None]] = [(callee.function, callee)]
            else:
                called = [(each, variant) for each in getattr(callee, "functions", [callee] if hasattr(callee, MARK) else [])]
            ahead += [each for each in called if each not in found]
            found |= dict.fromkeys(called)
    return list(found)


@lru_cache(maxsize=64)
def _trees(module: str) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _tree(function: Function) -> ast.FunctionDef:
    return _trees(function.__module__)[function.__name__]


@lru_cache(maxsize=1024)
def _signature(function: Function) -> tuple[tuple[Type, ...], Type]:
    """Return the types of a function's arguments and of its result."""
    hints = {name: _type(hint, function) for name, hint in get_type_hints(function).items()}
    return tuple(kind for name, kind in hints.items() if name != "return"), hints["return"]


def _type(hint: Any, function: Function) -> Type:
    if hint in (int, bool, type(None)):
        return {int: WHOLE, bool: FLAG, type(None): NOTHING}[hint]
    if hint == Column:
        return column_of(64)
    if isinstance(hint, type) and getattr(hint, "__annotations__", None):
        return row_of(hint)
    if all(each is int for each in get_args(hint)) and get_args(hint):
        return tuple_of(len(get_args(hint)))
    raise Untranslatable(f"{function.__module__}.{function.__name__}: '{hint}' is no type of compiled code")


def _name(function: Function, variant: Variant | None) -> str:
    return f'@"{function.__module__}.{function.__name__}{f" ({variant.name})" if variant else ""}"'


def _called(caller: Expressions, function: Function, arguments: list[Value]) -> Value:
    """Write down the call of a compiled function."""
    variant = function if isinstance(function, Variant) else caller.code.variant
    callee = function.function if isinstance(function, Variant) else function
    kinds, result = _signature(callee)
    node = _tree(callee)
    if len(kinds) != len(arguments):
        raise Untranslatable(f"{callee.__name__} takes {len(kinds)} arguments, got {len(arguments)}")
    given = (caller.as_type(each, kind, node.args) for each, kind in zip(arguments, kinds, strict=True))
    name = _name(callee, variant)
    call = f"call {result.text} {name}({', '.join(f'{each.type.text} {each.name}' for each in given)})"
    if result == NOTHING:
        caller.code.do(call)
        return Value(NOTHING, "")
    return Value(result, caller.code.get(call))


def _function(function: Function, variant: Variant | None, notes: Notes, stored: frozenset[str], *, is_entry: bool) -> str:
    """Return the text of one function."""
    (kinds, result), node = _signature(function), _tree(function)
    body = _Body(Code(notes, stored, variant), function.__globals__, result)
    parameters = []
    for argument, kind in zip(node.args.args, kinds, strict=True):
        name = f"%a.{argument.arg}"
        parameters.append(f"{kind.text} {name}")
        body.assign(ast.Name(argument.arg, ast.Store()), Value(kind, name))
    body.statements(node.body)
    body.end(node)
    how, name = ("", f"@{function.__name__}") if is_entry else ("internal ", _name(function, variant))
    head = f"define {how}{result.text} {name}({', '.join(parameters)}) nounwind {getattr(function, MARK, '')}"
    return f"{head} {{\n{body.code.text()}}}\n"


class _Body(Expressions):
    """Translates the statements of one function."""

    def __init__(self, code: Code, names: dict[str, Any], result: Type) -> None:
        super().__init__(code, names, _called)
        self._result = result
        #: Of the loops around a statement: where the next round begins, and where the loop ends.
        self._loops: list[tuple[str, str]] = []

    def statements(self, nodes: list[ast.stmt]) -> None:
        """Translate statements, as far as they are reached."""
        for node in nodes:
            if self.code.block:
                translate = getattr(self, f"_do_{type(node).__name__.lower()}", None)
                if translate is None:
                    raise self.refused(node)
                translate(node)

    def end(self, node: ast.FunctionDef) -> None:
        """End a function that returns nothing; any other one has returned."""
        if self.code.block:
            if self._result != NOTHING:
                raise self.refused(node.body[-1], "is not followed by 'return'")
            self.code.leave(Value(NOTHING, ""))

    def assign(self, target: ast.expr, value: Value) -> None:
        """Give a variable, a field or a number in a column its value."""
        if isinstance(target, ast.Name):
            if target.id not in self.variables:
                self.variables[target.id] = value.type, self.code.reserve(value.type.text)
            kind, place = self.variables[target.id]
            name = self.as_type(value, kind, target).name
            self.code.do(f"store {kind.text} {name}, {pointer(kind.text)} {place}")
        elif isinstance(target, ast.Tuple):
            for number, each in enumerate(target.elts):
                self.assign(each, self.part(value, number))
        else:
            place, note, bits = self._place(target)
            self.code.store(self.as_type(value, WHOLE, target), place, note, bits)

    def _place(self, target: ast.expr) -> tuple[str, str, int]:
        if isinstance(target, ast.Attribute):
            row = self.row(target)
            if self.code.known(row, target.attr) is not None:
                raise self.refused(target, "is known beforehand and can not be changed")
            return *self.code.place_of(row, target.attr), 64
        if isinstance(target, ast.Subscript):
            column = self.value(target.value)
            if column.type.bits:
                return *self.code.element_of(column, self.number(target.slice)), column.type.bits
        raise self.refused(target)

    # --- one case for each kind of statement ------------------------------------------------------------------------

    def _do_assign(self, node: ast.Assign) -> None:
        (target, *others) = node.targets
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple) and not others:
            values = [self.value(each) for each in node.value.elts]
            for each, value in zip(target.elts, values, strict=True):
                self.assign(each, value)
            return
        value = self.value(node.value)
        for each in node.targets:
            self.assign(each, value)

    def _do_augassign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            before = self.number(ast.Name(node.target.id, ast.Load()))
            self.assign(node.target, self.combined(node.op, before, self.number(node.value), node))
            return
        place, note, bits = self._place(node.target)
        before = self.code.load(place, note, bits)
        self.code.store(self.combined(node.op, before, self.number(node.value), node), place, note, bits)

    def _do_expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self.value(node.value)
        elif not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
            raise self.refused(node)

    def _do_pass(self, node: ast.Pass) -> None:
        pass

    def _do_return(self, node: ast.Return) -> None:
        if node.value is None:
            self.code.leave(Value(NOTHING, ""))
        else:
            self.code.leave(self.as_type(self.value(node.value), self._result, node))

    def _do_if(self, node: ast.If) -> None:
        code = self.code
        yes, no, done = code.new("yes"), code.new("no"), code.new("done")
        code.branch(self.test(node.test), yes, no if node.orelse else done)
        code.begin(yes)
        self.statements(node.body)
        goes_on = bool(code.block) or not node.orelse
        code.jump(done)
        if node.orelse:
            code.begin(no)
            self.statements(node.orelse)
            goes_on = goes_on or bool(code.block)
        if goes_on:
            code.begin(done)

    def _do_while(self, node: ast.While) -> None:
        code = self.code
        again, body, done = code.new("again"), code.new("body"), code.new("done")
        code.begin(again)
        code.branch(self.test(node.test), body, done)
        self._loop(node, body, again, done)
        code.jump(again)
        code.begin(done)

    def _do_for(self, node: ast.For) -> None:
        code, of = self.code, node.iter
        if not (isinstance(of, ast.Call) and isinstance(of.func, ast.Name) and of.func.id == "range" and len(of.args) < 3):
            raise self.refused(of, "is no range(stop) or range(start, stop)")
        limits = [self.number(each) for each in of.args]
        again, body, more, done = code.new("again"), code.new("body"), code.new("more"), code.new("done")
        place = code.reserve("i64")
        code.do(f"store i64 {limits[0].name if len(limits) == 2 else 0}, {pointer('i64')} {place}")
        code.begin(again)
        number = code.load(place, "")
        code.branch(code.get(f"icmp slt i64 {number.name}, {limits[-1].name}"), body, done)
        code.begin(body)
        self.assign(node.target, number)
        self._loop(node, "", more, done)
        code.begin(more)
        code.do(f"store i64 {code.get(f'add i64 {number.name}, 1')}, {pointer('i64')} {place}")
        code.jump(again)
        code.begin(done)

    def _loop(self, node: ast.While | ast.For, body: str, again: str, done: str) -> None:
        if node.orelse:
            raise self.refused(node, "has an 'else'")
        if body:
            self.code.begin(body)
        self._loops.append((again, done))
        self.statements(node.body)
        self._loops.pop()

    def _do_break(self, node: ast.Break) -> None:
        self.code.jump(self._loops[-1][1])

    def _do_continue(self, node: ast.Continue) -> None:
        self.code.jump(self._loops[-1][0])
