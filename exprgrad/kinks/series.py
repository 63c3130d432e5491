"""Power series of functions, coefficient by coefficient: those of f(x) are those of the integral of f'(x)*x' (Griewank
and Walther, Evaluating Derivatives, chapter 13).

What f'(x) is the rule of the operation says, whose operations are series again, and so on. Equal ones are one, so that
a family that is closed under differentiation is a few series, whatever the order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import broadcast
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import add, mul, neg, portion, pos, sub
from exprgrad.ops.linear_algebra import Cross, MatMul
from exprgrad.ops.registry import MINUS_ONE, ONE, Evaluated, Op, Traced, Value, next_index
from exprgrad.ops.structural import Flat, Linear, Structural, shape_of


def vanishes(term: Any) -> bool:
    """Whether a coefficient is 0 or absent."""
    return term is ZERO or bool(where_zero(term).all() if is_array(term) else term == 0)


def where_zero(term: Any) -> Any:
    """Where an array of coefficients is 0 or absent."""
    return (arrays.without_zeros(term) == 0).astype(bool)


def is_product(op: Op) -> bool:
    """Whether an operation is linear in each of two operands."""
    return op is mul or op is portion or isinstance(op, MatMul | Cross)


def is_flat(op: Op) -> bool:
    """Whether the derivative of an operation is 0 everywhere."""
    return isinstance(op, Flat) or (isinstance(op.partials, tuple) and not any(op.partials))


def is_termwise(op: Op) -> bool:
    """Whether a coefficient of an operation's result is computed from those of its operands for the same power."""
    moves = isinstance(op, Structural) and (op.moves or op.closes_lanes)
    return op is add or op is sub or op is neg or op is pos or isinstance(op, Linear) or moves


def termwise(op: Op, k: int, operands: Sequence[Any]) -> Any:
    """The coefficient of the power k of such an operation's result."""
    parts = [x.term(k) for x in operands]
    if op is add or op is sub:
        return _added(op, parts, [x.shape for x in operands])
    values = [x.term(0) for x in operands]
    if not isinstance(op, Structural) or isinstance(op, Linear):  # what comes after the first only says how
        return ZERO if parts[0] is ZERO else op.compute([parts[0], *values[1:]])
    masks = 2 if op.closes_lanes else 0
    if all([part is ZERO for part in parts[masks:]]):
        return ZERO
    if masks:
        return op.compute([*values[:masks], *parts[masks:]])
    return op.compute([S.unmoved.run(x) if part is ZERO else part for part, x in zip(parts, values, strict=True)])


def convolved(op: Op, pairs: Iterable[tuple[Any, Any]], plus: Callable[[Any, Any], Any]) -> Any:
    """A coefficient of a product, from the pairs of coefficients whose powers add up to its own."""
    total: Any = ZERO
    for a, b in pairs:
        # Where nothing moves not even an infinite slope counts.
        if a is ZERO or b is ZERO or vanishes(a) or vanishes(b):
            continue
        term = op.compute((a, b))
        total = term if total is ZERO else plus(total, term)
    return total


def _added(op: Op, parts: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Any:
    """A coefficient of a sum or a difference in its shape, also where an operand that broadcasts it is absent."""
    present = [part for part in parts if part is not ZERO]
    if not present:
        return ZERO
    if len(present) == len(parts):
        found = op.compute(parts)
    else:
        found = neg.compute(present) if op is sub and parts[0] is ZERO else present[0]
    shape = broadcast(op.name, [*shapes, *map(shape_of, present)])  # an operand that begins as absent has no shape
    return found if shape_of(found) == shape else S.broadcast_to.compute((found, arrays.full(shape, 0.0, found)))


class Series(Traced):
    """A series whose coefficients are computed when they are asked for; one that is ZERO is absent. The series of one
    rule share a `table` of all of them."""

    __slots__ = ("_change", "_of", "_terms", "table")
    kind: ClassVar[str] = "series"

    def __init__(
        self, terms: Sequence[Any], table: dict[Any, Series], op: Op | None = None, *operands: Series, of: Any = None
    ) -> None:
        self.op = op
        self.connect(operands)
        self.span = None
        self.index = next_index()
        self.table = table
        self._terms = list(terms)
        self._of = of
        self._change: Series | None = None

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Series:
        table = next(x.table for x in operands if isinstance(x, Series))
        nodes = [x if isinstance(x, Series) else cls.constant(x, table) for x in operands]
        key = (op, *[x.index for x in nodes])
        if key not in table:
            table[key] = cls((), table, op, *nodes)
        return table[key]

    @classmethod
    def constant(cls, x: Any, table: dict[Any, Series]) -> Series:
        """A number that is the same everywhere."""
        key = repr(x) if isinstance(x, int | float) else id(x)
        if key not in table:
            table[key] = cls([x], table)
        return table[key]

    @classmethod
    def of_function(cls, op: Op, operands: Sequence[Any]) -> Series:
        """An operation on values that know their coefficients."""
        table: dict[Any, Series] = {}
        return cls.record(op, [cls((), table, None, of=x) for x in operands])

    @property
    def shape(self) -> tuple[int, ...]:
        return shape_of(self.term(0))

    @property
    def is_constant(self) -> bool:
        """Whether it is a number that is the same everywhere."""
        return self.op is None and (self._of is None or self._of.still)

    def term(self, k: int) -> Any:
        """The coefficient of the power k."""
        if self._of is not None:
            return self._of.term(k)
        while len(self._terms) <= k:
            self._terms.append(self._next(len(self._terms)))
        return self._terms[k]

    def _next(self, k: int) -> Any:
        op = self.op
        if op is None:
            return ZERO
        if isinstance(op, _Slope):
            term = self.left.term(k + 1)
            return ZERO if vanishes(term) else mul.compute((term, float(k + 1)))
        operands = self.operands
        if k == 0:
            return op.compute([x.term(0) for x in operands])
        if is_product(op):
            x, y = operands
            return convolved(op, [(x.term(i), y.term(k - i)) for i in range(k + 1)], lambda a, b: add.compute((a, b)))
        if is_flat(op):
            return ZERO
        if is_termwise(op):
            return termwise(op, k, operands)
        term = self._derivative().term(k - 1)
        if term is ZERO:
            return ZERO
        term = mul.compute((term, 1.0 / k))
        return term if shape_of(term) == self.shape else S.broadcast_to.compute((term, self.term(0)))

    def _derivative(self) -> Series:
        """How it changes with the distance."""
        if self._change is None:
            assert self.op is not None
            slopes = [Series.record(_slope, (x,)) for x in self.operands]
            self._change = _tangent(self.op, slopes, self)
        return self._change


def _tangent(op: Op, slopes: Sequence[Series], out: Series) -> Series:
    operands = out.operands
    if op.partials is None:
        moving = [None if x.is_constant else t for x, t in zip(operands, slopes, strict=True)]
        found = op.jvp(moving, out, operands)
        return Series.constant(ZERO, out.table) if found is None else found
    total: Series | None = None
    for partial, t in zip(op.partials_at(out, operands), slopes, strict=True):
        if partial is None:
            continue
        if partial is ONE:
            part = t
        elif partial is MINUS_ONE:
            part = neg(t)
        else:
            factor = partial.value if type(partial) is Evaluated else partial(out, *operands)  # type: ignore[operator]
            part = mul(factor, t)
        total = part if total is None else add(total, part)
    return Series.constant(ZERO, out.table) if total is None else total


class _Slope(Structural):
    """What a series changes by: (x')[k] = (k + 1)*x[k + 1]. Series are differentiated forwards alone."""

    __slots__ = ()
    owed = ()


_slope = _Slope("slope", "x", "how a series changes", run=lambda x: x)
