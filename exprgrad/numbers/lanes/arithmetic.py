"""The operations for several rows at once, by the names that `Rounded` has for them.

What entries of operations say of their kernels (`rounded=lambda r: r.exp`) is asked of this arithmetic as of that of
MPFR. A result that is not decided, or of which there is no kernel, is MPFR's own; rows in which a number is outside of
the normal doubles are left over, since rounded numbers do not end there.
"""

from __future__ import annotations

import math
from typing import Any

from exprgrad.numbers.lanes.decisions import Kernel
from exprgrad.numbers.lanes.logarithms import Logarithms
from exprgrad.numbers.lanes.powers import Powers
from exprgrad.numbers.lanes.remainders import Remainders
from exprgrad.numbers.lanes.slopes import Slopes


class Arithmetic(Slopes, Logarithms, Powers, Remainders):
    """All kernels. `w` has `mark`, `rewind` and `settled` beside."""

    def kernel(self, op: Any) -> Kernel:
        """The kernel of an operation."""
        if op.zero == "share":
            return self.mul
        try:
            named = op.rounded(self)
        except AttributeError:
            named = _missing
        if named in (self.neg, self.add, self.sub, self.mul, self.div):
            kernel: Kernel = named
            return kernel
        return self._of_firm(op.arrays(self.w) if op.exact else self._settled(named, op.float64))

    def forget(self) -> None:
        """What has been computed is not known from here on."""
        self.forget_shared()
        self._loose.clear()

    def forget_shared(self) -> None:
        """What several kernels share is to be computed anew."""
        self._angles.clear()

    def _settled(self, kernel: Kernel, exact: Kernel) -> Kernel:
        """A kernel; where it is open what the result is, and where there is none, the exact one computes it."""

        def run(*xs: Any) -> Any:
            mark = self.w.mark()
            self._undecided = None
            try:
                found = kernel(*xs)
            except AttributeError:  # it names what there is not here, or asks for what one number is
                self.w.rewind(mark)
                found, self._undecided = math.nan, self.w.true
            if self._undecided is None:
                return found
            found, beyond = self.w.settled(found, self._undecided, exact, xs)
            self._left(beyond)
            return found

        return run


def _missing(*xs: Any) -> Any:
    """What an entry names that this arithmetic has not got."""
    raise AttributeError
