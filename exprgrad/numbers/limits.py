"""How large an array, and a derivative, may become: the limits are the same in every arithmetic and both modes.

That of arrays is checked before one is made. An operation may always give as much as the largest array that it is
given: who has that has the memory for it.
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
# So many operations may a derivative of a derivative go through: each order has several times those of the one before.
SWEPT: Final = 1_000_000


def within(
    shape: Shape, operands: Iterable[Shape] = (), span: Span | None = None, hint: str = "take a smaller one"
) -> Shape:
    """The shape of a result that is made from operands of these shapes. Raises an EvaluationError where it has too many
    axes, or would be too large, were each size that is 0 a 1: what is empty has sizes too."""
    check_axes(len(shape), span)
    if _volume(shape) > ELEMENTS and not any(_volume(shape) <= _volume(given) for given in operands):
        size = prod(shape)
        what = f"an array of {written(size)} elements" if size else f"a size of {written(max(shape))}"
        raise EvaluationError(f"{what} is beyond {ELEMENTS:,}", span, hint=hint)
    return shape


def check_axes(axes: int, span: Span | None = None) -> None:
    """Raises an EvaluationError where these are more axes than an array may have."""
    if axes > AXES:
        raise EvaluationError(f"an array of {axes:,} axes is beyond {AXES}", span, hint="take fewer axes")


def check_swept(operations: float, span: Span | None = None) -> None:
    """Raises an EvaluationError where a derivative of a derivative goes through too many operations."""
    if operations > SWEPT:
        raise EvaluationError(
            f"a derivative of this goes through more than {SWEPT:,} operations", span, hint="ask for a lower order"
        )


def _volume(shape: Shape) -> int:
    return prod([size or 1 for size in shape])


def written(count: int) -> str:
    """A whole number as text: Python refuses to write those of thousands of digits."""
    return f"{count:,}" if abs(count) < 10**18 else f"{'' if count > 0 else '-'}10^18 and more"
