"""Where rows go: a file that appears when it is complete, or a stream that gets them as they come."""

from __future__ import annotations

import io
import os
import queue
import shutil
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

import polars as pl
from polars.exceptions import PolarsError
from polars.io.plugins import register_io_source

from exprgrad.diagnostics import OutputFileError
from exprgrad.rows.chunks import LINE
from exprgrad.rows.formats import Format

if TYPE_CHECKING:
    from polars._typing import CsvQuoteStyle

STANDARD_OUTPUT: Final = "-"
# Frames that wait for the thread that writes: enough to keep it busy, few enough for memory.
_WAITING: Final = 2
# The rows of a row group or a record batch.
_GROUP: Final = 1 << 17
_COPIED: Final = 1 << 20


class Writer(Protocol):
    """What takes the frames of an output, in order."""

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame | io.BytesIO:
        """What `write` takes; called by several threads."""

    def write(self, block: pl.DataFrame | io.BytesIO) -> None: ...


@contextmanager
def output(
    name: str | None, format: Format, schema: Mapping[str, pl.DataType], header: Sequence[str]
) -> Iterator[Writer]:
    """A writer of frames with the columns of `schema`, after a row with the names of `header` if there are any. The
    file is there, complete, when the block ends without an error, and not before; an error leaves what was there.
    `None` and '-' are standard output. Raises OutputFileError, or BrokenPipeError where nobody reads any more."""
    if name in (None, STANDARD_OUTPUT):
        with _stream(_standard_output(), "standard output", format, schema, header) as writer:
            yield writer
        return
    assert name is not None
    before = _before(name)
    if before is not None and not stat.S_ISREG(before):
        # Renaming would replace /dev/null itself, or the file behind /dev/stdout.
        try:
            device = open(name, "ab")  # noqa: SIM115, closed below
        except OSError as problem:
            raise unwritable(name, problem) from None
        try:
            with _stream(device, name, format, schema, header) as writer:
                yield writer
        finally:
            with suppress(OSError):  # told already: each block is flushed
                device.close()
        return
    path = _resolved(name)
    beside = os.path.join(os.path.dirname(path), f".exprgrad-{os.getpid()}-{time.time_ns()}")
    try:
        _create(beside, name)
        with _sink(beside, name, format, schema, header) as writer:
            yield writer
        try:
            if before is not None:
                os.chmod(beside, stat.S_IMODE(before))
            os.replace(beside, path)
        except OSError as problem:
            raise unwritable(name, problem) from None
    finally:
        if os.path.lexists(beside):
            os.unlink(beside)


def _resolved(name: str) -> str:
    """The file itself, where the name is that of a link to it."""
    try:
        return os.path.realpath(name)
    except (OSError, ValueError) as problem:  # ValueError: a name that no file can have
        raise unwritable(name, problem) from None


def _create(path: str, called: str) -> None:
    try:
        open(path, "xb").close()
    except OSError as problem:
        raise unwritable(called, problem) from None


@contextmanager
def _sink(
    path: str, called: str, format: Format, schema: Mapping[str, pl.DataType], header: Sequence[str]
) -> Iterator[_Sink]:
    """A thread that writes a file, which is complete when the block ends without an error."""
    sink = _Sink(path, called, format, schema, header)
    try:
        yield sink
        sink.close()
    finally:
        sink.abandon()


def _before(name: str) -> int | None:
    """The mode of what has a name now; raises OutputFileError if no file can be written there."""
    try:
        if not os.path.basename(name) or os.path.isdir(name):
            raise IsADirectoryError("it is a directory")
        if not os.path.exists(name):
            return None
        mode = os.stat(name).st_mode
        if os.path.abspath(name).startswith(("/dev/", "/proc/")):
            return stat.S_IFCHR
        if not os.access(name, os.W_OK):
            raise PermissionError("permission denied")
        return mode
    except (OSError, ValueError) as problem:
        raise unwritable(name, problem) from None


class _Sink:
    """Polars' own writer, in a thread that takes frames from a queue: it encodes them while the next ones are
    computed. The thread that gives them stays in Python, where an interrupt reaches it."""

    def __init__(
        self, path: str, called: str, format: Format, schema: Mapping[str, pl.DataType], header: Sequence[str]
    ) -> None:
        self._called = called
        self._queue: queue.Queue[pl.DataFrame | None] = queue.Queue(_WAITING)
        self._stopped = False
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(path, format, schema, header), daemon=True)
        self._thread.start()

    def _run(self, path: str, format: Format, schema: Mapping[str, pl.DataType], header: Sequence[str]) -> None:
        try:
            frames = register_io_source(lambda *_: self._frames(), schema=dict(schema), is_pure=True)
            if format is Format.PARQUET:
                # Level 1 writes random doubles as small as level 3 does, in two thirds of the time.
                frames.sink_parquet(path, compression="zstd", compression_level=1, row_group_size=_GROUP)
            elif format is Format.ARROW:
                frames.sink_ipc(path, record_batch_size=_GROUP)
            else:
                with open(path, "wb") as file:
                    file.write(_header(header, format))
                    quotes = _quotes(schema)
                    frames.sink_csv(file, include_header=False, separator=format.separator, quote_style=quotes)
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
        return unwritable(self._called, problem) if isinstance(problem, (OSError, PolarsError)) else problem


class _AbandonedError(Exception):
    """Nobody wants the output any more."""


def _header(names: Sequence[str], format: Format) -> bytes:
    """The row of names with which a file begins, if there are any."""
    empty = pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    return empty.write_csv(separator=format.separator).encode() if names else b""


def _quotes(schema: Mapping[str, pl.DataType]) -> CsvQuoteStyle:
    """Which cells are written between quotes: those that have to be, but no whole lines, which have separators."""
    return "never" if LINE in schema else "necessary"


@contextmanager
def _stream(
    file: BinaryIO, called: str, format: Format, schema: Mapping[str, pl.DataType], header: Sequence[str]
) -> Iterator[Writer]:
    if format.is_text:
        writer = _Text(file, called, format)
        with _errors(file, called):
            file.write(_header(header, format))
            file.flush()
        yield writer
        return
    # The end of such a file says where things are, so it is written to a disk first.
    handle, path = tempfile.mkstemp(prefix="exprgrad-")
    os.close(handle)
    try:
        with _sink(path, called, format, schema, header) as sink:
            yield sink
        with _errors(file, called), open(path, "rb") as spool:
            shutil.copyfileobj(spool, file, _COPIED)
            file.flush()
    finally:
        os.unlink(path)


class _Text:
    """A stream of text, which has each block as soon as it is computed."""

    def __init__(self, file: BinaryIO, called: str, format: Format) -> None:
        self._file = file
        self._called = called
        self._format = format
        # Buffers that are written out: memory that is there already is filled sooner than new memory.
        self._free: list[io.BytesIO] = []

    def prepared(self, frame: pl.DataFrame) -> pl.DataFrame | io.BytesIO:
        try:
            buffer = self._free.pop()
        except IndexError:
            buffer = io.BytesIO()
        quotes = _quotes(frame.schema)
        frame.write_csv(buffer, include_header=False, separator=self._format.separator, quote_style=quotes)
        return buffer

    def write(self, block: pl.DataFrame | io.BytesIO) -> None:
        assert isinstance(block, io.BytesIO)
        with _errors(self._file, self._called), block.getbuffer() as whole:
            self._file.write(whole[: block.tell()])
            self._file.flush()
        block.seek(0)
        self._free.append(block)


@contextmanager
def _errors(file: BinaryIO, called: str) -> Iterator[None]:
    """Errors of a stream, as the user's. BrokenPipeError stays what it is: whoever reads has seen enough."""
    try:
        yield
    except OSError as problem:
        if sys.stdout is not None and file is sys.stdout.buffer:
            # What is still in the buffer would fail again, and loudly, when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())
        if isinstance(problem, BrokenPipeError):
            raise
        raise unwritable(called, problem) from None


def _standard_output() -> BinaryIO:
    if sys.stdout is None:
        raise OutputFileError("cannot write standard output: it is closed")
    return sys.stdout.buffer


def unwritable(name: str, problem: Exception) -> OutputFileError:
    """The error for an output that cannot be written."""
    reason = (getattr(problem, "strerror", None) or str(problem)).partition("\n")[0]
    # Polars says "parquet: File out of specification: underlying IO error: File too large (os error 27)".
    reason = reason.rpartition("IO error: ")[2].partition(" (os error")[0]
    return OutputFileError(f"cannot write {name}: {reason[:1].lower()}{reason[1:]}")
