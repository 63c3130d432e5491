"""The short way through a function: inputs are Python's numbers, and nothing rests on a convention, is absent or nan.

What a call costs beside its arithmetic is then that of making the result. Where something else comes up, the function's
own way answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from exprgrad.diagnostics import ExprError
from exprgrad.numbers.rounded import FLOAT64, MPFR, NORMAL
from exprgrad.numbers.scalars import ROUNDED
from exprgrad.program.program import Key
from exprgrad.result import Derivative, Outcome, Result

if TYPE_CHECKING:
    from exprgrad.static.evaluate import StaticTask


class Quick:
    """Values and derivatives of a task whose inputs are numbers."""

    def __init__(self, task: StaticTask, keys: Sequence[Key]) -> None:
        self._inputs = list(task.inputs)
        self._run = task.interpreter(False).run_in
        places = {key: i for i, key in enumerate(task.nodes)}
        # For each result its name, the place of its value, and for each derivative what it is by and its place.
        self._results: dict[str, tuple[int, list[tuple[tuple[str, ...], int]]]] = {}
        for name, multi in keys:
            if not multi:
                self._results[name] = places[name, ()], []
            else:
                self._results[name][1].append((task.task.by(multi), places[name, multi]))

    @classmethod
    def of(cls, task: StaticTask, keys: Sequence[Key]) -> Quick | None:
        """The short way of a task whose inputs are numbers; None where it has none."""
        plain = task.task.direction is None and not task.task.full_jacobian
        reached = all([key in task.nodes for key in keys]) and not any(task.visited.values())
        return cls(task, keys) if plain and reached and task.interpreter(False).program.is_scalar else None

    def __call__(self, values: Mapping[str, Any]) -> Result | None:
        """The result; None where it is to be found the function's own way."""
        numbers: list[Any] = []
        inputs: dict[str, Any] = {}
        number = FLOAT64.number
        for name in self._inputs:
            x = values.get(name)
            if type(x) is int and -(2**53) < x < 2**53:
                x = float(x)
            elif type(x) is not float:
                return None
            inputs[name] = x
            numbers.append(number(x))
        if len(values) != len(numbers):
            return None
        try:
            found = self._run(ROUNDED, numbers)
        except (ExprError, MemoryError):
            return None  # which is told with its place
        floats: list[float] = []
        for value in found:
            if type(value) is not MPFR:
                return None
            x = float(value)
            if not (x >= NORMAL or x <= -NORMAL or value == 0):
                return None
            floats.append(x)
        outcomes = [
            Outcome(name, floats[at], tuple([Derivative(by, floats[i], (), len(by)) for by, i in derivatives]))
            for name, (at, derivatives) in self._results.items()
        ]
        return Result(inputs, tuple(outcomes))
