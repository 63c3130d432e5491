"""Where the rows and cells of a text begin and end, found by numpy, which lets other threads run meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from exprgrad.records import NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Spans(NamedTuple):
    """Where the rows of a chunk begin and end, how many cells each has, and which are lines without anything."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    cells: NDArray[np.int64]
    blank: NDArray[np.bool_]


def newlines(data: bytes) -> int:
    """How many newlines a text has."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))


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
