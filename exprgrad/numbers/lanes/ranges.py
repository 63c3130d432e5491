"""The four operations in doubles, where MPFR's exponents do not end.

A sum, a product or a quotient is what MPFR gives while it is a normal double. Beyond the largest a row is left over.
Below the smallest, or rounded up to it, a product has lost digits: it is *loose*, by at most the last place of such a
number, and so is what is computed with it. Mostly it is added to something much larger soon, which stays what it is,
and is loose no more. Of what else is done with a loose value nothing is known, and the row is left over.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from exprgrad.numbers.lanes.decisions import TINY, Checks, Decisions, Kernel
from exprgrad.numbers.rounded import NORMAL

# What values may be off by is kept times SCALE, so that it has all its digits. LOST, the last place of numbers below
# the normal doubles, is twice what a product loses there.
_SCALE: Final = 2.0**600
_LOST: Final = 2.0 ** (600 - 1074)
# Of loose numbers results are rounded otherwise.
_ROUNDED: Final = 2.0**-52 * _SCALE
# What is below TINY is less than a quarter of the last place of such a number.
_LARGE: Final = 2.0**-800


class Ranges(Decisions):
    """The operations that numbers can leave the range by, by the names that `Rounded` has for them."""

    def __init__(self, w: Any, checks: Checks) -> None:
        super().__init__(w, checks)
        # Whether it is asked of each result alone whether it is in the range.
        self._asks = checks in (Checks.BELOW, Checks.ALL)
        # By the values that may be loose how much they are.
        self._loose: dict[Any, Any] = {}

    def firm(self, x: Any) -> Any:
        """x; where it is loose the row is left over."""
        if not isinstance(loose := self._off(x), float):
            self._left(~(loose == 0))
        return x

    def _of_firm(self, kernel: Kernel) -> Kernel:
        """A kernel whose operands are not loose."""
        return lambda *xs: kernel(*map(self.firm, xs))

    def _off(self, x: Any) -> Any:
        """By how much a value is loose, 0.0 for a value that is not."""
        return self._loose.get(self.w.key(x), 0.0) if self._loose and not isinstance(x, float) else 0.0

    def _kept(self, found: Any, loose: Any) -> Any:
        """A value, and by how much it is loose."""
        if not isinstance(loose, float):
            self._loose[self.w.key(found)] = loose
        return found

    def _seen(self, found: Any, may_be_below: bool) -> Any:
        """A result of which alone it is not asked whether it is in the range."""
        if self._checks is Checks.FIND and not self.w.final:
            self.w.seen(found, may_be_below)
        return found

    def _within(self, found: Any, x: Any, y: Any) -> None:
        """Leaves over what is above the largest double although no operand is; written down it is infinite."""
        if self._checks is Checks.ALL and not self.w.final:
            self._left(~self._finite(found) & self._finite(x, y))

    def _lost(self, below: Any) -> Any:
        """By how much what is below the normal doubles is loose. Written down it has as many digits as it has here."""
        return 0.0 if self.w.final else self.w.where(below, _LOST, 0.0)

    def neg(self, x: Any) -> Any:
        return self._kept(self.w.negative(x), self._off(x))

    def add(self, x: Any, y: Any) -> Any:
        return self._sum(self.w.add, x, y)

    def sub(self, x: Any, y: Any) -> Any:
        return self._sum(self.w.subtract, x, y)

    def _sum(self, operation: Callable[..., Any], x: Any, y: Any) -> Any:
        """A sum, which is exact where it is below the normal doubles."""
        w = self.w
        found = operation(x, y)
        if not self._asks:
            return self._seen(found, False)
        x, y = w.number(x), w.number(y)
        self._within(found, x, y)
        by_x, by_y = self._off(x), self._off(y)
        if isinstance(by_x, float) and isinstance(by_y, float):
            return found
        vanishes = self._vanishes(x, by_x, y, by_y) | self._vanishes(y, by_y, x, by_x)
        firm = (w.number(by_x) == 0) & (w.number(by_y) == 0)
        loose = w.multiply_add(w.abs(found), _ROUNDED, w.add(by_x, by_y))
        return self._kept(found, w.where(vanishes | firm, 0.0, loose))

    def _vanishes(self, x: Any, by_x: Any, y: Any, by_y: Any) -> Any:
        """Where x is nothing beside y, which is not loose."""
        w = self.w
        if isinstance(by_x, float):
            return w.false
        return (w.abs(x) * _SCALE + by_x < TINY * _SCALE) & (w.abs(y) >= _LARGE) & (w.number(by_y) == 0)

    def mul(self, x: Any, y: Any) -> Any:
        w = self.w
        found = w.multiply(x, y)
        if not self._asks:
            return self._seen(found, True)
        x, y = w.number(x), w.number(y)
        self._within(found, x, y)
        loose = self._lost((w.abs(found) <= NORMAL) & (x != 0) & (y != 0))
        by_x, by_y = self._off(x), self._off(y)
        for by, other in ((by_x, y), (by_y, x)):
            if not isinstance(by, float):
                size = w.abs(other)  # what is kept does not become smaller, or it would end at 0
                off = w.multiply_add(w.abs(found), _ROUNDED, by * w.where(size < 1, 1.0, size))
                loose = loose + w.where(by == 0, 0.0, off)
        if not isinstance(by_x, float) and not isinstance(by_y, float):
            loose = loose + by_x * by_y
        return self._kept(found, loose)

    def div(self, x: Any, y: Any) -> Any:
        w = self.w
        found = w.true_divide(x, y)
        if not self._asks:
            return self._seen(found, True)
        x, y = self.firm(w.number(x)), self.firm(w.number(y))
        self._within(found, x, w.where(y == 0, math.inf, y))
        return self._kept(found, self._lost((w.abs(found) <= NORMAL) & (x != 0) & (w.abs(y) < math.inf)))
