"""Where rows come from: files, globs, directories, pipes and standard input, as a list of files of one format; or a
grid."""

from __future__ import annotations

import codecs
import glob
import io
import os
import select
import stat
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from typing import BinaryIO, Final, cast

from exprgrad.compression import TELLING, Codec, told, undamaged
from exprgrad.diagnostics import ExprError, InputDataError, InputFileError, UsageError, listed
from exprgrad.files import (
    STANDARD,
    called,
    check_apart,
    ending_of,
    not_encoded,
    standard_input,
    storing,
    temporary,
    unreadable,
)
from exprgrad.ranges import Listed, Range
from exprgrad.records import NamedTuple
from exprgrad.rows.dialect import OTHER_ENCODING, PLAIN, Dialect
from exprgrad.rows.formats import CSV, ENDINGS, SNIFFED, SWEPT, Format, read_as, sniffed

# A stream that pauses for so many seconds gets answers for what it has sent.
PAUSE: Final = 0.05
# An interrupt is noticed within so many seconds.
_INTERRUPTIBLE: Final = 0.2


class Sweep(NamedTuple):
    """All points of a grid over some variables, each with so many values."""

    axes: tuple[Range | Listed, ...]


class Source(NamedTuple):
    """One file; or a stream, standard input or a pipe, with the bytes that were read of it to tell its format, or with
    a copy of it in a file that can be read again; or a grid over `axes`. `codec` is what the file is compressed by, and
    `unpacked` what the stream holds where that is compressed."""

    name: str
    format: Format
    stream: BinaryIO | None = None
    start: bytes = b""
    copy: BinaryIO | None = None
    codec: Codec | None = None
    unpacked: BinaryIO | None = None
    axes: tuple[Range | Listed, ...] = ()

    @property
    def called(self) -> str:
        """The source in a message."""
        return called(self.name)

    @property
    def counts(self) -> list[int]:
        """How many values each axis has."""
        return [axis.points or 0 for axis in self.axes]

    def place(self, row: int, line: int | None = None) -> str:
        """A row in a message, counted from 0, and the line that it is in a text: of a grid the point."""
        if not self.axes:
            return f"{self.called}, row {row + 1}" + ("" if line is None else f" (line {line + 1})")
        point = []
        for axis in reversed(self.axes):
            row, k = divmod(row, axis.points or 1)
            point.append(f"{axis.name} = {axis.values([k])[0]!r}")
        return f"at {', '.join(reversed(point))}"

    @property
    def streams(self) -> bool:
        """Whether it can be read once only."""
        return self.stream is not None and self.copy is None


# What rows are read from: files, globs and directories by their names, a grid, or a source that is known already.
Origin = Sequence[str] | Sweep | Source


def sources(names: Origin, dialect: Dialect = PLAIN) -> list[Source]:
    """The files that names, globs and directories stand for, in order, or a grid. `dialect` is what is said of texts.
    Raises UsageError if they differ in format, and InputFileError if there is nothing to read."""
    if isinstance(names, Source):
        return [names]
    if isinstance(names, Sweep):
        return [Source("the sweep", SWEPT, axes=names.axes)]
    if stream := next(filter(is_read_once, names), None):
        if len(names) > 1:
            message = f"{called(stream)} cannot be read together with other files"
            raise UsageError(message, hint=f"give '{stream}' alone")
        return [_streamed(stream, dialect)]
    found = [_file(file, dialect) for name in names for file in _expanded(name)]
    if not found:
        raise UsageError("there are no files of rows", hint="name one, or '-' for standard input")
    formats = list(dict.fromkeys(source.format for source in found))
    if len(formats) > 1:
        kinds = listed([format.name for format in formats])
        firsts = [next(source.name for source in found if source.format == format) for format in formats]
        raise UsageError(f"the files of rows are {kinds}: {listed(firsts)}", hint="give files of one format")
    return found


def is_read_once(name: str) -> bool:
    """Whether what has this name, such as a pipe, cannot be read again."""
    return name == STANDARD or (os.path.exists(name) and not (os.path.isfile(name) or os.path.isdir(name)))


def _expanded(name: str) -> Sequence[str]:
    try:
        if os.path.isdir(name):
            inside = (entry.path for entry in os.scandir(name) if entry.is_file() and not entry.name.startswith("."))
            files = sorted(path for path in inside if ending_of(path) in ENDINGS)
            if not files:
                hint = f"a file of rows ends in {', '.join(ENDINGS)}"
                raise InputFileError(f"the directory {name} has no files of rows", hint=hint, origin=name)
            return files
        if not os.path.lexists(name) and glob.has_magic(name):
            files = sorted(path for path in glob.glob(name, recursive=True) if os.path.isfile(path))
            if not files:
                raise InputFileError(f"no file matches {name}", origin=name)
            return files
        with open(name, "rb"):
            return [name]
    except ExprError:
        raise
    except (OSError, ValueError) as problem:  # ValueError: a name that no file can have
        raise unreadable(name, problem) from None


def _file(name: str, dialect: Dialect) -> Source:
    """A file, in the format that its ending says, else in the one that it begins as. Raises InputDataError where a
    format that compresses within is compressed."""
    codec = told(_first(name, TELLING))
    format = read_as(name) or _begun_as(_first(name, SNIFFED, codec), dialect)
    if codec is not None and not format.is_text:
        message = f"{name} is compressed by {codec.name}, and {format.name} is not read so"
        raise InputDataError(message, hint="unpack it: such files are compressed within", origin=name)
    return Source(name, format.said(dialect), codec=codec)


def _streamed(name: str, dialect: Dialect) -> Source:
    """Standard input, or a pipe, which is open from now on."""
    try:
        stream = standard_input() if name == STANDARD else cast(BinaryIO, open(name, "rb"))  # noqa: SIM115
    except OSError as problem:
        raise unreadable(name, problem) from None
    start, unpacked = _begun(stream, called(name))
    return Source(name, _begun_as(start, dialect).said(dialect), stream, start, unpacked=unpacked)


def _begun_as(start: bytes, dialect: Dialect) -> Format:
    """The format of what begins so. Where a separator is said, what the first line has does not count."""
    format = sniffed(start)
    return CSV if format.separated and dialect.separator is not None else format


def blocks(source: Source, size: int) -> Iterator[bytes]:
    """The bytes of a source, of a text in UTF-8, in blocks of about a size. What a stream sends slowly is not waited
    for."""
    encoding = source.format.dialect.encoding
    # What was copied was read once already.
    return _blocks(source, size) if encoding is None or source.copy else _recoded(source, size, encoding)


def _recoded(source: Source, size: int, encoding: str) -> Iterator[bytes]:
    """The bytes of a text in another encoding, in UTF-8. Raises InputDataError."""
    decoder = codecs.getincrementaldecoder(encoding)()
    before = 0
    for data in chain(_blocks(source, size), [b""]):
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeError as problem:
            raise not_encoded(source.called, encoding, before - held, problem, OTHER_ENCODING) from None
        before += len(data)
        if text:
            yield text.encode()


def _blocks(source: Source, size: int) -> Iterator[bytes]:
    """The bytes of a source as they are."""
    if source.stream is not None and source.copy is None:
        yield from _stream(source, source.stream, size)
        return
    if source.copy is not None:
        source.copy.seek(0)
        while data := source.copy.read(size):
            yield data
        return
    yield from _unpacked(source.name, source.codec, size)


def _unpacked(name: str, codec: Codec | None, size: int) -> Generator[bytes]:
    """What a file holds, unpacked where it is compressed."""
    try:
        with open(name, "rb") as file:
            check_apart(name, file)
            if codec is None:
                while data := file.read(size):
                    yield data
                return
            packed = codec.reading(file)
            with undamaged(name):
                while data := packed.read(size):
                    yield data
    except OSError as problem:
        raise unreadable(name, problem) from None


def _come(packed: BinaryIO, size: int, called: str) -> bytes:
    """What has come of a compressed stream, unpacked."""
    with undamaged(called):
        data: bytes = packed.read1(size)  # type: ignore[attr-defined]
        return data


def _stream(source: Source, stream: BinaryIO, size: int) -> Iterator[bytes]:
    held, length = [source.start], len(source.start)
    while True:
        if length and (length >= size or not _has_more(stream, PAUSE)):
            yield b"".join(held)
            held, length = [], 0
        if source.unpacked is None:
            data = _read(stream, min(size, SNIFFED), source.called)
        else:
            data = _come(source.unpacked, min(size, SNIFFED), source.called)
        if not data:
            break
        held.append(data)
        length += len(data)
    if length:
        yield b"".join(held)


def copied(source: Source, data: Iterable[bytes], file: BinaryIO) -> Source:
    """A stream whose data are copied to a file first, to be read again. Raises OutputFileError."""
    for block in data:
        with storing():
            file.write(block)
    with storing():
        file.flush()
        file.seek(0)
    return source._replace(copy=file)


@contextmanager
def kept(names: Sequence[str] | Sweep, dialect: Dialect) -> Iterator[Origin]:
    """The same to be read again and again: a pipe is copied to a file for that. Raises ExprError."""
    if isinstance(names, Sweep) or not any(map(is_read_once, names)):
        yield names
        return
    (source,) = sources(names, dialect)
    with temporary() as file:
        yield copied(source, blocks(source, SNIFFED), file)


def beginning(source: Source, size: int) -> bytes:
    """The first bytes of a source, which are still there to be read."""
    return _first(source.name, size) if source.stream is None else source.start[:size]


def _first(name: str, size: int, codec: Codec | None = None) -> bytes:
    """The first bytes of a file, of one that is compressed as it holds them."""
    with closing(_unpacked(name, codec, size)) as found:
        return next(found, b"")


def ready(source: Source) -> bool:
    """Whether more of a source can be read without waiting for it."""
    return source.stream is None or _has_more(source.stream, 0.0)


def _has_more(stream: BinaryIO, wait: float) -> bool:
    """Whether a stream goes on within some seconds. Where that cannot be told, it is waited for."""
    try:
        return bool(select.select([stream.fileno()], [], [], wait)[0])
    except (OSError, ValueError):
        return True


class _Waited(io.RawIOBase):
    """A stream that is read behind what was read of it already; whoever waits for it can be interrupted."""

    def __init__(self, start: bytes, stream: BinaryIO, called: str) -> None:
        self._start = start
        self._stream = stream
        self._called = called

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._start:
            return _read(self._stream, size if size >= 0 else SNIFFED, self._called)
        data, self._start = self._start[:size], self._start[size:]
        return data


def _begun(stream: BinaryIO, called: str) -> tuple[bytes, BinaryIO | None]:
    """Enough of a stream to tell its format, its first line or so; and what it holds where it is compressed."""
    start = b""
    while len(start) < TELLING and (data := _read(stream, SNIFFED, called)):
        start += data
        if told(start) is None and b"\n" in start:
            break
    codec = told(start)
    packed = None if codec is None else codec.reading(cast(BinaryIO, _Waited(start, stream, called)))
    start = start if packed is None else b""
    while len(start) < SNIFFED and b"\n" not in start:
        data = _read(stream, SNIFFED, called) if packed is None else _come(packed, SNIFFED, called)
        if not data:
            break
        start += data
    return start, packed


def _read(stream: BinaryIO, size: int, called: str) -> bytes:
    # Polars has calls of the system begun anew after an interrupt, so that one that waits would go on waiting.
    while not _has_more(stream, _INTERRUPTIBLE):
        pass
    try:
        read1 = getattr(stream, "read1", stream.read)
        data: bytes = read1(size)
        return data
    except OSError as problem:
        raise unreadable(called, problem) from None


def size_of(source: Source) -> int | None:
    """How many bytes a file has, if it is a file that has an end."""
    if source.codec is not None or source.format.dialect.encoding is not None:
        return None  # how much is in it shows at its end
    try:
        found = os.stat(source.name)
    except OSError:  # standard input, or it went away: whoever reads it says so
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None
