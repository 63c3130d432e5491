"""Large numbers less a multiple of a step of pi (M. Payne, R. Hanek, SIGNUM Newsletter 18 (1983) 19). The derivation is
in docs/kernels.md."""

from __future__ import annotations

import math
from functools import cache
from typing import Final

from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.pairs.arithmetic import (
    Lanes,
    Namespace,
    Pair,
    Wholes,
    multiply,
    ordered_sum,
    product_of,
    sum_of,
)
from exprgrad.numbers.pairs.constants import MAGIC, columns, split

# From where on numbers are large, and the exponent there, as it stands in a double's bits.
LEAST: Final = 2.0**17
_FIRST: Final = 1023 + 17
# 2**_SHARED exponents have the same digits of 1/(2*pi).
_SHARED: Final = 3
# The rest r has an error of at most ERROR*|r| + BESIDE, and is no smaller than 2**-67.
ERROR: Final = 2.0**-101
BESIDE: Final = 2.0**-142


@cache
def _digits() -> tuple[tuple[float, ...], ...]:
    """By the exponents of whole numbers of 53 bits the digits of 1/(2*pi) that do not make whole turns of these: four
    parts of 53 bits, one after the other."""
    bits = 1300
    c = gmpy2.context(precision=2 * bits)
    inverse = int(c.rint_floor(c.div(c.exp2(bits - 1), c.const_pi())))

    def part(exponent: int, n: int) -> float:
        return math.ldexp((inverse >> (bits - exponent - 53 * n)) % 2**53, -53 * n)

    exponents = range(_FIRST - 1075, 2047 - 1075, 1 << _SHARED)
    return columns([tuple([part(exponent, n) for n in range(1, 5)]) for exponent in exponents])


@cache
def _turn() -> Pair:
    """2*pi."""
    c = gmpy2.context(precision=200)
    return Pair(*split(c.mul(2, c.const_pi()), 2))


def _part_of_turn(x: Lanes) -> Lanes:
    """A number less a whole one, exact: what is left is up to 1, or whole and below 2**8."""
    return x - ((x + 2.0 * MAGIC) - 2.0 * MAGIC)


def reduced(w: Namespace, x: Lanes, steps: int) -> tuple[Wholes, Pair]:
    """For doubles of LEAST and more, of either sign, k and r with x = k*pi/steps + r, but for whole turns: k is from 0
    to 2*steps - 1, and r half a step at most, or hardly more. pi is so many steps, a power of two up to 128."""
    bits = w.bits(x)
    shared = (((bits >> 52) & 2047) - _FIRST) >> _SHARED
    # A whole number of 53 bits, times a power of two up to 2**7.
    whole = w.of_bits(bits - (((shared << _SHARED) + (_FIRST - 1075)) << 52))
    first, second, third, fourth = w.at(_digits(), shared)
    p, q, s = (product_of(w, whole, digits) for digits in (first, second, third))
    a = sum_of(_part_of_turn(p.high), _part_of_turn(p.low))
    b = sum_of(a.high, _part_of_turn(q.high))
    unit = MAGIC / (2 * steps)
    shifted = b.high + unit
    k = w.bits(shifted) & (2 * steps - 1)
    # What sums lose is added, too, and is tiny beside the rest: what is added to that is below 2**-44.
    high = b.high - (shifted - unit)
    low = s.low + whole * fourth
    for term in (q.low, a.low, b.low, s.high):
        total = sum_of(high, term)
        high, low = total.high, low + total.low
    return k, multiply(w, ordered_sum(high, low), _turn())
