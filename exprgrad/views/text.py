"""A result as lines for a reader: each value, and below it each derivative in words."""

from __future__ import annotations

import math
from collections.abc import Iterator

from exprgrad.diagnostics import listed
from exprgrad.outcomes import Outcomes, Sparse
from exprgrad.views.numbers import NumberFormat, shortest, written


def text(result: Outcomes, number: NumberFormat = shortest) -> str:
    """`c = 300.0`, `Derivative of c with respect to a = 20.0`, ..., a line each."""
    lines = []
    for name, value, derivatives, error in result.outcomes:
        if value is not None:
            lines.append(f"{name} = {written(value, number)}\n")
        if error is not None:
            lines.append(f"Standard error of {name} = {written(error, number)}\n")
        for by, derivative, along, order in derivatives:
            kind = f"{ordinal(order)} derivative" if order > 1 else "Derivative"
            tangents = ", ".join(f"{x} = {written(t, number)}" for x, t in along)
            way = f"along ({tangents})" if along else f"with respect to {listed(by)}"
            if isinstance(derivative, Sparse):
                lines += _elements(f"{kind} of {name} {way}", derivative, number)
            else:
                lines.append(f"{kind} of {name} {way} = {written(derivative, number)}\n")
    return "".join(lines)


def _elements(what: str, derivative: Sparse, number: NumberFormat) -> Iterator[str]:
    """A line for each element that may be other than 0: its place and its value."""
    size, count = math.prod(derivative.shape), len(derivative.values)
    yield f"{what}, {count} of {size} elements\n"
    for place, value in zip(derivative.places.tolist(), derivative.values.tolist(), strict=True):
        yield f"  [{', '.join(map(str, place))}] = {written(value, number)}\n"


def ordinal(n: int) -> str:
    """`Second`, `Third`, `4th`, `11th`, `21st`, `22nd`: how a line on order n > 1 begins."""
    words = {2: "Second", 3: "Third"}
    if n in words:
        return words[n]
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
