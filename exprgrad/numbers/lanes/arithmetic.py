"""The operations for several rows at once, by the names that `Rounded` has for them.

What entries of operations say of their kernels (`rounded=lambda r: r.exp`) is asked of this arithmetic as of that of
MPFR; what it has not got is computed row by row. A result that MPFR might round otherwise is left over: one that is not
decided, and one outside of the normal doubles, since rounded numbers do not end there.
"""

from __future__ import annotations

from typing import Any

from exprgrad.numbers.lanes.decisions import Kernel
from exprgrad.numbers.lanes.logarithms import Logarithms
from exprgrad.numbers.lanes.powers import Powers
from exprgrad.numbers.lanes.slopes import Slopes
from exprgrad.numbers.scalars import Kernels


class Arithmetic(Slopes, Logarithms, Powers):
    """All kernels. `w` has `mark`, `rewind` and `scalar` beside."""

    def kernel(self, op: Any) -> Kernel:
        """The kernel of an operation."""
        if op.exact:
            kernel: Kernel = op.arrays(self.w)
            return kernel
        return self.mul if op.zero == "share" else self._rounded(op)

    def forget(self) -> None:
        """What has been computed is not known from here on."""
        self._angles.clear()

    def _rounded(self, op: Any) -> Kernel:
        """What an entry says is its kernel, if that is one of rows, too."""

        def run(*xs: Any) -> Any:
            mark = self.w.mark()
            try:
                return op.rounded(self)(*xs)
            except AttributeError:  # it names what there is not here, or asks for what one number is
                self.w.rewind(mark)
                return self._by_row(op)(*xs)

        return run

    def _by_row(self, op: Kernels) -> Kernel:
        """The kernel of an operation that is computed row by row, in doubles: where that ends is left over."""
        kernel = self.w.scalar(op.float64)

        def run(*xs: Any) -> Any:
            found = kernel(*xs)
            self._left(self._beyond(found) & self._finite(*xs))
            return found

        return run
