"""The numbers of a block of rows: read, computed with, and put into columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import polars as pl

from exprgrad.records import NamedTuple
from exprgrad.rows.columns import shown
from exprgrad.rows.contract import IsText, Reading, RowProblem, column_of
from exprgrad.rows.formats import BadRows
from exprgrad.rows.locations import AtRow
from exprgrad.rows.stream import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

R = TypeVar("R")

# Polars takes hold of numpy when it meets an array for the first time, where two threads get in each other's way (a
# TypeError in its _dependencies.py). This file is run by one.
pl.Series(np.zeros(1))

WITHOUT: Final = "--on-bad-row null or skip goes on without the row"
ON_BAD_ROW: Final = f"correct it; {WITHOUT}"


class Cells(NamedTuple):
    """What is read of the columns of a block, as doubles, and the masks of the rows that have a bad cell or a null."""

    columns: Mapping[Reading, pl.Series]
    bad: NDArray[np.bool_]
    null: NDArray[np.bool_]

    @staticmethod
    def whole(arrays: Sequence[Array]) -> Cells:
        """Rows that have all their numbers."""
        series: dict[Reading, pl.Series] = {str(i): pl.Series(array) for i, array in enumerate(arrays)}
        none = np.zeros(len(arrays[0]), np.bool_)
        return Cells(series, none, none.copy())

    @property
    def valid(self) -> NDArray[np.bool_]:
        """The mask of the rows that have all their numbers."""
        return ~(self.bad | self.null)

    def numbered(self) -> tuple[list[Array], NDArray[np.int64]]:
        """The rows that have all their numbers: these, and which rows they are."""
        valid = self.valid
        return self.arrays(valid), np.flatnonzero(valid)

    def arrays(self, valid: NDArray[np.bool_]) -> list[Array]:
        """The doubles of some rows; a column of which all are taken is not copied."""
        whole = bool(valid.all())
        found = []
        for series in self.columns.values():
            array = series.to_numpy() if not series.null_count() else series.fill_null(0.0).to_numpy()
            found.append(array if whole else array[valid])
        return found


def cells(frame: pl.DataFrame, used: Sequence[Reading], on_bad_row: BadRows, table: Table) -> Cells:
    """Reads the numbers of a block of a table. Raises AtRow for the first row with a cell that is no number, unless bad
    rows are to be left out or nulled."""
    bad = np.zeros(len(frame), np.bool_)
    null = np.zeros(len(frame), np.bool_)
    columns: dict[Reading, pl.Series] = {}
    wrong: list[tuple[int, str]] = []
    for reading in used:
        name = column_of(reading)
        if isinstance(reading, IsText):
            found, mask = table.tested(frame[name], reading.text), None
        else:
            found, mask = table.numbers(frame[name])
        columns[reading] = found.rechunk()
        if found.null_count():
            null |= found.is_null().to_numpy()
        if mask is not None:
            bad |= (at := mask.to_numpy())
            wrong.append((int(at.argmax()), name))
    if wrong and on_bad_row == "error":
        offset, name = min(wrong, key=lambda place: place[0])
        cell = frame[name][offset]
        advice = table.advice(str(cell))
        hint = ON_BAD_ROW if advice is None else f"{advice}; {WITHOUT}"
        begun = None if advice is not None else table.heading()
        raise AtRow(offset, f"{name} is {shown(cell)}, not a number", hint=hint, first=begun)
    return Cells(columns, bad, null & ~bad)


def tried(compute: Callable[[list[Array]], R], block: Cells, on_bad_row: BadRows) -> tuple[R | None, NDArray[np.bool_]]:
    """Computes the rows of a block that have all their numbers: the result, None if there are no such rows, and the
    mask of the rows that it is about. Rows that cannot be computed are marked as bad in the block."""
    while True:
        valid = block.valid
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


def spread(name: str, values: Array | None, valid: NDArray[np.bool_]) -> pl.Series:
    """A column with values where rows are valid, and nulls elsewhere; None are the values of no rows."""
    if values is None:
        values = np.zeros(0)
    if valid.all():
        return pl.Series(name, values, dtype=pl.Float64)
    full = np.zeros(len(valid))
    full[valid] = values
    return pl.select(pl.when(pl.Series(valid)).then(pl.Series(full)).alias(name)).to_series()
