"""Scalars, every operation correctly rounded: the nearest number of so many bits, the same on every machine.

Values are gmpy2's mpfr, exponents reach 2**-131072 to 2**131072. Where MPFR has a function, the kernel is the
context's own method. Where it has not, the formula runs at a higher precision with a bound on its error, and
the precision is doubled until both ends of the enclosure round to the same number (Ziv's strategy, ACM TOMS
17 (1991) 410): `certain`.

Only methods of our own contexts are called: Python's operators would use the context of the user.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from exprgrad.diagnostics import nan_condition
from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.polynomials import added, derivative, times

MPFR: Final = type(gmpy2.mpfr())
EMAX: Final = 131072
# The widest precision that is tried before a result is taken to be exactly what it looks like.
WIDEST: Final = 16384
# What stands between in a formula may leave the range of exponents; its result is rounded back into it.
BEYOND: Final = 64 * EMAX


Number = Any
Kernel = Callable[..., Number]
# A formula at some precision: its value, and how large its error is at most in units of 2**-precision.
# The bound is relative to `scale` where that is given, and to the value otherwise.
Formula = Callable[["Context"], "tuple[Number, int, Number | None]"]
Context = Any


def wide(precision: int, emax: int = BEYOND) -> Context:
    """A context of so many bits, for what stands between operands and result."""
    return gmpy2.context(precision=precision, emax=emax, emin=-emax)


# The least exponent of the numbers that a double and a single-precision number hold in full, and that of the others.
NORMAL: Final = 2.0**-1022
_SUBNORMAL: Final = {53: (NORMAL, 1074), 24: (2.0**-126, 149)}
_UNITS: Final = (1, -1)


def narrowed(x: Number, precision: int) -> float:
    """The number of that precision, in IEEE 754's range, which is nearest to the exact result that x was rounded to.

    A subnormal one has fewer bits than x. Where x lies halfway between two of them, its `rc`, MPFR's ternary value,
    says on which side the exact result is.
    """
    found = float(x)
    least, places = _SUBNORMAL[precision]
    if not -least < found < least or x.is_zero():
        return found
    c = wide(precision + 2)
    scaled = c.mul_2exp(x, places)
    down = c.rint_floor(scaled)
    rest = c.sub(scaled, down)
    odd = not c.div_2exp(down, 1).is_integer()
    if rest > 0.5 or (rest == 0.5 and (x.rc < 0 or (x.rc == 0 and odd))):
        down = c.add(down, 1)
    return math.copysign(float(c.div_2exp(down, places)), found)


def alike(low: Number, high: Number) -> bool:
    """Whether both ends of an enclosure round to one number; where that may be rounded again, from the same side."""
    if low != high or low.is_signed() != high.is_signed():
        return False
    return low.rc == high.rc or not -1.0e-300 < low < 1.0e-300 or low.is_zero()


class Rounded:
    """The arithmetic of one precision, in bits. Its attributes are the kernels."""

    def __init__(self, precision: int) -> None:
        self.precision = precision
        # Numbers below this one are rounded again where they are written down.
        self._least = _SUBNORMAL[precision][0] if precision in _SUBNORMAL else 0.0
        c = self.context = wide(precision, EMAX)
        self.zero: Number = c.plus(0.0)
        self.one: Number = c.plus(1.0)
        self.nan: Number = c.plus(math.nan)
        self.inf: Number = c.plus(math.inf)
        self.add, self.sub, self.mul, self.div = c.add, c.sub, self._times(), c.div
        self.floor, self.ceil, self.trunc, self.round = c.rint_floor, c.rint_ceil, c.rint_trunc, c.rint
        self.exp, self.exp2, self.expm1 = c.exp, c.exp2, c.expm1
        self.log, self.log2, self.log10, self.log1p = c.log, c.log2, c.log10, c.log1p
        self.sqrt, self.cbrt, self.hypot = c.sqrt, c.cbrt, c.hypot
        self.sin, self.cos, self.tan, self.sec, self.csc, self.cot = c.sin, c.cos, c.tan, c.sec, c.csc, c.cot
        self.asin, self.acos, self.atan, self.atan2 = c.asin, c.acos, c.atan, c.atan2
        self.sinh, self.cosh, self.tanh = c.sinh, c.cosh, c.tanh
        self.sech, self.csch, self.coth = c.sech, c.csch, c.coth
        self.asinh, self.acosh, self.atanh = c.asinh, c.acosh, c.atanh
        self.erf, self.erfc, self.gamma, self.digamma = c.erf, c.erfc, c.gamma, c.digamma
        self.fmod = c.fmod

    def number(self, x: Any) -> Number:
        """The nearest number to an int, a float or an mpfr."""
        if type(x) is int:
            return self.context.mul(self.one, x)
        return self.context.plus(x)

    def finished(self, x: Number) -> Number:
        """A number of the right precision in the range of exponents; it knows from which side it was rounded."""
        found = self.context.plus(x)
        return found if found.rc else x

    # -- what may round nothing: of it the side of the exact result is known too, see `narrowed` --------------------

    def _times(self) -> Kernel:
        """x*y."""
        product, sided = self.context.mul, self._sided

        def mul(x: Number, y: Number) -> Number:
            found = product(x, y)
            return found if found.rc else sided(found, x, y)

        return mul

    def _sided(self, found: Number, x: Number, y: Number) -> Number:
        """What was found for x*y, which is exact, where a factor is 1 or -1, as cotangents are. Others would have to be
        known in rows, too, where a product may leave the normal doubles that its factors are among."""
        if not (x.rc or y.rc) or not self._may_be_subnormal(found) or not (x in _UNITS or y in _UNITS):
            return found
        # Whether what these were rounded from has a larger product.
        above = {(a.rc < 0) == (b > 0) for a, b in ((x, y), (y, x)) if a.rc}
        return self._beside(found, *above) if len(above) == 1 else found

    def neg(self, x: Number) -> Number:
        """-x."""
        found = self.context.minus(x)
        return self._beside(found, x.rc > 0) if x.rc and self._may_be_subnormal(found) else found

    def pos(self, x: Number) -> Number:
        """x."""
        return x

    def abs(self, x: Number) -> Number:
        """|x|."""
        return self.neg(x) if x.is_signed() else x

    def _may_be_subnormal(self, x: Number) -> bool:
        return -self._least < x < self._least and not x.is_zero()

    def _beside(self, x: Number, above: bool) -> Number:
        """x, as the nearest number to one that is hardly above it, or below it."""
        hardly = self.context.mul_2exp(self.one, 1 - EMAX)
        return (self.context.add if above else self.context.sub)(x, hardly)

    # -- Ziv's strategy ---------------------------------------------------------------------------------

    def certain(self, formula: Formula) -> Number:
        """The correctly rounded value of a formula."""
        rounding = self.context.plus
        precision = self.precision + 40
        while True:
            c = wide(precision)
            value, ulps, scale = formula(c)
            if not c.inexact or value.is_nan() or value.is_infinite():
                return rounding(value)
            if scale is None:
                scale = value
            if value.is_zero() and scale.is_zero():
                return rounding(value)
            error = c.mul_2exp(c.abs(scale), ulps.bit_length())
            error = c.div_2exp(error, precision - 2)
            low, high = rounding(c.sub(value, error)), rounding(c.add(value, error))
            if alike(low, high):
                return low
            if precision > WIDEST:
                return rounding(value)
            precision *= 2

    # -- quotients, powers, extremes ----------------------------------------------------------------------

    def sign(self, x: Number) -> Number:
        """-1, 0 or 1."""
        if x.is_nan():
            return x
        return self.zero if x.is_zero() else self.number(-1.0 if x < 0 else 1.0)

    def floor_div(self, x: Number, y: Number) -> Number:
        """The floor of the exact quotient; numpy.floor_divide at zeros and infinities."""
        if x.is_nan() or y.is_nan():
            return self.nan
        if y.is_zero():
            return self.div(x, y)
        if x.is_infinite():
            return self.nan
        if y.is_infinite():
            return self.number(-1.0) if not x.is_zero() and (x < 0) != (y < 0) else self.div(x, y)
        down = gmpy2.context(precision=2 * self.precision + 64, emax=EMAX, emin=-EMAX, round=gmpy2.RoundDown)
        return self.context.plus(down.rint_floor(down.div(x, y)))

    def mod(self, x: Number, y: Number) -> Number:
        """x - y*floor(x/y), with the sign of y."""
        rest = self.fmod(x, y)
        if rest.is_nan():
            return rest
        if rest.is_zero():
            return self.copysign(self.zero, y)
        return self.add(rest, y) if (rest < 0) != (y < 0) else rest

    def copysign(self, x: Number, y: Number) -> Number:
        """x with the sign of y; nan for a nan, whose sign MPFR leaves to chance."""
        if y.is_nan():
            return y
        size = self.abs(x)
        return self.neg(size) if y.is_signed() else size

    def minimum(self, *xs: Number) -> Number:
        """The smallest, -0 below 0; nan if one is (IEEE 754-2019's minimum)."""
        best = xs[0]
        for x in xs[1:]:
            if x.is_nan() or x < best or (x.is_zero() and x.is_signed() and best.is_zero()):
                best = x
            if best.is_nan():
                break
        return best

    def maximum(self, *xs: Number) -> Number:
        """The largest, 0 above -0; nan if one is (IEEE 754-2019's maximum)."""
        best = xs[0]
        for x in xs[1:]:
            if x.is_nan() or x > best or (x.is_zero() and not x.is_signed() and best.is_zero()):
                best = x
            if best.is_nan():
                break
        return best

    def minor(self, a: Number, b: Number, c: Number, d: Number) -> Number:
        """a*b - c*d, both products exact."""
        return self.finished(wide(self.precision).fmms(a, b, c, d))

    def between(self, last: int) -> Kernel:
        """a + (b - a)*i/last: what lies at place i of 0, ..., last on the way from a to b. The ends are a and b
        themselves, whatever the other one is."""
        # At whole places, and between operands that do not differ by more than some 2**100, this sum is exact.
        sums, quotients = wide(6 * self.precision), wide(self.precision)
        total_of, rest_of, divide = sums.fmma, sums.sub, quotients.div

        def sure(c: Context, a: Number, b: Number, i: Number) -> tuple[Number, int, None]:
            terms = [sums.mul(a, last), sums.mul(b, i), sums.minus(sums.mul(a, i))]
            return c.div(c.fsum(terms), last), 4, None

        def kernel(a: Number, b: Number, i: Number) -> Number:
            if i.is_zero():
                return a
            rest = rest_of(last, i)
            if rest.is_zero():
                return b
            total = total_of(a, rest, b, i)
            if total.rc or rest.rc:
                return self.certain(lambda c: sure(c, a, b, i))
            return self.finished(divide(total, last))

        return kernel

    def ties(self, out: Number, *xs: Number) -> Number:
        """How many of xs are equal to out."""
        return self.number(sum(x == out for x in xs))

    def above(self, x: Number, y: Number) -> Number:
        """1 where x > y, 1/2 where they are equal, else 0; nan if one is."""
        if x.is_nan() or y.is_nan():
            return self.nan
        return self.number(0.5) if x == y else self._bit(x > y)

    def slope(self, form: Any, n: int) -> Kernel:
        """The n-th derivative of a function, whose form is one of numbers/closed.py."""
        kernel: Kernel = form.kernel(self, n)
        return kernel

    def cbrt_slope(self, n: int) -> Kernel:
        """The n-th derivative of the cube root: c * cbrt(x) / x**n with c = 1/3 * -2/3 * -5/3 * ..."""
        top = math.prod(1 - 3 * k for k in range(n))

        def kernel(x: Number) -> Number:
            if x.is_zero():
                side = x if n % 2 == 0 else self.zero
                return self.copysign(self.inf, side if top > 0 else self.neg(side))
            if x.is_infinite():
                return self.zero
            return self.certain(lambda c: (c.div(c.mul(top, c.cbrt(x)), c.mul(3**n, c.pow(x, n))), 4, None))

        return kernel

    def reciprocal_power(self, n: int, imaginary: bool) -> Kernel:
        """(n-1)! times the real or the imaginary part of (x + i*y)**-n, for operands y, x."""
        factor = math.factorial(n - 1)

        def value(c: Context, y: Number, x: Number) -> tuple[Number, int, Number | None]:
            real, other = c.plus(1.0), c.plus(0.0)
            for _ in range(n):  # times x - i*y
                real, other = c.add(c.mul(real, x), c.mul(other, y)), c.sub(c.mul(other, x), c.mul(real, y))
            part = other if imaginary else real
            if part.is_zero() and not c.inexact:
                return c.abs(part), 0, None
            square = c.add(c.square(x), c.square(y))
            scale = c.div(factor, c.sqrt(c.pow(square, n)))
            return c.div(c.mul(factor, part), c.pow(square, n)), 16 * (n + 1), scale

        def kernel(y: Number, x: Number) -> Number:
            if x.is_nan() or y.is_nan() or (x.is_zero() and y.is_zero()):
                return self.nan
            if x.is_infinite() or y.is_infinite():
                return self.zero
            return self.certain(lambda c: value(c, y, x))

        return kernel

    def heaviside(self, x: Number, h: Number) -> Number:
        """0 below 0, h at 0, 1 above."""
        if x.is_nan():
            return x
        return h if x.is_zero() else self.zero if x < 0 else self.one

    def inverse_norm(self, h: Number) -> Number:
        """1/h, and 0 where h is 0."""
        return self.zero if h.is_zero() else self.div(self.one, h)

    def hypot_family(self, i: int, j: int, k: int) -> Kernel:
        """x**i * y**j / hypot(x, y)**k, and 0 at the origin."""

        def kernel(x: Number, y: Number) -> Number:
            if x.is_nan() or y.is_nan() or (x.is_infinite() and y.is_infinite()):
                return self.nan
            if x.is_zero() and y.is_zero():
                return self.zero
            if x.is_infinite() or y.is_infinite():
                if i + j < k:
                    return self.zero
                return self.copysign(self.one if x.is_infinite() else self.zero, x)  # x/hypot(x, y)
            # To a whole number of Python's, gmpy2 raises -0 as 0.
            return self.certain(
                lambda c: (c.div(c.mul(c.pow(x, float(i)), c.pow(y, float(j))), c.pow(c.hypot(x, y), k)), 8 * k, None)
            )

        return kernel

    def x_over(self, n: int) -> Kernel:
        """x / y**n, and 0 where x is 0."""

        def kernel(x: Number, y: Number) -> Number:
            if x.is_zero() and not y.is_nan():
                return self.zero
            return self.div(x, y) if n == 1 else self.certain(lambda c: (c.div(x, c.pow(y, float(n))), 4, None))

        return kernel

    def power(self, n: int, m: int) -> Kernel:
        """The derivative of x**y, n times by x and m times by y."""
        if n == m == 0:
            pow_: Kernel = self.context.pow
            return pow_
        return lambda x, y: self._power(n, m, x, y)

    def _power(self, n: int, m: int, x: Number, y: Number) -> Number:
        """x**(y-n) times the sum over k of binomial(m, k) * d^k/dy^k (y)_n * log(x)**(m-k), by Leibniz' rule.

        (y)_n = y*(y-1)*...*(y-n+1) is the falling factorial.
        """
        if x.is_nan() or y.is_nan():
            return self.nan
        if m == 0:
            if y.is_integer() and 0 <= y < n:
                return self.zero
            if x.is_zero() or x.is_infinite() or y.is_infinite() or (x < 0 and not y.is_integer()):
                return self._power_limit(n, m, x, y)
            return self.certain(lambda c: _power_by_x(c, n, x, y))
        if x < 0:
            return self.nan
        if x.is_zero() or x.is_infinite() or y.is_infinite():
            return self._power_limit(n, m, x, y)
        return self.certain(lambda c: _power_by_both(c, n, m, x, y))

    def _power_limit(self, n: int, m: int, x: Number, y: Number) -> Number:
        """At the ends of the domain: the leading term decides."""
        c = self.context
        if y.is_infinite():
            if m == 0:
                base = c.pow(x, y)
                return self.zero if base.is_zero() else c.mul(c.pow(y, n), base)
            if x == 1:
                return self.zero if n == 0 else self.nan
            base = c.pow(x, y)
            if base.is_zero():
                return self.zero
            sign = (-1.0 if x < 1 and m % 2 else 1.0) * (-1.0 if y < 0 and n % 2 else 1.0)
            return c.mul(base, sign)
        if x < 0 and not x.is_infinite():
            return self.nan
        exponent = c.sub(y, n)
        base = c.pow(c.abs(x), exponent)
        if x.is_signed() and _is_odd(y, n):
            base = c.minus(base)
        if x.is_zero() and n == 0 and y.is_zero():
            return self.zero  # 0**y jumps here
        if exponent.is_zero():
            base = self.one
        if base.is_zero() and m:
            return self.zero
        for k in range(m + 1):
            coefficient, _ = polynomial(c, _falling_coefficients(n, k), y)
            if not coefficient.is_zero():
                log_power = self.one if k == m else c.pow(c.log(x), m - k)
                return c.mul(c.mul(base, coefficient), log_power)
        return self.zero

    # -- logarithms and exponentials ----------------------------------------------------------------------

    def log_base(self, x: Number, base: Number) -> Number:
        """log(x)/log(base)."""
        if x > 0 and base > 0 and x.is_regular() and base.is_regular() and base != 1 and x != 1:
            return self.certain(lambda c: (c.div(c.log(x), c.log(base)), 4, None))
        return self.div(self.log(x), self.log(base))

    def log_family(self, n: int, m: int) -> Kernel:
        """The derivative of log(x)/log(base), n times by x and m times by the base: that of log(x) times P(1/log(base))
        / base**m, where P' is 1, and each polynomial P(u) of order k gives the next one: -k*P(u) - u**2 * P'(u)."""
        coefficients: tuple[int, ...] = (0, 1)
        for k in range(m):
            coefficients = added(times((-k,), coefficients), times((0, 0, -1), derivative(coefficients)))
        top = (-1) ** (n - 1) * math.factorial(n - 1) if n else 1

        def by_x(c: Context, x: Number) -> Number:
            return c.div(top, c.pow(c.abs(x), n)) if n else c.log(x)

        def product(c: Context, factor: Number, base: Number) -> tuple[Number, int, Number]:
            value, size = polynomial(c, coefficients, c.div(1, c.log(base)))
            factor = c.div(factor, c.pow(base, m))
            return c.mul(factor, value), 8 * (n + m + 2), c.mul(c.abs(factor), size)

        def kernel(x: Number, base: Number) -> Number:
            if x.is_nan() or base.is_nan() or x < 0 or base < 0:
                return self.nan
            if x.is_regular() and base.is_regular() and base != 1:
                return self.certain(lambda c: product(c, by_x(c, x), base))
            # At the ends the term decides that is largest there.
            sign = self.number((-1.0) ** m)
            if m == 0:
                value = self.div(self.one, self.log(base))
            elif base == 1 or base.is_zero() or base.is_infinite():
                value = self.mul(self.zero if base.is_infinite() else self.inf, sign)
            else:
                value = self.certain(lambda c: product(c, self.one, base))
            return self.mul(by_x(self.context, x), value)

        return kernel

    def xlogy(self, x: Number, y: Number) -> Number:
        """x*log(y), and 0 where x is 0."""
        if x.is_zero() and not y.is_nan():
            return self.zero
        return self.certain(lambda c: (c.mul(x, c.log(y)), 4, None))

    def logistic(self, n: int) -> Kernel:
        """The n-th derivative of 1/(1 + exp(-d)) at d = x - y, the difference exact.

        For n >= 1 it is sech(d/2)**2 * q(tanh(d/2)) / 2**(n+1); by t = tanh(u), t' = 1 - t*t, each polynomial q
        gives the next one: (1 - t*t)*q' - 2*t*q.
        """
        coefficients = logistic_coefficients(n) if n else ()

        def value(c: Context, x: Number, y: Number) -> tuple[Number, int, Number | None]:
            d = c.sub(x, y)
            # A relative error in d is an absolute one in the exponent, which is below 2**23 or the result is 0.
            if n == 0:
                small = c.exp(c.minus(c.abs(d)))
                return c.div(small if d < 0 else self.one, c.add(1, small)), 1 << 24, None
            half = c.div_2exp(d, 1)
            t = c.tanh(half)
            total, size = polynomial(c, coefficients, t)
            bell = c.div_2exp(c.square(c.sech(half)), n + 1)
            return c.mul(total, bell), n << 25, c.mul(size, bell)

        def kernel(x: Number, y: Number) -> Number:
            if x.is_nan() or y.is_nan():
                return self.nan
            if x.is_infinite() or y.is_infinite():
                if n:
                    return self.nan if x == y else self.zero
                d = self.sub(x, y)
                return d if d.is_nan() else self.one if d > 0 else self.zero
            if n and n % 2 == 0 and x == y:
                return self.zero
            return self.certain(lambda c: value(c, x, y))

        return kernel

    def sigmoid(self, x: Number) -> Number:
        """1/(1 + exp(-x))."""
        return self.logistic(0)(x, self.zero)

    def softplus(self, x: Number) -> Number:
        """log(1 + exp(x))."""
        return self.logaddexp(x, self.zero)

    def logaddexp(self, x: Number, y: Number) -> Number:
        """log(exp(x) + exp(y)) = max + log1p(exp(-|x - y|))."""
        if x.is_nan() or y.is_nan():
            return self.nan
        if x.is_infinite() or y.is_infinite():
            return self.maximum(x, y)
        high, low = (x, y) if x > y else (y, x)

        def formula(c: Context) -> tuple[Number, int, Number | None]:
            more = c.log1p(c.exp(c.sub(low, high)))
            # The relative error of exp is the absolute one of its operand, which is at most 2**17 or exp is 0.
            if high.is_zero():
                return more, 1 << 18, None
            return c.add(high, more), 1 << 18, c.add(c.abs(high), more)

        return self.certain(formula)

    def degrees(self, x: Number) -> Number:
        """x * 180/pi."""
        return self.certain(lambda c: (c.div(c.mul(x, 180), c.const_pi()), 4, None))

    def radians(self, x: Number) -> Number:
        """x * pi/180."""
        return self.certain(lambda c: (c.div(c.mul(x, c.const_pi()), 180), 4, None))

    # -- the error function, the gamma family, sinc ---------------------------------------------------------

    def erf_slope(self, n: int) -> Kernel:
        """The n-th derivative of erf: (-1)**(n-1) * 2/sqrt(pi) * H_(n-1)(x) * exp(-x*x) (DLMF 7.10.1)."""
        coefficients = hermite(n - 1)
        sign = -1 if n % 2 == 0 else 1

        def formula(x: Number) -> Formula:
            def at(c: Context) -> tuple[Number, int, Number | None]:
                value, size = polynomial(c, coefficients, x)
                bell = c.div(c.mul(2 * sign, c.exp(c.minus(c.square(x)))), c.sqrt(c.const_pi()))
                return c.mul(value, bell), (8 * n) << 18, c.mul(size, bell)

            return at

        def kernel(x: Number) -> Number:
            if x.is_nan():
                return x
            # exp(-x*x) is out of range from there on; before, 2**9 bounds x.
            if x > 512 or x < -512:
                return self.zero
            if x.is_zero() and n % 2 == 0:
                return self.zero
            return self.certain(formula(x))

        return kernel

    def lgamma(self, x: Number) -> Number:
        """log|gamma(x)|."""
        return self.context.lgamma(x)[0]

    def factorial(self, x: Number) -> Number:
        """gamma(x + 1), the sum exact."""
        if x.is_infinite() or x.is_nan():
            return self.gamma(x)
        if -1e-40 < x < 1e-40:
            # 1 - 0.577*x: nearer to 1 than any other number.
            return self.one if self.precision < 128 else self.certain(lambda c: (c.gamma(c.add(x, 1)), 4, None))
        return self.gamma(wide(self.precision + 256).add(x, 1))

    def sinc(self, n: int) -> Kernel:
        """The n-th derivative of sin(pi*x)/(pi*x)."""

        def kernel(x: Number) -> Number:
            if x.is_nan():
                return x
            if x.is_infinite() or (x.is_zero() and n % 2):
                return self.zero
            if n == 0 and x.is_integer():
                return self.one if x.is_zero() else self.zero
            if x.is_zero():
                sign = -1 if n % 4 else 1
                return self.certain(lambda c: (c.div(c.mul(sign, c.pow(c.const_pi(), n)), n + 1), 4 * n + 4, None))
            if -n - 2 < x < n + 2:
                return self.certain(lambda c: _sinc_series(c, n, x))
            return self.certain(lambda c: _sinc_recurrence(c, n, x))

        return kernel

    # -- comparisons and logic ------------------------------------------------------------------------------

    def _bit(self, holds: bool) -> Number:
        return self.one if holds else self.zero

    def equal(self, x: Number, y: Number) -> Number:
        """1 where x == y."""
        return self._bit(x == y)

    def not_equal(self, x: Number, y: Number) -> Number:
        """1 where x != y, as for a nan."""
        return self._bit(x != y)

    def less(self, x: Number, y: Number) -> Number:
        """1 where x < y."""
        return self._bit(x < y)

    def less_equal(self, x: Number, y: Number) -> Number:
        """1 where x <= y."""
        return self._bit(x <= y)

    def greater(self, x: Number, y: Number) -> Number:
        """1 where x > y."""
        return self._bit(x > y)

    def greater_equal(self, x: Number, y: Number) -> Number:
        """1 where x >= y."""
        return self._bit(x >= y)

    def truth(self, x: Number) -> Number:
        """0 where x is 0, else 1. Raises for nan."""
        if x.is_nan():
            raise nan_condition()
        return self._bit(not x.is_zero())

    def logical_not(self, x: Number) -> Number:
        """1 where x is 0, else 0. Raises for nan."""
        return self.sub(self.one, self.truth(x))


@cache
def _falling_coefficients(n: int, k: int) -> tuple[int, ...]:
    """Those of the k-th derivative of y*(y-1)*...*(y-n+1)."""
    coefficients: tuple[int, ...] = (1,)
    for i in range(n):
        coefficients = times((-i, 1), coefficients)
    for _ in range(k):
        coefficients = derivative(coefficients)
    return coefficients


def _power_by_x(c: Context, n: int, x: Number, y: Number) -> tuple[Number, int, None]:
    value = c.plus(-1.0 if x < 0 and _is_odd(y, n) else 1.0)
    for i in range(n):
        value = c.mul(value, c.sub(y, i))
    # An error in the exponent is multiplied by log(x**exponent), below 2**18 within the range.
    return c.mul(value, c.pow(c.abs(x), c.sub(y, n))), (n + 1) << 18, None


def _is_odd(y: Number, n: int) -> bool:
    """Whether y - n, which is not rounded, is an odd number."""
    return bool(y.is_integer()) and (gmpy2.context(precision=64).fmod(y, 2).is_zero()) == (n % 2 == 1)


def _power_by_both(c: Context, n: int, m: int, x: Number, y: Number) -> tuple[Number, int, Number]:
    log = c.log(x)
    total = size = c.plus(0.0)
    for k in range(m + 1):
        term = c.plus(1.0) if k == m else c.pow(log, m - k)
        falling, bound = polynomial(c, _falling_coefficients(n, k), y)
        scaled = c.mul(term, math.comb(m, k))
        total = c.add(total, c.mul(scaled, falling))
        size = c.add(size, c.mul(c.abs(scaled), bound))
    base = c.pow(x, c.sub(y, n))
    return c.mul(total, base), (n + m + 2) << 20, c.mul(size, base)


@cache
def hermite(n: int) -> tuple[int, ...]:
    """The coefficients of the Hermite polynomial H_n, from the constant on (DLMF 18.9.1)."""
    h: tuple[int, ...] = (1,)
    for _ in range(n):
        h = added(times((0, 2), h), times((-1,), derivative(h)))
    return h


@cache
def logistic_coefficients(n: int) -> tuple[int, ...]:
    q: tuple[int, ...] = (1,)
    for _ in range(n - 1):
        q = added(times((1, 0, -1), derivative(q)), times((0, -2), q))
    return q


def polynomial(c: Context, coefficients: tuple[int, ...], x: Number) -> tuple[Number, Number]:
    """The value of a polynomial, the constant first, and that of its terms' sizes."""
    value = size = c.plus(0.0)
    for coefficient in reversed(coefficients):
        value = c.add(c.mul(value, x), coefficient)
        size = c.add(c.mul(size, c.abs(x)), abs(coefficient))
    return value, size


def _sin_pi(c: Context, x: Number) -> Number:
    """sin(pi*x): the nearest whole number is taken off exactly first."""
    whole = c.rint(x)
    value = c.sin(c.mul(c.const_pi(), c.sub(x, whole)))
    return value if c.fmod(whole, 2).is_zero() else c.minus(value)


def _cos_pi(c: Context, x: Number) -> Number:
    whole = c.rint(x)
    # cos(pi*r) = sin(pi*(1/2 - |r|)), the difference exact: relative accuracy near the zeros of the cosine too.
    value = c.sin(c.mul(c.const_pi(), c.sub(0.5, c.abs(c.sub(x, whole)))))
    return value if c.fmod(whole, 2).is_zero() else c.minus(value)


def _sinc_recurrence(c: Context, n: int, x: Number) -> tuple[Number, int, Number]:
    """(x*s)^(k) = x*s^(k) + k*s^(k-1) gives each derivative of s = sin(pi*x)/(pi*x) from the one before."""
    pi = c.const_pi()
    sine, cosine = _sin_pi(c, x), _cos_pi(c, x)
    turns = (sine, cosine, c.minus(sine), c.minus(cosine))
    value = c.div(sine, c.mul(pi, x))
    size = c.div(c.abs(value), 1)
    for k in range(1, n + 1):
        head = c.mul(c.pow(pi, k - 1), turns[k % 4])
        value = c.div(c.sub(head, c.mul(k, value)), x)
        size = c.div(c.add(c.abs(head), c.mul(k, size)), c.abs(x))
    return value, 64 * (n + 1), size


def _sinc_series(c: Context, n: int, x: Number) -> tuple[Number, int, Number]:
    """Sum over j >= n/2 of (-1)**j * pi**(2j) * x**(2j-n) / ((2j+1) * (2j-n)!), Taylor's series at 0."""
    pi = c.const_pi()
    j = (n + 1) // 2
    term = c.div(c.mul(c.pow(pi, 2 * j), c.pow(x, 2 * j - n)), 1)
    if j % 2:
        term = c.minus(term)
    step = c.minus(c.square(c.mul(pi, x)))
    total = size = c.plus(0.0)
    while True:
        part = c.div(term, 2 * j + 1)
        total = c.add(total, part)
        size = c.add(size, c.abs(part))
        ratio = (2 * j + 2 - n) * (2 * j + 1 - n)
        term = c.div(c.mul(term, step), ratio)
        j += 1
        # Beyond the largest term each is less than half of the one before.
        if ratio > 64 * (n + 3) ** 2 and c.abs(term) < c.div_2exp(size, c.precision + 4):
            return total, 64 * (2 * j + 8), size
        if term.is_zero():
            return total, 64 * (2 * j + 8), size


FLOAT64: Final = Rounded(53)
FLOAT32: Final = Rounded(24)
