"""Sine and cosine of a multiple of a step and a rest that is known: what reduces numbers is not proven here.

The multiple is between 0 and a quarter of a turn: elsewhere signs change, which rounds nothing. Of a cosine the tables
have each other's roles, and there is a sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from exprgrad.numbers.pairs import circular
from exprgrad.numbers.pairs.arithmetic import Pair
from tests.proofs.cases import Box, Kernel, Result, hull, octaves, power, reader, spread, worst
from tests.proofs.functions import ball, cut_off
from tests.proofs.recorder import Recorder, U, Value
from tests.proofs.tools import Range

# No |r| is larger: half a step, and a little.
_MOST = power(Fraction(355, 113) / (2 * circular.STEPS) * (1 + Fraction(1, 2**20)), 30)
_QUARTER = circular.STEPS // 2


@cache
def cuts() -> tuple[Fraction, Fraction]:
    """What polynomials leave of sin(r), over |r|**3, and of cos(r), over r**4."""
    of_sine = {1: 1.0, **{2 * k + 3: x for k, x in enumerate(circular._SINE)}}
    of_cosine = {0: 1.0, 2: -0.5, **{2 * k + 4: -x for k, x in enumerate(circular._COSINE)}}
    return cut_off("sin(x)", of_sine, 3, _MOST), cut_off("cos(x)", of_cosine, 4, _MOST)


@cache
def tables_leave() -> Fraction:
    """What the sines in the tables are off by."""
    highs, lows, *_ = circular._tables()
    found = []
    for j in range(1, _QUARTER + 1):
        middle, radius = ball(lambda x: (x * x.pi()).sin(), Fraction(j, circular.STEPS))
        found.append(abs(Fraction(highs[j]) + Fraction(lows[j]) - middle) + radius)
    return max(found)


class Turned:
    """A recorded sine or cosine, where the table that leads has 0, 1 or something between."""

    def __init__(self, fuses: bool, is_sine: bool, leading: int | None) -> None:
        self.leading = leading
        self.sign = 1 if is_sine else -1
        w = self.w = Recorder(fuses)
        self.lead, self.other = self._table(leading), self._table(None if leading is None else 1 - leading)
        tables = [*self.lead, *self.other]
        w.looked_up = iter(tables if is_sine else tables[2:] + tables[:2])
        self.rest = Pair(w.variable(), w.variable())
        angle = circular.angle(w, circular.Reduced(None, self.rest, None))
        self.kernel = Kernel(w, (circular.sine if is_sine else circular.cosine)(w, angle), self._formula)
        w.kept.add(self.rest.high.name)

    def _table(self, known: int | None) -> Pair:
        if known is not None:
            return Pair(float(known), 0.0)
        high, low = self.w.variable(), self.w.variable()
        low.form = self.w.unknown(low)
        self.w.within[low.at("d")] = tables_leave()
        return Pair(high, low)

    def _formula(self, true: Mapping[str, Fraction]) -> Fraction:
        at = reader(true)
        (lead, lead_low), (other, other_low), (r, left) = (map(at, pair) for pair in (self.lead, self.other, self.rest))
        sine_low = left - r * r / 2 * left + r**3 * _at(circular._SINE, r * r)
        cosine, cosine_low = r * r / 2, r * left + r**4 * _at(circular._COSINE, r * r)
        turned = (other + other_low) * r + other * sine_low
        return lead + lead_low + self.sign * turned - lead * (cosine + cosine_low) - lead_low * cosine

    def boxes(self) -> Iterator[Box]:
        for table in self._tables():
            for r in self._rests():
                low = _half_ulp(max(map(abs, r)))
                yield table | {self.rest.high: r, self.rest.low: (-low, low)}

    def _tables(self) -> Iterator[Box]:
        if self.leading is not None:
            yield {}
            return
        highs, *_ = circular._tables()
        for first, last in _groups():
            places = range(first, last + 1)
            lead, other = spread(highs[j] for j in places), spread(highs[_QUARTER - j] for j in places)
            yield {
                self.lead.high: lead,
                self.lead.low: (-_half_ulp(lead[1]), _half_ulp(lead[1])),
                self.other.high: other,
                self.other.low: (-_half_ulp(other[1]), _half_ulp(other[1])),
            }

    def _rests(self) -> Iterator[Range]:
        small = Fraction(1, 2**60) if self.leading == 0 else Fraction(1, 2**20)
        if self.leading != 0:
            yield -small, small
        yield from octaves(small, _MOST)

    def share(self, box: Box) -> Fraction:
        r = max(map(abs, box[self.rest.high]))
        left = _half_ulp(r)
        lead, other = (self._most(box, pair.high) for pair in (self.lead, self.other))
        lead_low, other_low = (self._most(box, pair.low) for pair in (self.lead, self.other))
        of_sine, of_cosine = cuts()
        sine_low, cosine_low = left + r**3 / 6, r * left + r**4 / 24
        others = other * (of_sine * r**3 + left * r**4 / 24 + left**2) + other_low * sine_low
        others += lead * (of_cosine * r**4 + left * r**3 / 6 + left**2) + lead_low * cosine_low
        return self.kernel.share(box, others * Fraction(101, 100))

    def _most(self, box: Box, x: Any) -> Fraction:
        return box[x][1] if isinstance(x, Value) else Fraction(x)


def _at(coefficients: tuple[float, ...], x: Fraction) -> Fraction:
    return sum((Fraction(c) * x**k for k, c in enumerate(coefficients)), Fraction())


def _half_ulp(x: Fraction) -> Fraction:
    """Half of the last place of doubles up to x, above 0."""
    found = Fraction(2) ** (x.numerator.bit_length() - x.denominator.bit_length() + 1)
    while found > x:
        found /= 2
    return found * U


def _groups() -> Iterator[tuple[int, int]]:
    """Places between the ends, fewer near an end."""
    half = _QUARTER // 2
    first = 1
    while first < half:
        last = min(first + max(first // 8, 1) - 1, half - 1)
        yield first, last
        yield _QUARTER - last, _QUARTER - first
        first = last + 1
    yield half, half


def results() -> Iterator[Result]:
    for leading, case in ((0, "beside a zero"), (None, "between"), (1, "beside 1")):
        for is_sine in (True, False):
            for fuses in (True, False):
                turned = Turned(fuses, is_sine, leading)
                boxes = [*turned.boxes()]
                turned.kernel.settle(hull(boxes))
                turned.kernel.ordered(boxes)
                bound = "2^-49 (abs(C r^3/6) + abs(S r^4/24)) + 2^-93 abs(result)"
                found = worst(boxes, [turned.rest.high], turned.share)
                yield Result.of("sin" if is_sine else "cos", case, fuses, bound, found)
