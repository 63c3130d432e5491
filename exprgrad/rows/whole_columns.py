"""Columns of a file as a whole, in memory: values of a program, not rows of it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import polars as pl

from exprgrad.diagnostics import InputDataError, UsageError
from exprgrad.rows.columns import check_numeric, found_all, numbers, shown
from exprgrad.rows.locations import AtRow
from exprgrad.rows.panics import silent_panics
from exprgrad.rows.pipeline import opened
from exprgrad.rows.sources import sources


def numbers_in(name: str, column: str | None) -> Any:
    """The doubles in a column of a file, or in all of its columns, a list for each row. Raises InputDataError for a
    cell that holds none."""
    found = sources([name])
    if len(found) != 1 or found[0].name != name:
        raise UsageError(f"{name} is several files", hint="name one")
    source = found[0]
    with silent_panics(), ExitStack() as stack:
        (table,) = opened(found, stack)
        names = list(table.schema) if column is None else found_all(source.called, table.schema, [column], table.absent)
        check_numeric(source.called, table.schema, names, table.unreadable, "write @FILE:NAME for one that does")
        held: dict[str, list[pl.Series]] = {name: [] for name in names}
        before = lines = 0
        try:
            for piece in table.pieces(names):
                frame = table.frame(piece, names, names)
                for name in names:
                    held[name].append(_whole(frame[name], lambda offset: table.line(piece, offset)))  # noqa: B023
                before += len(frame)
                lines += getattr(piece, "lines", 0)
        except AtRow as problem:
            raise problem.error(source, before, lines) from None
    if not before:
        raise InputDataError(f"{source.called} has no rows", hint="a vector needs a number", origin=source.called)
    columns = [pl.concat(parts).to_list() for parts in held.values()]
    return columns[0] if column is not None else [list(row) for row in zip(*columns, strict=True)]


def _whole(cells: pl.Series, line: Any) -> pl.Series:
    """The doubles of a piece of a column. Raises AtRow for the first cell that holds none."""
    read, bad = numbers(cells)
    missing = read.is_null() if bad is None else read.is_null() | bad
    if missing.any():
        at = int(missing.arg_true()[0])
        cell = cells[at]
        found = "null" if cell is None or not str(cell).strip() else shown(cell)
        hint = "a vector has a number in each place: fill it, or leave the row out"
        raise AtRow(at, f"{cells.name} is {found}, not a number", hint=hint, line=line(at))
    return read
