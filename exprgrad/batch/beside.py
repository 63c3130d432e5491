"""Rows that hit a kink: their derivatives are those beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from exprgrad.derivatives import Computed, OutputKey, Task
from exprgrad.diagnostics import Note
from exprgrad.kinks.settle import settled
from exprgrad.lowering.compile_time import array_function
from exprgrad.numbers.arrays import rounded
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.numbers.scalars import is_array
from exprgrad.run.engine import Beside
from exprgrad.run.row_plan import is_column
from exprgrad.syntax.plan import Assign, plan
from exprgrad.syntax.tree import Derivatives


def beside(task: Task, numbers_alone: bool, *, exact: bool = False) -> Beside:
    """What gives the derivatives of a task in rows that hit a kink, from what the convention gives there; `exact` in
    rounded arithmetic. Where nothing is an array (`numbers_alone`) it is for all rows at once if it can be."""
    together = numbers_alone and _is_elementwise(task)

    def found(inputs: Sequence[Any], values: Mapping[OutputKey, Any]) -> Mapping[OutputKey, Any]:
        names = task.names.inputs
        if together and not any(is_array(x) and not is_column(x) for x in inputs):
            rows = len(next(iter(values.values())))
            columns = {n: x if is_column(x) else np.full(rows, x) for n, x in zip(names, inputs, strict=True)}
            if exact:
                columns = {name: rounded(x) for name, x in columns.items()}
            return _settled(task, columns, dict(values), by_rows=True)
        out: dict[OutputKey, list[float]] = {key: [] for key in values}
        for row in range(len(next(iter(values.values())))):
            given = {
                n: FLOAT64.number(float(x[row])) if is_column(x) else x if is_array(x) else FLOAT64.number(x)
                for n, x in zip(names, inputs, strict=True)
            }
            here = {key: FLOAT64.number(float(x[row])) for key, x in values.items()}
            for key, number in _settled(task, given, here, by_rows=False).items():
                out[key].append(float(number))
        return out

    return found


def _settled(
    task: Task, numbers: Mapping[str, Any], values: dict[OutputKey, Any], *, by_rows: bool
) -> Mapping[OutputKey, Any]:
    kinks: dict[str, list[Note]] = {name: [] for name in task.results}
    return settled(task, numbers, Computed(values, [], kinks=kinks), by_rows=by_rows).values


def _is_elementwise(task: Task) -> bool:
    """Whether a program of numbers means the same row by row when its numbers are columns: each statement gives a name
    a value, and nothing is a function of arrays. A condition chooses lane by lane."""
    names = task.names
    return (
        all(isinstance(step, Assign) for step in plan(names, task.results))
        and not any(isinstance(diff, Derivatives) for diff in names.diffs)
        and not any(array_function(call) for call in names.calls)
    )
