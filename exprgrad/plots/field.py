"""A picture of two variables: each result over a rectangle, and where it rises most steeply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from exprgrad.derivatives import Task
from exprgrad.diagnostics import EvaluationError, UnsupportedError, listed
from exprgrad.plots.axis import Axis
from exprgrad.plots.evaluation import Evaluation, shapes_of
from exprgrad.plots.remarks import goes_on
from exprgrad.plots.sampling import Limits, widened
from exprgrad.records import NamedTuple

# So many points along each axis; an odd number, so that the middle is one.
_POINTS: Final = 121
# Of values that leave to infinity those are shown between these parts of all.
_COMMON: Final = (0.05, 0.95)
# So much farther apart than these are the two sides of a pole.
_FAR: Final = 4.0


class Surface(NamedTuple):
    """A result over a rectangle: a row of values for each number upright. `rise` and `climb` are how it changes across
    and upright, for the whole axis; None where no derivatives are asked for."""

    label: str
    values: Any
    rise: Any
    climb: Any
    low: float
    high: float


class Field(NamedTuple):
    """Surfaces over two axes, and what is to be said of them."""

    names: tuple[str, str]
    across: Axis
    upright: Axis
    xs: Any
    ys: Any
    surfaces: Sequence[Surface]
    remarks: Sequence[str]


def field_of(task: Task, names: tuple[str, str], across: Axis, upright: Axis, shared: Mapping[str, Any]) -> Field:
    """The picture of a task over two of its inputs."""
    has_slopes = task.max_order > 0
    _check(task, names, shared)
    evaluation = Evaluation(task._replace(wrt=names, max_order=min(task.max_order, 1)), names, shared)
    xs, ys = across.points(_POINTS), upright.points(_POINTS)
    found = evaluation(np.tile(xs, _POINTS), np.repeat(ys, _POINTS))
    grids = {key: values.reshape(_POINTS, _POINTS) for key, values in found.items()}
    surfaces, cut = [], []
    for name in task.results:
        values = grids[name, ()]
        if not np.isfinite(values).any():
            raise evaluation.first_problem or EvaluationError(
                f"{name} has no value for {listed(names)} in these ranges", hint="choose others"
            )
        limits = _limits(values)
        if limits.cut:
            cut.append(name)
        rise = climb = None
        if has_slopes:
            with np.errstate(all="ignore"):
                rise = grids[name, (0,)] * across.stretch(xs)
                climb = grids[name, (1,)] * np.reshape(upright.stretch(ys), (-1, 1))
        surfaces.append(Surface(name, values, rise, climb, limits.low, limits.high))
    return Field(names, across, upright, xs, ys, surfaces, goes_on(cut))


def _check(task: Task, names: tuple[str, str], shared: Mapping[str, Any]) -> None:
    """Raises for a result that is an array."""
    for name, shape in shapes_of(task, names, shared).items():
        if shape:
            raise UnsupportedError(
                f"{name} has shape {shape}; over two variables results are numbers",
                task.names.assigned.get(name),
                hint="name the elements, as in c0 = c[0]",
            )


def _limits(values: Any) -> Limits:
    """What is shown of a surface: all of it, unless it leaves to infinity."""
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    first, last = (float(x) for x in np.quantile(finite, _COMMON))
    far = (last - first) * _FAR
    leaves = np.isinf(values).any()
    for axis in (0, 1):
        a, b = (np.take(values, range(i, i + _POINTS - 1), axis) for i in (0, 1))
        with np.errstate(all="ignore"):
            leaves |= ((np.fmin(a, b) < first - far) & (np.fmax(a, b) > last + far)).any()
    if not leaves:
        return Limits(*widened(low, high), False)
    return Limits(*widened(first, last), True)
