"""A program over a range of one of its variables, or of two, as it is plotted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from exprgrad import expected
from exprgrad.diagnostics import ExprError, Note, UsageError, listed
from exprgrad.plots import curve_text, field_text, figure
from exprgrad.plots.axis import Axis
from exprgrad.plots.curves import Picture, curves_of
from exprgrad.plots.evaluation import Runnable
from exprgrad.plots.field import Field, field_of
from exprgrad.plots.labels import Labels
from exprgrad.plots.points import Points, points_in
from exprgrad.plots.remarks import at
from exprgrad.plots.sampling import POINTS
from exprgrad.ranges import Range
from exprgrad.screen import Screen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from exprgrad.derivatives import Task

# A plot is over so many variables at the most.
_MOST: Final = 2
# So many places are named in a note.
_NAMED: Final = 4


class Plottable(Runnable, Protocol):
    """What can be plotted: a compiled function. `wrt_named` says that the inputs to differentiate by were."""

    @property
    def task(self) -> Task: ...
    @property
    def wrt_named(self) -> bool: ...
    def check_inputs(self, values: Mapping[str, Any]) -> Mapping[str, Any]: ...
    def shared(self, values: Mapping[str, Any]) -> dict[str, Any]: ...


class Plot:
    """A program over ranges of one or two of its inputs; the others have `values`. `points` gives those that are drawn
    beside the curves over an axis, by their results; `labels` say what all of it is called. A notebook shows it, and
    `print` writes it in characters."""

    def __init__(
        self,
        function: Plottable,
        over: Sequence[Range],
        values: Mapping[str, Any],
        points: Callable[[Axis], Mapping[str, Points]] | None = None,
        labels: Labels = Labels(),  # noqa: B008  # it does not change
    ) -> None:
        self._labels = labels
        self._function = function
        self._over = over
        self._values = values
        self._picture: Picture | Field = _picture(function, over, values, points)

    def __str__(self) -> str:
        return self.text(Screen())

    def text(self, screen: Screen) -> str:
        """The plot in characters, for a screen of some size."""
        if isinstance(self._picture, Field):
            return field_text.text(self._picture, screen, self._labels)
        return curve_text.text(self._picture, screen, self._labels)

    def encoded(self, output_format: str) -> bytes:
        """The plot as a file holds it: svg, png or pdf."""
        if output_format not in figure.FILES:
            raise UsageError(f"{output_format} is no form of a plot", hint=f"the forms are {', '.join(figure.FILES)}")
        return figure.encoded(self._picture, output_format, self._labels)

    def figure(self) -> Figure:
        """The plot as a figure of matplotlib's, which may be changed and saved."""
        return figure.figure(self._picture, self._labels)

    def _repr_svg_(self) -> str | None:
        """What a notebook shows; None where Matplotlib is missing."""
        try:
            return self.encoded("svg").decode()
        except ExprError:
            return None

    @cached_property
    def notes(self) -> list[Note]:
        """The conventions of functions at the places where curves have kinks, jumps, poles and holes."""
        if isinstance(self._picture, Field):
            return []
        task = _differentiated(self._function, self._over)
        function = self._function.changed(wrt=task.wrt, max_order=task.max_order, full_jacobian=True)
        name = self._over[0].name
        # What differs in numbers alone, as `gamma(-1.0) is nan` and `gamma(-2.0) is nan`, is said once.
        found: dict[Note, tuple[Note, list[float]]] = {}
        for x in self._picture.places:
            for note in _notes(function, {**self._values, name: x}):
                found.setdefault(_without_numbers(note), (note, []))[1].append(x)
        return [
            note._replace(message=f"at {at(name, places, _NAMED)}: {note.message}") for note, places in found.values()
        ]


def plot_given(function: Plottable, given: Mapping[str, Any], table: Any) -> Plot:
    """The plot for what inputs are given: tuples of two numbers are ranges, and of two numbers and "log" logarithmic
    ones. A table has points."""
    ranges = {name: _range(name, x) for name, x in given.items() if isinstance(x, tuple)}
    values = {name: x for name, x in given.items() if name not in ranges}

    def points(axis: Axis) -> Mapping[str, Points]:
        return points_in(table, next(iter(ranges)), function.task.results, axis)

    return Plot(function, list(ranges.values()), values, None if table is None else points)


def _range(name: str, x: tuple[Any, ...]) -> Range:
    ends, scale = x[:2], x[2:]
    if len(ends) < 2 or scale not in ((), ("log",)) or not all(map(_is_finite, ends)):
        raise UsageError(
            f"the range of {name} is two finite numbers, found {expected.shown(x)}", hint=f"{name}=(-1, 1)"
        )
    start, stop = (float(end) for end in ends)
    if scale and start * stop <= 0:
        raise UsageError(
            f"a logarithmic range has no 0 in it, found {expected.shown(x)}", hint=f'{name}=(0.1, 10, "log")'
        )
    return Range(name, Fraction(start), Fraction(stop), None, bool(scale))


def _is_finite(x: Any) -> bool:
    try:
        return math.isfinite(x)
    except (TypeError, OverflowError):
        return False


def _picture(
    function: Plottable,
    over: Sequence[Range],
    values: Mapping[str, Any],
    points: Callable[[Axis], Mapping[str, Points]] | None,
) -> Picture | Field:
    names = [range.name for range in over]
    if not 1 <= len(over) <= _MOST:
        raise UsageError(
            f"a plot is over one variable or two, found {listed(names) if names else 'none'}",
            hint="give the others a value" if names else "f.plot(x=(-3, 3))",
        )
    function.task.names.check_numbers(names, "plotted over")
    function.check_inputs({**values, **dict.fromkeys(names, 0.0)})
    axes = [Axis(*_ends(range), range.logarithmic) for range in over]
    task = _differentiated(function, over)
    if task.direction is not None or task.full_jacobian or task.weights:
        raise UsageError(
            "a plot shows derivatives by inputs, not along a direction, with weights, or as a jacobian",
            hint="compile without them",
        )
    shared = function.shared(values)
    if len(over) == 1:
        count = over[0].points or 0
        if count > POINTS:
            raise UsageError(
                f"the range of {names[0]} has {count:,} points, and a plot {POINTS:,} at the most",
                hint="leave their number out: a plot chooses its own",
            )
        also = over[0].values(range(count)) if count else []
        measured = points(axes[0]) if points is not None else {}
        return curves_of(function, task, names[0], axes[0], values, shared, also, measured)
    if points is not None:
        raise UsageError(
            "points are drawn over one variable", hint="leave them out, or give the other variable a value"
        )
    if task.max_order > 1:
        raise UsageError(
            "a plot over two variables shows gradients, which are first derivatives", hint="leave max_order= out"
        )
    if function.wrt_named and task.wrt and set(task.wrt) != set(names):
        raise UsageError(f"a plot over {listed(names)} shows the gradient by both", hint="leave wrt= out")
    return field_of(task, (names[0], names[1]), axes[0], axes[1], shared)


def _differentiated(function: Plottable, over: Sequence[Range]) -> Task:
    """The task of a function; where it does not say by what it is differentiated, by what the plot is over."""
    return function.task if function.wrt_named else function.task._replace(wrt=tuple([range.name for range in over]))


def _notes(function: Runnable, values: Mapping[str, Any]) -> Sequence[Note]:
    try:
        return function.run(values).notes
    except ExprError:  # there is no value there
        return ()


def _without_numbers(note: Note) -> Note:
    return note._replace(message=re.sub(r"-?[0-9][0-9.]*(e[-+]?[0-9]+)?", "", note.message))


def _ends(range: Range) -> tuple[float, float]:
    low, high = float(range.start), float(range.stop)
    if low == high:
        raise UsageError(f"the range of {range.name} is one value, {low!r}", hint=f"write {range.name}=-1:1")
    if low > high:
        raise UsageError(
            f"a plot goes from left to right, found {range.name} from {low!r} to {high!r}",
            hint=f"write {range.name}={high!r}:{low!r}",
        )
    return low, high
