"""Operations that move elements and compute nothing: each is linear, and the transpose of one is another of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError, PositionProblem, ShapeProblem
from exprgrad.numbers import arrays, axes, limits
from exprgrad.numbers.arithmetic import ZERO, cast, dtype_name, is_array, settled, to_python
from exprgrad.ops.registry import Kernel, Value, family
from exprgrad.ops.structural import Flat, Linear, Shape, Structural, filled, shape_of

# An index along one axis: a position, a slice as (start, stop, step), or None for a position that is an operand.
Subscript = tuple[int | tuple[int | None, int | None, int | None] | None, ...]


class SumTo(Linear):
    """g summed to the shape of x: the transpose of broadcasting."""

    __slots__ = ()
    adds = True
    shaped_as = 1

    def run(self, *operands: Any) -> Any:
        g, x = operands
        return sum_to_shape(g, x)

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        g, x = shapes
        if not x:
            return None
        axes = _repeated(g, x)
        return lambda g, x: g.sum(axis=axes).reshape(x.shape)

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return broadcast_to(g, operands[0])


class BroadcastTo(Linear):
    """x repeated to the shape of another value."""

    __slots__ = ()
    moves = True
    shaped_as = 1

    def run(self, *operands: Any) -> Any:
        x, like = operands
        if not is_array(like):
            return x
        import numpy as np

        shape = like.shape
        if type(x) is np.ndarray and x.dtype != object:
            return x if x.shape == shape else np.broadcast_to(x, shape)
        if like.dtype != object and not is_array(x):
            return np.broadcast_to(to_python(x), shape)
        return arrays.joined(lambda same: np.broadcast_to(same[0], shape), [x, like] if like.dtype == object else [x])

    def compute(self, operands: Sequence[Any]) -> Any:
        x, like = operands
        if like is ZERO:  # nothing comes of what a structural zero gets, which has no shape either
            return ZERO
        return unmoved.run(like) if x is ZERO else self.run(x, like)

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return sum_to(g, operands[0])


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


sum_to: Final = SumTo("sum_to", "g, x", "g summed to the shape of x")
broadcast_to: Final = BroadcastTo("broadcast_to", "x, like", "x repeated to the shape of like")


class ExpandDims(Linear):
    """x with one more axis, of one element."""

    __slots__ = ("axis",)
    moves = True

    def __init__(self, axis: int) -> None:
        super().__init__("expand_dims", "x", "x with one more axis")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        import numpy as np

        (x,) = arrays.alike(operands)
        self.shape([x.shape])
        return np.expand_dims(x, self.axis)

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        (x,) = shapes
        return limits.within((*x[: self.axis], 1, *x[self.axis :]), shapes)

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        to = self.shape(shapes)
        return lambda x: x.reshape(to)

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return squeeze(self.axis)(g)


class Squeeze(Linear):
    """x without an axis of one element."""

    __slots__ = ("axis",)
    moves = True

    def __init__(self, axis: int) -> None:
        super().__init__("squeeze", "x", "x without an axis of one element")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        return settled(operands[0].squeeze(self.axis))

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        (x,) = shapes
        return (*x[: self.axis], *x[self.axis + 1 :])

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        to = self.shape(shapes)
        return (lambda x: x.reshape(to)) if to else None

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return expand_dims(self.axis)(g)


expand_dims = family(ExpandDims)
squeeze = family(Squeeze)


class Transpose(Linear):
    """x with its axes in reverse order."""

    __slots__ = ()
    moves = True

    def run(self, *operands: Any) -> Any:
        return operands[0].T if is_array(operands[0]) else operands[0]

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        return shapes[0][::-1]

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        return lambda x: x.T

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return transpose(g)


transpose: Final = Transpose("transpose", "x", "x with its axes in reverse order")


class Reshape(Linear):
    """The elements of x in another shape, last axis first; one size may be -1, and follows from the others."""

    __slots__ = ("to",)
    moves = True

    def __init__(self, to: Shape) -> None:
        super().__init__("reshape", "x", "the elements of x in another shape")
        self.to = to

    def run(self, *operands: Any) -> Any:
        (x,) = arrays.alike(operands)
        return settled(x.reshape(self.shape([x.shape])))

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        (x,) = shapes
        size, known = math.prod(x), math.prod(n for n in self.to if n != -1)
        found = tuple(size // known if n == -1 and known else n for n in self.to)
        if math.prod(found) != size or min(found, default=0) < 0:
            raise EvaluationError(
                f"shape {x} has {size} elements, which do not fit in shape {self.to}",
                hint="the product of the sizes must be equal; one may be -1",
            )
        return limits.within(found, shapes)

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        to = self.shape(shapes)
        return (lambda x: x.reshape(to)) if to else None

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return reshape_like(g, operands[0])


class ReshapeLike(Linear):
    """The elements of g in the shape of x."""

    __slots__ = ()
    moves = True
    shaped_as = 1

    def run(self, *operands: Any) -> Any:
        g, x = operands
        return Reshape(shape_of(x)).run(g)

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        to = shapes[1]
        return (lambda g, x: g.reshape(to)) if to else None

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return reshape_like(g, operands[0])


reshape = family(Reshape)
reshape_like: Final = ReshapeLike("reshape_like", "g, x", "the elements of g in the shape of x")


class GetItem(Linear):
    """Elements of x by position, as numpy has it; the operands after x are the positions that are computed."""

    __slots__ = ("key",)
    moves = True
    positions = 1

    def __init__(self, key: Subscript) -> None:
        super().__init__("item", "x, ...", "elements of x by position")
        self.key = key

    def run(self, *operands: Any) -> Any:
        x, *positions = operands
        shape = shape_of(x)
        self.shape([shape])
        part = x[_index(self.key, shape, positions)]
        return settled(part.copy()) if is_array(part) else settled(part)

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        x, key = shapes[0], self.key
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

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        if None in self.key or not self.shape(shapes):
            return None
        index = _index(self.key, shapes[0], ())
        return lambda x: x[index]

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return put_item(self.key)(g, *operands)


class PutItem(Linear):
    """Zeros in the shape of x, with g where `GetItem` would read."""

    __slots__ = ("key",)
    moves = True
    positions = 2
    vanishes = True
    shaped_as = 1

    def __init__(self, key: Subscript) -> None:
        super().__init__("put_item", "g, x, ...", "zeros, but for elements at a position")
        self.key = key

    def run(self, *operands: Any) -> Any:
        g, x, *positions = operands
        return arrays.placed(x, (_index(self.key, x.shape, positions), g))

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        if None in self.key:
            return None
        import numpy as np

        index = _index(self.key, shapes[1], ())

        def put(g: Any, x: Any) -> Any:
            out = np.zeros(x.shape)
            out[index] = g
            return out

        return put

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return get_item(self.key)(g, *operands[2:])


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
                raise EvaluationError(f"a position is a whole number, found {position}", hint="x[floor(i)]")
            entry = int(position)
        if not -n <= entry < n:
            raise _outside(entry, n)
        found.append(entry)
    return tuple(found)


def _outside(position: int, size: int) -> PositionProblem:
    hint = f"positions are 0 to {size - 1}, or -1 for the last one" if size else "there is no element at all"
    return PositionProblem(f"there is no position {position} among {size}", hint=hint)


get_item = family(GetItem)
put_item = family(PutItem)


class Take(Linear):
    """What lies at many positions along an axis, whose place those of the positions take."""

    __slots__ = ("axis",)
    moves = True
    positions = 1

    def __init__(self, axis: int) -> None:
        super().__init__("take", "x, positions", "elements of x at many positions along an axis")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        x, positions = operands
        shape = self.shape([shape_of(x), shape_of(positions)])
        return x.take(whole_positions(positions, x.shape[self.axis]), axis=self.axis).reshape(shape)

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        (x, positions), axis = shapes, self.axis
        if axis >= len(x):
            what = "a number has no elements" if not x else f"shape {x} has {len(x)} axes, and no axis {axis}"
            raise PositionProblem(what, hint="an index names one position for each axis")
        return limits.within((*x[:axis], *positions, *x[axis + 1 :]), shapes)

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        (x, positions), axis = shapes, self.axis
        size = x[axis]
        if positions and 0 not in positions:
            return lambda x, positions: x.take(_quick_positions(positions, size), axis=axis)
        return None

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return add_at(self.axis)(g, *operands)


class AddAt(Linear):
    """Zeros in the shape of x, to which g is added at the positions where `Take` would read, the first ones first."""

    __slots__ = ("axis",)
    adds = True
    positions = 2
    vanishes = True
    shaped_as = 1

    def __init__(self, axis: int) -> None:
        super().__init__("add_at", "g, x, positions", "zeros, with elements added at many positions along an axis")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        import numpy as np

        g, x, positions = operands
        where = _quick_positions(np.asarray(to_python(positions)), x.shape[self.axis]).reshape(-1)
        rows = np.moveaxis(g.reshape((*x.shape[: self.axis], len(where), *x.shape[self.axis + 1 :])), self.axis, 0)
        return np.moveaxis(arrays.add_at(rows, where, np.moveaxis(x, self.axis, 0)), 0, self.axis)

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        import numpy as np

        g, x, positions = shapes
        if not positions or 0 in g or self.axis != len(x) - 1:
            return None
        size, rows = x[-1], math.prod(x[:-1])
        starts = size * np.arange(rows)[:, None]

        def add(g: Any, x: Any, positions: Any) -> Any:
            places = (starts + _quick_positions(positions, size).reshape(-1)).reshape(-1)
            return np.bincount(places, weights=g.reshape(-1), minlength=rows * size).reshape(x.shape)

        return add

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return take(self.axis)(g, operands[2])


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


take = family(Take)
add_at = family(AddAt)


class Vector(Structural):
    """Values of one shape along a new first axis."""

    __slots__ = ()
    moves = True

    def run(self, *operands: Any) -> Any:
        import numpy as np

        there = [x for x in operands if x is not ZERO]
        if operands and not there:
            return ZERO
        return arrays.joined(np.stack, [unmoved.run(there[0]) if x is ZERO else x for x in operands])

    def compute(self, operands: Sequence[Any]) -> Any:
        self.shape([shape_of(x) for x in operands if x is not ZERO])
        return self.run(*operands)

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        if len(set(shapes)) > 1:
            raise ShapeProblem(
                f"elements of shapes {' and '.join(map(str, dict.fromkeys(shapes)))} make no array",
                hint="give rows of one length",
            )
        return limits.within((len(shapes), *(shapes[0] if shapes else ())))

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return [get_item((i,))(g) for i in range(len(operands))]

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return self(*map(in_shape, tangents, operands))


class ZerosLike(Flat):
    """Zeros in the shape of x."""

    __slots__ = ()
    shaped_as = 0

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        import numpy as np

        return lambda x: np.zeros(x.shape)

    def run(self, *operands: Any) -> Any:
        return filled(operands[0], 0.0)


vector: Final = Vector("vector", "x, ...", "values along a new first axis", zero=None)
zeros_like: Final = ZerosLike("zeros_like", "x", "zeros in the shape of x")


class Unmoved(ZerosLike):
    """The tangent of what does not move: structural zeros in the shape of x."""

    __slots__ = ()
    vanishes = True

    def run(self, *operands: Any) -> Any:
        (x,) = operands
        return arrays.empty(x) if is_array(x) else ZERO


unmoved: Final = Unmoved("unmoved", "x", "the tangent of what does not move")


def in_shape(t: Value | None, x: Value) -> Value:
    """The derivative of x or by x, in the shape of x also where it is a structural zero, which has none of its own:
    what is put together with others needs it."""
    if t is None:
        return unmoved(x)
    return broadcast_to(t, x) if getattr(x, "shape", ()) != () else t


class Concat(Structural):
    """Arrays one after the other along an axis."""

    __slots__ = ("axis",)
    moves = True

    def __init__(self, axis: int) -> None:
        super().__init__("concat", "x, ...", "arrays one after the other")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        import numpy as np

        self.shape([shape_of(x) for x in operands])
        return arrays.joined(lambda same: np.concatenate(same, axis=self.axis), operands)

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        axis = self.axis
        rests = {(*x[:axis], *x[axis + 1 :]) if len(x) > axis else None for x in shapes}
        if len(rests) > 1 or None in rests:
            raise ShapeProblem(
                f"arrays of shapes {' and '.join(map(str, dict.fromkeys(shapes)))} do not fit one after the other",
                hint=f"all sizes but those of axis {axis} must be equal",
            )
        return limits.within((*shapes[0][:axis], sum(x[axis] for x in shapes), *shapes[0][axis + 1 :]))

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        found, start = [], 0
        for x in operands:
            stop = start + shape_of(x)[self.axis]
            found.append(get_item((*((None, None, None),) * self.axis, (start, stop, None)))(g))
            start = stop
        return found

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return self(*map(in_shape, tangents, operands))


concat = family(Concat)


class Flip(Linear):
    """x with the elements along an axis in reverse order."""

    __slots__ = ("axis",)
    moves = True
    shaped_as = 0

    def __init__(self, axis: int) -> None:
        super().__init__("flip", "x", "elements in reverse order")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        import numpy as np

        return np.flip(operands[0], self.axis)

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return self(g)


flip = family(Flip)


class Diagonal(Linear):
    """The diagonal of a matrix."""

    __slots__ = ()
    moves = True

    def run(self, *operands: Any) -> Any:
        return operands[0].diagonal().copy()

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        return (min(shapes[0]),)

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return on_diagonal(g, operands[0])


class OnDiagonal(Linear):
    """Zeros in the shape of a matrix x, with g on the diagonal."""

    __slots__ = ()
    moves = True
    vanishes = True
    shaped_as = 1

    def run(self, *operands: Any) -> Any:
        g, x = operands
        return arrays.placed(x, ((range(len(g)), range(len(g))), g))

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return diagonal(g)


diagonal: Final = Diagonal("diagonal", "x", "the diagonal of a matrix")
on_diagonal: Final = OnDiagonal("on_diagonal", "g, x", "a matrix with a diagonal alone")
