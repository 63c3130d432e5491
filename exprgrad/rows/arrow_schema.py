"""What a schema of Arrow says of columns that Polars panics at, looked at before Polars sees it.

https://github.com/apache/arrow/blob/main/format/Schema.fbs
"""

from __future__ import annotations

import struct
from typing import Final

from exprgrad.diagnostics import InputDataError
from exprgrad.records import NamedTuple
from exprgrad.rows.flatbuffers import FlatTable, number
from exprgrad.rows.formats import CONTINUES

# The types by their places in the union of Schema.fbs, and the first that we do not know.
_DECIMAL: Final = 7
_UNKNOWN: Final = 27
_KINDS: Final = {
    14: "a union of types",
    22: "run-end encoded values",
    25: "list views",
    26: "list views",
    **dict.fromkeys(range(_UNKNOWN, 256), "values of a type that is not known"),
}


class Odd(NamedTuple):
    """Columns that Polars cannot read, with what they hold: those beside which it cannot read others, and those that
    may be left out."""

    whole: dict[str, str]
    alone: dict[str, str]


def size_after(start: bytes) -> int:
    """How many bytes of a message come after its first eight; 0 if it is none."""
    size = number("<i", start, 4) if len(start) == 8 and start.startswith(CONTINUES) else 0
    return max(0, size)


def odd_columns(message: bytes, *, stored: bool) -> Odd:
    """The columns of a schema, a message of Arrow, that cannot be read. `stored` says whether their values lie as it
    says: beside a Parquet file it tells the types alone."""
    found = Odd({}, {})
    try:
        schema = FlatTable.root(message[8 : 8 + size_after(message[:8])]).table(2)
        seen: set[int] = set()  # a damaged message may have one field in many places, over and over
        for column in schema.tables(1) if schema is not None else ():
            fields = [column]
            while fields:
                field = fields.pop()
                if field.at in seen:
                    continue
                seen.add(field.at)
                fields += field.tables(5)
                kind, details = field.scalar("<B", 2), field.table(3)
                if kind in _KINDS:
                    found.whole.setdefault(column.text(0), _KINDS[kind])
                if kind == _DECIMAL and details is not None:
                    if details.scalar("<i", 1) < 0:
                        found.whole.setdefault(column.text(0), "decimals of a negative scale")
                    if stored and details.scalar("<i", 2, 128) > 128:
                        found.alone.setdefault(column.text(0), "decimals of 256 bits")
    except struct.error:
        pass  # it is damaged, and whoever reads the file says so
    return found


def check_readable(called: str, odd: Odd) -> None:
    """Raises InputDataError if a column keeps others from being read."""
    for name, what in odd.whole.items():
        message = f"{called} cannot be read: its column {name} holds {what}"
        raise InputDataError(message, hint="write the file without the column", origin=called)
