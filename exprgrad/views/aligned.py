"""Cells of text in columns: numbers with equal places below each other, words from the left."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from exprgrad.diagnostics import columns as width_of
from exprgrad.records import NamedTuple

# What stands between two columns.
GAP: Final = "  "
# Stands for what is left out.
ELIDED: Final = "..."
_NUMBER: Final = r"[-+ ]*(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|-?inf|nan|NaN"


class Column(NamedTuple):
    """The shape of a column: how many columns of a terminal it takes before the point and from there on, if it holds
    numbers, and in all."""

    before: int
    behind: int
    width: int
    numbers: bool

    @classmethod
    def of(cls, head: str, cells: Sequence[str]) -> Column:
        """The shape that fits some cells, and the head above them."""
        numbers = all([re.fullmatch(_NUMBER, cell) is not None for cell in cells if cell not in ("", ELIDED)])
        if not numbers:
            width = max(map(width_of, (head, *cells)))
            return cls(0, 0, width, False)
        split = [_split(cell) for cell in cells]
        before, behind = (max([len(piece[i]) for piece in split], default=0) for i in (0, 1))
        return cls(before, behind, max(before + behind, width_of(head)), True)

    def cell(self, text: str) -> str:
        """A cell in its place, as wide as the column unless it is longer than all it was made for."""
        if self.numbers and text:
            before, behind = _split(text)
            text = f"{before:>{self.before}}{behind:{self.behind}}".rjust(self.width)
        return text + " " * (self.width - width_of(text))

    def head(self, text: str) -> str:
        """The head: above numbers it ends where they do."""
        room = " " * (self.width - width_of(text))
        return room + text if self.numbers else text + room


def _split(number: str) -> tuple[str, str]:
    """A number before its point, or its exponent, and from there on."""
    if number == ELIDED:
        return number, ""
    match = re.search(r"[.eE]", number) if number[-1:].isdigit() or number[-1:] == "." else None
    at = len(number) if match is None else match.start()
    return number[:at], number[at:]


def line(cells: Sequence[str]) -> str:
    """Cells that have their widths as a line."""
    return f"{GAP.join(cells).rstrip()}\n"


def lines(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """A table: its heads, unless all are empty, and its rows. `cells` are the columns."""
    shapes = [Column.of(head, column) for head, column in zip(heads, cells, strict=True)]
    head = [line([shape.head(text) for shape, text in zip(shapes, heads, strict=True)])] if any(heads) else []
    rows = zip(*cells, strict=True)
    return head + [line([shape.cell(text) for shape, text in zip(shapes, row, strict=True)]) for row in rows]


def banded(heads: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> list[str]:
    """The same in so many columns of a terminal: what does not fit goes on below, with the first column once more. Of
    further bands rows without any cell are left out."""
    found: list[str] = []
    for start, end in _bands([Column.of(head, column).width for head, column in zip(heads, cells, strict=True)], width):
        rows = [i for i in range(len(cells[0])) if start == 1 or any([column[i] for column in cells[start:end]])]
        chosen = [[column[i] for i in rows] for column in (cells[0], *cells[start:end])]
        if start > 1:
            found.append("\n")
        found += lines([heads[0], *heads[start:end]], chosen)
    return found


def _bands(widths: Sequence[int], width: int) -> Iterator[tuple[int, int]]:
    """Where each band begins and ends among columns of some widths. The first column, which is in each, is not counted;
    there is one band at least."""
    start = 1
    while True:
        end, used = start, widths[0]
        while end < len(widths) and (end == start or used + len(GAP) + widths[end] <= width):
            used += len(GAP) + widths[end]
            end += 1
        yield start, end
        if end == len(widths):
            return
        start = end


def fits(heads: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> bool:
    """Whether a table has room in so many columns of a terminal."""
    shapes = [Column.of(head, column) for head, column in zip(heads, cells, strict=True)]
    return sum(shape.width for shape in shapes) + len(GAP) * (len(shapes) - 1) <= width
