"""The arithmetic of balls: every number encloses the exact result, from the inputs to the end of a program.

It has under their names what kernels ask of an arithmetic of rounded numbers (see `rounded.Rounded`), as far as Arb has
it. A condition that a ball cannot decide is decided at twice the precision.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, Final

import flint

from exprgrad.diagnostics import EvaluationError, UnsupportedError
from exprgrad.numbers.balls import working
from exprgrad.numbers.rounded import MPFR, WIDEST

Ball = Any


class UndecidedError(Exception):
    """A ball holds numbers for which a condition is true, and others for which it is false."""


def _method(name: str) -> Callable[..., Ball]:
    return lambda x, *more: getattr(x, name)(*more)


# What Arb has as a method of a ball, by the name that kernels know.
_METHODS: Final = {
    name: _method(name)
    for name in (
        *("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan"),
        *("atan2", "sinh", "cosh", "tanh", "sech", "csch", "coth", "asinh", "acosh", "atanh", "erf", "erfc", "gamma"),
        *("digamma", "lgamma"),
    )
}


class Enclosures:
    """The arithmetic of balls (see `scalars.Arithmetic`). What it has not got is an UnsupportedError."""

    add: Final = operator.add
    sub: Final = operator.sub
    mul: Final = operator.mul
    div: Final = operator.truediv
    neg: Final = operator.neg

    def __getattr__(self, name: str) -> Callable[..., Ball]:
        if name not in _METHODS:
            raise AttributeError(name)
        return _METHODS[name]

    # -- the protocol -------------------------------------------------------------------------------------

    def number(self, x: Any) -> Ball:
        """A number of Python's or a rounded one, exactly."""
        if type(x) is not MPFR:
            return flint.arb(x)
        if not x.is_finite():
            return flint.arb(float(x))
        mantissa, exponent = x.as_mantissa_exp()
        return flint.arb(int(mantissa)) * flint.arb(2) ** int(exponent)

    def kernel(self, op: Any) -> Callable[..., Ball]:
        try:
            # What is not elementwise has for single numbers a kernel written against a namespace.
            kernel: Callable[..., Any] = op.rounded(self) if op.partials is not None else op.arrays(self)
        except (AttributeError, TypeError):
            raise UnsupportedError(f"{op.name} has no enclosure") from None
        return lambda *xs: flint.arb(kernel(*xs))

    def is_true(self, x: Ball) -> bool:
        if x.is_zero():
            return False
        if x.contains(0):
            raise UndecidedError
        return True

    # -- what kernels ask for -----------------------------------------------------------------------------

    def pos(self, x: Ball) -> Ball:
        return x

    def abs(self, x: Ball) -> Ball:
        return abs(x)

    def where(self, condition: Ball, then: Ball, otherwise: Ball) -> Ball:
        return then if self.is_true(flint.arb(condition)) else otherwise

    def isnan(self, x: Ball) -> bool:
        return bool(x.is_nan())

    def power(self, n: int, m: int) -> Callable[..., Ball]:
        """The derivative of x**y, n times by x and m times by y, where the exponent is a whole number or x above 0."""

        def kernel(x: Ball, y: Ball) -> Ball:
            if m == 0 and (whole := y.unique_fmpz()) is not None and y.is_exact():
                falling = 1
                for i in range(n):
                    falling *= int(whole) - i
                return falling * x ** (int(whole) - n) if falling else flint.arb(0)
            if not x > 0:
                raise UndecidedError
            # Leibniz: of x**(y - n) * log(x)**m times the falling factorial, whose derivatives by y are a polynomial's.
            exponent = flint.arb_series([y, 1], m + 1)
            product = ((exponent - n) * x.log()).exp()
            for i in range(n):
                product = product * (exponent - i)
            return product[m] * math.factorial(m)

        return kernel

    def _compared(self, decided: bool, other_way: bool) -> Ball:
        if not decided and not other_way:
            raise UndecidedError
        return flint.arb(decided)

    def less(self, x: Ball, y: Ball) -> Ball:
        return self._compared(x < y, x >= y)

    def less_equal(self, x: Ball, y: Ball) -> Ball:
        return self._compared(x <= y, x > y)

    def greater(self, x: Ball, y: Ball) -> Ball:
        return self._compared(x > y, x <= y)

    def greater_equal(self, x: Ball, y: Ball) -> Ball:
        return self._compared(x >= y, x < y)

    def equal(self, x: Ball, y: Ball) -> Ball:
        return self._compared(x == y, x != y)

    def not_equal(self, x: Ball, y: Ball) -> Ball:
        return self._compared(x != y, x == y)

    def truth(self, x: Ball) -> Ball:
        return flint.arb(self.is_true(x))

    def logical_not(self, x: Ball) -> Ball:
        return flint.arb(not self.is_true(x))


BALLS: Final = Enclosures()


def enclosed(run: Callable[[], Sequence[Ball]], precision: int = 64) -> Sequence[Ball]:
    """What a run gives in balls of so many bits, or of as many as its conditions need. Raises an EvaluationError where
    one is not decided at the widest precision."""
    while precision <= WIDEST:
        with working(precision):
            try:
                return run()
            except UndecidedError:
                precision *= 2
    raise EvaluationError("a condition is not decided by balls", hint="its two sides are equal, or very nearly so")
