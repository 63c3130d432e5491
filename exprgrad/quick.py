"""The short way through a function: inputs are Python's numbers or numpy's arrays of doubles, and nothing rests on a
convention, is absent or nan.

What a call costs beside its arithmetic is then that of making the result. Where something else comes up, the function's
own way answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from exprgrad.diagnostics import ExprError
from exprgrad.numbers.arithmetic import has_gaps, is_nan, owned, to_python
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.numbers.scalars import is_array
from exprgrad.outcomes import Derivative, Outcome
from exprgrad.program.program import OutputKey
from exprgrad.result import Result

if TYPE_CHECKING:
    from exprgrad.static.defining import StaticTask


def _is_doubles(x: Any) -> bool:
    """Whether x is an array of numpy's doubles, without structural zeros among them."""
    return is_array(x) and type(x).__name__ == "ndarray" and x.dtype == float


# So often may it compute in vain: who meets nan again and again is not to wait twice.
MOST_MISSES: Final = 3


class Quick:
    """Values and derivatives of a task for inputs of the shapes that it was compiled for. Results are numbers."""

    def __init__(self, task: StaticTask, keys: Sequence[OutputKey]) -> None:
        self._inputs = [(name, x.shape) for name, x in task.inputs.items()]
        self._run = task.interpreter(False).run
        self._misses = 0
        places = {key: i for i, key in enumerate(task.nodes)}
        # For each result its name, the place of its value, and for each derivative what it is by and its place.
        self._results: dict[str, tuple[int, list[tuple[tuple[str, ...], int]]]] = {}
        for name, multi in keys:
            if not multi:
                self._results[name] = places[name, ()], []
            else:
                self._results[name][1].append((task.task.by(multi), places[name, multi]))

    @classmethod
    def of(cls, task: StaticTask, keys: Sequence[OutputKey]) -> Quick | None:
        """The short way of a task; None where it has none."""
        plain = task.task.direction is None and not task.task.full_jacobian
        numbers = all([task.nodes[name, ()].shape == () for name in task.task.results])
        reached = all([key in task.nodes for key in keys]) and not (task.notes or any(task.visited.values()))
        return cls(task, keys) if plain and numbers and reached else None

    def __call__(self, values: Mapping[str, Any]) -> Result | None:
        """The result; None where it is to be found the function's own way."""
        given: list[Any] = []
        inputs: dict[str, Any] = {}
        number = FLOAT64.number
        arrays = False
        x: Any
        for name, shape in self._inputs:
            x = values.get(name)
            if type(x) is int and -(2**53) < x < 2**53:
                x = float(x)
            if shape == () and type(x) is float and x == x:  # of a nan there may be something to tell
                given.append(number(x))
            elif _is_doubles(x) and x.shape == shape:
                given.append(x)
                arrays = True
            else:
                return None
            inputs[name] = x
        if len(values) != len(given) or self._misses > MOST_MISSES:
            return None
        try:
            found = self._run(given)
        except (ExprError, MemoryError):
            self._misses += 1
            return None  # which is told with its place
        shown: list[Any] = []
        for value in owned(found, given) if arrays else found:
            if has_gaps(value) or is_nan(value):
                self._misses += 1
                return None
            shown.append(to_python(value))
        outcomes = [
            Outcome(name, shown[at], tuple([Derivative(by, shown[i], (), len(by)) for by, i in derivatives]))
            for name, (at, derivatives) in self._results.items()
        ]
        return Result(inputs, tuple(outcomes))
