"""Polynomials, by their coefficients from the constant on."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any


def added(p: Sequence[Any], q: Sequence[Any]) -> tuple[Any, ...]:
    """The sum of two polynomials, as its coefficients; none of them but the first is a 0 at the end."""
    found = [a + b for a, b in zip_longest(p, q, fillvalue=0)]
    while len(found) > 1 and not found[-1]:
        found.pop()
    return tuple(found)


def times(p: Sequence[Any], q: Sequence[Any]) -> tuple[Any, ...]:
    """Their product."""
    found = [0] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            found[i + j] += a * b
    return tuple(found)


def derivative(p: Sequence[Any]) -> tuple[Any, ...]:
    """That of a polynomial."""
    return tuple([i * a for i, a in enumerate(p)][1:]) or (0,)
