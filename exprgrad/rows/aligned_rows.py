"""Rows as a table for a reader, as they come: the columns are as wide as the first block of rows needs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import BinaryIO

import polars as pl

from exprgrad.files import streaming
from exprgrad.views.aligned import Column, line
from exprgrad.views.numbers import shortest


class Aligned:
    """What writes the table; frames have texts, or what becomes text."""

    def __init__(self, file: BinaryIO, called: str, header: Sequence[str]) -> None:
        self._file = file
        self._called = called
        self._header = header
        self._columns: list[Column] = []

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame | io.BytesIO:
        return frame

    def write(self, block: pl.DataFrame | io.BytesIO) -> None:
        assert isinstance(block, pl.DataFrame)
        cells = [[_in_line("" if cell is None else cell) for cell in _texts(column)] for column in block]
        self._begin(cells)
        columns = self._columns
        rows = [line([x.cell(text) for x, text in zip(columns, row, strict=True)]) for row in zip(*cells, strict=True)]
        self._put("".join(rows))

    def close(self) -> None:
        """Writes the header where no row came."""
        self._begin([[] for _ in self._header])

    def _begin(self, cells: Sequence[Sequence[str]]) -> None:
        if not self._columns:
            self._columns = [Column.of(head, column) for head, column in zip(self._header, cells, strict=True)]
            self._put(line([x.head(head) for x, head in zip(self._columns, self._header, strict=True)]))

    def _put(self, text: str) -> None:
        with streaming(self._file, self._called):
            self._file.write(text.encode())
            self._file.flush()


def _texts(column: pl.Series) -> Sequence[str | None]:
    """The cells of a column as text, doubles as one evaluation prints them."""
    if column.dtype == pl.Float64:
        return [None if cell is None else shortest(cell) for cell in column]
    return column.cast(pl.String).to_list()


def _in_line(text: str) -> str:
    """A cell without what would end its line or move a terminal's cursor."""
    return text if text.isprintable() else "".join([c if c.isprintable() else "\ufffd" for c in text])
