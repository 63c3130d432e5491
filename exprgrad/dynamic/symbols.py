"""Symbols: what a loop computes, found out once for all its iterations, without a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from exprgrad.diagnostics import Span
from exprgrad.lowering import Builder
from exprgrad.numbers.arithmetic import from_python
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import Branch, Item, Loop, Scope
from exprgrad.ops.registry import Op, Traced, Value, apply, next_index

# So many symbols may a loop have: what is larger is traced.
MOST: Final = 20_000


class Symbol(Traced):
    """Stands for a value; of a literal it knows the `value`."""

    __slots__ = ("value",)
    kind: ClassVar[str] = "symbol"
    shape: ClassVar[tuple[int, ...]] = ()  # a tape is for single numbers

    def __init__(self, op: Op | None = None, operands: Sequence[Value] = (), value: Any = None) -> None:
        self.op = op
        self.left = self.right = self.span = None
        if op is not None and len(operands) <= 2:
            self.left, self.right = (*operands, None)[:2]
            operands = ()
        self.rest = tuple(operands)
        self.value = value
        self.index = next_index()

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Symbol:
        if op.partials is None and not isinstance(op, Branch | Loop | Item):
            raise _Unfit  # it makes or takes an array
        return cls(op, operands)

    @classmethod
    def parameter(cls, outer: Any, scope: Any) -> Symbol:
        return cls()


class _Unfit(Exception):
    """There are more symbols than it is worth to look for, or arrays."""


class Naming:
    """The builder of symbols: as no value flows, both sides of a branch are lowered, and a loop once."""

    recording = True

    def __init__(self) -> None:
        self._left = MOST

    def constant(self, value: Any, scope: Scope | None, span: Span) -> Value:
        if type(value) is not float:
            raise _Unfit
        return Symbol(value=from_python(value))

    def apply(self, op: Op, span: Span, /, *operands: Value) -> Value:
        symbol = apply(op, *operands)
        symbol.span = span
        self._left -= 1
        if self._left < 0:
            raise _Unfit
        return symbol

    def decide(self, condition: Value) -> bool | None:
        return None

    def finished(
        self, operands: Sequence[Value], lower: Callable[[Builder, Sequence[Value]], Sequence[Value]], budget: Budget
    ) -> Sequence[Value] | None:
        return None


def on_symbols(operands: Sequence[Any], lower: Callable[[Builder, Sequence[Value]], Sequence[Value]]) -> Symbol | None:
    """The node of a loop that is lowered on a symbol for each operand; None if it is too large or has arrays."""
    try:
        results = lower(Naming(), [Symbol() for _ in operands])
    except _Unfit:
        return None
    node: Symbol = results[0].left
    return node
