"""What is plotted, computed at many points at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np

from exprgrad.batch.choice import Chooser
from exprgrad.derivatives import OutputKey, Task, keys
from exprgrad.diagnostics import EvaluationError, ExprError, UnsupportedError
from exprgrad.numbers.arithmetic import silent
from exprgrad.ops.structural import shape_of
from exprgrad.result import Result
from exprgrad.solving.solve import shown, solve
from exprgrad.solving.vector_function import Compiled
from exprgrad.static.defining import StaticTask

# What a program is solved for: names, or one with its two ends.
Unknowns = Sequence[str] | Mapping[str, tuple[float, float]]

# So many curves of one kind, elements of results or for values of a variable, can be told apart.
CURVES: Final = 12


class Evaluating(Protocol):
    """What computes curves: the outputs of a task over one of its inputs, nan where there is none."""

    @property
    def results(self) -> tuple[str, ...]: ...
    @property
    def first_problem(self) -> ExprError | None: ...
    def __call__(self, xs: Any, /) -> dict[OutputKey, Any]: ...


class Evaluation:
    """The outputs of a task over some of its inputs; the others are `shared`, numbers or rounded arrays.

    It is computed in rounded arithmetic, so that a picture is the same on every machine. Where the program cannot be
    computed, as where a condition is nan, there is nan.
    """

    def __init__(self, task: Task, over: Sequence[str], shared: Mapping[str, Any]) -> None:
        self.results = task.results
        self.first_problem: ExprError | None = None
        self._inputs = tuple(task.names.inputs)
        self._over = tuple(over)
        self._shared = shared
        self._chooser = Chooser(task, "rounded")

    def __call__(self, *columns: Any) -> dict[OutputKey, Any]:
        """The outputs by their keys, an array each, at the points that the columns give, in the order of `over`."""
        given = {name: np.ascontiguousarray(x, float) for name, x in zip(self._over, columns, strict=True)}
        inputs = [given[name] if name in given else self._shared[name] for name in self._inputs]
        with silent():
            return self._chooser.choose(inputs).run(inputs, len(columns[0]), self._troubled)

    def _troubled(self, row: int, problem: ExprError) -> None:
        self.first_problem = self.first_problem or problem


class Runnable(Protocol):
    """A compiled function, as far as an evaluation point by point needs it."""

    def run(self, values: Mapping[str, Any], *, notes: bool | None = None) -> Result: ...
    def changed(self, **arguments: Any) -> Runnable: ...


class Elements:
    """The same, point by point, of a program with results that are arrays: each element is a result of its own."""

    def __init__(
        self,
        function: Runnable,
        task: Task,
        over: str,
        values: Mapping[str, Any],
        shapes: Mapping[str, tuple[int, ...]],
    ) -> None:
        named = [(name, list(np.ndindex(*shape)) if shape else [()]) for name, shape in shapes.items()]
        count = sum(len(places) for _, places in named)
        if count > CURVES:
            raise UnsupportedError(
                f"the results have {count} elements, more curves than can be told apart",
                hint="name some of them in the program, as in c0 = c[0]",
            )
        self.results = tuple([f"{name}{_index(place)}" for name, places in named for place in places])
        self.first_problem: ExprError | None = None
        self._function = function.changed(wrt=task.wrt, max_order=task.max_order, full_jacobian=True)
        self._over = over
        self._values = values
        self._keys = keys(task._replace(results=self.results))

    def __call__(self, xs: Any) -> dict[OutputKey, Any]:
        found = np.full((len(xs), len(self._keys)), np.nan)
        for row, x in zip(found, xs.tolist(), strict=True):
            try:
                result = self._function.run({**self._values, self._over: x}, notes=False)
            except ExprError as problem:
                self.first_problem = self.first_problem or problem
                continue
            outcomes = [
                [outcome.value, *[derivative.value for derivative in outcome.derivatives]]
                for outcome in result.outcomes
            ]
            # An element's value stands before its derivatives.
            row[:] = np.concatenate([np.reshape(values, (len(values), -1)).T.ravel() for values in outcomes])
        return {key: found[:, i].copy() for i, key in enumerate(self._keys)}


class Solutions:
    """The same of a program that is solved for unknowns at each point, which start from their values or are between two
    ends: the unknowns, and the results that are no equation."""

    def __init__(
        self, function: Compiled, task: Task, over: str, values: Mapping[str, Any], unknowns: Unknowns
    ) -> None:
        self.first_problem: ExprError | None = None
        self._function = function.changed(wrt=task.wrt, max_order=task.max_order)
        self._over = over
        self._values = values
        self._unknowns = unknowns
        held = values if not isinstance(unknowns, Mapping) else {**values, **{x: a for x, (a, _) in unknowns.items()}}
        found = shown(self._function, list(unknowns), {**held, over: 0.0})
        self.results = tuple([name for name, moving in found if moving])
        self._keys = keys(task._replace(results=self.results))

    def __call__(self, xs: Any) -> dict[OutputKey, Any]:
        found = np.full((len(xs), len(self._keys)), np.nan)
        for row, x in zip(found, xs.tolist(), strict=True):
            try:
                result = solve(self._function, self._unknowns, {**self._values, self._over: x})
            except EvaluationError as problem:
                self.first_problem = self.first_problem or problem
                continue
            outcomes = [outcome for outcome in result.outcomes if outcome.name in self.results]
            row[:] = [value for x in outcomes for value in (x.value, *[d.value for d in x.derivatives])]
        return {key: found[:, i].copy() for i, key in enumerate(self._keys)}


def evaluation_of(
    function: Runnable, task: Task, over: str, values: Mapping[str, Any], shared: Mapping[str, Any]
) -> Evaluating:
    """What computes a task over one of its inputs."""
    shapes = shapes_of(task, [over], shared)
    if any(shapes.values()):
        return Elements(function, task, over, values, shapes)
    return Evaluation(task, [over], shared)


def shapes_of(task: Task, over: Sequence[str], shared: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shapes of the results of a task over some of its inputs."""
    inputs = [() if name in over else shape_of(shared[name]) for name in task.names.inputs]
    nodes = StaticTask(task._replace(max_order=0, wrt=()), inputs).nodes
    return {name: nodes[name, ()].shape or () for name in task.results}


def _index(place: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, place))}]" if place else ""
