"""Exact sums, against fractions: whatever the sizes, signs, order and parts."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exprgrad.numbers.sums import AT_ONCE, Sum, parts, total, totals

LARGEST, LEAST = math.ldexp(2 - 2.0**-52, 1023), 2.0**-1074
# What the largest double is rounded from: below the middle between it and the next one, which there is not.
MIDDLE = 2**1024 - 2**970


def exact(numbers: Any) -> Fraction:
    ratios = [float(x).as_integer_ratio() for x in numbers]
    return Fraction(sum(top * (2**1074 // below) for top, below in ratios), 2**1074)


def nearest(x: Fraction) -> float:
    """To even in the middle, by what a double is: not by Python's division, which is under test."""
    if x < 0:
        return -nearest(-x)
    if x >= MIDDLE:
        return math.inf
    if not x:
        return 0.0
    exponent = x.numerator.bit_length() - x.denominator.bit_length()
    exponent -= Fraction(2) ** exponent > x
    unit = Fraction(2) ** max(exponent - 52, -1074)
    return math.ldexp(round(x / unit), max(exponent - 52, -1074))


def check(numbers: Any, n: int = 1) -> None:
    x = np.array(numbers, float)
    found, wanted = total(x).over(n), nearest(exact(numbers) / n)
    assert found == wanted and math.copysign(1, found) == math.copysign(1, wanted), (found, wanted)


FINITE = st.floats(allow_nan=False, allow_infinity=False)
SOME = st.one_of(FINITE, st.sampled_from([LARGEST, -LARGEST, LEAST, -LEAST, 2.0**-1022, 2.0**970, -(2.0**899), 0.0]))


@given(st.lists(SOME, max_size=40), st.integers(1, 50), st.randoms(use_true_random=False))
@example([LARGEST, 2.0**970], 1, None)
@example([LARGEST, 2.0**969, LEAST], 1, None)
@example([LARGEST, 2.0**969, -LEAST], 1, None)
@example([LARGEST] * 7, 7, None)
@example([LEAST], 2, None)
@example([LEAST] * 3, 2, None)
@example([-0.0], 1, None)
def test_any_numbers(numbers: list[float], n: int, order: Any) -> None:
    check(numbers, n)
    if all(abs(x) < 2.0**1000 for x in numbers):
        assert total(np.array(numbers, float)).over(1) == math.fsum(numbers)
    if order is not None:
        mixed = numbers.copy()
        order.shuffle(mixed)
        cut = order.randint(0, len(mixed))
        a, b = (total(np.array(part, float)) for part in (mixed[:cut], mixed[cut:]))
        assert a.plus(b) == b.plus(a) == total(np.array(numbers, float))


def many(seed: int, count: int, exponent: int) -> None:
    """Of one size, of some, and of all, and such as cancel but for the least digits."""
    numbers = np.random.default_rng(seed)
    for spread in (0, 40, 2100):
        exponents = np.clip(exponent + numbers.integers(-spread, spread + 1, count), -1074, 1022)
        x = np.ldexp(numbers.uniform(-2, 2, count), exponents)
        check(x)
        x = np.concatenate([x, -x, [LEAST, 3.0]])
        numbers.shuffle(x)
        check(x)


@given(st.integers(0, 2**32), st.integers(1, 300), st.integers(-1074, 1022))
def test_many_numbers(seed: int, count: int, exponent: int) -> None:
    many(seed, count, exponent)


@pytest.mark.parametrize("count", [AT_ONCE - 1, AT_ONCE, AT_ONCE + 1])
def test_several_blocks(count: int) -> None:
    many(count, count, 3)


def test_the_largest_of_all_at_once() -> None:
    """As many as there may be, with no room beside them in 63 bits."""
    for x in (LARGEST, 1.0, 2 - 2.0**-52, 2.0**1000, 2.0**900, math.nextafter(2.0**900, 0), LEAST, 1e-310):
        for sign in (1, -1):
            assert total(np.full(AT_ONCE, sign * x)).whole == sign * AT_ONCE * Fraction(x) * 2**1074


def test_few_passes_are_enough() -> None:
    """What makes it fast."""
    x = np.random.default_rng(1).normal(size=AT_ONCE)
    assert len(parts(x)) == len(parts(x * x)) == 2
    assert parts(np.zeros(3)) == parts(np.zeros(0)) == []


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(
    "x",
    [
        *([1.0, math.inf], [-math.inf], [math.inf, -math.inf], [math.nan, 1.0], [math.inf, math.nan]),
        *([1e308] * 3 + [-math.inf], [-1e308, math.inf, -1e308, -1e308]),
    ],
)
def test_what_is_not_finite(x: list[float], n: int) -> None:
    wanted = sum(y for y in x if not math.isfinite(y))
    for found in (
        total(np.array(x)),
        total(np.array(x[:1])).plus(total(np.array(x[1:]))),
        total(np.array([*[0.5] * AT_ONCE, *x])),
    ):
        assert found.over(n) == wanted or (math.isnan(found.over(n)) and math.isnan(wanted))


def test_a_sum_may_leave_the_range_on_the_way() -> None:
    check([LARGEST] * 1000 + [-LARGEST] * 999 + [1.0])
    check([LARGEST, LARGEST], 2)
    check([LARGEST, LARGEST])
    check([-LARGEST] * 3)
    assert Sum().over(1) == 0.0


def test_rounded_to_even() -> None:
    check([1.0, 2.0**-53])
    check([1.0, 2.0**-52, 2.0**-53])
    check([1.0, 2.0**-53, LEAST])
    check([1.0, 2.0**-53, -LEAST])
    check([3.0], 10)
    check([LEAST * 5], 10)
    check([LEAST * 15], 10)


@given(st.lists(st.lists(st.floats(), min_size=1, max_size=8), min_size=1, max_size=8))
@example([[LARGEST] * 3, [1.0, 2.0**-53, LEAST], [-0.0], [math.inf, -math.inf], [2.0**900, LEAST], [math.nan]])
def test_parts_of_an_array(parts_of: list[list[float]]) -> None:
    starts = np.cumsum([0, *map(len, parts_of)])[:-1]
    found = totals(np.concatenate([np.array(part) for part in parts_of]), starts)
    for part, sum_ in zip(parts_of, found, strict=True):
        wanted = total(np.array(part))
        assert sum_.whole == wanted.whole
        assert sum_.beyond == wanted.beyond or (math.isnan(sum_.beyond) and math.isnan(wanted.beyond))


def test_parts_of_the_largest_array() -> None:
    for x in (LARGEST, -LARGEST, 2 - 2.0**-52, 2.0**900, LEAST):
        one, rest = totals(np.full(AT_ONCE, x), np.array([0, 1]))
        assert one.plus(rest).whole == AT_ONCE * Fraction(x) * 2**1074
        assert one.whole == Fraction(x) * 2**1074
