"""Angles: the inverses of tangent, sine and cosine. Derivations are in docs/kernels.md."""

from __future__ import annotations

from functools import cache
from typing import Final

from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.pairs.arithmetic import (
    Bounded,
    Namespace,
    Pair,
    add_double,
    add_smaller,
    chosen,
    divide,
    multiply_double,
    negative,
    polynomial,
)
from exprgrad.numbers.pairs.constants import MAGIC, columns, split

# 1 is so many steps.
_STEPS: Final = 128
# (atan(t) - t) / t**3 by t*t, for |t| < 2**-8.
_TAIL: Final = (-1 / 3, 1 / 5, -1 / 7, 1 / 9)


@cache
def _tables() -> tuple[tuple[float, ...], ...]:
    """The angles of the multiples of a step, high parts and low ones."""
    c = gmpy2.context(precision=200)
    return columns([(0.0, 0.0), *[split(c.atan(c.div(j, _STEPS)), 2) for j in range(1, _STEPS + 1)]])


@cache
def turn(halves: int) -> Pair:
    """So many halves of pi."""
    c = gmpy2.context(precision=200)
    return Pair(*split(c.div(c.mul(c.const_pi(), halves), 2), 2))


@cache
def degree() -> Pair:
    """A degree in radians."""
    c = gmpy2.context(precision=200)
    return Pair(*split(c.div(c.const_pi(), 180), 2))


@cache
def radian() -> Pair:
    """A radian in degrees."""
    c = gmpy2.context(precision=200)
    return Pair(*split(c.div(180, c.const_pi()), 2))


def angle(w: Namespace, y: Pair, x: Pair) -> Bounded:
    """The angle whose tangent is y/x, of which both are at least 0 and one is above."""
    steep = y.high > x.high
    ratio = divide(w, chosen(w, steep, x, y), chosen(w, steep, y, x))
    shifted = ratio.high + MAGIC / _STEPS
    c = shifted - MAGIC / _STEPS
    nearest = Pair(*w.at(_tables(), w.bits(shifted) & (2 * _STEPS - 1)))
    t = divide(w, add_double(ratio, -c), add_double(multiply_double(w, ratio, c), 1.0))
    square = t.high * t.high
    cube = square * t.high
    below = add_double(t, cube * polynomial(w, _TAIL, square))
    found = add_smaller(nearest, below)
    found = chosen(w, steep, add_smaller(turn(1), negative(found)), found)
    return Bounded(found, w.abs(cube) * 2.0**-51 + w.abs(found.high) * 2.0**-96)
