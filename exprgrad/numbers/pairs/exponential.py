"""exp and what is made of it. Derivations are in docs/kernels.md."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.pairs.arithmetic import (
    Bounded,
    Lanes,
    Namespace,
    Pair,
    Wholes,
    add_double,
    chosen,
    ordered_sum,
    polynomial,
    product_of,
)
from exprgrad.numbers.pairs.constants import MAGIC, columns, split
from exprgrad.records import NamedTuple

# Powers of two by so many steps.
STEPS: Final = 32
# The exponential of a larger number, or of one below -FAR, has no low part that is known.
FAR: Final = 690.0
# That of what is no larger is a normal double.
NORMAL: Final = 708.0
# (exp(r) - 1 - r - r*r/2) / r**3 for |r| < 0.0109.
_TAIL: Final = (1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320)
# An exponential times this is no smaller than its error.
ERROR: Final = 2.0**-72


class Scaled(NamedTuple):
    """t + t*q times a power of two, which is to be added to the exponents: 1 <= t < 2 and |q| < 2**-8. The relative
    error of all is below ERROR; `is_near` is where t is 1 and the power 0, and q has the error `of_q` beside pairs'."""

    t: Pair
    q: Pair
    exponent: Wholes
    is_near: Any
    of_q: Lanes

    def number(self, w: Namespace) -> Pair:
        """t + t*q."""
        t, q = self.t, self.q
        p = product_of(w, t.high, q.high)
        found = ordered_sum(t.high, p.high)
        # What is tiny first, so that the largest of what is added is rounded once.
        tiny = (found.low + p.low) + w.multiply_add(t.low, q.high, t.low)
        return Pair(found.high, w.multiply_add(t.high, q.low, tiny))

    def pair(self, w: Namespace) -> Pair:
        """The same with its power of two, where that leaves no range."""
        high, low = self.number(w)
        power = w.of_bits(self.exponent + (1023 << 52))
        return ordered_sum(high * power, low * power)


@cache
def tables() -> tuple[tuple[float, ...], ...]:
    """2**(j/STEPS) as pairs: the high parts, and the low ones."""
    c = gmpy2.context(precision=200)
    return columns(split(c.exp2(c.div(j, STEPS)), 2) for j in range(STEPS))


@cache
def _step() -> tuple[float, float, float, float]:
    """STEPS/log(2), and log(2)/STEPS in three parts, of which the first two have 32 bits."""
    c = gmpy2.context(precision=200)
    step = c.div(c.const_log2(), STEPS)
    return (float(c.div(1, step)), *split(step, 3, 32))  # type: ignore[return-value]


@cache
def log_of_two(power: int = 1) -> Pair:
    """log(2)**power."""
    c = gmpy2.context(precision=200)
    return Pair(*split(c.pow(c.const_log2(), power), 2))


@cache
def two_over_root_of_pi() -> Pair:
    """2/sqrt(pi)."""
    c = gmpy2.context(precision=200)
    return Pair(*split(c.div(2, c.sqrt(c.const_pi())), 2))


def exp(w: Namespace, x: Pair) -> Scaled:
    """The exponential of a pair with |x| < NORMAL, with a relative error below ERROR."""
    inverse, high, middle, low = _step()
    shifted = w.multiply_add(x.high, inverse, MAGIC)
    k = shifted - MAGIC
    place = w.bits(shifted)
    # Exact: of what is left first every digit has a place of the second product's.
    r, lost = ordered_sum(w.multiply_add(k, -high, x.high), k * -middle)
    rest = w.multiply_add(k, -low, lost)
    square = product_of(w, r, r)
    tail = square.high * r * polynomial(w, _TAIL, r)
    q = ordered_sum(r, 0.5 * square.high)
    # exp(r) - 1, by which the rest counts for more.
    more = q.high
    if not isinstance(x.low, float) or x.low:  # it is up to the last place of a large number
        rest, more = rest + x.low, q.high + tail
    q_low = (q.low + rest + w.multiply_add(more, rest, 0.5 * square.low)) + tail
    t = Pair(*w.at(tables(), place & (STEPS - 1)))
    return Scaled(t, Pair(q.high, q_low), exponent_of(place), k == 0, w.abs(tail) * 2.0**-50)


def exponent_of(place: Wholes) -> Wholes:
    """The power of two in so many steps, as it is added to exponents."""
    return (place & -STEPS) << (52 - STEPS.bit_length() + 1)


def scaled(w: Namespace, x: Lanes, exponent: Wholes) -> Lanes:
    """A double times a power of two, of which neither leaves the range of normal doubles."""
    return w.of_bits(w.bits(x) + exponent)


def expm1(w: Namespace, x: Pair) -> Bounded:
    """exp(x) - 1 of a pair with |x| < FAR."""
    found = exp(w, x)
    number = found.pair(w)
    far = add_double(number, -1.0)
    near = found.is_near
    less = chosen(w, near, found.q, far)
    # Far below 0 the exponential's own error is less than what its sum with -1 is rounded by.
    return Bounded(less, w.where(near, found.of_q, number.high * ERROR) + w.abs(less.high) * 2.0**-98)
