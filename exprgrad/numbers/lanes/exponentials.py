"""Exponentials, hyperbolic functions, and the logistic one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from exprgrad.numbers import closed
from exprgrad.numbers.lanes.decisions import ENOUGH, HUGE, PAIRS, Decisions, Kernel
from exprgrad.numbers.pairs import arithmetic as pairs
from exprgrad.numbers.pairs import exponential, logarithm
from exprgrad.numbers.pairs.arithmetic import Pair
from exprgrad.numbers.rounded import NORMAL, logistic_coefficients


class Exponentials(Decisions):
    """Kernels by the names that `Rounded` has for them."""

    def exp(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = exponential.exp(w, Pair(x, 0.0))
        number = found.number(w)
        ends = self._ends(x, 0.0, math.inf)
        far = ~(w.abs(x) < exponential.NORMAL)
        return self._decided_times(found.exponent, number, w.abs(number.high) * exponential.ERROR, x, far, *ends)

    def expm1(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found, bound = exponential.expm1(w, Pair(w.maximum(x, -ENOUGH), 0.0))
        settled = *self._ends(x, -1.0, math.inf), self._itself(x)
        return self._decided(found, bound, x, self._far(x) & (x > 0), *settled)

    def sinh(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found, share = self._sinh(x)
        settled = *self._ends(x, -math.inf, math.inf), self._itself(x)
        return self._decided(found, w.abs(found.high) * share, x, self._far(x), *settled)

    def _sinh(self, x: Any) -> tuple[Pair, Any]:
        """With m = expm1(|x|): (m + m/(m + 1))/2, whose terms have one sign; and its relative error, which is not above
        that of m."""
        w = self.w
        m, bound = exponential.expm1(w, Pair(w.abs(x), 0.0))
        twice = pairs.add(m, pairs.divide(w, m, pairs.add_double(m, 1.0)))
        return pairs.scaled(twice, w.where(x < 0, -0.5, 0.5)), bound / w.abs(m.high) + PAIRS

    def cosh(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = self._cosh(x)
        ends = self._ends(x, math.inf, math.inf)
        return self._decided(found, w.abs(found.high) * (2 * exponential.ERROR), x, self._far(x), *ends)

    def _cosh(self, x: Any) -> Pair:
        w = self.w
        e = exponential.exp(w, Pair(x, 0.0)).pair(w)
        return pairs.scaled(pairs.add(e, pairs.divide(w, Pair(1.0, 0.0), e)), 0.5)

    def sech(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = pairs.divide(w, Pair(1.0, 0.0), self._cosh(x))
        ends = self._ends(x, 0.0, 0.0)
        return self._decided(found, found.high * (2 * exponential.ERROR), x, self._far(x), *ends)

    def tanh(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found, share = self._tanh(x)
        return self._decided(found, w.abs(found.high) * share, x, w.false, self._itself(x))

    def _tanh(self, x: Any) -> tuple[Pair, Any]:
        """With m = expm1(2*x): m/(m + 2); and its relative error, which is at most twice that of m."""
        w = self.w
        most = 0.5 * ENOUGH
        m, bound = exponential.expm1(w, Pair(2.0 * w.minimum(w.maximum(x, -most), most), 0.0))
        return pairs.divide(w, m, pairs.add_double(m, 2.0)), 2.0 * bound / w.abs(m.high) + PAIRS

    def exp2(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        found = exponential.exp(w, pairs.multiply_double(w, exponential.log_of_two(), x))
        number = found.number(w)
        unit = math.log(2)
        far = ~(w.abs(x) < exponential.NORMAL / unit)
        ends = self._ends(x, 0.0, math.inf, unit)
        return self._decided_times(found.exponent, number, w.abs(number.high) * exponential.ERROR, x, far, *ends)

    def _of_power_of_two(self, _: closed.PowerOfTwo, n: int) -> Kernel:
        """log(2)**n * 2**x."""
        self._limited(n)

        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            power = exponential.exp(w, pairs.multiply_double(w, exponential.log_of_two(), x)).pair(w)
            found = pairs.multiply(w, power, exponential.log_of_two(n))
            unit = math.log(2)
            ends = self._ends(x, 0.0, math.inf, unit)
            return self._decided(found, found.high * (2 * exponential.ERROR), x, self._far(x * unit), *ends)

        return kernel

    def logistic(self, n: int) -> Kernel:
        """The n-th derivative of 1/(1 + exp(-d)) at d = x - y, the difference exact."""

        def kernel(x: Any, y: Any) -> Any:
            d = pairs.sum_of(self.w.number(x), self.w.negative(y))
            return self._logistic(d) if n == 0 else self._logistic_slope(d, logistic_coefficients(n), n)

        return kernel

    def _logistic(self, d: Pair) -> Any:
        w = self.w
        far = d.high > ENOUGH
        e = exponential.exp(w, Pair(w.where(far, -ENOUGH, -d.high), -d.low)).pair(w)
        found = pairs.divide(w, Pair(1.0, 0.0), pairs.add_double(e, 1.0))
        ends = self._ends(d.high, 0.0, 1.0)
        return self._decided(found, found.high * (4 * exponential.ERROR), d.high, self._far(d.high) & ~far, *ends)

    def _logistic_slope(self, d: Pair, coefficients: Sequence[int], n: int) -> Any:
        """With e = exp(-|d|): e/(1 + e)**2, of which the higher ones are polynomials in tanh(d/2) = (1 - e)/(1 + e)."""
        w = self.w
        below = d.high < 0
        size = pairs.chosen(w, below, pairs.negative(d), d)
        e = exponential.exp(w, pairs.negative(size)).pair(w)
        more = pairs.add_double(e, 1.0)
        bell = pairs.divide(w, e, pairs.multiply(w, more, more))
        if n == 1:
            ends = self._ends(d.high, 0.0, 0.0)
            return self._decided(bell, bell.high * (4 * exponential.ERROR), d.high, self._far(d.high), *ends)
        m, _ = exponential.expm1(w, pairs.negative(size))
        t = pairs.divide(w, pairs.negative(m), more)
        t = pairs.chosen(w, below, pairs.negative(t), t)
        value, sizes = self._polynomial(coefficients, t)
        found = pairs.multiply(w, value, bell)
        power = 2.0 ** (1 - n)
        found = pairs.scaled(found, power)
        bound = sizes * bell.high * (power * (n + 2) * 2.0**-65)
        return self._decided(found, bound, d.high, ~(size.high < exponential.FAR) | ~self._between(found.high))

    def sigmoid(self, x: Any) -> Any:
        return self.logistic(0)(x, 0.0)

    def softplus(self, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        (high, low), bound = logarithm.log1p(w, exponential.exp(w, Pair(w.minimum(x, ENOUGH), 0.0)).pair(w))
        # What the exponential is off by is a share of exp(x)/(1 + exp(x)), which is below the result.
        bound = bound + w.abs(high) * (2 * exponential.ERROR)
        settled = *self._ends(x, 0.0, math.inf), (x > 0.5 * ENOUGH, x)  # of cases the last one counts
        return self._decided(Pair(high, low), bound, x, self._far(x) & (x < 0), *settled)

    def logaddexp(self, x: Any, y: Any) -> Any:
        """max(x, y) + log1p(exp(-|x - y|)), the difference exact."""
        w = self.w
        x, y = w.number(x), w.number(y)
        high = w.maximum(x, y)
        d = pairs.sum_of(high, -w.minimum(x, y))
        most = exponential.FAR
        far = d.high > most
        e = exponential.exp(w, Pair(w.where(far, -most, -d.high), -d.low)).pair(w)
        # Of what is so small the square is nothing, and would leave the range.
        small = d.high > ENOUGH
        more, bound = logarithm.log1p(w, pairs.chosen(w, small, Pair(1.0, 0.0), e))
        more, bound = pairs.chosen(w, small, e, more), w.where(small, 0.0, bound)
        found = pairs.add_double(more, high)
        bound = bound + more.high * (4 * exponential.ERROR) + w.abs(found.high) * PAIRS
        # Where what is added is not known it must be nothing beside the larger one, as exp(-800) is beside any.
        unknown = ~(w.abs(high) < HUGE) | (far & ~(w.abs(high) > 2.0**-40))
        alone = (d.high > 800) & (w.abs(high) >= NORMAL) & (w.abs(high) < math.inf)
        return self._decided(found, bound, self._nan_of(x, y), unknown, (alone, high))
