"""Values put together into an array and taken out again: what the rows of a Jacobian need.

`Stack`, `Part` and `Placed` are closed under differentiation: the transpose of each is another of them. Their leading
axes are attributes, so that each operation's operands are all of the values alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError
from exprgrad.numbers import arrays, gapped
from exprgrad.numbers.arithmetic import ZERO, dtype_name, is_array, settled
from exprgrad.ops.control import seed, unreached
from exprgrad.ops.registry import Value, family
from exprgrad.ops.shapes import sum_to, unmoved
from exprgrad.ops.structural import Structural, shape_of


class Arrangement(Structural):
    """An operation whose result has another shape than its operands."""

    __slots__ = ()

    def shape(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
        return None


class Stack(Arrangement):
    """Values of one shape S, in their order, as an array of shape `lead` + S."""

    __slots__ = ("lead",)

    def __init__(self, lead: tuple[int, ...]) -> None:
        super().__init__("stack", "x, ...", "values put together into an array", zero=None)
        self.lead = lead

    def run(self, *operands: Any) -> Any:
        import numpy as np

        there = [x for x in operands if x is not ZERO]
        if not there:
            return ZERO
        rows = arrays.joined(np.stack, [unmoved.run(there[0]) if x is ZERO else x for x in operands])
        return (arrays.doubles(rows) if arrays.is_rounded(rows) else rows).reshape(self.lead + rows.shape[1:])

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return [part(self.lead, i)(g) for i in range(len(operands))]

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return self(*[unreached(x) if t is None else t for t, x in zip(tangents, operands, strict=True)])


class Part(Arrangement):
    """One value out of an array, by its position among those along the axes `lead`."""

    __slots__ = ("lead", "position")

    def __init__(self, lead: tuple[int, ...], position: int) -> None:
        super().__init__("part", "x", "one value out of an array")
        self.lead = lead
        self.position = position

    def run(self, *operands: Any) -> Any:
        (x,) = operands
        found = x.reshape((-1, *x.shape[len(self.lead) :]))[self.position]
        return found.copy() if found.ndim else settled(found)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (placed(self.lead, self.position)(g),)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return None if tangents[0] is None else self(tangents[0])


class Placed(Arrangement):
    """An array of structural zeros, but for one value at its position along the axes `lead`."""

    __slots__ = ("lead", "position")
    vanishes = True

    def __init__(self, lead: tuple[int, ...], position: int) -> None:
        super().__init__("placed", "x", "one value among zeros")
        self.lead = lead
        self.position = position

    def run(self, *operands: Any) -> Any:
        (x,) = operands
        shape = shape_of(x)
        like = gapped.nothing((math.prod(self.lead), *shape), dtype_name(x))
        return arrays.placed(like, (self.position, x)).reshape(self.lead + shape)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (part(self.lead, self.position)(g),)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return None if tangents[0] is None else self(tangents[0])


class AsHessian(Arrangement):
    """h, the second derivative by an x whose shape was not declared, in the shape of x twice: x has one element."""

    __slots__ = ()

    def run(self, *operands: Any) -> Any:
        h, x = operands
        if not is_array(x):
            return h
        if x.size != 1:
            raise EvaluationError(
                f"the hessian by an array of {x.size} elements needs its shape before it runs",
                hint="declare it: placeholder(float64, shape=[3])",
            )
        return h.reshape(x.shape + x.shape)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (sum_to(g, operands[0]), None)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return None if tangents[0] is None else self(tangents[0], operands[1])


stack = family(Stack)
part = family(Part)
placed = family(Placed)
as_hessian: Final = AsHessian("as_hessian", "h, x", "a second derivative as a hessian")


def unit(y: Value, shape: tuple[int, ...], position: int) -> Value:
    """The cotangent with which the sweep from one element of y starts, by its position along all axes: 1 there (nan
    where y is nan) and 0 elsewhere."""
    return placed(shape, position)(seed(part(shape, position)(y))) if shape else seed(y)
