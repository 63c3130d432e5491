"""From the AST to values: the program is evaluated on whatever its inputs are.

Fed nodes it builds a graph, fed tensors it runs and traces. A branch is a scope:
its expressions see outer values through `enter` (see `ops.control`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from typing import Protocol

from exprgrad.diagnostics import ExprError, NameProblem, Span, suggest
from exprgrad.ops.comparison import truth
from exprgrad.ops.control import Scope
from exprgrad.ops.registry import REGISTRY, Op, Traced, Value, apply
from exprgrad.syntax.names import CONSTANTS, Names
from exprgrad.syntax.tree import (
    Binary,
    Call,
    Comparison,
    Conditional,
    Expression,
    Logic,
    Name,
    Number,
    Program,
    Unary,
)


class Builder(Protocol):
    """What a mode decides for itself."""

    def constant(self, value: float, scope: Scope | None, span: Span) -> Value:
        """A literal."""

    def sides(self, condition: Value) -> Sequence[bool]:
        """Which sides of a conditional are lowered: both, or the one that the condition's value takes."""

    def join(self, condition: Value, scopes: Sequence[Scope], values: Sequence[Value]) -> Value:
        """The value of a conditional whose lowered sides gave `values`."""


class _Frame:
    """The names visible in a scope. A name of an outer scope enters on its first use, once."""

    __slots__ = ("names", "outer", "scope")

    def __init__(self, scope: Scope | None, names: dict[object, Value], outer: _Frame | None) -> None:
        self.scope = scope
        self.names = names
        self.outer = outer

    def find(self, name: object) -> Value | None:
        inner: list[_Frame] = []
        frame: _Frame | None = self
        while frame is not None and name not in frame.names:
            inner.append(frame)
            frame = frame.outer
        if frame is None:
            return None
        value = frame.names[name]
        for frame in reversed(inner):
            assert frame.scope is not None
            value = frame.names[name] = _enter(frame.scope, value)
        return value


def _enter(scope: Scope, value: Value) -> Value:
    inside = scope.enter(value)
    if isinstance(inside, Traced) and isinstance(value, Traced):
        inside.span = value.span
    return inside


# A step of the evaluation asks for the value of a sub-expression in a frame, and is sent it.
_Steps = Generator[tuple[Expression, _Frame], Value, Value]


class Lowering:
    """Evaluates expressions with one builder. Nothing recurses: the stack holds one generator for each open form."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder

    def program(
        self, program: Program, names: Names, inputs: Mapping[str, Value], wanted: Collection[str]
    ) -> dict[str, Value]:
        """The last value of every name, by the statements that the wanted names need; the others are left out."""
        needed = names.needed_for(wanted)
        frame = _Frame(None, dict(inputs.items()), None)
        for name in names.constants:
            frame.names[name] = self._builder.constant(CONSTANTS[name], None, Span(0, 0))
        values: dict[str, Value] = {}
        for name, statement, need in zip(names.statements, program.statements, needed, strict=True):
            if not need:
                continue
            value = self.expression(statement.value, frame)
            values[name] = value
            if statement.name is not None:
                frame.names[name] = value
        return values

    def expression(self, root: Expression, frame: _Frame | None = None) -> Value:
        """The value of one expression."""
        stack: list[_Steps] = []
        request: tuple[Expression, _Frame] | None = (root, frame or _Frame(None, {}, None))
        value: Value = None
        while True:
            if request is not None:
                node, where = request
                kind = type(node)
                if kind is Number:
                    value = self._builder.constant(node.value, where.scope, node.span)  # type: ignore[union-attr]
                elif kind is Name:
                    value = self._name(node, where)  # type: ignore[arg-type]
                else:
                    stack.append(_STEPS[kind](self, node, where))
                    value = None
            if not stack:
                return value
            try:
                request = stack[-1].send(value)
            except StopIteration as stop:
                stack.pop()
                value, request = stop.value, None
                if not stack:
                    return value

    def _name(self, node: Name, frame: _Frame) -> Value:
        value = frame.find(node.name)
        if value is None:
            if frame.outer is None and node.name in CONSTANTS:
                return self._builder.constant(CONSTANTS[node.name], frame.scope, node.span)
            raise NameProblem(f"{node.name} has no value here", node.span)
        return value

    def _unary(self, node: Unary, frame: _Frame) -> _Steps:
        x = yield node.operand, frame
        return _apply(REGISTRY.prefix[node.symbol], node.span, x)

    def _binary(self, node: Binary, frame: _Frame) -> _Steps:
        x = yield node.left, frame
        y = yield node.right, frame
        return _apply(REGISTRY.infix[node.symbol], node.span, x, y)

    def _call(self, node: Call, frame: _Frame) -> _Steps:
        operands = []
        for argument in node.arguments:
            operands.append((yield argument, frame))
        op = REGISTRY.find(node.function, len(operands))
        assert op is not None, "calls are checked before any lowering"
        return _apply(op, node.span, *operands)

    def _comparison(self, node: Comparison, frame: _Frame) -> _Steps:
        """`a < b < c` is `a < b and b < c` with b evaluated once, and c only where it is needed."""
        left = yield node.operands[0], frame
        right = yield node.operands[1], frame
        value = _apply(REGISTRY.infix[node.symbols[0]], node.span, left, right)
        # From the inside of a chain outwards: each further link is computed in the scope of the one before.
        joins: list[tuple[Value, list[Scope], list[Value]]] = []
        for symbol, operand in zip(node.symbols[1:], node.operands[2:], strict=True):
            sides = self._decide(value, node.span)
            scopes = [Scope(frame.scope, value, side, node.span) for side in sides]
            values: list[Value | None] = [None] * len(sides)
            for i, side in enumerate(sides):
                if not side:
                    values[i] = self._builder.constant(0.0, scopes[i], node.span)
            joins.append((value, scopes, values))
            if True not in sides:
                break
            scope = scopes[sides.index(True)]
            frame = _Frame(scope, {}, frame)
            left = _enter(scope, right)
            right = yield operand, frame
            value = _apply(REGISTRY.infix[symbol], node.span, left, right)
        for condition, scopes, values in reversed(joins):
            joined = [value if v is None else v for v in values]
            value = self._join(condition, scopes, joined, node.span)
        return value

    def _logic(self, node: Logic, frame: _Frame) -> _Steps:
        condition = yield node.left, frame
        short = node.symbol == "or"
        scopes, values = [], []
        for side in self._decide(condition, node.left.span):
            scope = Scope(frame.scope, condition, side, node.left.span)
            if side is short:
                value = self._builder.constant(1.0 if short else 0.0, scope, node.span)
            else:
                value = yield node.right, _Frame(scope, {}, frame)
                value = _apply(truth, node.right.span, value)
            scopes.append(scope)
            values.append(value)
        return self._join(condition, scopes, values, node.span)

    def _conditional(self, node: Conditional, frame: _Frame) -> _Steps:
        condition = yield node.condition, frame
        scopes, values = [], []
        for side in self._decide(condition, node.condition.span):
            scope = Scope(frame.scope, condition, side, node.condition.span)
            value = yield (node.then if side else node.otherwise), _Frame(scope, {}, frame)
            scopes.append(scope)
            values.append(value)
        return self._join(condition, scopes, values, node.span)

    def _decide(self, condition: Value, span: Span) -> Sequence[bool]:
        try:
            return self._builder.sides(condition)
        except ExprError as problem:
            problem.span = problem.span or span
            raise

    def _join(self, condition: Value, scopes: Sequence[Scope], values: Sequence[Value], span: Span) -> Value:
        value = self._builder.join(condition, scopes, values)
        if isinstance(value, Traced) and value.span is None:
            value.span = span
        return value


_STEPS: dict[type, Callable[..., _Steps]] = {
    Unary: Lowering._unary,
    Binary: Lowering._binary,
    Call: Lowering._call,
    Comparison: Lowering._comparison,
    Logic: Lowering._logic,
    Conditional: Lowering._conditional,
}


def _apply(op: Op, span: Span, *operands: Value) -> Value:
    """Runs an operation and gives what it made, or the error it raised, its place in the text."""
    try:
        value = apply(op, *operands)
    except ExprError as problem:
        problem.span = problem.span or span
        raise
    if isinstance(value, Traced):
        value.span = span
    return value


def check(program: Program, names: Names) -> None:
    """Raises for calls of what is no function, and for functions with the wrong number of operands."""
    for call in names.calls:
        ops = REGISTRY.by_name.get(call.function)
        if ops is None:
            raise _unknown_function(call, names)
        if REGISTRY.find(call.function, len(call.arguments)) is None:
            forms = " or ".join(signature(op) for op in ops)
            counts = " or ".join(f"{len(op.operand_names)}{' or more' if op.variadic else ''}" for op in ops)
            raise NameProblem(
                f"{call.function} takes {counts} operand{'' if counts == '1' else 's'}, found {len(call.arguments)}",
                call.span,
                hint=f"write {forms}",
            )


def _unknown_function(call: Call, names: Names) -> NameProblem:
    if call.function in names.inputs or call.function in names.assigned or call.function in CONSTANTS:
        return NameProblem(
            f"{call.function} is a variable, not a function",
            call.name_span,
            hint=f"write {call.function}*(...) for a product",
        )
    if call.function == "e":
        return NameProblem("there is no function e", call.name_span, hint="Euler's number is exp(1)")
    near = suggest(call.function, REGISTRY.by_name)
    return NameProblem(
        f"there is no function {call.function}",
        call.name_span,
        hint=f"did you mean {near}?" if near else "exprgrad --list-functions lists them all",
    )


def signature(op: Op) -> str:
    """How an operation is called: `atan2(y, x)`, `max(x, y, ...)`."""
    return f"{op.name}({', '.join(op.operand_names)}{', ...' if op.variadic else ''})"
