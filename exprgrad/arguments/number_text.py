"""Numbers in a text, in plain Python: a few between spaces and commas, or the columns of a table with a header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from exprgrad.arguments.plain_number import plain_number
from exprgrad.arguments.table import HEADER_NAMES, NO_HEADER, NULL_MARKERS
from exprgrad.diagnostics import InputDataError, Span, listed, meant
from exprgrad.records import NamedTuple
from exprgrad.rows.dialect import PLAIN, SPACES, TRUTH, Dialect, column_of, numbered, separated_otherwise, unlike_number

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
            rows = list(self._loose())
        else:
            table = self.table()
            rows = [table.numbers(row, range(len(table.names))) for row in table.rows]
        return _shaped(rows, self.called)

    def table(self, *, named: bool = False) -> NumberTable:
        """The text as rows of cells; `named` says that its columns are asked for by their names."""
        lines = list(self._lines())
        if not lines:
            raise self._empty()
        separator = self._separator(lines[0].text)
        rows = self._rows(lines, separator)
        first = next(rows)
        header = self.dialect.header and (named or self._is_header(first.cells))
        names = [name.strip() for name in first.cells] if header else list(self.dialect.names)
        if not header:
            names = names or numbered(len(first.cells))
        table = NumberTable(self, separator, names, [] if header else [first])
        for row in (*table.rows, *rows):
            if len(row.cells) != len(names):
                raise table.uneven(row)
            if row is not first:
                table.rows.append(row)
        if not table.rows:
            raise InputDataError(f"{self.called} has names of columns, and no row below them", hint="write one")
        return table

    def _has_header(self) -> bool:
        first = next(self._lines(), None)
        if first is None:
            return False
        row = next(self._rows([first], self._separator(first.text)))
        return self._is_header(row.cells)

    def _is_header(self, cells: Sequence[str]) -> bool:
        """Whether a first row is one of names: no cell of it looks like a number, as that may be a slip."""
        names = [cell for cell in cells if not re.match(_LIKE_NUMBER, cell, re.IGNORECASE)]
        return len(names) == len(cells) and any(self.number(name) is None and name.strip() for name in names)

    def number(self, cell: str) -> float | None:
        """The number that a cell is, if it is one; nan for what stands for none."""
        bare = cell.strip()
        nulls = self.dialect.nulls
        if nulls and (bare in nulls or not bare):
            return float("nan")
        return _number(TRUTH.get(bare) or self.dialect.number(bare))

    def _separator(self, line: str) -> str:
        """What stands between cells: what was said, else what the first line has."""
        if self.dialect.separator is not None:
            return self.dialect.separator
        if self.separator is not None and not self.dialect.decimal_comma:
            return self.separator
        likely = (";", "\t") if self.dialect.decimal_comma else (",", "\t")
        return next((separator for separator in likely if separator in line), SPACES)

    def _lines(self) -> Iterator[_Line]:
        """The lines that are neither blank nor comments."""
        comment = self.dialect.comment or _COMMENT
        start = 0
        for line in self.text.split("\n"):
            if line.strip() and not line.startswith(comment):
                yield _Line(start, line)
            start += len(line) + 1

    def _rows(self, lines: Sequence[_Line], separator: str) -> Iterator[_Row]:
        """The rows of cells that lines hold. A cell between quotes may have separators and newlines in it."""
        if separator == SPACES:
            comment = self.dialect.comment or _COMMENT
            for line in lines:
                cells = re.findall(rf'{re.escape(comment)}.*|"(?:[^"]|"")*"|\S+', line.text)
                kept = [cell for cell in cells if not cell.startswith(comment)]
                yield _Row([cell[1:-1].replace('""', '"') if cell[:1] == '"' else cell for cell in kept], line)
            return
        import csv

        at = -1

        def texts() -> Iterator[str]:
            nonlocal at
            for at, line in enumerate(lines):  # noqa: B007, the reader is to know which one was last
                yield f"{line.text}\n"

        try:
            for cells in csv.reader(texts(), delimiter=separator):
                yield _Row(cells, lines[at])
        except csv.Error as problem:
            start = max(0, at)
            span = Span(lines[start].start, lines[start].start + 1)
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
                    raise self._no_number(cell.start(), "")
                comma = cell.start()
                continue
            if cell[0] == "\n" and comma >= 0:
                raise self._no_number(comma, "")
            comma = -1
            if cell[0] == "\n":
                rows.append([])
                continue
            number = _number(cell[0])
            if number is None:
                raise self._no_number(cell.start(), cell[0])
            rows[-1].append(number)
        rows = [row for row in rows if row]
        if not rows:
            raise self._empty()
        return iter(rows)

    def _empty(self) -> InputDataError:
        return InputDataError(
            f"{self.called} holds no number", hint="write some, with spaces, commas or lines between them"
        )

    def _no_number(self, start: int, cell: str) -> InputDataError:
        """The error for a cell that is no number."""
        if not cell.strip():
            message, hint = "a cell is empty", f"write nan where there is no number, or add {NULL_MARKERS} NA"
        else:
            message = f"{cell!r} is no number"
            hint = unlike_number(cell, self.dialect) or separated_otherwise(cell, ",") or ""
        span = Span(start, start + max(1, len(cell)))
        return InputDataError(message, span, source=self.text, origin=self.called, hint=hint or None)


class _Line(NamedTuple):
    """A line, and where in the text it begins."""

    start: int
    text: str


class _Row(NamedTuple):
    """The cells of a row, and the line that it ends in."""

    cells: Sequence[str]
    line: _Line


class NumberTable(NamedTuple):
    """A text as a table: what stands between its cells, the names of its columns, and its rows."""

    source: NumberText
    separator: str
    names: list[str]
    rows: list[_Row]

    def column(self, name: str) -> list[float]:
        """The numbers of a column."""
        at = column_of(self.names, name)
        if at is None:
            raise self._absent(name)
        return [self.numbers(row, [at])[0] for row in self.rows]

    def numbers(self, row: _Row, places: Sequence[int]) -> list[float]:
        """The numbers in some cells of a row."""
        found = []
        for at in places:
            number = self.source.number(row.cells[at])
            if number is None:
                start, cell = self._place(row, at)
                problem = self.source._no_number(start, cell)
                if len(places) > 1 and cell.strip() and problem.hint is None:
                    problem.hint = f"write @{self.source.called}:NAME for a column alone"
                raise problem
            found.append(number)
        return found

    def _place(self, row: _Row, at: int) -> tuple[int, str]:
        """Where in the text a cell of a row stands."""
        cell, line = row.cells[at], row.line
        start = 0
        for before in row.cells[:at]:
            found = line.text.find(before, start)
            start = max(start, found) + len(before)
        return line.start + max(start, line.text.find(cell, start)), cell

    def uneven(self, row: _Row) -> InputDataError:
        """The error for a row that has another number of cells."""
        cells, width = len(row.cells), len(self.names)
        what = "there are names of" if self.source.dialect.names else "the first row has"
        return InputDataError(
            f"{cells} cell{'s' * (cells > 1)}, but {what} {width}",
            Span(row.line.start, row.line.start + len(row.line.text)),
            source=self.source.text,
            origin=self.source.called,
            hint=separated_otherwise(row.line.text, self.separator) if width == 1 else None,
        )

    def _absent(self, name: str) -> InputDataError:
        names, source = self.names, self.source
        hint = separated_otherwise(names[0], self.separator) if len(names) == 1 else None
        if hint is None and source.dialect.header and any(source.number(name) is not None for name in names):
            hint = f"its first row has numbers: add {NO_HEADER}, and its columns are {listed(numbered(len(names)))}"
            hint += f"; or {HEADER_NAMES} names them"
        hint = hint or meant(name, names, f"its columns are {listed(names)}")
        return InputDataError(f"{source.called} has no column {name}", hint=hint)


def _shaped(rows: list[list[float]], called: str) -> Any:
    lengths = sorted({len(row) for row in rows})
    if len(lengths) > 1:
        raise InputDataError(
            f"{called} has rows of {lengths[0]} and of {lengths[-1]} numbers", hint="give all rows one length"
        )
    if lengths == [1]:
        rows = [[row[0] for row in rows]]
    if len(rows) > 1:
        return rows
    (row,) = rows
    return row[0] if len(row) == 1 else row
