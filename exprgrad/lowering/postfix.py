"""Expressions in which nothing branches, as code for a stack: operands first, then what is applied to them.

A loop evaluates its body again and again; what has no condition, call of the program's own or diff() in it needs none
of the bookkeeping of `lowering`, only this list.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from exprgrad.diagnostics import Span
from exprgrad.lowering.compile_time import array_function
from exprgrad.ops.registry import REGISTRY, Op
from exprgrad.syntax.tree import Binary, Call, Comparison, Expression, Name, Number, Unary, children


class PostfixItem(NamedTuple):
    """Applies `op` to the last `operands` values; without an op it pushes the value of a name or a number."""

    op: Op | None
    operands: int
    pushed: str | float
    span: Span


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
        found = self._code.get(key)
        if found is None:
            if key not in self._is:
                self._look(node)
            if not self._is[key]:
                return None
            found = self._code[key] = _flat(node)
        return found

    def _look(self, root: Expression) -> None:
        order: list[Expression] = []
        stack = [root]
        while stack:
            node = stack.pop()
            order.append(node)
            stack.extend(children(node))
        for node in reversed(order):
            own = (
                isinstance(node, Name | Number | Unary | Binary)
                or (isinstance(node, Comparison) and len(node.symbols) == 1)
                or (isinstance(node, Call) and node.function not in self._functions and array_function(node) is None)
            )
            self._is[id(node)] = own and all([self._is[id(part)] for part in children(node)])


def operand_spans(code: Sequence[PostfixItem], item: PostfixItem) -> list[Span]:
    """Where the operands of an item are written."""
    stack: list[Span] = []
    for part in code:
        first = len(stack) - part.operands
        if part is item:
            return stack[first:]
        stack[first:] = [part.span]
    raise LookupError(item)


def _flat(root: Expression) -> list[PostfixItem]:
    out: list[PostfixItem] = []
    stack = [root]
    while stack:  # backwards, so that operands come before what is applied to them
        node = stack.pop()
        out.append(_item(node))
        stack.extend(children(node))
    return out[::-1]


def _item(node: Expression) -> PostfixItem:
    if isinstance(node, Name):
        return PostfixItem(None, 0, node.name, node.span)
    if isinstance(node, Number):
        return PostfixItem(None, 0, node.value, node.span)
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
        if symbol not in REGISTRY.infix:
            import exprgrad.ops.linear_algebra  # noqa: F401 - it enters "@"
        op = REGISTRY.infix[symbol]
    assert op is not None, "calls are checked before any lowering"
    return op
