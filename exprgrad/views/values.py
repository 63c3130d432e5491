"""A result as bare numbers for a script: those that the text has, in its order, one a line."""

from __future__ import annotations

from exprgrad.result import Result
from exprgrad.views.numbers import NumberFormat, shortest, written


def values(result: Result, number: NumberFormat = shortest) -> str:
    """`300.0`, `20.0`, `15.0`, a line each."""
    lines = []
    for _, value, derivatives in result.outcomes:
        lines.append(f"{written(value, number)}\n")
        lines += [f"{written(derivative.value, number)}\n" for derivative in derivatives]
    return "".join(lines)
