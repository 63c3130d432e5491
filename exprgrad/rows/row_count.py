"""Rows counted while blocks of them come in order: for messages, for a progress display, and for the end."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

from exprgrad.diagnostics import ExprError
from exprgrad.records import NamedTuple
from exprgrad.rows.contract import Progress, Summary
from exprgrad.rows.locations import AtRow
from exprgrad.rows.sources import Source
from exprgrad.rows.stream import Table

# Progress is told as often as an eye can follow, in seconds.
TOLD: Final = 0.2


class DoneBlock(NamedTuple):
    """What became of a block: the file that it is from, its bytes and lines if it is text, its rows, what is to be
    done with them, and what is wrong. Then the rows and the result are those before it, of which there are some."""

    table: int
    size: int
    lines: int
    rows: int
    bad: int
    nulls: int
    result: Any
    problem: AtRow | None = None


class RowCount:
    """Counts rows as blocks come in order: which row of which file comes next, and how far it all is."""

    def __init__(self, found: Sequence[Source], tables: Sequence[Table], progress: Progress | None) -> None:
        self.rows = self._bad = self._nulls = self._lines = self._astray = 0
        self._first_astray = ""
        self._found = found
        self._progress = progress
        self._told = time.monotonic()
        # How many rows come before each file that has begun.
        self._before = [0]
        self._total = _sum([table.rows for table in tables])
        self._bytes = _sum([table.size for table in tables])
        self._read = 0

    def of(self, results: Iterator[DoneBlock]) -> Generator[DoneBlock]:
        """The results, counted. Raises what is wrong with one."""
        try:
            for done in results:
                self._begin(done.table)
                failure = None if done.problem is None else self._failure(done.problem)
                self.rows += done.rows
                self._read += done.size
                self._lines += done.lines
                self._bad += done.bad
                self._nulls += done.nulls
                yield done
                if failure is not None:
                    raise failure
                self._tell()
        except AtRow as problem:  # with the first row of a block, or what comes after the last whole one
            self._begin(problem.table)
            raise self._failure(problem) from None
        self._tell(last=True)

    def _failure(self, problem: AtRow) -> ExprError:
        """The error about a row of the block that comes next."""
        return problem.error(self._found[problem.table], self.rows - self._before[problem.table], self._lines)

    def _begin(self, table: int) -> None:
        while len(self._before) <= table:
            self._before.append(self.rows)
            self._lines = 0

    def error(self, row: int, problem: AtRow) -> ExprError:
        """The error about one of all rows that were counted."""
        problem.offset = 0
        return problem.error(*self._place(row), 0)

    def went_astray(self, rows: Sequence[int]) -> None:
        """Counts rows in which something is not finite, which come in order."""
        if not self._astray:
            source, row = self._place(rows[0])
            self._first_astray = source.place(row)
        self._astray += len(rows)

    def _place(self, row: int) -> tuple[Source, int]:
        """The file that one of all rows is from, and which row it is there."""
        file = bisect_right(self._before, row) - 1
        return self._found[file], row - self._before[file]

    def _tell(self, last: bool = False) -> None:
        now = time.monotonic()
        if self._progress is not None and (last or now - self._told >= TOLD):
            self._told = now
            self._progress(self.rows, self.rows if last else self._expected())

    def _expected(self) -> int | None:
        """How many rows there are: in files of text, about as many as their bytes make likely."""
        if self._total is None and self._bytes and self._read:
            return max(self.rows, round(self.rows * self._bytes / self._read))
        return self._total

    def summary(self, *, skip: bool) -> Summary:
        """What was counted; bad rows were skipped, or else nulled."""
        bad = (self._bad, 0) if skip else (0, self._bad)
        return Summary(self.rows, *bad, self._nulls, self._astray, self._first_astray)


def _sum(counts: Sequence[int | None]) -> int | None:
    """The sum, if all are known."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
