"""Exact numbers, as GMP computes them: a tenth of the time of Python's own fractions, whose methods they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction as Rational
else:
    from gmpy2 import mpq as Rational

__all__ = ["Rational"]
