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
from exprgrad.numbers.lanes import circular, error, exponential, inverse, logarithm, pairs
from exprgrad.numbers.lanes.pairs import Pair
from exprgrad.numbers.rounded import NORMAL
from exprgrad.numbers.scalars import Kernels

Kernel = Callable[..., Any]
# Whole exponents up to here are products.
_MOST: Final = 64
# Of x*(1 + O(x)) the nearest double is x where x is smaller, if the factor of x*x is not above 1.
_ITSELF: Final = 2.0**-55
# The exponential of no number that is larger, or further below 0, is one of MPFR's (see EMAX).
_ENDS: Final = 91_000.0
# So far from 0 exponentials are nothing beside 1.
_ENOUGH: Final = 100.0
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

    def _decided(self, found: Pair, bound: Any, x: Any, unknown: Any) -> Any:
        """The double next to all numbers that are no further from a pair than that, and nan where the operand x is.
        Where there are several it is left over, and so it is where it is `unknown`."""
        w = self.w
        low, high = found.high + (found.low - bound), found.high + (found.low + bound)
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
        found = exponential.exp(w, Pair(x, 0.0))
        number = found.number(w)
        high = self._decided(number, w.abs(number.high) * exponential.ERROR, x, self._far(x))
        return self._ends(x, 0.0, math.inf, exponential.scaled(w, high, found.exponent))

    def expm1(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = exponential.expm1(w, Pair(w.maximum(x, -_ENOUGH), 0.0))
        known = self._decided(found, w.abs(found.high) * 2.0**-67, x, self._far(x) & (x > 0))
        return self._or_itself(x, self._ends(x, -1.0, math.inf, known))

    def sinh(self, x: Any) -> Any:
        """With m = expm1(|x|): (m + m/(m + 1))/2, whose terms have one sign."""
        w = self.w
        x = w.number(x)
        m = exponential.expm1(w, Pair(w.abs(x), 0.0))
        high, low = pairs.add(m, pairs.divide(w, m, pairs.add_double(m, 1.0)))
        known = self._decided(Pair(0.5 * high, 0.5 * low), w.abs(high) * 2.0**-67, x, self._far(x))
        return self._or_itself(x, self._ends(x, -math.inf, math.inf, w.copysign(known, x)))

    def cosh(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = self._cosh(x)
        known = self._decided(found, w.abs(found.high) * (2 * exponential.ERROR), x, self._far(x))
        return self._ends(x, math.inf, math.inf, known)

    def _cosh(self, x: Any) -> Pair:
        w = self.w
        e = exponential.exp(w, Pair(x, 0.0)).pair(w)
        high, low = pairs.add(e, pairs.divide(w, Pair(1.0, 0.0), e))
        return Pair(0.5 * high, 0.5 * low)

    def sech(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = pairs.divide(w, Pair(1.0, 0.0), self._cosh(x))
        known = self._decided(found, found.high * (2 * exponential.ERROR), x, self._far(x))
        return self._ends(x, 0.0, 0.0, known)

    def tanh(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = self._tanh(x)
        return self._or_itself(x, self._decided(found, w.abs(found.high) * 2.0**-66, x, w.false))

    def _tanh(self, x: Any) -> Pair:
        """With m = expm1(2*x): m/(m + 2)."""
        w = self.w
        most = 0.5 * _ENOUGH
        m = exponential.expm1(w, Pair(2.0 * w.minimum(w.maximum(x, -most), most), 0.0))
        return pairs.divide(w, m, pairs.add_double(m, 2.0))

    def _far(self, x: Any) -> Any:
        """Where an exponential is not known."""
        return ~(self.w.abs(x) < exponential.FAR) & (self.w.abs(x) < _ENDS)

    def _ends(self, x: Any, below: float, above: float, found: Any) -> Any:
        """What an exponential is where MPFR's numbers end, too."""
        w = self.w
        return w.where(x > _ENDS, above, w.where(x < -_ENDS, below, found))

    def _or_itself(self, x: Any, found: Any) -> Any:
        """The value of an odd function, or one that is x + O(x*x), whose nearest double is x where x is tiny."""
        return self.w.where(self.w.abs(x) < _ITSELF, x, found)

    def logistic(self, n: int) -> Kernel:
        """The n-th derivative of 1/(1 + exp(-d)) at d = x - y, the difference exact."""
        if n > 1:
            raise AttributeError("logistic")

        def kernel(x: Any, y: Any) -> Any:
            w = self.w
            high, low = pairs.sum_of(w.number(x), w.negative(y))
            # The first derivative is even: exp(-|d|)/(1 + exp(-|d|))**2.
            turned = high < 0 if n else high < math.inf
            minus = Pair(w.where(turned, high, -high), w.where(turned, low, -low)) if n else Pair(-high, -low)
            far = minus.high < -_ENOUGH if not n else w.false
            e = exponential.exp(w, Pair(w.where(far, -_ENOUGH, minus.high), minus.low)).pair(w)
            more = pairs.add_double(e, 1.0)
            found = pairs.divide(w, e if n else Pair(1.0, 0.0), pairs.multiply(w, more, more) if n else more)
            unknown = self._far(high) & ~far
            known = self._decided(found, w.abs(found.high) * (4 * exponential.ERROR), high, unknown)
            return self._ends(high, 0.0, 0.0 if n else 1.0, known)

        return kernel

    def sigmoid(self, x: Any) -> Any:
        return self.logistic(0)(x, 0.0)

    def softplus(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        (high, low), bound = logarithm.log1p(w, exponential.exp(w, Pair(w.minimum(x, _ENOUGH), 0.0)).pair(w))
        # What the exponential is off by is a share of exp(x)/(1 + exp(x)), which is below the result.
        bound = bound + w.abs(high) * (2 * exponential.ERROR)
        known = self._decided(Pair(high, low), bound, x, self._far(x) & (x < 0))
        return w.where(x > 0.5 * _ENOUGH, x, self._ends(x, 0.0, math.inf, known))

    def log(self, x: Any) -> Any:
        return self._logarithm(x, None)

    def log2(self, x: Any) -> Any:
        return self._logarithm(x, 2)

    def log10(self, x: Any) -> Any:
        return self._logarithm(x, 10)

    def _logarithm(self, x: Any, base: int | None) -> Any:
        w = self.w
        x = w.number(x)
        found, bound = logarithm.log(w, Pair(x, 0.0))
        if base is not None:
            factor = logarithm.reciprocal(base)
            found = pairs.multiply(w, found, factor)
            bound = bound * factor.high + w.abs(found.high) * _PAIRS
        known = self._decided(found, bound, x, ((x > 0) & ~(x >= NORMAL)) | (x == math.inf))
        return w.where(x < 0, math.nan, w.where(x == 0, -math.inf, known))

    def log1p(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found, bound = logarithm.log1p(w, Pair(x, 0.0))
        known = self._decided(found, bound, x, (x > -1) & ~(x < _HUGE))
        known = w.where(x < -1, math.nan, w.where(x == -1, -math.inf, known))
        return self._or_itself(x, known)

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
        angle = self._angle(x)
        found = function(w, angle)
        return self._decided(found, self._circular_error(w.abs(found.high)), x, angle.unknown)

    def _angle(self, x: Any) -> circular.Angle:
        """A number, reduced, which sine and cosine share."""
        key = self.w.key(x)
        if key not in self._angles:
            self._angles[key] = circular.angle(self.w, x)
        return self._angles[key]

    def _circular_error(self, size: Any) -> Any:
        return self.w.minimum(size * (32 * circular.ERROR), circular.ERROR)

    def tan(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        angle = self._angle(x)
        sine, cosine = (pairs.ordered_sum(*f(w, angle)) for f in (circular.sine, circular.cosine))
        found = pairs.divide(w, sine, cosine)
        of_sine, of_cosine = w.abs(sine.high), w.abs(cosine.high)
        share = self._circular_error(of_sine) / of_sine + self._circular_error(of_cosine) / of_cosine
        known = self._decided(found, w.abs(found.high) * (share * 1.01), x, angle.unknown)
        return self._or_itself(x, known)

    def atan(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found, bound = inverse.angle(w, Pair(w.abs(x), 0.0), Pair(1.0, 0.0))
        known = self._decided(found, bound, x, ~(w.abs(x) < _HUGE))
        return self._or_itself(x, w.copysign(known, x))

    def atan2(self, y: Any, x: Any) -> Any:
        w = self.w
        y, x = w.number(y), w.number(x)
        found, bound = inverse.angle(w, Pair(w.abs(y), 0.0), Pair(w.abs(x), 0.0))
        left = x < 0
        other = pairs.add(inverse.turn(2), Pair(-found.high, -found.low))
        found = Pair(w.where(left, other.high, found.high), w.where(left, other.low, found.low))
        known = self._decided(
            found, bound + found.high * _PAIRS, self._nan_of(x, y), ~(self._moderate(x) & self._moderate(y))
        )
        return w.copysign(known, y)

    def asin(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found, bound = inverse.angle(w, Pair(w.abs(x), 0.0), self._other_leg(x))
        known = w.copysign(self._decided(found, bound, x, w.abs(x) == 1), x)
        return self._or_itself(x, w.where(w.abs(x) > 1, math.nan, known))

    def acos(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found, bound = inverse.angle(w, self._other_leg(x), Pair(w.abs(x), 0.0))
        left = x < 0
        other = pairs.add(inverse.turn(2), Pair(-found.high, -found.low))
        found = Pair(w.where(left, other.high, found.high), w.where(left, other.low, found.low))
        known = self._decided(found, bound + found.high * _PAIRS, x, w.abs(x) == 1)
        return w.where(w.abs(x) > 1, math.nan, known)

    def _other_leg(self, x: Any) -> Pair:
        """sqrt(1 - x*x), for |x| below 1."""
        w = self.w
        x = w.where(w.abs(x) < 1, x, 0.5)
        return pairs.root(w, pairs.multiply(w, pairs.sum_of(1.0, -x), pairs.sum_of(1.0, x)))

    def asinh(self, x: Any) -> Any:
        """log1p(x + x*x/(1 + sqrt(1 + x*x))), for x above 0."""
        w = self.w
        x = w.number(x)
        size = w.abs(x)
        square = pairs.product_of(w, size, size)
        below = pairs.add_double(pairs.root(w, pairs.add_double(square, 1.0)), 1.0)
        found, bound = logarithm.log1p(w, pairs.add_double(pairs.divide(w, square, below), size))
        bound = bound + w.abs(found.high) * _PAIRS
        known = self._decided(found, bound, x, ~self._moderate(x))
        return self._or_itself(x, w.copysign(known, x))

    def acosh(self, x: Any) -> Any:
        """With t = x - 1: log1p(t + sqrt(t*(t + 2)))."""
        w = self.w
        x = w.number(x)
        t = pairs.sum_of(x, -1.0)
        root = pairs.root(w, pairs.multiply(w, t, pairs.add_double(t, 2.0)))
        found, bound = logarithm.log1p(w, pairs.add(t, root))
        bound = bound + w.abs(found.high) * _PAIRS
        return w.where(x < 1, math.nan, self._decided(found, bound, x, (x >= 1) & ~((x > 1) & (x < 2.0**400))))

    def atanh(self, x: Any) -> Any:
        """log1p(2*x/(1 - x))/2, for x above 0."""
        w = self.w
        x = w.number(x)
        size = w.abs(x)
        (high, low), bound = logarithm.log1p(w, pairs.divide(w, Pair(2.0 * size, 0.0), pairs.sum_of(1.0, -size)))
        bound = bound + w.abs(high) * _PAIRS
        known = self._decided(Pair(0.5 * high, 0.5 * low), 0.5 * bound, x, (size == 1) | (size < 2.0**-400))
        return self._or_itself(x, w.where(size > 1, math.nan, w.copysign(known, x)))

    def hypot(self, x: Any, y: Any) -> Any:
        w = self.w
        x, y = w.number(x), w.number(y)
        found = pairs.root(w, pairs.add(pairs.product_of(w, x, x), pairs.product_of(w, y, y)))
        return self._decided(found, found.high * _PAIRS, self._nan_of(x, y), ~(self._moderate(x) & self._moderate(y)))

    def _nan_of(self, x: Any, y: Any) -> Any:
        """nan where an operand is, and the other one is not infinite."""
        w = self.w
        return w.where((w.abs(x) == math.inf) | (w.abs(y) == math.inf), 1.0, x + y)

    def _moderate(self, x: Any) -> Any:
        """Where a square is known, with what it is rounded by."""
        size = self.w.abs(x)
        return (size > 2.0**-400) & (size < 2.0**400)

    def reciprocal_power(self, n: int, imaginary: bool) -> Kernel:
        """The real or the imaginary part of 1/(x + i*y), for operands y, x."""
        if n > 1:
            raise AttributeError("reciprocal_power")

        def kernel(y: Any, x: Any) -> Any:
            w = self.w
            y, x = w.number(y), w.number(x)
            square = pairs.add(pairs.product_of(w, x, x), pairs.product_of(w, y, y))
            found = pairs.divide(w, Pair(-y if imaginary else x, 0.0), square)
            unknown = ~(self._moderate(x) & self._moderate(y))
            return self._decided(found, w.abs(found.high) * _PAIRS, self._nan_of(x, y), unknown)

        return kernel

    def erf(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        size = w.minimum(w.abs(x), error.FAR)
        found, bound = error.erf(w, size)
        known = w.copysign(self._decided(found, bound, x, (size < 2.0**-400) & (x != 0)), x)
        return w.where(x == 0, x, w.where(size < error.FAR, known, w.copysign(w.where(w.isnan(x), x, 1.0), x)))

    def erf_slope(self, n: int) -> Kernel:
        """2/sqrt(pi) * exp(-x*x)."""
        if n > 1:
            raise AttributeError("erf_slope")

        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            high, low = pairs.product_of(w, x, x)
            bell = exponential.exp(w, Pair(-high, -low)).pair(w)
            found = pairs.multiply(w, bell, exponential.two_over_root_of_pi())
            unknown = ~(high < exponential.FAR) & (w.abs(x) < 512.0)
            known = self._decided(found, found.high * (2 * exponential.ERROR), x, unknown)
            return w.where(w.abs(x) > 512, 0.0, known)

        return kernel

    def xlogy(self, x: Any, y: Any) -> Any:
        w = self.w
        x, y = w.number(x), w.number(y)
        found, bound = logarithm.log(w, Pair(y, 0.0))
        found = pairs.multiply_double(w, found, x)
        bound = bound * w.abs(x) + w.abs(found.high) * _PAIRS
        size = w.abs(found.high)
        known = (x != 0) & (y >= NORMAL) & (y < math.inf) & (size > _TINY) & (size < _HUGE)
        return self._decided(found, bound, self._nan_of(x, y), ~known)

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
        factor = float(math.prod(y - i for i in range(n)))
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
        unknown = ~((size > _TINY) & (size < _HUGE)) & ~is_zero
        return w.where(is_zero, x * 0.0 if k % 2 else 0.0, self._decided(found, size * _PAIRS, x, unknown))

    def _power(self, x: Any, y: Any, n: int, m: int) -> Any:
        """exp((y - n)*log(x)), times y*(y - 1)*...*(y - n + 1) or log(x), for x above 0."""
        w = self.w
        y = w.number(y)
        logarithm_, bound = logarithm.log(w, Pair(x, 0.0))
        exponent = pairs.sum_of(y, -float(n)) if n else Pair(y, 0.0)
        e = exponential.exp(w, pairs.multiply(w, logarithm_, exponent))
        share = w.abs(exponent.high) * (bound * 1.01) + exponential.ERROR
        reach = w.abs(logarithm_.high * exponent.high)
        known = (x >= NORMAL) & (x < math.inf) & (reach < exponential.FAR) & (w.abs(y) < _HUGE)
        # Of what is negative no power is real whose exponent is not whole.
        unreal = (x < 0) & (x > -math.inf) & (w.floor(y) != y) & (w.abs(y) < math.inf)
        known = known | unreal
        if not n and not m:
            number = e.number(w)
            high = self._decided(number, w.abs(number.high) * share, w.number(1.0), ~known)
            return w.where(unreal, math.nan, exponential.scaled(w, high, e.exponent))
        found = e.pair(w)
        if m:
            found = pairs.multiply(w, found, logarithm_)
            share = share + bound / w.abs(logarithm_.high)
        for i in range(n):
            found = pairs.multiply(w, found, pairs.sum_of(y, -float(i)))
        size = w.abs(found.high)
        known = known & (size > _TINY) & (size < _HUGE)
        return self._decided(found, size * (share * 1.01 + _PAIRS), w.number(1.0), ~known)

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

    def _of_radical(self, form: closed.Radical, n: int) -> Kernel:
        a, b, twice = form
        if n > 1:
            raise AttributeError("slope")

        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            square = pairs.product_of(w, x, x)
            below = pairs.add_double(Pair(b * square.high, b * square.low), float(a))
            if twice % 2:
                below = pairs.root(w, below)
            found = pairs.divide(w, Pair(1.0, 0.0), below)
            size = w.abs(x)
            # A tiny square is nothing beside 1, and what is left of one is not below the range.
            known = (below.high > 0) & (size < 2.0**400) & ((size > 2.0**-400) | (x == 0))
            if a == -1:
                known = known & (x > 1)
            return self._decided(found, w.abs(found.high) * _PAIRS, x, ~known)

        return kernel

    def _of_pair(self, form: closed.Pair, n: int) -> Kernel:
        """Those whose functions are hyperbolic secant and tangent, or a cosine and a sine."""
        functions = {"sech": self._sech_pair, "tanh": self._tanh_pair}
        if form.s not in functions or form.t not in functions:
            raise AttributeError("slope")
        coefficients = form.polynomial(n)

        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            s, t = functions[form.s](x), functions[form.t](x)
            value = size = Pair(float(coefficients[-1]), 0.0)
            for coefficient in coefficients[-2::-1]:
                value = pairs.add_double(pairs.multiply(w, value, t), float(coefficient))
                size = Pair(w.multiply_add(w.abs(size.high), w.abs(t.high), abs(float(coefficient))), 0.0)
            found = value
            for _ in range(form.k):
                found = pairs.multiply(w, found, s)
                size = Pair(size.high * w.abs(s.high), 0.0)
            share = (form.k + len(coefficients) + 1) * 2.0**-66 if len(coefficients) > 1 else 2.0**-72
            reach = x * float(form.k)
            # Of a zero the sign is not known.
            unknown = ~(w.abs(reach) < exponential.FAR) | (found.high == 0)
            return self._decided(found, w.abs(size.high) * share, x, unknown)

        return kernel

    def _sech_pair(self, x: Any) -> Pair:
        return pairs.divide(self.w, Pair(1.0, 0.0), self._cosh(x))

    def _tanh_pair(self, x: Any) -> Pair:
        return self._tanh(x)

    def _of_logarithm(self, form: closed.Logarithm, n: int) -> Kernel:
        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            below = pairs.sum_of(x, float(form.shift))
            for _ in range(n - 1):
                below = pairs.multiply(w, below, pairs.sum_of(x, float(form.shift)))
            factor = Pair(float(form.factor(n)), 0.0)
            if form.base:
                factor = pairs.multiply_double(w, logarithm.reciprocal(form.base), factor.high)
            found = pairs.divide(w, factor, below)
            size = w.abs(found.high)
            known = (x > -form.shift) & (size > _TINY) & (size < _HUGE)
            return w.where(
                x < -form.shift, math.nan, self._decided(found, size * _PAIRS, x, (x >= -form.shift) & ~known)
            )

        return kernel


# Where products and quotients of pairs stay among the normal doubles, with the rests of these.
_TINY: Final = 2.0**-900
_HUGE: Final = 2.0**900

_SLOPES: Final[Mapping[type, Callable[[Arithmetic, Any, int], Kernel]]] = {
    closed.SquareRoot: Arithmetic._of_root,
    closed.Logarithm: Arithmetic._of_logarithm,
    closed.Radical: Arithmetic._of_radical,
    closed.Pair: Arithmetic._of_pair,
}
