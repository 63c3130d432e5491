"""Enclosures in Arb's balls: the functions that MPFR lacks and a bound by hand would be long for.

A formula is evaluated in balls, and the precision doubled until both ends round to the same number.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import flint

from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.polynomials import derivative, times
from exprgrad.numbers.rounded import FLOAT64, WIDEST, Number, Rounded, alike, wide

Ball = Any

# flint's working precision is one setting for the whole process. What runs in balls may ask for a rounded number that
# comes from others.
_lock = threading.RLock()


def round_ball(rounded: Rounded, formula: Callable[[], Ball], terms: int = 1) -> Number:
    """The number nearest to what the formula encloses; its power series have so many terms."""
    return round_balls(rounded, lambda: [formula()], terms)[0]


def round_balls(rounded: Rounded, formula: Callable[[], Sequence[Ball]], terms: int = 1) -> list[Number]:
    """The same for a formula that encloses several."""
    precision = rounded.precision + 40
    while True:
        with working(precision, terms):
            found = [_settled(rounded, ball, precision > WIDEST) for ball in formula()]
        if None not in found:
            return found
        precision *= 2


@contextmanager
def working(precision: int, terms: int = 10) -> Iterator[None]:
    """Where balls have so many bits, and power series so many terms; one thread at a time."""
    with _lock:
        before = flint.ctx.prec, flint.ctx.cap
        flint.ctx.prec, flint.ctx.cap = precision, terms
        try:
            yield
        finally:
            flint.ctx.prec, flint.ctx.cap = before


def _settled(rounded: Rounded, ball: Ball, last: bool) -> Number | None:
    """The number to which both ends of a ball round; None if there is none, unless this is the last try."""
    if not ball.is_finite():
        return rounded.nan if last else None
    low, high = (rounded_ball(rounded.context, end) for end in (ball.lower(), ball.upper()))
    if alike(low, high):
        return low
    return (rounded.zero if ball.contains(0) else rounded_ball(rounded.context, ball.mid())) if last else None


def rounded_ball(context: Any, exact: Ball) -> Number:
    """An exact ball as a number of a context, rounded once."""
    mantissa, exponent = map(int, exact.man_exp())
    c = wide(max(2, mantissa.bit_length()))
    value = c.mul(FLOAT64.one, mantissa)
    shift = max(-(1 << 22), min(1 << 22, exponent))
    return context.plus(c.mul_2exp(value, shift) if shift >= 0 else c.div_2exp(value, -shift))


def ball_of(x: Number) -> Ball:
    """An mpfr as an exact ball; at least its own bits are needed."""
    mantissa, exponent = x.as_mantissa_exp()
    return flint.arb(int(mantissa)) * flint.arb(2) ** int(exponent)


def gamma(rounded: Rounded, n: int, x: Number, shift: int) -> Number:
    """Derivative n >= 1 of gamma at x + shift, the sum exact."""
    if x.is_nan() or (x.is_infinite() and x < 0):
        return rounded.nan
    if x > 1 << 20:
        return rounded.inf
    if x.is_integer() and x <= -shift:
        return _pole(rounded, n, x) if x == -shift else rounded.nan
    return round_ball(rounded, lambda: math.factorial(n) * _coefficients(ball_of(x) + shift, "gamma", n)[n], n + 1)


def _pole(rounded: Rounded, n: int, x: Number) -> Number:
    """Derivative n of 1/x at a zero of either sign."""
    sign = rounded.copysign(rounded.one, x) if x.is_zero() and n % 2 == 0 else rounded.one
    return rounded.mul(rounded.inf if n % 2 == 0 else rounded.neg(rounded.inf), sign)


def _coefficients(x: Ball, function: str, degree: int) -> list[Ball]:
    """The coefficients of a function's power series at x, the constant first."""
    series = getattr(flint.arb_series([x, 1], degree + 1), function)()
    return [series[i] for i in range(degree + 1)]


def beta(rounded: Rounded, n: int, m: int, x: Number, y: Number) -> Number:
    """The derivative of gamma(x)*gamma(y)/gamma(x + y), n times by x and m times by y (DLMF 5.12.1)."""
    if x.is_nan() or y.is_nan():
        return rounded.nan
    for a, b in ((x, y), (y, x)):
        if a < 0 and (a.is_infinite() or a.is_integer()):
            return rounded.nan
        if a.is_infinite():
            return rounded.zero if b > 0 else rounded.nan
    if x.is_zero() and y.is_zero():
        return rounded.nan
    if x.is_zero() and m == 0:
        return _pole(rounded, n, x)
    if y.is_zero() and n == 0:
        return _pole(rounded, m, y)
    if y.is_zero() or (y < x and not x.is_zero()):
        x, y, n, m = y, x, m, n  # what has a pole at 0 comes first, or the smaller one
    if x.is_zero() and n == 0:
        return rounded.neg(_polygamma(rounded, m, y))  # 1/x - digamma(y) - gamma + ...
    if x > 1 << 18:
        return rounded.zero  # below 2**-x
    if x < -4096 and y > FAR:
        # About gamma(x) * (-log(y))**n * y**-x.
        return rounded.mul(rounded.inf, rounded.number(int(rounded.context.lgamma(x)[1]) * (-1) ** n))
    # At x = 0 the pole of gamma(x) = gamma(1 + x)/x takes one degree of the series.
    shift = int(x.is_zero())
    factor = math.factorial(n) * math.factorial(m)
    formula = _beta_far if y > FAR else beta_near
    return round_ball(rounded, lambda: factor * formula(ball_of(x), ball_of(y), shift, n + shift, m), n + shift + m + 1)


# Beyond, gamma(y)/gamma(x + y) is y**-x to more digits than any result shows (DLMF 5.11.12).
FAR: Final = gmpy2.mpfr(2) ** 512


def beta_near(x: Ball, y: Ball, shift: int, p: int, q: int) -> Ball:
    """The coefficient of s**p * t**q in gamma(x + shift + s) * gamma(y + t) / gamma(x + y + s + t)."""
    left, right = _coefficients(x + shift, "gamma", p), _coefficients(y, "gamma", q)
    below = _coefficients(x + y, "rgamma", p + q)
    return sum(
        left[i] * right[j] * below[p - i + q - j] * math.comb(p - i + q - j, p - i)
        for i in range(p + 1)
        for j in range(q + 1)
    )


def _beta_far(x: Ball, y: Ball, shift: int, p: int, q: int) -> Ball:
    """The coefficient of s**p * t**q in gamma(x + shift + s) * (y + t)**-(x + s)."""
    exponent = flint.arb_series([x, 1])
    series = flint.arb_series([x + shift, 1]).gamma() * (-y.log() * exponent).exp() / y**q
    for k in range(q):
        series = series * (exponent + k) / -(k + 1)
    return series[p]


def polygamma(rounded: Rounded, order: Number, x: Number) -> Number:
    """Derivative `order` of digamma (DLMF 5.15); nan unless that is a whole number from 0."""
    if x.is_nan() or not order.is_integer() or order < 0:
        return rounded.nan
    return rounded.digamma(x) if order.is_zero() else _polygamma(rounded, int(order), x)


def _polygamma(rounded: Rounded, n: int, x: Number) -> Number:
    if x.is_infinite():
        return rounded.zero if x > 0 else rounded.nan
    if x < 0 and x.is_integer():
        return rounded.nan if n % 2 == 0 else rounded.inf
    pole = rounded.context.rint(x) if x < 0 else rounded.zero
    distance = gmpy2.context(precision=4096, emax=1 << 30, emin=-(1 << 30)).sub(x, pole)
    # The term of the nearest pole, n!/distance**(n+1), gives the sign and about the size.
    nearest = rounded.inf if n % 2 else rounded.copysign(rounded.inf, rounded.neg(distance))
    size = math.inf if distance.is_zero() else _log2_size(n, distance)
    if size > 140_000:
        return nearest
    if size < -140_000 and x > 0:
        return rounded.copysign(rounded.zero, nearest)
    if x < 0 and n % 2 == 0 and rounded.mul(x, rounded.number(2)).is_integer():
        # Halfway between two poles the reflected function has the same value.
        x = gmpy2.context(precision=4096).sub(1, x)
    if x > 0:
        return round_ball(rounded, lambda: _right_polygamma(n, ball_of(x)))
    if x > -SUMMED:
        terms = int(-rounded.floor(x))
        return round_ball(
            rounded, lambda: _right_polygamma(n, ball_of(x) + terms) + _poles(n, ball_of(x), range(terms))
        )
    if n <= 64:
        return round_ball(rounded, lambda: reflected(n, ball_of(x)))
    here = int(-pole)
    return round_ball(rounded, lambda: _poles(n, ball_of(x), range(here - NEIGHBOURS, here + NEIGHBOURS)))


# Up to so far left of 0, polygamma is brought to the right by its recurrence, term by term.
SUMMED: Final = 2048
# Further left and for high orders, so many poles on either side are all that counts: the next one adds less than
# (1/NEIGHBOURS)**65 of the nearest.
NEIGHBOURS: Final = 256


def _right_polygamma(n: int, x: Ball) -> Ball:
    return flint.acb(x).polygamma(flint.acb(n)).real


def _poles(n: int, x: Ball, window: range) -> Ball:
    """What the poles at -k add, for k in the window: (-1)**(n+1) * n! * sum of (x + k)**-(n+1) (DLMF 5.15.1)."""
    return (-1) ** (n + 1) * flint.arb.fac_ui(n) * sum((x + k) ** -(n + 1) for k in window)


def reflected(n: int, x: Ball) -> Ball:
    """psi_n(x) = (-1)**n psi_n(1 - x) - pi * d^n/dx^n cot(pi*x), from DLMF 5.5.4."""
    cotangent = x.cot_pi()
    slope = flint.arb(0)
    for coefficient in reversed(_cotangent_derivative(n)):
        slope = slope * cotangent + coefficient
    return (-1) ** n * _right_polygamma(n, 1 - x) - flint.arb.pi() ** (n + 1) * slope


def _log2_size(n: int, distance: Number) -> float:
    """The logarithm of n!/|distance|**(n+1)."""
    wide = gmpy2.context(precision=64, emax=1 << 30, emin=-(1 << 30))
    logarithm = wide.div(wide.lgamma(wide.add(wide.plus(1.0), n))[0], wide.const_log2())
    return float(wide.sub(logarithm, wide.mul(wide.add(wide.plus(1.0), n), wide.log2(wide.abs(distance)))))


@cache
def _cotangent_derivative(n: int) -> tuple[int, ...]:
    """The polynomial Q with d^n/dt^n cot(t) = Q(cot(t)): Q' times -(1 + cot**2), n times."""
    q: tuple[int, ...] = (0, 1)
    for _ in range(n):
        q = times((-1, 0, -1), derivative(q))
    return q


# -- decimal digits of what is far from 1 -------------------------------------------------------------------------


def floor_of_log10(x: Ball) -> int | None:
    """The power of ten that a positive number begins with; None where a ball does not say which."""
    found = (x.log() / flint.arb.const_log10()).floor().unique_fmpz()
    return None if found is None else int(found)


def times_power_of_ten(x: Ball, exponent: int) -> Ball:
    """x * 10**exponent, of whatever size."""
    return x * flint.arb(10) ** flint.arb(exponent)


def nearest_whole(x: Ball) -> int | None:
    """The whole number nearest to all of a ball; None where these are several."""
    found = (x + 0.5).floor().unique_fmpz()
    return None if found is None else int(found)
