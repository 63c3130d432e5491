"""An engine that runs: columns in, columns out, on several threads, past rows that cannot be computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from typing import Any, Final, Protocol

import numpy as np

from exprgrad.diagnostics import ExprError
from exprgrad.numbers.scalars import is_array
from exprgrad.program.program import OutputKey
from exprgrad.records import NamedTuple
from exprgrad.run.row_plan import Wanted, in_rows
from exprgrad.run.threads import spread

# From so many rows on a thread is worth its start.
_SPLIT: Final = 50_000
# So many rows at kinks are computed again at once.
_AT_KINKS: Final = 10_000

# Is told of a row that cannot be computed, counted from 0, and why.
Troubled = Callable[[int, ExprError], None]


def refused(row: int, problem: ExprError) -> None:
    """Raises the error of a row, whose message begins with the number of the row, from 1."""
    problem.message = f"row {row + 1:,}: {problem.message}"
    raise problem


class Stopped(Exception):
    """Some of the rows from `first` to `last` have a problem: `rows`, where it is known which. Those before them are
    done."""

    def __init__(self, first: int, last: int, problem: ExprError, rows: Sequence[int] = ()) -> None:
        super().__init__(first, last, problem, rows)
        self.first = first
        self.last = last
        self.problem = problem
        self.rows = rows if last - first > 1 else (first,)

    def moved(self, by: int) -> Stopped:
        """The same for rows with other numbers."""
        return Stopped(self.first + by, self.last + by, self.problem, [row + by for row in self.rows])

    def parts(self) -> Iterator[tuple[int, int, bool]]:
        """The rows in order, in parts, and whether a part is one row that has the problem."""
        begin = self.first
        for row in self.rows:
            if begin < row:
                yield begin, row, False
            yield row, row + 1, True
            begin = row + 1
        if begin < self.last:
            yield begin, self.last, False


class Runs(Protocol):
    """Computes the rows from `start` to `end`. Raises Stopped."""

    def __call__(self, inputs: Sequence[Any], outputs: Sequence[Any], start: int, end: int) -> None: ...


# For the inputs in some rows, and what was found there by the keys of outputs, what takes its place in those rows.
Beside = Callable[[Sequence[Any], Mapping[OutputKey, Any]], Mapping[OutputKey, Any]]


class Kinks(NamedTuple):
    """The place among the arrays of an engine of one that is above 0 in the rows that hit a kink, and what gives the
    derivatives beside it."""

    place: int
    beside: Beside


class Engine(NamedTuple):
    """An engine that was chosen for some inputs. `memory` gives the arrays for so many rows that `runs` fills; the
    `outputs` come from those and from the inputs."""

    name: str
    runs: Runs
    memory: Callable[[int], list[Any]]
    outputs: Sequence[Wanted]
    unit: int
    kinks: Kinks | None = None

    def run(
        self, inputs: Sequence[Any], rows: int, troubled: Troubled = refused, threads: int = 1
    ) -> dict[OutputKey, Any]:
        """The outputs of `rows` rows by their keys, as arrays.

        `inputs` are in the order of the task's: contiguous arrays of doubles, and what all rows share, floats or
        rounded arrays. `troubled` is told of rows that cannot be computed, and raises unless their outputs are to be
        nan. An output that is an input is that array; it and what stands in several places are read-only.
        """
        stored = self.memory(rows)
        threads = max(1, min(threads, rows // _SPLIT))
        size = max(1, -(-rows // (threads * self.unit))) * self.unit
        spread(
            lambda start: self._run_part(inputs, stored, start, min(start + size, rows), troubled),
            range(0, rows, size),
            threads,
        )
        places = [place for _, _, place in self.outputs if place is not None]
        for place in set(places):
            if places.count(place) > 1:
                stored[place].flags.writeable = False
        found = {
            key: stored[place] if place is not None else _column(inputs[source or 0], rows)
            for key, source, place in self.outputs
        }
        if self.kinks is not None:
            self._beside(self.kinks, np.flatnonzero(stored[self.kinks.place] > 0), inputs, found)
        return found

    @staticmethod
    def _beside(kinks: Kinks, rows: Any, inputs: Sequence[Any], found: dict[OutputKey, Any]) -> None:
        """Puts the derivatives beside the kinks into the rows that hit one."""
        for first in range(0, len(rows), _AT_KINKS):
            some = rows[first : first + _AT_KINKS]
            given = in_rows(inputs, some)
            for key, numbers in kinks.beside(given, {key: x[some] for key, x in found.items()}).items():
                if not found[key].flags.writeable:  # it is an input, or stands in several places
                    found[key] = found[key].copy()
                found[key][some] = numbers

    def _run_part(self, inputs: Sequence[Any], stored: Sequence[Any], start: int, end: int, troubled: Troubled) -> None:
        """Runs rows, in their order where some have problems; where it is not known which, halves are run."""
        # Parts of the rows, the first one last, with the problem of a row that is known to have one.
        stack: list[tuple[int, int, ExprError | None]] = [(start, end, None)]
        while stack:
            first, last, problem = stack.pop()
            if problem is not None:
                troubled(first, problem)
                for out in stored:
                    out[first] = np.nan
                continue
            try:
                self.runs(inputs, stored, first, last)
            except Stopped as stopped:
                parts = [(a, b, copy(stopped.problem) if bad else None) for a, b, bad in stopped.parts()]
                if parts == [(first, last, None)]:
                    middle = (first + last) // 2
                    parts = [(first, middle, None), (middle, last, None)]
                stack += reversed([*parts, *([(stopped.last, last, None)] if stopped.last < last else [])])


def _column(x: Any, rows: int) -> Any:
    """An input as an output."""
    if not is_array(x):
        return np.full(rows, x)
    view = x.view()
    view.flags.writeable = False
    return view
