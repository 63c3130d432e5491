"""Constants as sums of doubles."""

from __future__ import annotations

from typing import Any

from exprgrad.numbers.mpfr import gmpy2


def split(x: Any, parts: int, bits: int = 53) -> tuple[float, ...]:
    """A number of MPFR's as a sum of doubles, each the nearest of so many bits to what is left; the last has 53."""
    exact = gmpy2.context(precision=2000)
    found = []
    for i in range(parts):
        nearest = gmpy2.context(precision=bits if i < parts - 1 else 53)
        part = float(nearest.plus(x))
        found.append(part)
        x = exact.sub(x, part)
    return tuple(found)
