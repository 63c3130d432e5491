"""log of a double and of a pair, and log(1 + x) of a small pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from exprgrad.numbers.pairs import logarithm
from exprgrad.numbers.pairs.arithmetic import Pair
from tests.proofs.cases import Box, Kernel, Result, hull, octaves, power, reader, spread, worst
from tests.proofs.functions import cut_off, left
from tests.proofs.recorder import Recorder, U
from tests.proofs.tools import Range

_ZERO = 2.0**52 + 1023.0  # an exponent of 0, as the kernel makes it of bits
# No double's exponent is larger; binades begin below 1.
_MOST = 1024


class Place(NamedTuple):
    """Where a place of the tables begins and ends, and what they have for it."""

    begin: Fraction
    end: Fraction
    c: float
    high: float
    low: float

    def rests(self) -> Range:
        """m*c - 1 at its ends."""
        return self.begin * Fraction(self.c) - 1, self.end * Fraction(self.c) - 1


@cache
def places() -> list[Place]:
    ends = [Fraction(logarithm._of(logarithm._BEGIN + (i << logarithm._SIZE))) for i in range(logarithm._PLACES + 1)]
    return [Place(ends[i], ends[i + 1], *row) for i, row in enumerate(zip(*logarithm._tables(), strict=True))]


@cache
def most() -> Fraction:
    """No |r| is larger."""
    return power(max(abs(x) for place in places() for x in place.rests()), 12)


@cache
def cut() -> Fraction:
    """What r - r*r/2 + r**3*P(r) leaves of log(1 + r), over |r|**3."""
    return cut_off("log1p(x)", {1: 1.0, 2: -0.5, **{k + 3: x for k, x in enumerate(logarithm._TAIL)}}, 3, most())


@cache
def tables_leave() -> Fraction:
    """What -log(c) and its two parts differ by."""
    return max(left((place.high, place.low), lambda x: -x.log(), place.c) for place in places())


@cache
def constant_leaves() -> Fraction:
    """What log(2) and its two parts differ by."""
    return left(logarithm._two(), lambda x: x.log(), 2)


class Log:
    """A recorded logarithm: near 1, where tables have no part in it, or elsewhere; of a double or a pair, or near 1 of
    which all digits of what it is more than 1 are known."""

    def __init__(self, fuses: bool, near: bool, of_pair: bool, less_one: bool = False) -> None:
        self.near = near
        self.of_pair = of_pair
        w = self.w = Recorder(fuses, answers=[near])
        # What the bits give: m, and the exponent. A pair's low part is taken times a power of two, which is exact, and
        # as good as 1.
        self.m = w.variable()
        self.m_low: Any = w.variable() if of_pair else 0.0
        self.exponent: Any = _ZERO if near else w.variable("@FIX({}, 0)")
        w.from_bits = iter([self.exponent, self.m, 1.0])
        # And the tables.
        self.c: Any = 1.0 if near else w.variable()
        self.high: Any = 0.0 if near else w.variable(f"@FIX({{}}, {-logarithm._GRID})")
        self.low: Any = 0.0 if near else w.variable()
        w.looked_up = iter([self.c, self.high, self.low])
        self.less_one = Pair(w.variable(), w.variable()) if less_one else None
        self.kernel = Kernel(w, logarithm.log(w, Pair(w.variable(), self.m_low), self.less_one), self._formula)
        self.r = self.less_one.high if self.less_one else self.kernel.find(self._rest)
        w.kept.add(self.r.name)

    def _rest(self, true: Mapping[str, Fraction]) -> Fraction:
        at = reader(true)
        if self.less_one:
            return at(self.less_one.high)
        return (at(self.m) + at(self.m_low)) * at(self.c) - 1

    def _formula(self, true: Mapping[str, Fraction]) -> Fraction:
        at = reader(true)
        r = self._rest(true)
        tail = sum((Fraction(x) * r**k for k, x in enumerate(logarithm._TAIL)), Fraction())
        left = at(self.less_one.low) * (1 - r + r * r) if self.less_one else Fraction()
        of_two = (at(self.exponent) - Fraction(_ZERO)) * sum(map(Fraction, logarithm._two()))
        return of_two + at(self.high) + at(self.low) + r - r * r / 2 + r**3 * tail + left

    def boxes(self) -> Iterator[Box]:
        parts = [{}] if self.near else [*self._tables(), *self._exponents()]
        for part in parts:
            for r in self._rests(part):
                box = part | {self.m: (places()[0].begin, places()[-1].end), self.r: r}
                if self.less_one:
                    box = {
                        self.r: r,
                        self.less_one.low: (-U * power(max(map(abs, r)), 2), U * power(max(map(abs, r)), 2)),
                    }
                elif self.near:
                    box[self.m] = (1 + r[0] - 2 * U, 1 + r[1] + 2 * U)
                if self.of_pair and not self.less_one:
                    box[self.m_low] = (-U, U)
                yield box

    def _rests(self, part: Box) -> Iterator[Range]:
        """Beside 1 of a double r is a multiple of 2**-53; of a pair it may be smaller than 2**-60, but is known to the
        last digit then, and its square is nothing beside it."""
        if self.near:
            yield from octaves(U / 2**7 if self.of_pair else U, most())
        else:
            low, high = part[self.r]
            yield low, Fraction()
            yield Fraction(), high

    def _of(self, rows: list[Place], exponents: Range) -> Box:
        product = self.kernel.find(lambda true: true[self.m.name] * true[self.c.name])
        rest = power(max(abs(x) for row in rows for x in row.rests()), 12)
        return {
            self.r: (-rest, rest),
            self.exponent: (exponents[0] + Fraction(_ZERO), exponents[1] + Fraction(_ZERO)),
            product: (1 - most(), 1 + most()),
            self.c: spread(row.c for row in rows),
            self.high: spread(row.high for row in rows),
            self.low: spread(row.low for row in rows),
        }

    def _tables(self) -> Iterator[Box]:
        """With an exponent of 0, places by the size of their logarithms."""
        groups: dict[tuple[bool, int], list[Place]] = {}
        for place in places():
            if place.c != 1.0:
                size = Fraction(abs(place.high))
                groups.setdefault((place.high < 0, int(1 / size).bit_length()), []).append(place)
        for rows in groups.values():
            yield self._of(rows, (Fraction(), Fraction()))

    def _exponents(self) -> Iterator[Box]:
        """All places, with exponents from one power of two to the next."""
        first = 1
        while first <= _MOST:
            last = min(2 * first - 1, _MOST)
            yield self._of(places(), (Fraction(first), Fraction(last)))
            yield self._of(places(), (Fraction(-last), Fraction(-first)))
            first *= 2

    def share(self, box: Box) -> Fraction:
        r = max(map(abs, box[self.r]))
        others = cut() * r**3
        if self.less_one:  # what is left of r times r**3, which the formula has not, and its square
            others += (U * r**4 + U**2 * r**2) * Fraction(101, 100)
        if not self.near:
            exponent = max(abs(x - Fraction(_ZERO)) for x in box[self.exponent])
            others += tables_leave() + exponent * constant_leaves()
        return self.kernel.share(box, others)


# Where, of a pair, and with all digits of what is above 1. That of a double elsewhere is that of a pair without a low
# part, of which nothing is added to what is left.
CASES = {
    "beside 1": (True, False, False),
    "beside 1, of a pair": (True, True, False),
    "log1p beside 0": (True, True, True),
    "elsewhere, of pairs too": (False, True, False),
}


def results() -> Iterator[Result]:
    for case, (near, of_pair, less_one) in CASES.items():
        for fuses in (True, False):
            log = Log(fuses, near, of_pair, less_one)
            around = hull(log.boxes())
            log.kernel.settle(around)
            log.kernel.ordered([*log.boxes()])
            bound = f"2^-51 abs(r)^3 + {'2^-98' if near else '2^-78'} abs(log x)"
            yield Result.of("log", case, fuses, bound, worst(log.boxes(), [log.r], log.share))
