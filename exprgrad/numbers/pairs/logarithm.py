"""log and what is made of it. Derivations are in docs/kernels.md."""

from __future__ import annotations

import struct
from functools import cache
from typing import Any, Final

from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.pairs.arithmetic import (
    Bounded,
    Namespace,
    Pair,
    add_double,
    chosen,
    ordered_sum,
    polynomial,
    product_of,
    sum_of,
)
from exprgrad.numbers.pairs.constants import columns, split

# A binade from about sqrt(1/2) on has so many places, and 1 is in the middle of one of them.
_PLACES: Final = 256
_SIZE: Final = 52 - 8
_BEGIN: Final = (1023 << 52) - (149 << _SIZE) - (1 << _SIZE - 1)
# The bits of 2**52, to which a whole number below 2**52 is added by its bits.
_WHOLE: Final = 0x4330 << 48
# What is known of a logarithm has multiples of 2**-42 alone, which stay exact times an exponent.
_GRID: Final = 42
# (log(1 + r) - r + r*r/2) / r**3 for |r| < 2**-8.9.
_TAIL: Final = (1 / 3, -1 / 4, 1 / 5, -1 / 6, 1 / 7, -1 / 8)


@cache
def _tables() -> tuple[tuple[float, ...], ...]:
    """For each place a reciprocal c of about its middle, and -log(c) as a multiple of the grid and what is left. Beside
    1 it is 1, so that the logarithm of what is near 1 has no digits of a table in it."""
    c = gmpy2.context(precision=200)
    rows = []
    for i in range(_PLACES):
        ends = [_of(_BEGIN + (j << _SIZE)) for j in (i, i + 1)]
        middle = (ends[0] + ends[1]) / 2
        near = 1.0 if ends[0] < 1.0 < ends[1] else 1 / middle
        rows.append((near, *_on_grid(c.minus(c.log(near)))))
    return columns(rows)


def _on_grid(x: Any) -> tuple[float, float]:
    """A number of MPFR's as a multiple of the grid and what is left."""
    c = gmpy2.context(precision=200)
    high = float(c.div_2exp(c.rint(c.mul_2exp(x, _GRID)), _GRID))
    return high, float(c.sub(x, high))


def _of(bits: int) -> float:
    """The double with these bits."""
    found: float = struct.unpack("<d", struct.pack("<q", bits))[0]
    return found


@cache
def _two() -> tuple[float, float]:
    """log(2) as a multiple of the grid and what is left."""
    return _on_grid(gmpy2.context(precision=200).const_log2())


@cache
def reciprocal(base: int) -> Pair:
    """1/log(base)."""
    c = gmpy2.context(precision=200)
    return Pair(*split(c.div(1, c.log(base)), 2))


def log(w: Namespace, x: Pair, less_one: Pair | None = None) -> Bounded:
    """The logarithm of a pair whose high part is a normal double above 0, and below 2**1022 where there is a low one.
    Beside 1 all digits of `less_one` count, if that is given."""
    bits = w.bits(x.high)
    offset = bits - _BEGIN + (1023 << 52)
    biased = offset >> 52
    exponent = w.of_bits(biased + _WHOLE) - (2.0**52 + 1023.0)
    place = (offset >> _SIZE) & (_PLACES - 1)
    m = w.of_bits(bits - ((biased - 1023) << 52))
    c, high, low = w.at(_tables(), place)
    p = product_of(w, m, c)
    s = ordered_sum(p.high - 1.0, p.low)
    if not isinstance(x.low, float) or x.low:
        s = sum_of(s.high, s.low + x.low * w.of_bits((2046 - biased) << 52) * c)
    two_high, two_low = _two()
    whole = w.multiply_add(exponent, two_high, high)
    r, rest = s if less_one is None else chosen(w, whole == 0, less_one, s)
    square = product_of(w, r, r)
    cube = square.high * r
    # What a table gives is 0 or larger than any rest, and half of a rest's square is below it.
    t = ordered_sum(whole, r)
    u = ordered_sum(t.high, -0.5 * square.high)
    small = (t.low + u.low) + w.multiply_add(exponent, two_low, low)
    below = (w.multiply_add(square.high - r, rest, rest) - 0.5 * square.low) + cube * polynomial(w, _TAIL, r)
    found = Pair(u.high, small + below)
    # Beside 1, where nothing of a table is in it, what is added is exact but for the cubic term.
    return Bounded(found, w.abs(cube) * 2.0**-51 + w.abs(u.high) * w.where(whole == 0, 2.0**-98, 2.0**-78))


def log1p(w: Namespace, x: Pair) -> Bounded:
    """log(1 + x) of a pair above -1."""
    return log(w, add_double(x, 1.0), x)
