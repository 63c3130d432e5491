"""The one reverse sweep and the one forward sweep.

Both are blind to the mode: they see nodes with an operation and operands, numbered in order of creation. Fed
the nodes themselves (`symbolic`), the rules extend a static graph or trace onto the dynamic one, so that the
result can be differentiated again; fed their values, they compute.

Cotangents are added in reverse order of creation of what they come from, so both modes add in one order and
print the same bytes. An absent cotangent is None: it is never a 0 that is multiplied. A branch is swept region by
region; since regions nest as deep as the user's program, the sweep of a region is not a call but a step that
`_finish` takes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from typing import Any

from exprgrad.numbers.arithmetic import is_array
from exprgrad.ops.arithmetic import add, mul, neg
from exprgrad.ops.control import Branch, Item, Region, branch, sum_to, sum_to_shape
from exprgrad.ops.registry import MINUS_ONE, ONE, Known, Traced, Value, next_index

# Called for each node whose partials were used, with the positions of the operands they were used for, and the
# cotangent or tangents that met them.
Visit = Callable[[Traced, tuple[int, ...], Value], None]
# Called for each node with its full cotangent, before that is passed on; gives the one to go on with.
Arrive = Callable[[Any, Value], Value]
# What a sweep found, by the index of the node.
Found = dict[int, Value]
# A sweep that asks for the sweeps of regions, and is sent what they found.
_Steps = Generator[Any, Found, Any]


def _finish(sweep: _Steps) -> Found:
    """Runs a sweep and those of the regions inside it, however deep they nest."""
    stack = [sweep]
    found: Any = None
    while True:
        try:
            inner = stack[-1].send(found)
        except StopIteration as end:
            stack.pop()
            found = end.value
            if not stack:
                return found  # type: ignore[no-any-return]
        else:
            stack.append(inner)
            found = None


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
        if index in reached or any([x.index in on_the_way for x in node.operands]):
            on_the_way[index] = node
    return on_the_way


def reverse(
    seeds: Iterable[tuple[Any, Value]],
    nodes: dict[int, Any],
    *,
    symbolic: bool,
    wanted: Collection[int] | None = None,
    visit: Visit | None = None,
    arrive: Arrive | None = None,
) -> Found:
    """Pulls cotangents back through `nodes` (see `between`).

    `seeds` are outputs with their cotangents. Returns the cotangents of the wanted nodes by index, of the
    leaves if None is given; what no cotangent reached is missing.
    """
    return _finish(_reverse(seeds, nodes, symbolic, wanted, visit, arrive))


def _reverse(
    seeds: Iterable[tuple[Any, Value]],
    nodes: dict[int, Any],
    symbolic: bool,
    wanted: Collection[int] | None,
    visit: Visit | None,
    arrive: Arrive | None = None,
) -> _Steps:
    cotangents: Found = {}
    # Of a branch, the cotangents of its results by position.
    of_results: dict[int, dict[int, Value]] = {}
    for node, g in seeds:
        before = cotangents.get(node.index)
        cotangents[node.index] = g if before is None else add(before, g)
    found: Found = {}
    for index in sorted(nodes, reverse=True):
        node = nodes[index]
        op = node.op
        if type(op) is Branch:
            gs = of_results.pop(index, None)
            if gs is None:
                continue
            needed = [x.index in nodes for x in node.operands]
            new: Iterable[tuple[Any, Value]] = yield from _branch_contributions(node, gs, needed, symbolic, visit)
        else:
            g = cotangents.pop(index, None)
            if g is None:
                continue
            if arrive is not None:
                g = arrive(node, g)
            if index in wanted if wanted is not None else op is None:
                found[index] = g
            if op is None:
                continue
            if type(op) is Item:
                gs = of_results.setdefault(node.left.index, {})
                gs[op.position] = add(gs[op.position], g) if op.position in gs else g
                continue
            needed = [x.index in nodes for x in node.operands]
            if visit is not None:
                visit(node, tuple([i for i, need in enumerate(needed) if need]), g)
            new = contributions(node, g, needed, symbolic=symbolic)
        first_new = next_index() if symbolic else 0
        for x, c in new:
            before = cotangents.get(x.index)
            total = c if before is None else add(before, c)
            if symbolic:
                _place(total, first_new, node.span)
            cotangents[x.index] = total
    return found


def _branch_contributions(
    node: Any, gs: dict[int, Value], needed: Sequence[bool], symbolic: bool, visit: Visit | None
) -> Generator[Any, Found, list[tuple[Any, Value]]]:
    """What a branch adds to the cotangents of the values that enter it, given those of its results.

    Every value that is needed gets a contribution, also from a side that does not reach it: a structural zero.
    Dynamic mode does not see the other side, so the nodes could not be the same otherwise.
    """
    entering = node.operands[1:]
    positions = sorted(gs)
    regions: list[Region | None] = []
    for region in node.op.regions:
        if region is None:
            regions.append(None)
            continue
        inside = [node.parameter(gs[i], region.scope) if symbolic else gs[i] for i in positions]
        seeds = [
            (region.results[i], g) for i, g in zip(positions, inside, strict=True) if region.results[i] is not None
        ]
        wanted = [p for p, need in zip(region.params, needed[1:], strict=True) if need]
        nodes = between([result for result, _ in seeds], wanted)
        seeds = [(result, g) for result, g in seeds if result.index in nodes]
        found = yield _reverse(seeds, nodes, symbolic, {p.index for p in wanted}, visit)
        if not symbolic:
            return [(x, found[p.index]) for x, p in zip(entering, region.params, strict=True) if p.index in found]
        results = [found.get(p.index) for p in wanted]
        regions.append(Region(region.scope, (*region.params, *inside), results))
    outer = [gs[i] for i in positions]
    reached = [x for x, need in zip(entering, needed[1:], strict=True) if need]
    if not reached:
        return []
    items = branch(node.operands[0], [*entering, *outer], regions, absentable=True)
    return list(zip(reached, items, strict=True))


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
    # Static mode does not know the shape of an array, so that both modes ask for the sum wherever there is one.
    return c if c.shape == x.shape == () else sum_to(c, x)  # type: ignore[attr-defined]


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
) -> Found:
    """Pushes tangents forward through `nodes` (see `between`).

    Returns the tangent of every node that one reached, by index.
    """
    return _finish(_forward(tangents, nodes, symbolic, visit))


def _forward(
    tangents: Iterable[tuple[Any, Value]], nodes: dict[int, Any], symbolic: bool, visit: Visit | None
) -> _Steps:
    found: Found = {node.index: t for node, t in tangents}
    of_results: dict[int, dict[int, Value]] = {}
    for index in sorted(nodes):
        node = nodes[index]
        op = node.op
        if index in found or op is None:
            continue
        if type(op) is Item:
            t = of_results.get(node.left.index, {}).get(op.position)
            if t is not None:
                found[index] = t
            continue
        operands = node.operands
        incoming = [found.get(x.index) for x in operands]
        if type(op) is Branch:
            of_results[index] = yield from _branch_tangents(node, incoming, symbolic, visit)
            continue
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


def _branch_tangents(
    node: Any, incoming: Sequence[Value | None], symbolic: bool, visit: Visit | None
) -> Generator[Any, Found, dict[int, Value]]:
    """The tangents of a branch's results by position, given those of its operands."""
    moving = [i for i, t in enumerate(incoming[1:]) if t is not None]
    if not moving:
        return {}
    outer = [incoming[i + 1] for i in moving]
    regions: list[Region | None] = []
    for region in node.op.regions:
        if region is None:
            regions.append(None)
            continue
        params = [region.params[i] for i in moving]
        inside: list[Any] = [node.parameter(t, region.scope) if symbolic else t for t in outer]
        nodes = between([result for result in region.results if result is not None], params)
        found = yield _forward(list(zip(params, inside, strict=True)), nodes, symbolic, visit)
        results = [None if result is None else found.get(result.index) for result in region.results]
        if not symbolic:
            return {i: t for i, t in enumerate(results) if t is not None}
        regions.append(Region(region.scope, (*region.params, *inside), results))
    items = branch(node.operands[0], [*node.operands[1:], *outer], regions, absentable=True)
    return dict(enumerate(items))
