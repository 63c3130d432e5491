"""A program or an expression as text again, with no more parentheses than its reader needs.

Operators are spelled and bind as the registry says, what is no operation as the table below does; that the
grammar agrees is tested: parsing what is printed gives the same tree. Nothing recurses: see `_printed`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from exprgrad.ops import linear_algebra
from exprgrad.ops.registry import REGISTRY, Notation
from exprgrad.records import NamedTuple
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Comparison,
    Conditional,
    Derivatives,
    Diff,
    Expression,
    For,
    If,
    Index,
    Logic,
    Name,
    Number,
    ProgramTree,
    Slice,
    Statement,
    Unary,
    Vector,
)
from exprgrad.text_tests import is_test

if TYPE_CHECKING:
    from exprgrad.algebra.equations import Equation


class _Part(NamedTuple):
    """A sub-expression, in parentheses if it binds less than `floor`."""

    node: Expression
    floor: int


_Piece = str | _Part

# How tightly the forms bind that are no operations; operations say it themselves, from 4 (not) to 9 (**).
CONDITIONAL: Final = 1
LOGIC: Final = {"or": 2, "and": 3}
COMPARISON: Final = 5
SIGN: Final = 8
ATOM: Final = 10
# Operators that bind tighter than + and - stand without spaces.
TIGHT: Final = 7


def expression(node: Expression) -> str:
    """`-x**2 + sin(a*b)`."""
    return "".join(_printed(node))


def equations(found: Sequence[Equation]) -> str:
    """`c = sin(x^2)` and `dc/dx = 2*x*cos(x^2)`, a line each, which the language reads again."""
    return "".join([f"{x.left} = {''.join(map(_with_caret, _printed(x.value)))}\n" for x in found])


def _with_caret(piece: str) -> str:
    """A piece with `^` for powers, but in a text."""
    return piece if is_test(piece) else piece.replace("**", "^")


def program(tree: ProgramTree) -> str:
    """`f(x) = x**2; u = a*b; while u > 1 { u = u/2 }; f(u)`, functions first."""
    pieces = [f"{f.name}({', '.join(f.parameters)}) = {expression(f.body)}" for f in tree.functions]
    out = ["; ".join([*pieces, ""]) if tree.statements else "; ".join(pieces)]
    stack: list[str | Statement] = _joined(tree.statements)[::-1]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            out.append(item)
        elif isinstance(item, Assignment):
            out.append(expression(item.value) if item.name is None else f"{item.name} = {expression(item.value)}")
        else:
            if isinstance(item, For):
                out.append(f"for {item.counter} in {expression(item.start)}..{expression(item.stop)} {{ ")
            else:
                out.append(f"{'if' if isinstance(item, If) else 'while'} {expression(item.condition)} {{ ")
            if isinstance(item, If):
                rest = [" } else { ", *_joined(item.otherwise)] if item.otherwise else []
                stack.extend([*_joined(item.then), *rest, " }"][::-1])
            else:
                stack.extend([*_joined(item.body), " }"][::-1])
    return "".join(out)


def _joined(statements: Sequence[Statement]) -> list[str | Statement]:
    return [piece for statement in statements for piece in ("; ", statement)][1:]


def _printed(root: Expression) -> Iterator[str]:
    """The pieces of the text; the stack holds what is still to be printed, the next piece on top."""
    stack: list[_Piece] = [_Part(root, CONDITIONAL)]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            yield piece
            continue
        binds, pieces = _FORMS[type(piece.node)](piece.node)
        if binds < piece.floor:
            stack.append(")")
        stack.extend(reversed(pieces))
        if binds < piece.floor:
            stack.append("(")


def _number(node: Number) -> tuple[int, list[_Piece]]:
    value = node.value
    whole = value.is_integer() and abs(value) < 1e16
    text = str(int(value)) if whole and math.copysign(1.0, value) > 0 else repr(value)
    return SIGN if text.startswith("-") else ATOM, [text]


def _name(node: Name) -> tuple[int, list[_Piece]]:
    return COMPARISON if is_test(node.name) else ATOM, [node.name]


def _unary(node: Unary) -> tuple[int, list[_Piece]]:
    symbol, binds, _ = _notation(REGISTRY.prefix[node.symbol])
    return binds, [f"{symbol} " if symbol.isalpha() else symbol, _Part(node.operand, binds)]


def _binary(node: Binary) -> tuple[int, list[_Piece]]:
    op = REGISTRY.infix.get(node.symbol) or linear_algebra.matmul  # "@", whose file loads when a program has it
    symbol, binds, side = _notation(op)
    left, right = (binds, binds + 1) if side == "left" else (binds + 1, binds)
    # A sign behind an operator cannot be misread: x**-y needs no parentheses, though - binds less than **.
    right = min(right, SIGN)
    spaced = symbol if binds >= TIGHT else f" {symbol} "
    return binds, [_Part(node.left, left), spaced, _Part(node.right, right)]


def _comparison(node: Comparison) -> tuple[int, list[_Piece]]:
    pieces: list[_Piece] = [_Part(node.operands[0], COMPARISON + 1)]
    for symbol, operand in zip(node.symbols, node.operands[1:], strict=True):
        pieces += [f" {symbol} ", _Part(operand, COMPARISON + 1)]
    return COMPARISON, pieces


def _logic(node: Logic) -> tuple[int, list[_Piece]]:
    binds = LOGIC[node.symbol]
    return binds, [_Part(node.left, binds), f" {node.symbol} ", _Part(node.right, binds + 1)]


def _conditional(node: Conditional) -> tuple[int, list[_Piece]]:
    return CONDITIONAL, [
        _Part(node.then, CONDITIONAL + 1),
        " if ",
        _Part(node.condition, CONDITIONAL + 1),
        " else ",
        _Part(node.otherwise, CONDITIONAL),
    ]


def _call(node: Call) -> tuple[int, list[_Piece]]:
    pieces: list[_Piece] = []
    for argument in node.arguments:
        pieces += [", " if pieces else f"{node.function}(", _Part(argument, CONDITIONAL)]
    for option in node.options:
        pieces += [", " if pieces else f"{node.function}(", f"{option.name}=", _Part(option.value, CONDITIONAL)]
    return ATOM, [*(pieces or [f"{node.function}("]), ")"]


def _vector(node: Vector) -> tuple[int, list[_Piece]]:
    pieces: list[_Piece] = []
    for element in node.elements:
        pieces += [", " if pieces else "[", _Part(element, CONDITIONAL)]
    return ATOM, [*(pieces or ["["]), "]"]


def _index(node: Index) -> tuple[int, list[_Piece]]:
    pieces: list[_Piece] = [_Part(node.operand, ATOM)]
    for i, item in enumerate(node.items):
        pieces.append(", " if i else "[")
        if not isinstance(item, Slice):
            pieces.append(_Part(item, CONDITIONAL))
            continue
        pieces += [*_bound(item.start), ":", *_bound(item.stop)]
        if item.step is not None:
            pieces += [":", *_bound(item.step)]
    return ATOM, [*pieces, "]"]


def _bound(node: Expression | None) -> list[_Piece]:
    return [] if node is None else [_Part(node, CONDITIONAL)]


def _diff(node: Diff) -> tuple[int, list[_Piece]]:
    pieces: list[_Piece] = ["diff(", _Part(node.operand, CONDITIONAL)]
    for name in node.by:
        pieces += [", ", _Part(name, CONDITIONAL)]
    return ATOM, [*pieces, ")"]


def _derivatives(node: Derivatives) -> tuple[int, list[_Piece]]:
    by: list[_Piece] = []
    for name in node.by:
        by += [", ", _Part(name, CONDITIONAL)]
    opened, closed = ("[", "])") if node.listed else ("", ")")
    return ATOM, [f"{node.function}(", _Part(node.operand, CONDITIONAL), f", {opened}", *by[1:], closed]


_FORMS: Final[dict[type, Callable[[Any], tuple[int, list[_Piece]]]]] = {
    Number: _number,
    Name: _name,
    Unary: _unary,
    Binary: _binary,
    Comparison: _comparison,
    Logic: _logic,
    Conditional: _conditional,
    Call: _call,
    Diff: _diff,
    Derivatives: _derivatives,
    Vector: _vector,
    Index: _index,
}


def _notation(op: Any) -> Notation:
    notation: Notation | None = op.notation
    assert notation is not None, f"{op.name} has a symbol"
    return notation
