"""Numbers as the unevaluated sum of two doubles, the second of which is at most about an ulp of the first.

What is said of errors holds while no product is below the range of normal doubles and no sum above that of doubles; u
is 2**-53. Algorithms: T. J. Dekker, Numer. Math. 18 (1971) 224; D. E. Knuth, TAOCP vol. 2, 4.2.2; M. Joldes, J.-M.
Muller, V. Popescu, ACM TOMS 44 (2017) 15, whose bounds are in their table 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from exprgrad.records import NamedTuple

# Doubles, whole numbers of 64 bits and truth values in several lanes, with Python's operators.
Lanes = Any
Wholes = Any


class Namespace(Protocol):
    """What kernels are written against, beside the operators."""

    def rest(self, product: Lanes, x: Lanes, y: Lanes) -> Lanes:
        """x*y - product, where product is x*y rounded: exact."""

    def multiply_add(self, x: Lanes, y: Lanes, z: Lanes) -> Lanes:
        """x*y + z, rounded once or twice."""

    def where(self, holds: Any, x: Lanes, y: Lanes) -> Lanes:
        """x where something holds, else y."""

    def abs(self, x: Lanes) -> Lanes:
        """The absolute value."""

    def sqrt(self, x: Lanes) -> Lanes:
        """The square root, rounded."""

    def isnan(self, x: Lanes) -> Any:
        """Where x is no number."""

    def bits(self, x: Lanes) -> Wholes:
        """A double's bits as a whole number."""

    def of_bits(self, x: Wholes) -> Lanes:
        """The double with these bits."""

    def at(self, tables: Sequence[Sequence[float]], place: Wholes) -> Sequence[Lanes]:
        """The numbers at a place of tables, one of each."""


class Pair(NamedTuple):
    """high + low."""

    high: Lanes
    low: Lanes


class Bounded(NamedTuple):
    """A pair, and a bound on its error."""

    pair: Pair
    error: Lanes


def negative(x: Pair) -> Pair:
    """-x, exact."""
    return Pair(-x.high, -x.low)


def scaled(x: Pair, factor: Lanes) -> Pair:
    """x times a power of two, of either sign: exact where neither part leaves the range."""
    return Pair(factor * x.high, factor * x.low)


def chosen(w: Namespace, holds: Any, x: Pair, y: Pair) -> Pair:
    """x where something holds, else y."""
    return Pair(w.where(holds, x.high, y.high), w.where(holds, x.low, y.low))


def sum_of(x: Lanes, y: Lanes) -> Pair:
    """x + y, exact (Knuth's 2Sum)."""
    high = x + y
    of_y = high - x
    return Pair(high, (x - (high - of_y)) + (y - of_y))


def ordered_sum(x: Lanes, y: Lanes) -> Pair:
    """x + y, exact where |x| >= |y| or x is 0 (Dekker's Fast2Sum), or x a multiple of the last place of y."""
    high = x + y
    return Pair(high, y - (high - x))


def product_of(w: Namespace, x: Lanes, y: Lanes) -> Pair:
    """x*y, exact."""
    high = x * y
    return Pair(high, w.rest(high, x, y))


def add(x: Pair, y: Pair) -> Pair:
    """x + y, with a relative error of at most 3*u*u + 13*u**3 (AccurateDWPlusDW)."""
    s, t = sum_of(x.high, y.high), sum_of(x.low, y.low)
    v = ordered_sum(s.high, s.low + t.high)
    return ordered_sum(v.high, t.low + v.low)


def add_smaller(x: Pair, y: Pair) -> Pair:
    """x + y where y is at most half of x, or x is 0; with a relative error of at most 8*u*u."""
    s = ordered_sum(x.high, y.high)
    return ordered_sum(s.high, s.low + (x.low + y.low))


def add_double(x: Pair, y: Lanes) -> Pair:
    """x + y, with a relative error of at most 2*u*u (DWPlusFP)."""
    s = sum_of(x.high, y)
    return ordered_sum(s.high, x.low + s.low)


def multiply(w: Namespace, x: Pair, y: Pair) -> Pair:
    """x*y, with a relative error of at most 5*u*u where products are fused, 7*u*u where they are not (DWTimesDW)."""
    p = product_of(w, x.high, y.high)
    return ordered_sum(p.high, w.multiply_add(x.low, y.high, w.multiply_add(x.high, y.low, p.low)))


def multiply_double(w: Namespace, x: Pair, y: Lanes) -> Pair:
    """x*y, with a relative error of at most 3*u*u (DWTimesFP)."""
    p = product_of(w, x.high, y)
    return ordered_sum(p.high, w.multiply_add(x.low, y, p.low))


def divide(w: Namespace, x: Pair, y: Pair) -> Pair:
    """x/y, with a relative error of at most 22*u*u. One division serves both parts: it is what takes longest."""
    inverse = 1.0 / y.high
    high = x.high * inverse
    p = multiply_double(w, y, high)
    rest = (x.high - p.high) + (x.low - p.low)
    return ordered_sum(high, rest * inverse)


def root(w: Namespace, x: Pair) -> Pair:
    """The square root of x > 0, with a relative error of at most 7*u*u."""
    high = w.sqrt(x.high)
    square = high * high
    rest = (x.high - square) - w.rest(square, high, high) + x.low
    # The same quotient serves who divides by the root.
    low = rest * (0.5 * (1.0 / high))
    return Pair(high, low) if isinstance(x.low, float) and not x.low else ordered_sum(high, low)


def polynomial(w: Namespace, coefficients: Sequence[float], x: Lanes) -> Lanes:
    """The value of a polynomial, the constant first, by Horner's rule in doubles."""
    found: Lanes = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        found = w.multiply_add(found, x, coefficient)
    return found
