"""Quotients rounded down, and what they leave."""

from __future__ import annotations

from typing import Any

from exprgrad.numbers.lanes.decisions import HUGE, Decisions
from exprgrad.numbers.pairs import arithmetic as pairs


class Remainders(Decisions):
    """Kernels by the names that `Rounded` has for them."""

    def mod(self, x: Any, y: Any) -> Any:
        """What a division leaves is exact, and y is added to it once; it is no larger than y."""
        return self.w.mod(x, y)

    def floor_div(self, x: Any, y: Any) -> Any:
        """The quotient, rounded down: by one less or more where what is left over has no sign of y, or is no less."""
        w = self.w
        x, y = w.number(x), w.number(y)
        quotient = w.floor(w.true_divide(x, y))
        product = pairs.product_of(w, quotient, y)
        high, low = pairs.sum_of(x, -product.high)
        rest = pairs.ordered_sum(high, low - product.low)
        turned = w.where(y < 0, -1.0, 1.0)
        more = pairs.sum_of(turned * rest.high, -w.abs(y))
        beyond = more.high + (more.low + turned * rest.low) >= 0
        found = w.where(turned * rest.high < 0, quotient - 1.0, w.where(beyond, quotient + 1.0, quotient))
        known = (w.abs(quotient) < 2.0**50) & self._between(y) & (w.abs(x) < HUGE)
        self._open(~known & ~(w.isnan(x) | w.isnan(y)))
        return w.where(found == 0, w.copysign(0.0, quotient), found)
