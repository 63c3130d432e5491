"""Powers and roots, and the error function with its complement, which are power series."""

from __future__ import annotations

import math
from typing import Any, Final

from exprgrad.numbers.lanes.decisions import HUGE, PAIRS, TINY, Kernel
from exprgrad.numbers.lanes.ranges import Ranges
from exprgrad.numbers.pairs import arithmetic as pairs
from exprgrad.numbers.pairs import error, exponential, logarithm, roots
from exprgrad.numbers.pairs.arithmetic import Pair
from exprgrad.numbers.rounded import NORMAL, hermite

# Whole exponents up to here are products.
_MOST: Final = 64


class Powers(Ranges):
    """Kernels by the names that `Rounded` has for them."""

    def sqrt(self, x: Any) -> Any:
        return self.w.sqrt(x)

    def power(self, n: int, m: int) -> Kernel:
        """The derivative of x**y, n times by x and m times by y."""
        if m > 1 or (n and m):
            raise AttributeError("power")

        def kernel(x: Any, y: Any) -> Any:
            if isinstance(x, float):
                x = self.w.number(x)
            if not m and isinstance(y, float) and y.is_integer() and 0 <= y <= _MOST:
                return self._product(x, int(y), n)
            return self._power(x, y, n, m)

        return kernel

    def _product(self, x: Any, y: int, n: int) -> Any:
        """The n-th derivative of x**y."""
        w = self.w
        factor = self._whole(math.prod(y - i for i in range(n)))
        k = y - n
        if factor == 0:
            return w.where(w.isnan(x), x, 0.0)
        if k < 2:
            return self.mul(x, factor) if k else w.where(w.isnan(x), x, factor) if n else w.number(1.0)
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
        unknown = ~self._between(found.high) & ~is_zero
        return self._decided(found, size * PAIRS, x, unknown, (is_zero, x * 0.0 if k % 2 else 0.0))

    def _power(self, x: Any, y: Any, n: int, m: int) -> Any:
        """exp((y - n)*log(x)), times y*(y - 1)*...*(y - n + 1) or log(x), for x above 0."""
        w = self.w
        y = w.number(y)
        logarithm_, bound = logarithm.log(w, Pair(x, 0.0))
        exponent = pairs.sum_of(y, -float(n)) if n else Pair(y, 0.0)
        e = exponential.exp(w, pairs.multiply(w, logarithm_, exponent))
        share = w.abs(exponent.high) * (bound * 1.01) + exponential.ERROR
        reach = logarithm_.high * exponent.high
        known = (x >= NORMAL) & (x < math.inf) & (w.abs(y) < HUGE)
        ends = [(known & mask, value) for mask, value in self._ends(reach, 0.0, math.inf)]
        known = known & (w.abs(reach) < exponential.FAR)
        # Of what is negative no power is real whose exponent is not whole.
        unreal = (x < 0) & (x > -math.inf) & (w.floor(y) != y) & (w.abs(y) < math.inf)
        if not n and not m:
            number = e.number(w)
            settled = (unreal, math.nan), *ends
            bound = w.abs(number.high) * share
            return self._decided_times(e.exponent, number, bound, w.number(1.0), ~known, *settled)
        found = e.pair(w)
        if m:
            found = pairs.multiply(w, found, logarithm_)
            share = share + bound / w.abs(logarithm_.high)
        for i in range(n):
            found = pairs.multiply(w, found, pairs.sum_of(y, -float(i)))
        size = w.abs(found.high)
        known = known & self._between(found.high)
        return self._decided(found, size * (share * 1.01 + PAIRS), w.number(1.0), ~known, (unreal, math.nan))

    def erf(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        size = w.abs(x)
        size = w.where(size < error.FAR, size, error.FAR)  # a nan, whose bits may be any, has no place in a table
        found, bound = error.erf(w, size)
        settled = (x == 0, 0.0), (w.abs(x) >= error.FAR, 1.0)
        return w.copysign(self._decided(found, bound, x, size < 2.0**-400, *settled), x)

    def erfc(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        size = w.abs(x)
        below = x < 0
        # What is beyond, or nan, has no place in tables, and what is tiny no square.
        end = w.where(below, error.FAR, error.END)
        inside = size < end
        number, exponent = error.erfc(w, w.maximum(w.where(inside, size, end), 2.0**-60))
        # Of what is below 0 it is 2 less that of the absolute value.
        power = w.where(below, w.of_bits(exponent + (1023 << 52)), 1.0)
        found = pairs.scaled(number, power)
        bound = found.high * error.ERROR
        found = pairs.chosen(w, below, pairs.add_double(pairs.negative(found), 2.0), found)
        settled = (below & ~inside, 2.0), (x >= (error.WRITTEN if w.final else error.NOTHING), 0.0)
        result = self._decided(found, bound + found.high * PAIRS, x, ~inside, *settled)
        return w.where(inside & ~below, exponential.scaled(w, result, exponent), result)

    def erf_slope(self, n: int) -> Kernel:
        """The n-th derivative of erf: (-1)**(n - 1) * 2/sqrt(pi) * H(n - 1) * exp(-x*x), with Hermite polynomials H."""
        sign = -1.0 if n % 2 == 0 else 1.0

        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            square = pairs.product_of(w, x, x)
            bell = exponential.exp(w, pairs.negative(square)).pair(w)
            bell = pairs.multiply(w, bell, exponential.two_over_root_of_pi())
            far = ~(square.high < exponential.FAR)
            if n == 1:
                return self._decided(bell, bell.high * (2 * exponential.ERROR), x, far, (w.abs(x) >= 512, 0.0))
            value, size = self._polynomial(hermite(n - 1), Pair(x, 0.0))
            found = pairs.multiply(w, value, bell)
            found = pairs.scaled(found, sign)
            return self._decided(found, size * bell.high * (2 * exponential.ERROR), x, far | ~self._between(found.high))

        return kernel

    def cbrt(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = roots.cube_root(w, w.abs(x))
        return w.copysign(self._decided(found, found.high * PAIRS, x, ~self._between(x), (x == 0, 0.0)), x)

    def cbrt_slope(self, n: int) -> Kernel:
        """c * cbrt(x) / x**n with c = 1/3 * -2/3 * -5/3 * ..."""
        top = math.prod(1 - 3 * k for k in range(n))

        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            root = roots.cube_root(w, w.abs(x))
            root = pairs.chosen(w, x < 0, pairs.negative(root), root)
            below = pairs.multiply_double(w, self._raised(Pair(x, 0.0), n), self._whole(3**n))
            found = pairs.divide(w, pairs.multiply_double(w, root, self._whole(top)), below)
            size = w.abs(found.high)
            known = self._between(x) & self._between(below.high) & (size > TINY)
            return self._decided(found, size * PAIRS, x, ~known)

        return kernel

    def x_over(self, n: int) -> Kernel:
        """x / y**n, and 0 where x is 0."""

        def kernel(x: Any, y: Any) -> Any:
            w = self.w
            x, y = w.number(x), w.number(y)
            if n == 1:
                quotient = self.div(x, y)
                return self._kept(w.where((x == 0) & ~w.isnan(y), 0.0, quotient), self._off(quotient))
            below = self._raised(Pair(y, 0.0), n)
            found = pairs.divide(w, Pair(x, 0.0), below)
            known = self._between(x) & self._between(below.high) & self._between(found.high)
            return self._decided(found, w.abs(found.high) * PAIRS, self._nan_of(x, y), ~known)

        return kernel
