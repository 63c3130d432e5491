"""An axis: where numbers lie along it, and which of them are written beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from exprgrad.records import NamedTuple

# Steps that people read: these times a power of ten.
_STEPS: Final = (1, 2, 5)
# Leading digits of the numbers beside a logarithmic axis, by preference: of those that are few enough the first that
# are so many, and leave no more than this part of the axis without one.
_DIGITS: Final = ((1, 2, 5), (1, 3), (1, 2, 3, 5, 7))
_FEW: Final = 3
_GAP: Final = 0.4
# Beyond these a number is written with an exponent.
_LARGE, _SMALL = 1e6, 1e-4


class Axis(NamedTuple):
    """The numbers from `low` to `high`, by their differences, or with `logarithmic` by their ratios."""

    low: float
    high: float
    logarithmic: bool = False

    def place(self, x: Any) -> Any:
        """Where a number, or an array of them, lies: 0 at the low end, 1 at the high one."""
        import numpy as np

        if self.logarithmic:  # what has another sign lies infinitely far off
            first, last = math.log(abs(self.low)), math.log(abs(self.high))
            with np.errstate(divide="ignore"):
                return (np.log(np.maximum(x * math.copysign(1.0, self.low), 0.0)) - first) / (last - first)
        if max(abs(self.low), abs(self.high)) < 1e307:
            return (x - self.low) / (self.high - self.low)
        return (x / 4 - self.low / 4) / (self.high / 4 - self.low / 4)  # a difference may be no double

    def stretch(self, x: Any) -> Any:
        """How much numbers grow over half of the axis if they grow as there; half, since the whole may be no double."""
        if self.logarithmic:
            return x / 2 * (math.log(abs(self.high)) - math.log(abs(self.low)))
        return self.high / 2 - self.low / 2

    def points(self, count: int) -> Any:
        """So many numbers with equal distances, both ends among them."""
        import numpy as np

        places = np.arange(count) / (count - 1)
        if self.logarithmic:
            sign = math.copysign(1.0, self.low)
            first, last = math.log(abs(self.low)), math.log(abs(self.high))
            found = sign * np.exp(first + (last - first) * places)
        else:
            found = self.low * (1 - places) + self.high * places
        found[0], found[-1] = self.low, self.high
        return found

    def round_numbers(self, most: int) -> list[float]:
        """At most so many numbers with few digits: multiples of 1, 2 or 5 times a power of ten in equal distances; on a
        logarithmic axis powers of ten, or where these are few numbers between them as well."""
        if not self.logarithmic:
            return self._multiples(most)
        choices = [self._powers(most), *[self._leading(digits) for digits in _DIGITS], self._multiples(most)]
        fitting = [numbers for numbers in choices if len(numbers) <= most]
        good = (x for x in fitting if len(x) >= min(_FEW, most) and self._gap(x) <= _GAP)
        return next(good, None) or min(fitting, key=self._gap)

    def _multiples(self, most: int) -> list[float]:
        step, exponent, first, last = _steps(self.low, self.high, most)
        return [float(Fraction(k * step) * Fraction(10) ** exponent) for k in range(first, last + 1)]

    def _powers(self, most: int) -> list[float]:
        """Powers of ten, or so many of them that they are few enough."""
        powers = self._leading((1,))
        return powers[:: -(-len(powers) // max(most, 1)) or 1]

    def _leading(self, digits: Sequence[int]) -> list[float]:
        """The numbers that are one of these digits times a power of ten."""
        ends = sorted([abs(self.low), abs(self.high)])
        first, last = (math.floor(math.log10(end)) for end in ends)
        sizes = [float(f"{digit}e{power}") for power in range(first - 1, last + 2) for digit in digits]
        return sorted([math.copysign(x, self.low) for x in sizes if ends[0] <= x <= ends[1]])

    def _gap(self, numbers: Sequence[float]) -> float:
        """The largest part of the axis without one of these numbers."""
        places = [0.0, *[float(self.place(x)) for x in numbers], 1.0]
        return max([b - a for a, b in pairwise(places)])


def with_room(axis: Axis, part: float) -> Axis:
    """An axis with so large a part of it as room at either end, as far as there are doubles."""
    if axis.logarithmic and axis.low < 0:
        mirrored = with_room(Axis(-axis.high, -axis.low, True), part)
        return Axis(-mirrored.high, -mirrored.low, True)
    if axis.logarithmic:
        room = math.exp((math.log(axis.high) - math.log(axis.low)) * part)
        return axis._replace(low=max(axis.low / room, 5e-324), high=min(axis.high, 1.7e308 / room) * room)
    room = (axis.high / 2 - axis.low / 2) * 2 * part if axis.high / 2 - axis.low / 2 < 8e306 else 0.0
    return axis._replace(low=max(axis.low - room, -1.7e308), high=min(axis.high + room, 1.7e308))


def _steps(low: float, high: float, most: int) -> tuple[int, int, int, int]:
    """The smallest step of which so many multiples at the most lie between two numbers, as a digit and a power of ten,
    and the first and the last of these multiples."""
    ends = Fraction(repr(low)), Fraction(repr(high))  # 0.3 is on the axis that ends there
    length = ends[1] - ends[0]
    exponent = math.floor(math.log10(length.numerator) - math.log10(length.denominator * (most + 1)))
    while True:
        for digit in _STEPS:
            step = digit * Fraction(10) ** exponent
            first, last = math.ceil(ends[0] / step), math.floor(ends[1] / step)
            if last - first < max(most, 1):
                return digit, exponent, first, last
        exponent += 1


def written(axis: Axis, numbers: list[float]) -> list[str]:
    """Round numbers as they stand beside an axis: all with the same digits behind the point, or each as it is where the
    next is a multiple of it."""
    sizes = [abs(x) for x in numbers if x]
    if sizes and (max(sizes) >= _LARGE or min(sizes) < _SMALL):
        return [_with_exponent(x) for x in numbers]
    texts = [f"{x + 0.0:.12g}" for x in numbers]
    digits = 0 if axis.logarithmic else max([len(text.partition(".")[2]) for text in texts], default=0)
    return [f"{x + 0.0:.{digits}f}" if digits else text for x, text in zip(numbers, texts, strict=True)]


def _with_exponent(x: float) -> str:
    """`1.5e8` for 150000000.0."""
    if x == 0:
        return "0"
    mantissa, _, exponent = f"{Decimal(repr(x)):.11e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
