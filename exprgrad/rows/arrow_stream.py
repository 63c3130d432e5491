"""Arrow IPC streams, which tell what they hold as they come: a batch of rows at a time.

A stream is a row of messages: the schema, then dictionaries and batches of rows. Polars reads a whole one, so each
batch is given to it as a stream of its own, behind the schema and the dictionaries.
https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format
"""

from __future__ import annotations

import io
import struct
from collections.abc import Collection, Iterator, Sequence
from typing import Final

import polars as pl
from polars.exceptions import PanicException, PolarsError

from exprgrad.diagnostics import InputDataError
from exprgrad.records import NamedTuple
from exprgrad.rows import kinds
from exprgrad.rows.arrow_schema import check_readable, odd_columns
from exprgrad.rows.flatbuffers import FlatTable, number
from exprgrad.rows.formats import CONTINUES
from exprgrad.rows.sources import Source, blocks
from exprgrad.rows.stream import Table

# With what a stream ends.
_END: Final = CONTINUES + bytes(4)
_SCHEMA: Final = 1
_DICTIONARY: Final = 2
_BATCH: Final = 3
# No message is longer than so many bytes: a larger number is a damaged one.
_LONGEST: Final = 1 << 40
_BLOCK: Final = 1 << 20


class _Message(NamedTuple):
    """What a message holds, and the whole of it."""

    kind: int
    data: bytes


class ArrowStream(Table):
    """An Arrow IPC stream. `schema` has its columns and their types."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._messages = self._read()
        first = next(self._messages, None)
        if first is None or first.kind != _SCHEMA:
            raise self._damaged("it does not begin with a schema")
        # What each batch is read behind.
        self._start = first.data
        odd = odd_columns(first.data, stored=True)
        check_readable(source.called, odd)
        self.schema = dict(self._parsed(first.data).schema)
        self.unreadable = odd.alone | kinds.unreadable(self.schema)

    def pieces(self, columns: Sequence[str]) -> Iterator[bytes]:
        """The batches of rows, each with what it is read behind."""
        self._columns = list(columns)
        for kind, data in self._messages:
            if kind == _DICTIONARY:
                self._start += data
            elif kind == _BATCH:
                yield self._start + data

    def frame(self, piece: bytes | pl.DataFrame, columns: Sequence[str], floats: Collection[str]) -> pl.DataFrame:
        """The columns of a batch."""
        return (self._parsed(piece, columns) if isinstance(piece, bytes) else piece)[list(columns)]

    def head(self, piece: bytes | pl.DataFrame, rows: int) -> pl.DataFrame:
        """The first rows of a batch."""
        return (self._parsed(piece, self._columns) if isinstance(piece, bytes) else piece)[:rows]

    def _parsed(self, data: bytes, columns: Sequence[str] | None = None) -> pl.DataFrame:
        try:
            names = None if columns is None else list(columns)
            return pl.read_ipc_stream(io.BytesIO(data + _END), columns=names)
        except (PolarsError, PanicException, OSError) as problem:
            raise self._damaged(str(problem).partition("\n")[0]) from None

    def _read(self) -> Iterator[_Message]:
        held = bytearray()
        more = blocks(self.source, _BLOCK)

        def upto(size: int) -> bool:
            """Whether so many bytes are there."""
            while len(held) < size and (data := next(more, b"")):
                held.extend(data)
            return len(held) >= size

        # A stream may end without saying so.
        while upto(1) and held[: len(_END)] != _END:
            try:
                head = len(CONTINUES) + 4 + (number("<I", held, len(CONTINUES)) if upto(8) else 0)
                kind, body = _described(bytes(held[8:head])) if upto(head) else (0, 0)
            except struct.error:
                raise self._damaged("a message cannot be read") from None
            if head == 8 or not held.startswith(CONTINUES) or not 0 <= body < _LONGEST:
                raise self._damaged("a message cannot be read")
            if not upto(head + body):
                raise self._damaged("it ends within a message")
            with memoryview(held) as whole:
                data = bytes(whole[: head + body])
            del held[: head + body]
            yield _Message(kind, data)

    def _damaged(self, cause: str) -> InputDataError:
        message = f"{self.source.called} is damaged or is no Arrow stream: {cause[:1].lower()}{cause[1:]}"
        return InputDataError(message, hint="write it anew", origin=self.source.called)


def _described(metadata: bytes) -> tuple[int, int]:
    """What a message holds, and the bytes of its body."""
    message = FlatTable.root(metadata)
    return message.scalar("<B", 1), message.scalar("<q", 3)
