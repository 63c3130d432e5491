"""The derivatives of each element of a value by each element of an input: a row at a time, or by colours."""

from __future__ import annotations

from math import prod
from typing import Any, Final

from exprgrad.autodiff import Sweeps, sparsity
from exprgrad.numbers import arrays, limits
from exprgrad.numbers.arithmetic import settled
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import add, mul
from exprgrad.ops.control import as_gradient, seed, unreached
from exprgrad.ops.registry import Value
from exprgrad.ops.structural import shape_of
from exprgrad.records import NamedTuple


class SparsePlaces(NamedTuple):
    """Where the elements of a sparse derivative stand: the shape of the whole, and their numbers in it, ascending."""

    shape: tuple[int, ...]
    numbers: Any


# From so many elements on it is looked whether few sweeps find all.
MANY: Final = 32


def jacobian(
    name: str, parent: Value, x: Value, order: int, sweeps: Sweeps, *, sparse: bool
) -> tuple[Value | None, SparsePlaces | None]:
    """The derivatives of each element of a value or derivative of order n by each of an input, in the shape of the
    value followed by that of the input; of a sparse one its elements and their places. Raises an EvaluationError where
    all elements have to be there, and are too many."""
    shape, of_x = shape_of(parent), shape_of(x)
    rows, columns = prod(shape), prod(of_x)
    whole = (*shape, *of_x)
    limits.check_axes(len(whole))
    if not rows or not columns:
        return None, None
    found = sparsity.pattern(parent, x, sweeps.value_of) if sparse or min(rows, columns) >= MANY else None
    if found is not None:
        elements = _by_colours(name, parent, x, order, sweeps, found)
        if elements is not None:
            numbers = found.rows * columns + found.columns
            if sparse:
                return elements, SparsePlaces(whole, numbers)
            return _whole(parent, elements, numbers, whole, sweeps), None
    limits.within(whole)
    value = _by_rows(name, parent, x, order, sweeps)
    if not sparse:
        return value, None
    import numpy as np

    if value is None:
        return None, SparsePlaces(whole, np.arange(0))
    if found is None:
        return S.reshape((-1,))(value), SparsePlaces(whole, np.arange(rows * columns))
    numbers = found.rows * columns + found.columns
    return S.take(0)(S.reshape((-1,))(value), sweeps.constant(numbers.astype(float))), SparsePlaces(whole, numbers)


def _by_rows(name: str, parent: Value, x: Value, order: int, sweeps: Sweeps) -> Value | None:
    """A sweep backwards for each element of the value."""
    shape = shape_of(parent)
    flat = S.reshape((-1,))(parent)
    elements = [S.get_item((i,))(flat) for i in range(prod(shape))]
    parts = [sweeps.pull(name, element, [x], order)[0] for element in elements]
    if all(part is None for part in parts):
        return None
    filled = [
        unreached(x, y) if part is None else as_gradient(part, x) for part, y in zip(parts, elements, strict=True)
    ]
    return S.reshape((*shape, *shape_of(x)))(S.vector(*filled))


def _by_colours(
    name: str, parent: Value, x: Value, order: int, sweeps: Sweeps, found: sparsity.Pattern
) -> Value | None:
    """The elements of a pattern by one sweep for each colour, forwards for colours of columns and backwards for those
    of rows; None where that is not less than a sweep for each row."""
    import numpy as np

    rows = len(found.starts) - 1
    if 2 * _fewest_colours(found) > rows:
        return None
    by_columns, by_rows = (sparsity.colours(found, which) for which in (True, False))
    if 2 * min(by_columns.many, by_rows.many) > rows:
        return None
    if not len(found.columns):
        return sweeps.constant(np.ones(0))
    forwards = by_columns.many <= by_rows.many
    chosen, start, other = (by_columns, x, parent) if forwards else (by_rows, parent, x)
    parts = []
    for colour in range(chosen.many):
        unit = sweeps.constant(_unit(chosen.of == colour, shape_of(start), sweeps.rounded(x)))
        if forwards:
            part = sweeps.push(name, parent, [(x, unit)], order)
        else:
            part = sweeps.pull(name, parent, [x], order, unit)[0]
        parts.append(S.reshape((-1,))(S.in_shape(part, other)))
    width = rows if forwards else found.width
    own, across = (found.columns, found.rows) if forwards else (found.rows, found.columns)
    places = sweeps.constant((chosen.of[own] * width + across).astype(float))
    # A structural zero among them becomes a number.
    return add(S.take(0)(S.concat(0)(*parts), places), 0.0)


def _fewest_colours(found: sparsity.Pattern) -> int:
    """How many colours a pattern needs at least: all that share a row, or a column, differ."""
    import numpy as np

    return int(min(np.diff(found.starts).max(initial=0), np.bincount(found.columns).max(initial=0)))


def _whole(parent: Value, elements: Value, numbers: Any, shape: tuple[int, ...], sweeps: Sweeps) -> Value:
    """The elements in their places, and 0 in all others: nan where the value is."""
    import numpy as np

    rows = prod(shape_of(parent))
    empty = sweeps.constant(np.ones(prod(shape)))
    spread = S.add_at(0)(elements, S.unmoved(empty), sweeps.constant(numbers.astype(float)))
    base = S.reshape((rows, 1))(mul(seed(parent), 0.0))
    return S.reshape(shape)(add(S.reshape((rows, -1))(spread), base))


def _unit(mask: Any, shape: tuple[int, ...], rounded: bool) -> Any:
    """1 where the mask is true, and nothing elsewhere: a structural zero."""
    ones = mask.astype(float).reshape(shape)
    return settled(arrays.with_zeros(arrays.rounded(ones) if rounded else ones))
