"""Constants as sums of doubles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from exprgrad.numbers.mpfr import gmpy2

# A number to which one is added that this rounds to a whole one, which then stands in its low bits.
MAGIC: Final = 1.5 * 2.0**52


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


def columns(rows: Iterable[tuple[float, ...]]) -> tuple[tuple[float, ...], ...]:
    """Of rows the columns: of pairs the high parts, and the low ones."""
    return tuple(zip(*rows, strict=True))
