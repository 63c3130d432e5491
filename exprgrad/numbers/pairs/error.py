"""The error function. Derivations are in docs/kernels.md."""

from __future__ import annotations

from functools import cache
from typing import Final

from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.pairs.arithmetic import (
    Bounded,
    Lanes,
    Namespace,
    Pair,
    add,
    add_double,
    multiply,
    multiply_double,
    negative,
    product_of,
)
from exprgrad.numbers.pairs.constants import MAGIC, columns, split

# 1 is so many steps, and from FAR on the nearest double is 1.
_STEPS: Final = 64
FAR: Final = 6.0
# The last term of the series about the multiple of a step.
_LAST: Final = 10


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
    values, values_low, slopes, slopes_low = _tables()
    place = w.bits(shifted) & (16 * _STEPS - 1)
    value, slope = (
        Pair(w.at(values, place), w.at(values_low, place)),
        Pair(w.at(slopes, place), w.at(slopes_low, place)),
    )
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
    found = add(value, add_double(first, rest))
    # The coefficients from the third on are sums that may cancel: their sizes count.
    return Bounded(found, w.abs(cube) * (c * c + 1.0) * 2.0**-49 + found.high * 2.0**-95)
