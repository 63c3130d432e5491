"""A compiled function over rows: columns in, columns out, by one of three engines."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

import numpy as np

from exprgrad.derivatives import Key, Task
from exprgrad.diagnostics import EvaluationError, ExprError, UnsupportedError, UsageError
from exprgrad.engines.memory import Pool
from exprgrad.engines.native import Native
from exprgrad.engines.plan import Plan, keys
from exprgrad.engines.rounded import RoundedRows
from exprgrad.engines.vectors import BLOCK, Vectors
from exprgrad.numbers.arithmetic import is_array
from exprgrad.ops.structural import shape_of

ENGINES: Final = ("auto", "numpy", "native", "rounded")
# What `auto` reckons with, in nanoseconds: numpy's time for an operation on an element, and LLVM's for a program and
# for each of its operations.
_NUMPY: Final = 1.5
_COMPILE: Final = 15e6
_COMPILE_EACH: Final = 0.4e6
# From so many bytes of results on they pass by the cache, which could not hold them.
_STREAM: Final = 8_000_000
# From so many rows on a thread is worth its start.
_SPLIT: Final = 50_000
# Threads get multiples of so many rows, so that each begins where a cache line does.
_UNIT: Final = 512


class Columns(NamedTuple):
    """What rows gave: an array for each output in order, by its key."""

    values: dict[Key, Any]
    engine: str


class RowEngine:
    """Runs a task for rows. Threads may share it.

    `engine` is one of ENGINES; "auto" takes machine code where llvmlite is installed and the rows are worth it, else
    numpy, and rounded arithmetic for programs that only that can run.
    """

    def __init__(self, task: Task, engine: str = "auto", threads: int | None = None) -> None:
        if engine not in ENGINES:
            raise UsageError(f"unknown row engine {engine!r}", hint=f"write one of {', '.join(ENGINES)}")
        self.keys: list[Key] = keys(task)
        self._task = task
        self._asked = engine
        self._threads = len(os.sched_getaffinity(0)) if threads is None else threads
        self._plan: Plan | None = None
        self._vectors: Vectors | None = None
        self._native: dict[tuple[bool, ...], Native] = {}
        self._rounded: dict[tuple[Any, ...], RoundedRows] = {}
        self._pool = Pool()
        self._fast = engine == "auto" and find_spec("llvmlite") is not None
        self._spent = 0.0
        if engine == "native":
            from exprgrad.engines.machine import llvm

            llvm()
        if engine != "rounded":
            self._make_plan()

    def _make_plan(self) -> None:
        try:
            self._plan = Plan(self._task)
        except UnsupportedError:
            if self._asked != "auto":
                raise
            return
        self._vectors = Vectors(self._plan)

    def run(
        self, inputs: Sequence[Any], rows: int, troubled: Callable[[int, ExprError], None] | None = None
    ) -> Columns:
        """The outputs for `rows` rows. `inputs` are in the order of the task's: contiguous arrays of doubles, or a
        float, or a rounded array, that all rows share.

        A row that cannot be computed raises its error, whose message begins with the number of the row, from 1; with
        `troubled` that is told instead, counted from 0, and the row's outputs are nan.
        """
        columns = tuple(is_array(x) and x.dtype != object for x in inputs)
        shared = all(column or not is_array(x) for x, column in zip(inputs, columns, strict=True))
        if self._plan is None or not shared:
            return self._run_rounded(inputs, columns, rows, troubled)
        native = self._chosen(columns, rows)
        plan = self._plan
        streams = native is not None and len(plan.stored) * rows * 8 >= _STREAM
        count = len(plan.stored)
        stored = [self._pool.take(rows) for _ in range(count)] if streams else list(np.empty((count, rows)))
        if native is None:
            assert self._vectors is not None
            engine, name, unit = self._vectors.run, "numpy", BLOCK
        else:
            native.compile(streams)
            code = native

            def engine(inputs: Sequence[Any], outputs: Sequence[Any], start: int, end: int) -> None:
                code.run(inputs, outputs, start, end, streams and start % 8 == 0)

            name, unit = "native", _UNIT
        self._spread(engine, inputs, stored, rows, unit, troubled)
        values = {
            out.key: _filled(inputs[out.input], rows) if out.input is not None else stored[out.stored or 0]
            for out in plan.outputs
        }
        return Columns(values, name)

    def _chosen(self, columns: tuple[bool, ...], rows: int) -> Native | None:
        """Machine code, if it is asked for or worth its compilation."""
        found = self._native.get(columns)
        if found is None and self._asked != "numpy":
            assert self._plan is not None
            if self._asked == "auto":
                if not self._fast:
                    return None
                saved = _NUMPY * self._plan.operations * rows
                self._spent += saved
                cost = _COMPILE + _COMPILE_EACH * self._plan.operations
                if saved < cost and self._spent < 3 * cost:
                    return None
            found = self._native[columns] = Native(self._plan, columns)
        return found

    def _run_rounded(
        self,
        inputs: Sequence[Any],
        columns: Sequence[bool],
        rows: int,
        troubled: Callable[[int, ExprError], None] | None,
    ) -> Columns:
        if self._asked not in ("auto", "rounded"):
            raise UsageError(f"the {self._asked} engine computes with numbers alone", hint="take rounded")
        shapes = tuple([() if column else shape_of(x) for x, column in zip(inputs, columns, strict=True)])
        engine = self._rounded.get(shapes)
        if engine is None:
            engine = self._rounded[shapes] = RoundedRows(self._task, shapes)
        values = [np.empty(rows) for _ in engine.keys]
        _run_all(engine.run, inputs, values, 0, rows, troubled)
        return Columns(dict(zip(engine.keys, values, strict=True)), "rounded")

    def _spread(
        self,
        engine: Callable[..., None],
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        rows: int,
        unit: int,
        troubled: Callable[[int, ExprError], None] | None,
    ) -> None:
        """Runs the rows on as many threads as are worth it."""
        threads = min(self._threads, rows // _SPLIT)
        if threads < 2:
            _run_all(engine, inputs, outputs, 0, rows, troubled)
            return
        size = -(-rows // (threads * unit)) * unit
        with ThreadPoolExecutor(threads) as pool:
            parts = [
                pool.submit(_run_all, engine, inputs, outputs, start, min(start + size, rows), troubled)
                for start in range(0, rows, size)
            ]
            for part in parts:
                part.result()


def _run_all(
    engine: Callable[..., None],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    start: int,
    end: int,
    troubled: Callable[[int, ExprError], None] | None,
) -> None:
    """Runs rows; where one has an error, that is found by halving."""
    stack = [(start, end)]
    while stack:
        first, last = stack.pop()
        try:
            engine(inputs, outputs, first, last)
        except EvaluationError as problem:
            if last - first > 1:
                middle = (first + last) // 2
                stack += [(middle, last), (first, middle)]
                continue
            if troubled is None:
                problem.message = f"row {first + 1}: {problem.message}"
                raise
            troubled(first, problem)
            for out in outputs:
                out[first] = np.nan


def _filled(x: Any, rows: int) -> Any:
    """An input as an output: a column as it is, which nobody may write to, or a number in each row."""
    if not is_array(x):
        return np.full(rows, x)
    view = x.view()
    view.flags.writeable = False
    return view
