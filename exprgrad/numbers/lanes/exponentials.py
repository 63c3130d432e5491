"""Exponentials, hyperbolic functions, and the logistic one."""

from __future__ import annotations

import math
from typing import Any

from exprgrad.numbers.lanes.decisions import ENOUGH, Decisions, Kernel
from exprgrad.numbers.pairs import arithmetic as pairs
from exprgrad.numbers.pairs import exponential, logarithm
from exprgrad.numbers.pairs.arithmetic import Pair


class Exponentials(Decisions):
    """Kernels by the names that `Rounded` has for them."""

    def exp(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = exponential.exp(w, Pair(x, 0.0))
        number = found.number(w)
        high = self._decided(number, w.abs(number.high) * exponential.ERROR, x, self._far(x))
        return self._ends(x, 0.0, math.inf, exponential.scaled(w, high, found.exponent))

    def expm1(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = exponential.expm1(w, Pair(w.maximum(x, -ENOUGH), 0.0))
        known = self._decided(found, w.abs(found.high) * 2.0**-67, x, self._far(x) & (x > 0))
        return self._or_itself(x, self._ends(x, -1.0, math.inf, known))

    def sinh(self, x: Any) -> Any:
        """With m = expm1(|x|): (m + m/(m + 1))/2, whose terms have one sign."""
        w = self.w
        x = w.number(x)
        m = exponential.expm1(w, Pair(w.abs(x), 0.0))
        high, low = pairs.add(m, pairs.divide(w, m, pairs.add_double(m, 1.0)))
        known = self._decided(Pair(0.5 * high, 0.5 * low), w.abs(high) * 2.0**-67, x, self._far(x))
        return self._or_itself(x, self._ends(x, -math.inf, math.inf, w.copysign(known, x)))

    def cosh(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = self._cosh(x)
        known = self._decided(found, w.abs(found.high) * (2 * exponential.ERROR), x, self._far(x))
        return self._ends(x, math.inf, math.inf, known)

    def _cosh(self, x: Any) -> Pair:
        w = self.w
        e = exponential.exp(w, Pair(x, 0.0)).pair(w)
        high, low = pairs.add(e, pairs.divide(w, Pair(1.0, 0.0), e))
        return Pair(0.5 * high, 0.5 * low)

    def sech(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = pairs.divide(w, Pair(1.0, 0.0), self._cosh(x))
        known = self._decided(found, found.high * (2 * exponential.ERROR), x, self._far(x))
        return self._ends(x, 0.0, 0.0, known)

    def tanh(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = self._tanh(x)
        return self._or_itself(x, self._decided(found, w.abs(found.high) * 2.0**-66, x, w.false))

    def _tanh(self, x: Any) -> Pair:
        """With m = expm1(2*x): m/(m + 2)."""
        w = self.w
        most = 0.5 * ENOUGH
        m = exponential.expm1(w, Pair(2.0 * w.minimum(w.maximum(x, -most), most), 0.0))
        return pairs.divide(w, m, pairs.add_double(m, 2.0))

    def logistic(self, n: int) -> Kernel:
        """The n-th derivative of 1/(1 + exp(-d)) at d = x - y, the difference exact."""
        if n > 1:
            raise AttributeError("logistic")

        def kernel(x: Any, y: Any) -> Any:
            w = self.w
            high, low = pairs.sum_of(w.number(x), w.negative(y))
            # The first derivative is even: exp(-|d|)/(1 + exp(-|d|))**2.
            turned = high < 0 if n else high < math.inf
            minus = Pair(w.where(turned, high, -high), w.where(turned, low, -low)) if n else Pair(-high, -low)
            far = minus.high < -ENOUGH if not n else w.false
            e = exponential.exp(w, Pair(w.where(far, -ENOUGH, minus.high), minus.low)).pair(w)
            more = pairs.add_double(e, 1.0)
            found = pairs.divide(w, e if n else Pair(1.0, 0.0), pairs.multiply(w, more, more) if n else more)
            unknown = self._far(high) & ~far
            known = self._decided(found, w.abs(found.high) * (4 * exponential.ERROR), high, unknown)
            return self._ends(high, 0.0, 0.0 if n else 1.0, known)

        return kernel

    def sigmoid(self, x: Any) -> Any:
        return self.logistic(0)(x, 0.0)

    def softplus(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        (high, low), bound = logarithm.log1p(w, exponential.exp(w, Pair(w.minimum(x, ENOUGH), 0.0)).pair(w))
        # What the exponential is off by is a share of exp(x)/(1 + exp(x)), which is below the result.
        bound = bound + w.abs(high) * (2 * exponential.ERROR)
        known = self._decided(Pair(high, low), bound, x, self._far(x) & (x < 0))
        return w.where(x > 0.5 * ENOUGH, x, self._ends(x, 0.0, math.inf, known))
