"""Columns that are given, as doubles: each cell the nearest one, and nan where it is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any, Final

import numpy as np

from exprgrad.diagnostics import UsageError
from exprgrad.text_tests import SPACES

# What an element of a list may be. A Decimal is no Real, and neither is numpy's truth value.
_NUMBERS: Final = (Real, Decimal, np.bool_)


def column(name: str, x: Any) -> Any:
    """A column of numpy, Arrow, Polars, pandas or a list as contiguous doubles, and what has no axis as a float.
    Raises UsageError unless it holds numbers."""
    if isinstance(x, _NUMBERS):
        return _double(x)
    if hasattr(getattr(x, "dtype", None), "is_numeric"):
        kind = x.dtype
        if not (kind.is_numeric() or str(kind) in ("Boolean", "Null")):
            raise _no_numbers(name, f"of {kind}, not of numbers")
        return np.ascontiguousarray(doubles(x).fill_null(math.nan).to_numpy())
    if isinstance(x, np.ma.MaskedArray):
        raise _no_numbers(name, "masked")
    try:
        array = np.asarray(x)
        if array.dtype == object and array.ndim and all(map(_is_number, array.flat)):
            array = np.array([_double(element) for element in array.flat], np.float64).reshape(array.shape)
    except Exception:
        raise UsageError(f"{name} is no column of numbers", hint="give an array, a series or a number") from None
    if array.dtype.kind not in "fiub":
        raise _no_numbers(name, f"of {array.dtype}, not of numbers")
    if not array.ndim:
        return float(array)
    return np.ascontiguousarray(array, dtype=np.float64)


def truths(name: str, x: Any, text: str) -> Any:
    """Whether the cells of a column of texts are one, as doubles, and of a text alone as a float. Spaces around them do
    not matter; what is missing, or empty, is nan."""
    if isinstance(x, str):
        return _truth(x, text)
    if hasattr(getattr(x, "dtype", None), "is_numeric"):
        if str(x.dtype).partition("(")[0] not in ("String", "Categorical", "Enum", "Null"):
            raise _no_texts(name, f"of {x.dtype}")
        x = x.cast(str).to_list()
    try:
        array = np.asarray(x, dtype=object)
        return np.array([_truth(cell, text) for cell in array.flat], np.float64).reshape(array.shape)
    except (TypeError, ValueError):
        raise _no_texts(name, "of other things") from None


def _truth(cell: Any, text: str) -> float:
    """Whether a cell is a text. Raises a TypeError for one that is none."""
    if cell is None or _is_na(cell) or (isinstance(cell, float) and math.isnan(cell)):
        return math.nan
    if not isinstance(cell, str):
        raise TypeError
    bare = cell.strip(SPACES)
    return float(bare == text) if bare else math.nan


def missing(x: Any) -> Any:
    """Which cells of a column are nulls. A nan is a number, but for pandas, which has no other mark in a column of
    doubles."""
    if isinstance(x, np.ndarray) and x.dtype != object:
        return np.zeros(x.shape, bool)
    for asked in ("isna", "is_null"):  # pandas has both, and Polars and Arrow the second
        if hasattr(x, asked):
            return np.asarray(getattr(x, asked)(), bool)
    cells = np.asarray(x, object)
    return np.array([cell is None or _is_na(cell) for cell in cells.flat], bool).reshape(cells.shape)


def kept(name: str, x: Any) -> Any:
    """A column that is passed on, as an array: of objects where it holds others than numbers, or a null, None."""
    listing = next((way for way in ("to_pylist", "to_list", "tolist") if hasattr(x, way)), None)
    try:
        cells = list(x if listing is None else getattr(x, listing)())
        found = [None if gone else cell for cell, gone in zip(cells, missing(x), strict=True)]
    except (TypeError, ValueError):
        raise UsageError(f"{name} is no column", hint="give a list, an array or a series") from None
    kinds = {type(cell) for cell in found}
    if len(kinds) == 1 and kinds <= {bool, int, float} and np.asarray(found).dtype != object:
        return np.asarray(found)
    array = np.empty(len(found), object)
    array[:] = found
    return array


def columns_in(table: Any, example: str) -> list[str]:
    """The names of the columns of a table. Raises a UsageError for what is none, with an example of a call."""
    lazy = hasattr(table, "collect")
    names = None if lazy else table.keys() if isinstance(table, Mapping) else getattr(table, "columns", None)
    if names is None or not hasattr(table, "__getitem__"):
        raise UsageError(
            f"a table has columns by their names, found {type(table).__name__}",
            hint=f"{example}; collect() what is lazy",
        )
    return getattr(table, "column_names", None) or list(names)  # Arrow's `columns` are the arrays


def check_once(held: Sequence[str], name: str) -> None:
    """Raises a UsageError where several columns of a table have a name."""
    if held.count(name) > 1:
        raise UsageError(f"the table has several columns {name}", hint="rename all but one")


def doubles(cells: Any) -> Any:
    """A Polars series of numbers as one of doubles; nulls stay nulls."""
    # Polars divides a decimal by a power of ten, which rounds twice; its text is rounded once.
    return (cells.cast(str) if cells.dtype.is_decimal() else cells).cast(float)


def _is_number(element: object) -> bool:
    """Whether an element of a list is a number, or is missing."""
    return element is None or isinstance(element, _NUMBERS) or _is_na(element)


def _double(x: Any) -> float:
    if x is None or _is_na(x):
        return math.nan
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def _is_na(element: object) -> bool:
    """Whether an element is what pandas has for one that is missing."""
    return type(element).__name__ == "NAType"


def _no_texts(name: str, what: str) -> UsageError:
    hint = "give a text, or a column of texts"
    return UsageError(f"{name} is compared with a text, and is {what}", hint=hint)


def _no_numbers(name: str, what: str) -> UsageError:
    hint = "make it an array of doubles, with nan for what is missing"
    return UsageError(f"the column {name} is {what}", hint=hint)
