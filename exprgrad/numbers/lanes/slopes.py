"""Derivatives of elementary functions, by their forms in closed.py."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from exprgrad.numbers import closed
from exprgrad.numbers.lanes.angles import Angles
from exprgrad.numbers.lanes.decisions import HUGE, PAIRS, TINY, Kernel
from exprgrad.numbers.lanes.exponentials import Exponentials
from exprgrad.numbers.pairs import arithmetic as pairs
from exprgrad.numbers.pairs import exponential, logarithm
from exprgrad.numbers.pairs.arithmetic import Pair


class Slopes(Angles, Exponentials):
    """Kernels of the derivatives of functions, of angles and exponentials among others."""

    def slope(self, form: Any, n: int) -> Kernel:
        """The n-th derivative of a function, by its form."""
        kernel = _SLOPES.get(type(form))
        if kernel is None:
            raise AttributeError("slope")
        return kernel(self, form, n)

    def _of_root(self, _: closed.SquareRoot, n: int) -> Kernel:
        if n > 1:
            raise AttributeError("slope")

        def kernel(x: Any) -> Any:
            w = self.w
            root = pairs.root(w, Pair(x, 0.0))
            high, low = pairs.divide(w, Pair(0.5, 0.0), root)
            return self._decided(Pair(high, low), w.abs(high) * PAIRS, x, ~((x > TINY) & (x < HUGE)))

        return kernel

    def _of_radical(self, form: closed.Radical, n: int) -> Kernel:
        a, b, twice = form
        if n > 1:
            raise AttributeError("slope")

        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            square = pairs.product_of(w, x, x)
            below = pairs.add_double(Pair(b * square.high, b * square.low), float(a))
            if twice % 2:
                below = pairs.root(w, below)
            found = pairs.divide(w, Pair(1.0, 0.0), below)
            size = w.abs(x)
            # A tiny square is nothing beside 1, and what is left of one is not below the range.
            known = (below.high > 0) & (size < 2.0**400) & ((size > 2.0**-400) | (x == 0))
            if a == -1:
                known = known & (x > 1)
            return self._decided(found, w.abs(found.high) * PAIRS, x, ~known)

        return kernel

    def _of_pair(self, form: closed.Pair, n: int) -> Kernel:
        """Those whose functions are hyperbolic secant and tangent, or a cosine and a sine."""
        functions = {"sech": self._sech_pair, "tanh": self._tanh_pair}
        if form.s not in functions or form.t not in functions:
            raise AttributeError("slope")
        coefficients = form.polynomial(n)

        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            s, t = functions[form.s](x), functions[form.t](x)
            value = size = Pair(float(coefficients[-1]), 0.0)
            for coefficient in coefficients[-2::-1]:
                value = pairs.add_double(pairs.multiply(w, value, t), float(coefficient))
                size = Pair(w.multiply_add(w.abs(size.high), w.abs(t.high), abs(float(coefficient))), 0.0)
            found = value
            for _ in range(form.k):
                found = pairs.multiply(w, found, s)
                size = Pair(size.high * w.abs(s.high), 0.0)
            share = (form.k + len(coefficients) + 1) * 2.0**-66 if len(coefficients) > 1 else 2.0**-72
            reach = x * float(form.k)
            # Of a zero the sign is not known.
            unknown = ~(w.abs(reach) < exponential.FAR) | (found.high == 0)
            return self._decided(found, w.abs(size.high) * share, x, unknown)

        return kernel

    def _sech_pair(self, x: Any) -> Pair:
        return pairs.divide(self.w, Pair(1.0, 0.0), self._cosh(x))

    def _tanh_pair(self, x: Any) -> Pair:
        return self._tanh(x)

    def _of_logarithm(self, form: closed.Logarithm, n: int) -> Kernel:
        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            below = pairs.sum_of(x, float(form.shift))
            for _ in range(n - 1):
                below = pairs.multiply(w, below, pairs.sum_of(x, float(form.shift)))
            factor = Pair(float(form.factor(n)), 0.0)
            if form.base:
                factor = pairs.multiply_double(w, logarithm.reciprocal(form.base), factor.high)
            found = pairs.divide(w, factor, below)
            size = w.abs(found.high)
            known = (x > -form.shift) & (size > TINY) & (size < HUGE)
            return w.where(
                x < -form.shift, math.nan, self._decided(found, size * PAIRS, x, (x >= -form.shift) & ~known)
            )

        return kernel


_SLOPES: Final[Mapping[type, Callable[[Slopes, Any, int], Kernel]]] = {
    closed.SquareRoot: Slopes._of_root,
    closed.Logarithm: Slopes._of_logarithm,
    closed.Radical: Slopes._of_radical,
    closed.Pair: Slopes._of_pair,
}
