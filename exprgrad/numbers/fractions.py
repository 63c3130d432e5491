"""The arithmetic of fractions: what can be computed from rational numbers without rounding.

It has under their names what kernels ask of an arithmetic (see `rounded.Rounded`), as far as fractions are closed under
it. A kernel gives None where the result is no fraction, or none that is known here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any, Final

from exprgrad.numbers.mpfr import gmpy2

Fraction = Any
MPQ: Final = type(gmpy2.mpq())

# A power whose result would have more bits than this is left to balls.
_LARGEST: Final = 4096


def exactly(x: Any) -> Fraction:
    """A finite number of Python's, or a rounded one, as a fraction."""
    return gmpy2.mpq(*x.as_integer_ratio())


def scaled(mantissa: int, exponent: int) -> Fraction:
    """mantissa * 2**exponent."""
    return gmpy2.mpq(mantissa << exponent) if exponent >= 0 else gmpy2.mpq(mantissa, 1 << -exponent)


def bits(x: Fraction) -> int:
    """How many bits the longer one of the two numbers of a fraction has."""
    return int(max(x.numerator.bit_length(), x.denominator.bit_length()))


def _floor(x: Fraction) -> Any:
    return x.numerator // x.denominator


def _bit(holds: bool) -> Fraction:
    return gmpy2.mpq(int(holds))


def _where(point: int, value: int) -> Callable[[Any, Fraction], Fraction | None]:
    """The kernel of a function of which one value is rational, that at a point, and all others that are left to
    balls."""
    at, found = gmpy2.mpq(point), gmpy2.mpq(value)
    return lambda self, x: found if x == at else None


class Fractions:
    """The kernels of fractions."""

    exp = cos = cosh = sec = sech = _where(0, 1)
    expm1 = sin = tan = sinh = tanh = asin = atan = asinh = atanh = log1p = erf = _where(0, 0)
    log = acos = acosh = _where(1, 0)
    erfc = _where(0, 1)

    def number(self, x: Any) -> Fraction:
        return exactly(x)

    def add(self, x: Fraction, y: Fraction) -> Fraction:
        return x + y

    def sub(self, x: Fraction, y: Fraction) -> Fraction:
        return x - y

    def mul(self, x: Fraction, y: Fraction) -> Fraction:
        return x * y

    def div(self, x: Fraction, y: Fraction) -> Fraction | None:
        return x / y if y else None

    def neg(self, x: Fraction) -> Fraction:
        return -x

    def pos(self, x: Fraction) -> Fraction:
        return x

    def abs(self, x: Fraction) -> Fraction:
        return -x if x < 0 else x

    def between(self, last: int) -> Callable[..., Fraction]:
        return lambda a, b, i: a + (b - a) * i / last

    # -- pieces -------------------------------------------------------------------------------------------

    def sign(self, x: Fraction) -> Fraction:
        return gmpy2.mpq((x > 0) - (x < 0))

    def floor(self, x: Fraction) -> Fraction:
        return gmpy2.mpq(_floor(x))

    def ceil(self, x: Fraction) -> Fraction:
        return gmpy2.mpq(-_floor(-x))

    def trunc(self, x: Fraction) -> Fraction:
        return gmpy2.mpq(_floor(x) if x > 0 else -_floor(-x))

    def round(self, x: Fraction) -> Fraction:
        whole = _floor(x + gmpy2.mpq(1, 2))
        is_tie = 2 * (whole - x) == 1
        return gmpy2.mpq(whole - 1 if is_tie and whole % 2 else whole)

    def floor_div(self, x: Fraction, y: Fraction) -> Fraction | None:
        return gmpy2.mpq(_floor(x / y)) if y else None

    def mod(self, x: Fraction, y: Fraction) -> Fraction | None:
        return x - y * _floor(x / y) if y else None

    def fmod(self, x: Fraction, y: Fraction) -> Fraction | None:
        return x - y * self.trunc(x / y) if y else None

    def minimum(self, *xs: Fraction) -> Fraction:
        return reduce(lambda x, y: y if y < x else x, xs)

    def maximum(self, *xs: Fraction) -> Fraction:
        return reduce(lambda x, y: y if y > x else x, xs)

    def ties(self, out: Fraction, *xs: Fraction) -> Fraction:
        return gmpy2.mpq(sum(x == out for x in xs))

    def above(self, x: Fraction, y: Fraction) -> Fraction:
        return gmpy2.mpq((x > y) + (x >= y), 2)

    def heaviside(self, x: Fraction, h: Fraction) -> Fraction:
        return h if x == 0 else _bit(x > 0)

    # -- powers and roots ---------------------------------------------------------------------------------

    def power(self, n: int, m: int) -> Callable[[Fraction, Fraction], Fraction | None]:
        return lambda x, y: self._power(n, x, y) if m == 0 else None

    def _power(self, n: int, x: Fraction, y: Fraction) -> Fraction | None:
        """The n-th derivative of x**y by x, of a whole number y, or of half of one where x is a square."""
        falling = math.prod([y - i for i in range(n)])
        if falling == 0:
            return gmpy2.mpq(0)
        root = 1
        if y.denominator == 2 and x > 0:
            root, x = 2, self.sqrt(x)
        elif y.denominator != 1:
            return None
        exponent = root * (y - n)
        if x is None or (x == 0 and exponent < 0) or abs(exponent.numerator) * bits(x) > _LARGEST:
            return None
        return falling * x ** int(exponent.numerator)

    def sqrt(self, x: Fraction) -> Fraction | None:
        if x < 0:
            return None
        top, bottom = x.numerator, x.denominator
        is_square = gmpy2.is_square(top) and gmpy2.is_square(bottom)
        return gmpy2.mpq(gmpy2.isqrt(top), gmpy2.isqrt(bottom)) if is_square else None

    def hypot(self, x: Fraction, y: Fraction) -> Fraction | None:
        return self.sqrt(x * x + y * y)

    def x_over(self, n: int) -> Callable[[Fraction, Fraction], Fraction | None]:
        return lambda x, y: x if x == 0 else x / y**n if y else None

    def xlogy(self, x: Fraction, y: Fraction) -> Fraction | None:
        return x if x == 0 else self.log(y)  # 0 where y is 1

    # -- comparisons and logic ----------------------------------------------------------------------------

    def equal(self, x: Fraction, y: Fraction) -> Fraction:
        return _bit(x == y)

    def not_equal(self, x: Fraction, y: Fraction) -> Fraction:
        return _bit(x != y)

    def less(self, x: Fraction, y: Fraction) -> Fraction:
        return _bit(x < y)

    def less_equal(self, x: Fraction, y: Fraction) -> Fraction:
        return _bit(x <= y)

    def greater(self, x: Fraction, y: Fraction) -> Fraction:
        return _bit(x > y)

    def greater_equal(self, x: Fraction, y: Fraction) -> Fraction:
        return _bit(x >= y)

    def truth(self, x: Fraction) -> Fraction:
        return _bit(x != 0)

    def logical_not(self, x: Fraction) -> Fraction:
        return _bit(x == 0)

    # -- what kernels written for rows ask of numpy -------------------------------------------------------

    def where(self, condition: bool, then: Any, otherwise: Any) -> Any:
        return then if condition else otherwise

    def isnan(self, x: Fraction) -> bool:
        return False


FRACTIONS: Final = Fractions()
