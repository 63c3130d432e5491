"""What sums and products lose by rounding, which can be made good later."""

from __future__ import annotations

from typing import Any


def lost(a: Any, b: Any, total: Any) -> Any:
    """a + b - total exactly, where `total` is a + b rounded (Knuth's two-sum: The Art of Computer Programming 2,
    4.2.2); nan where a number is not finite. For floats, ndarrays and what makes code alike."""
    z = total - a
    return (a - (total - z)) + (b - z)


def halves(x: Any) -> tuple[Any, Any]:
    """Two numbers of half as many bits with the sum x (Dekker, Numer. Math. 18 (1971) 224)."""
    split = 134217729.0 * x
    high = split - (split - x)
    return high, x - high


def lost_by_product(a: Any, b: Any, product: Any) -> Any:
    """a*b - product exactly, where `product` is a*b rounded (Dekker)."""
    high, low = halves(a)
    other_high, other_low = (high, low) if a is b else halves(b)
    return low * other_low - (((product - high * other_high) - low * other_high) - high * other_low)


def lost_by_square(x: Any, square: Any) -> Any:
    """x*x - square exactly, where `square` is x*x rounded: as `lost_by_product`, with fewer operations."""
    high, low = halves(x)
    return ((high * high - square) + 2 * high * low) + low * low


def exponential(high: Any, low: Any) -> tuple[Any, Any]:
    """exp(high + low) - 1 to about 80 bits after the point, as a sum of two, where |high| < 4: by the exponential
    series near 0, and exp(2*t) - 1 = 2*p + p*p for p = exp(t) - 1."""
    t, rest = high * 2.0**-16, low * 2.0**-16
    square = t * t
    halves = 0.5 * square
    begun = t + halves
    rest = rest + (lost(t, halves, begun) + 0.5 * lost_by_square(t, square) + t * rest)
    rest = rest + square * t * (1 / 6 + t * (1 / 24 + t / 120))
    total = begun + rest
    rest = lost(begun, rest, total)
    for _ in range(16):
        square = total * total
        rest = 2 * rest + (lost_by_square(total, square) + 2 * total * rest)
        double = 2 * total
        total = double + square
        rest = rest + lost(double, square, total)
    return total, rest
