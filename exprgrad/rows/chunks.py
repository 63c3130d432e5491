"""Text cut at the ends of rows: a row of CSV may hold newlines between quotes, and no row is cut in two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from exprgrad.diagnostics import InputDataError
from exprgrad.records import NamedTuple
from exprgrad.rows.locations import AtRow

# What some programs begin a text in UTF-8 with.
MARK: Final = b"\xef\xbb\xbf"
# What files begin with that are no text, what they are, and what to do.
_NO_TEXT: Final = {
    b"\x1f\x8b": ("compressed by gzip", "unpack it: gzip -dc FILE | exprgrad ... --rows-from -"),
    b"\x28\xb5\x2f\xfd": ("compressed by zstd", "unpack it: zstd -dc FILE | exprgrad ... --rows-from -"),
    b"PK\x03\x04": ("a zip archive or a workbook", "unpack it, or save it as CSV"),
    b"PAR1": ("a Parquet file", "let its name end in .parquet"),
    b"ARROW1": ("an Arrow file", "let its name end in .arrow"),
}
# A row is not longer than this, or a quote is not closed and the rest of the file would be taken for one cell.
LONGEST_ROW: Final = 1 << 26

# No column has this name: a line as it is, or what is to be written of it.
LINE: Final = "\0line"


class Chunk(NamedTuple):
    """Whole rows, and how many lines come before them that belong to no other chunk: those of a header."""

    data: bytes
    before: int = 0

    @property
    def lines(self) -> int:
        """The lines of a chunk, and those before it. Counted by numpy, which lets other threads run meanwhile."""
        return self.before + int(np.count_nonzero(np.frombuffer(self.data, np.uint8) == ord("\n")))


class Spans(NamedTuple):
    """Where the rows of a chunk begin and end, how many cells each has, and which are lines without anything."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    cells: NDArray[np.int64]
    blank: NDArray[np.bool_]


def whole_rows(blocks: Iterable[bytes], *, quotes: bool) -> Iterator[bytes]:
    """Cuts blocks of text anew, each at the end of a row; their bytes in order stay the same. Where quotes count, a
    newline after an odd number of them is part of a cell."""
    held: list[bytes] = []
    length, odd = 0, False
    for data in blocks:
        # Most files have no quotes, which is told sooner than they are counted.
        counted = quotes and (odd or b'"' in data)
        cut = _last_end(data, odd) if counted else data.rfind(b"\n") + 1
        if cut:
            yield b"".join((*held, memoryview(data)[:cut])) if held or cut < len(data) else data
            held, length, odd, data = [], 0, False, data[cut:]
        if counted:
            odd ^= bool(data.count(b'"') & 1)
        if data:
            held.append(data)
        length += len(data)
        if length > LONGEST_ROW:
            cause = "a quote is not closed" if odd else "it has no newline"
            raise AtRow(0, f"the row is longer than {LONGEST_ROW >> 20} MB: {cause}")
    if held:
        yield b"".join(held)


def begun(chunks: Iterator[bytes], called: str) -> tuple[bytes, Iterator[bytes]]:
    """Chunks to their first that is not blank, as one, and all chunks with it. Raises InputDataError."""
    first = b""
    try:
        while not first.removeprefix(MARK).strip() and (more := next(chunks, b"")):
            first += more
    except AtRow as problem:
        raise InputDataError(f"{called}: {problem.message}") from None
    for begin, (what, hint) in _NO_TEXT.items():
        # A column may be called PAR1.
        if first.startswith(begin) and (b"\0" in first or not begin.isascii()):
            raise InputDataError(f"{called} is no text but {what}", hint=hint)
    return first, chain([first], chunks)


def _last_end(data: bytes, odd: bool) -> int:
    """Where the last row that ends in the data ends, or 0; `odd` says whether the data begins between quotes."""
    end = data.rfind(b"\n")
    inside = odd ^ bool(data.count(b'"', 0, max(end, 0)) & 1)
    while inside and end >= 0:
        # All newlines back to the quote before are in the same cell.
        quote = data.rfind(b'"', 0, end)
        end, after = data.rfind(b"\n", 0, max(quote, 0)), end
        inside ^= bool(data.count(b'"', max(end, 0), after) & 1)
    return end + 1


def rows_of(data: bytes, separator: str) -> Spans:
    """The rows and cells of a chunk of separated text, as quotes have it."""
    bytes_ = np.frombuffer(data, np.uint8)
    newline, between = bytes_ == ord("\n"), bytes_ == ord(separator)
    if b'"' in data:
        outside = ~np.logical_xor.accumulate(bytes_ == ord('"'))
        newline &= outside
        between &= outside
    ends = np.flatnonzero(newline)
    if len(data) and (not len(ends) or ends[-1] != len(data) - 1):
        ends = np.append(ends, len(data))
    starts = np.concatenate(([0], ends[:-1] + 1))[: len(ends)]
    cells = np.diff(np.searchsorted(np.flatnonzero(between), ends), prepend=0) + 1
    width = ends - starts
    blank = width == 0
    blank[width == 1] = bytes_[starts[width == 1]] == ord("\r")
    return Spans(starts, ends, cells, blank)


def separators(data: bytes, separator: str, *, quotes: bool) -> int:
    """How many separators a chunk has: those outside of quotes, where quotes count."""
    between = np.frombuffer(data, np.uint8) == ord(separator)
    found = int(np.count_nonzero(between))
    if not (found and quotes):
        return found
    before = np.cumsum(between, dtype=np.int32)[_quotes(data)]
    return found - int((before[1::2] - before[0::2]).sum())


def stray_quote(data: bytes, separator: str) -> int | None:
    """Where the first quote is that makes it doubtful where a cell ends, if there is one: a quote that is not closed,
    one within a cell between quotes, or one of two in another cell with a separator or a newline between them."""
    bytes_, quotes = np.frombuffer(data, np.uint8), _quotes(data)
    openings, closings = quotes[0::2], quotes[1::2]
    # What a quote may stand beside: the end of a cell, and the other half of a doubled quote.
    beside = np.zeros(256, np.bool_)
    beside[[ord(separator), ord("\n"), ord('"')]] = True
    end = len(data) - 1
    after, wide = (bytes_[np.minimum(closings + i, end)] for i in (1, 2))
    closed = beside[after] | (closings == end) | (after == ord("\r")) & ((wide == ord("\n")) | (closings + 1 == end))
    odd = np.zeros(len(quotes), np.bool_)
    odd[0::2] = ~(beside[bytes_[openings - 1]] | (openings == 0))
    odd[1::2] = ~closed
    if odd.any():
        # Perhaps they are part of a cell without quotes around it, which is taken as it stands.
        ends = np.flatnonzero((bytes_ == ord(separator)) | (bytes_ == ord("\n")))
        pairs = (np.searchsorted(quotes, ends) - 1) // 2
        inside = np.searchsorted(quotes, ends) & 1 == 1
        split = np.zeros(len(openings), np.bool_)
        split[pairs[inside]] = True
        starts = np.concatenate(([0], ends[~inside] + 1))
        quoted = bytes_[starts[np.searchsorted(starts, openings, "right") - 1]] == ord('"')
        odd[0::2] = np.where(quoted, odd[0::2], split)
        odd[1::2] &= quoted[: len(closings)]
    if len(quotes) & 1:
        odd[-1] = True
    return int(quotes[odd.argmax()]) if odd.any() else None


def stray_return(data: bytes) -> int | None:
    """Where the first carriage return outside of quotes is that ends no line: for some programs it does."""
    if data.count(b"\r") == data.count(b"\r\n"):
        return None
    bytes_ = np.frombuffer(data, np.uint8)
    returns = np.flatnonzero(bytes_[:-1] == ord("\r"))
    stray = (bytes_[returns + 1] != ord("\n")) & (np.searchsorted(_quotes(data), returns) & 1 == 0)
    return int(returns[stray.argmax()]) if stray.any() else None


def _quotes(data: bytes) -> NDArray[np.int64]:
    return np.flatnonzero(np.frombuffer(data, np.uint8) == ord('"'))


def without(data: bytes, rows: Spans, dropped: NDArray[np.bool_]) -> bytes:
    """A chunk without some of its rows."""
    spans = zip(rows.starts[~dropped].tolist(), rows.ends[~dropped].tolist(), strict=True)
    return b"".join(data[start : end + 1] for start, end in spans)
