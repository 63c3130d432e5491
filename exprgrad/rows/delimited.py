"""CSV and TSV: every cell is read as the text that it is, so that what is only passed on stays as it was written."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final

import polars as pl
from polars import selectors
from polars.exceptions import PolarsError

from exprgrad.diagnostics import InputDataError, listed
from exprgrad.rows import spaces, spans
from exprgrad.rows.chunks import LINE, MARK, Chunk, begun, first_end, whole_rows
from exprgrad.rows.comments import Comments
from exprgrad.rows.dialect import (
    SPACES,
    UTF16,
    absent_words,
    are_numbers,
    begins_as_comment,
    encoded_otherwise,
    heading,
    is_several,
    numbered,
    unlike_number,
)
from exprgrad.rows.formats import SNIFFED
from exprgrad.rows.locations import AtRow
from exprgrad.rows.sources import Source, blocks, size_of
from exprgrad.rows.spellings import as_ours, without_markers
from exprgrad.rows.stream import TextTable
from exprgrad.syntax.parser import normalized
from exprgrad.text_tests import SPACES as BLANKS

if TYPE_CHECKING:
    from exprgrad.rows.spans import Spans

BLOCK: Final = 1 << 22
_STRAY: Final = "a quote stands within a cell or is not closed"
_QUOTED: Final = 'write a cell with quotes as "a ""word"" in quotes"'
# What stands between names where a file is read by another separator, and what to do about it.
_OTHERWISE: Final = {
    ",": ("commas", "let its own name end in .csv, or write --csv-separator ,"),
    "\t": ("tabs", "let its own name end in .tsv, or write --csv-separator tab"),
    ";": ("semicolons", "write --csv-separator ';'; and --decimal-comma, if 1,5 is a number there"),
    "|": ("bars", "write --csv-separator '|'"),
    " ": ("spaces", "write --csv-separator spaces"),
}
# What a separator is called.
_CALLED: Final = {",": "comma", "\t": "tab", ";": "semicolon", SPACES: "space"}


class Delimited(TextTable):
    """A source of separated text. `schema` has its columns, all of them text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.size = size_of(source)
        self._separator = source.format.separator
        # A stream can be read once only; of a file, the header is read now and the rest when its turn comes.
        data, held = blocks(source, BLOCK if source.streams else SNIFFED), list[bytes]()
        first, _ = begun(self._rows(_held(data, held), self._comments()), source.called)
        self._stream = chain(held, data) if source.streams else None
        header, self._start = self._header(first)
        self.schema = dict.fromkeys(header, pl.String())
        self._last = header[-1]

    def _comments(self) -> Comments | None:
        return None if self._dialect.comment is None else Comments(self._dialect.comment)

    def _rows(self, data: Iterator[bytes], comments: Comments | None) -> Iterator[bytes]:
        """What is read, as chunks of whole rows with one separator between cells, without comments."""
        chunks = whole_rows(data if comments is None else comments.without(data), quotes=True)
        return map(spaces.even, chunks) if self._separator == SPACES else chunks

    def _header(self, first: bytes) -> tuple[list[str], int]:
        """The names of the columns, and where the rows begin."""
        called = self.source.called
        data = first.removeprefix(MARK)
        text = data.lstrip(b"\r\n")
        if not text.strip():
            raise InputDataError(f"{called} is empty", hint="its first line names the columns", origin=called)
        end = first_end(text)
        if b"\0" in text[:end] and not text.startswith(UTF16):
            message = f"{called} is no text: its first line has a byte that is 0"
            raise InputDataError(message, hint="save it as CSV or another text", origin=called)
        try:
            line = text[:end].decode("utf-8")
        except UnicodeDecodeError as problem:
            byte = problem.object[problem.start]
            message = f"{called} is not UTF-8: the header has the byte 0x{byte:02x}"
            raise InputDataError(message, hint=encoded_otherwise(text), origin=called) from None
        if b"\r" in text[:end] and spans.stray_return(text[: end + 1]) is not None:
            if b"\r" not in text[:end].rstrip(b"\r"):
                raise InputDataError(
                    f"the header of {called} ends in two carriage returns",
                    hint="end lines with newlines",
                    origin=called,
                )
            raise InputDataError(
                f"the lines of {called} end in carriage returns alone", hint="end them with newlines", origin=called
            )
        if '"' in line and spans.stray_quote(text[:end], self._separator) is not None:
            raise InputDataError(f"the header of {called}: {_STRAY}", hint=_QUOTED, origin=called)
        try:
            names = next(csv.reader(io.StringIO(line, newline=""), delimiter=self._separator))
        except csv.Error as problem:
            message = f"the header of {called} cannot be read: {problem}"
            raise InputDataError(message, hint="its names have a comma or a tab between them", origin=called) from None
        start = len(first) - len(text)
        if not self._dialect.header:
            return self._named(len(names)), start
        for i, name in enumerate(names):
            if name in names[:i]:
                hint = "its first row has numbers: add --no-header" if are_numbers(names) else "name each column once"
                raise InputDataError(f"{called} has two columns {name!r}", hint=hint, origin=called)
        return names, start + min(end + 1, len(text))

    def _named(self, width: int) -> list[str]:
        """The names of so many columns that have none in the file."""
        names = self._dialect.names
        if names and len(names) != width:
            message = f"{self.source.called} has {width} columns, and --header-names has {len(names)}"
            hint = f"name each of them; {self.heading()}"
            raise InputDataError(message, hint=hint, origin=self.source.called)
        return list(names) or numbered(width)

    def absent(self, name: str) -> str | None:
        """What to do where a column is missing: the first line may be none of names, or have something else between
        them, by which it is one name."""
        header = list(self.schema)
        if not self._dialect.header:
            return None
        if (advice := begins_as_comment(header[0])) is not None:
            return f"its first line begins as a comment: {advice}, if the names stand below"
        if are_numbers(header):
            columns = listed(numbered(len(header)))
            return f"its first row has numbers: add --no-header, and its columns are {columns}; or --header-names"
        if len(header) > 1:
            return absent_words(name, self._separator, self._dialect)
        for separator, (what, instead) in _OTHERWISE.items():
            names = [normalized(part.strip(" \"'")) for part in header[0].split(separator)]
            # A name may have a space in it.
            if len(names) > 1 and (separator != " " or name in names):
                return f"its first line has {what} between the names: {instead}"
        return None

    def pieces(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """The rows, in chunks."""
        comments = self._comments()
        skip, before, passed = self._start, 0, 0
        for data in self._rows(self._stream or blocks(self.source, BLOCK), comments):
            if skip >= len(data):
                # The header alone, or blank lines before it.
                skip -= len(data)
                before += data.count(b"\n")
                continue
            before += data.count(b"\n", 0, skip)
            chunk = Chunk(data[skip:] if skip else data, before)
            if comments is not None:
                passed += before
                chunk, passed = _with_comments(chunk, comments, passed), passed + spans.newlines(chunk.data)
            yield chunk
            skip = before = 0

    def keys(self, piece: Chunk, block: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        """The cells of a block by which rows are grouped: spaces around them do not count, and an empty one is null."""
        found = []
        for cells in super().keys(piece, block, names):
            bare = without_markers(cells, self._dialect).str.strip_chars(BLANKS)
            found.append(bare.set((bare == "").fill_null(False), None))
        return pl.DataFrame(found)

    def plain(self, keys: pl.DataFrame) -> pl.DataFrame:
        """The same as ours."""
        return keys.with_columns([as_ours(cells, self._dialect) for cells in keys])

    def raw(self, piece: Chunk, columns: Sequence[str]) -> pl.DataFrame:
        """The cells of some columns as they are written, but as ours."""
        frame = self.frame(piece, columns, ())
        return frame.with_columns([as_ours(cells, self._dialect) for cells in frame])

    def heading(self) -> str | None:
        """What to do where a cell of the first row is no number."""
        return heading(self._dialect)

    def advice(self, cell: str) -> str | None:
        """What to do where a cell is no number, if it looks like one of another dialect."""
        return unlike_number(cell, self._dialect)

    def frame(self, piece: Chunk, columns: Sequence[str], floats: Collection[str]) -> pl.DataFrame:
        """The cells of some columns. Empty ones are null; "" between quotes is an empty text. Those of `floats` are
        doubles, if all of them are; else they are text too. LINE is a row of the file, as it is where it is a line.
        Raises AtRow."""
        if self._dialect.decimal_comma or self._dialect.nulls:
            floats = ()  # Polars takes 1.234 for a number with a decimal comma, too
        if LINE in columns:
            if (lines := self._lines(piece.data, columns, floats)) is not None:
                return lines
            rows = self.frame(piece, list(self.schema), ())
            return rows.with_columns(joined(rows, self._separator))[list(columns)]
        data = piece.data
        self._check_ends(piece)
        wanted = list(dict.fromkeys((*columns, self._last)))
        try:
            frame = self._parsed(data, wanted, floats)
            whole = self._is_whole(data, frame)
        except PolarsError:
            whole = False
        if not whole:
            data = self._checked(piece)
            try:
                frame = self._parsed(data, wanted, ())
            except PolarsError as problem:
                raise self._misread(piece, problem) from None
        return frame[list(columns)]

    def _lines(self, data: bytes, columns: Sequence[str], floats: Collection[str]) -> pl.DataFrame | None:
        """Lines and some columns; None if there is more to be seen to."""
        if b'"' in data or b"\r" in data:
            return None
        try:
            wanted = dict.fromkeys((*columns, self._last))
            frame = self._parsed(data, [name for name in wanted if name != LINE], floats)
            lines = pl.read_csv(data, has_header=False, schema={LINE: pl.String}, separator="\x1f", quote_char=None)
        except PolarsError:
            return None
        if len(lines) != len(frame) or not self._is_whole(data, frame):
            return None
        return frame.with_columns(lines[LINE])[list(columns)]

    def _is_whole(self, data: bytes, frame: pl.DataFrame) -> bool:
        """Whether each row that was read has as many cells as the header. Polars drops what is beyond, unless all
        columns are read."""
        width = len(self.schema)
        # A row that is too short has nulls at its end, and so has a blank line; then none is too long.
        if width > 1 and frame[self._last].null_count():
            return False
        expected = (width - 1) * len(frame)
        if spans.separators(data, self._separator, quotes=False) == expected:
            return True  # if one of them stood between quotes, a row would be too short
        return b'"' in data and spans.separators(data, self._separator, quotes=True) == expected

    def _check_ends(self, piece: Chunk) -> None:
        """Raises AtRow for a quote or a carriage return by which readers end other cells and rows than we do."""
        data, found = piece.data, []
        if b'"' in data and (at := spans.stray_quote(data, self._separator)) is not None:
            found.append((at, _STRAY, _QUOTED))
        if b"\r" in data and (at := spans.stray_return(data)) is not None:
            found.append((at, "a carriage return stands within a cell", "end lines with newlines"))
        if found:
            at, message, hint = min(found)
            rows = spans.rows_of(data, self._separator)
            raise self._at(piece, rows, int(rows.ends.searchsorted(at)), message, hint)

    def _at(self, piece: Chunk, rows: Spans, row: int, message: str, hint: str | None = None) -> AtRow:
        """What is wrong with one of the rows of a chunk, where blank lines do not count as rows of several cells."""
        offset = row - int(rows.blank[:row].sum()) if len(self.schema) > 1 else row
        return AtRow(offset, message, hint=hint, line=piece.line(int(rows.starts[row])))

    def _parsed(self, data: bytes, columns: Sequence[str], floats: Collection[str]) -> pl.DataFrame:
        lazy = pl.scan_csv(
            data,
            has_header=False,
            schema=self.schema | dict.fromkeys(floats, pl.Float64()),
            separator=self._separator,
            raise_if_empty=False,
        )
        return lazy.select(selectors.by_name(*columns)).collect()

    def _checked(self, piece: Chunk) -> bytes:
        """The data without blank lines, if each row has the cells that it should have."""
        data, width = piece.data, len(self.schema)
        rows = spans.rows_of(data, self._separator)
        blank = rows.blank if width > 1 else rows.blank & False
        wrong = (rows.cells != width) & ~blank
        if wrong.any():
            at = int(wrong.argmax())
            cells = int(rows.cells[at])
            has = "header" if self._dialect.header else "list of names" if self._dialect.names else "first row"
            message = f"{cells} cell{'s' * (cells > 1)}, but the {has} has {width}"
            more = f"a cell with a {_CALLED.get(self._separator, self._separator)} in it stands between quotes"
            empty = is_several(cells, width, self._separator, self._dialect) or "a cell without a value is an empty one"
            hint = empty if cells < width else more
            if self._dialect.comment is None:
                line = data[rows.starts[at] : rows.ends[at]].decode("utf-8", "replace")
                hint = begins_as_comment(line) or hint
            raise self._at(piece, rows, at, message, hint)
        return spans.without(data, rows, blank) if blank.any() else data

    def _misread(self, piece: Chunk, problem: PolarsError) -> AtRow:
        """What keeps Polars from reading a chunk whose rows have the right number of cells, and where."""
        data = piece.data
        rows = spans.rows_of(data, self._separator)
        low, high = 0, len(rows.starts)
        while high - low > 1:
            middle = (low + high) // 2
            try:
                self._parsed(data[rows.starts[low] : rows.starts[middle]], list(self.schema), ())
                low = middle
            except PolarsError:
                high = middle
        row = data[rows.starts[low] : rows.ends[low]]
        try:
            row.decode("utf-8")
        except UnicodeDecodeError as wrong:
            message = f"the byte 0x{row[wrong.start]:02x} is not UTF-8"
            return self._at(piece, rows, low, message, encoded_otherwise(row))
        return self._at(piece, rows, low, f"it cannot be read: {str(problem).splitlines()[0]}")

    def line(self, piece: Chunk, offset: int) -> int:
        """How many lines there are before a row of a chunk."""
        return piece.line(self._start_of(piece, offset))

    def head(self, piece: Chunk, rows: int) -> Chunk:
        """The first rows of a chunk."""
        return piece._replace(data=piece.data[: self._start_of(piece, rows)])

    def _start_of(self, piece: Chunk, offset: int) -> int:
        """Where a row of a chunk begins."""
        rows = spans.rows_of(piece.data, self._separator)
        starts = rows.starts[~rows.blank] if len(self.schema) > 1 else rows.starts
        return int(starts[offset])


def _held(blocks: Iterator[bytes], held: list[bytes]) -> Iterator[bytes]:
    """Blocks, each of which is kept."""
    for block in blocks:
        held.append(block)
        yield block


def _with_comments(chunk: Chunk, comments: Comments, passed: int) -> Chunk:
    """A chunk, before which so many lines have passed, with the lines that were taken out of it."""
    before, inside = chunk.before, []
    for line, count in comments.before(passed + spans.newlines(chunk.data)):
        if line <= passed:
            before += count
        else:
            inside.append((line - passed, count))
    return Chunk(chunk.data, before, inside)


def joined(rows: pl.DataFrame, separator: str) -> pl.Expr:
    """LINE: the cells of each row as one text, between quotes where they have to be."""
    cells = []
    for name in rows.columns:
        cell = selectors.by_name(name).as_expr()  # a name is no pattern
        quoted = cell.str.contains(f'^$|["\r\n{separator}]')
        inside = cell.str.replace_all('"', '""', literal=True)
        cells.append(pl.when(quoted).then(pl.format('"{}"', inside)).otherwise(cell).fill_null(""))
    return pl.concat_str(cells, separator=separator).alias(LINE)
