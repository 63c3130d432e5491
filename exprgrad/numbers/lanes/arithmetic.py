"""The operations for several rows at once, by the names that `Rounded` has for them.

What entries of operations say of their kernels (`rounded=lambda r: r.exp`) is asked of this arithmetic as of that of
MPFR; what it has not got is computed row by row. A result that MPFR might round otherwise is left over: one that is not
decided, and one outside of the normal doubles, since rounded numbers do not end there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from exprgrad.numbers import closed
from exprgrad.numbers.lanes import circular, exponential, pairs
from exprgrad.numbers.lanes.pairs import Pair
from exprgrad.numbers.rounded import NORMAL
from exprgrad.numbers.scalars import Kernels

Kernel = Callable[..., Any]
# Whole exponents up to here are products.
_MOST: Final = 64
# What pairs are off by at the most after so few operations that each is off by 2**-102.
_PAIRS: Final = 2.0**-95


class Arithmetic:
    """`w` is what `numbers/lanes/pairs.py` says, with numpy's names beside, and `left_over`. Without `checks` somebody
    else sees to it that sums, products and quotients are normal doubles, 0, or infinite or nan as an operand is:
    processors say when one is not."""

    def __init__(self, w: Any, checks: bool) -> None:
        self.w = w
        # Whether sums, products and quotients are asked whether they are normal doubles.
        self._checks = checks
        self._angles: dict[Any, circular.Angle] = {}

    def kernel(self, op: Any) -> Kernel:
        """The kernel of an operation."""
        if op.exact:
            found: Kernel = op.arrays(self.w)
        elif op.zero == "share":
            found = self.mul
        else:
            found = self._rounded(op)
        return found

    def forget(self) -> None:
        """What has been computed is not known from here on."""
        self._angles.clear()

    def _rounded(self, op: Any) -> Kernel:
        """What an entry says is its kernel, if that is one of rows, too."""

        def run(*xs: Any) -> Any:
            mark = self.w.mark()
            try:
                return op.rounded(self)(*xs)
            except AttributeError:  # it names what there is not here, or asks for what one number is
                self.w.rewind(mark)
                return self._by_row(op)(*xs)

        return run

    def _by_row(self, op: Kernels) -> Kernel:
        """The kernel of an operation that is computed row by row, in doubles: where that ends is left over."""
        kernel = self.w.scalar(op.float64)

        def run(*xs: Any) -> Any:
            found = kernel(*xs)
            self._left(self._beyond(found) & self._finite(*xs))
            return found

        return run

    # -- what is left over -------------------------------------------------------------------------------------

    def _left(self, mask: Any) -> None:
        self.w.left_over(mask)

    def _beyond(self, x: Any) -> Any:
        """Where a number is no normal double, and not nan."""
        size = self.w.abs(x)
        return (size < NORMAL) | (size == math.inf)

    def _finite(self, *xs: Any) -> Any:
        """Where no operand is infinite or nan."""
        found = self.w.true
        for x in xs:
            found = found & (self.w.abs(self.w.number(x)) < math.inf)
        return found

    def _decided(self, found: Pair, error: Any, x: Any, unknown: Any) -> Any:
        """The double next to all numbers that are no further from a pair than that, and nan where the operand x is.
        Where there are several it is left over, and so it is where it is `unknown`."""
        w = self.w
        low, high = found.high + (found.low - error), found.high + (found.low + error)
        is_nan = w.isnan(x)
        self._left((unknown | (low != high)) & ~is_nan)
        return w.where(is_nan, x, high)

    # -- the four operations -------------------------------------------------------------------------------------

    def add(self, x: Any, y: Any) -> Any:
        return self._bounded(self.w.add(x, y), x, y)

    def sub(self, x: Any, y: Any) -> Any:
        return self._bounded(self.w.subtract(x, y), x, y)

    def _bounded(self, found: Any, x: Any, y: Any) -> Any:
        """A sum, which is exact where it is below the normal doubles."""
        if self._checks:
            self._left((self.w.abs(found) == math.inf) & self._finite(x, y))
        return found

    def mul(self, x: Any, y: Any) -> Any:
        return self._normal(self.w.multiply(x, y), x, y)

    def div(self, x: Any, y: Any) -> Any:
        return self._normal(self.w.true_divide(x, y), x, y)

    def _normal(self, found: Any, x: Any, y: Any) -> Any:
        """A product or a quotient, which may be 0 or infinite where an operand is."""
        if self._checks:
            x, y = self.w.number(x), self.w.number(y)
            self._left(self._beyond(found) & (x != 0) & (y != 0) & self._finite(x, y))
        return found

    # -- functions -------------------------------------------------------------------------------------------------

    def exp(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        (high, low), exponent = exponential.exp(w, Pair(x, 0.0))
        found = self._decided(Pair(high, low), w.abs(high) * exponential.ERROR, x, ~(w.abs(x) < exponential.FAR))
        return w.where(w.isnan(x), x, exponential.scaled(w, found, exponent))

    def sqrt(self, x: Any) -> Any:
        return self.w.sqrt(x)

    def sin(self, x: Any) -> Any:
        x = self.w.number(x)
        return self.w.where(x == 0, x, self._circular(circular.sine, x))  # the sign of a zero is its own

    def cos(self, x: Any) -> Any:
        return self._circular(circular.cosine, x)

    def _circular(self, function: Callable[[Any, circular.Angle], Pair], x: Any) -> Any:
        w = self.w
        x = w.number(x)
        angle = self._angles.get(w.key(x))
        if angle is None:
            angle = self._angles[w.key(x)] = circular.angle(w, x)
        found = function(w, angle)
        error = w.minimum(w.abs(found.high) * (32 * circular.ERROR), circular.ERROR)
        return self._decided(found, error, x, angle.unknown)

    def power(self, n: int, m: int) -> Kernel:
        """The derivative of x**y, n times by x, for whole numbers y that are known."""

        def kernel(x: Any, y: Any) -> Any:
            w = self.w
            if m or not isinstance(y, float) or not y.is_integer() or not 0 <= y <= _MOST or isinstance(x, float):
                raise AttributeError("pow")
            factor = float(math.prod(int(y) - i for i in range(n)))
            k = int(y) - n
            if factor == 0:
                return w.where(w.isnan(x), x, 0.0)
            if k < 2:
                return self.mul(x, factor) if k else w.where(w.isnan(x), x, factor)
            if k == 2 and factor == 1:
                return self.mul(x, x)
            found = Pair(x, 0.0)
            for digit in bin(k)[3:]:
                found = pairs.multiply(w, found, found)
                if digit == "1":
                    found = pairs.multiply_double(w, found, x)
            found = pairs.multiply_double(w, found, factor)
            size = w.abs(found.high)
            is_zero = x == 0
            # Nothing on the way leaves the range if neither end does.
            unknown = ~((size > _TINY) & (size < _HUGE)) & ~is_zero
            return w.where(is_zero, x * 0.0 if k % 2 else 0.0, self._decided(found, size * _PAIRS, x, unknown))

        return kernel

    def slope(self, form: Any, n: int) -> Kernel:
        """The n-th derivative of a function, by its form."""
        kernel = _SLOPES.get(type(form))
        if kernel is None:
            raise AttributeError("slope")
        return kernel(self, form, n)

    def _of_root(self, _: closed.SquareRoot, n: int) -> Kernel:
        if n > 1:
            raise AttributeError("slope")

        def kernel(x: Any) -> Any:
            w = self.w
            root = pairs.root(w, Pair(x, 0.0))
            high, low = pairs.divide(w, Pair(0.5, 0.0), root)
            return self._decided(Pair(high, low), w.abs(high) * _PAIRS, x, ~((x > _TINY) & (x < _HUGE)))

        return kernel


# Where products and quotients of pairs stay among the normal doubles, with the rests of these.
_TINY: Final = 2.0**-900
_HUGE: Final = 2.0**900

_SLOPES: Final[Mapping[type, Callable[[Arithmetic, Any, int], Kernel]]] = {closed.SquareRoot: Arithmetic._of_root}
