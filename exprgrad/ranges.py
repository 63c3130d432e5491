"""The values that a variable takes one after the other: a range, whose points are the doubles nearest to what they are
exactly, or a list."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Final

from exprgrad.records import NamedTuple

# More than a double's 17, so that a power of ten among the points of a logarithmic range is one exactly.
_DIGITS: Final = 50


class Listed(NamedTuple):
    """The values of a variable, as they are given."""

    name: str
    given: tuple[float, ...]

    @property
    def points(self) -> int:
        """How many there are."""
        return len(self.given)

    def values(self, places: Iterable[int]) -> list[float]:
        """Those at some places, counted from 0."""
        return [self.given[k] for k in places]


class Range(NamedTuple):
    """The values of a variable from `start` to `stop`, both included, exact: so many `points`, or None where whoever
    asks chooses. Their differences are equal, or with `logarithmic` their ratios."""

    name: str
    start: Fraction
    stop: Fraction
    points: int | None = None
    logarithmic: bool = False

    def values(self, places: Iterable[int]) -> list[float]:
        """The points at some places, counted from 0."""
        assert self.points is not None and self.points > 1
        if self.logarithmic:
            return self._powers(places)
        step = (self.stop - self.start) / (self.points - 1)
        below = self.start.denominator * step.denominator
        first, more = self.start.numerator * step.denominator, step.numerator * self.start.denominator
        # A quotient of whole numbers is the nearest double.
        return [(first + k * more) / below for k in places]

    def _powers(self, places: Iterable[int]) -> list[float]:
        """Those of a logarithmic range. Decimal's exp and ln are rounded correctly, on every machine."""
        from decimal import Decimal, localcontext

        assert self.points is not None
        with localcontext(prec=_DIGITS):
            sign = 1 if self.start > 0 else -1
            ends = [abs(x) for x in (self.start, self.stop)]
            first, last = ((Decimal(x.numerator) / Decimal(x.denominator)).ln() for x in ends)
            step = (last - first) / (self.points - 1)
            inner = {0: float(self.start), self.points - 1: float(self.stop)}
            return [inner[k] if k in inner else sign * float((first + k * step).exp()) for k in places]
