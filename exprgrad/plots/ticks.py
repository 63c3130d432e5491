"""The numbers beside the axes of matplotlib's figures: those of a terminal, also where somebody moves the limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from matplotlib.axis import Axis as Shown
from matplotlib.ticker import Formatter, Locator, NullLocator

from exprgrad.plots.axis import Axis, written

# So many at the most; on a logarithmic axis 1, 2, 5 over three powers of ten.
_TICKS: Final = {False: 7, True: 9}


def number(shown: Shown, *, logarithmic: bool) -> None:
    """Has an axis of a figure numbered, until its scale is set to another one."""
    shown.set_major_locator(_Round(logarithmic))
    shown.set_major_formatter(_Written(logarithmic))
    shown.set_minor_locator(NullLocator())


class _Round(Locator):
    """Where the numbers are."""

    def __init__(self, logarithmic: bool) -> None:
        self._logarithmic = logarithmic

    def __call__(self) -> Sequence[float]:
        assert self.axis is not None
        return self.tick_values(*self.axis.get_view_interval())

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        low, high = sorted((float(vmin), float(vmax)))
        logarithmic = self._logarithmic and low * high > 0
        return Axis(low, high, logarithmic).round_numbers(_TICKS[logarithmic])


class _Written(Formatter):
    """How they are written."""

    def __init__(self, logarithmic: bool) -> None:
        self._logarithmic = logarithmic

    def __call__(self, x: float, pos: Any = None) -> str:
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        return written(Axis(0.0, 1.0, self._logarithmic), [float(x) for x in values])
