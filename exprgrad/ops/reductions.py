"""Operations that make less of an array: sums, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

from exprgrad.numbers.arithmetic import is_array, settled
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.ops.arithmetic import mul
from exprgrad.ops.elementary import inverse_norm
from exprgrad.ops.registry import HardPoint, Kernel, Value
from exprgrad.ops.shapes import broadcast_to, expand_dims, flip
from exprgrad.ops.structural import Flat, Linear, Shape, Structural


def without(shape: Shape, axis: int | None) -> Shape:
    """A shape after a reduction."""
    return () if axis is None else (*shape[:axis], *shape[axis + 1 :])


class Sum(Linear):
    """The sum of the elements, along one axis or of all, from left to right."""

    __slots__ = ("axis",)
    adds = True

    def __init__(self, axis: int | None) -> None:
        super().__init__("sum", "x", "the sum of the elements")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        from exprgrad.numbers.arrays import total

        (x,) = operands
        return settled(total(x, self.axis)) if is_array(x) else x

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
        return broadcast_to(g if self.axis is None else expand_dims(self.axis)(g), operands[0])


class CumSum(Linear):
    """The running sums along an axis."""

    __slots__ = ("axis",)

    def __init__(self, axis: int) -> None:
        super().__init__("cumsum", "x", "the running sums")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        from exprgrad.numbers.arrays import accumulate

        return accumulate(operands[0], self.axis)

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        return flip(self.axis)(self(flip(self.axis)(g)))


class Norm(Structural):
    """The square root of the sum of the squares, of all elements or along an axis; its derivative at 0 is 0."""

    __slots__ = ("axis",)

    def __init__(self, axis: int | None) -> None:
        at_origin = HardPoint(lambda out, x: out == 0, "norm has a kink at 0: its derivative there is taken as 0")
        super().__init__("norm", "x", "the square root of the sum of the squares", hard_points=[at_origin])
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        import numpy as np

        from exprgrad.numbers.arrays import elementwise, is_rounded, total

        (x,) = operands
        if is_rounded(x):
            return settled(elementwise(FLOAT64.sqrt, total(elementwise(FLOAT64.mul, x, x), self.axis)))
        return settled(np.asarray(np.linalg.norm(x.reshape(-1) if self.axis is None else x, axis=self.axis)))

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        return without(shapes[0], self.axis)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        (x,) = operands
        slope = mul(g, inverse_norm(out))
        return (mul(broadcast_to(slope if self.axis is None else expand_dims(self.axis)(slope), x), x),)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        (x,), (t,) = operands, tangents
        return None if t is None else mul(inverse_norm(out), sum_(self.axis)(mul(t, x)))


class Largest(Flat):
    """The largest element, as a constant of every derivative, and 0 where that is infinite: what is taken off before
    exp, so that nothing overflows."""

    __slots__ = ("axis",)

    def __init__(self, axis: int | None) -> None:
        super().__init__("largest", "x", "the largest element, a constant of every derivative")
        self.axis = axis

    def run(self, *operands: Any) -> Any:
        import numpy as np

        from exprgrad.numbers.arrays import elementwise, fold, is_rounded

        (x,) = operands
        if not is_array(x):
            return x
        if is_rounded(x):
            zero = FLOAT64.number(0)
            most = fold(FLOAT64.maximum, x, self.axis, -math.inf)
            return settled(elementwise(lambda m: m if m.is_finite() else zero, most))
        most = np.asarray(x.max(axis=self.axis, initial=-math.inf))
        return settled(np.where(np.isfinite(most), most, 0.0))

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        import numpy as np

        axis = self.axis
        if axis is None or 0 in shapes[0]:
            return None

        def kernel(x: Any) -> Any:
            most = x.max(axis=axis)
            return most if np.isfinite(most).all() else np.where(np.isfinite(most), most, 0.0)

        return kernel

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        return without(shapes[0], self.axis)


sum_ = cache(Sum)
cumsum = cache(CumSum)
largest = cache(Largest)
norm = cache(Norm)
