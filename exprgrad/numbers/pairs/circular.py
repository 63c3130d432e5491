"""Sines and cosines, which share all but the last steps. Derivations are in docs/kernels.md."""

from __future__ import annotations

from functools import cache
from typing import Final

from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.pairs.arithmetic import (
    Bounded,
    Lanes,
    Namespace,
    Pair,
    Wholes,
    ordered_sum,
    polynomial,
    product_of,
    scaled,
)
from exprgrad.numbers.pairs.constants import MAGIC, columns, split
from exprgrad.numbers.pairs.reduction import LEAST
from exprgrad.records import NamedTuple

# pi is so many steps.
STEPS: Final = 128
# Larger numbers are reduced otherwise, and of a nearer one to a multiple of a step the rest is not known.
FAR: Final = LEAST
NEAR: Final = 2.0**-30
# (sin(r) - r) / r**3 and (1 - cos(r) - r*r/2) / r**4 by r*r, for |r| < 0.0123.
_SINE: Final = (-1 / 6, 1 / 120, -1 / 5040, 1 / 362880)
_COSINE: Final = (-1 / 24, 1 / 720, -1 / 40320)


class Reduced(NamedTuple):
    """A number as a multiple of a step, of which whole turns do not count, and a rest, with where that is not known."""

    place: Wholes
    rest: Pair
    unknown: Lanes


class Angle(NamedTuple):
    """A number reduced to a rest r: sine and cosine of the multiple, sin(r) and 1 - cos(r), and how large the parts of
    these are that are one double, from the third and from the fourth power on. `unknown` is where r is not known."""

    sine: Pair
    cosine: Pair
    sine_of_rest: Pair
    one_less_cosine: Pair
    third: Lanes
    fourth: Lanes
    unknown: Lanes


@cache
def _tables() -> tuple[tuple[float, ...], ...]:
    """Sines and cosines of the multiples of a step, high parts and low ones."""
    c = gmpy2.context(precision=300)
    angles = [c.div(c.mul(c.const_pi(), j), STEPS) for j in range(2 * STEPS)]
    # Those that are 0 are 0, and not the sine of a pi that is rounded.
    sines = [(0.0, 0.0) if j % STEPS == 0 else split(c.sin(x), 2) for j, x in enumerate(angles)]
    cosines = [sines[(j + STEPS // 2) % (2 * STEPS)] for j in range(2 * STEPS)]
    return (*columns(sines), *columns(cosines))


@cache
def _step() -> tuple[float, ...]:
    """STEPS/pi, and pi/STEPS in four parts, of which three have 29 bits."""
    c = gmpy2.context(precision=300)
    step = c.div(c.const_pi(), STEPS)
    return (float(c.div(1, step)), *split(step, 4, 29))


def reduced(w: Namespace, x: Lanes) -> Reduced:
    """A double below FAR in size."""
    inverse, first, second, third, fourth = _step()
    shifted = w.multiply_add(x, inverse, MAGIC)
    k = shifted - MAGIC
    # Exact: every digit of what is left has a place of the next product's.
    s = ordered_sum(w.multiply_add(k, -first, x), k * -second)
    t = ordered_sum(s.high, k * -third)
    low = w.multiply_add(k, -fourth, s.low + t.low)
    rest = ordered_sum(t.high, low)
    return Reduced(w.bits(shifted) & (2 * STEPS - 1), rest, (w.abs(rest.high) < NEAR) & (k != 0))


def angle(w: Namespace, x: Reduced) -> Angle:
    """What sine and cosine of a number share."""
    j, rest, unknown = x
    high = rest.high
    square = product_of(w, high, high)
    square_low = w.multiply_add(2.0 * high, rest.low, square.low)
    cosine = square.high * square.high * polynomial(w, _COSINE, square.high)
    half_square = Pair(0.5 * square.high, w.multiply_add(0.5, square_low, cosine))
    sine = square.high * high * polynomial(w, _SINE, square.high)
    sine_low = rest.low + sine
    sine_low = w.multiply_add(-0.5 * square.high, rest.low, sine_low)
    of_place = w.at(_tables(), j)
    return Angle(
        Pair(*of_place[:2]),
        Pair(*of_place[2:]),
        Pair(high, sine_low),
        half_square,
        w.abs(sine),
        w.abs(cosine),
        unknown,
    )


def sine(w: Namespace, x: Angle) -> Bounded:
    """S*cos(r) + C*sin(r)."""
    return _turned(w, x.sine, x.cosine, x, 1.0)


def cosine(w: Namespace, x: Angle) -> Bounded:
    """C*cos(r) - S*sin(r)."""
    return _turned(w, x.cosine, x.sine, x, -1.0)


def _turned(w: Namespace, of_cosine: Pair, of_sine: Pair, x: Angle, sign: float) -> Bounded:
    """of_cosine*cos(r) + sign*of_sine*sin(r): of_cosine + sign*of_sine*sin(r) - of_cosine*(1 - cos(r))."""
    factor = scaled(of_sine, sign)
    r, q = x.sine_of_rest, x.one_less_cosine
    m = product_of(w, factor.high, r.high)
    m_low = w.multiply_add(factor.low, r.high, w.multiply_add(factor.high, r.low, m.low))
    g = product_of(w, of_cosine.high, q.high)
    g_low = w.multiply_add(of_cosine.high, q.low, w.multiply_add(of_cosine.low, q.high, g.low))
    # A table's sine or cosine is 0, as is its product then, or larger than any rest.
    u = ordered_sum(of_cosine.high, m.high)
    v = ordered_sum(u.high, -g.high)
    found = Pair(v.high, ((u.low + v.low) + (m_low - g_low)) + of_cosine.low)
    rounded = w.abs(of_sine.high) * x.third + w.abs(of_cosine.high) * x.fourth
    return Bounded(found, rounded * 2.0**-49 + w.abs(v.high) * 2.0**-93)
