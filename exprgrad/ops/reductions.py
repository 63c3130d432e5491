"""Operations that make less of an array: sums, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from exprgrad.numbers import axes
from exprgrad.numbers.arithmetic import is_array, settled
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.ops.arithmetic import add, div, mul
from exprgrad.ops.elementary import sqrt
from exprgrad.ops.registry import HardPoint, Kernel, Value, family
from exprgrad.ops.shapes import broadcast_to, expand_dims, flip
from exprgrad.ops.structural import Linear, Shape, Structural, shape_of


def elements(shape: Shape, axis: int | None) -> float:
    """How many elements there are, or places along an axis."""
    return float(math.prod(shape) if axis is None else shape[axis])


def spread(g: Value, x: Value, axis: int | None) -> Value:
    """What belongs to a reduction of x, repeated to the shape of x."""
    return broadcast_to(g if axis is None else expand_dims(axis)(g), x)


def without(shape: Shape, axis: int | None) -> Shape:
    """A shape after a reduction."""
    return () if axis is None else (*shape[:axis], *shape[axis + 1 :])


class Sum(Linear):
    """The sum of the elements, along one axis or of all."""

    __slots__ = ("axis",)
    adds = True

    def __init__(self, axis: int | None) -> None:
        super().__init__("sum", "x", "the sum of the elements")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        (x,) = operands
        return settled(axes.total(x, self.axis)) if is_array(x) else x

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        import numpy as np

        axis, add = self.axis, np.add.reduce
        return (
            (lambda x: add(x, axis=axis))
            if self.shape(shapes)
            else (lambda x: FLOAT64.number(float(add(x, axis=None))))
        )

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        return without(shapes[0], self.axis)

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return spread(g, operands[0], self.axis)


class Mean(Linear):
    """The mean of the elements, along one axis or of all."""

    __slots__ = ("axis",)

    def __init__(self, axis: int | None) -> None:
        super().__init__("mean", "x", "the mean of the elements", remedies={"": "the mean of no elements"})
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        (x,) = operands
        return settled(axes.mean(x, self.axis)) if is_array(x) else x

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        total, count = sum_(self.axis).planned(shapes), elements(shapes[0], self.axis)
        return (lambda x: total(x) / count) if self.shape(shapes) and total and count else None

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        return without(shapes[0], self.axis)

    def relates(
        self, position: int, shapes: Sequence[Shape], out: Shape, values: Callable[[int], Any]
    ) -> tuple[Any, Any] | None:
        return sum_(self.axis).relates(position, shapes, out, values)

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        (x,) = operands
        return spread(div(g, elements(shape_of(x), self.axis)), x, self.axis)


class CumSum(Linear):
    """The running sums along an axis."""

    __slots__ = ("axis",)

    def __init__(self, axis: int) -> None:
        super().__init__("cumsum", "x", "the running sums")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        return axes.accumulate(operands[0], self.axis)

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return flip(self.axis)(self(flip(self.axis)(g)))


class Deviations(Linear):
    """What the elements differ by from their mean, along one axis or of all; its own transpose."""

    __slots__ = ("axis",)

    def __init__(self, axis: int | None) -> None:
        super().__init__("deviations", "x", "the differences from the mean")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        (x,) = operands
        return axes.deviations(x, self.axis)

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return self(g)


def moved_along(
    op: Structural, tangents: Sequence[Value | None], operands: Sequence[Value], last: int = 0
) -> Value | None:
    """The tangent of what depends on its first operand, and is linear in each of the others: directions along which
    that moves, and so many `last` ones."""
    found: Value | None = None
    end = len(operands) - last
    for i, t in enumerate(tangents):
        if t is not None:
            along = [*operands[:end], t, *operands[end:]] if i == 0 else [*operands[:i], t, *operands[i + 1 :]]
            term = op(*along)
            found = term if found is None else add(found, term)
    return found


class Slope(Structural):
    """The gradient of a function of x, differentiated along each of the directions that follow.

    The derivative of the function along k + 1 directions is the sum of the elements of the last one times these along
    the others, whatever their order: so the derivatives of this are of its own kind.
    """

    __slots__ = ()
    shaped_as = 0

    def __init__(self, name: str, doc: str) -> None:
        super().__init__(name, "x, ...", doc)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        x, *directions = operands
        others = [(*directions[:i], g, *directions[i + 1 :]) for i in range(len(directions))]
        return [self(x, *directions, g), *[self(x, *along) for along in others]]

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return moved_along(self, tangents, operands)


class LaneSlope(Slope):
    """That of a number made of all elements, or of those along an axis."""

    __slots__ = ("axis",)

    def __init__(self, name: str, doc: str, axis: int | None) -> None:
        super().__init__(name, doc)
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        return axes.slope(self.name, self.axis, *operands)


class Reduction(Structural):
    """A number made of all elements, or of those along an axis."""

    __slots__ = ("axis",)

    def __init__(self, name: str, doc: str, axis: int | None, **entry: Any) -> None:
        super().__init__(name, "x", doc, **entry)
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        return settled(axes.reduction(self.name, operands[0], self.axis))

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        return without(shapes[0], self.axis)

    def slope(self, x: Value) -> Value:
        """The gradient in the shape of x, but for a factor."""
        raise NotImplementedError(self.name)

    owed = (slope,)

    def scaled(self, g: Value, x: Value) -> Value:
        """What is as wide as the result, times that factor."""
        return g

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        (x,) = operands
        return (mul(spread(self.scaled(g, x), x, self.axis), self.slope(x)),)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        (x,), (t,) = operands, tangents
        return None if t is None else self.scaled(sum_(self.axis)(mul(t, self.slope(x))), x)


_AT_ORIGIN = HardPoint(lambda out, x: out == 0, "norm has a kink at 0: its derivative there is taken as 0")


class Norm(Reduction):
    """The square root of the sum of the squares; its derivative at 0 is 0."""

    __slots__ = ()

    def __init__(self, axis: int | None) -> None:
        super().__init__(
            "norm",
            "the square root of the sum of the squares",
            axis,
            hard_points=[_AT_ORIGIN],
            beside=lambda side, x: side.root(sum_(axis)(mul(x, x))),
        )

    def slope(self, x: Value) -> Value:
        return norm_slope(self.axis)(x)


class Variance(Reduction):
    """The mean square of the differences from the mean."""

    __slots__ = ()

    def __init__(self, axis: int | None) -> None:
        super().__init__("var", "the mean square of the differences from the mean", axis)

    def slope(self, x: Value) -> Value:
        return deviations(self.axis)(x)

    def scaled(self, g: Value, x: Value) -> Value:
        return div(mul(2, g), elements(shape_of(x), self.axis))


class Deviation(Reduction):
    """The square root of the variance: the norm of the differences from the mean, but for a factor. Where all elements
    are equal its derivative is 0, the middle of that kink."""

    __slots__ = ()

    def __init__(self, axis: int | None) -> None:
        super().__init__(
            "std",
            "the square root of the variance",
            axis,
            hard_points=[_AT_ORIGIN],
            beside=lambda side, x: side.root(variance(axis)(x)),
        )

    def slope(self, x: Value) -> Value:
        return norm_slope(self.axis)(deviations(self.axis)(x))

    def scaled(self, g: Value, x: Value) -> Value:
        return div(g, sqrt(elements(shape_of(x), self.axis)))


class LogSumExp(Reduction):
    """The logarithm of the sum of the exponentials."""

    __slots__ = ()

    def __init__(self, axis: int | None) -> None:
        super().__init__("logsumexp", "log(sum(exp(x)))", axis)

    def slope(self, x: Value) -> Value:
        return softmax(self.axis)(x)


sum_ = family(Sum)
mean = family(Mean)
cumsum = family(CumSum)
deviations = family(Deviations)
norm = family(Norm)
variance = family(Variance)
deviation = family(Deviation)
logsumexp = family(LogSumExp)


@family
def norm_slope(axis: int | None) -> LaneSlope:
    """x / norm(x)."""
    return LaneSlope("norm_slope", "x / norm(x), along directions", axis)


@family
def softmax(axis: int | None) -> LaneSlope:
    """exp(x) / sum(exp(x)), the gradient of logsumexp."""
    return LaneSlope("softmax", "exp(x) / sum(exp(x)), along directions", axis)
