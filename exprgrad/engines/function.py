"""A compiled function over columns, as Python calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from exprgrad.derivatives import Task, multi_indices
from exprgrad.diagnostics import ExprError, UsageError
from exprgrad.engines.rows import RowEngine
from exprgrad.numbers.arithmetic import is_array, to_python
from exprgrad.result import Derivative, Outcome, Result


class RowFunction:
    """A compiled function that takes columns: each row is one evaluation of its own, with derivatives of its own.

    Call it with a column or a number for each input: one-dimensional arrays, or arrays of any one shape, of numpy,
    Arrow or Polars, or lists; contiguous doubles are not copied. A table (a mapping, a data frame) may be given first,
    whose columns stand for the inputs of their names that are not given. The values and derivatives of the `Result` are
    arrays in the shape of the columns; one that is a column unchanged is that column, read-only. A null is nan.

    Raises an ExprError for missing or unknown names, for columns that do not fit, and for a row that cannot be
    computed, such as one whose condition is nan. Threads may share it.
    """

    def __init__(
        self,
        text: str,
        inputs: tuple[str, ...],
        wrt: tuple[str, ...],
        task: Task,
        check_names: Callable[[Mapping[str, Any]], None],
        engine: str,
        threads: int | None,
    ) -> None:
        self.text = text
        self.inputs = inputs
        self._wrt = wrt
        self._task = task
        self._check_names = check_names
        self._engine = RowEngine(task, engine, threads)

    def __repr__(self) -> str:
        return f"<exprgrad row function ({', '.join(self.inputs)}) -> {', '.join(self._task.results)}>"

    def __call__(self, table: Any = None, /, **values: Any) -> Result:
        """The value and derivatives in each row."""
        try:
            given = {name: values[name] if name in values else table[name] for name in self._known(table, values)}
            self._check_names(values | given)
            columns, shape = _columns({name: given[name] for name in self.inputs})
            rows = int(np.prod(shape)) if shape is not None else 1
            found = self._engine.run(list(columns.values()), rows)
        except ExprError as problem:
            problem.source = problem.source or self.text
            raise

        def shown(name: str, multi: tuple[int, ...]) -> Any:
            x = found.values[name, multi]
            return float(x[0]) if shape is None else x.reshape(shape)

        outcomes = []
        for name in self._task.results:
            derivatives: list[Derivative] = []
            if (direction := self._task.direction) is not None:
                along = tuple((name, to_python(tangent)) for name, tangent in direction)
                for order in range(1, self._task.max_order + 1):
                    derivatives.append(Derivative((), shown(name, (0,) * order), along, order))
            for multi in multi_indices(len(self._wrt), self._task.max_order):
                by = tuple(self._wrt[i] for i in multi)
                derivatives.append(Derivative(by, shown(name, multi), (), len(multi)))
            outcomes.append(Outcome(name, shown(name, ()), tuple(derivatives)))
        return Result(given, tuple(outcomes))

    def _known(self, table: Any, values: Mapping[str, Any]) -> list[str]:
        """The inputs that have a value, or a column in the table."""
        if table is None:
            return [name for name in self.inputs if name in values]
        names = getattr(table, "columns", None) if not isinstance(table, Mapping) else table.keys()
        if names is None or not hasattr(table, "__getitem__"):
            raise UsageError(
                f"a table has columns by their names, found {type(table).__name__}", hint="f.rows()(x=..., y=...)"
            )
        held = getattr(table, "column_names", None) or list(names)  # Arrow's `columns` are the arrays
        return [name for name in self.inputs if name in values or name in held]


def _columns(given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[int, ...] | None]:
    """The values as contiguous columns or floats, and the shape of the columns, None if there is none."""
    found = {name: _numbers(name, x) for name, x in given.items()}
    shapes = {name: x.shape for name, x in found.items() if is_array(x)}
    names = list(shapes)
    for name in names[1:]:
        if shapes[name] != shapes[names[0]]:
            a, b = (
                f"{n} has {shapes[n][0]:,} rows" if len(shapes[n]) == 1 else f"{n} has shape {shapes[n]}"
                for n in (names[0], name)
            )
            raise UsageError(f"{a}, {b}", hint="columns of one table have one length")
    shape = shapes[names[0]] if names else None
    return {name: x.reshape(-1) if is_array(x) else x for name, x in found.items()}, shape


def _numbers(name: str, x: Any) -> Any:
    """A column as contiguous doubles, or what has no axis as a float."""
    if isinstance(x, bool | int | float):
        return float(x)
    try:
        array = np.asarray(x)
    except (ValueError, TypeError):
        raise UsageError(f"{name} is no column of numbers", hint="give an array, a series or a number") from None
    if isinstance(x, np.ma.MaskedArray) or array.dtype.kind not in "fiub":
        what = "masked" if isinstance(x, np.ma.MaskedArray) else f"of {array.dtype}, not of numbers"
        raise UsageError(f"the column {name} is {what}", hint="make it an array of doubles")
    if not array.ndim:
        return float(array)
    return np.ascontiguousarray(array, dtype=np.float64)
