"""Conditions with many values: both sides are lowered, each on the lanes of the array where it is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from exprgrad.diagnostics import ExprError, Span, UnsupportedError
from exprgrad.lowering.compile_time import needs_whole
from exprgrad.lowering.frames import Evaluation, Frame, Lanes
from exprgrad.lowering.locate import apply_at, locate
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import broadcast
from exprgrad.ops import lanes as lane_ops
from exprgrad.ops.arithmetic import mul
from exprgrad.ops.comparison import logical_not, truth
from exprgrad.ops.registry import REGISTRY, Value
from exprgrad.ops.shapes import broadcast_to
from exprgrad.syntax.names import walk
from exprgrad.syntax.tree import (
    Binary,
    Call,
    Comparison,
    Conditional,
    Derivatives,
    Diff,
    Expression,
    Index,
    Logic,
    Name,
    Number,
    Unary,
    Vector,
    children,
)

if TYPE_CHECKING:
    from exprgrad.lowering.lowering import Lowering


def both(node: Logic, left: Value, frame: Frame) -> Evaluation:
    """`and` and `or` of many values: 1 or 0 in each lane."""
    right = yield node.right, frame
    sides = [apply_at(truth, part.span, x) for part, x in ((node.left, left), (node.right, right))]
    if node.symbol == "and":
        return apply_at(mul, node.span, *sides)
    return apply_at(logical_not, node.span, apply_at(mul, node.span, *[logical_not(x) for x in sides]))


def by_lanes(lowering: Lowering, node: Conditional, condition: Value, frame: Frame) -> Evaluation:
    """A conditional whose condition has many values: both sides, each on its lanes."""
    leaves: dict[Span, Value] = {}
    shapes = [condition.shape]
    if frame.lanes is None:
        for leaf in _leaves(lowering, [node.then, node.otherwise]):
            value = yield leaf, frame
            leaves[leaf.span] = value
            if value.shape is None:
                raise UnsupportedError(
                    "the shape of this is not known where a condition chooses lane by lane", leaf.span
                )
            shapes.append(value.shape)
    try:
        shape = broadcast("a conditional", shapes)
    except ExprError as problem:
        places = [node.condition.span, *leaves]
        raise locate(problem, node.span, places, [condition, *leaves.values()]) from None
    mask = apply_at(truth, node.condition.span, condition)
    if shape != condition.shape:
        like = next((value for value in leaves.values() if value.shape == shape), None)
        if like is None:
            like = lowering.builder.constant(zeros(shape), frame.scope, node.span)
        mask = apply_at(broadcast_to, node.condition.span, mask, like)
    opposite = apply_at(logical_not, node.condition.span, mask)
    results = []
    for side, lanes in ((node.then, mask), (node.otherwise, opposite)):
        inside = frame._replace(lanes=Lanes(lanes, frame, frozenset(), leaves))
        results.append((yield side, inside))
    return apply_at(lane_ops.merge, node.span, mask, opposite, *results)


def _leaves(lowering: Lowering, roots: Sequence[Expression]) -> list[Expression]:
    """What an expression computes on whole arrays: names, and forms that are not elementwise."""
    found: dict[Span, Expression] = {}
    stack = [*roots]
    while stack:
        node = stack.pop()
        if isinstance(node, Number):
            continue
        if _is_elementwise(lowering, node) and not isinstance(node, Name):
            stack.extend(children(node))
            if isinstance(node, Call) and node.function in lowering.names.functions:
                inputs = lowering.names.functions[node.function].inputs
                stack.extend(Name(name, span) for name, span in inputs.items())
        else:
            found[node.span] = node
    return [found[span] for span in sorted(found)]


def _is_elementwise(lowering: Lowering, node: Expression) -> bool:
    """Whether a form computes each element by itself; a function of the program does if all forms in it do."""
    function = lowering.names.functions.get(node.function) if isinstance(node, Call) else None
    if function is None:
        return not needs_whole(node)
    names = (node.function, *function.reaches)  # type: ignore[union-attr]
    bodies = [lowering.names.functions[name].definition.body for name in names]
    own = lowering.names.functions
    return not any(
        needs_whole(part)
        for body in bodies
        for part in walk(body)
        if not (isinstance(part, Call) and part.function in own)
    )


def form(lowering: Lowering, node: Expression, frame: Frame) -> Evaluation:
    """A form on some lanes: elementwise ones as ever, others on whole arrays first."""
    if _is_elementwise(lowering, node):
        return (yield from lowering.plainly(node, frame))
    return (yield from leaf(lowering, node, frame))


def leaf(lowering: Lowering, node: Expression, frame: Frame) -> Evaluation:
    lanes = frame.lanes
    assert lanes is not None
    if isinstance(node, Name) and node.name in lanes.own:
        return lowering.name(node, frame)
    value = lanes.leaves.get(node.span)
    if value is None:
        value = yield node, lanes.around
    if value.shape == ():
        return value
    if value.shape != lanes.mask.shape:
        value = apply_at(broadcast_to, node.span, value, lanes.mask)
    return apply_at(lane_ops.compress, node.span, value, lanes.mask)


def number(lowering: Lowering, node: Number, frame: Frame) -> Evaluation:
    yield from ()
    return lowering.builder.constant(node.value, frame.scope, node.span)


def conditional(lowering: Lowering, node: Conditional, frame: Frame) -> Evaluation:
    condition = yield node.condition, frame
    lanes = frame.lanes
    assert lanes is not None
    if condition.shape == ():  # one value for all lanes
        like = apply_at(lane_ops.compress, node.condition.span, lanes.mask, lanes.mask)
        condition = apply_at(broadcast_to, node.condition.span, condition, like)
    return (yield from by_lanes(lowering, node, condition, frame))


def logic(lowering: Lowering, node: Logic, frame: Frame) -> Evaluation:
    left = yield node.left, frame
    return (yield from both(node, left, frame))


def comparison(lowering: Lowering, node: Comparison, frame: Frame) -> Evaluation:
    operands = []
    for part in node.operands:
        operands.append((yield part, frame))
    value: Value = None
    for symbol, left, right in zip(node.symbols, operands, operands[1:], strict=False):
        link = apply_at(REGISTRY.infix[symbol], node.span, left, right)
        value = link if value is None else apply_at(mul, node.span, value, link)
    return value


def zeros(shape: tuple[int, ...]) -> Any:
    return arrays.full(shape, 0.0, None)


# How forms are evaluated where a side of a branch computes on some lanes.
EVALUATIONS: Final[dict[type, Callable[..., Evaluation]]] = {
    **dict.fromkeys((Unary, Binary, Call, Vector, Index, Diff, Derivatives), form),
    Name: leaf,
    Number: number,
    Comparison: comparison,
    Logic: logic,
    Conditional: conditional,
}
