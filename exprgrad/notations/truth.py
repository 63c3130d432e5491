"""What `and` and `or` give: here 1 or 0, in Python and JavaScript one of their operands."""

from __future__ import annotations

from typing import Final

from exprgrad.diagnostics import UnsupportedError
from exprgrad.syntax.tree import (
    Call,
    Comparison,
    Conditional,
    Expression,
    If,
    Logic,
    Number,
    ProgramTree,
    Tree,
    Unary,
    While,
)

# Functions whose value is true or false.
_TESTS: Final = frozenset({"isnan", "isinf", "isfinite", "isNaN", "isFinite", "any", "all"})


def check_truths(program: ProgramTree, hint: str) -> None:
    """Raises an UnsupportedError for an `and` or `or` of numbers whose value is used as a number."""
    waiting: list[tuple[object, bool]] = [(program, False)]
    while waiting:
        node, is_condition = waiting.pop()
        if isinstance(node, tuple):
            waiting += [(part, False) for part in node]
        elif isinstance(node, Logic):
            for side in (node.left, node.right):
                if not is_condition and not _is_truth(side):
                    message = "this gives one of its operands there, and 1 or 0 here"
                    raise UnsupportedError(message, node.span, hint=hint)
                waiting.append((side, is_condition))
        elif isinstance(node, Conditional | If | While):
            condition, *rest = node.parts()
            waiting.append((condition, True))
            waiting += [(part, is_condition) for part in rest]
        elif isinstance(node, Unary):
            waiting.append((node.operand, node.symbol == "not"))
        elif isinstance(node, Tree):
            waiting += [(part, False) for part in node.parts()]


def _is_truth(node: Expression) -> bool:
    """Whether a value is true or false; that of an `and` is looked at by itself."""
    if isinstance(node, Call):
        return node.function in _TESTS
    if isinstance(node, Number):
        return node.value in (0, 1)
    return isinstance(node, Comparison | Logic) or (isinstance(node, Unary) and node.symbol == "not")
