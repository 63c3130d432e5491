"""Functions of angles, their inverses, and what belongs to the sides of a right triangle."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from exprgrad.numbers.lanes.decisions import HUGE, PAIRS, Case, Checks, Decisions, Kernel
from exprgrad.numbers.pairs import arithmetic as pairs
from exprgrad.numbers.pairs import circular, inverse, reduction
from exprgrad.numbers.pairs.arithmetic import Bounded, Pair


class Angles(Decisions):
    """Kernels by the names that `Rounded` has for them."""

    def __init__(self, w: Any, checks: Checks) -> None:
        super().__init__(w, checks)
        self._angles: dict[Any, circular.Angle] = {}

    def sin(self, x: Any) -> Any:
        x = self.w.number(x)
        return self._circular(circular.sine, x, self._itself(x))  # the sign of a zero is its own

    def cos(self, x: Any) -> Any:
        return self._circular(circular.cosine, self.w.number(x))

    def _circular(self, function: Callable[[Any, circular.Angle], Bounded], x: Any, *settled: Case) -> Any:
        angle = self._angle(x)
        found, bound = function(self.w, angle)
        return self._decided(found, bound, x, angle.unknown, *settled)

    def _angle(self, x: Any) -> circular.Angle:
        """A number, reduced, which sine and cosine share."""
        w = self.w
        key = w.key(x)
        if key not in self._angles:
            place, rest, unknown = circular.reduced(w, x)
            far = (w.abs(x) >= circular.FAR) & (w.abs(x) < math.inf)

            def of_large() -> Sequence[Any]:
                k, (high, low) = reduction.reduced(w, w.where(far, x, circular.FAR), circular.STEPS)
                return k, high, low, w.abs(high) < circular.NEAR

            place, high, low, unknown = w.rarely(far, (place, *rest, unknown), of_large)
            unknown = unknown | (w.abs(x) == math.inf)
            self._angles[key] = circular.angle(w, circular.Reduced(place, Pair(high, low), unknown))
        return self._angles[key]

    def tan(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        angle = self._angle(x)
        (sine, first), (cosine, second) = circular.sine(w, angle), circular.cosine(w, angle)
        sine, cosine = pairs.ordered_sum(*sine), pairs.ordered_sum(*cosine)
        found = pairs.divide(w, sine, cosine)
        share = first / w.abs(sine.high) + second / w.abs(cosine.high)
        return self._decided(found, w.abs(found.high) * (share * 1.01), x, angle.unknown, self._itself(x))

    def atan(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found, bound = inverse.angle(w, Pair(w.abs(x), 0.0), Pair(1.0, 0.0))
        return w.copysign(self._decided(found, bound, x, ~(w.abs(x) < HUGE), self._itself(w.abs(x))), x)

    def atan2(self, y: Any, x: Any) -> Any:
        w = self.w
        y, x = w.number(y), w.number(x)
        found, bound = inverse.angle(w, Pair(w.abs(y), 0.0), Pair(w.abs(x), 0.0))
        found = self._other_side(found, x)
        known = self._decided(
            found, bound + found.high * PAIRS, self._nan_of(x, y), ~(self._moderate(x) & self._moderate(y))
        )
        return w.copysign(known, y)

    def asin(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found, bound = inverse.angle(w, Pair(w.abs(x), 0.0), self._other_leg(x))
        size = w.abs(x)
        return w.copysign(self._decided(found, bound, x, w.false, (size > 1, math.nan), self._itself(size)), x)

    def acos(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found, bound = inverse.angle(w, self._other_leg(x), Pair(w.abs(x), 0.0))
        found = self._other_side(found, x)
        return self._decided(found, bound + found.high * PAIRS, x, w.false, (w.abs(x) > 1, math.nan))

    def _other_side(self, angle: Pair, x: Any) -> Pair:
        """An angle with the side |x|, turned to the side x."""
        return pairs.chosen(self.w, x < 0, pairs.add(inverse.turn(2), pairs.negative(angle)), angle)

    def _other_leg(self, x: Any) -> Pair:
        """sqrt(1 - x*x), for |x| not above 1."""
        w = self.w
        is_end = w.abs(x) == 1
        inside = w.where(w.abs(x) < 1, x, 0.5)
        found = pairs.root(w, pairs.multiply(w, pairs.sum_of(1.0, -inside), pairs.sum_of(1.0, inside)))
        return pairs.chosen(w, is_end, Pair(0.0, 0.0), found)

    def hypot(self, x: Any, y: Any) -> Any:
        w = self.w
        x, y = w.number(x), w.number(y)
        found = pairs.root(w, pairs.add(pairs.product_of(w, x, x), pairs.product_of(w, y, y)))
        return self._decided(found, found.high * PAIRS, self._nan_of(x, y), ~(self._moderate(x) & self._moderate(y)))

    def hypot_family(self, i: int, j: int, k: int) -> Kernel:
        """x**i * y**j / hypot(x, y)**k."""

        self._limited(i + j)

        def kernel(x: Any, y: Any) -> Any:
            w = self.w
            x, y = w.number(x), w.number(y)
            square = pairs.add(pairs.product_of(w, x, x), pairs.product_of(w, y, y))
            below = self._raised(pairs.root(w, square) if k % 2 else square, k if k % 2 else k // 2)
            found = Pair(w.number(1.0), 0.0)
            for operand, power in ((x, i), (y, j)):
                for _ in range(power):
                    found = pairs.multiply_double(w, found, operand)
            found = pairs.divide(w, found, below)
            ends = 2.0 ** (800 / max(k, 2))
            moderate = [(w.abs(z) > 1 / ends) & (w.abs(z) < ends) for z in (x, y)]
            known = moderate[0] & moderate[1] & self._between(found.high)
            return self._decided(found, w.abs(found.high) * PAIRS, self._nan_of(x, y), ~known)

        return kernel

    def degrees(self, x: Any) -> Any:
        return self._times(x, inverse.radian())

    def radians(self, x: Any) -> Any:
        return self._times(x, inverse.degree())

    def _times(self, x: Any, factor: Pair) -> Any:
        w = self.w
        x = w.number(x)
        found = pairs.multiply_double(w, factor, x)
        return self._decided(found, w.abs(found.high) * PAIRS, x, ~self._between(x), (x == 0, x))

    def reciprocal_power(self, n: int, imaginary: bool) -> Kernel:
        """(n - 1)! times the real or the imaginary part of (x + i*y)**-n, for operands y, x."""
        self._limited(n)
        factor = self._whole(math.factorial(n - 1))

        def kernel(y: Any, x: Any) -> Any:
            w = self.w
            y, x = w.number(y), w.number(x)
            size = reach = w.abs(x) + w.abs(y)
            real, other = Pair(x, 0.0), Pair(-y, 0.0)
            for _ in range(n - 1):  # times x - i*y
                times = partial(pairs.multiply_double, w)
                real, other = pairs.add(times(real, x), times(other, y)), pairs.add(times(other, x), times(real, -y))
                size = size * reach
            below = self._raised(pairs.add(pairs.product_of(w, x, x), pairs.product_of(w, y, y)), n)
            part = pairs.multiply_double(w, other if imaginary else real, factor)
            found = pairs.divide(w, part, below)
            # Products of the parts cancel, so that what they are off by is a share of their size.
            bound = size / below.high * (factor * PAIRS)
            ends = 2.0 ** (400 / n)
            moderate = [(w.abs(z) > 1 / ends) & (w.abs(z) < ends) for z in (x, y)]
            known = moderate[0] & moderate[1] & self._between(found.high)
            return self._decided(found, bound, self._nan_of(x, y), ~known)

        return kernel
