"""Large numbers less a multiple of a step of pi, against mpmath: of all exponents, and where little is left."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

from exprgrad.numbers.compensation import lost_by_product
from exprgrad.numbers.pairs import reduction

# Digits after the point of what is left of the largest double.
EXACT = 1400


class Arrays:
    """What kernels are written against, with numpy's arrays and without fused multiplications."""

    at = staticmethod(lambda tables, place: [np.array(table)[place] for table in tables])
    bits = staticmethod(lambda x: x.view(np.int64))
    of_bits = staticmethod(lambda x: x.view(np.float64))
    rest = staticmethod(lambda product, x, y: lost_by_product(x, y, product))
    multiply_add = staticmethod(lambda x, y, z: x * y + z)


def check(x: Any, steps: int) -> float:
    """The least rest."""
    found, (high, low) = reduction.reduced(Arrays(), x, steps)  # type: ignore[arg-type]
    least = math.inf
    with mpmath.workprec(EXACT):
        step = mpmath.pi / steps
        for number, k, *parts in zip(*(column.tolist() for column in (x, found, high, low)), strict=True):
            assert 0 <= k < 2 * steps
            whole = int(mpmath.nint(number / step))
            beside = (k - whole + steps) % (2 * steps) - steps  # nearly in the middle it may be the next one
            rest = number - (whole + beside) * step
            assert abs(rest) <= step / 2 * (1 + 2.0**-40), number
            assert abs(sum(map(mpmath.mpf, parts)) - rest) <= reduction.ERROR * abs(rest) + reduction.BESIDE, number
            assert abs(parts[1]) <= 2.0**-53 * abs(parts[0])
            least = min(least, float(abs(rest)))
    return least


def nearest(steps: int) -> list[float]:
    """For each exponent the number next to a multiple of a step: the denominator of a continued fraction's last
    convergent that has 53 bits, times what has as many. No other one of the exponent leaves less than that."""
    with mpmath.workprec(2 * EXACT):
        inverse = int(mpmath.floor(steps / mpmath.pi * mpmath.mpf(2) ** EXACT))
    found = []
    for exponent in range(17 - 52, 1024 - 52):
        a, b = math.floor(math.ldexp(1, exponent + 35)) * inverse >> 35, 1 << EXACT
        last, denominator = 0, 1
        a %= b
        while a:
            quotient, rest = divmod(b, a)
            if quotient * denominator + last >= 2**53:
                break
            last, denominator = denominator, quotient * denominator + last
            a, b = rest, a
        times = (2**53 - 1) // denominator
        found += [math.ldexp(denominator * n, exponent) for n in (times, -(-(2**52) // denominator)) if n <= times]
    return found


@pytest.mark.parametrize("steps", [128, 2])
def test_numbers_of_all_sizes(steps: int) -> None:
    numbers = np.random.default_rng(steps)
    exponents = np.repeat(np.arange(17, 1024), 4)
    check(np.ldexp(numbers.uniform(1, 2, len(exponents)), exponents) * numbers.choice([-1, 1], len(exponents)), steps)
    powers = np.ldexp(1.0, np.arange(17, 1024))
    check(np.concatenate([powers, -powers, np.nextafter(powers[1:], 0), [np.finfo(float).max]]), steps)


def test_where_little_is_left() -> None:
    """As for the number that is known to be the hardest for sines (J.-M. Muller, Elementary Functions, 11.2)."""
    hard = nearest(128)
    assert max(hard) >= 2.0**1022 and min(hard) < 2.0**18
    assert 2.0**-67 < check(np.array(hard), 128) < 2.0**-66
    check(-np.array(hard), 128)
    hardest = 6381956970095103 * 2.0**797
    assert hardest / 64 in hard
    assert 2.0**-61 < check(np.array([hardest]), 128) < 2.0**-60
