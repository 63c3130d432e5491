"""The angle whose tangent is y/x."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache

from exprgrad.numbers.pairs import inverse
from tests.proofs.cases import Box, ByUnit, Result, octaves, reader, spread, worst
from tests.proofs.functions import cut_off, left
from tests.proofs.lemmas import assumed, operand, table
from tests.proofs.recorder import Recorder

# No |t| is larger: half a step, and what the low part of y/x adds.
_MOST = Fraction(1, 2 * inverse._STEPS) * (1 + Fraction(1, 2**40))


@cache
def cut() -> Fraction:
    """What t + t**3*P(t*t) leaves of atan(t), over |t|**3."""
    return cut_off("atan(x)", {1: 1.0, **{2 * k + 3: x for k, x in enumerate(inverse._TAIL)}}, 3, _MOST)


@cache
def tables_leave() -> Fraction:
    """What the angles of the tables are off by."""
    highs, lows = inverse._tables()
    return max(
        left((highs[j], lows[j]), lambda x: x.atan(), Fraction(j, inverse._STEPS)) for j in range(inverse._STEPS + 1)
    )


class Angle:
    """A recorded angle: of a slope beside 0, where tables have no part in it, or not; below 1 or above."""

    def __init__(self, fuses: bool, near: bool, steep: bool) -> None:
        self.near = near
        self.steep = steep
        w = self.w = Recorder(fuses, answers=[steep] * 6, relative=True)
        y, x = operand(w), operand(w)
        self.of_c = None if near else table(w, tables_leave())
        w.looked_up = iter(self.of_c or (0.0, 0.0))
        with assumed(w, inverse):
            found = inverse.angle(w, y, x)
        self.sides = (x, y) if steep else (y, x)
        (self.c,) = w.all("nearest")
        self.z, self.less, _, _, self.t, *_ = w.all("lemma")
        self.kernel = ByUnit(w, found, self._formula)

    def _formula(self, true: Mapping[str, Fraction]) -> Fraction:
        at = reader(true)
        y, x = (at(side.high) + at(side.low) for side in self.sides)
        z = y / x
        t = (z - at(self.c)) / (1 + z * at(self.c))
        tail = sum((Fraction(x) * t ** (2 * k) for k, x in enumerate(inverse._TAIL)), Fraction())
        of_c = at(self.of_c.high) if self.of_c else Fraction()
        angle = of_c + t + t**3 * tail
        return sum(map(Fraction, inverse.turn(1)), Fraction()) - angle if self.steep else angle

    def boxes(self) -> Iterator[Box]:
        if self.of_c is None:
            for t in octaves(Fraction(1, 2**60), _MOST, 8):
                yield {self.c: (Fraction(), Fraction()), self.z: t, self.less: t, self.t: t}
            return
        rest = (-_MOST, _MOST)
        highs, _ = inverse._tables()
        first = 1
        while first <= inverse._STEPS:
            places = range(first, min(2 * first, inverse._STEPS + 1))
            c = Fraction(places[0], inverse._STEPS), Fraction(places[-1], inverse._STEPS)
            yield {
                self.c: c,
                self.z: (c[0] - _MOST, c[1] + _MOST),
                self.less: rest,
                self.t: rest,
                self.of_c.high: spread(highs[j] for j in places),
            }
            first *= 2

    def share(self, box: Box) -> Fraction:
        others = left(inverse.turn(1), lambda x: 2 * x.atan(), 1) if self.steep else Fraction()
        if not self.near:  # t**3 where t is tiny, and off by more than a share of itself
            others += cut() * Fraction(1, 2**150)
        return self.kernel.share(box, cut(), others, (self.z, self.less, self.t))


def results() -> Iterator[Result]:
    for near in (True, False):
        for steep in (False, True):
            for fuses in (True, False):
                angle = Angle(fuses, near, steep)
                case = f"{'c = 0' if near else 'elsewhere'}, y {'>' if steep else '<='} x"
                found = worst(angle.boxes(), [angle.t], angle.share)
                yield Result.of("atan", case, fuses, "2^-51 abs(t)^3 + 2^-96 abs(result)", found)
