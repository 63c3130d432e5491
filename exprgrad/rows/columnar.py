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
from exprgrad.files import temporary, unreadable
from exprgrad.rows import kinds
from exprgrad.rows.arrow_schema import check_readable, odd_columns, size_after
from exprgrad.rows.formats import ARROW, PARQUET
from exprgrad.rows.parquet_groups import rows_of_groups
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
            raise InputDataError(
                f"{source.called} is empty", hint=f"it is no {source.format.name} file", origin=source.called
            )
        try:
            file: str | BinaryIO = os.path.abspath(source.name)
            if source.stream is not None:
                # What there is to read is told at the end of the file, so a stream has to be on a disk first.
                if source.copy is None:
                    file = self._held.enter_context(temporary())
                    copied(source, blocks(source, _COPIED), file)
                else:
                    file = source.copy
                    file.seek(0)
            odd = odd_columns(self._arrow_schema(file), stored=source.format is ARROW)
            check_readable(source.called, odd)
            self._scan = self._scanned(file)
            self.schema = dict(self._scan.collect_schema())
            self.unreadable = odd.alone | kinds.unreadable(self.schema)
            self.rows = int(self._scan.select(pl.len()).collect().item())
            self._groups = self._rows_of_groups(file)
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

    def _rows_of_groups(self, file: str | BinaryIO) -> list[int]:
        """The rows of each group, if they are known."""
        if self.source.format is not PARQUET:
            return []
        with open(file, "rb") if isinstance(file, str) else nullcontext(file) as data:
            return rows_of_groups(data)

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
            return InputDataError(f"{called} cannot be read: Polars stops at what it holds", hint=_ANEW, origin=called)
        cause = str(problem).partition("\n")[0].partition(" (os error")[0]
        # A piece of an Arrow file may be mapped where there is none: an invalid argument.
        if isinstance(problem, OSError) and cause != "Invalid argument":
            return unreadable(called, problem)
        message = f"{called} is damaged or is no {format} file: {cause[:1].lower()}{cause[1:]}"
        return InputDataError(message, hint=_ANEW, origin=called)

    def pieces(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """The rows, in frames of some columns."""
        size = max(1, min(_BATCH, _NUMBERS // max(1, len(columns))))
        scan = self._scan.select(selectors.by_name(*columns))
        # Polars would read far ahead of who computes; and an Arrow file is mapped, where what was read counts as memory
        # until the map is closed.
        spans = list(_spans(self.rows or 0, self._groups, size * max(1, _SPAN // (size * max(1, len(columns))))))

        def begun(place: int) -> Iterator[pl.DataFrame]:
            """The batches of a span, which threads of Polars' own read from now on."""
            return scan.slice(*spans[place]).collect_batches(chunk_size=size)

        following: Iterator[pl.DataFrame] | None = None
        try:
            for place, (_, rows) in enumerate(spans):
                batches, following = following or begun(place), None
                read = 0
                for batch in batches:
                    read += len(batch)
                    if following is None and 2 * read >= rows and place + 1 < len(spans):
                        following = begun(place + 1)  # no thread is to wait until the last batch is asked for
                    yield batch
                # A batch at which Polars panics is one that does not come.
                if read != rows:
                    message = f"{self.source.called} is damaged: a batch of its rows cannot be read"
                    raise InputDataError(message, hint=_ANEW, origin=self.source.called)
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


def _spans(rows: int, groups: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """Where spans of so many rows at the most begin, and how many each has. They end where groups of rows do, of which
    one that is cut is read twice; a group that has too many is cut all the same."""
    start = held = 0
    for group in groups if sum(groups) == rows else [rows]:
        if held and held + group > most:
            yield start, held
            start, held = start + held, 0
        held += group
        while held > most:
            yield start, most
            start, held = start + most, held - most
    if held:
        yield start, held
