"""Enclosures in Arb's balls: the functions that MPFR lacks and a bound by hand would be long for.

A formula is evaluated in balls, and the precision doubled until both ends round to the same number.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import flint
import gmpy2

if TYPE_CHECKING:
    from exprgrad.numbers.rounded import Number, Rounded

Ball = Any

# flint's working precision is one setting for the whole process.
_lock = threading.Lock()
WIDEST = 16384


def round_ball(rounded: Rounded, formula: Callable[[], Ball]) -> Number:
    """The number nearest to what the formula encloses."""
    precision = rounded.precision + 40
    with _lock:
        before = flint.ctx.prec
        try:
            while True:
                flint.ctx.prec = precision
                ball = formula()
                if ball.is_finite():
                    low, high = (_number(rounded, end) for end in (ball.lower(), ball.upper()))
                    if low == high:
                        return low
                    if precision > WIDEST:
                        return _number(rounded, ball.mid())
                elif precision > WIDEST:
                    return rounded.nan
                precision *= 2
        finally:
            flint.ctx.prec = before


def _number(rounded: Rounded, exact: Ball) -> Number:
    """An exact ball, rounded once."""
    mantissa, exponent = exact.man_exp()
    c = rounded.context
    value = c.mul(rounded.one, int(mantissa))
    shift = max(-(1 << 24), min(1 << 24, int(exponent)))
    return c.mul_2exp(value, shift) if shift >= 0 else c.div_2exp(value, -shift)


def _ball(x: Number) -> Ball:
    """An mpfr as an exact ball; at least its own bits are needed."""
    mantissa, exponent = x.as_mantissa_exp()
    return flint.arb(int(mantissa)) * flint.arb(2) ** int(exponent)


def polygamma(rounded: Rounded, n: int, x: Number) -> Number:
    """Derivative n >= 1 of digamma (DLMF 5.15)."""
    if x.is_infinite():
        return rounded.zero if x > 0 else rounded.nan
    if x.is_zero() or (x < 0 and x.is_integer()):
        if n % 2:
            return rounded.inf
        return rounded.copysign(rounded.inf, rounded.neg(x)) if x.is_zero() else rounded.nan
    size = _log2_size(n, x)
    if size > 140_000:
        return rounded.copysign(rounded.inf, rounded.number(1.0 if n % 2 or x < 0 else -1.0))
    if size < -140_000 and x > 0:
        return rounded.copysign(rounded.zero, rounded.number(1.0 if n % 2 else -1.0))
    if x > 0:
        return round_ball(rounded, lambda: flint.acb(_ball(x)).polygamma(flint.acb(n)).real)

    def reflected() -> Ball:
        # psi_n(x) = (-1)**n psi_n(1 - x) - pi * d^n/dx^n cot(pi*x), from DLMF 5.5.4.
        y = _ball(x)
        cotangent = y.cot_pi()
        slope = flint.arb(0)
        for coefficient in reversed(_cotangent_derivative(n)):
            slope = slope * cotangent + coefficient
        other = flint.acb(1 - y).polygamma(flint.acb(n)).real
        return (-1) ** n * other - flint.arb.pi() ** (n + 1) * slope

    return round_ball(rounded, reflected)


def _log2_size(n: int, x: Number) -> float:
    """About the logarithm of n!/|d|**(n+1), d the distance to the nearest pole: the size of the result."""
    wide = gmpy2.context(precision=64, emax=1 << 30, emin=-(1 << 30))
    pole = wide.rint(x) if x < 0.5 else wide.plus(0.0)
    if pole > 0:
        pole = wide.plus(0.0)
    distance = gmpy2.context(precision=4096, emax=1 << 30, emin=-(1 << 30)).sub(x, pole)
    logarithm = wide.div(wide.lgamma(wide.plus(float(n + 1)))[0], wide.const_log2())
    return float(wide.sub(logarithm, wide.mul(n + 1, wide.log2(wide.abs(distance)))))


@cache
def _cotangent_derivative(n: int) -> tuple[int, ...]:
    """The polynomial Q with d^n/dt^n cot(t) = Q(cot(t)): Q' times -(1 + cot**2), n times."""
    q = [0, 1]
    for _ in range(n):
        slope = [i * a for i, a in enumerate(q)][1:]
        q = [0] * (len(slope) + 2)
        for i, a in enumerate(slope):
            q[i] -= a
            q[i + 2] -= a
    return tuple(q)
