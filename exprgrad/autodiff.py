"""The one reverse sweep and the one forward sweep.

Both are blind to the mode: they see nodes with an operation and operands, numbered in order of creation. Fed
the nodes themselves (`symbolic`), the rules extend a static graph or trace onto the dynamic one, so that the
result can be differentiated again; fed their values, they compute.

Cotangents are added in reverse order of creation of what they come from, so both modes add in one order and
print the same bytes. An absent cotangent is None: it is never a 0 that is multiplied. A branch is swept region by
region, a loop iteration by iteration (see `ops.control`); since regions nest as deep as the user's program, the sweep
of a region is not a call but a step that `_finish` takes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from exprgrad.numbers.arithmetic import ZERO, is_array
from exprgrad.ops.arithmetic import add, mul, neg
from exprgrad.ops.control import (
    Branch,
    History,
    Item,
    Loop,
    Region,
    Scope,
    Structural,
    branch,
    history,
    loop,
    sum_to,
    sum_to_shape,
)
from exprgrad.ops.registry import MINUS_ONE, ONE, Known, Traced, Value, next_index

# Called for each node whose partials were used, with the positions of the operands they were used for, and the
# cotangent, or the first of the tangents, that met them. The reverse sweep calls it for a branch or a loop too, after
# what lies inside, with the values from outside that get something, and what they get.
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
    scope: Scope | None = None,
    arrive: Arrive | None = None,
) -> Found:
    """Pulls cotangents back through `nodes` (see `between`).

    `seeds` are outputs with their cotangents. Returns the cotangents of the wanted nodes by index, of the
    leaves if None is given; what no cotangent reached is missing. `scope` is the region in which the sweep takes
    place, None outside of all.
    """
    return _finish(_reverse(seeds, nodes, symbolic, wanted, visit, scope, arrive))


def _reverse(
    seeds: Iterable[tuple[Any, Value]],
    nodes: dict[int, Any],
    symbolic: bool,
    wanted: Collection[int] | None,
    visit: Visit | None,
    scope: Scope | None,
    arrive: Arrive | None = None,
) -> _Steps:
    cotangents: Found = {}
    # Of a branch or loop, the cotangents of its results by position.
    of_results: dict[int, dict[int, Value]] = {}
    # The cotangents of stacks: several for one stack are added by the iterations that read them.
    of_stacks: dict[int, list[Value]] = {}
    for node, g in seeds:
        before = cotangents.get(node.index)
        cotangents[node.index] = g if before is None else add(before, g)
    found: Found = {}
    for index in sorted(nodes, reverse=True):
        node = nodes[index]
        op = node.op
        if isinstance(op, Structural) and op.several:
            gs = of_results.pop(index, None)
            if gs is None:
                continue
            needed = [x.index in nodes for x in node.operands]
            new: Iterable[tuple[Any, Value]]
            if type(op) is Branch:
                new = yield from _branch_contributions(node, gs, needed, symbolic, visit, scope)
            elif type(op) is not Loop:
                new = op.pull(gs, node.operands, needed, visit)
            else:
                new, stacks = yield from _loop_contributions(node, gs, needed, symbolic, visit, scope)
                for x, stack in stacks:
                    of_stacks.setdefault(x.index, []).append(stack)
            if visit is not None:
                visit(node, (), new)
        elif index in of_stacks:
            at = op.position if type(op) is Item else _of_history(node)
            of_results.setdefault(node.left.index, {})[at] = of_stacks.pop(index)
            continue
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
    node: Any,
    gs: dict[int, Value],
    needed: Sequence[bool],
    symbolic: bool,
    visit: Visit | None,
    scope: Scope | None,
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
        inner = region.scope.derived(scope)
        inside = [node.parameter(gs[i], inner) if symbolic else gs[i] for i in positions]
        seeds = [
            (region.results[i], g) for i, g in zip(positions, inside, strict=True) if region.results[i] is not None
        ]
        wanted = [p for p, need in zip(region.params, needed[1:], strict=True) if need]
        nodes = between([result for result, _ in seeds], wanted)
        seeds = [(result, g) for result, g in seeds if result.index in nodes]
        found = yield _reverse(seeds, nodes, symbolic, {p.index for p in wanted}, visit, inner)
        if not symbolic:
            return [(x, found[p.index]) for x, p in zip(entering, region.params, strict=True) if p.index in found]
        results = [found.get(p.index) for p in wanted]
        regions.append(Region(inner, (*region.params, *inside), results))
    outer = [gs[i] for i in positions]
    reached = [x for x, need in zip(entering, needed[1:], strict=True) if need]
    if not reached:
        return []
    items = branch(node.operands[0], [*entering, *outer], regions)
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
    scope: Scope | None = None,
) -> Found:
    """Pushes tangents forward through `nodes` (see `between`).

    Returns the tangent of every node that one reached, by index. `scope` is as in `reverse`.
    """
    return _finish(_forward(tangents, nodes, symbolic, visit, scope))


def _forward(
    tangents: Iterable[tuple[Any, Value]],
    nodes: dict[int, Any],
    symbolic: bool,
    visit: Visit | None,
    scope: Scope | None,
) -> _Steps:
    found: Found = {node.index: t for node, t in tangents}
    of_results: dict[int, dict[int, Value]] = {}
    for index in sorted(nodes):
        node = nodes[index]
        op = node.op
        if index in found or op is None:
            continue
        if type(op) is Item or type(op) is History:
            at = op.position if type(op) is Item else _of_history(node)
            t = of_results.get(node.left.index, {}).get(at)
            if t is not None:
                found[index] = t
            continue
        operands = node.operands
        incoming = [found.get(x.index) for x in operands]
        if type(op) is Branch:
            of_results[index] = yield from _branch_tangents(node, incoming, symbolic, visit, scope)
            continue
        if type(op) is Loop:
            of_results[index] = yield from _loop_tangents(node, incoming, symbolic, visit, scope)
            continue
        if all(t is None for t in incoming):
            continue
        if visit is not None:
            moving = tuple(i for i, t in enumerate(incoming) if t is not None)
            visit(node, moving, incoming[moving[0]])
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
    node: Any, incoming: Sequence[Value | None], symbolic: bool, visit: Visit | None, scope: Scope | None
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
        inner = region.scope.derived(scope)
        inside: list[Any] = [node.parameter(t, inner) if symbolic else t for t in outer]
        nodes = between([result for result in region.results if result is not None], params)
        found = yield _forward(list(zip(params, inside, strict=True)), nodes, symbolic, visit, inner)
        results = [None if result is None else found.get(result.index) for result in region.results]
        if not symbolic:
            return {i: t for i, t in enumerate(results) if t is not None}
        regions.append(Region(inner, (*region.params, *inside), results))
    items = branch(node.operands[0], [*node.operands[1:], *outer], regions)
    return dict(enumerate(items))


# -- loops ------------------------------------------------------------------------------------------------


class _Pushed(NamedTuple):
    """A stack of bare numbers, in the order in which a loop's iterations ran."""

    values: list[Value]
    backwards: bool


def _of_history(node: Any) -> int:
    """The key of a history among the results of its loop, whose positions begin at 0."""
    return -1 - node.op.position  # type: ignore[no-any-return]


def _at(stack: Any, op: Loop, number: int, absent: Any) -> Value:
    """What iteration `number` of a loop finds on a stack: what that of the same data pushed, whichever way it ran. In
    static mode, where an iteration stands for all, the stack itself."""
    if isinstance(stack, _Pushed):
        values, backwards = stack
    else:
        writer, position = stack.left.op, stack.op.position
        if not isinstance(stack.value, list):
            return stack
        values, backwards = [region.results[position] for region in writer.regions], writer.backwards
    value = values[number if op.backwards is backwards else len(values) - 1 - number]
    return absent if value is None else value


class _Dependences:
    """Which of its parameters each result of an iteration depends on: as bits, by the result's position."""

    def __init__(self, op: Loop) -> None:
        self._carried = op.carried
        self._of = [0] * len(op.regions[0].results)
        # In a derivative an inner loop that has not run leaves no node behind.
        for region in op.regions if op.uneven or op.source is not None else op.regions[:1]:
            bits = {p.index: 1 << i for i, p in enumerate(region.params)}
            nodes = upstream(result for result in region.results if result is not None)
            for index in sorted(nodes):
                if index not in bits:
                    mask = 0
                    for x in nodes[index].operands:
                        mask |= bits.get(x.index, 0)
                    bits[index] = mask
            for i, result in enumerate(region.results):
                if result is not None:
                    self._of[i] |= bits[result.index]

    def upstream(self, seeded: Iterable[int]) -> int:
        """The parameters that results depend on, in their iteration or in any before."""
        results = set(seeded)
        while True:
            mask = 0
            for i in results:
                mask |= self._of[i]
            more = {j for j in range(self._carried) if mask >> j & 1} - results
            if not more:
                return mask
            results |= more

    def downstream(self, mask: int) -> int:
        """The parameters, and the carried values that change with them in any iteration that follows."""
        while True:
            more = mask
            for j in range(self._carried):
                if self._of[j] & mask:
                    more |= 1 << j
            if more == mask:
                return mask
            mask = more


def _loop_contributions(
    node: Any,
    gs: dict[int, Any],
    needed: Sequence[bool],
    symbolic: bool,
    visit: Visit | None,
    scope: Scope | None,
) -> Generator[Any, Found, tuple[list[tuple[Any, Value]], list[tuple[Any, Value]]]]:
    """What a loop adds to the cotangents of its operands: numbers, and stacks for those that are stacks.

    `gs` holds the cotangents of the carried values at the end, and lists of stacks for the stacks that the loop makes
    and, by negative keys, for its histories.
    """
    op: Loop = node.op
    operands = node.operands
    if not op.regions:  # no iteration has run, so what comes out is what went in
        return [(operands[j], g) for j, g in gs.items() if 0 <= j < op.carried and needed[j]], []
    depends = _Dependences(op)
    ends = [j for j in gs if 0 <= j < op.carried]
    pushed = sorted(i for i in gs if i >= op.carried)
    seen = {-1 - j: stacks for j, stacks in gs.items() if j < 0}
    back = depends.upstream([*ends, *pushed, *seen]) | sum(1 << j for j in {*ends, *seen})
    varied = depends.downstream(sum(1 << i for i, need in enumerate(needed) if need))
    both = back & varied
    active = [j for j in range(op.carried) if both >> j & 1]
    rest = [i for i in range(op.carried, len(operands)) if needed[i] and both >> i & 1]
    summed = [i for i in rest if i not in op.elements]
    stacked = [i for i in rest if i in op.elements]
    stacks = [(i, stack) for i in pushed for stack in gs[i]]
    histories = [(j, stack) for j in active for stack in seen.get(j, ())]
    reverse_op = Loop((), 0, source=node, backwards=not op.backwards)

    absent = None if not symbolic else node.absent(scope)
    zero = absent if symbolic else ZERO
    start = [*(gs.get(j, zero) for j in active), *(zero for _ in summed)]
    running: list[Any] = list(start)
    out: list[list[Any]] = [[] for _ in stacked]
    regions: list[Region] = []
    for number, region in enumerate(reversed(op.regions)):
        inner = Scope(scope, source=region.scope) if symbolic else None
        given = [_at(stack, reverse_op, number, zero) for _, stack in (*stacks, *histories)]
        carried, elements = running, given
        if symbolic:
            carried = [node.parameter(g, inner) for g in running]
            elements = [node.parameter(value, inner) for value in given]
        of_ends = zip(active, carried[: len(active)], strict=True)
        of_stacks = zip([i for i, _ in stacks], elements[: len(stacks)], strict=True)
        seeds = [
            (result, g)
            for i, g in (*of_ends, *of_stacks)
            if (result := region.results[i]) is not None and g is not ZERO
        ]
        wanted = [region.params[i] for i in (*active, *rest)]
        nodes = between([result for result, _ in seeds], wanted)
        seeds = [(result, g) for result, g in seeds if result.index in nodes]
        found = yield _reverse(seeds, nodes, symbolic, {p.index for p in wanted}, visit, inner)
        first_new = next_index() if symbolic else 0
        following: list[Any] = [found.get(region.params[j].index) for j in active]
        for (j, _), h in zip(histories, elements[len(stacks) :], strict=True):
            at = active.index(j)
            following[at] = _plus(following[at], h)
        for i, total in zip(summed, carried[len(active) :], strict=True):
            following.append(_plus(total, found.get(region.params[i].index)))
        for i, values in zip(stacked, out, strict=True):
            values.append(found.get(region.params[i].index))
        if not symbolic:
            running = [ZERO if g is None else g for g in following]
            continue
        for g in following:
            _place(g, first_new, node.span)
        params = (*carried, *region.params, *elements)
        regions.append(Region(inner, params, (*following, *(values[-1] for values in out))))  # type: ignore[arg-type]
        running = [absent if g is None else g for g in following]
    if not symbolic:
        ends_found = running
        tops = [_Pushed([ZERO if v is None else v for v in values], reverse_op.backwards) for values in out]
    else:
        items = _derived_loop(node, regions, start, [stack for _, stack in (*stacks, *histories)], not op.backwards)
        ends_found, tops = items[: len(start)], items[len(start) :]
    plain = [
        (operands[i], g) for i, g in zip((*active, *summed), ends_found, strict=True) if needed[i] and g is not ZERO
    ]
    return plain, [(operands[i], stack) for i, stack in zip(stacked, tops, strict=True)]


def _derived_loop(
    node: Any, regions: Sequence[Region], start: Sequence[Any], stacks: Sequence[Any], backwards: bool, more: Any = ()
) -> list[Any]:
    """The results of the loop that is a derivative of `node`: it gets what that one got, and `stacks`.

    Its operands are those with which it starts, then those of the source, whose carried values are elements here, then
    `more`, which are the same for all iterations, and the stacks.
    """
    op: Loop = node.op
    sources = [history(node, i) if i < op.carried else x for i, x in enumerate(node.operands)]
    operands = [*start, *sources, *more, *stacks]
    first, end = len(start), len(operands)
    elements = [
        *(first + i for i in range(len(sources)) if i < op.carried or i in op.elements),
        *range(end - len(stacks), end),
    ]
    made = Loop(
        regions,
        len(start),
        elements=elements,
        source=node,
        backwards=backwards,
        uneven=op.uneven,
        span=op.span,
    )
    return loop(made, operands)


def _plus(a: Value | None, b: Value | None) -> Value | None:
    """The sum, where one that is missing is zero."""
    if a is None or a is ZERO:
        return b
    return a if b is None or b is ZERO else add(a, b)


def _loop_tangents(
    node: Any, incoming: Sequence[Value | None], symbolic: bool, visit: Visit | None, scope: Scope | None
) -> Generator[Any, Found, dict[int, Any]]:
    """The tangents of a loop's results by position, given those of its operands, and by negative keys those of its
    histories."""
    op: Loop = node.op
    if not op.regions:
        return {j: t for j in range(op.carried) if (t := incoming[j]) is not None}
    depends = _Dependences(op)
    varied = depends.downstream(sum(1 << i for i, t in enumerate(incoming) if t is not None))
    if not varied:
        return {}
    active = [j for j in range(op.carried) if varied >> j & 1]
    rest = [i for i in range(op.carried, len(incoming)) if incoming[i] is not None]
    constant = [i for i in rest if i not in op.elements]
    stacked = [i for i in rest if i in op.elements]
    pushed = range(op.carried, op.carried + op.pushes)
    absent = None if not symbolic else node.absent(scope)
    zero = absent if symbolic else ZERO
    start = [zero if incoming[j] is None else incoming[j] for j in active]
    fixed = [incoming[i] for i in constant]
    stacks: list[Any] = [incoming[i] for i in stacked]
    running: list[Any] = list(start)
    out: list[list[Any]] = [[] for _ in (*pushed, *active)]
    regions: list[Region] = []
    for number, region in enumerate(op.regions):
        inner = Scope(scope, source=region.scope) if symbolic else None
        given = [_at(stack, op, number, zero) for stack in stacks]
        carried, same, elements = running, fixed, given
        if symbolic:
            carried = [node.parameter(t, inner) for t in running]
            same = [node.parameter(t, inner) for t in fixed]
            elements = [node.parameter(value, inner) for value in given]
        params = [region.params[i] for i in (*active, *constant, *stacked)]
        tangents = [(p, t) for p, t in zip(params, (*carried, *same, *elements), strict=True) if t is not ZERO]
        nodes = between([result for result in region.results if result is not None], [p for p, _ in tangents])
        found = yield _forward(tangents, nodes, symbolic, visit, inner)
        results = [None if result is None else found.get(result.index) for result in region.results]
        following = [results[j] for j in active]
        pushes = [*(results[i] for i in pushed), *carried]
        for values, value in zip(out, pushes, strict=True):
            values.append(value)
        if not symbolic:
            running = [ZERO if t is None else t for t in following]
            continue
        regions.append(Region(inner, (*carried, *region.params, *same, *elements), (*following, *pushes)))  # type: ignore[arg-type]
        running = [absent if t is None else t for t in following]
    if not symbolic:
        ends = running
        tops: list[Any] = [_Pushed([ZERO if v is None else v for v in values], op.backwards) for values in out]
    else:
        items = _derived_loop(node, regions, start, stacks, op.backwards, fixed)
        ends, tops = items[: len(start)], items[len(start) :]
    found_results = dict(zip((*active, *pushed, *(-1 - j for j in active)), (*ends, *tops), strict=True))
    return {at: t for at, t in found_results.items() if t is not ZERO}
