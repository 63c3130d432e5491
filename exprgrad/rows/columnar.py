"""Parquet and Arrow files: their columns as they are, a batch of rows at a time."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from typing import BinaryIO, Final

import polars as pl
from polars import selectors
from polars.exceptions import PanicException, PolarsError

from exprgrad.diagnostics import ExprError, InputDataError
from exprgrad.files import STANDARD, temporary, unreadable
from exprgrad.rows import kinds
from exprgrad.rows.arrow_schema import check_readable, odd_columns, size_after
from exprgrad.rows.formats import ARROW, PARQUET
from exprgrad.rows.sources import Source, blocks, copied, size_of
from exprgrad.rows.stream import Table

# The rows of a batch, and about how many numbers it holds where there are many columns.
_BATCH: Final = 1 << 17
_NUMBERS: Final = 1 << 21
# About how many numbers are asked for at once.
_SPAN: Final = 1 << 22
_COPIED: Final = 1 << 20
_ANEW: Final = "write it anew"
# An Arrow file begins with ARROW1 and two bytes.
_MAGIC: Final = 8


class Columnar(Table):
    """A Parquet or Arrow file. `schema` has its columns and their types, `rows` how many rows there are."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._held = ExitStack()
        if size_of(source) == 0:
            raise InputDataError(f"{source.called} is empty", hint=f"it is no {source.format.name} file")
        try:
            file: str | BinaryIO = os.path.abspath(source.name)
            if source.name == STANDARD:
                # What there is to read is told at the end of the file, so a stream has to be on a disk first.
                file = self._held.enter_context(temporary())
                copied(source, blocks(source, _COPIED), file)
            odd = odd_columns(self._arrow_schema(file), stored=source.format is ARROW)
            check_readable(source.called, odd)
            self._scan = self._scanned(file)
            self.schema = dict(self._scan.collect_schema())
            self.unreadable = odd.alone | kinds.unreadable(self.schema)
            self.rows = int(self._scan.select(pl.len()).collect().item())
        except (PolarsError, PanicException, OSError) as problem:
            self.close()
            raise self._damaged(problem) from None
        except BaseException:
            self.close()
            raise

    def _arrow_schema(self, file: str | BinaryIO) -> bytes:
        """The message with the schema of Arrow; b"" if there is none."""
        if self.source.format is PARQUET:
            try:
                return b64decode(pl.read_parquet_metadata(file).get("ARROW:schema", ""))
            except ValueError:  # it is damaged; what matters is the schema of the file itself
                return b""
        with open(file, "rb") if isinstance(file, str) else nullcontext(file) as data:
            data.seek(_MAGIC)
            start = data.read(8)
            return start + data.read(size_after(start))

    def _scanned(self, file: str | BinaryIO) -> pl.LazyFrame:
        if not isinstance(file, str):
            file.seek(0)
        # A name is not a pattern here, and the columns are those in the file.
        if self.source.format is PARQUET:
            return pl.scan_parquet(file, glob=False, hive_partitioning=False)
        return pl.scan_ipc(file, glob=False, hive_partitioning=False)

    def _damaged(self, problem: BaseException) -> ExprError:
        called, format = self.source.called, self.source.format.name
        if isinstance(problem, PanicException):
            return InputDataError(f"{called} cannot be read: Polars stops at what it holds", hint=_ANEW)
        cause = str(problem).partition("\n")[0].partition(" (os error")[0]
        # A piece of an Arrow file may be mapped where there is none: an invalid argument.
        if isinstance(problem, OSError) and cause != "Invalid argument":
            return unreadable(called, problem)
        message = f"{called} is damaged or is no {format} file: {cause[:1].lower()}{cause[1:]}"
        return InputDataError(message, hint=_ANEW)

    def pieces(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """The rows, in frames of some columns."""
        size = max(1, min(_BATCH, _NUMBERS // max(1, len(columns))))
        scan = self._scan.select(selectors.by_name(*columns))
        rows = self.rows or 0
        # Polars would read far ahead of who computes; and an Arrow file is mapped, where what was read counts as memory
        # until the map is closed. But a group of rows in which one span ends and the next begins is read twice.
        span = size * max(1, _SPAN // (size * max(1, len(columns))))

        def begun(start: int) -> Iterator[pl.DataFrame] | None:
            """The batches of a span, if there is one, which threads of Polars' own read from now on."""
            return scan.slice(start, span).collect_batches(chunk_size=size) if start < rows else None

        try:
            batches = begun(0)
            for start in range(0, rows, span):
                assert batches is not None
                read, following = 0, None
                for batch in batches:
                    read += len(batch)
                    if following is None and 2 * read >= span:
                        following = begun(start + span)  # no thread is to wait until the last batch is asked for
                    yield batch
                # A batch at which Polars panics is one that does not come.
                if read != min(span, rows - start):
                    message = f"{self.source.called} is damaged: a batch of its rows cannot be read"
                    raise InputDataError(message, hint=_ANEW)
                batches = following
        except (PolarsError, PanicException, OSError) as problem:
            raise self._damaged(problem) from None

    def frame(self, piece: pl.DataFrame, columns: Sequence[str], floats: Collection[str]) -> pl.DataFrame:
        """A batch is read already."""
        return piece[list(columns)]

    def head(self, piece: pl.DataFrame, rows: int) -> pl.DataFrame:
        """The first rows of a batch."""
        return piece[:rows]

    def close(self) -> None:
        """Removes what was written to read a stream."""
        self._held.close()
