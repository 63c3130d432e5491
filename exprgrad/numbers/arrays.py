"""Arrays of numbers: rounded ones and numpy's.

A rounded array is an ndarray of Python objects, each an mpfr: numpy is its container (shape, broadcasting, indexing),
and every operation on its elements is the scalar kernel. Sums and products run from left to right. An array of numpy's
own floats is computed by numpy, whose order and last digits are its own. Where both meet, numpy's wins.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from exprgrad.diagnostics import EvaluationError
from exprgrad.numbers import memory
from exprgrad.numbers.arithmetic import ZERO, is_array
from exprgrad.numbers.rounded import FLOAT64

Shape = tuple[int, ...]


def plus(x: Any, y: Any) -> Any:
    """The sum of two elements, of which a structural zero is left out."""
    return y if x is ZERO else x if y is ZERO else FLOAT64.add(x, y)


def times(x: Any, y: Any) -> Any:
    """The product of two elements, which a structural zero makes one."""
    return ZERO if x is ZERO or y is ZERO else FLOAT64.mul(x, y)


def has_zeros(x: Any) -> bool:
    """Whether elements of a rounded array are structural zeros: what a lane that was not taken gets."""
    return any([element is ZERO for element in x.flat])


def with_zeros(array: Any) -> Any:
    """An array in which what is 0 is a structural zero, if it is rounded."""
    if not is_rounded(array):
        return array
    out = array.copy()
    out[array == 0] = ZERO
    return out


def without_zeros(x: Any) -> Any:
    """A rounded array with the number 0 in place of its structural zeros."""
    if not has_zeros(x):
        return x
    return elementwise(lambda element: FLOAT64.zero if element is ZERO else element, x)


def without_gaps(number: Any, shape: Shape, before: Any, rows: bool, like: Any) -> Any:
    """A derivative with numbers in place of structural zeros: 0, or nan where what it is the derivative of is nan.

    That is looked for element by element where both have one shape, and anywhere else. With `rows` there is a row for
    each element of what it is the derivative of, all of it nan where that is. None has a structural zero everywhere."""
    import numpy as np

    nans = np.asarray(isnan(before)) if is_array(before) else np.asarray(bool(before != before))
    if rows:
        nans = np.broadcast_to(nans.reshape(nans.shape + (1,) * (len(shape) - nans.ndim)), shape)
    elif nans.shape != shape:
        nans = np.broadcast_to(nans.any(), shape)
    kind = number if is_array(number) else like
    fill = full(shape, 0.0, kind)
    fill[nans] = full((), math.nan, kind)[()]
    if number is None or number is ZERO:
        return fill
    if not is_rounded(number):
        return np.where(nans, fill, number) if rows else number
    gaps = _where(lambda element: element is ZERO, number)
    return np.where(gaps | nans if rows else gaps, fill, number)


def isnan(x: Any) -> Any:
    """Which elements of an array are nan."""
    if not is_rounded(x):
        return x != x
    return _where(lambda element: element is not ZERO and element.is_nan(), x)


def counts(x: Any) -> Any:
    """Which elements of an array are neither structural zeros nor nan."""
    if not is_rounded(x):
        return x == x
    return _where(lambda element: element is not ZERO and not element.is_nan(), x)


def _where(holds: Callable[[Any], bool], x: Any) -> Any:
    """Of which elements of a rounded array something holds."""
    import numpy as np

    return np.frompyfunc(holds, 1, 1)(x).astype(bool)


def empty(like: Any, part: Any = None) -> Any:
    """An array in the shape of another one: of structural zeros, of numpy's numbers 0. These also where `part`,
    which is to be put into it, is numpy's."""
    import numpy as np

    kind = part if is_rounded(like) and is_array(part) else like
    if not is_rounded(kind):
        return np.zeros(like.shape, dtype=kind.dtype)
    out = np.empty(like.shape, dtype=object)
    out[...] = _boxed(ZERO)
    return out


def is_rounded(x: Any) -> bool:
    """Whether an array is one of mpfr's."""
    return bool(x.dtype == object)


def rounded(x: Any) -> Any:
    """Numbers, in a list, in lists of equal length or in an array, as a rounded array."""
    import numpy as np

    numbers = np.asarray(x, dtype=float)
    memory.take(memory.ROUNDED * numbers.size)
    return elementwise(FLOAT64.number, np.array(numbers, dtype=object))


def elementwise(kernel: Callable[..., Any], *operands: Any) -> Any:
    """A scalar kernel on each element of rounded arrays and mpfr's, broadcast."""
    import numpy as np

    boxed = [_boxed(x) for x in operands]
    with np.errstate(all="ignore"):  # MPFR may leave flags behind that numpy takes for its own
        out = np.frompyfunc(kernel, len(boxed), 1)(*boxed)
    return out if isinstance(out, np.ndarray) else _boxed(out)


def _boxed(x: Any) -> Any:
    import numpy as np

    if isinstance(x, np.ndarray):
        return x
    box = np.empty((), dtype=object)
    box[()] = x
    return box


def full(shape: Shape, value: Any, like: Any) -> Any:
    """An array of that shape in the arithmetic of another value."""
    import numpy as np

    if isinstance(like, np.ndarray) and not is_rounded(like):
        return np.full(shape, float(value), dtype=like.dtype)
    out = np.empty(shape, dtype=object)
    out[...] = _boxed(FLOAT64.number(value))
    return out


def alike(arrays: Sequence[Any]) -> list[Any]:
    """Arrays and scalars as arrays of one arithmetic: numpy's where one of them is numpy's."""
    import numpy as np

    floats = [x.dtype for x in arrays if isinstance(x, np.ndarray) and not is_rounded(x)]
    if not floats:
        return [_boxed(x) for x in arrays]
    dtype = np.result_type(*floats)
    numbers = [x if isinstance(x, np.ndarray) else 0.0 if x is ZERO else float(x) for x in arrays]
    return [np.asarray(x).astype(dtype) for x in numbers]


def fold(kernel: Callable[..., Any], x: Any, axis: int | None, start: float) -> Any:
    """A kernel of two operands over the elements of a rounded array from left to right, along one axis or all."""
    import numpy as np

    if axis is None:
        x, axis = x.reshape(-1), 0
    if x.shape[axis] == 0:
        return full(x.shape[:axis] + x.shape[axis + 1 :], start, x)
    with np.errstate(all="ignore"):
        return _boxed(np.frompyfunc(kernel, 2, 1).reduce(x, axis=axis))


def accumulate(x: Any, axis: int) -> Any:
    """The running sums along an axis."""
    import numpy as np

    if is_rounded(x):
        with np.errstate(all="ignore"):
            return np.frompyfunc(plus, 2, 1).accumulate(x, axis=axis) if x.size else x
    return np.cumsum(x, axis=axis)


def total(x: Any, axis: int | None) -> Any:
    """The sum."""
    return fold(plus, x, axis, 0.0) if is_rounded(x) else x.sum(axis=axis)


def add_at(rows: Any, positions: Any, like: Any) -> Any:
    """Zeros in the shape of another array, to which rows are added at positions along the first axis."""
    import numpy as np

    if is_rounded(like) and is_rounded(rows):
        out = empty(like)
        for row, position in zip(rows, positions, strict=True):
            out[position, ...] = elementwise(plus, out[position], row)
        return out
    width = math.prod(like.shape[1:])
    places = (positions[:, None] * width + np.arange(width)).reshape(-1)
    weights = rows.astype(float, copy=False).reshape(-1)
    found = np.bincount(places, weights=weights, minlength=like.size).reshape(like.shape)
    return found.astype(np.result_type(*[x for x in (rows, like) if not is_rounded(x)]), copy=False)


def matmul(a: Any, b: Any) -> Any:
    """The product of vectors and matrices."""
    import numpy as np

    a, b = alike([a, b])
    if not is_rounded(a):
        with np.errstate(all="ignore"):
            return np.asarray(a @ b)
    left = a.reshape(1, -1) if a.ndim == 1 else a
    right = b.reshape(-1, 1) if b.ndim == 1 else b
    out = full((left.shape[0], right.shape[1]), 0.0, a)
    for i in range(left.shape[0]):
        for j in range(right.shape[1]):
            terms = [times(x, y) for x, y in zip(left[i], right[:, j], strict=True)]
            total = terms[0] if terms else out[i, j]
            for term in terms[1:]:
                total = plus(total, term)
            out[i, j] = total
    return out.reshape(a.shape[:-1] + b.shape[1:])


def lu(a: Any) -> tuple[Any, list[int], float]:
    """The factors of a rounded square matrix in one array, the order of its rows, and the sign of that: Gaussian
    elimination with the largest pivot of each column, the first of equal ones."""
    a = a.copy()
    n = len(a)
    rows, sign = list(range(n)), 1.0
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: (FLOAT64.abs(a[i, k]), -i) if a[i, k] == a[i, k] else (float("inf"), -i))
        if pivot != k:
            a[[k, pivot]] = a[[pivot, k]]
            rows[k], rows[pivot] = rows[pivot], rows[k]
            sign = -sign
        if a[k, k] == 0:
            continue
        for i in range(k + 1, n):
            factor = a[i, k] = FLOAT64.div(a[i, k], a[k, k])
            for j in range(k + 1, n):
                a[i, j] = FLOAT64.sub(a[i, j], FLOAT64.mul(factor, a[k, j]))
    return a, rows, sign


def solve(a: Any, b: Any) -> Any:
    """x with a @ x = b, for a vector or a matrix b."""
    import numpy as np

    a, b = alike([a, b])
    if not is_rounded(a):
        try:
            return np.linalg.solve(a, b)
        except np.linalg.LinAlgError:
            raise singular() from None
    a, b = without_zeros(a), without_zeros(b)
    if _finite(a) and _finite(b):
        from exprgrad.numbers import exact  # FLINT takes a while to load

        try:
            return exact.solve(a, b) if b.size else b
        except ZeroDivisionError:
            raise singular() from None
    factors, rows, _ = lu(a)
    n = len(a)
    if any(factors[k, k] == 0 for k in range(n)):
        raise singular()
    x = b[rows].reshape(n, -1).copy()
    for column in range(x.shape[1]):
        for i in range(n):
            for j in range(i):
                x[i, column] = FLOAT64.sub(x[i, column], FLOAT64.mul(factors[i, j], x[j, column]))
        for i in reversed(range(n)):
            for j in range(i + 1, n):
                x[i, column] = FLOAT64.sub(x[i, column], FLOAT64.mul(factors[i, j], x[j, column]))
            x[i, column] = FLOAT64.div(x[i, column], factors[i, i])
    return x.reshape(b.shape)


def det(a: Any) -> Any:
    """The determinant of a square matrix."""
    import numpy as np

    if not is_rounded(a):
        return np.asarray(np.linalg.det(a))
    a = without_zeros(a)
    if _finite(a):
        from exprgrad.numbers import exact

        return _boxed(exact.det(a))
    factors, _, sign = lu(a)
    found = FLOAT64.number(sign)
    for k in range(len(a)):
        found = FLOAT64.mul(found, factors[k, k])
    return _boxed(found)


def identity(like: Any) -> Any:
    """The identity matrix in the shape and the arithmetic of another one."""
    out = full(like.shape, 0.0, like)
    one = full((), 1.0, like)[()]
    for i in range(min(like.shape)):
        out[i, i] = one
    return out


def cofactors(a: Any, *directions: Any) -> Any:
    """The matrix of signed minors, differentiated along each of some directions."""
    import numpy as np

    a, *along = alike([a, *directions])
    if not a.size:
        return a
    if is_rounded(a):
        if any(all(element is ZERO for element in x.flat) for x in along):
            return empty(a)  # linear in each direction
        a, *along = [without_zeros(x) for x in (a, *along)]
        if all(map(_finite, (a, *along))):
            from exprgrad.numbers import exact

            return exact.cofactors(a, along)
        return full(a.shape, math.nan, a) if along else _minors(a)
    if not all(np.isfinite(x).all() for x in (a, *along)):
        return np.full(a.shape, np.nan)
    if along:  # det(a)*inv(a) and its like lose their digits where a is nearly singular
        from exprgrad.numbers import exact

        return exact.cofactors(rounded(a), [rounded(x) for x in along]).astype(a.dtype)
    u, sizes, v = np.linalg.svd(a)
    others = [np.prod(np.delete(sizes, i)) for i in range(len(a))]
    return np.linalg.det(u) * np.linalg.det(v) * (u * others) @ v


def _minors(a: Any) -> Any:
    import numpy as np

    out = empty(a)
    for i in range(len(a)):
        for j in range(len(a)):
            minor = det(np.delete(np.delete(a, i, 0), j, 1)).item()
            out[i, j] = minor if (i + j) % 2 == 0 else FLOAT64.neg(minor)
    return out


def _finite(a: Any) -> bool:
    return all(x.is_finite() for x in a.flat)


def singular() -> EvaluationError:
    """The error for a matrix that has no inverse."""
    return EvaluationError("the matrix is singular: it has no inverse", hint="check its rows: one follows from others")
