"""exp of a double and of a pair, and exp(x) - 1 beside 0."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from exprgrad.numbers.pairs import exponential
from exprgrad.numbers.pairs.arithmetic import Bounded, Pair
from tests.proofs.cases import Box, Kernel, Result, hull, octaves, power, reader, spread, worst
from tests.proofs.functions import cut_off, left
from tests.proofs.recorder import Recorder, U
from tests.proofs.tools import Range

# Half of a step, and what the parts of a step and a low part add to r.
_MOST = power(Fraction(math.log(2) / (2 * exponential.STEPS)) * (1 + Fraction(1, 2**20)), 30)
_GROUPS = 4


@cache
def cut() -> Fraction:
    """What r + r*r/2 + r**3*P(r) leaves of exp(r) - 1, over |r|**3."""
    return cut_off("expm1(x)", {1: 1.0, 2: 0.5, **{k + 3: x for k, x in enumerate(exponential._TAIL)}}, 3, _MOST)


@cache
def tables_leave() -> Fraction:
    """What the powers of two are off by."""
    highs, lows = exponential.tables()
    n = exponential.STEPS
    return max(left((highs[j], lows[j]), lambda x: (x * x.const_log2()).exp(), Fraction(j, n)) for j in range(n))


@cache
def step_leaves() -> Fraction:
    """What a step and its parts differ by."""
    return left(exponential._step()[1:], lambda x: x.const_log2() / x, exponential.STEPS)


class Exp:
    """A recorded exponential, or its q alone: of numbers above or below 0, or so near 0 that there is no step."""

    def __init__(self, fuses: bool, sign: int, of_pair: bool, of_q: bool = False) -> None:
        self.sign, self.of_pair, self.of_q = sign, of_pair, of_q
        w = self.w = Recorder(fuses)
        w.nearest_is_zero = not sign
        self.x = w.variable()
        self.x_low: Any = w.variable() if of_pair else 0.0
        self.t: Any = 1.0 if of_q else w.variable()
        self.t_low: Any = 0.0 if of_q else w.variable()
        if not of_q:
            self.t_low.form = w.unknown(self.t_low)
            w.within[self.t_low.at("d")] = tables_leave()
        w.looked_up = iter([self.t, self.t_low])
        found = exponential.exp(w, Pair(self.x, self.x_low))
        if of_q:
            bounded = Bounded(found.q, found.of_q + w.abs(found.q.high) * 2.0**-98)
        else:
            number = found.number(w)
            bounded = Bounded(number, w.abs(number.high) * exponential.ERROR)
        self.k: Any = next(iter(w.all("nearest")), 0.0)
        self.kernel = Kernel(w, bounded, self._formula)
        self.r = self.kernel.find(self._rest) if sign else self.x
        w.kept.add(self.r.name)

    def _rest(self, true: Mapping[str, Fraction]) -> Fraction:
        at = reader(true)
        return at(self.x) - at(self.k) * sum(map(Fraction, exponential._step()[1:3]), Fraction())

    def _formula(self, true: Mapping[str, Fraction]) -> Fraction:
        """exp(r) by its polynomial, and what is left of r times that; of a double without its cubic term."""
        at = reader(true)
        r = self._rest(true)
        left = at(self.x_low) - at(self.k) * Fraction(exponential._step()[3])
        tail = sum((Fraction(x) * r**k for k, x in enumerate(exponential._TAIL)), Fraction())
        q = r + r * r / 2 + r**3 * tail
        q += left * (1 + r + r * r / 2 + (r**3 * tail if self.of_pair else 0))
        return q if self.of_q else at(self.t) * (1 + q) + at(self.t_low) * (1 + r + r * r / 2)

    def boxes(self) -> Iterator[Box]:
        highs, _ = exponential.tables()
        size = len(highs) // _GROUPS
        for k in self._steps():
            for i in range(1 if self.of_q else _GROUPS):
                for r in self._rests():
                    box: Box = {self.r: r}
                    if self.sign:
                        box |= self._reduced(k)
                    if self.of_pair:
                        low = power(k[1] if self.sign else max(map(abs, r)), 2) * U
                        box[self.x_low] = (-low, low)
                    if not self.of_q:
                        box |= {self.t: spread(highs[i * size : (i + 1) * size]), self.t_low: (-U, U)}
                    yield box

    def _rests(self) -> Iterator[Range]:
        if self.of_q:
            yield from octaves(Fraction(1, 2**60), _MOST)
        else:
            yield -_MOST / 2, _MOST / 2
            yield from octaves(_MOST / 2, _MOST)

    def _steps(self) -> Iterator[Range]:
        """How many steps there are, without the sign: from one power of 64 to the next."""
        first = 1
        most = math.ceil(711 * exponential.STEPS / math.log(2))
        while self.sign and first <= most:
            yield Fraction(first), Fraction(min(64 * first - 1, most))
            first *= 64
        if not self.sign:
            yield Fraction(), Fraction()

    def _reduced(self, k: Range) -> Box:
        step, first = Fraction(math.log(2)) / exponential.STEPS, Fraction(exponential._step()[1])
        x = k[0] * step - _MOST, k[1] * step + _MOST
        beside = self.kernel.find(lambda true: true[self.x.name] - true[self.k.name] * first)
        away = _MOST + k[1] * abs(step - first) * 2
        ends = [(self.sign * a, self.sign * b) for a, b in (k, x)]
        of_k, of_x = ((min(pair), max(pair)) for pair in ends)
        return {self.k: of_k, self.x: of_x, beside: (-away, away)}

    def share(self, box: Box) -> Fraction:
        r = max(map(abs, box[self.r]))
        k = max(map(abs, box[self.k])) if self.sign else Fraction()
        left = k * abs(Fraction(exponential._step()[3])) + (max(map(abs, box[self.x_low])) if self.of_pair else 0)
        # Of exp(r + left) - 1 what the formula has not: terms of r**3*left of a double, and of left**2 on.
        of_left = cut() * r**3 if self.of_pair else r**3 / 6
        others = (cut() * r**3 + left * of_left + left**2 / 2) * Fraction(101, 100)
        if not self.of_q:
            others += U * (left + r**3 / 6) * Fraction(101, 100)  # the low part of a table, over the high one
            others = max(map(abs, box[self.t])) * (others + (1 + 2 * _MOST) * k * step_leaves())
        return self.kernel.share(box, others)


CASES = {"x > 0": (1, False), "x < 0": (-1, False), "no step": (0, True)}


def results() -> Iterator[Result]:
    for of_pair in (False, True):
        for case, (sign, of_q) in CASES.items():
            for fuses in (True, False):
                exp = Exp(fuses, sign, of_pair, of_q)
                around = hull(exp.boxes())
                exp.kernel.settle(around)
                exp.kernel.ordered([*exp.boxes()])
                found = worst(exp.boxes(), [exp.r] if of_q else [exp.r, exp.t], exp.share)
                bound = "of_q + 2^-98 abs(q)" if of_q else f"2^{math.log2(exponential.ERROR):.0f} exp(x)"
                yield Result.of("exp", case + (", of a pair" if of_pair else ""), fuses, bound, found)
