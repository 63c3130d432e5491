"""Derivatives of elementary functions at every order, in closed form and correctly rounded.

Three kinds: c * q**e with a constant c and a q that is x or x + 1; p(x) * q(x)**e with a quadratic q (DLMF 4.24, 4.38);
and s**k * p(t), where s and t are functions with s' a multiple of s*t and t' = a + b*t*t (DLMF 4.20, 4.34). The
polynomials p have whole coefficients, each of which gives the next one. Which form a function has is said by its entry.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from exprgrad.numbers.polynomials import added, derivative, times
from exprgrad.numbers.rounded import Context, Kernel, Number, Rounded, polynomial, wide
from exprgrad.records import NamedTuple

Polynomial = tuple[int, ...]
Enclosed = tuple[Number, int, Number | None]


# -- constants times powers ---------------------------------------------------------------------------------


class Logarithm(NamedTuple):
    """Of log(x + shift) to a base, 0 for the natural one: (-1)**(n-1) * (n-1)! / ((x + shift)**n * log(base)), from
    inside at the end of the domain."""

    shift: int = 0
    base: int = 0

    def kernel(self, rounded: Rounded, n: int) -> Kernel:
        shift, base = self
        factor = self.factor(n)

        def formula(c: Context, x: Number) -> Enclosed:
            below = c.pow(c.add(x, shift), n)
            if base:
                below = c.mul(below, c.log(base))
            return c.div(factor, below), 4 * n + 8, None

        def kernel(x: Number) -> Number:
            if x.is_nan() or x < -shift:
                return rounded.nan
            if x == -shift:
                return rounded.inf if factor > 0 else rounded.neg(rounded.inf)
            return rounded.certain(lambda c: formula(c, x))

        return kernel

    def factor(self, n: int) -> int:
        """The constant, but for the logarithm of the base."""
        return math.factorial(n - 1) * (-1 if n % 2 == 0 else 1)


class SquareRoot(NamedTuple):
    """1/2 * -1/2 * -3/2 * ... * x**(1/2 - n): from inside at 0."""

    def kernel(self, rounded: Rounded, n: int) -> Kernel:
        top = math.prod(1 - 2 * k for k in range(n))
        reciprocal, half = rounded.context.rec_sqrt, rounded.context.div_2exp

        def kernel(x: Number) -> Number:
            if x.is_zero():
                return rounded.inf if top > 0 else rounded.neg(rounded.inf)
            if n == 1:
                return half(reciprocal(x), 1)
            if x.is_nan() or x < 0:
                return rounded.nan
            return rounded.certain(
                lambda c: (c.div_2exp(c.div(c.mul(top, c.rec_sqrt(x)), c.pow(x, n - 1)), n), 4, None)
            )

        return kernel


class PowerOfTwo(NamedTuple):
    """log(2)**n * 2**x."""

    def kernel(self, rounded: Rounded, n: int) -> Kernel:
        return lambda x: rounded.certain(lambda c: (c.mul(c.exp2(x), c.pow(c.const_log2(), n)), 2 * n + 8, None))


# -- polynomials times powers of a quadratic -----------------------------------------------------------------


class Radical(NamedTuple):
    """With q = a + b*x*x, and twice the exponent e of the first derivative q**e."""

    a: int
    b: int
    twice: int

    def polynomial(self, n: int) -> Polynomial:
        """p with p * q**(e - n + 1) the n-th derivative."""
        return _radical_polynomial(self, n)

    def kernel(self, rounded: Rounded, n: int) -> Kernel:
        a, b, twice = self
        coefficients = self.polynomial(n)
        power = (2 * (n - 1) - twice) // 2  # of q below, beside a root where the exponent is no whole number
        rooted = twice % 2 != 0

        if n == 1:
            # So many bits tell the exact result from the middle between two numbers, or it is 1.
            exact = wide(6 * rounded.precision)
            times, fma = exact.mul, exact.fma
            last = rounded.context.rec_sqrt if rooted else partial(rounded.div, rounded.one)
            return lambda x: rounded.nan if a == -1 and x < 1 else last(fma(times(x, b), x, a))

        def formula(c: Context, x: Number) -> Enclosed:
            q = c.fma(c.mul(x, b), x, a)
            below = c.pow(q, power)
            if rooted:
                below = c.mul(below, c.sqrt(q))
            value, size = polynomial(c, coefficients, x)
            return c.div(value, below), 16 * (n + 4), c.div(size, below)

        def kernel(x: Number) -> Number:
            if x.is_nan() or (a == -1 and x < 1) or (b == -1 and not -1 <= x <= 1):
                return rounded.nan
            if x.is_infinite():
                return rounded.zero
            if a * b < 0 and (x == 1 or x == -1):
                at_end = sum(coefficients) if x > 0 else sum(k * (-1) ** i for i, k in enumerate(coefficients))
                return rounded.inf if at_end > 0 else rounded.neg(rounded.inf)
            return rounded.certain(lambda c: formula(c, x))

        return kernel


@cache
def _radical_polynomial(form: Radical, n: int) -> Polynomial:
    """Of one, q*p' + (e - n + 1)*q'*p is the next one."""
    if n == 1:
        return (1,)
    a, b, twice = form
    before = form.polynomial(n - 1)
    return added(times((a, 0, b), derivative(before)), times((0, (twice - 2 * (n - 1) + 2) * b), before))


# -- polynomials in a function times powers of another one ------------------------------------------------------


class Pair(NamedTuple):
    """With the functions s, whose power is k, and t, by their names; t' = a + b*t*t as (a, b), and the g in s' = g*s*t.
    At the order `start` p is the constant `first`. `pole` says that the function has one at 0."""

    s: str
    k: int
    t: str
    square: tuple[int, int]
    g: int
    start: int
    first: int
    pole: bool = False

    def polynomial(self, n: int) -> Polynomial:
        """p with s**k * p(t) the n-th derivative."""
        return _pair_polynomial(self, n)

    def kernel(self, rounded: Rounded, n: int) -> Kernel:
        s, k, t, pole = self.s, self.k, self.t, self.pole
        coefficients = self.polynomial(n)

        def formula(c: Context, x: Number) -> Enclosed:
            value, size = polynomial(c, coefficients, getattr(c, t)(x))
            factor = c.pow(getattr(c, s)(x), float(k))  # to a whole number of Python's, gmpy2 raises -0 as 0
            return c.mul(value, factor), 16 * (n + 2), c.mul(size, factor)

        def kernel(x: Number) -> Number:
            if pole and x.is_zero():  # that of 1/x
                sign = x.is_signed() and n % 2 == 0
                return rounded.neg(rounded.inf) if sign != (n % 2 == 1) else rounded.inf
            if n == 1 and k == 2 and len(coefficients) == 1:
                return rounded.certain(lambda c: (c.mul(coefficients[0], c.square(getattr(c, s)(x))), 4, None))
            return rounded.certain(lambda c: formula(c, x))

        return kernel


@cache
def _pair_polynomial(form: Pair, n: int) -> Polynomial:
    """Of one, k*g*t*p + (a + b*t*t)*p' is the next one."""
    if n == form.start:
        return (form.first,)
    before, (a, b) = form.polynomial(n - 1), form.square
    return added(times((0, form.k * form.g), before), times((a, 0, b), derivative(before)))


def horner(coefficients: Sequence[float], x: Any) -> Any:
    """The value of a polynomial for numpy's arrays and what makes code alike; a zero is +0."""
    found: Any = float(coefficients[-1])
    for coefficient in reversed(coefficients[1:-1]):
        found = found * x + float(coefficient) if coefficient else found * x
    return found * x + float(coefficients[0]) if len(coefficients) > 1 else found
