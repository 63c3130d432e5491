"""Files of rows in, a file of rows out, or blocks for a reduction: the two things that are done with rows."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exprgrad.diagnostics import UsageError
from exprgrad.rows.chunks import Chunk
from exprgrad.rows.columnar import Columnar
from exprgrad.rows.columns import Plan, check_same, check_writable, plan
from exprgrad.rows.contract import BAD_ROWS, BadRows, Consume, Evaluate, Progress, Summary
from exprgrad.rows.delimited import Delimited
from exprgrad.rows.formats import NAMES, Format, format_of
from exprgrad.rows.ndjson import Ndjson
from exprgrad.rows.output import STANDARD_OUTPUT, output
from exprgrad.rows.places import AtRow
from exprgrad.rows.recut import Recut
from exprgrad.rows.shapes import Shape
from exprgrad.rows.sources import Source, ready, sources
from exprgrad.rows.stream import Cells, Table, cells, in_order, spread, tried

# Progress is told as often as an eye can follow, in seconds.
_TOLD: Final = 0.2


class _Piece(NamedTuple):
    table: int
    data: Any


class _Done(NamedTuple):
    """What became of a piece: its rows, what is to be done with them, or what is wrong."""

    table: int
    size: int
    lines: int
    rows: int
    bad: int
    nulls: int
    result: Any
    problem: AtRow | None = None


def transform(
    names: Sequence[str],
    target: str | None,
    evaluate: Evaluate,
    *,
    keep: Sequence[str] | None = None,
    on_bad_row: BadRows = "error",
    output_format: str | None = None,
    progress: Progress | None = None,
) -> Summary:
    """What `exprgrad.rows.transform` does."""
    _check_mode(on_bad_row)
    found = sources(names)
    format = _output_format(found[0].format, target, output_format)
    with ExitStack() as stack:
        tables = _opened(found, stack)
        first = tables[0]
        planned = _planned(found, tables, evaluate.columns, evaluate.outputs, keep)
        shape = Shape(found[0].format, format, planned, keep is None)
        schema = first.schema if first.schema else dict.fromkeys(planned.kept, pl.String())
        check_writable({name: schema[name] for name in planned.kept}, format)
        with output(target, format, shape.schema(schema)) as writer:

            def work(piece: _Piece) -> _Done:
                table = tables[piece.table]
                rows = 0
                try:
                    block = table.frame(piece.data, shape.read, shape.floats)
                    rows = len(block)
                    read = cells(block, planned.used, on_bad_row)
                    made, valid = tried(evaluate, read, on_bad_row)
                    written = writer.prepared(_written(shape, block, read, made, valid, on_bad_row))
                    return _Done(piece.table, *_extent(piece), rows, int(read.bad.sum()), int(read.null.sum()), written)
                except AtRow as problem:
                    return _Done(piece.table, *_extent(piece), rows, 0, 0, None, _with_line(problem, table, piece.data))

            count = _Count(found, tables, progress)
            with closing(count.of(in_order(_pieces(tables, shape.read), work, partial(ready, found[-1])))) as results:
                for done in results:
                    writer.write(done.result)
    return count.summary(skip=on_bad_row == "skip")


def reduce_rows(
    names: Sequence[str],
    columns: Sequence[str],
    consume: Consume,
    *,
    size: int = 1 << 16,
    on_bad_row: BadRows = "error",
    progress: Progress | None = None,
) -> Summary:
    """What `exprgrad.rows.reduce_rows` does."""
    _check_mode(on_bad_row)
    found = sources(names)
    with ExitStack() as stack:
        tables = _opened(found, stack)
        planned = _planned(found, tables, columns, (), ())

        def work(piece: _Piece) -> _Done:
            table = tables[piece.table]
            rows = 0
            try:
                block = table.frame(piece.data, planned.used, planned.used)
                rows = len(block)
                read = cells(block, planned.used, on_bad_row)
                valid = ~(read.bad | read.null)
                result = read.arrays(valid), np.flatnonzero(valid)
                return _Done(piece.table, *_extent(piece), rows, int(read.bad.sum()), int(read.null.sum()), result)
            except AtRow as problem:
                return _Done(piece.table, *_extent(piece), rows, 0, 0, None, _with_line(problem, table, piece.data))

        count = _Count(found, tables, progress)
        recut = Recut(size)
        refused = 0

        def take(block: Sequence[NDArray[Any]]) -> None:
            nonlocal refused
            *arrays, places = block
            series = {str(i): pl.Series(array) for i, array in enumerate(arrays)}
            none = np.zeros(len(places), np.bool_)
            read = Cells(series, none, none.copy())
            try:
                tried(consume, read, on_bad_row)
            except AtRow as problem:
                raise count.error(int(places[problem.offset]), problem) from None
            refused += int(read.bad.sum())

        with closing(count.of(in_order(_pieces(tables, planned.used), work, partial(ready, found[-1])))) as results:
            for done in results:
                arrays, offsets = done.result
                for block in recut.add([*arrays, offsets + (count.rows - done.rows)]):
                    take(block)
        for block in recut.rest():
            take(block)
    summary = count.summary(skip=True)
    return summary._replace(skipped=summary.skipped + refused)


def _check_mode(on_bad_row: str) -> None:
    if on_bad_row not in BAD_ROWS:
        raise UsageError(f"on_bad_row is {on_bad_row!r}", hint=f"it is one of {', '.join(BAD_ROWS)}")


def _output_format(source: Format, target: str | None, asked: str | None) -> Format:
    if asked is not None:
        if asked not in NAMES:
            raise UsageError(f"there is no format {asked!r} for rows", hint=f"it is one of {', '.join(NAMES)}")
        return NAMES[asked]
    if target not in (None, STANDARD_OUTPUT) and not str(target).startswith(("/dev/", "/proc/")):
        return format_of(str(target))
    return source if source.is_text else Format.CSV


def _opened(found: Sequence[Source], stack: ExitStack) -> list[Table]:
    """The files, open to be read, all with the same columns."""
    kinds: dict[Format, Callable[[Source], Table]] = {
        Format.NDJSON: Ndjson,
        Format.PARQUET: Columnar,
        Format.ARROW: Columnar,
    }
    tables = []
    for source in found:
        table = kinds.get(source.format, Delimited)(source)
        stack.callback(table.close)
        tables.append(table)
        if source.format is not Format.NDJSON:  # there, each line has members of its own
            check_same(source.called, table.schema, found[0].called, tables[0].schema)
    return tables


def _planned(
    found: Sequence[Source],
    tables: Sequence[Table],
    columns: Sequence[str],
    outputs: Sequence[str],
    keep: Sequence[str] | None,
) -> Plan:
    schema = tables[0].schema
    # A file of NDJSON without rows has no columns to be wrong about.
    known = bool(schema) or found[0].format is not Format.NDJSON
    return plan(found[0].called, schema, columns, outputs, keep, known=known)


def _pieces(tables: Sequence[Table], columns: Sequence[str]) -> Iterator[_Piece]:
    for i, table in enumerate(tables):
        for data in table.pieces(columns):
            yield _Piece(i, data)


def _extent(piece: _Piece) -> tuple[int, int]:
    """The bytes and the lines of a piece of text: how far a file is, and where."""
    return (len(piece.data.data), piece.data.lines) if isinstance(piece.data, Chunk) else (0, 0)


def _written(
    shape: Shape,
    block: pl.DataFrame,
    read: Cells,
    made: Sequence[NDArray[np.float64]] | None,
    valid: NDArray[np.bool_],
    on_bad_row: BadRows,
) -> pl.DataFrame:
    outputs = shape.plan.outputs
    nothing = np.zeros(0)
    values = made if made is not None else [nothing] * len(outputs)
    frame = shape.frame(
        block,
        read.columns,
        [spread(name, array, valid) for name, array in zip(outputs, values, strict=True)],
    )
    if on_bad_row == "skip" and read.bad.any():
        return frame.filter(pl.Series(~read.bad))
    return frame


def _with_line(problem: AtRow, table: Table, data: Any) -> AtRow:
    if problem.line is None:
        problem.line = table.line(data, problem.offset)
    return problem


class _Count:
    """Counts rows as blocks come in order: which row of which file comes next, and how far it all is."""

    def __init__(self, found: Sequence[Source], tables: Sequence[Table], progress: Progress | None) -> None:
        self.rows = self._bad = self._nulls = self._lines = 0
        self._found = found
        self._progress = progress
        self._told = time.monotonic()
        # How many rows come before each file that has begun.
        self._before = [0]
        self._total = _sum([table.rows for table in tables])
        self._bytes = _sum([table.size for table in tables])
        self._read = 0

    def of(self, results: Iterator[_Done]) -> Generator[_Done]:
        """The results, counted. Raises what is wrong with one."""
        try:
            for done in results:
                self._begin(done.table)
                if done.problem is not None:
                    raise self.error(self.rows + done.problem.offset, done.problem)
                self.rows += done.rows
                self._read += done.size
                self._lines += done.lines
                self._bad += done.bad
                self._nulls += done.nulls
                yield done
                self._tell()
        except AtRow as problem:  # from a file that is being read, after its last whole block
            raise self.error(self.rows + problem.offset, problem) from None
        self._tell(last=True)

    def _begin(self, table: int) -> None:
        while len(self._before) <= table:
            self._before.append(self.rows)
            self._lines = 0

    def error(self, row: int, problem: AtRow) -> Exception:
        """The error about one of all rows."""
        file = bisect_right(self._before, row) - 1
        problem.offset = 0
        return problem.error(self._found[file].called, row - self._before[file], self._lines)

    def _tell(self, last: bool = False) -> None:
        now = time.monotonic()
        if self._progress is not None and (last or now - self._told >= _TOLD):
            self._told = now
            self._progress(self.rows, self.rows if last else self._expected())

    def _expected(self) -> int | None:
        """How many rows there are: in files of text, about as many as their bytes make likely."""
        if self._total is None and self._bytes and self._read:
            return max(self.rows, round(self.rows * self._bytes / self._read))
        return self._total

    def summary(self, *, skip: bool) -> Summary:
        """What was counted; bad rows were skipped, or else nulled."""
        return Summary(self.rows, self._bad if skip else 0, 0 if skip else self._bad, self._nulls)


def _sum(counts: Sequence[int | None]) -> int | None:
    """The sum, if all are known."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
