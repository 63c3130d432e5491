"""Roots of one equation in one unknown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import inf, nextafter
from typing import Any, Final

from exprgrad.diagnostics import ExprError
from exprgrad.numbers.precise import PRECISE, double
from exprgrad.numbers.rounded import Number
from exprgrad.records import NamedTuple
from exprgrad.solving.newton import Equations, polished
from exprgrad.solving.search import searching

# Between two ends so many pieces are looked at.
PIECES: Final = 64
# How far from a start, in units of its size, is looked first, and how often twice as far.
_NEAREST: Final = 2.0**-10
_DOUBLINGS: Final = 70
# A step to a root from the double beside it is hardly longer than from one to the other, unless the root is multiple.
_UNITS: Final = 64
# The same where values have the digits of doubles alone.
_ROUGH: Final = 2**28
# So far from 0 digits tell values from 0 at all roots but those of high multiplicity.
_FARTHER: Final = 2.0**-60
# The exponents of the least and of the largest power of 2 among doubles.
_POWERS: Final = (-1074, 1023)


class Jump(NamedTuple):
    """A place where the sign changes, between two neighbouring doubles, without a root."""

    x: float
    below: float
    above: float


class Look(NamedTuple):
    """What was found: roots, jumps over 0, places all around which the value is 0, and where it was nearest to 0."""

    roots: tuple[float, ...]
    jumps: tuple[Jump, ...]
    flat: tuple[float, ...]
    nearest: tuple[float, float]


class Search:
    """The search for the roots of an equation. Values are nan where it cannot be computed."""

    def __init__(self, equations: Equations, precise: bool) -> None:
        self._equations = equations
        self._precise = precise
        self._jumps: list[Jump] = []
        self._flat: list[float] = []
        self._nearest = (math.nan, inf)
        self._known: dict[float, tuple[Number, Number]] = {}

    def between(self, low: float, high: float) -> Look:
        """The roots between two ends that a look at some places in between tells of, in their order."""
        piece = high / PIECES - low / PIECES
        points = [low + piece * i for i in range(PIECES)] + [high]
        look = self._look(self._crossings(points), (low, high))
        if look.roots or math.isnan(look.nearest[0]):
            return look
        # One that the value touches without a change of its sign.
        root = self._settled(look.nearest[0])
        return self._look(iter([] if root is None else [root]), (low, high))

    def starting_from(self, start: float) -> Look:
        """The root that Newton's method finds; else the first one that a look at both sides tells of, ever farther."""
        look = self._look(self._newton(start), most=1)
        return look if look.roots else self.around(start)

    def around(self, start: float) -> Look:
        """The first root that a look at both sides tells of, ever farther, and the jumps on the way to it."""
        return self._look(self._around(start), most=1)

    def _look(self, found: Iterator[float], ends: tuple[float, float] = (-inf, inf), most: int | None = None) -> Look:
        roots: dict[float, None] = {}
        for place in found:
            root = self._told(place)
            if self._stands_out(root) and ends[0] <= root <= ends[1]:
                roots[root] = None
            if len(roots) == most:
                break
        return Look(tuple(roots), tuple(self._jumps), tuple(self._flat), self._nearest)

    # -- values -----------------------------------------------------------------------------------------------

    def _at(self, x: float) -> tuple[Number, Number]:
        """Value and slope."""
        if x not in self._known:
            try:
                local = self._equations((x,))
                found = local.values[0], local.slopes[0, 0]
            except ExprError:  # a condition that is nan, say; elsewhere it may be none
                found = PRECISE.rounded.nan, PRECISE.rounded.nan
            if abs(value := double(found[0])) < abs(self._nearest[1]):
                self._nearest = x, value
            self._known[x] = found
        return self._known[x]

    def _value(self, x: float) -> float:
        """The value in double precision; it is not 0 unless the value is."""
        return double(self._at(float(x))[0])

    def _slope(self, x: float) -> float:
        return double(self._at(float(x))[1])

    def _size(self, x: float) -> Number:
        return PRECISE.rounded.abs(self._at(x)[0])

    # -- what a zero is -----------------------------------------------------------------------------------------

    def _told(self, x: float) -> float:
        """The root that a place stands for: 0, where from there to 0 no value can be told from 0."""
        return 0.0 if all([self._value(y) == 0 for y in (x, nextafter(x, 0.0), x / 2, 0.0)]) else x

    def _stands_out(self, x: float) -> bool:
        """Whether a place is a root and the value is not 0 all around, nor jumps over it."""
        if self._value(x) != 0:  # it is between neighbours
            return True
        edges = [self._edge(x, side) for side in (-1.0, 1.0)]
        # Nearer to 0 than digits reach values and slopes may be what is left of terms that cancel.
        farther = [] if x else [(x, side * _FARTHER) for side in (-1.0, 1.0)]
        if any([self._leads_to(x, *edge) for edge in edges + farther]):
            return True
        below, above = [self._value(outer) for _, outer in edges]
        if all([inner == x for inner, _ in edges]) and (below < 0 < above or above < 0 < below):
            self._jumps.append(Jump(x, below, above))
        else:
            self._flat.append(x)
        return False

    def _edge(self, x: float, side: float) -> tuple[float, float]:
        """The last place on one side where the value is 0, and the next where it is not. Places are doubles, but powers
        of 2 around 0, where more doubles than any number of digits can tell from it are."""
        outer = nextafter(x, side * inf)
        if x or self._value(outer) != 0:
            return x, outer
        low, high = _POWERS
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._value(math.ldexp(side, middle)) == 0 else (low, middle)
        return math.ldexp(side, low), math.ldexp(side, high)

    def _leads_to(self, x: float, inner: float, outer: float) -> bool:
        """Whether a value that is 0 up to `inner` leads to a root: where it has a slope it is 0 for lack of digits
        alone; and beyond it is as large as slopes make it."""
        if inner != x or self._value(outer) == 0:
            slope = self._slope(x + (inner - x) / 2)
            return slope != 0 and math.isfinite(slope)
        reach = PRECISE.number(abs(outer - x) * _ROUGH)
        return bool(self._size(outer) <= PRECISE.rounded.mul(PRECISE.rounded.abs(self._at(outer)[1]), reach))

    # -- ways to a root -----------------------------------------------------------------------------------------

    def _newton(self, start: float) -> Iterator[float]:
        with searching() as optimize:
            found, _ = optimize.newton(self._value, start, fprime=self._slope, full_output=True, disp=False)
        root = self._settled(float(found)) if math.isfinite(found) else None
        if root is not None:
            yield root

    def _settled(self, near: float) -> float | None:
        """The root that is nearby, to the last digit; None where it is none."""
        try:
            found = polished(self._equations, (near,), self._precise)
        except ExprError:
            return None
        if found is None:
            return None
        x = found[0]
        for _ in range(4):
            beside = (nextafter(x, -inf), x, nextafter(x, inf))
            if self._value(x) == 0:
                return x
            for pair in pairwise(beside):
                if self._crosses(*pair):
                    return self._root(*pair)
            # A value that is least there, and which a step of Newton's leads to, is 0 but for what doubles cannot say.
            least = min(beside, key=lambda y: (self._size(y), y != x))
            if least == x:
                return x
            x = least
        return None

    def _around(self, start: float) -> Iterator[float]:
        size = _NEAREST * (abs(start) or 1.0)
        ends = [start, start]
        for i in range(_DOUBLINGS):
            for side, sign in enumerate((1.0, -1.0)):
                end = start + sign * size * 2.0**i
                if math.isfinite(end):
                    yield from self._crossings(sorted((ends[side], end)))
                    ends[side] = end

    def _crossings(self, points: Sequence[float]) -> Iterator[float]:
        """The roots at some points, and between neighbours among them whose values differ in their signs, or of which
        one has none: there may be a root at the edge."""
        for x in points[:1]:
            if self._value(x) == 0:
                yield x
        # At 0 values are looked at, since beside it they may be lost.
        for a, b in pairwise(sorted({*points, 0.0}) if points[0] < 0 < points[-1] else points):
            if self._crosses(a, b):
                root = self._root(*self._narrowed(a, b))
                if root is not None:
                    yield root
            elif math.isnan(self._value(a)) != math.isnan(self._value(b)):
                inner, outer = (b, a) if math.isnan(self._value(a)) else (a, b)
                edge = self._halved(inner, outer, lambda x: not math.isnan(self._value(x)))[0]
                if self._value(edge) == 0:
                    yield edge
            if self._value(b) == 0:
                yield b

    def _crosses(self, a: float, b: float) -> bool:
        """Whether the signs of two values differ; nan and 0 have none."""
        x, y = self._value(a), self._value(b)
        return x < 0 < y or y < 0 < x

    def _narrowed(self, a: float, b: float) -> tuple[float, float]:
        """The neighbouring doubles between which the sign changes."""
        try:
            with searching() as optimize:
                near = float(optimize.toms748(self._value, a, b, xtol=math.ulp(0.0), rtol=4 * 2.0**-52, disp=False))
        except ValueError:  # a value is infinite or nan
            near = a
        if not a <= near <= b:  # between ends that are far apart
            near = a
        # What it gives is near; the last halvings do not depend on the way there.
        for shift in range(6):
            reach = math.ulp(near) * 4.0**shift
            low, high = max(a, near - reach), min(b, near + reach)
            if self._crosses(low, high):
                a, b = low, high
                break
        positive = self._value(a) > 0
        low, high = self._halved(a, b, lambda x: self._value(x) > 0 if positive else self._value(x) < 0)
        return low, high

    @staticmethod
    def _halved(inner: float, outer: float, holds: Callable[[float], Any]) -> tuple[float, float]:
        """Neighbouring doubles: the last one for which something holds that holds for the inner end, and the next."""
        while (middle := _middle(inner, outer)) not in (inner, outer):
            if holds(middle):
                inner = middle
            else:
                outer = middle
        return inner, outer

    def _root(self, a: float, b: float) -> float | None:
        """The root between neighbouring doubles whose values have different signs: the one that is nearer to 0. None
        where the sign changes without a root: at a pole the slope has the other sign, at a jump it is too little."""
        best = min((a, b), key=self._size)
        if self._value(best) == 0:
            return best
        low, high = sorted((a, b))
        rising = self._value(high) > 0
        # So much the value changes on the way to the root, if there is one.
        reach = PRECISE.number((high - low) * (_UNITS if self._precise else _ROUGH))
        for x in (low, high):
            slope = self._at(x)[1]
            if (slope > 0) == rising and self._size(x) <= PRECISE.rounded.mul(PRECISE.rounded.abs(slope), reach):
                return best
        self._jumps.append(Jump(min((low, high), key=lambda x: len(repr(x))), self._value(low), self._value(high)))
        return None


def _middle(a: float, b: float) -> float:
    found = (a + b) / 2
    return found if math.isfinite(found) else a / 2 + b / 2
