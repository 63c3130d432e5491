"""The formats of files of rows, by the ending of a name and by how a stream begins; and what is done with bad rows."""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, get_args

from exprgrad.diagnostics import UsageError
from exprgrad.files import ending_of

# What becomes of rows that cannot be read or computed.
BadRows = Literal["error", "null", "skip"]
BAD_ROWS: Final[tuple[str, ...]] = get_args(BadRows)


class Format(Enum):
    """A format, and what messages call it."""

    CSV = "CSV"
    TSV = "TSV"
    NDJSON = "NDJSON"
    PARQUET = "Parquet"
    ARROW = "Arrow"

    @property
    def separated(self) -> bool:
        """Whether a row is a line of cells."""
        return self in (Format.CSV, Format.TSV)

    @property
    def is_text(self) -> bool:
        """Whether rows can be read and written as they come, without an end to wait for."""
        return self.separated or self is Format.NDJSON

    @property
    def separator(self) -> str:
        """What stands between two cells of a row."""
        return "\t" if self is Format.TSV else ","


ENDINGS: Final = {
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".ndjson": Format.NDJSON,
    ".jsonl": Format.NDJSON,
    ".parquet": Format.PARQUET,
    ".arrow": Format.ARROW,
    ".ipc": Format.ARROW,
    ".feather": Format.ARROW,
}
# The names that an option takes.
NAMES: Final = {format.value.lower(): format for format in Format}
# What a message of Arrow begins with, before the length of its metadata.
CONTINUES: Final = b"\xff\xff\xff\xff"
# As many bytes of a stream are enough to tell its format, unless its first line is longer.
SNIFFED: Final = 1 << 16


def format_of(name: str) -> Format:
    """The format that the ending of a file's name stands for."""
    ending = ending_of(name)
    if ending not in ENDINGS:
        raise UsageError(f"cannot tell the format of {name!r}", hint=f"a file of rows ends in {', '.join(ENDINGS)}")
    return ENDINGS[ending]


def sniffed(start: bytes) -> Format:
    """The format of a stream, from its first bytes."""
    if start.startswith(b"PAR1"):
        return Format.PARQUET
    if start.startswith((b"ARROW1", CONTINUES)):
        return Format.ARROW
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b"{", b"[{")):
        return Format.NDJSON
    return Format.TSV if b"\t" in text.partition(b"\n")[0] else Format.CSV
