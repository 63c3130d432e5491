"""Arrays of numbers: rounded ones and numpy's.

A rounded array is an ndarray of Python objects, each an mpfr: numpy is its container (shape, broadcasting, indexing),
and every operation on its elements is the scalar kernel; sums are rounded once (see `reductions`). An array of numpy's
own floats is computed by numpy, whose order and last digits are its own. Where both meet, numpy's wins.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from exprgrad.diagnostics import EvaluationError
from exprgrad.numbers import exact, gapped, memory, reductions
from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.rounded import FLOAT32, FLOAT64, MPFR, Rounded, narrowed
from exprgrad.numbers.scalars import ZERO, Float32, is_array, to_float64

Shape = tuple[int, ...]


def plus(x: Any, y: Any) -> Any:
    """The sum of two elements, of which a structural zero is left out."""
    return y if x is ZERO else x if y is ZERO else FLOAT64.add(x, y)


def has_zeros(x: Any) -> bool:
    """Whether elements of a rounded array are structural zeros: what a lane that was not taken gets."""
    return any([element is ZERO for element in x.flat])


def with_zeros(array: Any) -> Any:
    """An array in which what is 0 is a structural zero."""
    if not is_rounded(array):
        return gapped.gapped(array, array == 0)
    out = array.copy()
    out[array == 0] = ZERO
    return out


def without_zeros(x: Any) -> Any:
    """An array with the number 0 in place of its structural zeros."""
    if not is_rounded(x):
        return gapped.without_zeros(x)
    if not has_zeros(x):
        return x
    return elementwise(lambda element: FLOAT64.zero if element is ZERO else element, x)


def without_gaps(number: Any, shape: Shape, before: Any, rows: bool, like: Any) -> Any:
    """A derivative with numbers in place of structural zeros: 0, or nan where what it is the derivative of is nan.

    That is looked for element by element where both have one shape, and anywhere else. With `rows` there is a row for
    each element of what it is the derivative of, all of it nan where that is. None has a structural zero everywhere."""
    gaps: Any = absent(number) if is_array(number) else None
    nans = np.asarray(isnan(before)) if is_array(before) else np.asarray(bool(before != before))
    if is_array(number) and number.shape == shape and gaps is None and not (rows and nans.any()):
        return number
    if rows:
        nans = np.broadcast_to(nans.reshape(nans.shape + (1,) * (len(shape) - nans.ndim)), shape)
    elif nans.shape != shape:
        nans = np.broadcast_to(nans.any(), shape)
    like = number if is_array(number) else like  # where a direction is numpy's, its derivatives are
    fill = full(shape, 0.0, like)
    fill[nans] = full((), math.nan, like)[()]
    if number is None or number is ZERO:
        return fill
    missing = gaps if not rows else nans if gaps is None else gaps | nans
    return np.where(missing, fill, without_zeros(number))


def absent(x: Any) -> Any:
    """Which elements of an array are structural zeros; None where none is."""
    if not is_rounded(x):
        return gapped.parts(x)[1]
    return _where(lambda element: element is ZERO, x) if has_zeros(x) else None


def is_absent(x: Any) -> bool:
    """Whether all elements of an array are structural zeros."""
    if is_rounded(x):
        return next((False for element in x.flat if element is not ZERO), x.size > 0)
    gone = absent(x)
    return gone is not None and x.size > 0 and bool(gone.all())


def doubles(x: Any) -> Any:
    """A rounded array as one of numpy's doubles."""
    gone = absent(x)
    numbers = x if gone is None else without_zeros(x)
    found = numbers.astype(float)
    small = np.abs(found) < sys.float_info.min
    if small.any():  # what is subnormal there, or 0, may have been rounded before
        found[small] = [narrowed(e, 53) if type(e) is MPFR else float(e) for e in numbers[small].tolist()]
    return gapped.gapped(found, gone)


def isnan(x: Any) -> Any:
    """Which elements of an array are nan."""
    if not is_rounded(x):
        x = gapped.without_zeros(x)
        return x != x
    return _where(lambda element: element is not ZERO and element.is_nan(), x)


def counts(x: Any) -> Any:
    """Which elements of an array are neither structural zeros nor nan."""
    if not is_rounded(x):
        numbers, gone = gapped.parts(x)
        return numbers == numbers if gone is None else (numbers == numbers) & ~gone
    return _where(lambda element: element is not ZERO and not element.is_nan(), x)


def _where(holds: Callable[[Any], bool], x: Any) -> Any:
    """Of which elements of a rounded array something holds."""
    return np.asarray(np.frompyfunc(holds, 1, 1)(x), dtype=bool)


def empty(like: Any) -> Any:
    """Structural zeros in the shape and the arithmetic of an array."""
    if not is_rounded(like):
        return gapped.nothing(like.shape, like.dtype)
    out = np.empty(like.shape, dtype=object)
    out[...] = boxed(ZERO)
    return out


def is_rounded(x: Any) -> bool:
    """Whether an array is one of mpfr's."""
    return bool(x.dtype == object)


def rounded(x: Any) -> Any:
    """Numbers, in a list, in lists of equal length or in an array, as a rounded array."""
    doubles = np.asarray(x, dtype=float)
    memory.take(memory.ROUNDED * doubles.size)
    return filled(list(map(FLOAT64.context.plus, doubles.reshape(-1).tolist())), doubles.shape)


def elementwise(kernel: Callable[..., Any], *operands: Any) -> Any:
    """A scalar kernel on each element of rounded arrays and mpfr's, broadcast."""
    arrays = [boxed(x) for x in operands]
    with np.errstate(all="ignore"):  # MPFR may leave flags behind that numpy takes for its own
        out = np.frompyfunc(kernel, len(arrays), 1)(*arrays)
    return out if isinstance(out, np.ndarray) else boxed(out)


def boxed(x: Any) -> Any:
    """A value as an array, which a number is without axes."""
    if isinstance(x, np.ndarray):
        return x
    box = np.empty((), dtype=object)
    box[()] = x
    return box


def full(shape: Shape, value: Any, like: Any) -> Any:
    """An array of that shape in the arithmetic of another value."""
    if isinstance(like, np.ndarray) and not is_rounded(like):
        return np.full(shape, float(value), dtype=like.dtype)
    out = np.empty(shape, dtype=object)
    out[...] = boxed(FLOAT64.number(value))
    return out


def filled(elements: Sequence[Any], shape: Shape) -> Any:
    """A rounded array of elements, the last axis first."""
    out = np.empty(len(elements), dtype=object)
    out[:] = elements
    return out.reshape(shape)


def alike(arrays: Sequence[Any]) -> list[Any]:
    """Arrays and scalars as arrays of one arithmetic: numpy's where one of them is numpy's."""
    floats = [x.dtype for x in arrays if isinstance(x, np.ndarray) and not is_rounded(x)]
    kinds = {object if isinstance(x, np.ndarray) else type(x) for x in arrays}
    if not floats and (Float32 not in kinds or object in kinds or MPFR in kinds):
        return [x if is_array(x) else boxed(x if x is ZERO else to_float64(x)) for x in arrays]
    dtype = np.result_type(*floats or [np.float32])
    return [_floating(x, dtype).astype(dtype) if is_array(x) else _floating(x, dtype) for x in arrays]


def _floating(x: Any, dtype: Any) -> Any:
    """An array or a scalar as one of numpy's; of an array the precision stays."""
    if is_array(x):
        return doubles(x) if is_rounded(x) else x
    if x is ZERO:
        return gapped.nothing((), dtype)
    return np.asarray(float(to_float64(x)), dtype)


def joined(join: Callable[[Sequence[Any]], Any], arrays: Sequence[Any]) -> Any:
    """What a function of numpy that only moves elements makes of arrays and scalars."""
    same = alike(arrays)
    if same and not is_rounded(same[0]):
        return gapped.moved(join, same)
    return join(same)


def stacked(xs: Sequence[Any]) -> Any:
    """Values of one shape along a new first axis, of which some may be structural zeros, or all."""
    there = [x for x in xs if x is not ZERO]
    if xs and not there:
        return ZERO
    gap = empty(there[0]) if there and is_array(there[0]) else ZERO
    return joined(np.stack, [gap if x is ZERO else x for x in xs])


def placed(like: Any, *pieces: tuple[Any, Any]) -> Any:
    """Structural zeros in the shape of an array, but for pieces: arrays and scalars with the index where each goes."""
    arrays = [x for _, x in pieces if is_array(x)]
    floats = [x.dtype for x in (like, *arrays) if not is_rounded(x)]
    if not floats:
        out = empty(like)
        for index, x in pieces:
            out[index] = x
        return out
    dtype = np.result_type(*floats)
    return gapped.placed(like.shape, dtype, [(index, _floating(x, dtype)) for index, x in pieces])


def add_at(rows: Any, positions: Any, like: Any) -> Any:
    """Zeros in the shape of another array, to which rows are added at positions along the first axis."""
    if is_rounded(like) and is_rounded(rows):
        out = empty(like)
        for row, position in zip(rows, positions, strict=True):
            out[position, ...] = elementwise(plus, out[position], row)
        return out
    width = math.prod(like.shape[1:])
    places = (positions[:, None] * width + np.arange(width)).reshape(-1)
    numbers, gone = gapped.parts(doubles(rows) if is_rounded(rows) else rows)
    found = np.bincount(places, weights=numbers.astype(float, copy=False).reshape(-1), minlength=like.size)
    there = np.zeros(like.size, dtype=bool)
    there[places if gone is None else places[~gone.reshape(-1)]] = True
    dtype = np.result_type(*[x for x in (rows, like) if not is_rounded(x)])
    return gapped.gapped(found.reshape(like.shape).astype(dtype, copy=False), ~there.reshape(like.shape))


def matmul(a: Any, b: Any) -> Any:
    """The product of vectors and matrices."""
    a, b = alike([a, b])
    if not is_rounded(a):
        with np.errstate(all="ignore"):
            if absent(a) is None and absent(b) is None:
                return np.asarray(a @ b)
            return gapped.multiplied(a, b)
    rows = _vectors(a.reshape(1, -1) if a.ndim == 1 else a)
    columns = _vectors(b.reshape(1, -1) if b.ndim == 1 else b.T)
    return filled([_dot(x, y) for x in rows for y in columns], a.shape[:-1] + b.shape[1:])


def _vectors(rows: Any) -> list[Any]:
    return [reductions.Vector(row) for row in (rows if rows.shape[1] >= reductions.MANY else rows.tolist())]


def _dot(x: Any, y: Any) -> Any:
    try:
        return reductions.dot(x, y)
    except TypeError:
        pairs = [(a, b) for a, b in zip(x.numbers, y.numbers, strict=True) if a is not ZERO and b is not ZERO]
        if not pairs:
            return ZERO
        left, right = zip(*pairs, strict=True)
        return reductions.dot(reductions.Vector(left), reductions.Vector(right))


def cross(a: Any, b: Any) -> Any:
    """The cross product of two vectors with three elements: of numpy's, too, with the scalar kernel."""
    a, b = alike([a, b])
    if is_rounded(a):
        return filled(_crossed(FLOAT64, a.tolist(), b.tolist()), a.shape)
    arithmetic = FLOAT32 if a.dtype == np.float32 else FLOAT64
    numbers = [
        [ZERO if gone else arithmetic.number(float(x)) for x, gone in zip(*z, strict=True)]
        for z in map(_listed, (a, b))
    ]
    found = _crossed(arithmetic, *numbers)
    doubles = [0.0 if x is ZERO else narrowed(x, arithmetic.precision) for x in found]
    return gapped.gapped(np.array(doubles, dtype=a.dtype), np.array([x is ZERO for x in found]))


def _listed(x: Any) -> tuple[list[float], list[bool]]:
    numbers, gone = gapped.parts(x)
    return numbers.tolist(), [False] * len(numbers) if gone is None else gone.tolist()


def _crossed(arithmetic: Rounded, a: Sequence[Any], b: Sequence[Any]) -> list[Any]:
    """Each element rounded once. A product with a structural zero is absent."""
    found = []
    for i, j in ((1, 2), (2, 0), (0, 1)):
        left, right = (None if ZERO in pair else pair for pair in ((a[i], b[j]), (a[j], b[i])))
        if left is None or right is None:
            found.append(arithmetic.mul(*left) if left else arithmetic.neg(arithmetic.mul(*right)) if right else ZERO)
        else:
            found.append(arithmetic.minor(*left, *right))
    return found


def logdet(a: Any) -> Any:
    """The logarithm of the determinant of a square matrix."""
    a = without_zeros(a)
    if not is_rounded(a):
        with np.errstate(all="ignore"):
            sign, size = np.linalg.slogdet(a)
        return np.asarray(np.where(sign < 0, math.nan, size), dtype=a.dtype)
    return boxed(exact.logdet(a) if _finite(a) else FLOAT64.log(det(a).item()))


def _along_directions(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel of a square matrix and directions, which is linear in each of them, for any that there are."""

    @wraps(kernel)
    def run(a: Any, *directions: Any) -> Any:
        a, *along = alike([a, *directions])
        if not a.size:
            return a
        if any(map(is_absent, along)):
            return empty(a)
        return kernel(*map(without_zeros, (a, *along)))

    return run


@_along_directions
def logdet_slope(a: Any, *along: Any) -> Any:
    """The inverse of a matrix, transposed, differentiated along each of some directions; nan where the determinant is
    below 0. Where that is 0 these are the cofactors times an infinity, and further derivatives nan."""
    if all(map(_finite if is_rounded(a) else lambda x: np.isfinite(x).all(), (a, *along))):
        size = exact.determinant(a) if is_rounded(a) else np.linalg.slogdet(a)[0]
        if size > 0:
            return exact.logdet_slope(a, along) if is_rounded(a) else solve(a, *along, identity(a)).T
        if size == 0 and not along:
            with np.errstate(all="ignore"):
                return elementwise(FLOAT64.mul, FLOAT64.inf, cofactors(a)) if is_rounded(a) else math.inf * cofactors(a)
    elif is_rounded(a) and not along and (number := det(a).item()) >= 0:
        return elementwise(FLOAT64.mul, FLOAT64.div(FLOAT64.one, number), cofactors(a))
    return full(a.shape, math.nan, a)


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


def solve(a: Any, *rest: Any) -> Any:
    """x with a @ x = b, for a vector or a matrix b, differentiated along directions that stand before b."""
    a, *directions, b = alike([a, *rest])
    if any(map(is_absent, (*directions, b))):
        return empty(b)  # linear in each
    a, *directions, b = [without_zeros(x) for x in (a, *directions, b)]
    if not is_rounded(a):
        return _derived(lambda x: _solved(a, x), np.matmul, directions, b)[-1]
    if all(map(_finite, (a, *directions, b))):
        try:
            return exact.solve(a, directions, b) if b.size else b
        except ZeroDivisionError:
            raise singular() from None
    return _derived(lambda x: _eliminated(a, x), matmul, directions, b)[-1]


def solve_slope(a: Any, *rest: Any) -> Any:
    """The gradient by a of the sum of the elements of the last operand times those of the solution."""
    a, *directions, b, g = alike([a, *rest])
    if not a.size:
        return a
    if any(map(is_absent, (*directions, b, g))):
        return empty(a)  # linear in each
    a, *directions, b, g = [without_zeros(x) for x in (a, *directions, b, g)]
    rounded_ones = is_rounded(a)
    if rounded_ones and all(map(_finite, (a, *directions, b, g))):
        try:
            return exact.solve_slope(a, directions, b, g)
        except ZeroDivisionError:
            raise singular() from None
    b, g = b.reshape(len(a), -1), g.reshape(len(a), -1)
    solved, times = (_eliminated, matmul) if rounded_ones else (_solved, np.matmul)
    right = _derived(lambda x: solved(a, x), times, directions, b)
    left = _derived(lambda x: solved(a.T, x), times, [d.T for d in directions], g)
    terms = [times(left[i], right[~i].T) for i in range(len(left))]
    if not rounded_ones:
        return -sum(terms[1:], terms[0])
    found = terms[0]
    for term in terms[1:]:
        found = elementwise(FLOAT64.add, found, term)
    return elementwise(FLOAT64.neg, found)


def _derived(solved: Callable[[Any], Any], times: Callable[[Any, Any], Any], directions: Sequence[Any], b: Any) -> Any:
    """A solution's parts, by the bits of the directions that each is along: those of x with (a + d) @ x = b."""
    found = [solved(b)]
    for part in range(1, 1 << len(directions)):
        moved = [times(d, found[part ^ 1 << i]) for i, d in enumerate(directions) if part >> i & 1]
        total = moved[0]
        for term in moved[1:]:
            total = elementwise(FLOAT64.add, total, term) if is_rounded(b) else total + term
        found.append(solved(elementwise(FLOAT64.neg, total) if is_rounded(b) else -total))
    return found


def _solved(a: Any, b: Any) -> Any:
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        raise singular() from None


def _eliminated(a: Any, b: Any) -> Any:
    """A solution in rounded arithmetic, where numbers are not finite."""
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
    a = without_zeros(a)
    if not is_rounded(a):
        return np.asarray(np.linalg.det(a))
    if _finite(a):
        return boxed(exact.det(a))
    factors, _, sign = lu(a)
    found = FLOAT64.number(sign)
    for k in range(len(a)):
        found = FLOAT64.mul(found, factors[k, k])
    return boxed(found)


def identity(like: Any) -> Any:
    """The identity matrix in the shape and the arithmetic of another one."""
    out = full(like.shape, 0.0, like)
    one = full((), 1.0, like)[()]
    for i in range(min(like.shape)):
        out[i, i] = one
    return out


@_along_directions
def cofactors(a: Any, *along: Any) -> Any:
    """The matrix of signed minors, differentiated along each of some directions."""
    if is_rounded(a):
        if all(map(_finite, (a, *along))):
            return exact.cofactors(a, along)
        return full(a.shape, math.nan, a) if along else _minors(a)
    if not all(np.isfinite(x).all() for x in (a, *along)):
        return np.full(a.shape, np.nan)
    if along:  # det(a)*inv(a) and its like lose their digits where a is nearly singular
        return exact.cofactors(rounded(a), [rounded(x) for x in along]).astype(a.dtype)
    u, sizes, v = np.linalg.svd(a)
    others = [np.prod(np.delete(sizes, i)) for i in range(len(a))]
    return np.linalg.det(u) * np.linalg.det(v) * (u * others) @ v


def _minors(a: Any) -> Any:
    out = empty(a)
    for i in range(len(a)):
        for j in range(len(a)):
            minor = det(np.delete(np.delete(a, i, 0), j, 1)).item()
            out[i, j] = minor if (i + j) % 2 == 0 else FLOAT64.neg(minor)
    return out


def _finite(a: Any) -> bool:
    return all(map(gmpy2.is_finite, a.flat))


def singular() -> EvaluationError:
    """The error for a matrix that has no inverse."""
    return EvaluationError("the matrix is singular: it has no inverse", hint="check its rows: one follows from others")
