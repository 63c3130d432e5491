"""A result as numbers for a script: those that the text has, in its order, one a line, bare or named."""

from __future__ import annotations

from typing import Any

from exprgrad.outcomes import Outcomes, Sparse, columns_of
from exprgrad.views.numbers import NumberFormat, shortest, written


def values(result: Outcomes, number: NumberFormat = shortest) -> str:
    """`300.0`, `20.0`, `15.0`, a line each."""
    lines = []
    for _, value in _named(result):
        lines += [f"{written(x, number)}\n" for x in (value.values.tolist() if isinstance(value, Sparse) else [value])]
    return "".join(lines)


def environment(result: Outcomes, number: NumberFormat = shortest) -> str:
    """`c=300.0`, `dc_da=20.0`, a line each, as a shell evaluates them: without the spaces that a format sets before a
    number, and with quotes around an array."""
    lines = []
    for name, value in _named(result):
        shown = written(value.toarray() if isinstance(value, Sparse) else value, number).lstrip()
        lines.append(f"{name}='{shown}'\n" if shown.startswith("[") else f"{name}={shown}\n")
    return "".join(lines)


def _named(result: Outcomes) -> list[tuple[str, Any]]:
    """Values, standard errors and derivatives by the names that columns have; a value may be left out."""
    return [(name, x) for name, x in columns_of(result.outcomes) if x is not None]
