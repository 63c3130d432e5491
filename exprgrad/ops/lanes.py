"""A condition of many values chooses lane by lane: what a side computes, it computes on its own lanes alone.

What enters a side is compressed to the lanes that take it, and the results of both sides are put together again. A lane
that a side does not take is not there, so that it adds nothing to a derivative: its cotangent is a structural zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from exprgrad.diagnostics import nan_condition
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import ZERO, is_nan
from exprgrad.ops.registry import Kernel, Value
from exprgrad.ops.shapes import sum_to, unmoved
from exprgrad.ops.structural import LANES, Linear, Shape, Structural


def _taken(mask: Any) -> Any:
    """The lanes where a condition holds, as numpy's booleans."""
    if is_nan(mask):
        raise nan_condition()
    return (mask != 0).astype(bool)


class Compress(Linear):
    """The elements of x in the lanes where a mask of the same shape is true, in a row."""

    __slots__ = ()
    opens_lanes = True

    def run(self, *operands: Any) -> Any:
        x, mask = operands
        return x[_taken(mask)]

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        return (LANES,)

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return scatter(g, operands[1])


class Scatter(Linear):
    """g in the lanes where a mask is true, and structural zeros elsewhere."""

    __slots__ = ()
    closes_lanes = True
    vanishes = True
    shaped_as = 1

    def run(self, *operands: Any) -> Any:
        g, mask = operands
        return arrays.placed(mask, (_taken(mask), g))

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        import numpy as np

        def scatter(g: Any, mask: Any) -> Any:
            out = np.zeros(mask.shape)
            out[_taken(mask)] = g
            return out

        return scatter

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return compress(g, operands[1])


class Merge(Structural):
    """The results of both sides in the shape of the mask, and of its opposite, that chose."""

    __slots__ = ()
    closes_lanes = True
    shaped_as = 0

    def run(self, *operands: Any) -> Any:
        mask, opposite, then, otherwise = operands
        sides = ((mask, then), (opposite, otherwise))
        return arrays.placed(mask, *[(_taken(lanes), part) for lanes, part in sides if part is not ZERO])

    def compute(self, operands: Sequence[Any]) -> Any:
        return ZERO if operands[2] is operands[3] is ZERO else self.run(*operands)

    def follows(self, position: int) -> bool:
        return position >= 2

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        mask, opposite, then, otherwise = operands
        return None, None, sum_to(compress(g, mask), then), sum_to(compress(g, opposite), otherwise)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        mask, opposite, *sides = operands
        moved = [unmoved(x) if t is None else t for x, t in zip(sides, tangents[2:], strict=True)]
        return self(mask, opposite, *moved)


compress: Final = Compress("compress", "x, mask", "the elements in the lanes where a mask is true")
scatter: Final = Scatter("scatter", "g, mask", "elements in the lanes where a mask is true")
merge: Final = Merge("merge", "mask, opposite, x, y", "the results of both sides of a branch by lanes", zero=None)
