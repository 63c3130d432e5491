"""Rows that no file holds: all points of a grid over some variables, the last of which runs fastest."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import numpy as np
import polars as pl

from exprgrad.ranges import Listed, Range
from exprgrad.rows.sources import Source
from exprgrad.rows.stream import Table

# The rows of a block.
_BLOCK: Final = 1 << 16


class Swept(Table):
    """The grid of a source: a column for each variable, and the points as rows."""

    def __init__(self, source: Source) -> None:
        self.axes = source.axes
        self.schema = {axis.name: pl.Float64() for axis in self.axes}
        self.rows = math.prod(source.counts)

    def pieces(self, columns: Sequence[str]) -> Iterator[range]:
        """Which rows a block has."""
        for start in range(0, self.rows or 0, _BLOCK):
            yield range(start, min(start + _BLOCK, self.rows or 0))

    def frame(self, piece: range, columns: Sequence[str], floats: Collection[str]) -> pl.DataFrame:
        """The points of a block."""
        points = np.arange(piece.start, piece.stop)
        found = {}
        for axis in reversed(self.axes):
            found[axis.name] = _values(axis, points % (axis.points or 1))
            points //= axis.points or 1
        return pl.DataFrame({name: found[name] for name in columns})

    def head(self, piece: range, rows: int) -> range:
        """The first rows of a block."""
        return piece[:rows]


def _values(axis: Range | Listed, places: np.ndarray) -> np.ndarray:
    """The values of a variable at some places, each computed once."""
    distinct, which = np.unique(places, return_inverse=True)
    return np.array(axis.values(distinct.tolist()))[which]
