"""That a tensor has changed since an operation read it.

A change (see `in_place`) gives a tensor another index, as if it had been made anew. So what was computed from
it before is older than its operand, and a sweep finds out that it would read what is no longer there; PyTorch counts
versions for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from weakref import WeakValueDictionary

from exprgrad.diagnostics import GraphError
from exprgrad.ops.registry import Op, Traced, next_index
from exprgrad.ops.structural import Flat, Linear

OUT_OF_PLACE: Final = "write x = x + y instead of x += y, or change a clone()"

# What may have read a tensor that was changed afterwards was made between these.
_since: int | None = None
_until = -1
# Tensors, by their id, whose operands had changed before they were given another value themselves: their new index
# hides that.
_outdated: WeakValueDictionary[int, Any] = WeakValueDictionary()


def note_outdated(x: Any) -> None:
    """Notes, before a tensor gets another value and keeps its history, whether an operand of it has changed."""
    if x.op is not None and _changed_operand(x):
        _outdated[id(x)] = x


def hand_over(x: Any, before: Any) -> None:
    """Notes that the history of x has become that of `before`."""
    if _outdated and _outdated.pop(id(x), None) is not None:
        _outdated[id(before)] = before


def renew(x: Any) -> None:
    """Notes that a tensor has changed."""
    global _since, _until
    before = x.index
    x.index = next_index()
    _since = before if _since is None else min(_since, before)
    _until = max(_until, x.index)


def redirect(result: Any, x: Any, before: Any) -> None:
    """Lets a result and what it is computed from read `before` in place of x."""
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


def check(oldest_first: Iterable[Any], newest: int) -> None:
    """Raises where a derivative needs what was changed after the operation that read it. Given are the tensors of a
    sweep in order of creation; the last one has the index `newest`."""
    if _since is None or newest < _since:
        return
    for node in oldest_first:
        if node.index > _until:
            return
        _check_operands(node)


def check_history(outputs: Iterable[Any]) -> None:
    """The same for all that some tensors are computed from."""
    if _since is None:
        return
    waiting = [x for x in outputs if isinstance(x, Traced)]
    seen = {x.index for x in waiting}
    while waiting:
        node = waiting.pop()
        _check_operands(node)
        for x in node.operands:
            if x.requires_grad and x.index not in seen:
                seen.add(x.index)
                waiting.append(x)


def _check_operands(node: Any) -> None:
    if node.op is not None and (_changed_operand(node) or (_outdated and id(node) in _outdated)):
        raise GraphError(
            "one of the variables needed for gradient computation has been modified by an inplace operation: "
            f"an operand of {node.op.name}",
            hint=OUT_OF_PLACE,
        )


def _changed_operand(node: Any) -> bool:
    return any([x.index > node.index and (x.requires_grad or _reads(node.op, i)) for i, x in enumerate(node.operands)])


def _reads(op: Op, position: int) -> bool:
    """Whether the derivative of an operation reads the value of an operand that requires no gradient."""
    if isinstance(op, Flat) or (isinstance(op, Linear) and position == 0):
        return False
    return not isinstance(op.partials, tuple) or any(callable(partial) for partial in op.partials)
