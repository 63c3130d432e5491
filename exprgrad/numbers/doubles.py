"""exp, sine and cosine in doubles alone, to about an ulp, for several rows at once; written against what
`numbers/pairs/arithmetic.py` says. Polynomials are the best by Sollya's fpminimax."""

from __future__ import annotations

from functools import cache
from typing import Final

from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.pairs import exponential
from exprgrad.numbers.pairs.arithmetic import Lanes, Namespace, polynomial
from exprgrad.numbers.pairs.constants import MAGIC, split
from exprgrad.records import NamedTuple

# (exp(r) - 1 - r) / r**2 for |r| < 0.0109, off by 2**-53.3 of exp(r).
_EXP: Final = tuple(
    map(float.fromhex, ("0x1.ffffffffdbcffp-2", "0x1.5555555543c3ep-3", "0x1.5555cf17033edp-5", "0x1.1111679cab24p-7"))
)
# Of larger numbers the quarters of a turn are not known.
FAR: Final = 2.0**17
# (sin(r) - r) / r**3 and (cos(r) - 1 + r*r/2) / r**4 by r*r, for |r| < 0.786, off by 2**-57.8 of the sine and by
# 2**-64.
_SINE: Final = tuple(
    map(
        float.fromhex,
        (
            "-0x1.5555555555548p-3",
            "0x1.111111110f74dp-7",
            "-0x1.a01a019beeebap-13",
            "0x1.71de355b7da7ep-19",
            "-0x1.ae5e513c6bb75p-26",
            "0x1.5d8d2c137d4ep-33",
        ),
    )
)
_COSINE: Final = tuple(
    map(
        float.fromhex,
        (
            "0x1.555555555554cp-5",
            "-0x1.6c16c16c15215p-10",
            "0x1.a01a019cbd97p-16",
            "-0x1.27e4f810e87cbp-22",
            "0x1.1ee9efcb4ca28p-29",
            "-0x1.8fb042d17d56fp-37",
        ),
    )
)
_SIGN: Final = 62


class Circular(NamedTuple):
    """Sine and cosine of a number."""

    sine: Lanes
    cosine: Lanes


@cache
def _step() -> tuple[float, ...]:
    """STEPS/log(2), and log(2)/STEPS in two parts, of which the first has 32 bits."""
    c = gmpy2.context(precision=200)
    step = c.div(c.const_log2(), exponential.STEPS)
    return (float(c.div(1, step)), *split(step, 2, 32))


@cache
def _quarter() -> tuple[float, ...]:
    """2/pi, and pi/2 in three parts, of which two have 33 bits."""
    c = gmpy2.context(precision=300)
    quarter = c.div(c.const_pi(), 2)
    return (float(c.div(1, quarter)), *split(quarter, 3, 33))


def exp(w: Namespace, x: Lanes) -> Lanes:
    """The exponential of |x| <= NORMAL, which is a normal double."""
    inverse, high, low = _step()
    shifted = w.multiply_add(x, inverse, MAGIC)
    k = shifted - MAGIC
    place = w.bits(shifted)
    r = w.multiply_add(k, -low, w.multiply_add(k, -high, x))
    (t,) = w.at(exponential.tables()[:1], place & (exponential.STEPS - 1))
    q = w.multiply_add(r * r, polynomial(w, _EXP, r), r)
    return exponential.scaled(w, w.multiply_add(t, q, t), exponential.exponent_of(place))


def circular(w: Namespace, x: Lanes) -> Circular:
    """Sine and cosine of |x| < FAR."""
    inverse, first, second, third = _quarter()
    shifted = w.multiply_add(x, inverse, MAGIC)
    k = shifted - MAGIC
    r = w.multiply_add(k, -third, w.multiply_add(k, -second, w.multiply_add(k, -first, x)))
    square = r * r
    # A product, which keeps the sign of a zero.
    sine = r * w.multiply_add(square, polynomial(w, _SINE, square), 1.0)
    cosine = w.multiply_add(square, w.multiply_add(square, polynomial(w, _COSINE, square), -0.5), 1.0)
    quarter = w.bits(shifted)
    odd = w.of_bits((quarter & 1) + (1023 << 52)) != 1.0
    turned, opposite = quarter & 2, (quarter + 1) & 2
    return Circular(
        w.of_bits(w.bits(w.where(odd, cosine, sine)) ^ turned << _SIGN),
        w.of_bits(w.bits(w.where(odd, sine, cosine)) ^ opposite << _SIGN),
    )
