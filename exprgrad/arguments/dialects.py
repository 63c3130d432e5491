"""What options say of files of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exprgrad.arguments.table import CSV_SEPARATOR, DECIMAL_COMMA
from exprgrad.diagnostics import UsageError
from exprgrad.rows.dialect import Dialect


def dialect_of(settings: Mapping[str, Any]) -> Dialect:
    """The dialect that settings, by their names, describe."""
    if settings["decimal_comma"] and settings["csv_separator"] == ",":
        raise UsageError(f"with {DECIMAL_COMMA} no commas can stand between cells", hint=f"write {CSV_SEPARATOR} ';'")
    return Dialect(
        settings["csv_separator"],
        settings["decimal_comma"],
        not (settings["no_header"] or settings["header_names"]),
        settings["header_names"],
        settings["comment_prefix"],
        settings["null_markers"],
        settings["csv_encoding"],
    )
