"""Derivatives by differences in high precision: the reference that the rules are checked against.

A kernel runs at 400 bits, and central differences with a step of 2**-60 leave an error near 2**-120: far below
the double that is checked, so one check covers the formula and its digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import gmpy2

from exprgrad.numbers.rounded import Rounded
from exprgrad.ops import REGISTRY, Op
from exprgrad.syntax.tree import Binary, Call, Expression, Name, Number, Unary, children

PRECISION = 400
STEP = gmpy2.mpfr(2) ** -60


@cache
def _wide() -> Rounded:
    return Rounded(PRECISION)


def derivative(op: Op, point: Sequence[float], by: Sequence[int]) -> float:
    """The partial derivative of an operation at a point, once by each operand position in `by`."""
    return _differences(op.rounded(_wide()), point, by)


def slopes(expression: Expression, values: Mapping[str, float], by: Sequence[str]) -> float:
    """The derivative of an expression of operators and calls, once by each name in `by`."""
    names = list(values)
    return _differences(
        lambda *xs: _value(expression, dict(zip(names, xs, strict=True))),
        list(values.values()),
        [names.index(name) for name in by],
    )


def _value(node: Expression, values: Mapping[str, Any]) -> Any:
    if isinstance(node, Number):
        return _wide().number(node.value)
    if isinstance(node, Name):
        return values[node.name]
    operands = [_value(part, values) for part in children(node)]
    if isinstance(node, Call):
        op = REGISTRY.find(node.function, len(operands))
    else:
        assert isinstance(node, Unary | Binary)
        op = (REGISTRY.infix if isinstance(node, Binary) else REGISTRY.prefix)[node.symbol]
    assert op is not None
    return op.rounded(_wide())(*operands)


def _differences(kernel: Callable[..., Any], point: Sequence[float], by: Sequence[int]) -> float:
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
