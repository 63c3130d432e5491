"""Sums of rounded numbers and what is made of them: each result is rounded once, whatever the order of the elements.

Sums are exact first, with as many bits as that takes (MPFR's `mpfr_sum` is correctly rounded at every precision). The
operands are lists or one-dimensional arrays of mpfr's; what is linear in them raises a TypeError for anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, Final

import numpy as np

from exprgrad.numbers.compensation import lost_by_product
from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.rounded import BEYOND, FLOAT64, Context, Number, alike, wide
from exprgrad.numbers.sums import parts

# At the precision of the results, but for exponents that they only have on the way.
_NEAREST: Final = wide(FLOAT64.precision)
# The product of two numbers is exact in it.
_PRODUCTS: Final = wide(2 * FLOAT64.precision)
# From so many products on numpy forms them, if it can do so exactly: between these sizes.
MANY: Final = 400
# It forms so many at a time, which fit into a cache; of so many rounded numbers that is true.
_BLOCK, _STRETCH = 16384, 2048
_LEAST, _MOST = 2.0**-450, 2.0**450
# Between these a product of doubles has not lost digits.
_SMALL, _LARGE = 1e-290, 1e300
# No product of as many numbers as there may be leaves these exponents.
FAR: Final = 1 << 45


def exactly(formula: Callable[[Context], Number]) -> Number:
    """The value of a formula of sums and products, with as many bits as it takes."""
    precision = 256
    while True:
        c = wide(precision)
        value = formula(c)
        if not c.inexact or precision > 4 * BEYOND:
            return value
        precision *= 2


def _gathered(xs: Sequence[Number]) -> Sequence[Number]:
    """Numbers, often fewer, with the same sum, exactly. MPFR goes through all that it adds up several times, so it is
    given stretches that stay in the cache."""
    if len(xs) <= _STRETCH:
        return xs
    c = wide(256)
    sums = [c.fsum(xs[start : start + _STRETCH]) for start in range(0, len(xs), _STRETCH)]
    return xs if c.inexact else sums


class Vector:
    """Numbers of which products are summed up, and the same as doubles where that helps."""

    __slots__ = ("doubles", "numbers")

    def __init__(self, numbers: Sequence[Number]) -> None:
        self.numbers = numbers
        self.doubles = _doubles(numbers) if len(numbers) >= MANY else None


def products(x: Vector, y: Vector) -> Sequence[Number]:
    """Numbers, often fewer, whose sum is the sum of the products, exactly."""
    if x.doubles is not None and y.doubles is not None:
        lefts = _blocks(x.doubles)
        return list(chain(*map(_collected, lefts, lefts if x is y else _blocks(y.doubles))))
    return list(map(_PRODUCTS.mul, x.numbers, y.numbers))


def _doubles(xs: Sequence[Any]) -> Any:
    """The numbers as an array of doubles, None where their products might not be exact in two of those."""
    doubles = np.fromiter(map(float, xs), float, len(xs))
    sizes = np.abs(doubles)
    if not sizes.max() < _MOST:
        return None
    if sizes.min() > _LEAST:
        return doubles
    if sizes.min(initial=1.0, where=sizes > 0) <= _LEAST:
        return None
    if not all(
        [isinstance(xs[i], type(FLOAT64.zero)) and xs[i].is_zero() for i in np.flatnonzero(sizes == 0).tolist()]
    ):
        return None
    return doubles


def _blocks(x: Any) -> list[Any]:
    return [x[start : start + _BLOCK] for start in range(0, len(x), _BLOCK)]


def _collected(a: Any, b: Any) -> list[Number]:
    """Numbers whose sum is that of the products of doubles, exactly."""
    product = a * b
    found = parts(lost_by_product(a, b, product)) + parts(product)
    return [_PRODUCTS.mul(k, gmpy2.exp2(exponent)) for k, exponent in found]


# -- values ----------------------------------------------------------------------------------------------


def total(xs: Sequence[Number]) -> Number:
    """The sum."""
    return FLOAT64.context.fsum(_gathered(xs))


def mean(xs: Sequence[Number]) -> Number:
    """The sum divided by the number of elements; nan if there are none."""
    terms = _gathered(xs)
    return FLOAT64.finished(_NEAREST.div(exactly(lambda c: c.fsum(terms)), len(xs)))


def dot(x: Vector, y: Vector) -> Number:
    """The sum of the products."""
    return FLOAT64.finished(_NEAREST.fsum(products(x, y)))


def product(xs: Sequence[Number]) -> Number:
    """The product: with some more bits than a number has, and exactly where these do not decide."""
    precision = FLOAT64.precision + 64
    while True:
        c = wide(precision, FAR)
        found = c.plus(FLOAT64.one)
        for x in xs:
            found = c.mul(found, x)
        # Each step is off by half a unit at most.
        if (number := decided(c, found, len(xs), found)) is not None:
            return number
        precision *= 8


def decided(c: Context, value: Number, units: int, scale: Number) -> Number | None:
    """The number that the exact value rounds to, from one of a context's that is off by so many units in the last place
    of a scale at most, and by nothing where no step was inexact; None where it might be another number."""
    if not c.inexact or not value.is_finite() or scale.is_zero():
        return FLOAT64.context.plus(value)
    margin = c.mul_2exp(c.abs(scale), units.bit_length() + 2)
    margin = c.div_2exp(margin, c.precision)
    low, high = FLOAT64.context.plus(c.sub(value, margin)), FLOAT64.context.plus(c.add(value, margin))
    return low if alike(low, high) else None


def beyond(xs: Any, products: Any) -> Any:
    """In which lanes running products of doubles, along the last axis, may have left their range on the way."""
    sizes = np.abs(products)
    far = ~((sizes > _SMALL) & (sizes < _LARGE))
    if far.any() and (zeros := xs == 0).any():
        far &= ~((products == 0) & np.logical_or.accumulate(zeros, axis=-1))
    return far.any(axis=-1)


def norm(xs: Sequence[Number]) -> Number:
    """The square root of the sum of the squares."""
    return FLOAT64.finished(_NEAREST.sqrt(squares(xs)))


def squares(xs: Sequence[Number]) -> Number:
    """The sum of the squares, exactly."""
    x = Vector(xs)
    terms = products(x, x)
    return exactly(lambda c: c.fsum(terms))


def _spread(xs: Sequence[Number]) -> Number:
    """The variance times the square of the number of elements: n * sum(x*x) - sum(x)**2, exactly."""
    x = Vector(xs)
    terms = products(x, x)
    numbers = _gathered(xs)
    return exactly(lambda c: c.sub(c.mul(len(xs), c.fsum(terms)), c.square(c.fsum(numbers))))


def variance(xs: Sequence[Number]) -> Number:
    """The mean square of the differences from the mean."""
    return FLOAT64.finished(_NEAREST.div(_spread(xs), len(xs) ** 2))


def deviation(xs: Sequence[Number]) -> Number:
    """The square root of the variance."""
    spread = _spread(xs)
    return FLOAT64.certain(lambda c: (c.div(c.sqrt(spread), len(xs)), 4, None))


def deviations(xs: Sequence[Number]) -> list[Number]:
    """What the elements differ by from their mean."""
    terms = _gathered(xs)
    found = exactly(lambda c: c.fsum(terms))
    # With n elements and a sum of p bits, no difference is nearer to the middle of two numbers than this shows.
    precision = 2 * found.precision + 4 * len(xs).bit_length() + 128
    middle = wide(precision).div(found, len(xs))
    return [FLOAT64.finished(_NEAREST.sub(x, middle)) for x in xs]


def running(xs: Sequence[Number]) -> list[Number]:
    """The sums of the first elements."""
    precision = 256
    while True:
        c = wide(precision)
        found, so_far = [], None
        for x in xs:
            so_far = x if so_far is None else c.add(so_far, x)
            found.append(FLOAT64.context.plus(so_far))
        if not c.inexact or precision > 4 * BEYOND:
            return found
        precision *= 2


def logsumexp(xs: Sequence[Number]) -> Number:
    """The logarithm of the sum of the exponentials."""
    xs = list(xs)
    if any(map(gmpy2.is_nan, xs)):
        return FLOAT64.nan
    most = FLOAT64.maximum(*xs) if xs else FLOAT64.neg(FLOAT64.inf)
    if most.is_infinite():
        return most
    # The largest is one of those left out, so that nothing is lost where the others vanish beside it.
    rest = xs.copy()
    rest.remove(most)

    def formula(c: Context) -> tuple[Number, int, Number | None]:
        # The relative error of exp is the absolute one of its operand, which is at most 2**24 or exp is 0.
        more = c.log1p(c.fsum([c.exp(c.sub(x, most)) for x in rest]))
        return c.add(most, more), 1 << 26, None if most.is_zero() else c.add(c.abs(most), more)

    return FLOAT64.certain(formula) if rest else most
