"""Points that were measured, beside the curve of a result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import numpy as np

from exprgrad.batch.columns import check_once, column, columns_in
from exprgrad.diagnostics import InputDataError, UsageError, listed
from exprgrad.plots.axis import Axis
from exprgrad.plots.sampling import widened

# So many points are kept as they are. Of more, those that would cover one another count once: one in each cell of so
# many across and up. A file of any length fits into memory, and a figure of it into a file.
_MOST: Final = 100_000
_ACROSS, _UP = 400, 200


class Points:
    """The points of a result between the ends of an axis, upright on one that is maybe `logarithmic`. `count` are all
    that were given, `beyond` those of them that have no place in the picture."""

    def __init__(self, axis: Axis, logarithmic: bool = False) -> None:
        self.count = 0
        self.beyond = 0
        self._axis = axis
        self._logarithmic = logarithmic
        self._xs: Any = np.empty(0)
        self._ys: Any = np.empty(0)
        self._more: list[tuple[Any, Any]] = []
        self._room = _MOST

    def add(self, xs: Any, ys: Any) -> None:
        """Adds points, as two arrays of doubles."""
        shown = (xs >= self._axis.low) & (xs <= self._axis.high) & np.isfinite(ys)
        if self._logarithmic:
            shown &= ys > 0
        self.count += len(xs)
        self.beyond += len(xs) - int(shown.sum())
        self._more.append((xs[shown], ys[shown]))
        self._room -= len(self._more[-1][0])
        if self._room < 0:
            self._gather()

    @property
    def xs(self) -> Any:
        """Where the points lie along the axis."""
        self._gather()
        return self._xs

    @property
    def ys(self) -> Any:
        """Their heights."""
        self._gather()
        return self._ys

    def _gather(self) -> None:
        parts = [(self._xs, self._ys), *self._more]
        self._xs, self._ys = (np.concatenate(part) for part in zip(*parts, strict=True))
        self._more = []
        if len(self._xs) > _MOST:
            low, high = float(self._ys.min()), float(self._ys.max())
            upright = Axis(low, high, True) if self._logarithmic and low < high else Axis(*widened(low, high))
            cells = np.rint(self._axis.place(self._xs) * _ACROSS) * (_UP + 1) + np.rint(upright.place(self._ys) * _UP)
            _, first = np.unique(cells, return_index=True)
            kept = np.sort(first)
            self._xs, self._ys = self._xs[kept], self._ys[kept]
        self._room = _MOST


def points_in(table: Any, name: str, results: Sequence[str], none: Callable[[], Points]) -> dict[str, Points]:
    """The points in the columns of a table, added to `none`: across the column that is called like the variable,
    upright those that are called like results. Raises an ExprError for a table without such columns, or with other
    things than numbers in them."""
    held = columns_in(table, f"f.plot({name}=(0, 1), points=table)")
    measured = results_in("the table of points", held, held, name, results)
    for each in (name, *measured):
        check_once(held, each)
    xs, *all_ys = [column(each, table[each]) for each in (name, *measured)]
    found = {}
    for result, ys in zip(measured, all_ys, strict=True):
        if np.shape(xs) != np.shape(ys):
            shapes = f"{name} has shape {np.shape(xs)}, {result} has {np.shape(ys)}"
            raise UsageError(shapes, hint="columns of one table have one length")
        found[result] = none()
        found[result].add(np.ravel(xs), np.ravel(ys))
    return found


def results_in(
    called: str,
    columns: Collection[str],
    there: Collection[str],
    name: str,
    results: Sequence[str],
    remedy: str = "",
    *,
    origin: str | None = None,
) -> list[str]:
    """The results that are measured: those that are `there`, among the columns. Raises an InputDataError where none is,
    or the variable is not; `remedy` is what else can be done about it, and `origin` the file, if there is one."""
    for wanted, what in (([name], "the variable of the plot"), (results, "a result")):
        if not any(each in there for each in wanted):
            raise InputDataError(
                f"{called} has no column that is called like {what}, {listed(wanted, 'or')}",
                hint=f"its columns are {listed(list(columns)) if columns else 'none'}{remedy}",
                origin=origin,
            )
    return [each for each in results if each in there]
