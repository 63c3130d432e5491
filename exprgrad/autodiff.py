"""The one reverse sweep and the one forward sweep.

Both are blind to the mode: they see nodes with an operation and operands, numbered in order of creation. Fed
the nodes themselves (`symbolic`), the rules extend a static graph or trace onto the dynamic one, so that the
result can be differentiated again; fed their values, they compute.

Cotangents are added in reverse order of creation of what they come from, so both modes add in one order and
print the same bytes. An absent cotangent is None: it is never a 0 that is multiplied.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from exprgrad.numbers.arithmetic import is_array
from exprgrad.numbers.rounded import FLOAT64, MPFR
from exprgrad.ops.arithmetic import add, mul, neg
from exprgrad.ops.control import sum_to, sum_to_shape
from exprgrad.ops.registry import MINUS_ONE, ONE, Traced, Value, next_index

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


def trainable(output: Any) -> dict[int, Any]:
    """The tensors that `output` is computed from and that require a gradient, by index."""
    nodes = {output.index: output}
    stack = [output]
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        x = node.left
        if x is None:
            for x in node.operands:
                if x.requires_grad and x.index not in nodes:
                    nodes[x.index] = x
                    push(x)
            continue
        if x.requires_grad:
            index = x.index
            if index not in nodes:
                nodes[index] = x
                push(x)
        x = node.right
        if x is not None and x.requires_grad:
            index = x.index
            if index not in nodes:
                nodes[index] = x
                push(x)
    return nodes


def reverse(
    seeds: Iterable[tuple[Any, Value]],
    nodes: dict[int, Any],
    *,
    symbolic: bool,
    wanted: Collection[int] | None = None,
    visit: Visit | None = None,
) -> dict[int, Value]:
    """Pulls cotangents back through `nodes` (see `between` and `trainable`).

    `seeds` are outputs with their cotangents. Returns the cotangents of the wanted nodes by index, of the
    leaves if None is given; what no cotangent reached is missing.
    """
    cotangents: dict[int, Value] = {}
    for node, g in seeds:
        before = cotangents.get(node.index)
        cotangents[node.index] = g if before is None else add(before, g)
    found: dict[int, Value] = {}
    take, get, times, plus = cotangents.pop, cotangents.get, FLOAT64.mul, FLOAT64.add
    general = symbolic or visit is not None or wanted is not None
    for index in sorted(nodes, reverse=True):
        g = take(index, None)
        if g is None:
            continue
        node = nodes[index]
        op = node.op
        if op is None:
            if wanted is None or index in wanted:
                found[index] = g
            continue
        x = node.left
        partials = op.partials
        if general or x is None or type(g) is not MPFR or type(partials) is not tuple:
            if wanted is not None and index in wanted:
                found[index] = g
            if visit is not None:
                visit(node, tuple([i for i, x in enumerate(node.operands) if x.index in nodes]), g)
            _pull(node, g, nodes, cotangents, symbolic)
            continue
        # The rest is `_pull` written out for `backward` on double-precision scalars and up to two operands: a
        # long dynamic trace spends its time here.
        y = node.right
        index = x.index
        rule = partials[0]
        if rule is not None and index in nodes:
            if rule is ONE:
                c = g
            elif rule is MINUS_ONE:
                c = neg(g)
            else:
                c = rule(node.value, x.value) if y is None else rule(node.value, x.value, y.value)
                c = times(g, c) if type(c) is MPFR else mul(g, c)
            before = get(index)
            if before is None:
                cotangents[index] = c
            else:
                cotangents[index] = plus(before, c) if type(before) is MPFR else add(before, c)
        if y is None:
            continue
        index = y.index
        rule = partials[1]
        if rule is not None and index in nodes:
            if rule is ONE:
                c = g
            elif rule is MINUS_ONE:
                c = neg(g)
            else:
                c = rule(node.value, x.value, y.value)
                c = times(g, c) if type(c) is MPFR else mul(g, c)
            before = get(index)
            if before is None:
                cotangents[index] = c
            else:
                cotangents[index] = plus(before, c) if type(before) is MPFR else add(before, c)
    return found


def _pull(node: Any, g: Value, nodes: dict[int, Any], cotangents: dict[int, Value], symbolic: bool) -> None:
    """One step of the reverse sweep for a node of any kind."""
    first_new = next_index() if symbolic else 0
    op, operands = node.op, node.operands
    out = node if symbolic else node.value
    values = operands if symbolic else [x.value for x in operands]
    if op.partials is None:
        contributions: Sequence[Value | None] = op.vjp(g, out, values)
    else:
        contributions = [
            _product(g, partial, out, values) if x.index in nodes else None
            for x, partial in zip(operands, op.partials_for(len(operands)), strict=True)
        ]
    for x, c in zip(operands, contributions, strict=True):
        if c is None or x.index not in nodes:
            continue
        if op.partials is not None:
            c = _fit(c, x, symbolic)
        if symbolic:
            _place(c, first_new, node.span)
        before = cotangents.get(x.index)
        cotangents[x.index] = c if before is None else _add(before, c, first_new, node)


def _product(g: Value, partial: Any, out: Value, values: Sequence[Value]) -> Value | None:
    """A cotangent or tangent times a local partial."""
    if partial is None:
        return None
    if partial is ONE:
        return g
    if partial is MINUS_ONE:
        return neg(g)
    return mul(g, partial(out, *values))


def _fit(c: Value, x: Any, symbolic: bool) -> Value:
    """The cotangent in the shape of the operand it belongs to: the transpose of broadcasting."""
    if not symbolic:
        return sum_to_shape(c, x.value) if is_array(c) else c
    if not isinstance(c, Traced):
        return c
    known = c.shape  # type: ignore[attr-defined]
    return c if known is not None and known == x.shape else sum_to(c, x)


def _add(before: Value, c: Value, first_new: int, node: Any) -> Value:
    total = add(before, c)
    if isinstance(total, Traced):
        _place(total, first_new, node.span)
    return total


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
            for t, partial in zip(incoming, op.partials_for(len(operands)), strict=True):
                term = None if t is None else _product(t, partial, out, values)
                if term is not None:
                    total = term if total is None else add(total, term)
        if total is not None:
            if symbolic:
                _place(total, first_new, node.span)
            found[index] = total
    return found
