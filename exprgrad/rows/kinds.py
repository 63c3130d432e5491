"""Kinds of columns: which ones Polars reads wrongly, and which ones a format can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl
from polars.exceptions import PanicException, PolarsError

from exprgrad.diagnostics import UsageError
from exprgrad.rows.formats import PARQUET, Format
from exprgrad.rows.locations import AtRow

# What Polars makes of an interval.
_INTERVAL: Final = pl.Struct({"months": pl.Int32, "days": pl.Int32, "nanoseconds": pl.Duration("ns")})
# The digits of a decimal that it can hold; of more it reads the last ones.
_DIGITS: Final = 38
# The days, counted from 1970, of which the calendar has a date that Polars writes: the years -262143 to 262142.
_FIRST_DAY: Final = -96_465_293
_LAST_DAY: Final = 95_026_237
_PER_DAY: Final = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_TEXT: Final = (pl.Boolean, pl.String, pl.Categorical, pl.Enum, pl.Date, pl.Time, pl.Datetime, pl.Null)


def unreadable(schema: Mapping[str, pl.DataType]) -> dict[str, str]:
    """The columns of which Polars makes something else than they hold, and what they hold."""
    found = {}
    for name, column in schema.items():
        for kind in _within(column):
            if kind == _INTERVAL:
                found[name] = "intervals"
            elif isinstance(kind, pl.Decimal) and (kind.precision or 0) > _DIGITS:
                found[name] = f"decimals of more than {_DIGITS} digits"
    return found


def check_writable(kept: Mapping[str, pl.DataType], format: Format) -> None:
    """Raises UsageError if a column cannot be written in a format."""
    for name, kind in kept.items():
        if not all(_fits(part, format) for part in _within(as_text(kind) if format.is_text else kind)):
            hint = "leave it out by --keep-columns"
            hint += ", or write Parquet" if format.is_text else ", or write Arrow" if format is PARQUET else ""
            raise UsageError(f"the column {name} holds {kind}, which {format.name} cannot hold", hint=hint)


def as_text(kind: Any) -> Any:
    """As what a column is written as text: one of an extension type as what it is stored as, and times of a zone that
    Polars cannot spell, as +05:30, in UTC."""
    if isinstance(kind, pl.BaseExtension):
        return as_text(kind.ext_storage())
    if isinstance(kind, pl.Datetime) and kind.time_zone is not None and not _is_spelled(kind.time_zone):
        return pl.Datetime(kind.time_unit, "UTC")
    return kind


def cells_as_text(cells: pl.Series) -> pl.Series:
    """A column as a format of text holds it. Raises AtRow for a time that cannot be written."""
    if (offset := _beyond_calendar(cells)) is not None:
        hint = "leave the column out by --keep-columns, or write Parquet"
        raise AtRow(offset, f"the column {cells.name} holds a date beyond the calendar of a format of text", hint=hint)
    while isinstance(cells.dtype, pl.BaseExtension):
        cells = cells.ext.storage()
    return cells.cast(as_text(cells.dtype))


def _beyond_calendar(cells: pl.Series) -> int | None:
    """The first of the cells with a date that Polars cannot write: it panics at it."""
    kind = cells.dtype
    if isinstance(kind, pl.Date | pl.Datetime):
        zoned = isinstance(kind, pl.Datetime) and kind.time_zone is not None
        days = cells.to_physical() // (_PER_DAY[kind.time_unit] if isinstance(kind, pl.Datetime) else 1)
        beyond = (days <= _FIRST_DAY + zoned) | (days >= _LAST_DAY - zoned)
        return beyond.arg_max() if beyond.any() else None
    if not any(isinstance(part, pl.Date | pl.Datetime) for part in _within(kind)) or _is_written(cells):
        return None
    return next(i for i in range(len(cells)) if not _is_written(cells[i : i + 1]))


def _is_written(cells: pl.Series) -> bool:
    try:
        pl.DataFrame([cells]).write_ndjson()
    except PanicException:
        return False
    return True


def _fits(kind: pl.DataType, format: Format) -> bool:
    """Whether a format can hold a kind, apart from what is within it."""
    if kind.is_numeric() or isinstance(kind, _TEXT):
        return not isinstance(kind, pl.Datetime) or not format.is_text or as_text(kind) == kind
    if format.separated:
        return False
    if isinstance(kind, pl.Map):
        return not format.is_text or isinstance(kind.key, (pl.String, pl.Categorical, pl.Enum))
    if isinstance(kind, pl.Struct):
        return bool(kind.fields) or format is not PARQUET
    if isinstance(kind, (pl.List, pl.Array, pl.Duration)):
        return True
    return not format.is_text and isinstance(kind, (pl.Binary, pl.BaseExtension))


def _within(kind: Any) -> Iterator[pl.DataType]:
    """A kind, and the kinds of what is within it."""
    kinds = [kind]
    while kinds:
        kind = kinds.pop()
        yield kind
        if isinstance(kind, pl.Struct):
            kinds += [field.dtype for field in kind.fields]
        elif isinstance(kind, pl.List | pl.Array):
            kinds.append(kind.inner)
        elif isinstance(kind, pl.Map):
            kinds += [kind.key, kind.value]
        elif isinstance(kind, pl.BaseExtension):
            kinds.append(kind.ext_storage())


def _is_spelled(zone: str) -> bool:
    """Whether Polars can write times of a zone."""
    try:
        pl.DataFrame([pl.Series([0]).cast(pl.Datetime("us", zone))]).write_csv()
    except PolarsError:
        return False
    return True
