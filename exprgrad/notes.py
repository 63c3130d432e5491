"""The notes of a run: which conventions its derivatives rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from exprgrad.autodiff import Visit
from exprgrad.diagnostics import Note
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import is_nan, silent
from exprgrad.numbers.scalars import ROUNDED, ZERO, is_array
from exprgrad.ops.registry import Traced
from exprgrad.records import NamedTuple

# The value of a node in a run; None where it was not computed.
ValueOf = Callable[[Traced], Any]


class Visited(NamedTuple):
    """A node whose partials a sweep used, the positions of the operands it used them for, and the cotangent."""

    node: Traced
    operands: tuple[int, ...]
    cotangent: Any


def collector(visited: list[Visited], kinks_alone: bool = False) -> Visit:
    """A visitor that collects what has hard points, or kinks alone."""

    def collect(node: Traced, operands: tuple[int, ...], cotangent: Any) -> None:
        op = node.op
        if (
            op is not None
            and op.hard_points
            and (op.beside is not None or not kinks_alone)
            and _may_be_hard(node, operands)
        ):
            visited.append(Visited(node, operands, cotangent))

    return collect


def _may_be_hard(node: Any, positions: Sequence[int]) -> bool:
    """Whether a node may come to a hard point, by those of its operands that are numbers already."""
    points = node.op.hard_points_for(len(node.operands))
    known = [x.value if x.op is None and ROUNDED.takes([x.value]) else None for x in node.operands]
    return any([points[i] is not None and not points[i].never(*known) for i in positions])


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


def hard_points(visited: Iterable[Visited], value_of: ValueOf) -> Iterator[tuple[Note, Traced]]:
    """A note for each convention that the derivatives rest on, and the node it was used at."""
    for node, positions, g in visited:
        op = node.op
        if op is None or node.span is None:
            continue
        points = op.hard_points_for(len(node.operands))
        values = (value_of(g) if isinstance(g, Traced) else g, value_of(node), *map(value_of, node.operands))
        for at, *operands in _iterations(values) if any([type(x) is list for x in values]) else (values,):
            # What is never computed, or no cotangent reaches, is at no hard point.
            if at is ZERO or operands[0] is ZERO:
                continue
            for point in dict.fromkeys(points[i] for i in positions):
                if point is not None and _holds(point.where(*operands), at):
                    yield Note(point.note, node.span, point.square), node


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


def _holds(answer: Any, cotangent: Any) -> bool:
    """Whether a node is at a hard point: of an array where a lane is that a cotangent reaches, and no nan."""
    if not is_array(answer):
        return bool(answer)
    if not answer.any():
        return False
    if is_array(cotangent) and cotangent.shape == answer.shape:
        answer = answer.astype(bool) & arrays.counts(cotangent)
    return bool(answer.any())


class Conventions(NamedTuple):
    """The notes on hard points, and the nodes that are there. Those at a kink or a jump are apart, by the result, since
    the derivatives beside them say whether a convention is needed."""

    notes: list[Note]
    nodes: list[Traced]
    kinks: dict[str, list[Note]]


def conventions(
    visited: Mapping[str, Sequence[Visited]], values: Mapping[tuple[str, tuple[int, ...]], Any], value_of: ValueOf
) -> Conventions:
    """Which conventions results rest on that are not nan: where one is, none matters."""
    found = Conventions([], [], {})
    if not any(visited.values()):
        return found
    with silent():  # at a nan is no hard point
        for name, nodes in visited.items():
            if _lost(values[name, ()]):
                continue
            for note, node in hard_points(nodes, value_of):
                found.nodes.append(node)
                kinked = node.op is not None and node.op.beside is not None
                (found.kinks.setdefault(name, []) if kinked else found.notes).append(note)
    return found


def _lost(value: Any) -> bool:
    return is_nan(value) and (not is_array(value) or value.size == 1)
