"""Arrays of numpy's floats of whose elements some are structural zeros."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


class Gapped(np.ma.MaskedArray):
    """Floats with a mask that is true at structural zeros, where the number is 0.

    numpy.ma is the container: what moves elements moves the mask with them. Its arithmetic is not used, since it has
    another rule for sums (see `zeros`).
    """


def gapped(numbers: Any, absent: Any) -> Any:
    """An array with structural zeros where a mask is true; a plain one where it is true nowhere."""
    if absent is None or not absent.any():
        return numbers
    absent = np.broadcast_to(absent, numbers.shape)
    return Gapped(np.where(absent, 0.0, numbers), mask=absent)


def placed(shape: tuple[int, ...], dtype: Any, pieces: Sequence[tuple[Any, Any]]) -> Any:
    """Structural zeros but for pieces, each given by its index and an array."""
    numbers, absent = np.zeros(shape, dtype), np.ones(shape, dtype=bool)
    for index, piece in pieces:
        numbers[index], gone = parts(piece)
        absent[index] = False if gone is None else gone
    return Gapped(numbers, mask=absent) if absent.any() else numbers


def nothing(shape: tuple[int, ...], dtype: Any) -> Any:
    """An array of structural zeros."""
    return Gapped(np.zeros(shape, dtype), mask=np.ones(shape, dtype=bool))


def parts(x: Any) -> tuple[Any, Any]:
    """The numbers of an array, and where they are structural zeros, None where nowhere."""
    return (x.data, np.ma.getmaskarray(x)) if isinstance(x, np.ma.MaskedArray) else (x, None)


def without_zeros(x: Any) -> Any:
    """An array with the number 0 in place of its structural zeros."""
    return parts(x)[0]


def moved(move: Callable[[Sequence[Any]], Any], arrays: Sequence[Any]) -> Any:
    """What a function of numpy that only moves elements makes of some arrays."""
    numbers, absent = zip(*map(parts, arrays), strict=True)
    if all(gone is None for gone in absent):
        return move(numbers)
    masks = [np.zeros(x.shape, dtype=bool) if gone is None else gone for x, gone in zip(numbers, absent, strict=True)]
    return gapped(move(numbers), move(masks))


def summed(x: Any, axes: Any) -> Any:
    """The sums along axes: a structural zero where there is nothing else."""
    numbers, absent = parts(x)
    return gapped(np.asarray(numbers.sum(axis=axes)), np.asarray(absent.all(axis=axes)))


def multiplied(a: Any, b: Any) -> Any:
    """A matrix product."""
    (x, no_x), (y, no_y) = parts(a), parts(b)
    there_x, there_y = [np.ones(z.shape) if gone is None else 1.0 - gone for z, gone in ((x, no_x), (y, no_y))]
    absent = np.asarray(there_x @ there_y == 0)
    if np.isfinite(x).all() and np.isfinite(y).all():
        return gapped(np.asarray(x @ y), absent)
    # An infinity may meet a structural zero: what is there is added up, one element of the inner axis after the other.
    total = np.zeros(absent.shape)
    for k in range(y.shape[0]):
        both = np.multiply.outer(there_x[..., k], there_y[k]) != 0
        total = total + np.where(both, np.multiply.outer(x[..., k], y[k]), 0.0)
    return gapped(np.asarray(total, dtype=np.result_type(x, y)), absent)
