"""Where a nan comes from: the first operation of a trace that made one out of operands that were not nan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exprgrad.diagnostics import Note
from exprgrad.dynamic.blocks import Blocks, iterations, outermost, sources
from exprgrad.notes import ValueOf
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import is_nan, to_python
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.registry import Op, Traced


def nan_notes(
    nans: Mapping[tuple[str, tuple[int, ...]], Traced],
    value_of: ValueOf,
    derivative_from: int,
    at_hard_points: Sequence[Traced],
) -> list[Note]:
    """For each result the note on the nan of lowest order: those of higher order follow from it."""
    notes: list[Note] = []
    blamed: set[str] = set()
    for (name, multi), node in sorted(nans.items(), key=lambda item: len(item[0][1])):
        if name in blamed:
            continue
        note = nan_origin(node, value_of, derivative_from, at_hard_points)
        if note is not None:
            notes.append(note)
        if not multi:
            blamed.add(name)
    return notes


def nan_origin(
    output: Traced, value_of: ValueOf, derivative_from: int, at_hard_points: Sequence[Traced]
) -> Note | None:
    """Blames a nan on the first operation that made one out of operands that were not nan.

    From the output back it follows the operands that are nan themselves, so that a nan which came to nothing (in a
    comparison, as nan**0) is not blamed. Nodes from index `derivative_from` on belong to a derivative. The nodes are
    tensors: a graph, in which one node stands for all iterations of a loop, does not know in which it happened.
    """
    seen = {output.index: output}
    stack = [output]
    origins: list[Traced] = []
    while stack:
        node = stack.pop()
        inherited = [x for x in sources(node) if (value := value_of(x)) is not None and is_nan(value)]
        if node.op is not None and not inherited:
            origins.append(node)
        for x in inherited:
            if x.index not in seen:
                seen[x.index] = x
                stack.append(x)
    if not origins:
        return None
    first = min(origins, key=lambda node: node.index)
    assert first.op is not None
    if first.span is None:
        return None
    where = "".join(
        f" {'within' if inner else 'in'} iteration {number}"
        for inner, number in enumerate(iterations(Blocks([output]).block_of(first)))
    )
    operands = [value_of(outermost(x)) for x in first.operands]
    if (lane := _lane(first.op, value_of(first), operands)) is not None:
        place, operands = lane
        where = f" in element [{', '.join(map(str, place))}]{where}"
    what = first.op.written([_short(x) for x in operands])
    if first.index < derivative_from:
        return Note(f"{what} is nan{where}", first.span, _remedy(first.op, first.operands))
    if not first.op.public:
        return Note(f"the derivative is nan here{where}", first.span, first.op.remedies.get(""))
    hint = next((h for n in at_hard_points if n.op and (h := _remedy(n.op, n.operands, "d "))), None)
    return Note(f"the derivative is nan here{where}: {what}", first.span, hint)


def _lane(op: Op, out: Any, operands: Sequence[Any]) -> tuple[Sequence[int], list[Any]] | None:
    """The place of the first nan in the result of an elementwise operation on arrays, and what the operands are there;
    None where it is none."""
    if op.partials is None or not is_array(out) or not out.shape:
        return None
    import numpy as np

    place = np.unravel_index(int(arrays.isnan(out).argmax()), out.shape)
    lanes = [np.broadcast_to(x, out.shape)[place] if is_array(x) else x for x in operands]
    return [int(i) for i in place], lanes


def _short(x: Any) -> str:
    if x is None or x is ZERO:
        return "0.0"
    return "an array" if is_array(x) else str(to_python(x))


def _remedy(op: Op, operands: Sequence[Traced], prefix: str = "") -> str | None:
    """What the operation's entry advises for operands that came about as these did."""
    for x in operands:
        if x.op is None:
            continue
        for inner in x.operands:
            if inner.op is not None and (text := op.remedies.get(f"{prefix}{x.op.name} of {inner.op.name}")):
                return text
        if text := op.remedies.get(prefix + x.op.name):
            return text
    return op.remedies.get(prefix.strip())
