"""The arithmetic of enclosures: every number is exact or lies in a ball, from the inputs to the end of a program.

A number is a fraction as long as it is one, which decides every condition; else a ball of Arb's, of which a condition
may be undecided: then all is computed again with twice the precision. What is no number, nan, an infinity or the zero
-0, is a rounded number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import product
from typing import Any, Final

import flint

from exprgrad.diagnostics import EvaluationError, UnsupportedError
from exprgrad.numbers import balls, closed
from exprgrad.numbers.balls import Ball, ball_of
from exprgrad.numbers.fractions import FRACTIONS, exactly
from exprgrad.numbers.rounded import FLOAT64, MPFR, Rounded, alike, hermite, wide
from exprgrad.numbers.scalars import ZERO, Float32, is_true

Fraction = flint.fmpq
Enclosure = Any

# A fraction with more bits than this becomes a ball.
_LONGEST: Final = 2048
# The power series of a kernel have so many terms at the most.
TERMS: Final = 64
# So far left of 0 polygamma is brought to the right term by term.
_SHIFTED: Final = 4096


class UndecidedError(EvaluationError):
    """A ball holds numbers for which a condition is true, and others for which it is false."""

    def __init__(self) -> None:
        super().__init__(
            "this is not decided: two numbers are equal, or one is at a jump or a pole, or they are too near to it",
            hint="write what is equal in one way, or compare with a small number instead of 0",
        )


class NoNumberError(Exception):
    """For all numbers in a ball a function has no value: its result is nan."""


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
        return flint.arb(exactly(x))

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

    def square(self, x: Ball) -> Ball:
        return x**2

    def minor(self, a: Ball, b: Ball, c: Ball, d: Ball) -> Ball:
        return a * b - c * d

    def between(self, last: int) -> Callable[..., Ball]:
        return lambda a, b, i: a + (b - a) * i / last

    # -- pieces -------------------------------------------------------------------------------------------

    def sign(self, x: Ball) -> Ball:
        return flint.arb(_sign(x))

    def floor(self, x: Ball) -> Ball:
        return _whole(x.floor())

    def ceil(self, x: Ball) -> Ball:
        return _whole(x.ceil())

    def trunc(self, x: Ball) -> Ball:
        return self.floor(x) if _sign(x) > 0 else self.ceil(x)

    def round(self, x: Ball) -> Ball:
        return _whole((x + 0.5).floor())

    def floor_div(self, x: Ball, y: Ball) -> Ball:
        return self.floor(x / y)

    def mod(self, x: Ball, y: Ball) -> Ball:
        return x - y * self.floor(x / y)

    def fmod(self, x: Ball, y: Ball) -> Ball:
        return x - y * self.trunc(x / y)

    def copysign(self, x: Ball, y: Ball) -> Ball:
        return abs(x) if _sign(y) >= 0 else -abs(x)

    def minimum(self, *xs: Ball) -> Ball:
        return reduce(lambda x, y: x if x is y or x <= y else y if y <= x else x.min(y), xs)

    def maximum(self, *xs: Ball) -> Ball:
        return reduce(lambda x, y: x if x is y or x >= y else y if y >= x else x.max(y), xs)

    def ties(self, out: Ball, *xs: Ball) -> Ball:
        return flint.arb(sum(_holds(out is x or out == x, out != x) for x in xs))

    def above(self, x: Ball, y: Ball) -> Ball:
        if x is y:
            return flint.arb(0.5)
        return flint.arb((_sign(x - y) + 1) / 2)

    def heaviside(self, x: Ball, h: Ball) -> Ball:
        sign = _sign(x)
        return h if sign == 0 else flint.arb(sign > 0)

    def inverse_norm(self, h: Ball) -> Ball:
        return h if h.is_zero() else 1 / h

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
        return x.root(3) if _sign(x) > 0 else -((-x).root(3))

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

    def exp10(self, x: Ball) -> Ball:
        return flint.arb(10) ** x

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
        """The n-th derivative of sin(pi*x)/(pi*x): near 0 by its value there, and a bound of the next one, the largest
        of which is that of 1/2 times the integral of cos(pi*x*t) for t from -1 to 1."""

        def kernel(x: Ball) -> Ball:
            if x.contains(0):
                pi = flint.arb.pi()
                at = flint.arb(0) if n % 2 else (-1 if n % 4 else 1) * pi**n / (n + 1)
                reach = pi ** (n + 1) / (n + 2) * x.abs_upper()
                return at + flint.arb(0, reach.upper())
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
        return flint.arb(abs(_sign(x)))

    def logical_not(self, x: Ball) -> Ball:
        return flint.arb(1 - abs(_sign(x)))

    # -- what kernels written for rows ask of numpy -------------------------------------------------------

    def where(self, condition: Any, then: Ball, otherwise: Ball) -> Ball:
        return then if condition else otherwise

    def isnan(self, x: Ball) -> bool:
        return False


def _holds(decided: bool, other_way: bool) -> bool:
    if not decided and not other_way:
        raise UndecidedError
    return decided


def _sign(x: Ball) -> int:
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
_BALLS: Final = Balls()


def _gamma_slope(n: int, shift: int) -> Callable[[Ball], Ball]:
    return lambda x: flint.arb_series([x + shift, 1], n + 1).gamma()[n] * math.factorial(n)


def _beta(n: int, m: int) -> Callable[[Ball, Ball], Ball]:
    return lambda x, y: math.factorial(n) * math.factorial(m) * balls.beta_near(x, y, 0, n, m)


def _polygamma(order: Ball, x: Ball) -> Ball:
    """Derivative `order` of digamma, as one of the logarithm of gamma; left of 0 by the recurrence (DLMF 5.15.5)."""
    n = order.unique_fmpz()
    if n is None or not order.is_exact() or not 0 <= n < TERMS - 1:
        raise UndecidedError
    n, shift, more = int(n), 0, flint.arb(0)
    if not x > 0:
        shift = 1 - int(x.lower().floor().unique_fmpz())
        if shift > _SHIFTED:
            raise UndecidedError
        more = sum([(x + k) ** -(n + 1) for k in range(shift)], more) * ((-1) ** n * math.factorial(n))
    return flint.arb_series([x + shift, 1], n + 2).lgamma()[n + 1] * math.factorial(n + 1) - more


# What rounded numbers get from balls themselves, by the names of operations.
_ROUNDED_FROM_BALLS: Final[dict[str, Callable[..., Callable[..., Ball]]]] = {
    "gamma_slope": _gamma_slope,
    "beta_slope": _beta,
    "polygamma": lambda: _polygamma,
    "trigamma": lambda: lambda x: _polygamma(flint.arb(1), x),
}


# -- the arithmetic ---------------------------------------------------------------------------------------------


class Enclosures:
    """The arithmetic of enclosures (see `scalars.Arithmetic`)."""

    def number(self, x: Any) -> Enclosure:
        """A number of Python's or a rounded one, exactly; what is a fraction or a ball already is itself."""
        if type(x) is Fraction or type(x) is flint.arb:
            return x
        x = x.value if type(x) is Float32 else x
        rounded = x if type(x) is MPFR else FLOAT64.number(x)
        return rounded if _is_special(rounded) else exactly(x)

    def kernel(self, op: Any) -> Callable[..., Enclosure]:
        name, attributes = op.reference
        if name in _ROUNDED_FROM_BALLS:
            return _Kernel(op, None, _ROUNDED_FROM_BALLS[name](*attributes)).run
        try:
            # What is not elementwise has for single numbers a kernel written against a namespace.
            of_balls: Callable[..., Any] = op.rounded(_BALLS) if op.partials is not None else op.arrays(_BALLS)
        except (AttributeError, TypeError):
            raise UnsupportedError(f"{op.name} has no proven digits in this version") from None
        try:
            of_fractions = op.rounded(FRACTIONS) if op.partials is not None else None
        except AttributeError:
            of_fractions = None
        return _Kernel(op, of_fractions, of_balls).run

    @staticmethod
    def is_true(x: Enclosure) -> bool:
        if type(x) is MPFR:
            return is_true(x)
        return bool(x) if type(x) is Fraction else _sign(x) != 0


class _Kernel:
    """What computes an operation: with fractions where these give one, else with balls; and at a point where these find
    no finite ball, as at a pole, by the kernel of rounded numbers."""

    __slots__ = ("of_balls", "of_fractions", "op")

    def __init__(self, op: Any, of_fractions: Callable[..., Any] | None, of_balls: Callable[..., Any]) -> None:
        self.op = op
        self.of_fractions = of_fractions
        self.of_balls = of_balls

    def run(self, *xs: Enclosure) -> Enclosure:
        kinds = {*map(type, xs)}
        if MPFR in kinds:
            return self._with_special(xs)
        if self.of_fractions is not None and len(kinds) == 1 and Fraction in kinds:
            try:
                found = self.of_fractions(*xs)
            except AttributeError:  # a kernel that asks of a number what fractions have not got
                self.of_fractions = None
            else:
                if found is ZERO:
                    return found
                if found is not None:
                    return found if found.height_bits() <= _LONGEST else flint.arb(found)
        return self._in_balls(xs, xs)

    def _in_balls(self, xs: Sequence[Enclosure], given: Sequence[Enclosure]) -> Enclosure:
        """The result in balls; `given` are the operands where those are taken for them."""
        try:
            found = self.of_balls(*[x if type(x) is flint.arb else flint.arb(x) for x in xs])
        except NoNumberError:
            return FLOAT64.nan
        except UndecidedError:
            if flint.arb in map(type, given):
                raise
            found = None
        except ZeroDivisionError:
            found = None
        if found is ZERO or type(found) is MPFR:
            return found
        if found is not None and type(found) is not flint.arb:
            found = flint.arb(found)
        if found is None or not found.is_finite():
            return self._at(given)
        return _short(found) if found.is_exact() else found

    def _with_special(self, xs: Sequence[Enclosure]) -> Enclosure:
        """The result where an operand is nan, an infinity or -0."""
        if all([type(x) is not MPFR or x.is_zero() for x in xs]):
            return self._in_balls([flint.fmpq(0) if type(x) is MPFR else x for x in xs], xs)
        return self._at(xs)

    def _at(self, xs: Sequence[Enclosure]) -> Enclosure:
        """The result at a point, as rounded numbers have it. Of a ball both ends have to give it, and only what is no
        number, or 0, may come of that."""
        precision = flint.ctx.prec + 40
        ends = [_ends(x, precision) for x in xs]
        found = [self._rounded(precision, points) for points in product(*ends)]
        first = found[0]
        if len(found) > 1 and not all([first is not ZERO and _same(first, x) for x in found]):
            raise UndecidedError
        if first is ZERO or not first.is_finite():
            return first
        if first.is_zero():
            return first if first.is_signed() else Fraction(0)
        if len(found) > 1 or any(
            [type(x) is Fraction and exactly(end[0]) != x for x, end in zip(xs, ends, strict=True)]
        ):
            raise UndecidedError
        ball = ball_of(first)
        return _short(ball) if self.op.exact else ball + flint.arb(0, abs(ball) * flint.arb(2) ** (1 - precision))

    def _rounded(self, precision: int, points: Sequence[Any]) -> Any:
        if self.op.partials is None:
            return self.op.float64(*points)
        return self.op.rounded(Rounded(precision))(*points)


def _same(x: Any, y: Any) -> bool:
    return bool(x.is_nan() and y.is_nan()) or alike(x, y)


def _ends(x: Enclosure, precision: int) -> list[Any]:
    """The rounded number that an operand is, or those beside it; of a ball the ends, unless it holds 0."""
    if type(x) is MPFR:
        return [x]
    if type(x) is Fraction:
        return [rounded_middle(x, precision)]
    if x.contains(0):
        raise UndecidedError
    return [balls.rounded_ball(wide(precision), end) for end in (x.lower(), x.upper())]


def rounded_middle(x: Enclosure, precision: int) -> Any:
    """The number of so many bits next to a fraction, or to the middle of a ball."""
    if type(x) is MPFR:
        return x
    if type(x) is flint.arb:
        return balls.rounded_ball(wide(precision), x.mid())
    top, bottom = (wide(max(2, int(part).bit_length())).mul(FLOAT64.one, int(part)) for part in (x.p, x.q))
    return wide(precision).div(top, bottom)


def _is_special(x: Any) -> bool:
    return not x.is_finite() or (x.is_zero() and x.is_signed())


def _short(x: Ball) -> Enclosure:
    """An exact ball as a fraction, unless that is a long one."""
    mantissa, exponent = map(int, x.man_exp())
    if mantissa.bit_length() + abs(exponent) > _LONGEST:
        return x
    return flint.fmpq(mantissa << exponent) if exponent >= 0 else flint.fmpq(mantissa, 1 << -exponent)


ENCLOSURES: Final = Enclosures()
