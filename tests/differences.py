"""Derivatives by differences in high precision: the reference that the rules are checked against.

A kernel runs at 400 bits, and central differences with a step of 2**-60 leave an error near 2**-120: far below
the double that is checked, so one check covers the formula and its digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import gmpy2

from exprgrad.numbers.rounded import Rounded
from exprgrad.ops.registry import Op

PRECISION = 400
STEP = gmpy2.mpfr(2) ** -60


@cache
def _wide() -> Rounded:
    return Rounded(PRECISION)


def derivative(op: Op, point: Sequence[float], by: Sequence[int]) -> float:
    """The partial derivative of an operation at a point, once by each operand position in `by`."""
    kernel: Callable[..., Any] = op._rounded(_wide())
    context = _wide().context
    values = [_wide().number(x) for x in point]
    # Every term is a choice of a sign for each differentiation.
    total = _wide().number(0)
    for signs in range(2 ** len(by)):
        shifted = list(values)
        sign = 1
        for bit, position in enumerate(by):
            direction = 1 if signs >> bit & 1 else -1
            sign *= direction
            shifted[position] = context.add(shifted[position], context.mul(STEP, direction))
        total = context.add(total, context.mul(kernel(*shifted), sign))
    return float(context.div(total, context.pow(context.mul(STEP, 2), len(by))))


def ulps(a: float, b: float) -> Fraction | float:
    """How many units in the last place of b lie between two doubles."""
    import math

    if a == b or (a != a and b != b):
        return 0
    if not (math.isfinite(a) and math.isfinite(b)):
        return math.inf
    return abs(Fraction(a) - Fraction(b)) / Fraction(math.ulp(b))
