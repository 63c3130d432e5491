"""What options say of files of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exprgrad.arguments.table import CSV_SEPARATOR, DECIMAL_COMMA, THOUSANDS_SEPARATOR
from exprgrad.diagnostics import UsageError
from exprgrad.rows.dialect import Dialect


def dialect_of(settings: Mapping[str, Any]) -> Dialect:
    """The dialect that settings, by their names, describe."""
    if settings["decimal_comma"] and settings["csv_separator"] == ",":
        raise UsageError(f"with {DECIMAL_COMMA} no commas can stand between cells", hint=f"write {CSV_SEPARATOR} ';'")
    thousands = settings["thousands_separator"]
    if thousands == ("," if settings["decimal_comma"] else "."):
        what = "the decimal comma" if settings["decimal_comma"] else "the decimal point"
        hint = f"leave out {DECIMAL_COMMA}" if settings["decimal_comma"] else f"add {DECIMAL_COMMA}, as in 1.250,5"
        raise UsageError(f"{thousands!r} of {THOUSANDS_SEPARATOR} is {what}", hint=hint)
    return Dialect(
        settings["csv_separator"],
        settings["decimal_comma"],
        not (settings["no_header"] or settings["header_names"]),
        settings["header_names"],
        settings["comment_prefix"],
        settings["null_markers"],
        thousands,
        settings["csv_encoding"],
    )
