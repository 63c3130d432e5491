"""The formats of files of rows, by the ending of a name and by how a stream begins; and what is done with bad rows."""

from __future__ import annotations

from typing import Final, Literal, get_args

from exprgrad.diagnostics import UsageError
from exprgrad.files import ending_of
from exprgrad.records import NamedTuple
from exprgrad.rows.dialect import PLAIN, SPACES, Dialect

# What becomes of rows that cannot be read or computed.
BadRows = Literal["error", "null", "skip"]
BAD_ROWS: Final[tuple[str, ...]] = get_args(BadRows)


class Format(NamedTuple):
    """A format, by what messages call it: whether its rows can be read and written as they come, without an end to wait
    for, whether a row is a line of cells or an object of JSON, and how these are written then."""

    name: str
    is_text: bool
    separated: bool = False
    is_json: bool = False
    dialect: Dialect = PLAIN

    @property
    def separator(self) -> str:
        """What stands between two cells of a text."""
        return self.dialect.separator or ","

    def spelled(self, number: str) -> str:
        """A number as it is written."""
        return number.replace(".", ",") if self.dialect.decimal_comma else number

    def said(self, dialect: Dialect) -> Format:
        """The format of a text of which something was said; in JSON that are only the marks of nulls."""
        if not self.is_text or dialect == PLAIN:
            return self
        if self.is_json:
            return self._replace(dialect=Dialect(nulls=dialect.nulls))
        between = dialect.separator or self.dialect.separator
        return self._replace(dialect=dialect._replace(separator=between or (";" if dialect.decimal_comma else ",")))

    def after(self, source: Format) -> Format:
        """The format of what is written where a source is read: a text of cells is written as one that was read. Where
        any number of spaces stands between cells there can be no empty one."""
        if not (self.separated and source.separated) or self is TABLE:
            return self
        spoken = source.dialect
        between = spoken.separator if self.name == source.name and spoken.separator != SPACES else None
        said = Dialect(separator=between, decimal_comma=spoken.decimal_comma, encoding=spoken.encoding)
        return NAMES[self.name.lower()].said(said)


CSV: Final = Format("CSV", is_text=True, separated=True)
TSV: Final = Format("TSV", is_text=True, separated=True, dialect=Dialect(separator="\t"))
NDJSON: Final = Format("NDJSON", is_text=True, is_json=True)
PARQUET: Final = Format("Parquet", is_text=False)
ARROW: Final = Format("Arrow", is_text=False)
# Columns below each other, for a reader; no file of it is read.
TABLE: Final = Format("table", is_text=True, separated=True)
# Rows that no file holds.
SWEPT: Final = Format("sweep", is_text=False)

ENDINGS: Final = {
    ".csv": CSV,
    ".tsv": TSV,
    ".ndjson": NDJSON,
    ".jsonl": NDJSON,
    ".parquet": PARQUET,
    ".arrow": ARROW,
    ".ipc": ARROW,
    ".feather": ARROW,
}
# And what may hold something else as well: a directory of files of rows has others.
_WRITTEN: Final = ENDINGS | {".json": NDJSON}
# And texts that are only read: their cells have spaces between them, if nothing else is said.
_READ: Final = _WRITTEN | dict.fromkeys((".txt", ".dat"), CSV._replace(dialect=Dialect(separator=SPACES)))
# The names that an option takes. JSON of rows is that of each.
NAMES: Final = {format.name.lower(): format for format in (CSV, TSV, NDJSON, PARQUET, ARROW, TABLE)} | {"json": NDJSON}
# What a message of Arrow begins with, before the length of its metadata.
CONTINUES: Final = b"\xff\xff\xff\xff"
# As many bytes are enough to tell a format, unless its first line is longer.
SNIFFED: Final = 1 << 16


def format_of(name: str) -> Format:
    """The format that the ending of a file's name stands for."""
    found = _WRITTEN.get(ending_of(name))
    if found is None:
        raise UsageError(f"cannot tell the format of {name!r}", hint=f"a file of rows ends in {', '.join(ENDINGS)}")
    return found


def read_as(name: str) -> Format | None:
    """The format that a file is read in, by its ending; None where that says nothing."""
    return _READ.get(ending_of(name))


def sniffed(start: bytes) -> Format:
    """The format of what has no name that says it, from its first bytes."""
    if start.startswith(b"PAR1"):
        return PARQUET
    if start.startswith((b"ARROW1", CONTINUES)):
        return ARROW
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b"{", b"[{")):
        return NDJSON
    return TSV if b"\t" in text.partition(b"\n")[0] else CSV
