"""The groups of rows that have the same cells in some columns, numbered in the order in which they first come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from exprgrad.diagnostics import InputDataError, listed
from exprgrad.records import NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What each group adds up is kept until the end.
MOST: Final = 1_000_000
_KINDS: Final = (pl.Boolean, pl.String, pl.Categorical, pl.Enum, pl.Date, pl.Time, pl.Datetime, pl.Duration, pl.Null)
# No column has this name: which row it is.
_AT: Final = "\0at"


class Keyed(NamedTuple):
    """The groups of the rows of a block: of each the cells as they are written, and what tells it from others; and
    which group a row is in."""

    written: pl.DataFrame
    told: list[tuple[Any, ...]]
    which: NDArray[np.int64]


class Groups:
    """All groups so far."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._written: list[pl.DataFrame] = []

    def numbers(self, block: Keyed) -> NDArray[np.int64]:
        """The numbers of the groups that rows are in. Raises InputDataError where there are too many."""
        known = self._numbers
        before = len(known)
        found = np.array([known.setdefault(cells, len(known)) for cells in block.told], np.int64)
        if len(known) > MOST:
            message = f"the rows are of more than {MOST:,} groups by {listed(self._names)}"
            raise InputDataError(message, hint="group by what fewer rows have of their own", origin=None)
        if len(known) > before:
            self._written.append(block.written.filter(pl.Series(found >= before)))
        return found[block.which]

    def written(self, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
        """The cells of each group, in columns of these types."""
        return pl.concat([pl.DataFrame(schema=schema), *self._written])


def keyed(written: pl.DataFrame) -> Keyed:
    """The groups of some rows, by their cells in the columns that they are grouped by."""
    told = pl.DataFrame([_telling(cells).alias(str(i)) for i, cells in enumerate(written)])
    first = told.with_row_index(_AT).unique(told.columns, keep="first", maintain_order=True)
    groups = first.select(told.columns)
    which = told.join(groups.with_row_index(_AT), on=told.columns, how="left", nulls_equal=True, maintain_order="left")[
        _AT
    ]
    return Keyed(written[first[_AT]], groups.rows(), which.to_numpy().astype(np.int64))


def _telling(cells: pl.Series) -> pl.Series:
    """What is equal where cells are of one group: nan is, and so are zeros of both signs."""
    kind = cells.dtype
    if kind.is_float():
        return cells.cast(pl.Float64).cast(pl.String).replace("-0.0", "0.0")
    if kind.is_temporal():
        return cells.to_physical()  # Python's times are coarser
    return cells.cast(pl.String) if isinstance(kind, (pl.Categorical, pl.Enum)) else cells


def check_groups(called: str, schema: Mapping[str, pl.DataType], names: Sequence[str]) -> None:
    """Raises InputDataError for a column by which rows are not grouped."""
    for name in names:
        kind = schema.get(name, pl.String())
        if not (kind.is_numeric() or isinstance(kind, _KINDS)):
            message = f"{called}: the column {name} holds {kind}, by which rows are not grouped"
            raise InputDataError(message, hint="group by texts, numbers or dates", origin=called)
