"""Structural zeros among many numbers: where some are absent, and what operations make of that.

Arrays of numpy's floats follow these rules, and so do both engines for rows. They are written against `np`: numpy, or
what writes machine code. Where a value is absent is a mask, None where it is nowhere, or, with numpy alone, True where
it is everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from exprgrad.numbers.scalars import NOTHING, Kernels


def applied(
    np: Any, kernel: Callable[..., Any], op: Kernels, values: Sequence[Any], absent: Sequence[Any]
) -> tuple[Any, Any]:
    """An operation, whose kernel is given, and where its result is absent: see `registry.elementwise`. What knows of no
    structural zeros, such as a cotangent that becomes a derivative, takes them as 0."""
    if op.zero == "sum":
        return _sum(np, kernel, op.signs, values, absent)
    if op.zero is None:
        present = [x if gone is None else np.where(gone, 0.0, x) for x, gone in zip(values, absent, strict=True)]
        return kernel(*present), None
    nowhere = np.where(values[-1] == 0, np.true, np.false) if op.zero == "share" else None
    for gone in absent:
        if gone is True:
            return 0.0, True
        if gone is not None:
            nowhere = gone if nowhere is None else nowhere | gone
    return kernel(*values), nowhere


def _sum(
    np: Any, kernel: Callable[..., Any], signs: Sequence[int], values: Sequence[Any], absent: Sequence[Any]
) -> tuple[Any, Any]:
    if all(gone is None for gone in absent):
        return kernel(*values), None
    (x, y), (no_x, no_y) = values, absent
    if no_y is True:
        return x, no_x
    if no_x is True and signs[1] > 0:
        return y, no_y
    x = x if no_x is None else np.where(no_x, NOTHING, x)
    y = y if no_y is None else np.where(no_y, signs[1] * NOTHING, y)
    return kernel(x, y), None if no_x is None or no_y is None else no_x & no_y


def chosen(np: Any, holds: Any, values: Sequence[Any], absent: Sequence[Any]) -> tuple[Any, Any]:
    """The result of a branch, by whether its condition is true, and where it is absent."""
    value = np.where(holds, *values)
    if all(gone is None for gone in absent):
        return value, None
    return value, np.where(holds, *[np.false if gone is None else gone for gone in absent])


def without_gaps(np: Any, value: Any, absent: Any, before: Iterable[tuple[Any, Any]]) -> Any:
    """A value for all rows. Where it is absent it is 0, or nan where one of the values `before` is nan, of which it is
    the derivative."""
    if absent is None:
        return value
    fill: Any = 0.0
    for number, gone in before:
        if gone is not True:
            nan = np.isnan(number) if gone is None else np.isnan(number) & ~gone
            fill = np.where(nan, math.nan, fill)
    return np.where(absent, fill, value)
