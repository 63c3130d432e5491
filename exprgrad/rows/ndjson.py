"""NDJSON: an object on each line, whose members are read as text. A line that is only passed on stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from exprgrad.diagnostics import listed
from exprgrad.files import TO_UTF8
from exprgrad.rows.chunks import LINE, MARK, Chunk, begun, whole_rows
from exprgrad.rows.dialect import marks_null
from exprgrad.rows.locations import AtRow
from exprgrad.rows.sources import Source, blocks, size_of
from exprgrad.rows.spellings import without_markers
from exprgrad.rows.stream import TextTable

BLOCK: Final = 1 << 21
# The members of so many first lines are the columns.
_LOOKED_AT: Final = 1000
_SPACE: Final = re.compile(r"[ \t\r\n]*")
# The values of JSON but for lists and objects.
_BLANK: Final = r"[ \t\r]*"
_STRING: Final = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"'
_NUMBER: Final = r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|Infinity)"
_VALUE: Final = rf"({_STRING}|{_NUMBER}|true|false|null|NaN)"
# Where a line may have a number that is not finite; what is within a string may look like it. And the pieces of such a
# line: strings are taken first, so that nothing in one of them counts.
_NOT_FINITE: Final = r"[:,\[][ \t\r]*(?:NaN|-?Infinity)"
_PIECES: Final = re.compile(r'"(?:[^"\\]|\\.)*"|NaN|-?Infinity')
# So many members are taken from a line at once: patterns for more of them are slow.
_TOGETHER: Final = 16
# So many kinds of lines, by the names in their order, are looked for in a chunk.
_SHAPES: Final = 8
# No column has this name: which line it is.
_AT: Final = "\0at"
# A number is kept as it is written.
_DECODER: Final = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, strict=False)


class Ndjson(TextTable):
    """A source of NDJSON. `schema` has the members of its first lines, as columns of text; it is empty if there are no
    rows. Members that only later lines have are passed on with their lines, and are no columns otherwise."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.size = size_of(source)
        first, chunks = begun(whole_rows(blocks(source, BLOCK), quotes=False), source.called)
        self._stream = chunks if source.streams else None
        try:
            objects = [object for _, object in islice(_objects(Chunk(first.removeprefix(MARK))), _LOOKED_AT)]
        except AtRow as problem:
            raise problem.error(source, 0, 0) from None
        self.schema = {name: pl.String() for object in objects for name in object}
        more = self.size is not None and self.size > len(first)  # a chunk of long lines has fewer of them
        self._looked_at = len(objects) if more or len(objects) == _LOOKED_AT else None

    def absent(self, name: str) -> str | None:
        """What to do where a column is missing: only the first lines were looked at, and a later one may have it."""
        if self._looked_at is None:
            return None
        lines = f"only its first {self._looked_at:,} lines were looked at for columns"
        return f"{lines}: write {name} in one of them, null will do; those found are {listed(list(self.schema))}"

    def pieces(self, columns: Sequence[str]) -> Iterator[Chunk]:
        """The rows, in chunks."""
        begun = False
        for data in self._stream or whole_rows(blocks(self.source, BLOCK), quotes=False):
            yield Chunk(data if begun else data.removeprefix(MARK))
            begun = True

    def frame(self, piece: Chunk, columns: Sequence[str], floats: Collection[str]) -> pl.DataFrame:
        """The members of some names as text, and the lines if LINE is among the columns. What is missing or null is
        null, a number is as it is written. Those of `floats` are doubles, if all of them are numbers; else they are
        text too. Raises AtRow."""
        with suppress(PolarsError, _UnevenError):
            if not self._dialect.nulls and all(name in floats or name == LINE for name in columns):
                return self._numbers(piece.data, columns)
        raw = self._written(piece, columns)
        return pl.DataFrame([raw[name] if name == LINE else _cells(raw[name]) for name in columns])

    def keys(self, piece: Chunk, block: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        """The members by which rows are grouped, as they are written."""
        return self.raw(piece, names)

    def cells(self, keys: pl.DataFrame) -> pl.DataFrame:
        """The same as cells of a frame."""
        return pl.DataFrame([_cells(column) for column in keys])

    def raw(self, piece: Chunk, columns: Sequence[str]) -> pl.DataFrame:
        """The members of some names as they are written, strings between quotes. What is missing or null, or a mark of
        a null, is null. Raises AtRow."""
        found = self._written(piece, columns)
        if not self._dialect.nulls:
            return found
        return found.select(x.set(without_markers(_cells(x), self._dialect).is_null(), None) for x in found)

    def advice(self, cell: str) -> str | None:
        """What to do where a member is no number, if it looks like a mark of a null."""
        return marks_null(cell, self._dialect)

    def _written(self, piece: Chunk, columns: Sequence[str]) -> pl.DataFrame:
        """The members of some names as they are written, strings between quotes, and the lines. What is missing or null
        is null. Raises AtRow."""
        try:
            found = _by_shapes(_lines_of(piece.data), columns)
        except (PolarsError, AtRow):
            found = _slowly(piece, columns)
        return pl.DataFrame([_without_null(cells) for cells in found])

    def _numbers(self, data: bytes, columns: Sequence[str]) -> pl.DataFrame:
        if not data.strip():
            return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        frame = pl.read_ndjson(data, schema={name: pl.Float64 for name in columns if name != LINE})
        if LINE in columns:
            lines = _lines_of(data)
            if len(lines) != len(frame):
                raise _UnevenError
            frame = frame.with_columns(lines)
        return frame[list(columns)]

    def line(self, piece: Chunk, offset: int) -> int:
        """How many lines there are before a row of a chunk."""
        return next(islice(_lines(piece), offset, None))[0]

    def head(self, piece: Chunk, rows: int) -> Chunk:
        """The first rows of a chunk."""
        return Chunk(b"".join(line + b"\n" for _, line in islice(_lines(piece), rows)))


class _UnevenError(Exception):
    """Polars takes other lines for rows than we do."""


def _lines_of(data: bytes) -> pl.Series:
    """The lines that are not blank."""
    # No separator and no quote: a line is one cell. JSON has no such character outside of an escape.
    found = pl.read_csv(data, has_header=False, schema={LINE: pl.String}, separator="\x1f", quote_char=None)[LINE]
    return found.filter(found.str.contains(r"[^ \t\r]"))


def _by_shapes(lines: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
    """What `raw` gives. Most lines have the names of another one in the same order, so that a pattern takes them apart;
    lines that have lists or objects in them, or that are no JSON, are read slowly. Raises AtRow without saying where.
    """
    rest = pl.DataFrame(lines).with_row_index(_AT)
    parts = []
    for _ in range(_SHAPES):
        names = list(members_of(rest[LINE][0].strip(), 0)) if len(rest) else ()
        if not names:
            break
        cells, matched = _taken(rest[LINE], names)
        if not matched.any():
            break
        found = rest.hstack([cell for cell in cells if cell.name in columns]).filter(matched)
        parts.append(found.with_columns(pl.lit(None, pl.String).alias(name) for name in columns if name not in found))
        rest = rest.filter(~matched)
    slow = [members_of(line.strip(), 0) | {LINE: line} for line in rest[LINE]]
    read = {name: pl.Series([object.get(name) for object in slow], dtype=pl.String) for name in columns}
    parts.append(pl.DataFrame({_AT: rest[_AT]} | read))
    return pl.concat([part[[_AT, *columns]] for part in parts]).sort(_AT)[list(columns)]


def _taken(lines: pl.Series, names: Sequence[str]) -> tuple[list[pl.Series], pl.Series]:
    """The values of lines with members of these names alone, as they are written, and which lines are such ones."""
    cells: list[pl.Series] = []
    rest, before = lines, r"\{"
    for begin in range(0, len(names), _TOGETHER):
        some = names[begin : begin + _TOGETHER]
        last = begin + len(some) == len(names)
        members = f"{_BLANK},{_BLANK}".join(f"{_spelled(name)}{_BLANK}:{_BLANK}{_VALUE}" for name in some)
        end = rf"\}}{_BLANK}" if last else "(.*)"
        found = (
            rest.str.extract_groups(f"^{_BLANK}{before}{_BLANK}{members}{_BLANK}{end}$").struct.unnest().get_columns()
        )
        cells += [cell.alias(name) for cell, name in zip(found, some, strict=last)]
        rest, before = found[-1], ","
    return cells, rest.is_not_null()


def _spelled(name: str) -> str:
    """A pattern for a name between quotes."""
    spelled = {pl.escape_regex(json.dumps(name, ensure_ascii=ascii)) for ascii in (False, True)}
    return f"(?:{'|'.join(sorted(spelled))})"


def _lines(piece: Chunk) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, and how many there are before each."""
    for number, line in enumerate(piece.data.split(b"\n")):
        if line.strip():
            yield number, line


def _objects(piece: Chunk) -> Iterator[tuple[str, dict[str, str]]]:
    """Each line with its members, their values as they are written. Raises AtRow if one is no object."""
    for offset, (number, line) in enumerate(_lines(piece)):
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError as problem:
            message = f"the byte 0x{line[problem.start]:02x} is not UTF-8"
            raise AtRow(offset, message, hint=TO_UTF8, line=number) from None
        yield text, members_of(text, offset, number)


def members_of(text: str, offset: int, line: int | None = None) -> dict[str, str]:
    """The members of a row's object. Raises AtRow if it is none."""
    try:
        return members(text)
    except json.JSONDecodeError as problem:
        what = f"{problem.msg[:1].lower()}{problem.msg[1:]} at column {problem.colno}"
        is_list = text.startswith("[") or text.startswith(",", problem.pos)
        hint = "write an object on each line, without commas between them" if is_list else None
        if text.startswith("{") and (problem.pos >= len(text) or problem.msg.startswith("Unterminated")):
            what, hint = "it ends too soon", "write each object whole, on a line of its own"
        message = f"it is not a JSON object: {what}"
        raise AtRow(offset, message, hint=hint, line=line) from None
    except RecursionError:
        raise AtRow(offset, "its values are nested too deeply", line=line) from None


def members(text: str) -> dict[str, str]:
    """The members of a JSON object, each value as the text that it is. Raises JSONDecodeError if it is none. Of
    members with one name the first one counts, as it does for Polars."""
    found: dict[str, str] = {}
    at = _after(text, 0, "{")
    closed = text.startswith("}", at)
    while not closed:
        if not text.startswith('"', at):
            raise json.JSONDecodeError("expected a name between quotes", text, at)
        name, at = _DECODER.raw_decode(text, at)
        at = _after(text, _space(text, at), ":")
        _, end = _DECODER.raw_decode(text, at)
        found.setdefault(name, text[at:end])
        at = _space(text, end)
        closed = text.startswith("}", at)
        if not closed:
            at = _after(text, at, ",")
    rest = _space(text, at + 1)
    if rest != len(text):
        raise json.JSONDecodeError("expected the end of the line", text, rest)
    return found


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _after(text: str, at: int, character: str) -> int:
    if not text.startswith(character, at):
        raise json.JSONDecodeError(f"expected {character!r}", text, at)
    return _space(text, at + 1)


def _slowly(piece: Chunk, columns: Sequence[str]) -> pl.DataFrame:
    """What `raw` gives, of whatever there is. Raises AtRow if a line is no object."""
    cells: dict[str, list[str | None]] = {name: [] for name in columns}
    for text, object in _objects(piece):
        for name in columns:
            cells[name].append(text if name == LINE else object.get(name))
    return pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String))


def _without_null(raw: pl.Series) -> pl.Series:
    """Values as they are written, but for null."""
    values = raw.alias("value")  # a name may look like a pattern
    return values.set((values == "null").fill_null(False), None).alias(raw.name)


def _cells(raw: pl.Series) -> pl.Series:
    """Values as cells of text: what a string holds, and anything else as it is written."""
    values, value = raw.alias("value"), pl.col("value")  # a name may look like a pattern
    text = pl.when(value.str.starts_with('"')).then(value.str.strip_prefix('"').str.strip_suffix('"')).otherwise(value)
    cells = values.to_frame().select(text).to_series()
    escaped = values.str.contains(r'(?s)^".*\\').arg_true()
    if len(escaped):
        cells = cells.scatter(escaped, [_unescaped(raw[at]) for at in escaped])
    return cells.alias(raw.name)


def _unescaped(string: str) -> str:
    text = str(_DECODER.decode(string))
    return text.encode("utf-8", "replace").decode("utf-8")


def only(lines: pl.Series, names: Sequence[str]) -> pl.Series:
    """Lines with some of their members, each as it was written."""
    kept = []
    for offset, line in enumerate(lines):
        object = members_of(line.strip(), offset)
        kept.append(", ".join(f"{json.dumps(name)}: {object[name]}" for name in names if name in object))
    return pl.Series(LINE, [f"{{{text}}}" for text in kept], dtype=pl.String)


def strict(lines: pl.Series) -> pl.Series:
    """Lines as JSON has them: it has no numbers that are not finite, which Python and others write all the same, so
    that they become the strings by which we write them."""
    places = lines.str.contains(_NOT_FINITE).arg_true()
    return lines.scatter(places, [_PIECES.sub(_quoted, lines[at]) for at in places]) if len(places) else lines


def _quoted(piece: re.Match[str]) -> str:
    return piece[0] if piece[0].startswith('"') else f'"{piece[0]}"'
