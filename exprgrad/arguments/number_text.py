"""Numbers in a text, in plain Python: a few between spaces and commas, or the columns of a table with a header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from exprgrad.arguments.plain_number import plain_number
from exprgrad.arguments.table import HEADER_NAMES, NO_HEADER, NULL_MARKERS
from exprgrad.diagnostics import InputDataError, Span, listed, meant
from exprgrad.records import NamedTuple
from exprgrad.rows.dialect import (
    PLAIN,
    SPACES,
    TRUTH,
    Dialect,
    absent_words,
    heading,
    is_several,
    numbered,
    place_of,
    separated_otherwise,
    unlike_number,
)

_COMMENT: Final = "#"
_NOT_FINITE: Final = r"[+-]?(?:nan|inf|infinity)"
# What is no name in a header, but a number, or a slip in one.
_LIKE_NUMBER: Final = rf"\s*(?:[+-]?[.,]?[0-9]|{_NOT_FINITE}\s*$)"


def _number(text: str) -> float | None:
    """The number that a cell is, if it is one."""
    if re.fullmatch(_NOT_FINITE, text, re.IGNORECASE):
        return float(text)
    return plain_number(text)


class NumberText(NamedTuple):
    """A text that holds numbers, what it is called, and how it is written: `separator` is what the name of the file
    says of that."""

    text: str
    called: str
    separator: str | None = None
    dialect: Dialect = PLAIN

    def numbers(self) -> Any:
        """All of the numbers: one alone is a number, one line or one column a vector, more are the rows of a matrix. A
        first row of which no cell is a number has the names of columns."""
        if self.dialect._replace(comment=None) == PLAIN and self.separator is None and not self._has_header():
            return _shaped(list(self._loose()), self.called)
        table = self.table()
        return _shaped([table.numbers(row) for row in range(len(table.rows))], self.called)

    def table(self, *, named: bool = False) -> NumberTable:
        """The text as rows of cells; `named` says that its columns are asked for by their names."""
        lines = self.text.split("\n")
        separator = self._separator(lines)
        rows = self._rows(lines, separator)
        first, end = next(rows)
        header = self.dialect.header and (named or self._is_header(first))
        names = [name.strip() for name in first] if header else self.dialect.names or numbered(len(first))
        table = NumberTable(self, separator, names, [], [])
        for cells, at in rows if header else chain([(first, end)], rows):
            if len(cells) != len(names):
                raise table.uneven(len(cells), at)
            table.rows.append(cells)
            table.ends.append(at)
        if not table.rows:
            raise InputDataError(
                f"{self.called} has names of columns, and no row below them", hint="write one", origin=self.called
            )
        return table

    def line(self, at: int) -> tuple[int, str]:
        """Where a line begins, counted from 0, and its text."""
        lines = self.text.split("\n")
        return sum(len(line) + 1 for line in lines[:at]), lines[at]

    def _has_header(self) -> bool:
        lines = self.text.split("\n")
        first, _ = next(self._rows(lines, self._separator(lines)))
        return self._is_header(first)

    def _is_header(self, cells: Sequence[str]) -> bool:
        """Whether a first row is one of names: no cell of it looks like a number, as that may be a slip."""
        names = [cell for cell in cells if not re.match(_LIKE_NUMBER, cell, re.IGNORECASE)]
        return len(names) == len(cells) and any(self.number(name) is None and name.strip() for name in names)

    def number(self, cell: str) -> float | None:
        """The number that a cell is, if it is one; nan for what stands for none."""
        bare, dialect = cell.strip(), self.dialect
        if dialect.nulls and (not bare or bare in dialect.nulls):
            return float("nan")
        if not dialect.decimal_comma and (number := plain_number(bare)) is not None:
            return number
        return _number(TRUTH.get(bare) or dialect.number(bare))

    def _separator(self, lines: Sequence[str]) -> str:
        """What stands between cells: what was said, else what the first line has that counts."""
        if self.dialect.separator is not None:
            return self.dialect.separator
        if self.separator is not None and not self.dialect.decimal_comma:
            return self.separator
        first = next((line for line in lines if not self._is_skipped(line)), "")
        likely = (";", "\t") if self.dialect.decimal_comma else (",", "\t")
        return next((separator for separator in likely if separator in first), SPACES)

    def _is_skipped(self, line: str, begun: bool = False) -> bool:
        """Whether a line does not count: it is blank, or a comment."""
        comment = self.dialect.comment or ("" if begun else _COMMENT)
        return (bool(comment) and line.startswith(comment)) or not line.strip()

    def _rows(self, lines: Sequence[str], separator: str) -> Iterator[tuple[list[str], int]]:
        """The rows of cells that lines hold, at least one, and which line each ends in."""
        rows = self._spaced(lines) if separator == SPACES else self._separated(lines, separator)
        first = next(rows, None)
        if first is None:
            raise self._empty()
        yield first
        yield from rows

    def _spaced(self, lines: Sequence[str]) -> Iterator[tuple[list[str], int]]:
        comment = self.dialect.comment or _COMMENT
        pattern = re.compile(rf'{re.escape(comment)}.*|"(?:[^"]|"")*"|\S+')
        for at, line in enumerate(lines):
            if not self._is_skipped(line):
                cells = [cell for cell in pattern.findall(line) if not cell.startswith(comment)]
                yield [cell[1:-1].replace('""', '"') if cell[:1] == '"' else cell for cell in cells], at

    def _separated(self, lines: Sequence[str], separator: str) -> Iterator[tuple[list[str], int]]:
        """The same of lines with a separator. A cell between quotes may have separators and newlines in it."""
        import csv

        at, within, begun = 0, False, False

        def counting() -> Iterator[str]:
            """The lines that count, all of those that go on with a row."""
            nonlocal at, within, begun
            for at, line in enumerate(lines):  # noqa: B007, whoever reads is to know which one was last
                # Below the first row a # may be data, as in files of rows, unless it was said that it begins comments.
                if within or not self._is_skipped(line, begun):
                    within = begun = True
                    yield f"{line}\n"

        try:
            for cells in csv.reader(counting(), delimiter=separator, strict=True):
                within = False
                yield cells, at
        except csv.Error as problem:
            start, line = self.line(at)
            span = Span(start, start + len(line))
            raise InputDataError(
                f"the row cannot be read: {problem}", span, source=self.text, origin=self.called
            ) from None

    def _loose(self) -> Iterator[list[float]]:
        """The rows of numbers with spaces and commas between them, and comments from # on."""
        text = self.text
        rows: list[list[float]] = [[]]
        comma = -1  # where the last one was, if no number has followed
        comment = re.escape(self.dialect.comment or _COMMENT)
        for cell in re.finditer(rf"{comment}.*|\n|,|(?:(?!{comment})[^\s,])+", text):
            if re.match(comment, cell[0]):
                continue
            if cell[0] == ",":
                if comma >= 0 or not rows[-1]:
                    raise self.no_number(cell.start(), "")
                comma = cell.start()
                continue
            if cell[0] == "\n" and comma >= 0:
                raise self.no_number(comma, "")
            comma = -1
            if cell[0] == "\n":
                rows.append([])
                continue
            number = _number(cell[0])
            if number is None:
                raise self.no_number(cell.start(), cell[0])
            rows[-1].append(number)
        rows = [row for row in rows if row]
        if not rows:
            raise self._empty()
        return iter(rows)

    def _empty(self) -> InputDataError:
        return InputDataError(
            f"{self.called} holds no number",
            hint="write some, with spaces, commas or lines between them",
            origin=self.called,
        )

    def no_number(self, start: int, cell: str) -> InputDataError:
        """The error for a cell that is no number."""
        if not cell.strip():
            message, hint = "a cell is empty", f"write nan where there is no number, or add {NULL_MARKERS} NA"
        else:
            message = f"{cell!r} is no number"
            hint = unlike_number(cell, self.dialect) or separated_otherwise(cell, ",") or ""
        span = Span(start, start + max(1, len(cell)))
        return InputDataError(message, span, source=self.text, origin=self.called, hint=hint or None)


class NumberTable(NamedTuple):
    """A text as a table: what stands between its cells, the names of its columns, its rows, and the lines that they end
    in."""

    source: NumberText
    separator: str
    names: Sequence[str]
    rows: list[list[str]]
    ends: list[int]

    def column(self, name: str) -> list[float]:
        """The numbers of a column."""
        at = place_of(self.names, name.strip())
        if at is None:
            raise self._absent(name)
        if self.names.count(self.names[at]) > 1:
            raise InputDataError(
                f"{self.source.called} has two columns {name!r}",
                hint="name each column once",
                origin=self.source.called,
            )
        found = [self.source.number(row[at]) for row in self.rows]
        numbers = [number for number in found if number is not None]
        if len(numbers) < len(found):
            raise self._no_number(found.index(None), at)
        return numbers

    def numbers(self, row: int) -> list[float]:
        """The numbers of a row."""
        found = [self.source.number(cell) for cell in self.rows[row]]
        numbers = [number for number in found if number is not None]
        if len(numbers) < len(found):
            problem = self._no_number(row, found.index(None))
            if len(found) > 1 and problem.hint is None:
                problem.hint = f"write @{self.source.called}:NAME for a column alone"
            raise problem
        return numbers

    def _no_number(self, row: int, at: int) -> InputDataError:
        """The error for a cell of a row."""
        cells = self.rows[row]
        begin, line = self.source.line(self.ends[row])
        start = 0
        for before in cells[:at]:
            start = max(start, line.find(before, start)) + len(before)
        problem = self.source.no_number(begin + max(start, line.find(cells[at], start)), cells[at])
        if row == 0 and problem.hint is None:
            problem.hint = heading(self.source.dialect)
        return problem

    def uneven(self, cells: int, end: int) -> InputDataError:
        """The error for a row that has another number of cells, and ends in a line."""
        width, (start, line) = len(self.names), self.source.line(end)
        what = "there are names of" if self.source.dialect.names else "the first row has"
        return InputDataError(
            f"{cells} cell{'s' * (cells > 1)}, but {what} {width}",
            Span(start, start + len(line)),
            source=self.source.text,
            origin=self.source.called,
            hint=separated_otherwise(line, self.separator)
            if width == 1
            else is_several(cells, width, self.separator, self.source.dialect),
        )

    def _absent(self, name: str) -> InputDataError:
        names, source = self.names, self.source
        hint = separated_otherwise(names[0], self.separator) if len(names) == 1 else None
        if hint is None and source.dialect.header and any(source.number(name) is not None for name in names):
            hint = f"its first row has numbers: add {NO_HEADER}, and its columns are {listed(numbered(len(names)))}"
            hint += f"; or {HEADER_NAMES} names them"
        hint = hint or absent_words(name, self.separator, source.dialect)
        hint = hint or meant(name, names, f"its columns are {listed(names)}")
        return InputDataError(f"{source.called} has no column {name}", hint=hint, origin=source.called)


def _shaped(rows: list[list[float]], called: str) -> Any:
    lengths = sorted({len(row) for row in rows})
    if len(lengths) > 1:
        raise InputDataError(
            f"{called} has rows of {lengths[0]} and of {lengths[-1]} numbers",
            hint="give all rows one length",
            origin=called,
        )
    if lengths == [1]:
        rows = [[row[0] for row in rows]]
    if len(rows) > 1:
        return rows
    (row,) = rows
    return row[0] if len(row) == 1 else row
