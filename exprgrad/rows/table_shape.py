"""What is written for a block of rows: a frame of columns, or lines of NDJSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import polars as pl
from polars import selectors

from exprgrad.records import NamedTuple
from exprgrad.rows.chunks import LINE
from exprgrad.rows.columns import Columns
from exprgrad.rows.contract import Reading
from exprgrad.rows.formats import Format
from exprgrad.rows.kinds import as_text, cells_as_text
from exprgrad.rows.locations import AtRow
from exprgrad.rows.ndjson import members_of, only, strict
from exprgrad.rows.passed import as_json, as_numbers
from exprgrad.rows.spellings import as_ours, without_markers
from exprgrad.views.numbers import NumberFormat

# JSON has no numbers for these; the strings are those of `-f json`.
_NON_FINITE: Final = {"NaN": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}


class TableShape(NamedTuple):
    """How blocks are written: the formats, and what is read and kept. Of columns of text some stay text, and some
    that are only passed on become numbers: all of them of which `numeric` knows, or if it is None each cell that is
    one. What is computed is written by `number`, if it is given."""

    source: Format
    target: Format
    columns: Columns
    kept_all: bool
    text: Collection[str] = ()
    numeric: Mapping[str, pl.DataType] | None = MappingProxyType({})
    number: NumberFormat | None = None

    @property
    def passed(self) -> list[str]:
        """The columns of text that are only passed on to a format with types."""
        if not self.source.is_text or self.target.separated or self.lines:
            return []
        return [name for name in self.columns.kept if name not in (*self.columns.numbers, *self.text)]

    @property
    def lines(self) -> bool:
        """Whether the lines of NDJSON are kept, to be written with what is added."""
        return self.source.is_json and self.target.is_json and (self.kept_all or bool(self.columns.kept))

    @property
    def appends(self) -> bool:
        """Whether rows of cells are kept whole, to be written with further cells."""
        source, target = self.source, self.target
        return self.kept_all and source.separated and (source.name, source.separator) == (target.name, target.separator)

    @property
    def read(self) -> list[str]:
        """The columns to read."""
        kept = [LINE] if self.lines or self.appends else self.columns.kept
        return list(dict.fromkeys((*self.columns.read, *kept)))

    @property
    def floats(self) -> set[str]:
        """The columns that are read as numbers and needed as nothing else: their text need not be kept."""
        kept = () if self.lines or self.appends else self.columns.kept
        numbers = [name for name in self.columns.numbers if name not in self.columns.tested]
        return {name for name in numbers if name not in kept or self._as_number(name)}

    @property
    def header(self) -> list[str]:
        """The names of the output's columns, if it is to begin with them."""
        return [*self.columns.kept, *self.columns.outputs] if self.target.separated else []

    def schema(self, types: Mapping[str, pl.DataType]) -> dict[str, pl.DataType]:
        """The columns of the frames that are written, and their types."""
        if self.target.is_json:
            return {LINE: pl.String()}
        kept = {name: self._kind(name, types[name]) for name in self.columns.kept}
        found = ({LINE: pl.String()} if self.appends else kept) | dict.fromkeys(self.columns.outputs, pl.Float64())
        return {**found, **dict.fromkeys(self._spelled, pl.String())}

    @property
    def _spelled(self) -> Sequence[str]:
        """The columns whose cells are written by `number`."""
        return () if self.number is None else self.columns.outputs

    def _spell(self, made: Sequence[pl.Series]) -> Sequence[pl.Series]:
        """What was computed, written by `number` if it is given."""
        number, spelled = self.number, self.target.spelled
        if number is None:
            return made
        return [
            pl.Series(x.name, [None if cell is None else spelled(number(cell)) for cell in x], pl.String) for x in made
        ]

    def _kind(self, name: str, kind: pl.DataType) -> pl.DataType:
        if self._as_number(name):
            return pl.Float64()
        if self.numeric is not None and name in self.numeric:
            return self.numeric[name]
        return as_text(kind) if self.target.is_text else kind

    def _cells(self, cells: pl.Series) -> pl.Series:
        if self.source.is_text and not self.target.separated and cells.dtype == pl.String:
            cells = without_markers(cells, self.source.dialect)
        if self.numeric is None or cells.name in self.numeric:
            return self._passed(cells) if cells.name in self.passed else cells
        return cells_as_text(cells) if self.target.is_text else cells

    def _passed(self, cells: pl.Series) -> pl.Series:
        ours = as_ours(cells, self.source.dialect)
        if self.numeric is None or self.target.is_json:
            return as_json(cells, ours, whole_column=self.numeric is not None)
        return as_numbers(ours, self.numeric[cells.name])

    def _as_number(self, name: str) -> bool:
        """Whether a column of text is written as the numbers that were read from it. As text it stays what it was."""
        typed = self.source.is_text and not self.target.separated
        return typed and name in self.columns.numbers and name not in self.text

    def _check_free(self, lines: pl.Series) -> None:
        """Raises AtRow if a line has a member with the name of a result: a later line may have what the first ones
        have not."""
        names = self.columns.outputs
        for offset in lines.str.contains_any([json.dumps(name, ensure_ascii=False) for name in names]).arg_true():
            clashing = [name for name in members_of(lines[offset].strip(), offset) if name in names]
            if clashing:
                raise AtRow(offset, f"it has a member {clashing[0]}, and so has the result")

    def frame(
        self, block: pl.DataFrame, numbers: Mapping[Reading, pl.Series], made: Sequence[pl.Series]
    ) -> pl.DataFrame:
        """What is written for a block: its columns, the numbers that were read from them, and what was made."""
        made = self._spell(made)
        if self.lines:
            lines = strict(block[LINE] if self.kept_all else only(block[LINE], self.columns.kept))
            self._check_free(lines)
            return _spliced(lines, pl.DataFrame(made), written=self.number is not None)
        if self.appends:
            return pl.DataFrame([block[LINE], *made])
        kept = {
            name: numbers[name] if self._as_number(name) else self._cells(block[name]) for name in self.columns.kept
        }
        frame = pl.DataFrame(kept | {series.name: series for series in made})
        if not self.target.is_json:
            return frame
        written = self.passed if self.numeric is None else self.numeric
        return _encoded(frame, {*written, *self._spelled})


def _encoded(frame: pl.DataFrame, written: Collection[str]) -> pl.DataFrame:
    """A frame as lines of NDJSON; some columns are written as JSON already."""
    members = pl.concat_str([_member(column, column.name in written) for column in frame], separator=", ")
    return frame.select(pl.concat_str([pl.lit("{"), members, pl.lit("}")]).alias(LINE))


def _spliced(lines: pl.Series, made: pl.DataFrame, *, written: bool) -> pl.DataFrame:
    """Lines of NDJSON with members added at their ends, which may be written as JSON already."""
    added = pl.concat_str([_member(column, written) for column in made], separator=", ")
    begun = lines.str.strip_chars(" \t\r").str.strip_suffix("}").str.strip_chars_end(" \t")
    # An object without members needs no comma.
    comma = pl.when(pl.col(LINE) == "{").then(pl.lit("")).otherwise(pl.lit(", "))
    return made.with_columns(begun.alias(LINE)).select(
        pl.concat_str([pl.col(LINE), comma, added, pl.lit("}")]).alias(LINE)
    )


def _member(cells: pl.Series, written: bool = False) -> pl.Expr:
    """A member of an object as text, from the column of a frame."""
    column = selectors.by_name(cells.name).as_expr()  # a name is no pattern
    name = pl.lit(f"{json.dumps(cells.name, ensure_ascii=False)}: ")
    kind = cells.dtype
    if written:
        return pl.concat_str([name, column.fill_null("null")])
    if kind.is_numeric() or kind == pl.Boolean:
        text = column.cast(pl.String)
        if kind.is_float() and not cells.is_finite().all():
            text = text.replace(_NON_FINITE)
        return pl.concat_str([name, text.fill_null("null") if cells.null_count() else text])
    encoded = pl.struct(column.alias("value")).struct.json_encode()
    return pl.concat_str([name, encoded.str.strip_prefix('{"value":').str.strip_suffix("}")])
