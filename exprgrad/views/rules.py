"""The local partials of an operation as text: `d(u*v)/du = v`.

The text comes from the rule that the sweep uses: fed operands that write down what is done with them, a rule writes
itself. Where it would name what only derivatives have, the operation's entry has the textbook's formula.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, Final

from exprgrad.ops.arithmetic import add
from exprgrad.ops.registry import MINUS_ONE, ONE, Evaluated, Op, Traced, Value
from exprgrad.ops.structural import Structural
from exprgrad.syntax.tree import Binary, Call, Expression, Name, Number, Unary
from exprgrad.views import formula

# Beyond, a rule is too long to be read in a line.
MOST_OPERANDS: Final = 3


class _Written(Traced):
    """An operand that writes down what is done with it. `complete` is False where that is not in the language."""

    __slots__ = ("complete", "expression")
    kind: ClassVar[str] = "formula"

    def __init__(self, expression: Expression, complete: bool = True) -> None:
        self.expression = expression
        self.complete = complete

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> _Written:
        parts = [_written(x) for x in operands]
        if op is add:  # what is added to make 0 of -0 says nothing to a reader
            parts = [x for x in parts if x.expression != Number(0.0)] or parts[:1]
        if len(parts) < len(operands):
            return parts[0]
        expressions = tuple([x.expression for x in parts])
        expression: Expression
        if op.notation is None:
            expression = Call(op.name, expressions)
        elif op.notation.side == "prefix":
            expression = Unary(op.notation.symbol, expressions[0])
        else:
            expression = Binary(op.notation.symbol, expressions[0], expressions[1])
        return cls(expression, op.public and all([x.complete for x in parts]))


@cache
def rule(op: Op, position: int, operands: tuple[str, ...]) -> str:
    """The partial by the operand at a position, with these names for all of them: `d sin(u)/du = cos(u)`. It is left
    out of operations that only derivatives have."""
    names = [_Written(Name(x)) for x in operands]
    out = _Written.record(op, names)
    whole = formula.expression(out.expression)
    left = f"d {whole}/d{operands[position]}" if op.notation is None else f"d({whole})/d{operands[position]}"
    partial = _partial(op.partials_at(out, names)[position], out, names)
    if partial.complete:
        return f"{left} = {formula.expression(partial.expression)}"
    text = op.textbook[position] if op.textbook else None
    return left if text is None else f"{left} = {_renamed(text, op.operand_names, operands)}"


def structural_rule(op: Structural, position: int, operands: tuple[str, ...]) -> str:
    """What comes to the operand at a position, with these names for all of them: `u @ v: u += g v^T`, where g is the
    cotangent of the result. It is left out of operations that only derivatives have."""
    if position < len(op.textbook) and (text := op.textbook[position]) is not None:
        names = op.operand_names[: len(operands)]
        return f"{op.written(operands)}: {operands[position]} += {_renamed(text, names, operands)}"
    return "g, moved back" if op.moves else "g to each element" if op.adds else ""


def _renamed(text: str, names: Sequence[str], others: Sequence[str]) -> str:
    """A formula of the operands with other names for them."""
    known = dict(zip(names, others, strict=True))
    return re.sub(r"[^\W\d]\w*", lambda word: known.get(word[0], word[0]), text)


def _partial(partial: Any, out: _Written, operands: Sequence[_Written]) -> _Written:
    if partial is ONE or partial is MINUS_ONE:
        return _written(partial.sign)
    if partial is None:
        return _written(0)
    return _written(partial.value if type(partial) is Evaluated else partial(out, *operands))


def _written(x: Any) -> _Written:
    if isinstance(x, _Written):
        return x
    return _Written(Unary("-", Number(-float(x))) if x < 0 else Number(float(x)))
