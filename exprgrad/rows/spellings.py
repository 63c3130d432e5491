"""Cells of another dialect, as ours."""

from __future__ import annotations

import polars as pl

from exprgrad.rows.dialect import Dialect, between, grouped


def without_markers(cells: pl.Series, dialect: Dialect) -> pl.Series:
    """Cells of text, null where they stand for none."""
    if not dialect.nulls:
        return cells
    found = cells.str.strip_chars(" \t").is_in(list(dialect.nulls))
    return cells.set(found.fill_null(False), None)


def as_ours(cells: pl.Series, dialect: Dialect) -> pl.Series:
    """The same, as Dialect.number has a cell: that is what is compared with a text, too."""
    found = without_markers(cells, dialect)
    if dialect.thousands is not None:
        pattern = f"^{grouped(dialect.thousands, dialect.point)}$"
        plain = found.str.replace_all(between(dialect.thousands), "")
        found = found.zip_with(~found.str.contains(pattern).fill_null(False), plain)
    return found.str.replace_many([",", "."], [".", ","]) if dialect.decimal_comma else found
