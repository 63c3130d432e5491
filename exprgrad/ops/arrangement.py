"""Values put together into an array and taken out again: what the rows of a Jacobian need.

`stack`, `part` and `placed` are closed under differentiation: the transpose of each is another of them. Their leading
axes are attributes, so that each operation's operands are all of the values alone.
"""

from __future__ import annotations

import math
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError
from exprgrad.numbers import arrays, gapped
from exprgrad.numbers.arithmetic import dtype_name, settled
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.control import seed, unreached
from exprgrad.ops.registry import Value, known_as
from exprgrad.ops.shapes import sum_to
from exprgrad.ops.structural import Joint, Linear, Shape, shape_of


def _unknown(*shapes: Shape) -> None:
    """What only the values say has no shape before."""
    return None  # noqa: RET501 - it is the answer


@known_as("Stack")
def stack(lead: Shape) -> Joint:
    """Values of one shape S, in their order, as an array of shape `lead` + S."""

    def run(*operands: Any) -> Any:
        rows = arrays.stacked(operands)
        if rows is ZERO:
            return ZERO
        return (arrays.doubles(rows) if arrays.is_rounded(rows) else rows).reshape(lead + rows.shape[1:])

    return Joint(
        "stack",
        "x, ...",
        "values put together into an array",
        zero=None,
        run=run,
        shape=_unknown,
        transposed=lambda g, *operands: [part(lead, i)(g) for i in range(len(operands))],
        still=lambda t, x: unreached(x) if t is None else t,
    )


@known_as("Part")
def part(lead: Shape, position: int) -> Linear:
    """One value out of an array, by its position among those along the axes `lead`."""

    def run(x: Any) -> Any:
        found = x.reshape((-1, *x.shape[len(lead) :]))[position]
        return settled(found.copy() if is_array(found) else found)

    return Linear(
        "part",
        "x",
        "one value out of an array",
        run=run,
        shape=_unknown,
        transposed=lambda g, x: placed(lead, position)(g),
    )


@known_as("Placed")
def placed(lead: Shape, position: int) -> Linear:
    """An array of structural zeros, but for one value at its position along the axes `lead`."""

    def run(x: Any) -> Any:
        shape = shape_of(x)
        like = gapped.nothing((math.prod(lead), *shape), dtype_name(x))
        return arrays.placed(like, (position, x)).reshape(lead + shape)

    return Linear(
        "placed",
        "x",
        "one value among zeros",
        run=run,
        shape=_unknown,
        transposed=lambda g, x: part(lead, position)(g),
        vanishes=True,
    )


def _hessian(h: Any, x: Any) -> Any:
    if not is_array(x):
        return h
    if x.size != 1:
        raise EvaluationError(
            f"the hessian by an array of {x.size} elements needs its shape before it runs",
            hint="declare it: placeholder(float64, shape=[3])",
        )
    return h.reshape(x.shape + x.shape)


# The second derivative by an x whose shape was not declared, in the shape of x twice: x has one element.
as_hessian: Final[Linear] = Linear(
    "as_hessian",
    "h, x",
    "a second derivative as a hessian",
    run=_hessian,
    shape=_unknown,
    transposed=lambda g, h, x: sum_to(g, h),
)


def unit(y: Value, shape: Shape, position: int) -> Value:
    """The cotangent with which the sweep from one element of y starts, by its position along all axes: 1 there (nan
    where y is nan) and 0 elsewhere."""
    return placed(shape, position)(seed(part(shape, position)(y))) if shape else seed(y)
