"""Blocks of rows through a function: in order, with several blocks in flight, and a bounded number of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO, Final, Protocol, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exprgrad.records import NamedTuple
from exprgrad.rows.columns import numbers, shown
from exprgrad.rows.contract import RowProblem
from exprgrad.rows.formats import BadRows
from exprgrad.rows.locations import AtRow
from exprgrad.rows.sources import Source, copied
from exprgrad.run import threads

T = TypeVar("T")
R = TypeVar("R")

# More would hold more memory, and Polars has threads of its own for what it does with a block.
_MOST_THREADS: Final = 8
WITHOUT: Final = "--on-bad-row null or skip goes on without the row"
ON_BAD_ROW: Final = f"correct it; {WITHOUT}"

Array = NDArray[np.float64]


class Table(Protocol):
    """A file that is read. What kinds of them have in common stands here."""

    rows: int | None = None  # how many, if that is known
    size: int | None = None  # the bytes, if rows are not known but bytes are
    schema: dict[str, pl.DataType]
    unreadable: Mapping[str, str] = MappingProxyType({})  # columns that cannot be read, and what they hold

    def pieces(self, columns: Sequence[str]) -> Iterator[Any]: ...
    def frame(self, piece: Any, columns: Sequence[str], floats: Collection[str]) -> pl.DataFrame: ...
    def head(self, piece: Any, rows: int) -> Any: ...

    def line(self, piece: Any, offset: int) -> int | None:
        """How many lines of text there are before a row of a piece."""
        return None

    def close(self) -> None:
        """Lets go of what is held."""
        return  # nothing is


class TextTable(Table, Protocol):
    """A file of text that is read."""

    source: Source
    _stream: Iterator[bytes] | None  # what is left of one that can be read once only

    def raw(self, piece: Any, columns: Sequence[str]) -> pl.DataFrame: ...

    def copy(self, file: BinaryIO) -> None:
        """Copies what a stream holds to a file, from which it can be read several times."""
        self.source, self._stream = copied(self.source, self._stream or (), file), None


class Cells(NamedTuple):
    """The columns of a block that are used, as doubles, and the masks of the rows that have a bad cell or a null."""

    columns: Mapping[str, pl.Series]
    bad: NDArray[np.bool_]
    null: NDArray[np.bool_]

    def arrays(self, valid: NDArray[np.bool_]) -> list[Array]:
        """The doubles of some rows; a column of which all are taken is not copied."""
        whole = bool(valid.all())
        found = []
        for series in self.columns.values():
            array = series.to_numpy() if not series.null_count() else series.fill_null(0.0).to_numpy()
            found.append(array if whole else array[valid])
        return found


def cells(frame: pl.DataFrame, used: Sequence[str], on_bad_row: BadRows) -> Cells:
    """Reads the numbers of a block. Raises AtRow for the first row with a cell that is no number, unless bad rows are
    to be left out or nulled."""
    bad = np.zeros(len(frame), np.bool_)
    null = np.zeros(len(frame), np.bool_)
    columns: dict[str, pl.Series] = {}
    wrong: list[tuple[int, str]] = []
    for name in used:
        found, mask = numbers(frame[name])
        columns[name] = found.rechunk()
        if found.null_count():
            null |= found.is_null().to_numpy()
        if mask is not None:
            bad |= (at := mask.to_numpy())
            wrong.append((int(at.argmax()), name))
    if wrong and on_bad_row == "error":
        offset, name = min(wrong, key=lambda place: place[0])
        raise AtRow(offset, f"{name} is {shown(frame[name][offset])}, not a number", hint=ON_BAD_ROW)
    return Cells(columns, bad, null & ~bad)


def tried(compute: Callable[[list[Array]], R], block: Cells, on_bad_row: BadRows) -> tuple[R | None, NDArray[np.bool_]]:
    """Computes the rows of a block that have all their numbers: the result, None if there are no such rows, and the
    mask of the rows that it is about. Rows that cannot be computed are marked as bad in the block."""
    while True:
        valid = ~(block.bad | block.null)
        if not valid.any():
            return None, valid
        try:
            return compute(block.arrays(valid)), valid
        except RowProblem as problem:
            offsets = np.flatnonzero(valid)[list(problem.rows)]
            if on_bad_row == "error" or not len(offsets):
                hint = ON_BAD_ROW if problem.hint is None else f"{problem.hint}; {WITHOUT}"
                at = int(offsets[0]) if len(offsets) else 0
                raise AtRow(at, problem.message, hint=hint, about=problem) from None
            block.bad[offsets] = True


def spread(name: str, values: Array, valid: NDArray[np.bool_]) -> pl.Series:
    """A column with values where rows are valid, and nulls elsewhere."""
    if valid.all():
        return pl.Series(name, values, dtype=pl.Float64)
    full = np.zeros(len(valid))
    full[valid] = values
    return pl.select(pl.when(pl.Series(valid)).then(pl.Series(full)).alias(name)).to_series()


def in_order(items: Iterator[T], work: Callable[[T], R], ready: Callable[[], bool]) -> Generator[R]:
    """The results of some work on blocks, in their order, a few of them in flight (see `run.threads`)."""
    count = min(_MOST_THREADS, max(2, pl.thread_pool_size()))
    return threads.in_order(work, items, count, count, ready)
