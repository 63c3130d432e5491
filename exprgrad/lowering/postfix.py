"""Expressions in which nothing branches, as code for a stack: operands first, then what is applied to them.

A loop evaluates its body again and again; what has no condition, call of the program's own or diff() in it needs none
of the bookkeeping of `lowering`, only this list.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final

from exprgrad.diagnostics import Span
from exprgrad.lowering.compile_time import array_function
from exprgrad.ops import linear_algebra
from exprgrad.ops.registry import REGISTRY, Op
from exprgrad.records import NamedTuple
from exprgrad.syntax.tree import Binary, Call, Comparison, Expression, Name, Number, Unary, children


class PostfixItem(NamedTuple):
    """Applies `op` to the last `operands` values; without an op it pushes the value of a name or a number."""

    op: Op | None
    operands: int
    pushed: str | float
    span: Span


_PLAIN: Final = frozenset((Name, Number, Unary, Binary))


class PostfixCode:
    """Finds which expressions have such code, looking at each once."""

    def __init__(self, functions: Container[str]) -> None:
        self._functions = functions
        # By identity: the trees live as long as the names, which a lowering keeps.
        self._is: dict[int, bool] = {}
        self._code: dict[int, list[PostfixItem]] = {}

    def code(self, node: Expression) -> list[PostfixItem] | None:
        """The code of an expression; None if it has none."""
        key = id(node)
        if key not in self._is:
            self._look(node)
        if not self._is[key]:
            return None
        found = self._code.get(key)
        if found is None:
            found = self._code[key] = [_item(part) for part in reversed(_backwards(node))]
        return found

    def _look(self, root: Expression) -> None:
        """Finds out of an expression and all its parts whether they have such code."""
        order = _backwards(root)
        if all([type(node) in _PLAIN or self._is_plain(node) for node in order]):
            self._is[id(root)] = True
            self._code[id(root)] = [_item(part) for part in reversed(order)]
            return
        for node in reversed(order):
            own = self._is_plain(node)
            self._is[id(node)] = own and all([self._is[id(part)] for part in children(node)])

    def _is_plain(self, node: Expression) -> bool:
        """Whether a form is an operation, a name or a number."""
        if type(node) in _PLAIN:
            return True
        if isinstance(node, Call):
            return node.function not in self._functions and array_function(node) is None
        return isinstance(node, Comparison) and len(node.symbols) == 1


def _backwards(root: Expression) -> list[Expression]:
    """An expression and all its parts, operands behind what is applied to them, the last ones first."""
    found: list[Expression] = []
    stack = [root]
    while stack:
        node = stack.pop()
        found.append(node)
        if type(node) is not Name and type(node) is not Number:
            stack.extend(children(node))
    return found


def operand_spans(code: Sequence[PostfixItem], item: PostfixItem) -> list[Span]:
    """Where the operands of an item are written."""
    stack: list[Span] = []
    for part in code:
        first = len(stack) - part.operands
        if part is item:
            return stack[first:]
        stack[first:] = [part.span]
    raise LookupError(item)


def _item(node: Expression) -> PostfixItem:
    kind = type(node)
    if kind is Name:
        return PostfixItem(None, 0, node.name, node.span)  # type: ignore[union-attr]
    if kind is Number:
        return PostfixItem(None, 0, node.value, node.span)  # type: ignore[union-attr]
    if kind is Binary:
        return PostfixItem(operation(node), 2, "", node.span)
    return PostfixItem(operation(node), len(children(node)), "", node.span)


def operation(node: Expression) -> Op:
    """The operation that a form is, calls of the program's own functions and chained comparisons aside."""
    op: Op | None
    if isinstance(node, Unary):
        op = REGISTRY.prefix[node.symbol]
    elif isinstance(node, Call):
        op = REGISTRY.find(node.function, len(node.arguments))
    else:
        symbol = node.symbol if isinstance(node, Binary) else node.symbols[0]  # type: ignore[union-attr]
        op = REGISTRY.infix.get(symbol) or linear_algebra.matmul  # "@", whose file loads when a program has it
    assert op is not None, "calls are checked before any lowering"
    return op
