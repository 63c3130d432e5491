"""Lines that do not count, taken out of a text; where they stood is known as long as it matters to messages."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from exprgrad.records import NamedTuple
from exprgrad.rows.chunks import MARK, whole_rows


class Removed(NamedTuple):
    """So many lines that were taken out `after` so many others, which stayed."""

    after: int
    lines: int


class Comments:
    """The lines that begin with a prefix, and not between quotes."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix.encode()
        self._pattern = re.compile(rb"(?m)^" + re.escape(self._prefix) + rb"[^\n]*\n?")
        self._removed: deque[Removed] = deque()
        self._lines = 0

    def without(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """A text without them."""
        odd, begun = 0, False
        for data in whole_rows(blocks, quotes=False):
            text = data if begun else data.removeprefix(MARK)
            begun = True
            start = counted = 0
            kept = []
            for line in self._pattern.finditer(text) if self._prefix in text else ():
                odd ^= text.count(b'"', counted, line.start()) & 1
                counted = line.start()
                if odd:
                    continue  # it is within a cell
                kept.append(text[start : line.start()])
                self._lines += kept[-1].count(b"\n")
                self._remove()
                start = counted = line.end()
            odd ^= text.count(b'"', counted) & 1
            rest = text[start:] if start else text
            self._lines += rest.count(b"\n")
            if found := b"".join((*kept, rest)) if kept else rest:
                yield found

    def _remove(self) -> None:
        count = 1
        if self._removed and self._removed[-1].after == self._lines:
            count += self._removed.pop().lines
        self._removed.append(Removed(self._lines, count))

    def before(self, line: int) -> Iterator[Removed]:
        """What was taken out before a line of those that stayed, once only."""
        while self._removed and self._removed[0].after < line:
            yield self._removed.popleft()
