"""A program of rows in rounded arithmetic as machine code, and by MPFR what that leaves over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from exprgrad.batch.rounded import RoundedRows
from exprgrad.run.codegen import FLAGGED
from exprgrad.run.engine import Stopped
from exprgrad.run.machine import machine
from exprgrad.run.native import Native
from exprgrad.run.row_plan import RowPlan, is_function

# What is reckoned with, in seconds: LLVM's time for a program, for each of its operations, and for each that is a
# function or a branch; and MPFR's time for an operation in a row.
_COMPILE: Final = 0.05
_COMPILE_EACH: Final = 0.004
_COMPILE_FUNCTION: Final = 0.04
_ROW: Final = 2e-6


class Lanes:
    """Machine code for a plan, and the same task row by row, which serves until the code is worth its compilation.
    Threads may share it."""

    def __init__(self, plan: RowPlan, columns: Sequence[bool], exact: RoundedRows) -> None:
        self._checked = Native(plan, columns, rounded="checked")
        self._flagged = Native(plan, columns, rounded="flagged") if machine().flags else None
        self._exact = exact
        self._rows = 0
        self._worth = _worth(plan)
        places = {key: place for key, _, place in plan.outputs}
        # Where the row by row engine puts what it finds; an input is there already.
        self._places = [places[key] for key in exact.keys] + ([plan.kinked] if exact.has_kinks else [])

    def run(self, inputs: Sequence[Any], outputs: Sequence[Any], start: int, end: int, streaming: bool = False) -> None:
        """Computes the rows from `start` to `end`. `inputs` are contiguous arrays of doubles for the columns, and
        floats; `outputs` an array for each stored value of the plan. Raises Stopped."""
        rows = len(outputs[0])
        unused = np.empty(rows) if None in self._places else None
        ordered = [unused if place is None else outputs[place] for place in self._places]
        self._rows += end - start
        if self._rows < self._worth:
            self._exact.run(inputs, ordered, start, end)
            return
        left = np.empty(rows, np.uint8)
        while start < end:
            flags = np.zeros(-(-(end - start) // FLAGGED), np.uint8)
            done = self._without_checks(inputs, [*outputs, left], start, end, streaming, flags)
            position = start
            for block in map(int, np.flatnonzero(flags)):
                if (first := start + block * FLAGGED) < done:
                    self._again(inputs, ordered, left, position, first)
                    position = min(first + FLAGGED, done)
                    self._with_checks(inputs, outputs, left, ordered, first, position)
            self._again(inputs, ordered, left, position, done)
            start, streaming = (end if self._flagged is None else min(done + FLAGGED, end)), False
            self._with_checks(inputs, outputs, left, ordered, done, start)

    def _without_checks(
        self, inputs: Sequence[Any], outputs: Sequence[Any], start: int, end: int, streaming: bool, flags: Any
    ) -> int:
        """Computes rows, and says in `flags` in which of them numbers may have left the range; gives the row up to
        which none has a problem."""
        if self._flagged is None:
            return start
        try:
            self._flagged.run(inputs, outputs, start, end, streaming, flags)
        except Stopped as stopped:
            return start + (stopped.first - start) // FLAGGED * FLAGGED
        return end

    def _with_checks(
        self, inputs: Sequence[Any], outputs: Sequence[Any], left: Any, ordered: Sequence[Any], start: int, end: int
    ) -> None:
        while start < end:
            done = following = end
            try:
                self._checked.run(inputs, [*outputs, left], start, end)
            except Stopped as stopped:  # what rows seem to have that are left over need be no problem of theirs
                done, following = stopped.first, stopped.last
            self._again(inputs, ordered, left, start, done)
            self._exact.run(inputs, ordered, done, following)
            start = following

    def _again(self, inputs: Sequence[Any], ordered: Sequence[Any], left: Any, start: int, end: int) -> None:
        """Computes the rows that are left over."""
        for row in map(int, np.flatnonzero(left[start:end])):
            self._exact.run(inputs, ordered, start + row, start + row + 1)


def _worth(plan: RowPlan) -> int:
    """From so many rows on code is worth its compilation."""
    operations = [i.operation for i in plan.program.instructions() if not i.chooses]
    functions = sum(map(is_function, operations))
    branches = len(plan.program.guards) - 1
    cost = _COMPILE + _COMPILE_EACH * len(operations) + _COMPILE_FUNCTION * (functions + 2 * branches)
    return int(cost / (_ROW * (len(operations) + 5)))
