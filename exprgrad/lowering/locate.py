"""Runs operations for the lowering: what they make and the errors they raise get their place in the text."""

from __future__ import annotations

from collections.abc import Sequence

from exprgrad.diagnostics import ExprError, Mark, ShapeProblem, Span
from exprgrad.numbers import memory
from exprgrad.ops.registry import Op, Traced, Value, apply
from exprgrad.syntax.tree import Expression


def apply_at(op: Op, span: Span, *operands: Value, parts: Sequence[Expression] = ()) -> Value:
    """Runs an operation and gives what it made, or the error it raised, its place in the text; `parts` are the forms
    that the operands came from."""
    try:
        value = apply(op, *operands)
    except ExprError as problem:
        raise locate(problem, span, [part.span for part in parts], operands) from None
    except MemoryError:
        raise memory.exhausted(span) from None
    if isinstance(value, Traced):
        value.span = span
    return value


def locate(problem: ExprError, span: Span, spans: Sequence[Span], operands: Sequence[Value]) -> ExprError:
    """Gives an error its place; where shapes do not fit, with the place and shape of each operand."""
    problem.span = problem.span or span
    if isinstance(problem, ShapeProblem) and not problem.marks:
        problem.marks = [Mark(part, f"shape {x.shape}") for part, x in zip(spans, operands, strict=False)]
    return problem
