"""Where rows go: a file that appears when it is complete, or a stream that gets them as they come."""

from __future__ import annotations

import codecs
import io
import queue
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol, TypedDict

import polars as pl
from polars.exceptions import PolarsError
from polars.io.plugins import register_io_source

from exprgrad.compression import codec_of
from exprgrad.diagnostics import OutputFileError
from exprgrad.files import (
    STANDARD,
    compressing,
    device,
    is_device,
    replacing,
    standard_output,
    streaming,
    temporary,
    unstorable,
    unwritable,
    writing,
)
from exprgrad.records import NamedTuple
from exprgrad.rows.aligned_rows import Aligned
from exprgrad.rows.chunks import LINE
from exprgrad.rows.formats import ARROW, PARQUET, TABLE, Format

if TYPE_CHECKING:
    from polars._typing import CsvQuoteStyle

# Frames that wait for the thread that writes: enough to keep it busy, few enough for memory.
_WAITING: Final = 2
# The rows of a row group or a record batch.
_GROUP: Final = 1 << 17
_COPIED: Final = 1 << 20
# Polars writes the least and the greatest value beside nan too, and readers conclude that there is no nan: the format
# asks writers to leave them out then. Whether a nan comes is not known when a column begins, nor can columns differ.
# https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnOrder)
_STATISTICS: Final = {"min": False, "max": False, "null_count": True}


class Spelling(TypedDict):
    """How Polars is asked to write a text."""

    separator: str
    decimal_comma: bool
    quote_style: CsvQuoteStyle


class Writer(Protocol):
    """What takes the frames of an output, in order."""

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame | io.BytesIO:
        """What `write` takes; called by several threads."""

    def write(self, block: pl.DataFrame | io.BytesIO) -> None: ...


class RowForm(NamedTuple):
    """How rows are written: in what format, the columns of the frames that come and their types, and the names that the
    first row has, if there is such a row."""

    format: Format
    schema: Mapping[str, pl.DataType]
    header: Sequence[str]

    @property
    def start(self) -> bytes:
        """What a text begins with."""
        empty = pl.DataFrame(schema=dict.fromkeys(self.header, pl.String))
        return empty.write_csv(separator=self.format.separator).encode() if self.header else b""

    @property
    def spelling(self) -> Spelling:
        """How a text is written. Those of its cells stand between quotes that have to, but no whole lines, which have
        separators."""
        return {
            "separator": self.format.separator,
            "decimal_comma": self.format.dialect.decimal_comma,
            "quote_style": "never" if LINE in self.schema else "necessary",
        }


@contextmanager
def sink(name: str | None, form: RowForm) -> Iterator[Writer]:
    """A writer of frames. The file is there, complete, when the block ends without an error, and not before; an error
    leaves what was there. `None` and '-' are standard output. Raises OutputFileError, or BrokenPipeError where nobody
    reads any more."""
    if name in (None, STANDARD):
        with _stream(standard_output(), "standard output", form) as writer:
            yield writer
        return
    assert name is not None
    if is_device(name):
        with device(name) as file, _stream(file, name, form) as writer:
            yield writer
        return
    with replacing(name) as path:
        with writing(name):
            # It is new and empty. To cut it to no bytes once more, as "wb" does, has ext4 write out all of it when it
            # is closed, while everybody waits: it takes it for the file that is replaced.
            file = open(path, "r+b")  # noqa: SIM115
        # Polars writes UTF-8 alone, into a file as it is.
        if codec_of(name) is not None or form.format is TABLE or form.format.dialect.encoding is not None:
            with file, writing(name), compressing(file, name) as packed, _stream(packed, name, form) as writer:
                yield writer
            return
        # Polars gets what is open, not the path: it may open that after it has failed, when the file is gone.
        with file, _file(file, partial(unwritable, name), form) as writer:
            yield writer


@contextmanager
def _file(file: BinaryIO, failed: Callable[[Exception], OutputFileError], form: RowForm) -> Iterator[_FileWriter]:
    """A thread that writes a file, which is complete when the block ends without an error."""
    writer = _FileWriter(file, failed, form)
    try:
        yield writer
        writer.close()
    finally:
        writer.abandon()


class _FileWriter:
    """Polars' own writer, in a thread that takes frames from a queue: it encodes them while the next ones are
    computed. The thread that gives them stays in Python, where an interrupt reaches it."""

    def __init__(self, file: BinaryIO, failed: Callable[[Exception], OutputFileError], form: RowForm) -> None:
        self._failed = failed
        self._queue: queue.Queue[pl.DataFrame | None] = queue.Queue(_WAITING)
        self._stopped = False
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(file, form), daemon=True)
        self._thread.start()

    def _run(self, file: BinaryIO, form: RowForm) -> None:
        try:
            frames = register_io_source(lambda *_: self._frames(), schema=dict(form.schema), is_pure=True)
            if form.format is PARQUET:
                # Level 1 writes random doubles as small as level 3 does, in two thirds of the time.
                frames.sink_parquet(
                    file, compression="zstd", compression_level=1, row_group_size=_GROUP, statistics=_STATISTICS
                )
            elif form.format is ARROW:
                frames.sink_ipc(file, record_batch_size=_GROUP)
            else:
                file.write(form.start)
                file.flush()
                frames.sink_csv(file, include_header=False, **form.spelling)
        except BaseException as problem:
            self._problem = problem

    def _frames(self) -> Iterator[pl.DataFrame]:
        while (frame := self._queue.get()) is not None:
            if self._stopped:
                raise _AbandonedError
            yield frame
        if self._stopped:
            raise _AbandonedError

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame | io.BytesIO:
        return frame

    def write(self, block: pl.DataFrame | io.BytesIO | None) -> None:
        assert not isinstance(block, io.BytesIO)
        while True:
            if not self._thread.is_alive():
                raise self._failure()
            try:
                self._queue.put(block, timeout=0.2)
                return
            except queue.Full:
                continue

    def close(self) -> None:
        """Waits until all is written."""
        self.write(None)
        while self._thread.is_alive():
            self._thread.join(0.2)  # in steps, so that an interrupt is not kept waiting
        if self._problem is not None:
            raise self._failure()

    def abandon(self) -> None:
        """Ends the thread; what it has written is for nobody."""
        self._stopped = True
        while self._thread.is_alive():
            try:
                self._queue.put(None, timeout=0.05)
            except queue.Full:
                try:
                    self._queue.get_nowait()
                except queue.Empty:
                    continue

    def _failure(self) -> BaseException:
        problem = self._problem
        assert problem is not None
        return self._failed(problem) if isinstance(problem, (OSError, PolarsError)) else problem


class _AbandonedError(Exception):
    """Nobody wants the output any more."""


@contextmanager
def _stream(file: BinaryIO, called: str, form: RowForm) -> Iterator[Writer]:
    if form.format is TABLE:
        table = Aligned(file, called, form.header)
        yield table
        table.close()
        return
    if form.format.is_text:
        text = _Text(file, called, form)
        yield text
        text.begin()
        return
    # The end of such a file says where things are, so it is written to a disk first.
    with temporary() as spool:
        with _file(spool, unstorable, form) as writer:
            yield writer
        with streaming(file, called):
            spool.seek(0)
            shutil.copyfileobj(spool, file, _COPIED)
            file.flush()


class _Text:
    """A stream of text, which has each block as soon as it is computed, in the encoding of what was read."""

    def __init__(self, file: BinaryIO, called: str, form: RowForm) -> None:
        self._file = file
        self._called = called
        self._form = form
        self._encoding = encoding = form.format.dialect.encoding
        self._encoder = None if encoding is None else codecs.getincrementalencoder(encoding)()
        self._begun = False
        # Buffers that are written out: memory that is there already is filled sooner than new memory.
        self._free: list[io.BytesIO] = []

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame | io.BytesIO:
        try:
            buffer = self._free.pop()
        except IndexError:
            buffer = io.BytesIO()
        frame.write_csv(buffer, include_header=False, **self._form.spelling)
        return buffer

    def begin(self) -> None:
        """Writes the header, unless it stands there. It comes with the first rows, or when there are none: an error in
        these leaves no header behind, which who reads would take for a table."""
        if not self._begun:
            self._begun = True
            self._put(self._form.start)

    def write(self, block: pl.DataFrame | io.BytesIO) -> None:
        assert isinstance(block, io.BytesIO)
        self.begin()
        with block.getbuffer() as whole, whole[: block.tell()] as written:
            self._put(written)
        block.seek(0)
        self._free.append(block)

    def _put(self, text: bytes | memoryview) -> None:
        """Writes whole characters of UTF-8. Raises OutputFileError for one that the encoding lacks."""
        if self._encoder is not None:
            try:
                text = self._encoder.encode(str(text, "utf-8"))
            except UnicodeEncodeError as problem:
                # What was read is in the encoding: a name of the program is not.
                lacking = problem.object[problem.start]
                raise OutputFileError(
                    f"cannot write {self._called}: {self._encoding} has no {lacking!r}",
                    hint="give what is called so another name, or write -f ndjson, which is UTF-8",
                ) from None
        with streaming(self._file, self._called):
            self._file.write(text)
            self._file.flush()
