"""Operations that make less of an array: sums, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from exprgrad.numbers import axes
from exprgrad.numbers.arithmetic import settled
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.numbers.scalars import is_array
from exprgrad.ops.arithmetic import add, div, mul
from exprgrad.ops.elementary import sqrt
from exprgrad.ops.registry import HardPoint, Kernel, Value, family, known_as
from exprgrad.ops.shapes import broadcast_to, expand_dims, flip
from exprgrad.ops.structural import Linear, Shape, Structural, entered, shape_of


def elements(shape: Shape, axis: int | None) -> float:
    """How many elements there are, or places along an axis."""
    return float(math.prod(shape) if axis is None else shape[axis])


def spread(g: Value, x: Value, axis: int | None) -> Value:
    """What belongs to a reduction of x, repeated to the shape of x."""
    return broadcast_to(g if axis is None else expand_dims(axis)(g), x)


def without(shape: Shape, axis: int | None) -> Shape:
    """A shape after a reduction."""
    return () if axis is None else (*shape[:axis], *shape[axis + 1 :])


@known_as("Sum")
def sum_(axis: int | None) -> Linear:
    """The sum of the elements, along one axis or of all."""

    def planned(x: Shape) -> Kernel:
        import numpy as np

        add = np.add.reduce
        if without(x, axis):
            return lambda x: add(x, axis=axis)
        return lambda x: FLOAT64.number(float(add(x, axis=None)))

    return Linear(
        "sum",
        "x",
        "the sum of the elements",
        run=lambda x: settled(axes.total(x, axis)) if is_array(x) else x,
        shape=lambda x: without(x, axis),
        planned=planned,
        transposed=lambda g, x: spread(g, x, axis),
        adds=True,
        textbook=("g to each element",),
    )


@known_as("Mean")
def mean(axis: int | None) -> Linear:
    """The mean of the elements, along one axis or of all."""

    def planned(x: Shape) -> Kernel | None:
        total, count = sum_(axis).planned([x]), elements(x, axis)
        return (lambda x: total(x) / count) if without(x, axis) and total and count else None

    return Linear(
        "mean",
        "x",
        "the mean of the elements",
        run=lambda x: settled(axes.mean(x, axis)) if is_array(x) else x,
        shape=lambda x: without(x, axis),
        planned=planned,
        relates=sum_(axis).relates,
        transposed=lambda g, x: spread(div(g, elements(shape_of(x), axis)), x, axis),
        remedies={"": "the mean of no elements"},
        textbook=("g/n to each of n elements",),
    )


@known_as("CumSum")
def cumsum(axis: int) -> Linear:
    """The running sums along an axis."""
    return Linear(
        "cumsum",
        "x",
        "the running sums",
        run=lambda x: axes.accumulate(x, axis),
        transposed=lambda g, x: flip(axis)(cumsum(axis)(flip(axis)(g))),
        textbook=("the sums of g from each place on",),
    )


@known_as("Deviations")
def deviations(axis: int | None) -> Linear:
    """What the elements differ by from their mean, along one axis or of all; its own transpose."""
    return Linear(
        "deviations",
        "x",
        "the differences from the mean",
        run=lambda x: axes.deviations(x, axis),
        transposed=lambda g, x: deviations(axis)(g),
        textbook=("g - mean(g)",),
    )


class Along(Structural):
    """An operation that depends on its first operand, and is linear in each of the others: directions along which that
    moves, and so many `last` ones. What moves the first is a direction more."""

    __slots__ = ()
    last: ClassVar[int] = 0

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        found: Value | None = None
        end = len(operands) - self.last
        for i, t in enumerate(tangents):
            if t is not None:
                along = [*operands[:end], t, *operands[end:]] if i == 0 else [*operands[:i], t, *operands[i + 1 :]]
                term = self(*along)
                found = term if found is None else add(found, term)
        return found


class Slope(Along):
    """The gradient of a function of x, differentiated along each of the directions that follow.

    The derivative of the function along k + 1 directions is the sum of the elements of the last one times these along
    the others, whatever their order: so the derivatives of this are of its own kind.
    """

    __slots__ = ()

    def __init__(
        self, name: str, doc: str, run: Kernel, relates: Kernel | None = None, textbook: Sequence[str] = ()
    ) -> None:
        super().__init__(name, "x, ...", doc, run=run, relates=relates, shaped_as=0, textbook=textbook)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        x, *directions = operands
        others = [(*directions[:i], g, *directions[i + 1 :]) for i in range(len(directions))]
        return [self(x, *directions, g), *[self(x, *along) for along in others]]


def lane_slope(name: str, doc: str, axis: int | None, textbook: Sequence[str] = ()) -> Slope:
    """The slope of a number made of all elements, or of those along an axis, with its kernels."""

    def relates(
        position: int, shapes: Sequence[Shape], out: Shape, values: Callable[[int], Any]
    ) -> tuple[Any, Any] | None:
        if axis is None or shapes[position] != out or not (found := sum_(axis).relates(0, [out], (), values)):
            return None
        import numpy as np

        # All places of a lane, which are as many in each, may depend on each other.
        lanes, places = found
        together = places[np.argsort(lanes, kind="stable")].reshape(-1, out[axis])
        return np.repeat(together, out[axis], axis=1).reshape(-1), np.tile(together, out[axis]).reshape(-1)

    return Slope(
        name, f"{doc}, along directions", lambda *operands: axes.slope(name, axis, *operands), relates, textbook
    )


class Reduction(Structural):
    """A number made of all elements, or of those along an axis. `slope` gives its gradient in the shape of x, but for a
    factor, by which `scaled` multiplies what is as wide as the result."""

    __slots__ = ("_axis", "_scaled", "slope")

    def __init__(
        self,
        name: str,
        doc: str,
        axis: int | None,
        slope: Callable[[Value], Value] | None = None,
        scaled: Callable[[Value, Value], Value] = lambda g, x: g,
        **entry: Any,
    ) -> None:
        self._axis = axis
        self._scaled = scaled
        self.slope = entered(name, "slope", slope, "gives its gradient but for a factor")
        super().__init__(
            name,
            "x",
            doc,
            run=lambda x: settled(axes.reduction(name, x, axis)),
            shape=lambda x: without(x, axis),
            **entry,
        )

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        (x,) = operands
        return (mul(spread(self._scaled(g, x), x, self._axis), self.slope(x)),)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        (x,), (t,) = operands, tangents
        return None if t is None else self._scaled(sum_(self._axis)(mul(t, self.slope(x))), x)


@family
def norm_slope(axis: int | None) -> Slope:
    """x / norm(x)."""
    return lane_slope("norm_slope", "x / norm(x)", axis)


@family
def softmax(axis: int | None) -> Slope:
    """exp(x) / sum(exp(x)), the gradient of logsumexp."""
    return lane_slope("softmax", "exp(x) / sum(exp(x))", axis, ["softmax(x)*(g - sum(g*softmax(x)))"])


@family
def prod_slope(axis: int | None) -> Slope:
    """The products of all elements but one, the gradient of prod."""
    return lane_slope("prod_slope", "the products of all elements but one", axis)


@known_as("Product")
def product(axis: int | None) -> Reduction:
    """The product of the elements."""
    return Reduction(
        "prod",
        "the product of the elements",
        axis,
        prod_slope(axis),
        relates=sum_(axis).relates,
        remedies={"": "0 * inf has no value"},
        textbook=("g*prod(x)/x",),
    )


def _tip(what: str, square: str) -> HardPoint:
    """The tip of a cone, where a root of squares is 0."""
    return HardPoint(lambda out, x: out == 0, f"{what}: its derivative there is taken as 0", square=square)


@known_as("Norm")
def norm(axis: int | None) -> Reduction:
    """The square root of the sum of the squares; its derivative at 0 is 0."""
    return Reduction(
        "norm",
        "the square root of the sum of the squares",
        axis,
        norm_slope(axis),
        hard_points=[_tip("norm has a kink at 0", "sum(x*x) is norm(x)^2")],
        beside=lambda side, x: side.root(sum_(axis)(mul(x, x))),
        textbook=("g*x/norm(x)",),
    )


@known_as("Variance")
def variance(axis: int | None) -> Reduction:
    """The mean square of the differences from the mean."""
    return Reduction(
        "var",
        "the mean square of the differences from the mean",
        axis,
        deviations(axis),
        lambda g, x: div(mul(2, g), elements(shape_of(x), axis)),
        textbook=("2*g*(x - mean(x))/n of n elements",),
    )


@known_as("Deviation")
def deviation(axis: int | None) -> Reduction:
    """The square root of the variance: the norm of the differences from the mean, but for a factor. Where all elements
    are equal its derivative is 0, the middle of that kink."""
    return Reduction(
        "std",
        "the square root of the variance",
        axis,
        lambda x: norm_slope(axis)(deviations(axis)(x)),
        lambda g, x: div(g, sqrt(elements(shape_of(x), axis))),
        hard_points=[_tip("std has a kink where all elements are equal", "var(x) is std(x)^2")],
        beside=lambda side, x: side.root(variance(axis)(x)),
        textbook=("g*(x - mean(x))/(n*std(x)) of n elements",),
    )


@known_as("LogSumExp")
def logsumexp(axis: int | None) -> Reduction:
    """The logarithm of the sum of the exponentials."""
    return Reduction("logsumexp", "log(sum(exp(x)))", axis, softmax(axis), textbook=("g*softmax(x)",))
