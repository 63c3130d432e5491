"""Structural operations: seeds and shapes of cotangents, and the branches of a conditional.

A branch is a *scope*: its nodes are computed only where its condition holds. Values cross into it by `enter`
and out of it by `leave` (dynamic) or `select` (static), cotangents by the same operations the other way:
`enter` and `exit` are each other's transpose. So what a branch adds to an outer value is summed at its `enter`
node first and added outside as one term, in both modes, and what a branch not taken would add is a structural
zero (`numbers.arithmetic.ZERO`), which is absent rather than a 0 that could meet an infinity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from exprgrad.diagnostics import Span
from exprgrad.numbers.arithmetic import ZERO, is_array, is_nan
from exprgrad.ops.registry import Op, Value, elementwise


class Scope:
    """A branch inside `parent` (None: the program), taken where `condition` is true (`polarity` True) or false.

    `span` is where the condition is used: an error in it belongs there.
    """

    __slots__ = ("condition", "depth", "enter", "exit", "leave", "parent", "polarity", "span")

    def __init__(self, parent: Scope | None, condition: Any, polarity: bool, span: Span | None = None) -> None:
        self.parent = parent
        self.condition = condition
        self.polarity = polarity
        self.span = span
        self.depth: int = 1 if parent is None else parent.depth + 1
        self.enter = Enter(self)
        self.exit = Exit(self)
        self.leave = Leave(self)


class Structural(Op):
    """An operation that is not elementwise; its operands' values are all it needs."""

    __slots__ = ()

    def __init__(
        self, name: str, operand_names: str, doc: str, zero: str | None = "product", scope: Any = None
    ) -> None:
        super().__init__(name, operand_names, doc=doc, rounded=lambda r: self.run, public=False, zero=zero, scope=scope)

    def run(self, *operands: Any) -> Any:
        """The value from numbers of any kind."""
        return operands[0]

    def compute(self, operands: Sequence[Any]) -> Any:
        return self.run(*operands)


class Enter(Structural):
    """An outer value inside a branch."""

    __slots__ = ()

    def __init__(self, scope: Scope) -> None:
        super().__init__("enter", "x", "a value from outside, inside a branch", scope=scope)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (self.scope.exit(g),)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return self(tangents[0])


class Exit(Structural):
    """A branch's cotangent, outside of it: a structural zero where the branch is not taken."""

    __slots__ = ()

    def __init__(self, scope: Scope) -> None:
        super().__init__("exit", "x", "what a branch adds to a derivative outside of it", scope=scope)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (self.scope.enter(g),)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return self(tangents[0])


class Leave(Structural):
    """The result of the branch that was taken, outside of it (dynamic mode)."""

    __slots__ = ()

    def __init__(self, scope: Scope) -> None:
        super().__init__("leave", "x", "the result of a branch", scope=scope)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (self.scope.enter(g),)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return self(tangents[0])


class Select(Structural):
    """`then if condition else otherwise`, each side computed in its own scope (static mode)."""

    __slots__ = ("otherwise", "then")

    def __init__(self, then: Scope, otherwise: Scope) -> None:
        super().__init__("select", "condition, then, otherwise", "the side that the condition chooses", zero=None)
        self.then = then
        self.otherwise = otherwise

    def run(self, *operands: Any) -> Any:
        raise AssertionError("select is run by the interpreter, which knows which side was computed")

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (None, self.then.enter(g), self.otherwise.enter(g))

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        condition, then, otherwise = operands
        _, a, b = tangents
        # A side without a tangent gives a structural zero, which has to be a node of that side.
        return self(
            condition,
            absent(then) if a is None else a,
            absent(otherwise) if b is None else b,
        )


class Absent(Structural):
    """A structural zero in the place of x."""

    __slots__ = ()

    def run(self, *operands: Any) -> Any:
        return ZERO

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (None,)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return None


class Materialize(Structural):
    """A derivative as a value like any other: 0.0 where it is a structural zero."""

    __slots__ = ()

    def run(self, *operands: Any) -> Any:
        from exprgrad.numbers.rounded import FLOAT64

        return FLOAT64.number(0) if operands[0] is ZERO else operands[0]

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (g,)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return tangents[0]


class Unreached(Structural):
    """The derivative of y by an x that it does not depend on: 0 in the shape of x, and nan where y is nan."""

    __slots__ = ()

    def run(self, *operands: Any) -> Any:
        y, x = operands
        fill = float("nan") if is_nan(y) else 0.0
        if is_array(x):
            import numpy as np

            return np.full_like(x, fill)
        return _like(x, fill)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (None, None)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return None


class SumTo(Structural):
    """g summed to the shape of x: the transpose of broadcasting."""

    __slots__ = ()

    def run(self, *operands: Any) -> Any:
        g, x = operands
        return sum_to_shape(g, x)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (broadcast_to(g, operands[0]), None)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return None if tangents[0] is None else self(tangents[0], operands[1])


class BroadcastTo(Structural):
    """x repeated to the shape of another value."""

    __slots__ = ()

    def run(self, *operands: Any) -> Any:
        x, like = operands
        if not is_array(like):
            return x
        import numpy as np

        return np.broadcast_to(_plain(x), like.shape)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (sum_to(g, operands[0]), None)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return None if tangents[0] is None else self(tangents[0], operands[1])


def _plain(x: Any) -> Any:
    from exprgrad.numbers.arithmetic import to_python

    return to_python(x)


def _like(x: Any, fill: float) -> Any:
    from exprgrad.numbers.arithmetic import dtype_name, from_python

    return from_python(fill, dtype_name(x))


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of a number or an array."""
    return tuple(x.shape) if is_array(x) else ()


def sum_to_shape(g: Any, x: Any) -> Any:
    """Undoes broadcasting, in its one place: sums g over the axes along which x was repeated, first axis first."""
    shape = shape_of(x)
    if not is_array(g) or g.shape == shape:
        return g
    import numpy as np

    from exprgrad.numbers.arithmetic import dtype_name, from_python

    extra = g.ndim - len(shape)
    axes = tuple(range(extra)) + tuple(
        extra + i for i, size in enumerate(shape) if size == 1 and g.shape[extra + i] != 1
    )
    with np.errstate(all="ignore"):
        total = np.asarray(g.sum(axis=axes)).reshape(shape)
    return total if is_array(x) else from_python(total.item(), dtype_name(x))


absent: Final = Absent("absent", "x", "a structural zero")
materialize: Final = Materialize("materialize", "x", "a derivative as a value: 0 where nothing was added to it", None)
unreached: Final = Unreached("unreached", "y, x", "the derivative by what y does not depend on", None)
sum_to: Final = SumTo("sum_to", "g, x", "g summed to the shape of x")
broadcast_to: Final = BroadcastTo("broadcast_to", "x, like", "x repeated to the shape of like")

seed: Final[Op] = elementwise(
    "seed",
    doc="the cotangent with which a sweep starts: 1, and nan where the result is nan, so that its derivatives are",
    rounded=lambda r: lambda y: y if y.is_nan() else r.number(1),
    arrays=lambda np: lambda y: np.where(np.isnan(y), y, 1.0),
    partials=[None],
    zero="product",
    public=False,
)
