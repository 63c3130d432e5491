"""Text cut at the ends of rows: a row of CSV may hold newlines between quotes, and no row is cut in two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from exprgrad.diagnostics import InputDataError
from exprgrad.records import NamedTuple
from exprgrad.rows import spans
from exprgrad.rows.locations import AtRow

# What some programs begin a text in UTF-8 with.
MARK: Final = b"\xef\xbb\xbf"
# What files begin with that are no text, what they are, and what to do.
_NO_TEXT: Final = {
    b"PK\x03\x04": ("a zip archive or a workbook", "unpack it, or save it as CSV"),
    b"PAR1": ("a Parquet file", "let its name end in .parquet"),
    b"ARROW1": ("an Arrow file", "let its name end in .arrow"),
}
# A row is not longer than this, or a quote is not closed and the rest of the file would be taken for one cell.
LONGEST_ROW: Final = 1 << 26

# No column has this name: a line as it is, or what is to be written of it.
LINE: Final = "\0line"


class Chunk(NamedTuple):
    """Whole rows, and how many lines come before them that belong to no other chunk: those of a header. Some lines may
    have been taken out: after how many of the others, and how many."""

    data: bytes
    before: int = 0
    removed: Sequence[tuple[int, int]] = ()

    @property
    def lines(self) -> int:
        """The lines of a chunk, and those before it."""
        return self.before + spans.newlines(self.data) + sum([count for _, count in self.removed])

    def line(self, start: int) -> int:
        """How many lines come before a place in the data."""
        lines = self.data.count(b"\n", 0, start)
        return self.before + lines + sum([count for after, count in self.removed if after <= lines])


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
        raise InputDataError(f"{called}: {problem.message}", origin=called) from None
    for begin, (what, hint) in _NO_TEXT.items():
        # A column may be called PAR1.
        if first.startswith(begin) and (b"\0" in first or not begin.isascii()):
            raise InputDataError(f"{called} is no text but {what}", hint=hint, origin=called)
    return first, chain([first], chunks)


def first_end(data: bytes) -> int:
    """Where the first row of a text ends."""
    end, odd, counted = data.find(b"\n"), 0, 0
    while end >= 0:
        odd ^= data.count(b'"', counted, end) & 1
        if not odd:
            return end
        counted, end = end, data.find(b"\n", end + 1)
    return len(data)


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
