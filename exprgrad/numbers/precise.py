"""The arithmetic of more digits than a double has: what cancels in doubles does not cancel there."""

from __future__ import annotations

import math
import sys
from typing import Any, Final

from exprgrad.numbers import arrays
from exprgrad.numbers.rounded import MPFR, Number, Rounded
from exprgrad.numbers.scalars import ZERO, Float32, Kernel, is_true

LARGEST: Final = sys.float_info.max
SMALLEST: Final = math.ulp(0.0)


class Precise:
    """Rounded numbers of so many bits (see `scalars.Arithmetic`)."""

    def __init__(self, bits: int) -> None:
        self.rounded: Final = Rounded(bits)

    def number(self, x: Any) -> Number:
        """A number of Python's or a rounded one, exactly; a structural zero is 0."""
        if x is ZERO:
            return self.rounded.zero
        x = x.value if type(x) is Float32 else x
        return x if type(x) is MPFR else self.rounded.number(x)

    def kernel(self, op: Any) -> Kernel:
        # What is not elementwise has a kernel for doubles alone.
        kernel: Kernel = op.float64 if op.partials is None else op.rounded(self.rounded)
        return kernel

    is_true = staticmethod(is_true)


PRECISE: Final = Precise(424)


def double(x: Number) -> float:
    """The nearest double, but neither 0 nor an infinity where x is none."""
    found = float(x)
    if found == 0 and not x.is_zero():
        return math.copysign(SMALLEST, x)
    if math.isinf(found) and not x.is_infinite():
        return math.copysign(LARGEST, found)
    return found


def doubles(numbers: Any) -> Any:
    """The same of an array."""
    return arrays.elementwise(double, numbers).astype(float)
