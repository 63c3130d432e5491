"""A program of rows in rounded arithmetic: row by row, the same bytes on every machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from exprgrad.batch.planning import kink_of
from exprgrad.derivatives import OutputKey, Task, before, keys
from exprgrad.diagnostics import EvaluationError
from exprgrad.numbers.arithmetic import is_nan, to_python
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.structural import Shape
from exprgrad.program.compilation import assemble
from exprgrad.run.engine import Stopped
from exprgrad.run.interpreter import Interpreter
from exprgrad.run.row_plan import is_column
from exprgrad.static.defining import StaticTask


class RoundedRows:
    """A task for inputs of these shapes: each row is a run of its own. It also runs what computes arrays on the way.

    Raises an EvaluationError where a result or a derivative is an array. Threads may share it.
    """

    def __init__(self, task: Task, shapes: Sequence[Shape]) -> None:
        graph = StaticTask(task, shapes)
        self.keys: list[OutputKey] = keys(task)
        for name in task.results:
            shape = graph.nodes[name, ()].shape
            if shape != ():
                raise EvaluationError(
                    f"{name} has shape {shape} in each row",
                    task.names.assigned.get(name),
                    hint="rows hold numbers: name the elements, as in c0 = c[0]",
                )
        found = [key for key in self.keys if key in graph.nodes]
        for name, multi in found:
            shape = graph.nodes[name, multi].shape
            if shape != ():
                array = next(x for x, own in zip(task.names.inputs, shapes, strict=True) if own and x in task.by(multi))
                raise EvaluationError(
                    f"the derivative of {name} by {array} has shape {shape} in each row",
                    task.names.inputs[array],
                    hint=f"rows hold numbers: leave {array} out of wrt=, or give its elements a name each",
                )
        self._places = {key: i for i, key in enumerate(found)}
        nodes = [graph.nodes[key] for key in found]
        kink = kink_of(graph, nodes)
        # Whether there is one more output, which is above 0 in the rows that hit a kink.
        self.has_kinks = kink is not None
        program = assemble([*nodes, *([] if kink is None else [kink])], list(graph.inputs.values()))
        self._interpreter = Interpreter(program)
        # Whether no value on the way is an array.
        self.numbers_alone = all(i.shape == () for i in program.instructions())

    def run(self, inputs: Sequence[Any], outputs: Sequence[Any], start: int, end: int) -> None:
        """Computes the rows from `start` to `end`. `inputs` are arrays of doubles for the columns, and for the others
        floats or rounded arrays; `outputs` an array for each of `keys`, and one for the kinks. Raises Stopped."""
        number = FLOAT64.number
        fixed = [None if is_column(x) else x if is_array(x) else number(x) for x in inputs]
        for row in range(start, end):
            given = [number(float(x[row])) if value is None else value for x, value in zip(inputs, fixed, strict=True)]
            try:
                values = self._interpreter.run(given)
            except EvaluationError as problem:
                raise Stopped(row, row + 1, problem) from None
            done: dict[OutputKey, Any] = {}
            if self.has_kinks:
                outputs[-1][row] = float(values[-1])
            for key, out in zip(self.keys, outputs, strict=False):
                place = self._places.get(key)
                value = ZERO if place is None else values[place]
                if value is ZERO:
                    value = math.nan if any([is_nan(done[earlier]) for earlier in before(key)]) else 0.0
                done[key] = value
                out[row] = to_python(value)
