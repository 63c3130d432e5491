"""Operations that move elements and compute nothing: each is linear, and the transpose of one is another of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError, PositionProblem, ShapeProblem
from exprgrad.numbers import arrays, axes, limits
from exprgrad.numbers.arithmetic import cast, dtype_name, settled, to_python
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.registry import Kernel, Value, known_as
from exprgrad.ops.structural import Flat, Joint, Linear, Shape, filled, shape_of

# An index along one axis: a position, a slice as (start, stop, step), or None for a position that is an operand.
Subscript = tuple[int | tuple[int | None, int | None, int | None] | None, ...]


def sum_to_shape(g: Any, x: Any) -> Any:
    """Undoes broadcasting, in its one place: sums g over the axes along which x was repeated."""
    shape = shape_of(x)
    if not is_array(g) or g.shape == shape:
        return g
    if not g.size:  # as of lanes of which none is taken
        return unmoved.run(x)
    import numpy as np

    repeated = _repeated(g.shape, shape)
    if arrays.is_rounded(g):
        return settled(axes.total(g, repeated).reshape(shape))
    with np.errstate(all="ignore"):
        summed = np.asanyarray(axes.total(g, repeated)).reshape(shape)
    if is_array(x):
        return summed
    found = settled(summed)
    return found if found is ZERO else cast(found, dtype_name(x))


def _repeated(g: Shape, x: Shape) -> tuple[int, ...]:
    """The axes of g along which x was repeated."""
    extra = len(g) - len(x)
    return (*range(extra), *(extra + i for i, size in enumerate(x) if size == 1 and g[extra + i] != 1))


def _summed(g: Shape, x: Shape) -> Kernel | None:
    axes = _repeated(g, x)
    return (lambda g, x: g.sum(axis=axes).reshape(x.shape)) if x else None


def _broadcast(x: Any, like: Any) -> Any:
    if not is_array(like):
        return x
    import numpy as np

    shape = like.shape
    if type(x) is np.ndarray and x.dtype != object:
        return x if x.shape == shape else _repeat(x, shape)
    if like.dtype != object and not is_array(x):
        return np.broadcast_to(to_python(x), shape)
    return arrays.joined(lambda same: _repeat(same[0], shape), [x, like] if like.dtype == object else [x])


def _repeat(x: Any, shape: Shape) -> Any:
    import numpy as np

    try:
        return np.broadcast_to(x, shape)
    except ValueError:
        raise ShapeProblem(f"an array of shape {x.shape} does not fit where one of shape {shape} is needed") from None


sum_to: Final[Linear] = Linear(
    "sum_to",
    "g, x",
    "g summed to the shape of x",
    run=sum_to_shape,
    planned=_summed,
    transposed=lambda h, g, x: broadcast_to(h, g),
    adds=True,
    shaped_as=1,
)
broadcast_to: Final[Linear] = Linear(
    "broadcast_to",
    "x, like",
    "x repeated to the shape of like",
    run=_broadcast,
    # Nothing comes of what a structural zero gets, which has no shape either.
    absent=lambda x, like: ZERO if like is ZERO else unmoved.run(like),
    transposed=lambda g, x, like: sum_to(g, x),
    moves=True,
    shaped_as=1,
)


def _reshaped(x: Any, shape: Callable[[Shape], Shape]) -> Any:
    (x,) = arrays.alike((x,))
    return settled(x.reshape(shape(x.shape)))


def reshaping(
    name: str, doc: str, shape: Callable[[Shape], Shape], transposed: Callable[[Value, Value], Value]
) -> Linear:
    """The operation that has the elements of x in another shape, last axis first."""

    def planned(x: Shape) -> Kernel | None:
        to = shape(x)
        return (lambda x: x.reshape(to)) if to else None

    return Linear(
        name,
        "x",
        doc,
        run=lambda x: _reshaped(x, shape),
        shape=shape,
        planned=planned,
        transposed=transposed,
        moves=True,
    )


@known_as("ExpandDims")
def expand_dims(axis: int) -> Linear:
    """x with one more axis, of one element."""
    return reshaping(
        "expand_dims",
        "x with one more axis",
        lambda x: limits.within((*x[:axis], 1, *x[axis:]), [x]),
        lambda g, x: squeeze(axis)(g),
    )


@known_as("Squeeze")
def squeeze(axis: int) -> Linear:
    """x without an axis of one element."""
    return reshaping(
        "squeeze",
        "x without an axis of one element",
        lambda x: (*x[:axis], *x[axis + 1 :]),
        lambda g, x: expand_dims(axis)(g),
    )


@known_as("Reshape")
def reshape(to: Shape) -> Linear:
    """The elements of x in another shape, last axis first; one size may be -1, and follows from the others."""
    return reshaping(
        "reshape", "the elements of x in another shape", lambda x: _fitting(x, to), lambda g, x: reshape_like(g, x)
    )


def _fitting(x: Shape, to: Shape) -> Shape:
    """A shape for the elements of another one, with its -1 completed. Raises where they do not fit."""
    size, known = math.prod(x), math.prod(n for n in to if n != -1)
    found = tuple(size // known if n == -1 and known else n for n in to)
    if math.prod(found) != size or min(found, default=0) < 0:
        raise EvaluationError(
            f"shape {x} has {size} elements, which do not fit in shape {to}",
            hint="the product of the sizes must be equal; one may be -1",
        )
    return limits.within(found, [x])


reshape_like: Final[Linear] = Linear(
    "reshape_like",
    "g, x",
    "the elements of g in the shape of x",
    run=lambda g, x: _reshaped(g, lambda of: _fitting(of, shape_of(x))),
    planned=lambda g, x: (lambda g, _: g.reshape(x)) if x else None,
    transposed=lambda h, g, x: reshape_like(h, g),
    moves=True,
    shaped_as=1,
)

transpose: Final[Linear] = Linear(
    "transpose",
    "x",
    "x with its axes in reverse order",
    run=lambda x: x.T if is_array(x) else x,
    shape=lambda x: x[::-1],
    planned=lambda _: lambda x: x.T,
    transposed=lambda g, x: transpose(g),
    moves=True,
)


@known_as("Flip")
def flip(axis: int) -> Linear:
    """x with the elements along an axis in reverse order."""
    reverse = (*(slice(None),) * axis, slice(None, None, -1))
    return Linear(
        "flip",
        "x",
        "elements in reverse order",
        run=lambda x: x[reverse],
        transposed=lambda g, x: flip(axis)(g),
        moves=True,
        shaped_as=0,
    )


diagonal: Final[Linear] = Linear(
    "diagonal",
    "x",
    "the diagonal of a matrix",
    run=lambda x: x.diagonal().copy(),
    shape=lambda x: (min(x),),
    transposed=lambda g, x: on_diagonal(g, x),
    moves=True,
)
on_diagonal: Final[Linear] = Linear(
    "on_diagonal",
    "g, x",
    "a matrix with a diagonal alone",
    run=lambda g, x: arrays.placed(x, ((range(len(g)), range(len(g))), g)),
    transposed=lambda h, g, x: diagonal(h),
    moves=True,
    vanishes=True,
    shaped_as=1,
)


@known_as("GetItem")
def get_item(key: Subscript) -> Linear:
    """Elements of x by position, as numpy has it; the operands after x are the positions that are computed."""

    def run(x: Any, *positions: Any) -> Any:
        shape = shape_of(x)
        _selected(key, shape)
        part = x[_index(key, shape, positions)]
        return settled(part.copy()) if is_array(part) else settled(part)

    def planned(x: Shape, *positions: Shape) -> Kernel | None:
        if None in key or not _selected(key, x):
            return None
        index = _index(key, x, ())
        return lambda x: x[index]

    return Linear(
        "item",
        "x, ...",
        "elements of x by position",
        run=run,
        shape=lambda x, *positions: _selected(key, x),
        planned=planned,
        transposed=lambda g, *operands: put_item(key)(g, *operands),
        moves=True,
        positions=1,
    )


def _selected(key: Subscript, x: Shape) -> Shape:
    """The shape of what lies at an index."""
    if len(key) > len(x):
        what = "a number has no elements" if not x else f"shape {x} has {len(x)} axes, not {len(key)}"
        raise PositionProblem(what, hint="an index names one position for each axis")
    sizes: list[int] = []
    for n, entry in zip(x, key, strict=False):
        if isinstance(entry, tuple):
            sizes.append(len(range(n)[slice(*entry)]))
        elif entry is not None and not -n <= entry < n:
            raise _outside(entry, n)
    return (*sizes, *x[len(key) :])


@known_as("PutItem")
def put_item(key: Subscript) -> Linear:
    """Zeros in the shape of x, with g where `get_item` would read."""

    def planned(g: Shape, x: Shape, *positions: Shape) -> Kernel | None:
        if None in key:
            return None
        import numpy as np

        index = _index(key, x, ())

        def put(g: Any, _: Any) -> Any:
            out = np.zeros(x)
            out[index] = g
            return out

        return put

    return Linear(
        "put_item",
        "g, x, ...",
        "zeros, but for elements at a position",
        run=lambda g, x, *positions: arrays.placed(x, (_index(key, x.shape, positions), g)),
        planned=planned,
        transposed=lambda h, g, x, *positions: get_item(key)(h, *positions),
        moves=True,
        positions=2,
        vanishes=True,
        shaped_as=1,
    )


def _index(key: Subscript, shape: Shape, positions: Sequence[Any]) -> tuple[Any, ...]:
    """The index for numpy."""
    given = iter(positions)
    found: list[Any] = []
    for n, entry in zip(shape, key, strict=False):
        if isinstance(entry, tuple):
            found.append(slice(*entry))
            continue
        if entry is None:
            position = to_python(next(given))
            if not math.isfinite(position) or position != math.floor(position):
                hint = "floor(...) makes one of it" if math.isfinite(position) else "give a number"
                raise EvaluationError(f"a position is a whole number, found {position}", hint=hint)
            entry = int(position)
        if not -n <= entry < n:
            raise _outside(entry, n)
        found.append(entry)
    return tuple(found)


def _outside(position: int, size: int) -> PositionProblem:
    hint = f"positions are 0 to {size - 1}, or -1 for the last one" if size else "there is no element at all"
    return PositionProblem(f"there is no position {position} among {size}", hint=hint)


@known_as("Take")
def take(axis: int) -> Linear:
    """What lies at many positions along an axis, whose place those of the positions take."""

    def shape(x: Shape, positions: Shape) -> Shape:
        if axis >= len(x):
            what = "a number has no elements" if not x else f"shape {x} has {len(x)} axes, and no axis {axis}"
            raise PositionProblem(what, hint="an index names one position for each axis")
        return limits.within((*x[:axis], *positions, *x[axis + 1 :]), [x, positions])

    def run(x: Any, positions: Any) -> Any:
        to = shape(shape_of(x), shape_of(positions))
        return x.take(whole_positions(positions, x.shape[axis]), axis=axis).reshape(to)

    def planned(x: Shape, positions: Shape) -> Kernel | None:
        size = x[axis]
        if positions and 0 not in positions:
            return lambda x, positions: x.take(_quick_positions(positions, size), axis=axis)
        return None

    return Linear(
        "take",
        "x, positions",
        "elements of x at many positions along an axis",
        run=run,
        shape=shape,
        planned=planned,
        transposed=lambda g, x, positions: add_at(axis)(g, x, positions),
        moves=True,
        positions=1,
    )


@known_as("AddAt")
def add_at(axis: int) -> Linear:
    """Zeros in the shape of x, to which g is added at the positions where `take` would read, the first ones first."""

    def run(g: Any, x: Any, positions: Any) -> Any:
        import numpy as np

        where = _quick_positions(np.asarray(to_python(positions)), x.shape[axis]).reshape(-1)
        rows = np.moveaxis(g.reshape((*x.shape[:axis], len(where), *x.shape[axis + 1 :])), axis, 0)
        return np.moveaxis(arrays.add_at(rows, where, np.moveaxis(x, axis, 0)), 0, axis)

    def planned(g: Shape, x: Shape, positions: Shape) -> Kernel | None:
        import numpy as np

        if not positions or 0 in g or axis != len(x) - 1:
            return None
        size, rows = x[-1], math.prod(x[:-1])
        starts = size * np.arange(rows)[:, None]

        def add(g: Any, _: Any, positions: Any) -> Any:
            places = (starts + _quick_positions(positions, size).reshape(-1)).reshape(-1)
            return np.bincount(places, weights=g.reshape(-1), minlength=rows * size).reshape(x)

        return add

    return Linear(
        "add_at",
        "g, x, positions",
        "zeros, with elements added at many positions along an axis",
        run=run,
        planned=planned,
        transposed=lambda h, g, x, positions: take(axis)(h, positions),
        adds=True,
        positions=2,
        vanishes=True,
        shaped_as=1,
    )


def _quick_positions(positions: Any, size: int) -> Any:
    """The same as `whole_positions`, where nothing is wrong."""
    import numpy as np

    with np.errstate(invalid="ignore"):
        found = positions.astype(np.intp)
    if not found.size or found.min() < 0 or found.max() >= size or not (found == positions).all():
        return whole_positions(positions, size)
    return found


def whole_positions(positions: Any, size: int) -> Any:
    """Positions as numbers from 0 on, negative ones counted from the end."""
    import numpy as np

    found = np.asarray(to_python(positions))
    whole = np.isfinite(found) & (found == np.floor(found))
    if not whole.all():
        raise EvaluationError(f"a position is a whole number, found {found[~whole][0]}", hint="x[floor(p)]")
    outside = found[(found < -size) | (found >= size)]
    if outside.size:
        raise _outside(int(outside[0]), size)
    return np.where(found < 0, found + size, found).astype(np.intp)


def in_shape(t: Value | None, x: Value) -> Value:
    """The derivative of x or by x, in the shape of x also where it is a structural zero, which has none of its own:
    what is put together with others needs it."""
    if t is None:
        return unmoved(x)
    return broadcast_to(t, x) if getattr(x, "shape", ()) != () else t


def _rows(*shapes: Shape) -> Shape:
    if len(set(shapes)) > 1:
        raise ShapeProblem(
            f"elements of shapes {' and '.join(map(str, dict.fromkeys(shapes)))} make no array",
            hint="give rows of one length",
        )
    return limits.within((len(shapes), *(shapes[0] if shapes else ())))


def _vector(*operands: Any) -> Any:
    _rows(*[shape_of(x) for x in operands if x is not ZERO])
    return arrays.stacked(operands)


vector: Final[Joint] = Joint(
    "vector",
    "x, ...",
    "values along a new first axis",
    zero=None,
    run=_vector,
    shape=_rows,
    transposed=lambda g, *operands: [get_item((i,))(g) for i in range(len(operands))],
    still=in_shape,
    moves=True,
)


@known_as("Concat")
def concat(axis: int) -> Joint:
    """Arrays one after the other along an axis."""

    def shape(*shapes: Shape) -> Shape:
        rests = {(*x[:axis], *x[axis + 1 :]) if len(x) > axis else None for x in shapes}
        if len(rests) > 1 or None in rests:
            raise ShapeProblem(
                f"arrays of shapes {' and '.join(map(str, dict.fromkeys(shapes)))} do not fit one after the other",
                hint=f"all sizes but those of axis {axis} must be equal",
            )
        return limits.within((*shapes[0][:axis], sum(x[axis] for x in shapes), *shapes[0][axis + 1 :]))

    def run(*operands: Any) -> Any:
        import numpy as np

        shape(*map(shape_of, operands))
        return arrays.joined(lambda same: np.concatenate(same, axis=axis), operands)

    def transposed(g: Value, *operands: Value) -> Sequence[Value]:
        ends = list(accumulate([shape_of(x)[axis] for x in operands], initial=0))
        return [get_item((*((None, None, None),) * axis, (*part, None)))(g) for part in pairwise(ends)]

    return Joint(
        "concat",
        "x, ...",
        "arrays one after the other",
        run=run,
        shape=shape,
        transposed=transposed,
        still=in_shape,
        moves=True,
    )


def _zeros(x: Shape) -> Kernel:
    import numpy as np

    return lambda _: np.zeros(x)


zeros_like: Final[Flat] = Flat(
    "zeros_like", "x", "zeros in the shape of x", run=lambda x: filled(x, 0.0), planned=_zeros, shaped_as=0
)
# Structural zeros in the shape of x.
unmoved: Final[Flat] = Flat(
    "unmoved",
    "x",
    "the tangent of what does not move",
    run=lambda x: arrays.empty(x) if is_array(x) else ZERO,
    planned=_zeros,
    vanishes=True,
    shaped_as=0,
)
