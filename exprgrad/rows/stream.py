"""Blocks of rows through a function: in order, with several blocks in flight, and a bounded number of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, BinaryIO, Final, Protocol, TypeVar

import polars as pl
from polars import selectors

from exprgrad.rows.columns import numbers, tested
from exprgrad.rows.dialect import Dialect
from exprgrad.rows.sources import Source, copied
from exprgrad.rows.spellings import as_ours, without_markers
from exprgrad.run import threads

T = TypeVar("T")
R = TypeVar("R")

# More would hold more memory, and Polars has threads of its own for what it does with a block.
_MOST_THREADS: Final = 8


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

    def numbers(self, cells: pl.Series) -> tuple[pl.Series, pl.Series | None]:
        """A column of a frame as doubles, and the mask of the cells that are no numbers, if there are any."""
        return numbers(cells)

    def tested(self, cells: pl.Series, text: str) -> pl.Series:
        """Whether the cells of a column of a frame are a text, as doubles."""
        return tested(cells, text)

    def keys(self, piece: Any, block: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        """The cells of a block of a piece by which rows are grouped."""
        return block.select(selectors.by_name(*names))

    def cells(self, keys: pl.DataFrame) -> pl.DataFrame:
        """The same as cells of a frame."""
        return keys

    def advice(self, cell: str) -> str | None:
        """What to do where a cell is no number, if it looks like one of another kind of file."""
        return None

    def heading(self) -> str | None:
        """What to do where a cell of the first row is no number, if the row may be one of names."""
        return None

    def absent(self, name: str) -> str | None:
        """What to do where there is no column of a name, if more can be said of that than which ones there are."""
        return None

    def close(self) -> None:
        """Lets go of what is held."""
        return  # nothing is


class TextTable(Table, Protocol):
    """A file of text that is read."""

    source: Source
    _stream: Iterator[bytes] | None  # what is left of one that can be read once only

    @property
    def _dialect(self) -> Dialect:
        return self.source.format.dialect

    def raw(self, piece: Any, columns: Sequence[str]) -> pl.DataFrame: ...

    def numbers(self, cells: pl.Series) -> tuple[pl.Series, pl.Series | None]:
        """A column of a frame as doubles, and the mask of the cells that are no numbers, if there are any."""
        return super().numbers(cells if cells.dtype == pl.Float64 else as_ours(cells, self._dialect))

    def tested(self, cells: pl.Series, text: str) -> pl.Series:
        """Whether the cells of a column of a frame are a text, as doubles."""
        return super().tested(without_markers(cells, self._dialect), text)

    def plain(self, keys: pl.DataFrame) -> pl.DataFrame:
        """Cells by which rows are grouped, as `raw` has them."""
        return keys

    def copy(self, file: BinaryIO) -> None:
        """Copies what a stream holds to a file, from which it can be read several times."""
        self.source, self._stream = copied(self.source, self._stream or (), file), None


def in_order(items: Iterator[T], work: Callable[[T], R], ready: Callable[[], bool]) -> Generator[R]:
    """The results of some work on blocks, in their order, a few of them in flight (see `run.threads`)."""
    # One more than there are processors: a block may wait for what others need too, as the first ones for the engine.
    count = min(_MOST_THREADS, 1 + max(2, pl.thread_pool_size()))
    return threads.in_order(work, items, count, count, ready)
