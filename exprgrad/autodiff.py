"""The one reverse sweep and the one forward sweep.

Both are blind to the mode: they see nodes with an operation and operands, numbered in order of creation. Fed
the nodes themselves (`symbolic`), the rules extend a static graph or trace onto the dynamic one, so that the
result can be differentiated again; fed their values, they compute.

Cotangents are added in reverse order of creation of what they come from, so both modes add in one order and
print the same bytes. An absent cotangent is None: it is never a 0 that is multiplied.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from exprgrad.numbers.arithmetic import is_array
from exprgrad.ops.arithmetic import add, mul, neg
from exprgrad.ops.control import sum_to, sum_to_shape
from exprgrad.ops.registry import MINUS_ONE, ONE, Known, Traced, Value, next_index

# Called for each node whose partials were used, with the positions of the operands they were used for, and the
# cotangent or tangents that met them.
Visit = Callable[[Traced, tuple[int, ...], Value], None]


def upstream(outputs: Iterable[Traced], follow: Callable[[Any], bool] | None = None) -> dict[int, Any]:
    """All nodes that the outputs are computed from, the outputs included, by index; `follow` may leave some out."""
    nodes: dict[int, Any] = {}
    stack: list[Any] = []
    for node in outputs:
        if node.index not in nodes and (follow is None or follow(node)):
            nodes[node.index] = node
            stack.append(node)
    while stack:
        for x in stack.pop().operands:
            if x.index not in nodes and (follow is None or follow(x)):
                nodes[x.index] = x
                stack.append(x)
    return nodes


def between(outputs: Iterable[Traced], wanted: Iterable[Traced]) -> dict[int, Any]:
    """The nodes on the ways from the wanted ones to the outputs, both included, by index."""
    nodes = upstream(outputs)
    reached = {x.index for x in wanted}
    on_the_way: dict[int, Any] = {}
    for index in sorted(nodes):
        node = nodes[index]
        if index in reached or any(x.index in on_the_way for x in node.operands):
            on_the_way[index] = node
    return on_the_way


def reverse(
    seeds: Iterable[tuple[Any, Value]],
    nodes: dict[int, Any],
    *,
    symbolic: bool,
    wanted: Collection[int] | None = None,
    visit: Visit | None = None,
) -> dict[int, Value]:
    """Pulls cotangents back through `nodes` (see `between`).

    `seeds` are outputs with their cotangents. Returns the cotangents of the wanted nodes by index, of the
    leaves if None is given; what no cotangent reached is missing.
    """
    cotangents: dict[int, Value] = {}
    for node, g in seeds:
        before = cotangents.get(node.index)
        cotangents[node.index] = g if before is None else add(before, g)
    found: dict[int, Value] = {}
    for index in sorted(nodes, reverse=True):
        g = cotangents.pop(index, None)
        if g is None:
            continue
        node = nodes[index]
        if index in wanted if wanted is not None else node.op is None:
            found[index] = g
        if node.op is None:
            continue
        needed = [x.index in nodes for x in node.operands]
        if visit is not None:
            visit(node, tuple([i for i, need in enumerate(needed) if need]), g)
        first_new = next_index() if symbolic else 0
        for x, c in contributions(node, g, needed, symbolic=symbolic):
            before = cotangents.get(x.index)
            total = c if before is None else add(before, c)
            if symbolic:
                _place(total, first_new, node.span)
            cotangents[x.index] = total
    return found


def contributions(
    node: Any, g: Value, needed: Sequence[bool], *, symbolic: bool = False
) -> Iterator[tuple[Any, Value]]:
    """What a node with cotangent g adds to the cotangents of its operands: those needed that get something."""
    op, operands = node.op, node.operands
    out = node if symbolic else node.value
    values = operands if symbolic else [x.value for x in operands]
    if op.partials is None:
        for x, need, c in zip(operands, needed, op.vjp(g, out, values), strict=True):
            if need and c is not None:
                yield x, c
        return
    for x, need, partial in zip(operands, needed, op.partials_at(out, values), strict=True):
        if need and (c := _product(g, partial, out, values)) is not None:
            yield x, _fit(c, x, symbolic)


def _product(g: Value, partial: Any, out: Value, values: Sequence[Value]) -> Value | None:
    """A cotangent or tangent times a local partial."""
    if partial is None:
        return None
    if partial is ONE:
        return g
    if partial is MINUS_ONE:
        return neg(g)
    return mul(g, partial.value if type(partial) is Known else partial(out, *values))


def _fit(c: Value, x: Any, symbolic: bool) -> Value:
    """The cotangent in the shape of the operand it belongs to: the transpose of broadcasting."""
    if not symbolic:
        return sum_to_shape(c, x.value) if is_array(c) else c
    if not isinstance(c, Traced):
        return c
    known = c.shape  # type: ignore[attr-defined]
    return c if known is not None and known == x.shape else sum_to(c, x)


def _place(c: Value, first_new: int, span: Any) -> None:
    """Gives what a rule just made the place in the text of the node it is the derivative of."""
    if span is None or not isinstance(c, Traced):
        return
    stack = [c]
    while stack:
        node = stack.pop()
        if node.index >= first_new and node.span is None:
            node.span = span
            stack.extend(node.operands)


def forward(
    tangents: Iterable[tuple[Any, Value]],
    nodes: dict[int, Any],
    *,
    symbolic: bool,
    visit: Visit | None = None,
) -> dict[int, Value]:
    """Pushes tangents forward through `nodes` (see `between`).

    Returns the tangent of every node that one reached, by index.
    """
    found: dict[int, Value] = {node.index: t for node, t in tangents}
    for index in sorted(nodes):
        node = nodes[index]
        if index in found or node.op is None:
            continue
        op, operands = node.op, node.operands
        incoming = [found.get(x.index) for x in operands]
        if all(t is None for t in incoming):
            continue
        if visit is not None:
            visit(node, tuple(i for i, t in enumerate(incoming) if t is not None), incoming)
        first_new = next_index() if symbolic else 0
        out = node if symbolic else node.value
        values = operands if symbolic else [x.value for x in operands]
        total: Value | None = None
        if op.partials is None:
            total = op.jvp(incoming, out, values)
        else:
            for t, partial in zip(incoming, op.partials_at(out, values), strict=True):
                term = None if t is None else _product(t, partial, out, values)
                if term is not None:
                    total = term if total is None else add(total, term)
        if total is not None:
            if symbolic:
                _place(total, first_new, node.span)
            found[index] = total
    return found
