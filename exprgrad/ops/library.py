"""Operations on arrays as TensorFlow and PyTorch have them, where that is more than the language's functions: several
axes at once, axes that are kept, a `where` that computes both sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from operator import index
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError, PositionProblem, nan_condition
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import broadcast, is_nan, one_of, settled, truth
from exprgrad.numbers.scalars import is_array
from exprgrad.ops import shapes as S
from exprgrad.ops.functions import FUNCTIONS, axis_of
from exprgrad.ops.registry import Value, known_as
from exprgrad.ops.structural import Joint, Linear, Shape, shape_of

Axes = int | Sequence[int] | None


def selecting(
    name: str, wide: Callable[[Shape, Sequence[Shape]], Shape] = lambda condition, others: condition
) -> Joint:
    """The operation that gives x where a condition holds and y elsewhere, both of which are computed. `wide` gives the
    shape that the condition is taken in, from its own and those of the others."""

    def shape(condition: Shape, *others: Shape) -> Shape:
        return broadcast("where", [wide(condition, others), *others])

    def run(condition: Any, x: Any, y: Any) -> Any:
        import numpy as np

        if is_array(condition):
            condition = condition.reshape(wide(condition.shape, [shape_of(x), shape_of(y)]))
        shape(shape_of(condition), shape_of(x), shape_of(y))
        if is_nan(condition):
            raise nan_condition()
        if not any(is_array(part) for part in (condition, x, y)):
            return one_of(x, y, first=truth(condition))
        holds = np.asarray(condition != 0 if is_array(condition) else truth(condition), dtype=bool)
        return settled(arrays.joined(lambda same: np.where(holds, *same), [x, y]))

    def transposed(g: Value, condition: Value, x: Value, y: Value) -> Sequence[Value]:
        return S.sum_to(op(condition, g, 0.0), x), S.sum_to(op(condition, 0.0, g), y)

    op = Joint(
        name,
        "condition, x, y",
        "x where a condition holds, else y; both are computed",
        zero=None,
        run=run,
        shape=shape,
        transposed=transposed,
        still=lambda t, x: 0.0 if t is None else t,
        start=1,
    )
    return op


select: Final = selecting("where")


def reduced(name: str, x: Value, axes: Axes = None, keep: bool = False) -> Value:
    """A reduction of the language along some axes, all by default, which with `keep` remain with one element each."""
    compose = FUNCTIONS[name].compose
    if axes is None and not keep:
        return compose(x)
    shape = shape_of(x)
    found = range(len(shape)) if axes is None else [axes] if isinstance(axes, int) else list(axes)
    chosen = sorted({axis_of(shape, axis) for axis in found}, reverse=True)
    if len(chosen) > 1:  # as one axis, behind those that stay
        stay = [axis for axis in range(len(shape)) if axis not in chosen]
        x = permuted(x, [*stay, *sorted(chosen)])
        value = compose(S.reshape((*[shape[axis] for axis in stay], -1))(x), axis=len(stay))
    else:
        value = compose(x, axis=chosen[0]) if chosen else x
    return S.reshape(tuple(1 if i in chosen else n for i, n in enumerate(shape)))(value) if keep and chosen else value


@known_as("Permute")
def permute(order: tuple[int, ...]) -> Linear:
    """x with its axes in another order."""
    return Linear(
        "permute",
        "x",
        "x with its axes in another order",
        run=lambda x: x.transpose(order),
        shape=lambda x: tuple(x[axis] for axis in order),
        planned=lambda _: lambda x: x.transpose(order),
        transposed=lambda g, x: permute(tuple(order.index(i) for i in range(len(order))))(g),
        moves=True,
    )


def permuted(x: Value, order: Sequence[int]) -> Value:
    """x with its axes in that order. Raises where that names not each axis once."""
    shape = shape_of(x)
    axes = tuple(axis_of(shape, axis) for axis in order)
    if sorted(axes) != list(range(len(shape))):
        raise EvaluationError(f"{tuple(order)} is no order of the axes of shape {shape}", hint="name each axis once")
    return x if axes == tuple(range(len(shape))) else permute(axes)(x)


def swapped(x: Value, a: int, b: int) -> Value:
    """x with two axes swapped."""
    shape = shape_of(x)
    order = list(range(len(shape)))
    i, j = axis_of(shape, a), axis_of(shape, b)
    order[i], order[j] = j, i
    return permuted(x, order)


def stacked(xs: Sequence[Value], axis: int = 0) -> Value:
    """Arrays of one shape along a new axis."""
    whole = S.vector(*xs)
    rank = len(shape_of(whole))
    at = axis_of(shape_of(whole), axis)
    return permuted(whole, [*range(1, at + 1), 0, *range(at + 1, rank)])


def joined(xs: Sequence[Value], axis: int = 0) -> Value:
    """Arrays one after the other along an axis."""
    return S.concat(axis_of(shape_of(xs[0]), axis))(*xs)


def expanded(x: Value, axis: int) -> Value:
    """x with one more axis, of one element."""
    return S.expand_dims(axis_of((*shape_of(x), 1), axis))(x)


def squeezed(x: Value, axes: Axes = None) -> Value:
    """x without the axes of one element, or without some of them."""
    shape = shape_of(x)
    found = range(len(shape)) if axes is None else [axes] if isinstance(axes, int) else axes
    gone = {axis_of(shape, axis) for axis in found}
    return S.reshape(tuple(n for i, n in enumerate(shape) if n != 1 or i not in gone))(x)


def taken(x: Value, positions: Value, axis: int = 0) -> Value:
    """What lies at many positions along an axis."""
    return S.take(axis_of(shape_of(x), axis))(x, positions)


def _position(k: Any, what: str, many: str) -> int:
    if not isinstance(k, bool):
        with suppress(TypeError):  # as of an array of several
            return index(k)
    raise PositionProblem(f"{what} is a whole number, found {type(k).__name__}", hint=many)


def indexed(x: Value, key: Any, many: str = "an index names one position for each axis") -> Value:
    """Elements by position, as numpy has it: whole numbers, slices, `...`, and None for a new axis. `many` says how to
    read many at once."""
    keys = key if isinstance(key, tuple) else (key,)
    shape = shape_of(x)
    named = [k for k in keys if k is not None and k is not Ellipsis]
    at = next((i for i, k in enumerate(keys) if k is Ellipsis), None)
    if at is not None:
        keys = (*keys[:at], *[slice(None)] * (len(shape) - len(named)), *keys[at + 1 :])
    entries: list[Any] = []
    added: list[int] = []
    place = 0
    for k in keys:
        if k is None:
            added.append(place)
            place += 1
        elif isinstance(k, slice):
            bounds = [b if b is None else _position(b, "a bound of a slice", many) for b in (k.start, k.stop, k.step)]
            if bounds[2] == 0:
                raise PositionProblem("the step of a slice is 0", hint="x[::2] takes every second element")
            entries.append(tuple(bounds))
            place += 1
        else:
            entries.append(_position(k, "an index", many))
    value = S.get_item(tuple(entries))(x) if entries else x
    for axis in added:
        value = S.expand_dims(axis)(value)
    return value
