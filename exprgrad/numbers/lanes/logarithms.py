"""Logarithms, and the inverses of hyperbolic functions."""

from __future__ import annotations

import math
from typing import Any

from exprgrad.numbers.lanes.decisions import HUGE, PAIRS, Decisions
from exprgrad.numbers.pairs import arithmetic as pairs
from exprgrad.numbers.pairs import logarithm
from exprgrad.numbers.pairs.arithmetic import Pair
from exprgrad.numbers.rounded import NORMAL


class Logarithms(Decisions):
    """Kernels by the names that `Rounded` has for them."""

    def log(self, x: Any) -> Any:
        return self._logarithm(x, None)

    def log2(self, x: Any) -> Any:
        return self._logarithm(x, 2)

    def log10(self, x: Any) -> Any:
        return self._logarithm(x, 10)

    def _logarithm(self, x: Any, base: int | None) -> Any:
        w = self.w
        x = w.number(x)
        found, bound = logarithm.log(w, Pair(x, 0.0))
        if base is not None:
            factor = logarithm.reciprocal(base)
            found = pairs.multiply(w, found, factor)
            bound = bound * factor.high + w.abs(found.high) * PAIRS
        settled = (x < 0, math.nan), (x == 0, -math.inf), (x == math.inf, math.inf)
        return self._decided(found, bound, x, ~(x >= NORMAL), *settled)

    def log1p(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found, bound = logarithm.log1p(w, Pair(x, 0.0))
        settled = (x < -1, math.nan), (x == -1, -math.inf), (x == math.inf, math.inf), self._itself(x)
        return self._decided(found, bound, x, ~(x < HUGE), *settled)

    def xlogy(self, x: Any, y: Any) -> Any:
        w = self.w
        x, y = w.number(x), w.number(y)
        found, bound = logarithm.log(w, Pair(y, 0.0))
        found = pairs.multiply_double(w, found, x)
        bound = bound * w.abs(x) + w.abs(found.high) * PAIRS
        known = (x != 0) & (y >= NORMAL) & (y < math.inf) & self._between(found.high)
        unreal = (y < 0) & (x != 0) & (w.abs(x) < math.inf) & (y > -math.inf)
        return self._decided(found, bound, self._nan_of(x, y), ~known, (unreal, math.nan))

    def asinh(self, x: Any) -> Any:
        """log1p(x + x*x/(1 + sqrt(1 + x*x))), for x above 0."""
        w = self.w
        x = w.number(x)
        size = w.abs(x)
        square = pairs.product_of(w, size, size)
        below = pairs.add_double(pairs.root(w, pairs.add_double(square, 1.0)), 1.0)
        found, bound = logarithm.log1p(w, pairs.add_double(pairs.divide(w, square, below), size))
        bound = bound + w.abs(found.high) * PAIRS
        return w.copysign(self._decided(found, bound, x, ~self._moderate(x), self._itself(size)), x)

    def acosh(self, x: Any) -> Any:
        """With t = x - 1: log1p(t + sqrt(t*(t + 2)))."""
        w = self.w
        x = w.number(x)
        t = pairs.sum_of(x, -1.0)
        root = pairs.root(w, pairs.multiply(w, t, pairs.add_double(t, 2.0)))
        found, bound = logarithm.log1p(w, pairs.add(t, root))
        bound = bound + w.abs(found.high) * PAIRS
        return self._decided(found, bound, x, ~(x < 2.0**400), (x < 1, math.nan), (x == 1, 0.0))

    def atanh(self, x: Any) -> Any:
        """log1p(2*x/(1 - x))/2, for x above 0."""
        w = self.w
        x = w.number(x)
        size = w.abs(x)
        twice, bound = logarithm.log1p(w, pairs.divide(w, Pair(2.0 * size, 0.0), pairs.sum_of(1.0, -size)))
        bound = bound + w.abs(twice.high) * PAIRS
        settled = (size > 1, math.nan), (size == 1, math.inf), self._itself(size)
        return w.copysign(self._decided(pairs.scaled(twice, 0.5), 0.5 * bound, x, w.false, *settled), x)
