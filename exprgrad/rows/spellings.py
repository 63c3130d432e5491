"""Cells of another dialect, as ours."""

from __future__ import annotations

import polars as pl

from exprgrad.rows.dialect import Dialect


def without_markers(cells: pl.Series, dialect: Dialect) -> pl.Series:
    """Cells of text, null where they stand for none."""
    if not dialect.nulls:
        return cells
    found = cells.str.strip_chars(" \t").is_in(list(dialect.nulls))
    return cells.set(found.fill_null(False), None)


def as_ours(cells: pl.Series, dialect: Dialect) -> pl.Series:
    """The same, with a point in numbers. What is grouped by points is no number, so that these become commas."""
    found = without_markers(cells, dialect)
    return found.str.replace_many([",", "."], [".", ","]) if dialect.decimal_comma else found
