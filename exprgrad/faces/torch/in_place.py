"""Changes in place: `x += 1`, `x.add_(1)`, `x[0] = 1`, and who sees them.

What a tensor was before its change, with the history of that, goes on as a tensor of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from exprgrad.diagnostics import GraphError, ShapeProblem
from exprgrad.faces.torch.changes import OUT_OF_PLACE, hand_over, note_outdated, redirect, renew
from exprgrad.faces.torch.families import Family, alive, enter, family_of, root_of
from exprgrad.faces.torch.marks import Mark
from exprgrad.faces.torch.modes import thread
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import broadcast, cast, dtype_name, settled, to_python
from exprgrad.numbers.scalars import is_array
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import add
from exprgrad.ops.control import as_gradient
from exprgrad.ops.library import indexed, select
from exprgrad.ops.structural import shape_of


def as_ndarray(x: Any) -> Any:
    """The value of a tensor as an ndarray that shows its changes, too. One that is a copy cannot be written to."""
    import numpy as np

    root, moves = root_of(x)
    if moves:  # a part of the memory of the root, where it can be
        x.value = _moved(root.value, moves)
    array = np.asarray(to_python(x.value))
    if array is x.value and array.flags.writeable and np.may_share_memory(array, root.value):
        array = array.view()
        enter(family_of(root).shared, array, moves)
    else:
        array = array.view() if array is x.value else array
        array.flags.writeable = False
        enter(family_of(root).copies, array, moves)
    return array


def _moved(value: Any, moves: Iterable[Callable[[Any], Any]]) -> Any:
    for move in moves:
        value = move(value)
    return value


def change(x: Any, new: Any, *, history: bool = True) -> Any:
    """Gives x the value of another tensor, and its history if `history`; returns x. The precision of x stays.

    GraphError if x is a leaf that requires a gradient, while operations are recorded; ShapeProblem if the value has not
    the shape of x.
    """
    root, moves = root_of(x)
    recorded = history and thread.recording and (x.requires_grad or new.requires_grad)
    if recorded and (root.requires_grad and root.op is None):
        raise GraphError(
            f"{'a' if root is x else 'a view of a'} leaf variable that requires grad is being used in an in-place "
            "operation",
            hint="change it in a block of with torch.no_grad():, or make another tensor, x = x + y",
        )
    if new.shape != x.shape:
        raise ShapeProblem(
            f"output with shape {x.shape} doesn't match the broadcast shape {new.shape}", hint="write x = x + y"
        )
    if recorded:
        _change_history(x, new, root)
    else:
        for tensor in (root, *_views(root)):
            note_outdated(tensor)
    value = cast(new.value, x.dtype)
    if is_array(value) and not value.flags.writeable:
        value = value.copy()
    _set(root, value if root is x else _put(root.value, value, moves))
    if root is not x:
        x.value = value
    _show(root)
    return x


def _change_history(x: Any, new: Any, root: Any) -> None:
    """Lets x come from another operation. What that was computed from reads x as it was before."""
    if root is not x or any(view.op is None or view.operands[0] is not x for view in _views(root)):
        raise GraphError("a tensor that shares its memory with others gets a history by a change", hint=OUT_OF_PLACE)
    mark = x.cotangent
    if type(mark) is Mark and (mark.hooks or mark.retains):
        raise GraphError("a tensor with a hook, or that retains its grad, is changed in place", hint=OUT_OF_PLACE)
    if new.dtype != x.dtype:
        new = as_gradient(new, type(x)(x.value))
    value = x.value.copy() if type(root.kin) is Family and root.kin.is_shared else x.value
    before = type(x)(value, x.op, x.left, x.right, x.requires_grad)
    before.rest, before.span, before.index, before.cotangent = x.rest, x.span, x.index, mark
    redirect(new, x, before)
    hand_over(x, before)
    x.op, x.left, x.right, x.rest = new.op, new.left, new.right, new.rest
    x.requires_grad, x.cotangent = new.requires_grad, None


def _views(root: Any) -> list[Any]:
    family = root.kin
    return [x for x, _ in alive(family.views)] if type(family) is Family else []


def _set(root: Any, value: Any) -> None:
    """Another value of a tensor: where ndarrays are its memory, in that."""
    if type(root.kin) is Family and root.kin.is_shared:
        root.value[...] = value
    else:
        root.value = value


def _show(root: Any) -> None:
    """Lets the family of a tensor see that it has changed."""
    renew(root)
    family = root.kin
    if type(family) is not Family:
        return
    for x, moves in alive(family.views):
        x.value = _moved(root.value, moves)
        renew(x)
    for array, moves in alive(family.copies):
        array.flags.writeable = True
        array[...] = to_python(_moved(root.value, moves))
        array.flags.writeable = False


def _put(value: Any, part: Any, moves: Sequence[Callable[[Any], Any]]) -> Any:
    """A value in which the part that a view shows is another one."""
    if not is_array(value):
        return cast(settled(part.reshape(())) if is_array(part) else part, dtype_name(value))
    out = value.copy()
    out.reshape(-1)[_places(shape_of(value), lambda places: _moved(places, moves))] = arrays.alike([value, part])[1]
    return out


def _places(shape: tuple[int, ...], move: Callable[[Any], Any]) -> Any:
    """Where in an array of that shape the part lies that a move takes, as positions among all its elements."""
    import numpy as np

    numbers = np.arange(float(math.prod(shape))).reshape(shape)
    return np.asarray(to_python(move(numbers))).astype(np.intp)


def fill(x: Any, value: Any) -> Any:
    """Gives x the elements of another tensor, broadcast."""
    if x.requires_grad and thread.recording:
        return change(x, add(S.zeros_like(x), value))
    _check_fit(value.shape, x.shape)
    return change(x, S.broadcast_to(value, type(x)(x.value)))


def _check_fit(shape: tuple[int, ...], into: tuple[int, ...]) -> None:
    if broadcast("an assignment", [shape, into]) != into:
        raise ShapeProblem(f"a value of shape {shape} does not fit in shape {into}", hint="sizes must be equal or 1")


def assign(x: Any, key: Any, value: Any) -> None:
    """`x[key] = value`, for the keys that `x[key]` takes."""
    if not x.shape:
        indexed(x.value, key)
        fill(x, value)
        return

    def move(whole: Any) -> Any:
        return indexed(whole, key)

    places = _places(x.shape, move)
    _check_fit(value.shape, places.shape)
    if not (thread.recording and (x.requires_grad or value.requires_grad)):
        change(x, type(x)(_put(x.value, value.value, [move])))
        return
    import numpy as np

    part = S.broadcast_to(value, type(x)(np.zeros(places.shape))) if places.shape else value
    sources = np.full(math.prod(x.shape), -1)
    sources[places] = np.arange(places.size).reshape(places.shape)
    sources = sources.reshape(x.shape)
    spread = S.take(0)(S.reshape((-1,))(part), type(x)(np.maximum(sources, 0).astype(float)))
    change(x, select(type(x)((sources >= 0).astype(float)), spread, x))
