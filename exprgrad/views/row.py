"""A result as one row below the names of its columns, so that several are collected in a table."""

from __future__ import annotations

import math
from typing import Any

from exprgrad.diagnostics import UsageError
from exprgrad.outcomes import Outcomes, columns
from exprgrad.views.numbers import NumberFormat, shortest


def row(result: Outcomes, number: NumberFormat = shortest, separator: str = ",") -> str:
    """`a,b,c,dc_da,dc_db` and `15.0,20.0,300.0,20.0,15.0`. Raises a UsageError for an array."""
    import csv  # only this view needs it
    from io import StringIO

    found = columns(result)
    text = StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerows([found, [_cell(name, x, number) for name, x in found.items()]])
    return text.getvalue()


def _cell(name: str, x: Any, number: NumberFormat) -> str:
    if isinstance(x, str):
        return x
    if not isinstance(x, float):
        raise UsageError(f"{name} has shape {x.shape}, and a cell holds one number", hint="write -f json")
    return "NaN" if math.isnan(x) else number(x)  # as rows of files have it
