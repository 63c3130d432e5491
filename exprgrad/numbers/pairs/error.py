"""The error function and its complement. Derivations are in docs/kernels.md."""

from __future__ import annotations

from functools import cache
from typing import Final

from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.pairs import exponential
from exprgrad.numbers.pairs.arithmetic import (
    Bounded,
    Lanes,
    Namespace,
    Pair,
    Wholes,
    add_double,
    add_smaller,
    multiply,
    multiply_double,
    negative,
    ordered_sum,
    polynomial,
    product_of,
)
from exprgrad.numbers.pairs.constants import MAGIC, columns, split

# 1 is so many steps, and from FAR on the nearest double is 1.
_STEPS: Final = 64
FAR: Final = 6.0
# The last term of the series about the multiple of a step.
_LAST: Final = 10
# Of erfc times an exponential: its points are the numbers with so many bits after the first one, less _SHIFT.
_BITS: Final = 6
_SHIFT: Final = 0.5
# Of what is larger erfc is not known, which is nearly all whose erfc is no normal double.
END: Final = 26.45
# From here on it is none of MPFR's, either.
NOTHING: Final = 302.0
# Nor is it more than half of the least double.
WRITTEN: Final = 27.3
# erfc times this is no smaller than its error.
ERROR: Final = 2.0**-68


@cache
def _tables() -> tuple[tuple[float, ...], ...]:
    """erf and its derivative at the multiples of a step, high parts and low ones."""
    c = gmpy2.context(precision=200)
    points = [c.div(j, _STEPS) for j in range(int(FAR) * _STEPS + 1)]
    values = [split(c.erf(x), 2) for x in points]
    slopes = [split(c.div(c.mul(2, c.exp(c.minus(c.square(x)))), c.sqrt(c.const_pi())), 2) for x in points]
    return (*columns(values), *columns(slopes))


def erf(w: Namespace, x: Lanes) -> Bounded:
    """erf of a double from 0 to FAR: Taylor's series about the nearest multiple c of a step, whose coefficients are
    erf'(c) times Hermite polynomials (DLMF 7.10.1)."""
    shifted = x + MAGIC / _STEPS
    c = shifted - MAGIC / _STEPS
    h = x - c
    value, value_low, slope_high, slope_low = w.at(_tables(), w.bits(shifted) & (16 * _STEPS - 1))
    slope = Pair(slope_high, slope_low)
    # That of h**k is (-1)**(k - 1)*H(k - 1)/k!, where H(n + 1) = 2*c*H(n) - 2*n*H(n - 1).
    coefficients: list[Lanes] = [1.0, -c]
    for k in range(3, _LAST + 1):
        before, last = coefficients[-2:]
        coefficients.append((c * last * (2.0 * (1 - k)) - before * (2.0 * (k - 2))) * (1.0 / (k * (k - 1))))
    tail: Lanes = coefficients[-1]
    for coefficient in coefficients[-2:1:-1]:
        tail = w.multiply_add(tail, h, coefficient)
    cube = slope.high * (h * h * h)
    rest = cube * tail
    turned = product_of(w, c, h)
    first = multiply_double(w, multiply(w, slope, add_double(negative(turned), 1.0)), h)
    found = add_smaller(Pair(value, value_low), add_double(first, rest))
    # The coefficients from the third on are sums that may cancel: their sizes count.
    return Bounded(found, w.abs(cube) * (c * c + 1.0) * 2.0**-49 + found.high * 2.0**-95)


@cache
def _scaled_tables() -> tuple[tuple[float, ...], ...]:
    """Of the coefficients of exp(x*x)*erfc(x) at the points the first three, high parts and low ones, and the last two,
    of which the others follow."""
    c = gmpy2.context(precision=500)
    factor = c.div(2, c.sqrt(c.const_pi()))
    rows = []
    power, place = -1, 0
    while (point := (1 + place / 2**_BITS) * 2.0**power - _SHIFT) < 1.02 * END:
        found = [c.mul(c.erfc(point), c.exp(c.square(point)))]
        found.append(c.sub(c.mul(2 * point, found[0]), factor))
        for k in range(1, _LAST):
            found.append(c.div(c.mul(2, c.add(c.mul(point, found[k]), found[k - 1])), k + 1))
        rows.append((*(part for x in found[:3] for part in split(x, 2)), *map(float, found[-2:])))
        power, place = power + (place + 1) // 2**_BITS, (place + 1) % 2**_BITS
    return columns(rows)


def erfc(w: Namespace, x: Lanes) -> tuple[Pair, Wholes]:
    """erfc of a double from 0 to END, as a pair and a power of two, which is to be added to the exponents, with a
    relative error below ERROR: exp(-x*x) times g(x) = exp(x*x)*erfc(x), by Taylor's series of g about a point c."""
    # Of what is in the middle between two points the lesser one is taken, so that h is exact beside 0, too.
    bits = (w.bits(x + _SHIFT) + ((1 << (51 - _BITS)) - 1)) & -(1 << (52 - _BITS))
    c = w.of_bits(bits) - _SHIFT
    h = x - c
    place = (bits >> (52 - _BITS)) - (1022 << _BITS)
    value, value_low, slope, slope_low, second, second_low, before, last = w.at(_scaled_tables(), place)
    # g' = 2*x*g - 2/sqrt(pi), so that (k + 1)*a(k + 1) = 2*c*a(k) + 2*a(k - 1), whose terms downwards have one sign.
    coefficients: list[Lanes] = [last, before]
    for k in range(_LAST - 1, 3, -1):
        coefficients.append(coefficients[-2] * (0.5 * (k + 1)) - c * coefficients[-1])
    found = Pair(second, w.multiply_add(polynomial(w, coefficients[::-1], h), h, second_low))
    for high, low in (slope, slope_low), (value, value_low):
        p = product_of(w, found.high, h)
        total = ordered_sum(high, p.high)
        found = Pair(total.high, total.low + (w.multiply_add(found.low, h, p.low) + low))
    square = product_of(w, x, x)
    bell = exponential.exp(w, negative(square))
    return multiply(w, bell.number(w), ordered_sum(*found)), bell.exponent
