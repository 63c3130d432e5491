"""A program of rows in rounded arithmetic as machine code, and by MPFR what that leaves over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from exprgrad.batch.rounded import RoundedRows
from exprgrad.numbers.lanes.decisions import Checks
from exprgrad.run.engine import Stopped
from exprgrad.run.environment import ABOVE, BELOW
from exprgrad.run.machine import machine
from exprgrad.run.native import Native
from exprgrad.run.row_plan import RowPlan, functions, in_rows

# What is reckoned with, in seconds: LLVM's time to be loaded, for each operation of a program, and for each that is a
# function or a branch; and MPFR's time for an operation in a row.
_COMPILE: Final = 0.05
_COMPILE_EACH: Final = 0.0003
_COMPILE_FUNCTION: Final = 0.01
_COMPILE_BRANCH: Final = 0.04
_ROW: Final = 2e-6
# From so many rows in blocks with a flag on it is worth a compilation to find those that it is for.
_MANY: Final = 20_000


class Lanes:
    """Machine code for a plan, and the same task row by row, which serves until the code is worth its compilation.
    Threads may share it."""

    def __init__(self, plan: RowPlan, columns: Sequence[bool], exact: RoundedRows) -> None:
        self._checked = Native(plan, columns, checks=Checks.ALL)
        self._below = Native(plan, columns, checks=Checks.BELOW)
        self._flagged = None
        if machine().flags:
            self._flagged = Native(plan, columns, checks=Checks.NONE)
            self._find = Native(plan._replace(stored=()), columns, checks=Checks.FIND)
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
        everything = [*outputs, left]
        while start < end:
            done = following = start
            if self._flagged is None:
                following = end
            else:
                done = self._without_checks(self._flagged, inputs, everything, start, end, streaming)
                following = min(done + self._flagged.block, end)
            # What seems to have a problem may have none: it is asked with checks.
            beside = slice(done, following)
            _run(self._checked, in_rows(inputs, beside), [out[beside] for out in everything])
            for row in map(int, np.flatnonzero(left[start:following])):
                self._exact.run(inputs, ordered, start + row, start + row + 1)
            start, streaming = following, False

    def _without_checks(
        self, code: Native, inputs: Sequence[Any], outputs: Sequence[Any], start: int, end: int, streaming: bool
    ) -> int:
        """Computes rows, those in whose blocks a flag is set once more; gives the row up to which none has a
        problem."""
        flags = np.zeros(-(-(end - start) // code.block), np.uint8)
        try:
            code.run(inputs, outputs, start, end, streaming, flags)
        except Stopped as stopped:
            end = start + (stopped.first - start) // code.block * code.block
        rows, flags = _flagged(code, flags, start, end)
        if len(rows) > _MANY:
            flags = np.empty(len(rows), np.uint8)
            _run(self._find, in_rows(inputs, rows), [flags])
            rows, flags = rows[flags != 0], flags[flags != 0]
        for again, which in ((self._below, flags == BELOW), (self._checked, (flags & ABOVE) != 0)):
            if len(some := rows[which]):
                made = _memory(outputs, len(some))
                _run(again, in_rows(inputs, some), made)
                for out, found in zip(outputs, made, strict=True):
                    out[some] = found
        return end


def _flagged(code: Native, flags: Any, start: int, end: int) -> tuple[Any, Any]:
    """The rows of blocks with a flag, among those from `start` to `end`, and the flags for each."""
    blocks = np.flatnonzero(flags)
    found = np.add.outer(blocks * code.block + start, np.arange(code.block)).reshape(-1)
    found = found[: np.searchsorted(found, end)]
    return found, flags[blocks].repeat(code.block)[: len(found)]


def _run(code: Native, inputs: Sequence[Any], made: Sequence[Any]) -> None:
    """Computes all rows; those that have a problem are left over."""
    left = made[-1]
    start = 0
    while start < len(left):
        try:
            code.run(inputs, made, start, len(left))
            break
        except Stopped as stopped:
            start = stopped.last
            left[stopped.first : start] = 1


def _memory(outputs: Sequence[Any], rows: int) -> list[Any]:
    """Memory for outputs in so many rows."""
    return [np.empty(rows, out.dtype) for out in outputs]


def _worth(plan: RowPlan) -> int:
    """From so many rows on code is worth its compilation."""
    program = plan.program
    operations = sum([not i.chooses for i in program.instructions()])
    cost = _COMPILE + _COMPILE_EACH * operations + _COMPILE_BRANCH * (len(program.guards) - 1)
    cost += _COMPILE_FUNCTION * functions(program)
    return int(cost / (_ROW * (operations + 5)))
