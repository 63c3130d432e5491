"""A condition of many values chooses lane by lane: what a side computes, it computes on its own lanes alone.

What enters a side is compressed to the lanes that take it, and the results of both sides are put together again. A lane
that a side does not take is not there, so that it adds nothing to a derivative: its cotangent is a structural zero.
"""

from __future__ import annotations

from typing import Any, Final

from exprgrad.diagnostics import nan_condition
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import is_nan
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.registry import Kernel
from exprgrad.ops.shapes import sum_to, unmoved
from exprgrad.ops.structural import LANES, Joint, Linear, Shape


def _taken(mask: Any) -> Any:
    """The lanes where a condition holds, as numpy's booleans."""
    if is_nan(mask):
        raise nan_condition()
    return (mask != 0).astype(bool)


compress: Final[Linear] = Linear(
    "compress",
    "x, mask",
    "the elements in the lanes where a mask is true",
    run=lambda x, mask: x[_taken(mask)],
    shape=lambda x, mask: (LANES,),
    transposed=lambda g, x, mask: scatter(g, mask),
    opens_lanes=True,
)


def _scattered(g: Shape, mask: Shape) -> Kernel:
    import numpy as np

    def scatter(g: Any, mask: Any) -> Any:
        out = np.zeros(mask.shape)
        out[_taken(mask)] = g
        return out

    return scatter


# Structural zeros in the lanes where the mask is not true.
scatter: Final[Linear] = Linear(
    "scatter",
    "g, mask",
    "elements in the lanes where a mask is true",
    run=lambda g, mask: arrays.placed(mask, (_taken(mask), g)),
    planned=_scattered,
    transposed=lambda h, g, mask: compress(h, mask),
    closes_lanes=True,
    vanishes=True,
    shaped_as=1,
)


def _merged(mask: Any, opposite: Any, *sides: Any) -> Any:
    there = [(_taken(lanes), x) for lanes, x in zip((mask, opposite), sides, strict=True) if x is not ZERO]
    return arrays.placed(mask, *there) if there else ZERO


# In the shape of the mask that chose, and of its opposite.
merge: Final[Joint] = Joint(
    "merge",
    "mask, opposite, x, y",
    "the results of both sides of a branch by lanes",
    zero=None,
    run=_merged,
    transposed=lambda g, mask, opposite, x, y: (sum_to(compress(g, mask), x), sum_to(compress(g, opposite), y)),
    still=lambda t, x: unmoved(x) if t is None else t,
    start=2,
    closes_lanes=True,
    shaped_as=0,
)
