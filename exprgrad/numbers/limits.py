"""How large an array may become: the one limit on its axes and its elements, in every arithmetic and both modes.

It is checked before an array is made. An operation may always give as much as the largest array that it is given: who
has that has the memory for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Final

from exprgrad.diagnostics import EvaluationError, Span

Shape = tuple[int, ...]

# numpy's iterators, with which elements of any kind are computed, know no more.
AXES: Final = 32
ELEMENTS: Final = 10_000_000


def within(shape: Shape, operands: Iterable[Shape] = (), span: Span | None = None) -> Shape:
    """The shape of a result that is made from operands of these shapes. Raises an EvaluationError where it has too many
    axes, or would be too large, were each size that is 0 a 1: what is empty has sizes too."""
    check_axes(len(shape), span)
    if _volume(shape) > ELEMENTS and not any(_volume(shape) <= _volume(given) for given in operands):
        size = prod(shape)
        what = f"an array of {_written(size)} elements" if size else f"a size of {_written(max(shape))}"
        raise EvaluationError(f"{what} is beyond {ELEMENTS:,}", span, hint="take a smaller one")
    return shape


def check_axes(axes: int, span: Span | None = None) -> None:
    """Raises an EvaluationError where these are more axes than an array may have."""
    if axes > AXES:
        raise EvaluationError(f"an array of {axes:,} axes is beyond {AXES}", span, hint="take fewer axes")


def _volume(shape: Shape) -> int:
    return prod([size or 1 for size in shape])


def _written(count: int) -> str:
    """Python refuses to write numbers of thousands of digits."""
    return f"{count:,}" if count < 10**18 else "more than 10^18"
