"""Columns: which ones are read and kept, and how their cells become doubles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import polars as pl

from exprgrad.batch import columns as in_python
from exprgrad.diagnostics import InputDataError, UsageError, listed, suggest
from exprgrad.records import NamedTuple
from exprgrad.rows.contract import IsText, NoColumnError, Reading, column_of
from exprgrad.rows.dialect import TRUTH, place_of
from exprgrad.text_tests import SPACES

# What else a name of the program can be.
_ELSE: Final = "--from-column NAME=COLUMN binds another one, --NAME VALUE gives a value for all rows"
# Columns that hold texts.
_TEXTS: Final = (pl.String, pl.Categorical, pl.Enum, pl.Null)
# So much of a bad cell is shown.
_SHOWN: Final = 40
# What a file says of a column that it has not.
Absent = Callable[[str], str | None]


class Columns(NamedTuple):
    """What is read of the columns of the input, those that are kept, and those that are made."""

    used: Sequence[Reading]
    kept: Sequence[str]
    outputs: Sequence[str]

    @property
    def read(self) -> list[str]:
        """The columns that are read."""
        return list(dict.fromkeys(map(column_of, self.used)))

    @property
    def numbers(self) -> list[str]:
        """Those of which numbers are read."""
        return [reading for reading in self.used if isinstance(reading, str)]

    @property
    def tested(self) -> list[str]:
        """Those that are compared with texts."""
        return list(dict.fromkeys([reading.column for reading in self.used if isinstance(reading, IsText)]))


def resolved(
    called: str,
    schema: Mapping[str, pl.DataType],
    columns: Sequence[Reading],
    outputs: Sequence[str],
    keep: Sequence[str] | None,
    *,
    known: bool = True,
    unreadable: Mapping[str, str],
    absent: Absent,
) -> Columns:
    """What to do with the columns of a file. `keep` is None for all; `known` says whether the file has told its
    columns, `unreadable` which ones cannot be read, and what they hold, `absent` what it says of one that it has not.
    Raises InputDataError for a column that is missing, that cannot be read or that holds no numbers, and UsageError if
    a result has the name of a column that is kept."""
    if not columns:
        hint = f"the columns are {listed(list(schema))}" if schema else None
        raise UsageError("the expression uses no column of the rows", hint=hint)
    found = [_found(called, schema, column_of(reading), known, absent, f"; {_ELSE}") for reading in columns]
    used = [_read(reading, column) for reading, column in zip(columns, found, strict=True)]
    kept = list(schema)
    if keep is not None:
        kept = [_found(called, schema, name, known, absent) for name in dict.fromkeys(keep)]
    whole = Columns(used, kept, list(outputs))
    for name in kept:
        if name in unreadable and name not in whole.read:
            raise _unreadable(called, name, unreadable[name], "leave it out by --keep-columns")
    check_numeric(called, schema, whole.numbers, unreadable, _ELSE)
    _check_texts(called, schema, whole.tested, unreadable)
    for name in outputs:
        if name in kept:
            rest = ",".join(other for other in kept if other != name) or "none"
            hint = f"give the result another name, or leave the column out by --keep-columns {rest}"
            raise UsageError(f"{called} has a column {name}, and so has the result", hint=hint)
    return whole


def _read(reading: Reading, column: str) -> Reading:
    """A reading of the column that its own turned out to be."""
    return column if isinstance(reading, str) else reading._replace(column=column)


def _check_texts(
    called: str, schema: Mapping[str, pl.DataType], names: Sequence[str], unreadable: Mapping[str, str]
) -> None:
    """Raises InputDataError for a column that cannot be read or that holds no texts."""
    for name in names:
        if name in unreadable:
            raise _unreadable(called, name, unreadable[name], "write it as text")
        if not isinstance(kind := schema.get(name, pl.String()), _TEXTS):
            message = f"{called}: the column {name} holds {kind}, and it is compared with a text"
            raise InputDataError(message, hint=f"compare it with a number, as in {name} == 1", origin=called)


def check_numeric(
    called: str, schema: Mapping[str, pl.DataType], names: Sequence[str], unreadable: Mapping[str, str], otherwise: str
) -> None:
    """Raises InputDataError for a column that cannot be read or that holds no numbers; `otherwise` is what to do."""
    for name in names:
        if name in unreadable:
            raise _unreadable(called, name, unreadable[name], "write it as numbers")
    for name in names:
        if not _numeric(schema.get(name, pl.String())):
            message = f"{called}: the column {name} holds {schema[name]}, not numbers"
            raise InputDataError(message, hint=otherwise, origin=called)


def _unreadable(called: str, name: str, what: str, hint: str) -> InputDataError:
    return InputDataError(f"{called}: the column {name} cannot be read: it holds {what}", hint=hint, origin=called)


def found_all(called: str, schema: Mapping[str, pl.DataType], names: Sequence[str], absent: Absent) -> list[str]:
    """The columns of some names. Raises InputDataError for one that is missing."""
    return [_found(called, schema, name, bool(schema), absent) for name in names]


def _found(
    called: str, schema: Mapping[str, pl.DataType], name: str, known: bool, absent: Absent, otherwise: str = ""
) -> str:
    """The column of a name."""
    columns = list(schema)
    if not known:
        return name
    if (place := place_of(columns, name)) is not None:
        return columns[place]
    near = suggest(name, schema)
    hint = absent(name) or f"its columns are {listed(columns)}{otherwise}"
    problem = NoColumnError(
        f"{called} has no column {name}",
        hint=f"did you mean {near}? {hint}" if near is not None else hint,
        origin=called,
    )
    problem.name = name
    raise problem


def check_same(called: str, schema: Mapping[str, pl.DataType], first: str, expected: Mapping[str, pl.DataType]) -> None:
    """Raises InputDataError unless two files have the same columns."""
    if list(schema.items()) == list(expected.items()):
        return
    hint = "give files with the same columns in the same order"
    missing = [name for name in expected if name not in schema]
    extra = [name for name in schema if name not in expected]
    if missing:
        raise InputDataError(f"{called} has no column {listed(missing)}, which {first} has", hint=hint, origin=called)
    if extra:
        raise InputDataError(f"{called} has a column {listed(extra)}, which {first} lacks", hint=hint, origin=called)
    for name, kind in expected.items():
        if schema[name] != kind:
            message = f"{called}: the column {name} holds {schema[name]}, but {kind} in {first}"
            raise InputDataError(message, hint=hint, origin=called)
    raise InputDataError(f"{called} has the columns of {first} in another order", hint=hint, origin=called)


def _numeric(kind: pl.DataType) -> bool:
    return kind.is_numeric() or isinstance(kind, (pl.Boolean, *_TEXTS))


def tested(cells: pl.Series, text: str) -> pl.Series:
    """Whether the cells of a column are a text, as doubles. Spaces around them do not matter, and a cell of spaces is
    null."""
    texts = cells.cast(pl.String).alias("text")  # a name may look like a pattern
    bare, is_text = pl.col("text").str.strip_chars(SPACES), pl.col("text") == text
    padded = texts.str.contains(f"^[{SPACES}]|[{SPACES}]$|^$").any()
    found = pl.when(bare != "").then(bare == text) if padded else is_text
    return texts.to_frame().select(found.cast(pl.Float64).alias("text")).to_series()


def numbers(cells: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    """A column as doubles, each the nearest one, and the mask of the cells that are no numbers, if there are any.

    A text counts as the number that it is, in every format, and false and true count as 0 and 1. Spaces around a number
    do not matter, and a text of spaces is null.
    """
    kind = cells.dtype
    if kind == pl.Float64:
        return cells, None
    if kind.is_numeric() or kind in (pl.Boolean, pl.Null):
        return in_python.doubles(cells), None
    texts = cells.cast(pl.String).alias("text")  # a name may look like a pattern
    found = texts.cast(pl.Float64, strict=False)
    if found.null_count() == texts.null_count():
        return found, None
    # Rare, so that it may cost: the cells are read again without spaces, and truth values.
    texts = texts.str.strip_chars(SPACES).replace(TRUTH)
    found = texts.cast(pl.Float64, strict=False)
    bad = found.is_null() & texts.is_not_null() & (texts != "")
    return found, bad.fill_null(False) if bad.any() else None


def shown(cell: object) -> str:
    """A bad cell in a message."""
    text = str(cell)
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
