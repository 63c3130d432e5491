"""Values infinitely near to a point.

Such a value is `c[0] + c[1]*e + c[2]*e**2 + ...` for an e that is positive and smaller than any number. Its first
coefficient is what the operation's kernel gives, bit for bit. The further ones say which of two values that are equal
is the larger one infinitely near; they are computed where that is asked. Beside a cone there are negative powers, too:
the slope of a norm is a quotient of what vanishes there.

An operation at its kink is recorded as what it is on this side, in operations that are smooth there: `abs(x)` as x or
as -x.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

import numpy as np

from exprgrad.kinks.cones import Expansion, inverse, root
from exprgrad.kinks.series import Series, convolved, is_flat, is_product, is_termwise, termwise, vanishes
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import broadcast, from_python, is_nan, to_python
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import add, div, mul, pos, sub
from exprgrad.ops.control import Branch, Item, Loop, given, seed
from exprgrad.ops.lanes import compress, merge
from exprgrad.ops.registry import Op, Traced, Value, next_index
from exprgrad.ops.structural import filled, shape_of

# So much of the larger ones rounding leaves of coefficients that cancel.
_ROUNDED: Final = 2.0**-40


class Neighbour(Traced):
    """A value infinitely near to a point, and how it came about.

    `value` is the coefficient of the power 0, of a branch or a loop the results; `low` the lowest power, 0 or less. A
    coefficient that is ZERO is absent. `order` says how often the value has been differentiated, `still` that it is the
    same everywhere. `source` is the value of which it is another name. Up to the power `far` differences are looked
    for.
    """

    __slots__ = ("_expansion", "_series", "_terms", "far", "low", "order", "source", "still", "value")
    kind: ClassVar[str] = "value beside a kink"

    def __init__(self, value: Any, op: Op | None = None, operands: Sequence[Neighbour] = ()) -> None:
        self.op = op
        self.connect(tuple(operands))
        self.span = None
        self.source: Neighbour | None = None
        self.value: Any = value
        self.low = 0
        self.order: int = max([x.order for x in operands], default=0)
        self.far: int = max([x.far for x in operands], default=1)
        self.still: bool = all([x.still for x in operands])
        self._terms: list[Any] = [value]
        self._series: Series | None = None
        self._expansion: Expansion | None = None
        self.index = next_index()

    @classmethod
    def moving(cls, value: Any, step: Any, far: int) -> Neighbour:
        """What moves by so much."""
        node = cls(value)
        node._terms.append(step)
        node.still = False
        node.far = far
        return node

    @classmethod
    def constant(cls, x: Value) -> Neighbour:
        """A number as a value that is the same everywhere."""
        return x if isinstance(x, Neighbour) else cls(from_python(x))

    @classmethod
    def parameter(cls, outer: Any, scope: Any) -> Neighbour:
        param: Neighbour = cls(outer.value)._named(outer)
        param.rest = (outer,)
        return param

    def absent(self, scope: Any) -> Neighbour:
        return Neighbour(ZERO)

    def _named(self, source: Neighbour) -> Neighbour:
        """As another name of a value."""
        self.source, self.span = source, source.span
        self.low, self.order, self.far, self.still = source.low, source.order, source.far, source.still
        return self

    @property
    def shape(self) -> tuple[int, ...]:
        return shape_of(self.value)

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Neighbour:
        nodes = [cls.constant(x) for x in operands]
        if type(op) is Branch or type(op) is Loop:
            return cls(_results(op, nodes), op, nodes)
        if type(op) is Item:
            source = nodes[0].value[op.position]
            node = cls(source.value if type(source) is cls else source, op, nodes)
            return node._named(source) if type(source) is cls else node
        values = [x.value for x in nodes]
        if op.beside is not None and not all([x.still for x in nodes]):
            hit = _at_kink(op, values)
            if hit is True:
                return cls.record(pos, (cls.constant(op.beside(SIDE, *nodes)),))
            if hit is not False:
                return _either(hit, cls.constant(op.beside(SIDE, *nodes)), cls._smooth(op, nodes, values))
        if op is div and nodes[0].low < 0:  # a product knows its negative powers
            return cls.record(mul, (nodes[0], cls.record(div, (cls.constant(1.0), nodes[1]))))
        return cls._smooth(op, nodes, values)

    @classmethod
    def _smooth(cls, op: Op, nodes: Sequence[Neighbour], values: Sequence[Any]) -> Neighbour:
        node = cls(None, op, nodes)
        if op is seed or op is given:
            node.order = nodes[-1].order + 1
        node.still = node.still or is_flat(op) or (any([x is ZERO for x in values]) and op.zero == "product")
        if node.still:
            node.value = op.compute(values)
        else:
            node._begin(op, nodes, values)
        node._terms = [*(node._terms[: -node.low] if node.low else ()), node.value]
        node.still = node.still or node.value is ZERO
        return node

    # -- coefficients ------------------------------------------------------------------------------------

    def _begin(self, op: Op, nodes: Sequence[Neighbour], values: Sequence[Any]) -> None:
        """Finds the powers up to 0."""
        if op is root or op is inverse:
            self._expansion = Expansion(op, nodes[0].term, nodes[0].low, 2 * self.far + 2)
            self.low = self._expansion.low
        elif is_product(op):
            self.low = nodes[0].low + nodes[1].low
        elif is_termwise(op):
            self.low = min([x.low for x in nodes])
        elif any([not vanishes(x.term(k)) for x in nodes for k in range(x.low, 0)]):
            self.still = True
            self.value = filled(op.compute(values), math.nan)  # not known
            return
        self._terms = [self._term(k) for k in range(self.low, 0)]
        if self.low == 0 and self._expansion is None:
            self.value = op.compute(values)
            return
        value = self._term(0)
        self.value = filled(op.compute(values), 0.0) if value is ZERO else value

    def term(self, k: int) -> Any:
        """The coefficient of the power k."""
        node = self
        while node.source is not None:
            node = node.source
        if k < node.low or (k > 0 and node.still):
            return ZERO
        if k - node.low >= len(node._terms):
            _extend(node, k)
        return node._terms[k - node.low]

    def _known(self) -> int:
        """The last power whose coefficient has been computed."""
        return self.low + len(self._terms) - 1

    def _term(self, k: int) -> Any:
        op, operands = self.op, self.operands
        if op is None:
            return ZERO
        if is_product(op):
            x, y = operands
            return convolved(op, [(x.term(i), y.term(k - i)) for i in range(x.low, k - y.low + 1)], _plus)
        if self._expansion is not None:
            return self._expansion.coefficient(k)
        if is_termwise(op):
            found = termwise(op, k, operands)
            return _cancelled(found, [x.term(k) for x in operands]) if k < 0 and (op is add or op is sub) else found
        if self._series is None:
            self._series = Series.of_function(op, operands)
        return self._series.term(k)

    def limit(self, scale: float) -> Any:
        """The value, and nan where it grows beyond all numbers infinitely near; a pole that is far smaller than `scale`
        and the other coefficients is what rounding left of one that has gone."""
        number = self.value
        poles = [pole for k in range(self.low, 0) if not vanishes(pole := self.term(k))]
        for pole in poles:
            number = _where_small(pole, [*poles, number, scale], number)
        return number


def _results(op: Branch | Loop, operands: Sequence[Neighbour]) -> tuple[Any, ...]:
    """The results of a branch; of a loop the values at its end, and stacks, which are read from its regions."""
    nothing = Neighbour(ZERO)
    if type(op) is Branch:
        (taken,) = [region for region in op.regions if region is not None]
        return tuple([nothing if x is None else x for x in taken.results])
    assert isinstance(op, Loop)
    ends = op.regions[-1].results if op.regions else operands
    return (*[nothing if x is None else x for x in ends[: op.carried]], *[[] for _ in range(op.pushes)])


def _extend(node: Neighbour, k: int) -> None:
    """Computes coefficients up to that of the power k, of all that the value is computed from: level by level, so that
    nothing recurses."""
    nodes: dict[int, Neighbour] = {node.index: node}
    stack = [node]
    while stack:
        for x in stack.pop().operands:
            while x.source is not None:
                x = x.source
            if x.index not in nodes and not x.still and x._known() < k:
                nodes[x.index] = x
                stack.append(x)
    ordered = [nodes[index] for index in sorted(nodes)]
    for power in range(1, k + 1):
        for x in ordered:
            if x._known() < power:
                x._terms.append(x._term(power))


def _plus(a: Any, b: Any) -> Any:
    return _cancelled(add.compute((a, b)), (a, b))


def _cancelled(total: Any, parts: Iterable[Any]) -> Any:
    """A sum, and 0 where it is no more than what rounding leaves of its parts: a pole that has gone."""
    sizes = [_size(part) for part in parts if part is not ZERO]
    if len(sizes) < 2:
        return total
    small = _size(total) <= _ROUNDED * sum(sizes)
    if not is_array(total):
        return filled(total, 0.0) if small else total
    return np.where(small, filled(total, 0.0), total) if small.any() else total


def _where_small(pole: Any, others: Sequence[Any], number: Any) -> Any:
    """A number, and nan where a coefficient is more than what rounding leaves of others."""
    sizes = [_size(x) for x in others]
    if not is_array(number):
        return number if _size(pole) <= _ROUNDED * max(sizes) else filled(number, math.nan)
    most = np.maximum.reduce([np.broadcast_to(size, number.shape) for size in sizes])
    return np.where(_size(pole) <= _ROUNDED * most, number, filled(number, math.nan))


def _size(x: Any) -> Any:
    return abs(to_python(x))


# -- kinks ---------------------------------------------------------------------------------------------------


def _at_kink(op: Op, values: Sequence[Any]) -> Any:
    """Whether an operation is at a kink: of an array in which lanes, if it is in some."""
    out = op.compute(values)
    hit: Any = False
    for point in dict.fromkeys(op.hard_points_for(len(values))):
        if point is not None:
            hit = hit | point.where(out, *values)
    if not is_array(hit):
        return bool(hit)
    hit = hit.astype(bool)
    return True if hit.all() else hit if hit.any() else False


class Side:
    """What an operation's entry is given to say what it is beside its kink: see `elementwise`."""

    @staticmethod
    def above(x: Value, y: Value) -> Any:
        """Whether x is above y on this side, for each element: 1 or 0, nan where it is not known."""
        x, y = Neighbour.constant(x), Neighbour.constant(y)
        found = _signs(x, y)
        if not is_array(found):
            return found if found != found else float(found > 0)
        holds = np.where(found == found, (found > 0).astype(float), found)
        rounded = any([is_array(z.value) and z.value.dtype == object for z in (x, y)])
        return holds.astype(object) if rounded else holds  # what is chosen between numbers is in their arithmetic

    @staticmethod
    def at(x: Value) -> Value:
        """The value at the kink itself, as a constant."""
        return Neighbour(Neighbour.constant(x).value)

    @staticmethod
    def either(holds: Any, x: Value, y: Value) -> Value:
        """x where something holds, else y; the other one is absent there."""
        return _either(holds, Neighbour.constant(x), Neighbour.constant(y))

    @staticmethod
    def root(x: Value) -> Value:
        """The square root of a sum of squares, the tip of a cone."""
        return root(x)


SIDE: Final = Side()


def _signs(x: Neighbour, y: Neighbour) -> Any:
    """Whether x is above y (1), below (-1) or the same (0) infinitely near, element by element; nan where it is not
    known."""
    found: Any = None
    for power in range(min(x.low, y.low), max(x.far, y.far) + 1):
        sign = _sign(x.term(power), y.term(power))
        if found is not None and (is_array(found) or is_array(sign)):
            found = np.where(found == 0, sign, found)
        elif found is None or found == 0:
            found = sign
        if (found != 0).all() if is_array(found) else found != 0:
            break
    return found


def _sign(a: Any, b: Any) -> Any:
    """The sign of the difference of two numbers or arrays."""
    if a is ZERO and b is ZERO:
        return 0.0
    a, b = (0.0 if z is ZERO else z for z in (a, b))
    if not is_array(a) and not is_array(b):
        return math.nan if is_nan(a) or is_nan(b) else float((a > b) - (a < b))
    if any([is_array(z) and arrays.is_rounded(z) for z in (a, b)]):
        a, b = (arrays.without_zeros(z) if is_array(z) else z for z in (a, b))
    else:  # among numpy's numbers an mpfr is slow
        a, b = to_python(a), to_python(b)
    above, below, same = (np.asarray(z, dtype=bool) for z in (a > b, a < b, a == b))
    return np.where(above | below | same, above.astype(float) - below, np.nan)


def _either(holds: Any, x: Neighbour, y: Neighbour) -> Neighbour:
    shape = broadcast("either", [shape_of(holds), x.shape, y.shape])
    like = next((z.value for z in (x, y) if is_array(z.value)), holds)
    if not is_array(holds):
        return _spread(_nowhere(x if x.shape else y) if holds != holds else x if holds else y, shape, like)
    holds = np.broadcast_to(holds, shape)
    unknown = holds != holds
    if unknown.any():
        y = _either((~unknown).astype(float), y, _nowhere(x if x.shape else y))
    then = (holds == 1).astype(bool)
    if then.all() or not then.any():
        return _spread(x if then.all() else y, shape, like)
    mask, opposite = _mask(then, like), _mask(~then, like)
    sides = [compress(_spread(z, shape, like), lanes) for z, lanes in ((x, mask), (y, opposite))]
    return merge(mask, opposite, *sides)  # type: ignore[no-any-return]


def _nowhere(x: Neighbour) -> Neighbour:
    return Neighbour(filled(x.value, math.nan))


def _spread(x: Neighbour, shape: tuple[int, ...], like: Any = None) -> Neighbour:
    """The value in a shape; a number in the arithmetic of an array."""
    if x.shape == shape:
        return x
    whole: Neighbour = S.broadcast_to(x, Neighbour(arrays.full(shape, 0.0, x.value if is_array(x.value) else like)))
    return whole


def _mask(lanes: Any, like: Any) -> Neighbour:
    """1 in some lanes, in the arithmetic of an array, and 0 in the others."""
    out = arrays.full(lanes.shape, 0.0, like)
    out[lanes] = arrays.full((), 1.0, out)[()]
    return Neighbour(out)
