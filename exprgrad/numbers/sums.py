"""Exact sums of many doubles, which do not depend on their order, nor on how they are cut into parts.

A sum is a whole number of the least double, of which all others are multiples, and is rounded once at the end: on the
way it has no range to leave. Most of the work are a few operations on whole arrays: of all numbers the upper bits
are added, then the next ones, until nothing is left (S. M. Rump, T. Ogita, S. Oishi, Accurate floating-point summation
I, SIAM J. Sci. Comput. 31 (2008) 189).
"""

from __future__ import annotations

import math
from threading import local
from typing import Any, Final

import numpy as np

from exprgrad.records import NamedTuple

# The least double is 2**_LEAST.
_LEAST: Final = -1074
# So many numbers are added at once, while they are in a processor's cache.
AT_ONCE: Final = 1 << 15
# Numbers from 2**_LARGE on are made smaller first.
_LARGE: Final = 900


class _Memory(local):
    """Arrays of each thread's own: new ones each time would cost more than the sums."""

    def __init__(self) -> None:
        self.upper, self.rest = np.empty((2, AT_ONCE))


_MEMORY: Final = _Memory()


def parts(x: Any, starts: Any = None) -> list[tuple[Any, int]]:
    """Whole numbers k, each with an exponent e, of which the sum of all k * 2**e is that of at most AT_ONCE finite
    doubles. With `starts` k are arrays of them, for the doubles from each start to the next."""
    count = len(x)
    most = max(float(x.max(initial=0.0)), -float(x.min(initial=0.0)))
    end = math.frexp(most)[1]  # all are below 2**end
    if end > _LARGE:
        large = np.where(np.abs(x) >= 2.0**_LARGE, x, 0.0)
        return [*[(k, e + 200) for k, e in parts(large * 2.0**-200, starts)], *parts(x - large, starts)]
    upper, rest = _MEMORY.upper[:count], _MEMORY.rest[:count]
    # The sum of so many whole numbers of up to 2**width has 63 bits.
    width = min(50, 63 - count.bit_length())
    found: list[tuple[Any, int]] = []
    left = most > 0
    while left:
        e = max(end - width, _LEAST)
        # What is added to it is rounded to a multiple of 2**e, and how many times 2**e stands in the last bits.
        grid = math.ldexp(1.5, 52 + e)
        np.add(x, grid, out=upper)
        bits = (1075 + e << 52) + (1 << 51)  # those of the grid
        if starts is None:
            k = int(upper.view(np.int64).sum()) - count * bits
            found.append(((k + 2**63) % 2**64 - 2**63, e))
        else:
            found.append((np.add.reduceat(upper.view(np.int64) - bits, starts), e))
        np.subtract(upper, grid, out=upper)
        np.subtract(x, upper, out=rest)
        x, end = rest, e - 1
        left = bool(rest.any())
    return found


class Sum(NamedTuple):
    """An exact sum: a whole number of 2**-1074, and the sum of the numbers that are infinite or nan, else 0."""

    whole: int = 0
    beyond: float = 0.0

    def plus(self, other: Sum) -> Sum:
        """The sum of both."""
        return Sum(self.whole + other.whole, self.beyond + other.beyond)

    def over(self, n: int) -> float:
        """The sum divided by a whole number above 0, rounded once; what is infinite or nan decides, if there is any."""
        if self.beyond != 0:
            return self.beyond
        try:
            return self.whole / (n << -_LEAST)  # the quotient of whole numbers is correctly rounded
        except OverflowError:
            return math.inf if self.whole > 0 else -math.inf


def total(x: Any) -> Sum:
    """The sum of an array of doubles."""
    whole, beyond = 0, 0.0
    for start in range(0, len(x), AT_ONCE):
        block = x[start : start + AT_ONCE]
        finite = np.isfinite(block)
        if not finite.all():
            with np.errstate(invalid="ignore"):  # of infinities of both signs
                beyond += float(block[~finite].sum())
            block = block[finite]
        whole += sum(k << (e - _LEAST) for k, e in parts(block))
    return Sum(whole, beyond)


def totals(x: Any, starts: Any) -> list[Sum]:
    """The sums of at most AT_ONCE doubles, from each start to the next."""
    finite = np.isfinite(x)
    beyond = [0.0] * len(starts)
    if not finite.all():
        with np.errstate(invalid="ignore"):  # of infinities of both signs
            beyond = np.add.reduceat(np.where(finite, 0.0, x), starts).tolist()
        x = np.where(finite, x, 0.0)
    whole = [0] * len(starts)
    for numbers, e in parts(x, starts):
        whole = [sum_ + (k << (e - _LEAST)) for sum_, k in zip(whole, numbers.tolist(), strict=True)]
    return [Sum(*both) for both in zip(whole, beyond, strict=True)]
