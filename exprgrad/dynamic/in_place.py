"""Changes in place: `x += 1`, `x.add_(1)`, `x[0] = 1`, and who sees them.

What a tensor was before its change, with the history of that, goes on as a tensor of its own. Tensors that share their
memory in PyTorch (`x[0]`, `x.view(-1)`, `x.detach()`, `x.numpy()`) form a family: a change of one is a change of all.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from exprgrad.diagnostics import GraphError, ShapeProblem
from exprgrad.dynamic.changes import renew
from exprgrad.dynamic.marks import Mark
from exprgrad.dynamic.modes import thread
from exprgrad.numbers.arithmetic import broadcast, cast, dtype_name, is_array, settled, to_python
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import add
from exprgrad.ops.control import as_gradient
from exprgrad.ops.library import indexed, select
from exprgrad.ops.structural import shape_of

# From a value to the part of it that a view shows.
Move = Callable[[Any], Any]

INSTEAD: Final = "write x = x + y instead of x += y, or change a clone()"


class Family:
    """What shares the memory of a tensor: views and, of ndarrays, those that are its memory (`shared`) and those that
    are copies, which are kept equal. Views and copies know how they come from the tensor's value."""

    __slots__ = ("copies", "shared", "views")

    def __init__(self) -> None:
        self.views: list[tuple[weakref.ref[Any], tuple[Move, ...]]] = []
        self.copies: list[tuple[weakref.ref[Any], tuple[Move, ...]]] = []
        self.shared: list[tuple[weakref.ref[Any], tuple[Move, ...]]] = []

    @property
    def is_shared(self) -> bool:
        """Whether there are ndarrays that are the tensor's memory."""
        return any(entry() is not None for entry, _ in self.shared)


class Alias:
    """That a tensor shows the memory of another one, its `root`, which is None if that is gone. One with a history is
    held weakly: `detach` is there to let go of it."""

    __slots__ = ("_root", "moves")

    def __init__(self, root: Any, moves: tuple[Move, ...]) -> None:
        self._root: Callable[[], Any] = weakref.ref(root) if root.op is not None else lambda: root
        self.moves = moves

    @property
    def root(self) -> Any:
        return self._root()


def view(of: Any, result: Any, move: Move | None = None) -> Any:
    """A tensor that shares the memory of another one, from whose value `move` makes its own; by default it is equal."""
    if result is of:
        return of
    root, moves = _root(of)
    if move is not None:
        moves = (*moves, move)
    _enter(_family(root).views, result, moves)
    result.kin = Alias(root, moves)
    return result


def as_ndarray(x: Any) -> Any:
    """The value of a tensor as an ndarray that shows its changes, too. One that is a copy cannot be written to."""
    import numpy as np

    root, moves = _root(x)
    array = np.asarray(to_python(x.value))
    if array is x.value and array.flags.writeable:
        array = array.view()
        _enter(_family(root).shared, array, moves)
    else:
        array = array.view() if array is x.value else array
        array.flags.writeable = False
        _enter(_family(root).copies, array, moves)
    return array


def _root(x: Any) -> tuple[Any, tuple[Move, ...]]:
    kin = x.kin
    if type(kin) is Alias and (root := kin.root) is not None:
        return root, kin.moves
    return x, ()


def _family(root: Any) -> Family:
    if type(root.kin) is not Family:
        root.kin = Family()
    return root.kin


def _enter(members: list[Any], new: Any, moves: tuple[Move, ...]) -> None:
    if not len(members) & (len(members) - 1):  # now and then those that are gone are left out
        members[:] = [entry for entry in members if entry[0]() is not None]
    members.append((weakref.ref(new), moves))


def _moved(value: Any, moves: Iterable[Move]) -> Any:
    for move in moves:
        value = move(value)
    return value


def change(x: Any, new: Any, *, history: bool = True) -> Any:
    """Gives x the value of another tensor, and its history if `history`; returns x. The precision of x stays.

    GraphError if x is a leaf that requires a gradient, while operations are recorded; ShapeProblem if the value has not
    the shape of x.
    """
    root, moves = _root(x)
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
    value = cast(new.value, x.dtype)
    if is_array(value) and not value.flags.writeable:
        value = value.copy()
    _set(root, value if root is x else _put(root.value, value, moves))
    x.value = value
    _show(root)
    return x


def _change_history(x: Any, new: Any, root: Any) -> None:
    """Lets x come from another operation. What that was computed from reads x as it was before."""
    family = root.kin
    views = [found for entry, _ in family.views if (found := entry()) is not None] if type(family) is Family else []
    if root is not x or any(view.op is None or view.operands[0] is not x for view in views):
        raise GraphError("a tensor that shares its memory with others gets a history by a change", hint=INSTEAD)
    mark = x.cotangent
    if type(mark) is Mark and (mark.hooks or mark.retains):
        raise GraphError("a tensor with a hook, or that retains its grad, is changed in place", hint=INSTEAD)
    if new.dtype != x.dtype:
        new = as_gradient(new, type(x)(x.value))
    value = x.value.copy() if type(family) is Family and family.is_shared else x.value
    before = type(x)(value, x.op, x.left, x.right, x.requires_grad)
    before.rest, before.span, before.index, before.cotangent = x.rest, x.span, x.index, mark
    _redirect(new, x, before)
    x.op, x.left, x.right, x.rest = new.op, new.left, new.right, new.rest
    x.requires_grad, x.cotangent = new.requires_grad, None


def _redirect(result: Any, x: Any, before: Any) -> None:
    """Lets what a result is computed from read `before` in place of x."""
    seen = {result.index}
    waiting = [result]
    while waiting:
        node = waiting.pop()
        for operand in node.operands:
            if operand is not x and operand.index > before.index and operand.index not in seen:
                seen.add(operand.index)
                waiting.append(operand)
        node.left = before if node.left is x else node.left
        node.right = before if node.right is x else node.right
        if node.rest:
            node.rest = tuple([before if operand is x else operand for operand in node.rest])


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
    for entry, moves in family.views:
        shown = entry()
        if shown is not None:
            shown.value = _moved(root.value, moves)
            renew(shown)
    for entry, moves in family.copies:
        array = entry()
        if array is not None:
            array.flags.writeable = True
            array[...] = to_python(_moved(root.value, moves))
            array.flags.writeable = False


def _put(value: Any, part: Any, moves: Sequence[Move]) -> Any:
    """A value in which the part that a view shows is another one."""
    from exprgrad.numbers.arrays import alike

    if not is_array(value):
        return cast(settled(part.reshape(())) if is_array(part) else part, dtype_name(value))
    out = value.copy()
    out.reshape(-1)[_places(shape_of(value), lambda places: _moved(places, moves))] = alike([value, part])[1]
    return out


def _places(shape: tuple[int, ...], move: Move) -> Any:
    """Where in an array of that shape the part lies that a move takes, as positions among all its elements."""
    import numpy as np

    numbers = np.arange(float(math.prod(shape))).reshape(shape)
    return np.asarray(to_python(move(numbers))).astype(np.intp)


def fill(x: Any, value: Any) -> Any:
    """Gives x the elements of another tensor, broadcast."""
    history = x.requires_grad and thread.recording
    return change(x, add(S.zeros_like(x), value) if history else _wide(value, x))


def _wide(value: Any, x: Any) -> Any:
    _check_fit(value.shape, x.shape)
    return S.broadcast_to(value, type(x)(x.value))


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
