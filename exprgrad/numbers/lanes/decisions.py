"""What is certain of a result, and what is open or left over: what kernels of operations have in common."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Final

from exprgrad.numbers.pairs import arithmetic as pairs
from exprgrad.numbers.pairs import exponential
from exprgrad.numbers.pairs.arithmetic import Pair

Kernel = Callable[..., Any]
# Where a result is known without more, and what it is there.
Case = tuple[Any, Any]
# Of x*(1 + O(x)) the nearest double is x where x is smaller, if the factor of x*x is not above 1.
ITSELF: Final = 2.0**-55
# The exponential of no number that is larger, or further below 0, is one of MPFR's (see EMAX).
ENDS: Final = 91_000.0
# Nor is that one of a double, nor are these exponentials' halves, sums and reciprocals.
WRITTEN: Final = 747.0
# So far from 0 exponentials are nothing beside 1.
ENOUGH: Final = 100.0
# What pairs are off by at the most after MOST operations, each of which is off by 2**-101 or less.
PAIRS: Final = 2.0**-95
MOST: Final = 60
# The ends of `_between`.
TINY: Final = 2.0**-900
HUGE: Final = 2.0**900


class Checks(Enum):
    """Of which results it is asked whether they are in the range of doubles: of none, as the processor says for many
    together when one is not; of those of a row together, to find the rows in which one is not; of those that may be
    below the normal doubles; or of all."""

    NONE = 0
    FIND = 1
    BELOW = 2
    ALL = 3


class Decisions:
    """`w` is what `numbers/pairs/arithmetic.py` says, with numpy's names beside, `left_over`, and `final`, whether what
    is computed is only written down."""

    def __init__(self, w: Any, checks: Checks) -> None:
        self.w = w
        self._checks = checks
        # Where what the kernel that runs has found so far is not known.
        self._undecided: Any = None

    def _left(self, mask: Any) -> None:
        """Of a row in which a number has left the range nothing is known from there on."""
        self.w.left_over(mask)

    def _open(self, mask: Any) -> None:
        """Where the result of an operation is to be computed otherwise."""
        self._undecided = mask if self._undecided is None else self._undecided | mask

    def _finite(self, *xs: Any) -> Any:
        """Where no operand is infinite or nan."""
        found = self.w.true
        for x in xs:
            found = found & (self.w.abs(self.w.number(x)) < math.inf)
        return found

    def _decided(self, found: Pair, bound: Any, x: Any, unknown: Any, *settled: Case) -> Any:
        """The double next to all numbers that are no further from a pair than that, nan where the operand x is, and
        what is `settled` otherwise. Where there are several it is open, and so it is where it is `unknown`."""
        w = self.w
        low, high = found.high + (found.low - bound), found.high + (found.low + bound)
        is_nan = w.isnan(x)
        open_ = (unknown | (low != high)) & ~is_nan
        result = w.where(is_nan, x, high)
        for mask, _ in settled:
            open_ = open_ & ~mask
        self._open(open_)
        return self._at(settled, result)

    def _decided_times(self, exponent: Any, found: Pair, bound: Any, x: Any, unknown: Any, *settled: Case) -> Any:
        """The same times a power of two, which is added to the exponents, and so not to what is nan or settled."""
        result = exponential.scaled(self.w, self._decided(found, bound, x, unknown, *settled), exponent)
        return self._at((*settled, (self.w.isnan(x), x)), result)

    def _far(self, x: Any) -> Any:
        """Where an exponential is not known."""
        return ~(self.w.abs(x) < exponential.FAR)

    def _ends(self, x: Any, below: float, above: float, unit: float = 1.0) -> Sequence[Case]:
        """What an exponential of x units is where MPFR's numbers end, or for what is only written down those of
        doubles."""
        ends = (WRITTEN if self.w.final else ENDS) / unit
        return (x >= ends, above), (x <= -ends, below)

    def _at(self, cases: Sequence[Case], result: Any) -> Any:
        """A result, and what it is in some cases."""
        for mask, value in cases:
            result = self.w.where(mask, value, result)
        return result

    def _itself(self, x: Any) -> Case:
        """Of a function that is x + O(x*x) the nearest double is x where x is tiny."""
        return self.w.abs(x) < ITSELF, x

    def _nan_of(self, x: Any, y: Any) -> Any:
        """nan where an operand is, and the other one is not infinite."""
        w = self.w
        return w.where((w.abs(x) == math.inf) | (w.abs(y) == math.inf), 1.0, x + y)

    def _between(self, x: Any) -> Any:
        """Where products and quotients of pairs stay among the normal doubles, with the rests of these."""
        size = self.w.abs(x)
        return (size > TINY) & (size < HUGE)

    def _moderate(self, x: Any) -> Any:
        """Where a square is known, with what it is rounded by."""
        size = self.w.abs(x)
        return (size > 2.0**-400) & (size < 2.0**400)

    def _polynomial(self, coefficients: Sequence[int], x: Pair) -> tuple[Pair, Any]:
        """The value of a polynomial, the constant first, and that of its terms' sizes."""
        w = self.w
        *rest, last = map(self._whole, coefficients)
        value, size = Pair(w.number(last), 0.0), w.number(abs(last))
        for coefficient in reversed(rest):
            value = pairs.add_double(pairs.multiply(w, value, x), coefficient)
            size = w.multiply_add(size, w.abs(x.high), abs(coefficient))
        return value, size

    @staticmethod
    def _whole(n: int) -> float:
        """A whole number that is a double. Raises an AttributeError for another one: there is no kernel for it."""
        if int(found := float(n)) != n:
            raise AttributeError(str(n))
        return found

    @staticmethod
    def _limited(operations: int) -> None:
        """Raises an AttributeError for more operations than PAIRS is for, less some that come after: there is no kernel
        that takes them."""
        if operations > MOST // 2:
            raise AttributeError(str(operations))

    def _raised(self, x: Pair, n: int) -> Pair:
        """x**n, n >= 1. Raises an AttributeError for a large n: there is no kernel for it."""
        self._limited(n)
        found = x
        for digit in bin(n)[3:]:
            found = pairs.multiply(self.w, found, found)
            if digit == "1":
                found = pairs.multiply(self.w, found, x)
        return found
