"""erf, by Taylor's series about the multiples of a step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from exprgrad.numbers.pairs import error
from tests.proofs.cases import Box, ByUnit, Result, octaves, reader, spread, worst
from tests.proofs.functions import left
from tests.proofs.lemmas import assumed, table
from tests.proofs.recorder import Recorder
from tests.proofs.tools import Unproven, gappa

_STEP = Fraction(1, error._STEPS)
_PLACES = range(int(error.FAR) * error._STEPS + 1)


@cache
def tables_leave() -> tuple[Fraction, Fraction]:
    """What erf and its derivative in the tables are off by."""
    values, values_low, slopes, slopes_low = error._tables()
    return (
        max(left((values[j], values_low[j]), lambda x: x.erf(), j * _STEP) for j in _PLACES),
        max(left((slopes[j], slopes_low[j]), lambda x: 2 * (-x * x).exp() / x.pi().sqrt(), j * _STEP) for j in _PLACES),
    )


def coefficients(c: Fraction, rounded: bool) -> list[Fraction]:
    """Of h, h**2, ... over erf'(c): with what the kernel divides by as it is rounded, or exact."""
    found = [Fraction(1), -c]
    for k in range(3, error._LAST + 1):
        factor = Fraction(1.0 / (k * (k - 1))) if rounded else Fraction(1, k * (k - 1))
        found.append((c * found[-1] * 2 * (1 - k) - found[-2] * 2 * (k - 2)) * factor)
    return found


@cache
def rounded_coefficients(place: int) -> Fraction:
    """What that makes of the terms from the third on, over erf'(c)*|h|**3."""
    pairs = zip(*(coefficients(place * _STEP, rounded)[2:] for rounded in (True, False)), strict=True)
    return sum((abs(x - y) * (_STEP / 2) ** k for k, (x, y) in enumerate(pairs)), Fraction())


@cache
def cut(place: int) -> Fraction:
    """What is cut off, over erf'(c)*|h|**(_LAST + 1): the next derivative is the first one times a Hermite polynomial,
    and exp(-x*x) grows by less than exp((2*c + h)*|h|) on the way, of which 1 + 2*y is above exp(y)."""
    n = error._LAST
    far = place * _STEP + _STEP / 2
    signless = sum(
        Fraction(math.factorial(n), math.factorial(m) * math.factorial(n - 2 * m)) * (2 * far) ** (n - 2 * m)
        for m in range(n // 2 + 1)
    )
    grown = 2 * far * _STEP / 2
    assert grown < 1
    return signless / math.factorial(n + 1) * (1 + 2 * grown)


class Erf:
    """A recorded erf: beside 0, or elsewhere."""

    def __init__(self, fuses: bool, near: bool) -> None:
        self.near = near
        w = self.w = Recorder(fuses, relative=True)
        self.value: Any = None if near else table(w, tables_leave()[0])
        self.slope = table(w, tables_leave()[1])
        value, value_low = self.value or (0.0, 0.0)
        w.looked_up = iter([value, value_low, *self.slope])
        self.x = w.variable()
        with assumed(w, error):
            found = error.erf(w, self.x)
        (self.c,) = w.all("nearest")
        self.h = next(v for v in w.all("-") if v.operands[0] is self.x)
        self.of_h = w.rounding(self.h)
        w.take(self.h)  # it is exact: see `reduced`
        self.kernel = ByUnit(w, found, self._formula)

    def _formula(self, true: Mapping[str, Fraction]) -> Fraction:
        at = reader(true)
        h = at(self.h)
        series = sum((x * h ** (k + 1) for k, x in enumerate(coefficients(at(self.c), True))), Fraction())
        return (at(self.value.high) if self.value else 0) + at(self.slope.high) * series

    def reduced(self) -> None:
        """That x - c is exact; where c is 0 it is x."""
        half = _STEP / 2
        box = {self.x: (half, _PLACES[-1] * _STEP + half), self.h: (-half, half)}
        if gappa(self.w, {"rounded": self.of_h}, box)["rounded"] != (0, 0):
            raise Unproven("x - c is rounded")

    def places(self, box: Box) -> Sequence[int]:
        low, high = box[self.c]
        return range(math.ceil(low / _STEP), math.floor(high / _STEP) + 1)

    def boxes(self) -> Iterator[Box]:
        values, _, slopes, _ = error._tables()
        if self.near:
            for h in octaves(Fraction(1, 2**60), _STEP / 2, 8):
                yield {self.c: (Fraction(), Fraction()), self.h: h, self.slope.high: spread([slopes[0]])}
            return
        first = 1
        while first <= _PLACES[-1]:
            places = range(first, min(first + max(1, min(first // 4, 16)), len(_PLACES)))
            yield {
                self.c: (places[0] * _STEP, places[-1] * _STEP),
                self.h: (-_STEP / 2, _STEP / 2),
                self.value.high: spread(values[j] for j in places),
                self.slope.high: spread(slopes[j] for j in places),
            }
            first = places[-1] + 1

    def share(self, box: Box) -> Fraction:
        places = self.places(box)
        h, slope = (max(map(abs, box[v])) for v in (self.h, self.slope.high))
        of_cube = max(map(rounded_coefficients, places))
        cut_off = max(map(cut, places)) * h ** (error._LAST - 2) * Fraction(1001, 1000)
        # It counts beside the cube or beside the result, where it is less.
        least = box[self.c][0] ** 2 + 1
        if cut_off / least * 2**49 < cut_off * slope * h**3 * 2**95:
            return self.kernel.share(box, of_cube + cut_off, Fraction(), [self.h])
        return self.kernel.share(box, of_cube, cut_off * slope * h**3, [self.h])


def results() -> Iterator[Result]:
    for near in (True, False):
        for fuses in (True, False):
            erf = Erf(fuses, near)
            erf.reduced()
            case = "beside 0" if near else "elsewhere"
            bound = "2^-49 erf'(c) abs(h)^3 (c^2 + 1) + 2^-95 erf(x)"
            yield Result.of("erf", case, fuses, bound, worst(erf.boxes(), [erf.h], erf.share))
