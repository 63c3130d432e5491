"""The notes of a run: which conventions its numbers rest on, and where a nan was born."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from exprgrad.autodiff import Visit
from exprgrad.diagnostics import Note
from exprgrad.numbers.arithmetic import ZERO, is_array, is_nan, to_python
from exprgrad.ops.registry import Op, Traced
from exprgrad.trace import Trace, iterations, outermost, sources

# The value of a node in a run; None where it was not computed.
ValueOf = Callable[[Traced], Any]


class Visited(NamedTuple):
    """A node whose partials a sweep used, the positions of the operands it used them for, and the cotangent."""

    node: Traced
    operands: tuple[int, ...]
    cotangent: Any


def collector(visited: list[Visited]) -> Visit:
    """A visitor that collects what has hard points."""

    def collect(node: Traced, operands: tuple[int, ...], cotangent: Any) -> None:
        if node.op is not None and node.op.hard_points:
            visited.append(Visited(node, operands, cotangent))

    return collect


def with_hard_points(visited: Iterable[Visited], derivative_from: int) -> list[Visited]:
    """Those visited nodes whose operation has hard points.

    Of the nodes of a derivative (from index `derivative_from` on) only members of a family count: they are the
    user's operation at a higher order. What else a rule is made of is not the user's business.
    """
    return [
        v
        for v in visited
        if v.node.op and v.node.op.hard_points and (v.node.index < derivative_from or not v.node.op.public)
    ]


def hard_points(visited: Iterable[Visited], value_of: ValueOf) -> tuple[list[Note], list[Traced]]:
    """A note for each convention that the derivatives rest on, and the nodes it was used at."""
    notes: list[Note] = []
    nodes: list[Traced] = []
    for node, positions, g in visited:
        op = node.op
        if op is None or node.span is None:
            continue
        points = op.hard_points_for(len(node.operands))
        values = (value_of(g) if isinstance(g, Traced) else g, value_of(node), *map(value_of, node.operands))
        for at, *operands in _iterations(values):
            # What is never computed, or no cotangent reaches, is at no hard point.
            if at is ZERO or operands[0] is ZERO:
                continue
            for point in dict.fromkeys(points[i] for i in positions):
                if point is not None and _holds(point.where(*operands)):
                    notes.append(Note(point.note, node.span))
                    nodes.append(node)
    return notes, nodes


def _iterations(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values in each iteration of the loops around them: there static mode gives lists."""
    stack = [values]
    while stack:
        values = stack.pop()
        counts = [len(x) for x in values if isinstance(x, list)]
        if not counts:
            yield values
        elif values[1] is not ZERO:
            stack.extend([x[i] if isinstance(x, list) else x for x in values] for i in range(min(counts)))


def _holds(answer: Any) -> bool:
    return bool(answer.any()) if is_array(answer) else bool(answer)


def conventions(
    visited: Mapping[str, Sequence[Visited]], values: Mapping[tuple[str, tuple[int, ...]], Any], value_of: ValueOf
) -> tuple[list[Note], list[Traced]]:
    """The notes on hard points, for the results that are not nan: where one is, no convention matters."""
    return hard_points([v for name, found in visited.items() if not is_nan(values[name, ()]) for v in found], value_of)


def wrong_turns(
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
        note = birth(node, value_of, derivative_from, at_hard_points)
        if note is not None:
            notes.append(note)
        if not multi:
            blamed.add(name)
    return notes


def birth(output: Traced, value_of: ValueOf, derivative_from: int, at_hard_points: Sequence[Traced]) -> Note | None:
    """Blames a nan on the first operation that made one out of operands that were not nan.

    From the output back it follows the operands that are nan themselves, so that a nan which came to nothing (in a
    comparison, as nan**0) is not blamed. Nodes from index `derivative_from` on belong to a derivative. The nodes are
    tensors: a graph, in which one node stands for all iterations of a loop, does not know in which it happened.
    """
    seen = {output.index: output}
    stack = [output]
    births: list[Traced] = []
    while stack:
        node = stack.pop()
        inherited = [x for x in sources(node) if (value := value_of(x)) is not None and is_nan(value)]
        if node.op is not None and not inherited:
            births.append(node)
        for x in inherited:
            if x.index not in seen:
                seen[x.index] = x
                stack.append(x)
    if not births:
        return None
    first = min(births, key=lambda node: node.index)
    assert first.op is not None
    if first.span is None:
        return None
    where = "".join(
        f" {'within' if inner else 'in'} iteration {number}"
        for inner, number in enumerate(iterations(Trace([output]).block_of(first)))
    )
    what = applied(first.op, [_short(value_of(outermost(x))) for x in first.operands])
    if first.index < derivative_from:
        return Note(f"{what} is nan{where}", first.span, _remedy(first.op, first.operands))
    if not first.op.public:
        return Note(f"the derivative is nan here{where}", first.span, first.op.remedies.get(""))
    hint = next((h for n in at_hard_points if n.op and (h := _remedy(n.op, n.operands, "d "))), None)
    return Note(f"the derivative is nan here{where}: {what}", first.span, hint)


def applied(op: Op, operands: Sequence[str]) -> str:
    """The operation with its operands' values, as it is written: `0.0 * -inf`, `log(-1.0)`."""
    notation = op.notation
    if notation is None:
        return f"{op.name}({', '.join(operands)})"
    first = operands[0]
    if first.startswith("-") and notation.side != "left":
        first = f"({first})"
    if notation.side == "prefix":
        return f"{notation.symbol}{' ' if notation.symbol.isalpha() else ''}{first}"
    return f"{first} {notation.symbol} {operands[1]}"


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
