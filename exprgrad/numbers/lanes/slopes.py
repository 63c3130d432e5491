"""Derivatives of elementary functions, by their forms in closed.py."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from exprgrad.numbers import closed
from exprgrad.numbers.lanes.angles import Angles
from exprgrad.numbers.lanes.decisions import PAIRS, TINY, Kernel
from exprgrad.numbers.lanes.exponentials import Exponentials
from exprgrad.numbers.pairs import arithmetic as pairs
from exprgrad.numbers.pairs import circular, exponential, logarithm
from exprgrad.numbers.pairs.arithmetic import Pair


class Slopes(Angles, Exponentials):
    """Kernels of the derivatives of functions, of angles and exponentials among others."""

    def sec(self, x: Any) -> Any:
        return self._one_of(("sec", "tan"), 0, x)

    def csc(self, x: Any) -> Any:
        return self._one_of(("csc", "cot"), 0, x)

    def cot(self, x: Any) -> Any:
        return self._one_of(("csc", "cot"), 1, x)

    def csch(self, x: Any) -> Any:
        return self._one_of(("csch", "coth"), 0, x)

    def coth(self, x: Any) -> Any:
        return self._one_of(("csch", "coth"), 1, x)

    def _one_of(self, names: tuple[str, str], which: int, x: Any) -> Any:
        w = self.w
        x = w.number(x)
        *found, share, unknown = _FUNCTIONS[names](self, x)
        high, low = found[which]
        size = w.abs(high)
        return self._decided(Pair(high, low), size * share, x, unknown | ~self._between(high))

    def slope(self, form: Any, n: int) -> Kernel:
        """The n-th derivative of a function, by its form."""
        kernel = _SLOPES.get(type(form))
        if kernel is None:
            raise AttributeError("slope")
        return kernel(self, form, n)

    def _of_root(self, _: closed.SquareRoot, n: int) -> Kernel:
        top = Pair(self._whole(math.prod(1 - 2 * k for k in range(n))) / 2.0**n, 0.0)

        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            below = pairs.root(w, Pair(x, 0.0))
            if n > 1:
                below = pairs.multiply(w, below, self._raised(Pair(x, 0.0), n - 1))
            high, low = pairs.divide(w, top, below)
            known = self._between(x) & self._between(below.high)  # of what is below 0 there is no root
            return self._decided(Pair(high, low), w.abs(high) * PAIRS, x, ~known)

        return kernel

    def _of_radical(self, form: closed.Radical, n: int) -> Kernel:
        a, b, twice = form
        power = (2 * (n - 1) - twice) // 2
        coefficients = form.polynomial(n)

        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            square = pairs.product_of(w, x, x)
            q = pairs.add_double(pairs.scaled(square, b), float(a))
            below = self._raised(q, power) if power else Pair(w.number(1.0), 0.0)
            if twice % 2:
                below = pairs.multiply(w, below, pairs.root(w, q))
            value, sizes = self._polynomial(coefficients, Pair(x, 0.0))
            found = pairs.divide(w, value, below)
            size = w.abs(x)
            # A tiny square is nothing beside 1, and what is left of one is not below the range.
            ends = 2.0 ** (400 / (n + 1))
            known = (q.high > 0) & (size < ends) & ((size > 1 / ends) | (x == 0)) & (below.high > TINY)
            if a == -1:
                known = known & (x > 1)
            if n > 1:  # of a zero the sign is not known
                known = known & (found.high != 0)
            return self._decided(found, sizes / below.high * (2 * PAIRS), x, ~known)

        return kernel

    def _of_pair(self, form: closed.Pair, n: int) -> Kernel:
        coefficients = form.polynomial(n)

        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            s, t, share, unknown = _FUNCTIONS[form.s, form.t](self, x)
            value, size = self._polynomial(coefficients, t)
            power = self._raised(s, form.k)
            found = pairs.multiply(w, value, power)
            bound = size * w.abs(power.high) * (share * float(form.k + len(coefficients)))
            size = w.abs(found.high)
            # Of a zero the sign is not known.
            unknown = unknown | ~self._between(found.high) | ~(w.abs(power.high) > TINY)
            return self._decided(found, bound, x, unknown)

        return kernel

    def _secant(self, x: Any) -> tuple[Pair, Pair, Any, Any]:
        return self._turned(x, False)

    def _cosecant(self, x: Any) -> tuple[Pair, Pair, Any, Any]:
        return self._turned(x, True)

    def _turned(self, x: Any, of_sine: bool) -> tuple[Pair, Pair, Any, Any]:
        """1/cos(x) and sin(x)/cos(x), or the same with sine and cosine exchanged; a bound on the relative errors, and
        where they are not known."""
        w = self.w
        angle = self._angle(x)
        (one, first), (other, second) = circular.cosine(w, angle), circular.sine(w, angle)
        if of_sine:
            (one, first), (other, second) = (other, second), (one, first)
        one, other = pairs.ordered_sum(*one), pairs.ordered_sum(*other)
        share = first / w.abs(one.high) + second / w.abs(other.high)
        return pairs.divide(w, Pair(1.0, 0.0), one), pairs.divide(w, other, one), share * 1.01, angle.unknown

    def _hyperbolic(self, x: Any) -> tuple[Pair, Pair, Any, Any]:
        w = self.w
        s = pairs.divide(w, Pair(1.0, 0.0), self._cosh(x))
        t, share = self._tanh(x)
        return s, t, share + 4 * exponential.ERROR, ~(w.abs(x) < exponential.FAR)

    def _hyperbolic_at_poles(self, x: Any) -> tuple[Pair, Pair, Any, Any]:
        """csch and coth."""
        w = self.w
        one = Pair(w.number(1.0), 0.0)
        (sinh, first), (tanh, second) = self._sinh(x), self._tanh(x)
        unknown = ~(w.abs(x) < exponential.FAR) | ~(w.abs(x) > TINY)
        return pairs.divide(w, one, sinh), pairs.divide(w, one, tanh), first + second, unknown

    def _of_logarithm(self, form: closed.Logarithm, n: int) -> Kernel:
        def kernel(x: Any) -> Any:
            w = self.w
            x = w.number(x)
            below = pairs.sum_of(x, float(form.shift))
            for _ in range(n - 1):
                below = pairs.multiply(w, below, pairs.sum_of(x, float(form.shift)))
            factor = Pair(self._whole(form.factor(n)), 0.0)
            if form.base:
                factor = pairs.multiply_double(w, logarithm.reciprocal(form.base), factor.high)
            found = pairs.divide(w, factor, below)
            size = w.abs(found.high)
            known = (x > -form.shift) & self._between(found.high)
            return self._decided(found, size * PAIRS, x, ~known, (x < -form.shift, math.nan))

        return kernel


_SLOPES: Final[Mapping[type, Callable[[Slopes, Any, int], Kernel]]] = {
    closed.SquareRoot: Slopes._of_root,
    closed.Logarithm: Slopes._of_logarithm,
    closed.Radical: Slopes._of_radical,
    closed.Pair: Slopes._of_pair,
    closed.PowerOfTwo: Slopes._of_power_of_two,
}
# By the names of two functions what gives them as pairs.
_FUNCTIONS: Final[Mapping[tuple[str, str], Callable[[Slopes, Any], tuple[Pair, Pair, Any, Any]]]] = {
    ("sec", "tan"): Slopes._secant,
    ("csc", "cot"): Slopes._cosecant,
    ("sech", "tanh"): Slopes._hyperbolic,
    ("csch", "coth"): Slopes._hyperbolic_at_poles,
}
