"""A program over a range of one of its variables, or of two, as it is plotted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, partial
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from exprgrad import expected
from exprgrad.diagnostics import ExprError, Note, UsageError, listed
from exprgrad.numbers.arithmetic import from_caller, to_python
from exprgrad.ops.structural import shape_of
from exprgrad.plots import curve_text, field_text, figure
from exprgrad.plots.axis import Axis
from exprgrad.plots.curves import Member, Picture, computed, curves_of
from exprgrad.plots.evaluation import Evaluating, Runnable, Solutions, Unknowns, evaluation_of
from exprgrad.plots.field import Field, field_of
from exprgrad.plots.labels import Labels
from exprgrad.plots.points import Points, points_in
from exprgrad.plots.remarks import at
from exprgrad.plots.sampling import POINTS
from exprgrad.plots.scales import SCALES
from exprgrad.ranges import Listed, Range
from exprgrad.screen import Screen
from exprgrad.solving.vector_function import Compiled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from exprgrad.derivatives import Task

# A plot is over so many variables at the most.
_MOST: Final = 2
# So many places are named in a note.
_NAMED: Final = 4


# What gives the points that were measured, added to what holds none.
Measured = Callable[[Callable[[], Points]], Mapping[str, Points]]


class Plot:
    """A program over ranges of one or two of its inputs, with a curve for each value of those that are listed; the
    others have `values`. `points` gives those that are drawn beside the curves, by their results; `labels` say what all
    of it is called, and `y_scale`, linear or log, how results lie upright. With `unknowns` the program is solved for
    them. A notebook shows it, and `print` writes it in characters."""

    def __init__(
        self,
        function: Compiled,
        over: Sequence[Range | Listed],
        values: Mapping[str, Any],
        points: Measured | None = None,
        labels: Labels = Labels(),  # noqa: B008  # it does not change
        *,
        y_scale: str = SCALES[0],
        unknowns: Unknowns | None = None,
    ) -> None:
        self._labels = labels
        self._function = function
        self._over = [axis for axis in over if isinstance(axis, Range)]
        self._values = values
        self._unknowns = unknowns
        lists = [axis for axis in over if isinstance(axis, Listed)]
        self._picture: Picture | Field = self._drawn(lists, points, y_scale == "log")

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
        if isinstance(self._picture, Field) or self._unknowns:
            return []
        task = _differentiated(self._function, self._over)
        function = self._function.changed(wrt=task.wrt, max_order=task.max_order, full_jacobian=True)
        name = self._over[0].name
        # What differs in numbers alone, as `gamma(-1.0) is nan` and `gamma(-2.0) is nan`, is said once.
        found: dict[Note, tuple[Note, list[float]]] = {}
        for place in self._picture.places:
            for note in _notes(function, {**self._values, **place}):
                found.setdefault(_without_numbers(note), (note, []))[1].append(place[name])
        return [
            note._replace(message=f"at {at(name, sorted({*places}), _NAMED)}: {note.message}")
            for note, places in found.values()
        ]

    def _drawn(self, lists: Sequence[Listed], points: Measured | None, logarithmic: bool) -> Picture | Field:
        function, over = self._function, self._over
        names = [range.name for range in over]
        if not 1 <= len(over) <= _MOST:
            raise UsageError(
                f"a plot is over one variable or two, found {listed(names) if names else 'none'}",
                hint="give the others a value" if names else "f.plot(x=(-3, 3))",
            )
        families = [
            dict(zip([x.name for x in lists], given, strict=True)) for given in product(*[x.given for x in lists])
        ]
        function.task.names.check_numbers([*names, *families[0]], "plotted over")
        starts = self._unknowns if isinstance(self._unknowns, Mapping) else ()
        function.check_inputs({**self._values, **dict.fromkeys([*names, *families[0], *starts], 0.0)})
        axes = [Axis(*_ends(range), range.logarithmic) for range in over]
        task = _differentiated(function, over)
        if task.direction is not None or task.full_jacobian or task.weights:
            raise UsageError(
                "a plot shows derivatives by inputs, not along a direction, with weights, or as a jacobian",
                hint="compile without them",
            )
        if len(over) == 2:
            self._check_field(task, names, lists, points, logarithmic)
            return field_of(task, (names[0], names[1]), axes[0], axes[1], function.shared(self._values))
        count = over[0].points or 0
        if count > POINTS:
            raise UsageError(
                f"the range of {names[0]} has {count:,} points, and a plot {POINTS:,} at the most",
                hint="leave their number out: a plot chooses its own",
            )
        chosen = over[0].values(range(count)) if count else []
        measured = points(partial(Points, axes[0], logarithmic)) if points is not None else {}
        family = [Member(given, self._evaluation(task, names[0], given)) for given in families]
        return curves_of(task, names[0], axes[0], family, chosen, measured, logarithmic)

    def _evaluation(self, task: Task, name: str, given: Mapping[str, float]) -> Evaluating:
        """What computes the curves for some values of what is listed."""
        task, values = computed(task, name), {**self._values, **given}
        if self._unknowns:
            return Solutions(self._function, task, name, values, self._unknowns)
        return evaluation_of(self._function, task, name, values, self._function.shared(values))

    def _check_field(
        self, task: Task, names: Sequence[str], lists: Sequence[Listed], points: Measured | None, logarithmic: bool
    ) -> None:
        """Raises for what is about curves alone."""
        only = {
            "points are drawn": points is not None,
            "a program is solved": bool(self._unknowns),
            "a logarithmic axis of results is": logarithmic,
        }
        for what in [what for what, is_there in only.items() if is_there]:
            raise UsageError(f"{what} over one variable", hint="give the other variable a value")
        if lists:
            raise UsageError(
                f"curves for values of {lists[0].name} are over one variable",
                hint=f"leave one of the two ranges out, or give {lists[0].name} one value",
            )
        if task.max_order > 1:
            raise UsageError(
                "a plot over two variables shows gradients, which are first derivatives", hint="leave max_order= out"
            )
        if self._function.wrt_named and task.wrt and set(task.wrt) != set(names):
            raise UsageError(f"a plot over {listed(names)} shows the gradient by both", hint="leave wrt= out")


def plot_given(function: Compiled, given: Mapping[str, Any], points: Any, curves: Any, y_scale: Any) -> Plot:
    """The plot for what inputs are given: tuples of two numbers are ranges, and of two numbers and "log" logarithmic
    ones. `points` is a table of them, and `curves` the values of inputs for which there is a curve each."""
    scale = expected.choice("y_scale= is linear or log, found", y_scale, SCALES)
    lists = expected.by_name("the values of curves are", {} if curves is None else curves, '{"k": [1, 2, 3]}')
    if both := next((name for name in lists if name in given), None):
        raise UsageError(f"{both} is given twice, by a value and by curves", hint="give it once")
    ranges = {name: _range(name, x) for name, x in given.items() if isinstance(x, tuple)}
    values = {name: x for name, x in given.items() if name not in ranges}

    def measured(none: Callable[[], Points]) -> Mapping[str, Points]:
        return points_in(points, next(iter(ranges)), function.task.results, none)

    over: list[Range | Listed] = [*ranges.values(), *[_listed(name, x) for name, x in lists.items()]]
    return Plot(function, over, values, None if points is None else measured, y_scale=scale)


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


def _listed(name: str, x: Any) -> Listed:
    values = to_python(from_caller(x))
    if len(shape_of(values)) != 1 or not len(values):
        hint = f'{{"{name}": [1, 2, 3]}}'
        raise UsageError(f"the curves of {name} are for some numbers, found {expected.shown(x)}", hint=hint)
    return Listed(name, tuple(values.tolist()))


def _is_finite(x: Any) -> bool:
    try:
        return math.isfinite(x)
    except (TypeError, OverflowError):
        return False


def _differentiated(function: Compiled, over: Sequence[Range]) -> Task:
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
