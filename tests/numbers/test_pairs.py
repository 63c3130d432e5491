"""Functions of pairs of doubles: the worst error that is found stays within the bound that they state."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import gmpy2
import pytest

from exprgrad.numbers.pairs import arithmetic as pairs
from exprgrad.numbers.pairs import circular, error, exponential, inverse, logarithm, reduction, roots
from exprgrad.numbers.pairs.arithmetic import Pair
from exprgrad.run.bits import BitsWriter

C = gmpy2.context(precision=300)
COUNT = 1500


class Doubles:
    """One double at a time; `fuses` says whether products are fused with sums."""

    def __init__(self, fuses: bool) -> None:
        self.fuses = self._fuses = fuses

    def multiply_add(self, x: float, y: float, z: float) -> float:
        return float(Fraction(x) * Fraction(y) + Fraction(z)) if self._fuses else x * y + z

    def rest(self, product: float, x: float, y: float) -> float:
        if self._fuses:
            return float(Fraction(x) * Fraction(y) - Fraction(product))
        found: float = BitsWriter.rest(self, product, x, y)  # type: ignore[arg-type]
        return found

    number = staticmethod(float)
    _halves = staticmethod(BitsWriter._halves)

    def bits(self, x: float) -> int:
        found: int = struct.unpack("<q", struct.pack("<d", x))[0]
        return found

    def of_bits(self, x: int) -> float:
        found: float = struct.unpack("<d", struct.pack("<Q", x % 2**64))[0]
        return found

    def at(self, tables: Sequence[Sequence[float]], place: int) -> Sequence[float]:
        return [table[place] for table in tables]

    def where(self, holds: Any, x: Any, y: Any) -> Any:
        return x if holds else y

    abs, sqrt, isnan = staticmethod(abs), staticmethod(math.sqrt), staticmethod(math.isnan)


def exact(x: Pair | float) -> Any:
    high, low = x if isinstance(x, Pair) else (x, 0.0)
    return C.add(gmpy2.mpfr(high), gmpy2.mpfr(low))


def off(found: Pair, true: Any) -> float:
    return float(C.abs(C.sub(exact(found), true)))


def pair(rng: random.Random, low: float, high: float) -> Pair:
    """A pair whose second part is as large as it can be, or not there."""
    x = rng.uniform(low, high)
    return Pair(x, rng.choice([0.0, 1.0, -1.0, rng.random()]) * math.ulp(x) / 2)


def scaled(x: Any, exponent: int) -> Any:
    """x less a power of two, which stands in the exponent's place of 64 bits."""
    power = (exponent % 2**64 ^ 2**63) - 2**63 >> 52
    return C.div_2exp(x, power) if power >= 0 else C.mul_2exp(x, -power)


def exponentials(w: Any, rng: random.Random) -> tuple[float, float]:
    x = pair(rng, *rng.choice([(-1, 1), (-30, 30), (-708, 708), (-0.02, 0.02)]))
    found = exponential.exp(w, x)
    true = scaled(C.exp(exact(x)), found.exponent)
    return off(found.number(w), true), float(true) * exponential.ERROR


def less_one(w: Any, rng: random.Random) -> tuple[float, float]:
    x = pair(rng, *rng.choice([(-1, 1), (-30, 30), (-0.02, 0.02), (-1e-6, 1e-6), (600, 690)]))
    found, bound = exponential.expm1(w, x)
    return off(found, C.expm1(exact(x))), bound


def logarithms(w: Any, rng: random.Random) -> tuple[float, float]:
    x = pair(rng, *rng.choice([(0.5, 2), (0.99, 1.01), (1e-300, 1e-290), (1, 1e300), (1 - 1e-9, 1 + 1e-9)]))
    found, bound = logarithm.log(w, x)
    return off(found, C.log(exact(x))), bound


def logarithms_beside_one(w: Any, rng: random.Random) -> tuple[float, float]:
    x = pair(rng, *rng.choice([(-0.5, 2), (-1e-3, 1e-3), (1e-17, 1e-16), (1, 1e10), (-1e-3, 1e-2)]))
    found, bound = logarithm.log1p(w, x)
    return off(found, C.log1p(exact(x))), bound


def angles(w: Any, rng: random.Random) -> tuple[float, float]:
    steps = rng.randrange(-2000, 2000) * math.pi / 128
    x = rng.choice(
        [rng.uniform(-4, 4), rng.uniform(-1e5, 1e5), steps * rng.choice([0.5, 1, 512]) + 10.0 ** rng.uniform(-14, -3)]
    )
    reduced = circular.reduced(w, x)
    if reduced.unknown:
        return 0.0, 1.0
    function, true = rng.choice([(circular.sine, C.sin), (circular.cosine, C.cos)])
    found, bound = function(w, circular.angle(w, reduced))
    return off(found, true(gmpy2.mpfr(x))), bound


def angles_of_large(w: Any, rng: random.Random) -> tuple[float, float]:
    x = rng.choice([-1, 1]) * rng.uniform(1, 2) * 2.0 ** rng.randrange(17, 1023)
    place, rest = reduction.reduced(w, x, circular.STEPS)
    function, true = rng.choice([(circular.sine, "sin"), (circular.cosine, "cos")])
    found, bound = function(w, circular.angle(w, circular.Reduced(place, rest, False)))
    wide = gmpy2.context(precision=1500)
    return off(found, getattr(wide, true)(gmpy2.mpfr(x))), bound


def tangents(w: Any, rng: random.Random) -> tuple[float, float]:
    y, x = (pair(rng, 0, rng.choice([1, 1e-3, 100])) for _ in range(2))
    found, bound = inverse.angle(w, y, x)
    return off(found, C.atan2(exact(y), exact(x))), bound


def errors(w: Any, rng: random.Random) -> tuple[float, float]:
    x = rng.choice([rng.uniform(0, 6), rng.uniform(0, 0.05)])
    found, bound = error.erf(w, x)
    return off(found, C.erf(gmpy2.mpfr(x))), bound


def complements(w: Any, rng: random.Random) -> tuple[float, float]:
    x = rng.choice([rng.uniform(0, 1), rng.uniform(0, error.END)])
    found, exponent = error.erfc(w, x)
    true = scaled(C.erfc(gmpy2.mpfr(x)), exponent)
    return off(found, true), float(true) * error.ERROR


def cube_roots(w: Any, rng: random.Random) -> tuple[float, float]:
    x = rng.uniform(1, 2) * 2.0 ** rng.randrange(-890, 890)
    found = roots.cube_root(w, x)
    return off(found, C.cbrt(gmpy2.mpfr(x))), found.high * 2.0**-95


def quotients(w: Any, rng: random.Random) -> tuple[float, float]:
    x, y = pair(rng, 1, 4), pair(rng, 1, 4)
    true = C.div(exact(x), exact(y))
    return off(pairs.divide(w, x, y), true), float(true) * 22 * 2.0**-106


def square_roots(w: Any, rng: random.Random) -> tuple[float, float]:
    x = pair(rng, 1, 4)
    true = C.sqrt(exact(x))
    return off(pairs.root(w, x), true), float(true) * 7 * 2.0**-106


def products(w: Any, rng: random.Random) -> tuple[float, float]:
    x, y = pair(rng, 1, 4), pair(rng, -4, 4)
    true = C.mul(exact(x), exact(y))
    return off(pairs.multiply(w, x, y), true), float(abs(true)) * (5 if w.fuses else 7) * 2.0**-106


def products_with_a_double(w: Any, rng: random.Random) -> tuple[float, float]:
    x, y = pair(rng, 1, 4), rng.uniform(-4, 4)
    true = C.mul(exact(x), exact(y))
    return off(pairs.multiply_double(w, x, y), true), float(abs(true)) * 3 * 2.0**-106


def sums_of_any(w: Any, rng: random.Random) -> tuple[float, float]:
    """Of what cancels, too."""
    x = pair(rng, 1, 4)
    y = rng.choice(
        [pair(rng, -4, 4), pairs.negative(Pair(x.high, 0.9 * x.low)), Pair(-math.nextafter(x.high, 9), x.low)]
    )
    true = C.add(exact(x), exact(y))
    return off(pairs.add(x, y), true), float(abs(true)) * (3 * 2.0**-106 + 13 * 2.0**-159) or 1e-300


def sums_with_a_double(w: Any, rng: random.Random) -> tuple[float, float]:
    x = pair(rng, 1, 4)
    y = rng.choice([rng.uniform(-4, 4), -x.high, -math.nextafter(x.high, 9)])
    true = C.add(exact(x), exact(y))
    return off(pairs.add_double(x, y), true), float(abs(true)) * 2 * 2.0**-106 or 1e-300


def sums(w: Any, rng: random.Random) -> tuple[float, float]:
    x, y = pair(rng, 1, 4), pair(rng, -0.5, 0.5)
    true = C.add(exact(x), exact(y))
    return off(pairs.add_smaller(x, y), true), float(true) * 8 * 2.0**-106


@pytest.mark.parametrize("fuses", [True, False])
@pytest.mark.parametrize(
    "case",
    [
        *(exponentials, less_one, logarithms, logarithms_beside_one, angles, angles_of_large, tangents, errors),
        complements,
        *(cube_roots, quotients, square_roots, sums),
        *(products, products_with_a_double, sums_of_any, sums_with_a_double),
    ],
)
def test_no_error_is_above_its_bound(case: Callable[[Any, random.Random], tuple[float, float]], fuses: bool) -> None:
    rng = random.Random(case.__name__)
    w = Doubles(fuses)
    worst = max(found / bound for found, bound in (case(w, rng) for _ in range(COUNT)))
    assert worst < 1, f"{worst:.2f} of the bound"
