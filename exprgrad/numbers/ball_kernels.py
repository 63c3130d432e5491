"""The kernels of balls, which enclose the exact result."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Final

import flint

from exprgrad.numbers import balls, closed
from exprgrad.numbers.balls import Ball
from exprgrad.numbers.fractions import exactly
from exprgrad.numbers.rounded import hermite
from exprgrad.numbers.undecided import NoNumberError, UndecidedError

# The power series of a kernel have as many terms as it says; beyond these FLINT would cut them, to an exact 0.
TERMS: Final = 1 << 16
# Polygamma of a higher order is a power series too long to wait for.
_HIGHEST: Final = 512


def of_fraction(x: Any) -> Ball:
    """A fraction as a ball of the working precision."""
    return flint.arb(flint.fmpq(int(x.numerator), int(x.denominator)))


def _method(name: str) -> Callable[..., Ball]:
    return lambda self, x: getattr(x, name)()


def _within(name: str, beyond: Callable[[Ball], bool]) -> Callable[..., Ball]:
    """A method of a ball, that has no value `beyond` its domain."""

    def kernel(self: Any, x: Ball) -> Ball:
        if beyond(x):
            raise NoNumberError
        return getattr(x, name)()

    return kernel


def _horner(coefficients: Sequence[int], x: Ball) -> Ball:
    return reduce(lambda found, c: found * x + c, reversed(coefficients), flint.arb(0))


class Balls:
    """The kernels of balls, which have under their names what kernels ask of an arithmetic (see `rounded.Rounded`).
    They may give a ball that is not finite where one of the numbers in a ball is a pole, or has no value."""

    exp, expm1, sin, cos, tan = map(_method, ("exp", "expm1", "sin", "cos", "tan"))
    sec, csc, cot, atan = map(_method, ("sec", "csc", "cot", "atan"))
    sinh, cosh, tanh, sech, csch, coth = map(_method, ("sinh", "cosh", "tanh", "sech", "csch", "coth"))
    asinh, erf, erfc, gamma, digamma = map(_method, ("asinh", "erf", "erfc", "gamma", "digamma"))
    log = _within("log", lambda x: x < 0)
    log1p = _within("log1p", lambda x: x < -1)
    sqrt = _within("sqrt", lambda x: x < 0)
    asin = _within("asin", lambda x: abs(x) > 1)
    acos = _within("acos", lambda x: abs(x) > 1)
    atanh = _within("atanh", lambda x: abs(x) > 1)
    acosh = _within("acosh", lambda x: x < 1)

    def number(self, x: Any) -> Ball:
        return of_fraction(exactly(x))

    def add(self, x: Ball, y: Ball) -> Ball:
        return x + y

    def sub(self, x: Ball, y: Ball) -> Ball:
        return flint.arb(0) if x is y else x - y

    def mul(self, x: Ball, y: Ball) -> Ball:
        return x**2 if x is y else x * y

    def div(self, x: Ball, y: Ball) -> Ball:
        return x / y

    def neg(self, x: Ball) -> Ball:
        return -x

    def pos(self, x: Ball) -> Ball:
        return x

    def abs(self, x: Ball) -> Ball:
        return abs(x)

    def between(self, last: int) -> Callable[..., Ball]:
        return lambda a, b, i: a + (b - a) * i / last

    # -- pieces -------------------------------------------------------------------------------------------

    def sign(self, x: Ball) -> Ball:
        return flint.arb(sign(x))

    def floor(self, x: Ball) -> Ball:
        return _whole(x.floor())

    def ceil(self, x: Ball) -> Ball:
        return _whole(x.ceil())

    def trunc(self, x: Ball) -> Ball:
        return self.floor(x) if sign(x) > 0 else self.ceil(x)

    def round(self, x: Ball) -> Ball:
        return _whole((x + 0.5).floor())

    def floor_div(self, x: Ball, y: Ball) -> Ball:
        return self.floor(x / y)

    def mod(self, x: Ball, y: Ball) -> Ball:
        return x - y * self.floor(x / y)

    def fmod(self, x: Ball, y: Ball) -> Ball:
        return x - y * self.trunc(x / y)

    def copysign(self, x: Ball, y: Ball) -> Ball:
        return abs(x) if sign(y) >= 0 else -abs(x)

    def minimum(self, *xs: Ball) -> Ball:
        return reduce(lambda x, y: x if x is y or x <= y else y if y <= x else x.min(y), xs)

    def maximum(self, *xs: Ball) -> Ball:
        return reduce(lambda x, y: x if x is y or x >= y else y if y >= x else x.max(y), xs)

    def ties(self, out: Ball, *xs: Ball) -> Ball:
        return flint.arb(sum(_holds(out is x or out == x, out != x) for x in xs))

    def above(self, x: Ball, y: Ball) -> Ball:
        if x is y:
            return flint.arb(0.5)
        return flint.arb((sign(x - y) + 1) / 2)

    def heaviside(self, x: Ball, h: Ball) -> Ball:
        side = sign(x)
        return h if side == 0 else flint.arb(side > 0)

    # -- powers, roots, logarithms ------------------------------------------------------------------------

    def power(self, n: int, m: int) -> Callable[[Ball, Ball], Ball]:
        """The derivative of x**y, n times by x and m times by y."""

        def kernel(x: Ball, y: Ball) -> Ball:
            if m == 0 and y.is_exact() and (whole := y.unique_fmpz()) is not None:
                falling = math.prod([int(whole) - i for i in range(n)])
                return falling * x ** (int(whole) - n) if falling else flint.arb(0)
            if x < 0 and not y.contains_integer():
                raise NoNumberError
            if m == 0 and x.is_zero() and y > n:
                return x
            if not x > 0:
                raise UndecidedError
            # Leibniz: of x**(y - n) * log(x)**m times the falling factorial, whose derivatives by y are a polynomial's.
            exponent = flint.arb_series([y, 1], m + 1)
            product = ((exponent - n) * x.log()).exp()
            for i in range(n):
                product = product * (exponent - i)
            return product[m] * math.factorial(m)

        return kernel

    def cbrt(self, x: Ball) -> Ball:
        return x.root(3) if sign(x) > 0 else -((-x).root(3))

    def cbrt_slope(self, n: int) -> Callable[[Ball], Ball]:
        top = math.prod(1 - 3 * k for k in range(n))
        return lambda x: top * self.cbrt(x) / (3 * x) ** n

    def atan2(self, y: Ball, x: Ball) -> Ball:
        return flint.arb.atan2(y, x)

    def hypot(self, x: Ball, y: Ball) -> Ball:
        return (x**2 + y**2).sqrt()

    def hypot_family(self, i: int, j: int, k: int) -> Callable[[Ball, Ball], Ball]:
        return lambda x, y: x**i * y**j / self.hypot(x, y) ** k

    def reciprocal_power(self, n: int, imaginary: bool) -> Callable[[Ball, Ball], Ball]:
        """(n-1)! times the real or the imaginary part of (x + i*y)**-n, for operands y, x."""

        def kernel(y: Ball, x: Ball) -> Ball:
            found = flint.acb(x, y) ** -n * math.factorial(n - 1)
            return found.imag if imaginary else found.real

        return kernel

    def exp2(self, x: Ball) -> Ball:
        return flint.arb(2) ** x

    def log2(self, x: Ball) -> Ball:
        return self.log(x) / flint.arb.const_log2()

    def log10(self, x: Ball) -> Ball:
        return self.log(x) / flint.arb.const_log10()

    def log_base(self, x: Ball, base: Ball) -> Ball:
        return self.log(x) / self.log(base)

    def log_family(self, n: int, m: int) -> Callable[[Ball, Ball], Ball]:
        """The derivative of log(x)/log(base), n times by x and m times by the base."""

        def kernel(x: Ball, base: Ball) -> Ball:
            if x < 0 or base < 0:
                raise NoNumberError
            above = (-1) ** (n - 1) * math.factorial(n - 1) / x**n if n else x.log()
            return above * (1 / flint.arb_series([base, 1], m + 1).log())[m] * math.factorial(m)

        return kernel

    def xlogy(self, x: Ball, y: Ball) -> Ball:
        return x if x.is_zero() else x * self.log(y)

    def x_over(self, n: int) -> Callable[[Ball, Ball], Ball]:
        return lambda x, y: x if x.is_zero() else x / y**n

    def slope(self, form: Any, n: int) -> Callable[[Ball], Ball]:
        """The n-th derivative of a function, whose form is one of numbers/closed.py."""
        of: Callable[..., Ball] = _FORMS[type(form)]
        return lambda x: of(form, n, x)

    # -- exponentials, special functions ------------------------------------------------------------------

    def logistic(self, n: int) -> Callable[[Ball, Ball], Ball]:
        """The n-th derivative of 1/(1 + exp(-d)) at d = x - y."""
        if n == 0:
            return lambda x, y: 1 / (1 + (y - x).exp())
        return lambda x, y: (1 / (1 + (-flint.arb_series([x - y, 1], n + 1)).exp()))[n] * math.factorial(n)

    def sigmoid(self, x: Ball) -> Ball:
        return 1 / (1 + (-x).exp())

    def logaddexp(self, x: Ball, y: Ball) -> Ball:
        high, low = x.max(y), x.min(y)
        return high + (low - high).exp().log1p()

    def softplus(self, x: Ball) -> Ball:
        return self.logaddexp(x, flint.arb(0))

    def degrees(self, x: Ball) -> Ball:
        return x * 180 / flint.arb.pi()

    def radians(self, x: Ball) -> Ball:
        return x * flint.arb.pi() / 180

    def erf_slope(self, n: int) -> Callable[[Ball], Ball]:
        """The n-th derivative of erf (DLMF 7.10.1)."""
        coefficients, top = hermite(n - 1), -2 if n % 2 == 0 else 2
        return lambda x: top * _horner(coefficients, x) * (-(x**2)).exp() / flint.arb.pi().sqrt()

    def lgamma(self, x: Ball) -> Ball:
        return x.lgamma() if x > 0 else abs(x.gamma()).log()

    def factorial(self, x: Ball) -> Ball:
        return (x + 1).gamma()

    def sinc(self, n: int) -> Callable[[Ball], Ball]:
        """The n-th derivative of sin(pi*x)/(pi*x), which is 1/2 times the integral of cos(pi*x*t) for t from -1 to 1:
        near 0 by the value and the slope there, and the largest that the next derivative may be."""
        pi = flint.arb.pi

        def at_zero(k: int) -> Ball:
            return flint.arb(0) if k % 2 else (-1 if k % 4 else 1) * pi() ** k / (k + 1)

        def kernel(x: Ball) -> Ball:
            if abs(x) < flint.arb(2) ** (-flint.ctx.prec // 2) or x.contains(0):
                reach = pi() ** (n + 2) / (n + 3) * x.abs_upper() ** 2 / 2
                return at_zero(n) + at_zero(n + 1) * x + flint.arb(0, reach.upper())
            series = flint.arb_series([x, 1], n + 1)
            return (series.sin_pi() / (flint.arb.pi() * series))[n] * math.factorial(n)

        return kernel

    # -- comparisons and logic ----------------------------------------------------------------------------

    def equal(self, x: Ball, y: Ball) -> Ball:
        return flint.arb(_holds(x is y or x == y, x is not y and x != y))

    def not_equal(self, x: Ball, y: Ball) -> Ball:
        return flint.arb(_holds(x is not y and x != y, x is y or x == y))

    def less(self, x: Ball, y: Ball) -> Ball:
        return flint.arb(_holds(x < y, x is y or x >= y))

    def less_equal(self, x: Ball, y: Ball) -> Ball:
        return flint.arb(_holds(x is y or x <= y, x > y))

    def greater(self, x: Ball, y: Ball) -> Ball:
        return self.less(y, x)

    def greater_equal(self, x: Ball, y: Ball) -> Ball:
        return self.less_equal(y, x)

    def truth(self, x: Ball) -> Ball:
        return flint.arb(abs(sign(x)))

    def logical_not(self, x: Ball) -> Ball:
        return flint.arb(1 - abs(sign(x)))

    # -- what kernels written for rows ask of numpy -------------------------------------------------------

    def where(self, condition: Any, then: Ball, otherwise: Ball) -> Ball:
        return then if condition else otherwise

    def isnan(self, x: Ball) -> bool:
        return False


def _holds(decided: bool, other_way: bool) -> bool:
    if not decided and not other_way:
        raise UndecidedError
    return decided


def sign(x: Ball) -> int:
    """-1, 0 or 1. Raises an UndecidedError where a ball holds 0 and other numbers."""
    if x > 0:
        return 1
    if x < 0:
        return -1
    if x.is_zero():
        return 0
    raise UndecidedError


def _whole(x: Ball) -> Ball:
    """The whole number that all numbers of a ball have been made."""
    found = x.unique_fmpz()
    if found is None:
        raise UndecidedError
    return flint.arb(found)


# -- the closed forms of slopes (see numbers/closed.py) --------------------------------------------------------


def _of_logarithm(form: Any, n: int, x: Ball) -> Ball:
    x = x + form.shift
    if x < 0:
        raise NoNumberError
    return form.factor(n) / (x**n * (flint.arb(form.base).log() if form.base else 1))


def _of_square_root(form: Any, n: int, x: Ball) -> Ball:
    if x < 0:
        raise NoNumberError
    return math.prod([1 - 2 * k for k in range(n)]) * x.rsqrt() / (x ** (n - 1) * 2**n)


def _of_power_of_two(form: Any, n: int, x: Ball) -> Ball:
    return flint.arb.const_log2() ** n * flint.arb(2) ** x


def _of_radical(form: Any, n: int, x: Ball) -> Ball:
    square = form.a + form.b * x**2
    if (form.twice % 2 and square < 0) or (form.a == -1 and x < 1) or (form.b == -1 and abs(x) > 1):
        raise NoNumberError
    power = 2 * (n - 1) - form.twice
    below = square ** (power // 2) * (square.sqrt() if power % 2 else 1)
    return _horner(form.polynomial(n), x) / below


def _of_pair(form: Any, n: int, x: Ball) -> Ball:
    return getattr(x, form.s)() ** form.k * _horner(form.polynomial(n), getattr(x, form.t)())


_FORMS: Final[dict[type, Callable[..., Ball]]] = {
    closed.Logarithm: _of_logarithm,
    closed.SquareRoot: _of_square_root,
    closed.PowerOfTwo: _of_power_of_two,
    closed.Radical: _of_radical,
    closed.Pair: _of_pair,
}
BALLS: Final = Balls()


def _gamma_slope(n: int, shift: int) -> Callable[[Ball], Ball]:
    return lambda x: flint.arb_series([x + shift, 1], n + 1).gamma()[n] * math.factorial(n)


def _beta(n: int, m: int) -> Callable[[Ball, Ball], Ball]:
    return lambda x, y: math.factorial(n) * math.factorial(m) * balls.beta_near(x, y, 0, n, m)


def _polygamma(order: Ball, x: Ball) -> Ball:
    """Derivative `order` of digamma, as one of the logarithm of gamma; left of 0 by reflection."""
    n = order.unique_fmpz()
    if n is None or not order.is_exact() or not 0 <= n <= _HIGHEST:
        raise UndecidedError
    n = int(n)
    if n == 0:
        return x.digamma()
    return flint.arb_series([x, 1], n + 2).lgamma()[n + 1] * math.factorial(n + 1) if x > 0 else balls.reflected(n, x)


# What rounded numbers get from balls themselves, by the names of operations.
OF_FAMILIES: Final[dict[str, Callable[..., Callable[..., Ball]]]] = {
    "gamma_slope": _gamma_slope,
    "beta_slope": _beta,
    "polygamma": lambda: _polygamma,
    "trigamma": lambda: lambda x: _polygamma(flint.arb(1), x),
}

CONSTANTS: Final[dict[str, Callable[[], Ball]]] = {
    "pi": lambda: flint.arb.pi(),
    "tau": lambda: 2 * flint.arb.pi(),
    "degrees": lambda: 180 / flint.arb.pi(),
    "radians": lambda: flint.arb.pi() / 180,
}


def around(x: Ball, precision: int) -> Ball:
    """What a number may have been rounded from that is right to so many bits."""
    return x + flint.arb(0, abs(x) * flint.arb(2) ** (1 - precision))
