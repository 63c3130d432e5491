"""Which of three engines computes rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Lock
from typing import Any, Final

import numpy as np

from exprgrad import expected
from exprgrad.batch.beside import beside
from exprgrad.batch.lanes import Lanes
from exprgrad.batch.names import ENGINES
from exprgrad.batch.planning import planned
from exprgrad.batch.rounded import RoundedRows
from exprgrad.derivatives import Task
from exprgrad.diagnostics import UnsupportedError
from exprgrad.numbers.arithmetic import is_nan, to_python
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.structural import shape_of
from exprgrad.run import machine
from exprgrad.run.engine import Engine, Kinks, Runs
from exprgrad.run.memory import Pool, lent
from exprgrad.run.native import Native
from exprgrad.run.row_plan import RowPlan, Wanted, is_column
from exprgrad.run.vectors import BLOCK, Vectors

# From so many bytes on the memory of a result is kept and serves again, ...
_LARGE: Final = 1_000_000
# ... so many of them at the most, ...
_KEPT: Final = 256_000_000
# ... and from so many of all results on they pass by the cache, which could not hold them.
_STREAM: Final = 8_000_000
# Threads get multiples of so many rows, so that each begins where a cache line does.
_UNIT: Final = 512


class Chooser:
    """Chooses the engine for a task. Threads may share it.

    `engine` is one of ENGINES; "auto" is rounded arithmetic where llvmlite can be loaded, which makes machine code of
    it, and for programs that only that can run; else numpy. Raises a UsageError for an engine that there is not, and an
    UnsupportedError for a program that it cannot run.
    """

    def __init__(self, task: Task, engine: str = "auto") -> None:
        expected.choice("unknown row engine", engine, ENGINES)
        self._task = task
        self._asked = engine
        self._lock = Lock()
        self._native: dict[tuple[bool, ...], Native] = {}
        self._rounded: dict[tuple[Any, ...], RoundedRows] = {}
        self._as_lanes: dict[tuple[bool, ...], Lanes] = {}
        self._pool = Pool(_KEPT)
        if engine == "native":
            machine.llvm()

    def choose(self, inputs: Sequence[Any]) -> Engine:
        """The engine for these inputs, of whose columns only the type counts."""
        columns = tuple(map(is_column, inputs))
        arrays = any(is_array(x) and not column for x, column in zip(inputs, columns, strict=True))
        if arrays:
            return self._exact(inputs, columns)
        rounds = self._asked == "rounded" or (self._asked == "auto" and machine.has_llvm())
        with self._lock:
            alone = None if rounds else self._numbers_alone
        if alone is None:
            return self._lanes(inputs, columns)
        plan, vectors = alone
        count = len(plan.stored)
        kinks = None if plan.kinked is None else Kinks(plan.kinked, beside(self._task, True))

        if self._asked != "native":
            return Engine("numpy", vectors.run, self._memory(count), plan.outputs, BLOCK, kinks)
        with self._lock:
            code = self._native.get(columns) or self._native.setdefault(columns, Native(plan, columns))
        return Engine("native", _streaming(code.run, count), self._memory(count), plan.outputs, _UNIT, kinks)

    def _memory(self, count: int) -> Callable[[int], list[Any]]:
        """What gives so many arrays for results."""

        def memory(rows: int) -> list[Any]:
            if 8 * rows < _LARGE:
                return list(np.empty((count, rows)))
            return [lent(self._pool, rows) for _ in range(count)]

        return memory

    def _lanes(self, inputs: Sequence[Any], columns: tuple[bool, ...]) -> Engine:
        """The rounded engine, as machine code where that is installed and can be."""
        has_llvm = machine.has_llvm()
        with self._lock:
            plan = self._rounded_plan if has_llvm else None
        if plan is None:
            return self._exact(inputs, columns)
        with self._lock:
            code = self._as_lanes.get(columns)
            if code is None:
                code = self._as_lanes[columns] = Lanes(plan, columns, self._by_row(((),) * len(columns)))
        kinks = None if plan.kinked is None else Kinks(plan.kinked, beside(self._task, True, exact=True))
        count = len(plan.stored)
        return Engine("rounded", _streaming(code.run, count), self._memory(count), plan.outputs, _UNIT, kinks)

    @cached_property
    def _rounded_plan(self) -> RowPlan | None:
        """What machine code computes in rounded arithmetic, None where it cannot."""
        try:
            plan = planned(self._task, rounded=True)
        except UnsupportedError:  # a value on the way is an array
            return None
        # Constants are doubles, which those need not be that rounded numbers make.
        numbers = [x for x in plan.program.constants if x is not ZERO]
        return plan if all(x == to_python(x) or is_nan(x) for x in numbers) else None

    @cached_property
    def _numbers_alone(self) -> tuple[RowPlan, Vectors] | None:
        """For inputs that are all numbers; None where a value on the way is an array."""
        try:
            plan = planned(self._task)
            return plan, Vectors(plan)
        except UnsupportedError:
            if self._asked != "auto":
                raise
            return None

    def _exact(self, inputs: Sequence[Any], columns: Sequence[bool]) -> Engine:
        if self._asked not in ("auto", "rounded"):
            raise UnsupportedError(
                f"the {self._asked} engine computes with numbers alone, not with arrays", hint="take the engine rounded"
            )
        shapes = tuple([() if column else shape_of(x) for x, column in zip(inputs, columns, strict=True)])
        engine = self._by_row(shapes)
        outputs = [Wanted(key, None, i) for i, key in enumerate(engine.keys)]
        kinks = Kinks(len(outputs), beside(self._task, engine.numbers_alone, exact=True)) if engine.has_kinks else None
        arrays = len(outputs) + engine.has_kinks
        return Engine("rounded", engine.run, lambda rows: list(np.empty((arrays, rows))), outputs, 1, kinks)

    def _by_row(self, shapes: tuple[Any, ...]) -> RoundedRows:
        """What computes row by row for inputs of these shapes."""
        engine = self._rounded.get(shapes)
        if engine is None:
            engine = self._rounded[shapes] = RoundedRows(self._task, shapes)
        return engine


def _streaming(run: Callable[..., Any], count: int) -> Runs:
    """What runs code for so many results."""

    def runs(inputs: Sequence[Any], outputs: Sequence[Any], start: int, end: int) -> None:
        if outputs:  # else all that was asked for is there
            size = 8 * len(outputs[0])  # past the cache, which needs memory from the pool, where there is much
            run(inputs, outputs, start, end, start % 8 == 0 and size >= _LARGE and count * size >= _STREAM)

    return runs
