"""The one reverse sweep and the one forward sweep.

Both are blind to the mode: they see nodes with an operation and operands, numbered in order of creation. Fed
the nodes themselves (`symbolic`), the rules extend a static graph or trace onto the dynamic one, so that the
result can be differentiated again; fed their values, they compute.

Cotangents are added in reverse order of creation of what they come from, so both modes add in one order and
print the same bytes. An absent cotangent is None: it is never a 0 that is multiplied. A branch is swept region by
region (see `branches`), a loop iteration by iteration (see `loops`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from exprgrad.autodiff import branches, loops
from exprgrad.autodiff.sweep_state import Arrive, Forward, Found, Passed, Reverse, Sweep, Sweeping, Visit, set_spans
from exprgrad.diagnostics import ExprError, Span
from exprgrad.numbers import limits, memory
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import add, mul, neg, portion
from exprgrad.ops.control import Branch, History, Item, Loop, Scope
from exprgrad.ops.registry import MINUS_ONE, ONE, Evaluated, Share, Traced, Value, next_index
from exprgrad.ops.structural import Structural

# So many orders are swept backwards, each from the one before, as gradients are; higher ones go by a chain.
SWEPT_ORDERS: Final = 3
# About so many bytes has what a sweep adds to a graph or trace for an operation.
_BYTES: Final = 1000
# So much more takes an operation inside a region.
_INSIDE: Final = 10


def _finish(request: Reverse | Forward, bounded: bool) -> Found:
    """Answers a request, and those for the regions inside, however deep they nest."""
    stack = [_begin(request)]
    # How much there is to go through; of the regions of a loop as if they were one, so that both modes count alike.
    shares = [1.0]
    swept = float(len(request.nodes))
    if bounded:
        limits.check_swept(swept, request.sweep.span)
    found: Any = None
    while True:
        try:
            inner = stack[-1].send(found)
        except StopIteration as end:
            stack.pop()
            if bounded:
                shares.pop()
            found = end.value
            if not stack:
                return found  # type: ignore[no-any-return]
        else:
            if bounded:
                shares.append(shares[-1] * inner.share)
                swept += _INSIDE * shares[-1] * len(inner.nodes)
                limits.check_swept(swept, inner.sweep.span)
            stack.append(_begin(inner))
            found = None


def _begin(request: Reverse | Forward) -> Sweeping:
    if request.sweep.symbolic:
        memory.take(_BYTES * len(request.nodes), request.sweep.span)
    if isinstance(request, Forward):
        return _forward(request.tangents, request.nodes, request.sweep)
    return _reverse(request.seeds, request.nodes, request.wanted, request.sweep, request.arrive)


def reverse(
    seeds: Iterable[tuple[Any, Value]],
    nodes: dict[int, Any],
    *,
    symbolic: bool,
    wanted: Collection[int] | None = None,
    visit: Visit | None = None,
    scope: Scope | None = None,
    arrive: Arrive | None = None,
    span: Span | None = None,
    passed: Passed | None = None,
    bounded: bool = False,
) -> Found:
    """Pulls cotangents back through `nodes` (see `between`).

    `seeds` are outputs with their cotangents. Returns the cotangents of the wanted nodes by index, of the
    leaves if None is given; what no cotangent reached is missing. `scope` is the region in which the sweep takes
    place, None outside of all; `span` where in the text new nodes belong, by default to what they are derivatives of.
    One that is `bounded` raises an EvaluationError where there is too much to go through, as in derivatives of
    derivatives.
    """
    return _finish(Reverse(seeds, nodes, wanted, Sweep(symbolic, visit, scope, span, passed), arrive), bounded)


def _reverse(
    seeds: Iterable[tuple[Any, Value]],
    nodes: dict[int, Any],
    wanted: Collection[int] | None,
    sweep: Sweep,
    arrive: Arrive | None,
) -> Sweeping:
    symbolic, visit = sweep.symbolic, sweep.visit
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
                new = yield from branches.pull(node, gs, needed, sweep)
            elif type(op) is Loop:
                new, stacks = yield from loops.pull(node, gs, needed, sweep)
                for x, stack in stacks:
                    of_stacks.setdefault(x.index, []).append(stack)
            else:
                new, pushed = yield from op.pull(node, gs, needed, sweep)
                for x, at, stack in pushed:
                    of_results.setdefault(x.index, {}).setdefault(at, []).append(stack)
            if sweep.passed is not None:
                new = list(new)
                sweep.passed(node, new)
        elif index in of_stacks:
            at = op.position if type(op) is Item else loops.of_history(node)
            # Of what a loop started with several derivatives may have made histories.
            of_results.setdefault(node.left.index, {}).setdefault(at, []).extend(of_stacks.pop(index))
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
            new = pull_step(node, g, needed, symbolic=symbolic)
        first_new = next_index() if symbolic else 0
        for x, c in new:
            if c is ZERO and arrive is None:  # who looks at what arrives sees that it is 0
                continue
            before = cotangents.get(x.index)
            total = c if before is None else add(before, c)
            if symbolic and getattr(total, "span", None) is None:  # what has a place is not new
                set_spans(total, first_new, sweep.span or node.span)
            cotangents[x.index] = total
    return found


def pull_step(node: Any, g: Value, needed: Sequence[bool], *, symbolic: bool = False) -> Iterator[tuple[Any, Value]]:
    """What a node with cotangent g adds to the cotangents of its operands: those needed that get something."""
    op, operands = node.op, node.operands
    out = node if symbolic else node.value
    values = operands if symbolic else [x.value for x in operands]
    if not symbolic and any([value is ZERO for value in values]):
        # Nothing comes of what a structural zero gets, and its shape, which would matter, is not known.
        needed = [need and value is not ZERO for need, value in zip(needed, values, strict=True)]
    if op.partials is None:
        try:
            pulled = op.vjp(g, out, values)
        except ExprError as problem:
            problem.span = problem.span or node.span
            raise
        for x, need, c in zip(operands, needed, pulled, strict=True):
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
    if type(partial) is Evaluated:
        return portion(g, partial.value) if partial.share else mul(g, partial.value)
    return (portion if type(partial) is Share else mul)(g, partial(out, *values))


def _fit(c: Value, x: Any, symbolic: bool) -> Value:
    """The cotangent in the shape of the operand it belongs to: the transpose of broadcasting."""
    if not symbolic:
        return S.sum_to_shape(c, x.value) if is_array(c) else c
    if not isinstance(c, Traced):
        return c
    # Static mode does not know the shape of an array, so that both modes ask for the sum wherever there is one.
    return c if c.shape == x.shape == () else S.sum_to(c, x)  # type: ignore[attr-defined]


def _spread(t: Value, node: Any, symbolic: bool) -> Value:
    """The tangent in the shape of the node: an operand that was repeated moves all that came of it."""
    if not symbolic:
        value = node.value
        same = not is_array(value) or (is_array(t) and t.shape == value.shape)
        return t if same else S.broadcast_to.compute((t, value))
    return t if not isinstance(t, Traced) or t.shape == node.shape == () else S.broadcast_to(t, node)  # type: ignore[attr-defined]


def forward(
    tangents: Iterable[tuple[Any, Value]],
    nodes: dict[int, Any],
    *,
    symbolic: bool,
    visit: Visit | None = None,
    scope: Scope | None = None,
    span: Span | None = None,
    bounded: bool = False,
) -> Found:
    """Pushes tangents forward through `nodes` (see `between`).

    Returns the tangent of every node that one reached, by index. `scope`, `span` and `bounded` are as in `reverse`.
    """
    return _finish(Forward(tangents, nodes, Sweep(symbolic, visit, scope, span)), bounded)


def _forward(tangents: Iterable[tuple[Any, Value]], nodes: dict[int, Any], sweep: Sweep) -> Sweeping:
    symbolic, visit = sweep.symbolic, sweep.visit
    found: Found = {node.index: t for node, t in tangents}
    of_results: dict[int, dict[int, Value]] = {}
    for index in sorted(nodes):
        node = nodes[index]
        op = node.op
        if index in found or op is None or node.value is ZERO:
            continue
        if type(op) is Item or type(op) is History:
            at = op.position if type(op) is Item else loops.of_history(node)
            t = of_results.get(node.left.index, {}).get(at)
            if t is not None:
                found[index] = t
            continue
        operands = node.operands
        incoming = [found.get(x.index) for x in operands]
        if type(op) is Branch:
            of_results[index] = yield from branches.push(node, incoming, sweep)
            continue
        if type(op) is Loop:
            of_results[index] = yield from loops.push(node, incoming, sweep)
            continue
        if isinstance(op, Structural) and op.several:
            stacks = [of_results.get(x.index, {}) for x in operands]
            of_results[index] = yield from op.push(node, incoming, stacks, sweep)
            continue
        if all(t is None for t in incoming):
            continue
        if visit is not None:
            for i, t in enumerate(incoming):  # each by itself: another one's may turn out to be a structural zero
                if t is not None:
                    visit(node, (i,), t)
        first_new = next_index() if symbolic else 0
        out = node if symbolic else node.value
        values = operands if symbolic else [x.value for x in operands]
        total: Value | None = None
        if op.partials is None:
            try:
                total = op.jvp(incoming, out, values)
            except ExprError as problem:
                problem.span = problem.span or node.span
                raise
        else:
            for t, partial in zip(incoming, op.partials_at(out, values), strict=True):
                term = None if t is None else _product(t, partial, out, values)
                if term is not None:
                    total = term if total is None else add(total, term)
            total = None if total is None else _spread(total, node, symbolic)
        if total is not None and total is not ZERO:
            if symbolic:
                set_spans(total, first_new, sweep.span or node.span)
            found[index] = total
    return found
