"""The tip of a cone: what a root of a sum of squares is infinitely near to where it is 0, and one over that.

Both are quotients of what vanishes there, and begin at another power of the distance than their operand does: for each
element of an array by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np

from exprgrad.kinks.series import vanishes, where_zero
from exprgrad.numbers import arrays
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.arithmetic import add, mul, neg, sub
from exprgrad.ops.registry import Op, Unary
from exprgrad.ops.structural import shape_of

root: Final[Op] = Unary(
    "root",
    doc="the square root of a sum of squares",
    rounded=lambda r: r.sqrt,
    arrays=lambda np: np.sqrt,
    partials=[lambda out, s: mul(0.5, inverse(out))],
    public=False,
)
inverse: Final[Op] = Unary(
    "inverse",
    "h",
    doc="1/h, and 0 where h is 0",
    rounded=lambda r: r.inverse_norm,
    arrays=lambda np: lambda h: np.where(h == 0, 0.0, 1 / h),
    partials=[lambda out, h: neg(mul(out, out))],
    public=False,
)


class Part:
    """The elements of an expansion whose operand begins at the power `least`: those in a mask, or the number that is
    no array. `found` are the coefficients so far, from the power `first` on."""

    __slots__ = ("first", "found", "least", "where")

    def __init__(self, first: int, least: int, where: Any) -> None:
        self.first = first
        self.least = least
        self.where = where
        self.found: list[Any] = []


class Expansion:
    """The coefficients of `root` or `inverse`, from those of the operand, which `term` gives from the power `low` on.
    It is looked for the first of them up to the power `far`."""

    def __init__(self, op: Op, term: Callable[[int], Any], low: int, far: int) -> None:
        self._next = _root if op is root else _inverse
        self._term = term
        self.like = term(0)
        shape = shape_of(self.like)
        self.parts: list[Part] = []
        powers = range(low, far + 1)
        if not is_array(self.like):
            least = next((power for power in powers if not vanishes(term(power))), None)
            found = {} if least is None else {least: None}
        else:
            left = np.ones(shape, dtype=bool)
            found = {}
            for power in powers:
                if not vanishes(term(power)):
                    where = left & np.broadcast_to(~where_zero(term(power)), shape)
                    if where.any():
                        found[power] = where
                        left = left & ~where
                if not left.any():
                    break
        for least, where in found.items():
            self.parts.append(Part(least // 2 if op is root else -least, least, where))
        self.low = min([0, *[part.first for part in self.parts]])

    def coefficient(self, k: int) -> Any:
        """The coefficient of the power k."""
        out: Any = arrays.full(shape_of(self.like), 0.0, self.like) if is_array(self.like) else FLOAT64.zero
        for part in self.parts:
            while len(part.found) <= k - part.first:
                part.found.append(self._next(part.found, partial(self._of, part)))
            if k >= part.first:
                if part.where is None:
                    return part.found[k - part.first]
                out[part.where] = part.found[k - part.first]
        return out

    def _of(self, part: Part, j: int) -> Any:
        """The j-th coefficient of the operand from its first on, in the elements of a part."""
        x = self._term(part.least + j)
        if part.where is None:
            return FLOAT64.zero if x is ZERO else x
        x = arrays.full(shape_of(self.like), 0.0, self.like) if x is ZERO else x
        return np.broadcast_to(x, shape_of(self.like))[part.where]


def _root(found: list[Any], x: Callable[[int], Any]) -> Any:
    """The next coefficient of the square root, by (r*r)[k] = x[k]."""
    k = len(found)
    if not k:
        return root.compute((x(0),))
    rest = x(k)
    for j in range(1, k):
        rest = sub.compute((rest, mul.compute((found[j], found[k - j]))))
    return mul.compute((rest, inverse.compute((add.compute((found[0], found[0])),))))


def _inverse(found: list[Any], x: Callable[[int], Any]) -> Any:
    """The next coefficient of 1/x, by (x*r)[k] = 0."""
    k = len(found)
    if not k:
        return inverse.compute((x(0),))
    total = mul.compute((x(1), found[k - 1]))
    for j in range(2, k + 1):
        total = add.compute((total, mul.compute((x(j), found[k - j]))))
    return neg.compute((mul.compute((total, found[0])),))
