"""A result as bare numbers for a script: those that the text has, in its order, one a line."""

from __future__ import annotations

from exprgrad.outcomes import Outcomes, Sparse
from exprgrad.views.numbers import NumberFormat, shortest, written


def values(result: Outcomes, number: NumberFormat = shortest) -> str:
    """`300.0`, `20.0`, `15.0`, a line each."""
    lines = []
    for _, value, derivatives, error in result.outcomes:
        lines += [f"{written(x, number)}\n" for x in (value, error) if x is not None]
        for derivative in derivatives:
            numbers = derivative.value.values.tolist() if isinstance(derivative.value, Sparse) else [derivative.value]
            lines += [f"{written(value, number)}\n" for value in numbers]
    return "".join(lines)
