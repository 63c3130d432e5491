"""A task on values that are infinitely near to a point: dynamic mode on germs.

The trace is like that of dynamic mode, and is differentiated by the same sweeps. But an operation at its kink is
recorded as what it is on this side, in operations that are smooth there: `abs(x)` as x or as -x.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

from exprgrad.autodiff import between, forward, reverse
from exprgrad.derivatives import Key, Task, derived, derived_along, lowered
from exprgrad.diagnostics import Span
from exprgrad.jacobians import Places, Sweeps
from exprgrad.kinks.germs import Germ, compute, root, signs, standard
from exprgrad.lowering import Builder
from exprgrad.numbers.arithmetic import ZERO, broadcast, from_python, is_array, to_python, truth
from exprgrad.ops.arithmetic import mul, pos
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import Scope, given, seed
from exprgrad.ops.lanes import compress, merge
from exprgrad.ops.registry import Op, Traced, Value, apply, next_index
from exprgrad.ops.shapes import broadcast_to
from exprgrad.ops.structural import Structural, filled, shape_of


class Neighbour(Traced):
    """A value infinitely near to a point, and how it came about. `order` says how often it has been differentiated."""

    __slots__ = ("order", "value")
    kind: ClassVar[str] = "value beside a kink"
    value: Any
    order: int

    def __init__(self, value: Any, op: Op | None = None, operands: Sequence[Neighbour] = ()) -> None:
        self.value = value
        self.op = op
        self.left = self.right = self.span = None
        self.order = max([x.order for x in operands], default=0)
        if op is seed or op is given:
            self.order = operands[-1].order + 1
        if op is not None and len(operands) <= 2:
            self.left, self.right = (*operands, None)[:2]
            operands = ()
        self.rest = tuple(operands)
        self.index = next_index()

    @property
    def shape(self) -> tuple[int, ...]:
        return shape_of(self.value)

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Neighbour:
        nodes = [x if isinstance(x, Neighbour) else cls(from_python(x)) for x in operands]
        values = [x.value for x in nodes]
        if isinstance(op, Structural) and op.several:
            return cls(op.run(*values), op, nodes)
        if op.beside is not None and any(type(x) is Germ for x in values):
            hit = _at_kink(op, [standard(x) for x in values])
            if hit is not False:
                piece = _node(op.beside(SIDE, *nodes))
                if hit is True:
                    return cls.record(pos, (piece,))
                return _either(hit, piece, cls(compute(op, values), op, nodes))
        return cls(compute(op, values), op, nodes)

    @classmethod
    def parameter(cls, outer: Any, scope: Any) -> Neighbour:
        param = cls(outer.value)
        param.rest = (outer,)
        param.span = outer.span
        param.order = outer.order
        return param

    def absent(self, scope: Any) -> Neighbour:
        return Neighbour(ZERO)


def _node(x: Value) -> Neighbour:
    return x if isinstance(x, Neighbour) else Neighbour(from_python(x))


def _at_kink(op: Op, values: Sequence[Any]) -> Any:
    """Whether an operation is at a kink: of an array in which lanes, if it is in some."""
    out = op.compute(values)
    hit: Any = False
    for point in op.hard_points_for(len(values)):
        if point is not None:
            hit = hit | point.where(out, *values)
    if not is_array(hit):
        return bool(hit)
    hit = hit.astype(bool)
    return True if hit.all() else hit if hit.any() else False


class Side:
    """What an operation's entry is given to say what it is beside its kink: see `Op.beside`."""

    @staticmethod
    def above(x: Value, y: Value) -> Any:
        """Whether x is above y on this side, for each element: 1 or 0, nan where it is not known."""
        found = signs(*[z.value if isinstance(z, Neighbour) else from_python(z) for z in (x, y)])
        if is_array(found):
            import numpy as np

            return np.where(found == found, (found > 0).astype(float), found)
        return found if found != found else float(found > 0)

    @staticmethod
    def at(x: Value) -> Value:
        """The value at the kink itself, as a constant."""
        return _node(standard(_node(x).value))

    @staticmethod
    def either(holds: Any, x: Value, y: Value) -> Value:
        """x where something holds, else y; the other one is absent there."""
        return _either(holds, _node(x), _node(y))

    @staticmethod
    def root(x: Value) -> Value:
        """The square root of a sum of squares, the tip of a cone."""
        return root(x)


SIDE = Side()


def _either(holds: Any, x: Neighbour, y: Neighbour) -> Neighbour:
    shape = broadcast("either", [shape_of(holds), x.shape, y.shape])
    if not is_array(holds):
        return _spread(_nowhere(x if x.shape else y) if holds != holds else x if holds else y, shape)
    import numpy as np

    holds = np.broadcast_to(holds, shape)
    unknown = holds != holds
    if unknown.any():
        y = _either((~unknown).astype(float), y, _nowhere(x if x.shape else y))
    then = (holds == 1).astype(bool)
    if then.all() or not then.any():
        return _spread(x if then.all() else y, shape)
    like = x if is_array(standard(x.value)) else y
    mask, opposite = _mask(then, like), _mask(~then, like)
    sides = [compress(_spread(z, shape), lanes) for z, lanes in ((x, mask), (y, opposite))]
    return merge(mask, opposite, *sides)  # type: ignore[no-any-return]


def _nowhere(x: Neighbour) -> Neighbour:
    return Neighbour(filled(standard(x.value), math.nan))


def _spread(x: Neighbour, shape: tuple[int, ...]) -> Neighbour:
    """The value in a shape."""
    if x.shape == shape:
        return x
    from exprgrad.numbers.arrays import full

    like: Neighbour = broadcast_to(x, Neighbour(full(shape, 0.0, standard(x.value))))
    return like


def _mask(lanes: Any, like: Neighbour) -> Neighbour:
    """1 in some lanes, in the arithmetic of another value, and 0 in the others."""
    from exprgrad.numbers.arrays import full

    out = full(lanes.shape, 0.0, standard(like.value))
    out[lanes] = full((), 1.0, out)[()]
    return Neighbour(out)


class _Approaching:
    """The builder of a trace beside a point. Conditions are those of the point itself: the branch that it takes is what
    is differentiated."""

    recording = True

    def constant(self, value: Any, scope: Scope | None, span: Span) -> Value:
        node = Neighbour(from_python(value))
        node.span = span
        return node

    def apply(self, op: Op, span: Span, /, *operands: Value) -> Value:
        node = apply(op, *operands)
        node.span = span
        return node

    def finished(
        self, operands: Sequence[Value], lower: Callable[[Builder, Sequence[Value]], Sequence[Value]], budget: Budget
    ) -> Sequence[Value] | None:
        return None

    def decide(self, condition: Value) -> bool | None:
        return truth(standard(condition.value))


class Found(NamedTuple):
    """What a task gives on one side: values and derivatives, how often each has been differentiated, and the places of
    those that are sparse. A derivative that no path reaches is missing."""

    values: dict[Key, Any]
    orders: dict[Key, int]
    places: Mapping[Key, Places]


def run(task: Task, numbers: Mapping[str, Any], steps: Mapping[str, Any], top: int) -> Found:
    """Runs a task on one side of a point, infinitely near to it: `steps` are how the inputs that move do, which are
    told apart up to the power `top` of the distance."""
    inputs: dict[str, Neighbour] = {}
    for name, number in numbers.items():
        moves = name in steps
        inputs[name] = Neighbour(Germ([number, steps[name], *[ZERO] * (top - 1)]) if moves else number)
        inputs[name].span = task.names.inputs[name]
    results, _ = lowered(task, _Approaching(), inputs)

    def pull(
        name: str, parent: Value, xs: Sequence[Value], order: int, cotangent: Value | None
    ) -> Sequence[Value | None]:
        way = between([parent], xs)
        if parent.index not in way:
            return []
        weight = task.weight(name, parent, order) if cotangent is None else cotangent
        g = seed(parent) if weight is None else given(broadcast_to(_node(weight), parent), parent)
        found = reverse([(parent, g)], way, symbolic=True, wanted={x.index for x in xs})
        return [found.get(x.index) for x in xs]

    def push(name: str, parent: Value, tangents: Sequence[tuple[Value, Value]], order: int) -> Value | None:
        way = between([parent], [x for x, _ in tangents])
        starts = [(x, t) for x, t in tangents if x.index in way]
        found = forward(starts, way, symbolic=True).get(parent.index)
        return None if found is None else mul(seed(parent), found)

    places: Mapping[Key, Places] = {}
    if task.direction is None:
        sweeps = Sweeps(
            pull,
            lambda name, parent, x, tangent, order: push(name, parent, [(x, tangent)], order),
            _node,
            lambda node: standard(node.value),  # type: ignore[attr-defined]
            lambda x: not is_array(y := standard(x.value)) or y.dtype == object,
            lambda name: None,
        )
        nodes, places = derived(task, results, inputs, sweeps)
    else:
        tangents = task.tangents(inputs, _node)
        nodes = derived_along(task, results, lambda name, parent, order: push(name, parent, tangents, order))
    values: dict[Key, Any] = {}
    orders: dict[Key, int] = {}
    scales: dict[str, float] = {}
    for key, node in nodes.items():  # lower orders come first
        if node is not None:
            scale = scales.get(key[0], 0.0)
            values[key] = number = node.value.limit(scale) if type(node.value) is Germ else node.value
            orders[key] = node.order
            scales[key[0]] = max(scale, _largest(number))
    return Found(values, orders, places)


def _largest(number: Any) -> float:
    """The size of the largest finite number."""
    if not is_array(number):
        size = abs(float(to_python(number)))
        return size if size < math.inf else 0.0
    import numpy as np

    sizes = np.abs(to_python(number))
    return float(np.where(sizes < math.inf, sizes, 0.0).max(initial=0.0))
