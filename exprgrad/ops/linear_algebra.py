"""Products of vectors and matrices, and what solves equations with them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError, ShapeProblem
from exprgrad.numbers import arrays, limits
from exprgrad.numbers.arithmetic import settled
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.ops.arithmetic import add, mul
from exprgrad.ops.reductions import Along, Slope, sum_
from exprgrad.ops.registry import REGISTRY, HardPoint, Kernel, Notation, Value
from exprgrad.ops.shapes import expand_dims, transpose
from exprgrad.ops.structural import Flat, Shape, Structural, shape_of

# So many pairs of elements of a product are told apart: beyond, all may depend on all.
MOST_PAIRS: Final = 20_000_000


def _fit(a: Shape, b: Shape) -> Shape:
    """The shape of a product of matrices. Raises where they do not fit."""
    if not (1 <= len(a) <= 2 and 1 <= len(b) <= 2) or a[-1] != b[0]:
        hint = "the last size of the left side must be the first of the right"
        if not (a and b):
            hint = "* multiplies numbers"
        elif max(len(a), len(b)) > 2:
            hint = "it is of vectors and matrices: index what has more axes, A[0] @ B[0]"
        raise ShapeProblem(f"shapes {a} and {b} do not fit in a matrix product", hint=hint)
    return limits.within((*a[:-1], *b[1:]), [a, b])


def _matmul(a: Any, b: Any) -> Any:
    _fit(shape_of(a), shape_of(b))
    return settled(arrays.matmul(a, b))


def _planned(a: Shape, b: Shape) -> Kernel:
    import numpy as np

    return np.matmul if _fit(a, b) else lambda a, b: FLOAT64.number(float(a @ b))


class MatMul(Structural):
    """The product of vectors and matrices: of two vectors a number."""

    __slots__ = ()

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        a, b = operands
        ranks = len(shape_of(a)), len(shape_of(b))
        if ranks == (1, 1):
            return mul(g, b), mul(g, a)
        if ranks == (2, 1):
            return outer(g, b), matmul(transpose(a), g)
        if ranks == (1, 2):
            return matmul(b, g), outer(a, g)
        return matmul(g, transpose(b)), matmul(transpose(a), g)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        (a, b), (s, t) = operands, tangents
        left = None if s is None else matmul(s, b)
        right = None if t is None else matmul(a, t)
        return right if left is None else left if right is None else add(left, right)

    def relates(
        self, position: int, shapes: Sequence[Shape], out: Shape, values: Callable[[int], Any]
    ) -> tuple[Any, Any] | None:
        import numpy as np

        (a, b), inner = shapes, shapes[1][0]
        rows, columns = (a[0] if len(a) == 2 else 1), (b[1] if len(b) == 2 else 1)
        if rows * columns * inner > MOST_PAIRS:
            return None
        i, j, k = np.indices((rows, columns, inner)).reshape(3, -1)
        return i * columns + j, i * inner + k if position == 0 else k * columns + j


def _of_three(a: Shape, b: Shape) -> Shape:
    if a != (3,) or b != (3,):
        raise ShapeProblem(f"cross is of two vectors with three elements, found shapes {a} and {b}")
    return a


def _cross(a: Any, b: Any) -> Any:
    _of_three(shape_of(a), shape_of(b))
    return arrays.cross(a, b)


class Cross(Structural):
    """The cross product of two vectors with three elements; its derivatives are cross products."""

    __slots__ = ()

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        a, b = operands
        return cross(b, g), cross(g, a)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        (a, b), (s, t) = operands, tangents
        left = None if s is None else cross(s, b)
        right = None if t is None else cross(a, t)
        return right if left is None else left if right is None else add(left, right)

    def relates(
        self, position: int, shapes: Sequence[Shape], out: Shape, values: Callable[[int], Any]
    ) -> tuple[Any, Any] | None:
        import numpy as np

        i, j = np.nonzero(1 - np.eye(3))
        return i, j


def outer(a: Value, b: Value) -> Value:
    """The matrix of all products of the elements of two vectors."""
    return mul(expand_dims(1)(a), expand_dims(0)(b))


def square(what: str, shape: Shape) -> int:
    """The size of a square matrix."""
    if len(shape) != 2 or shape[0] != shape[1]:
        raise EvaluationError(f"{what} is of a square matrix, found shape {shape}", hint="rows and columns are as many")
    return shape[0]


def _solution(a: Shape, *rest: Shape) -> Shape:
    b = rest[-1]
    if square("solve", a) != (b[0] if b else None) or len(b) > 2:
        raise ShapeProblem(f"shapes {a} and {b} do not fit in solve", hint="b has as many rows as the matrix")
    return b


def _solve(*operands: Any) -> Any:
    _solution(*map(shape_of, operands))
    return arrays.solve(*operands)


class Solve(Along):
    """x with a @ x = b, differentiated along each of the directions that stand between a and b."""

    __slots__ = ()
    last = 1

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        a, *directions, b = operands
        others = [[*directions[:i], *directions[i + 1 :]] for i in range(len(directions))]
        back = solve(*[transpose(x) for x in (a, *directions)], g)
        return [solve_slope(a, *directions, b, g), *[solve_slope(a, *along, b, g) for along in others], back]


class SolveSlope(Along):
    """The gradient by a of the sum of the elements of g times those of solve(a, ..., b): operands a, directions, b, g.

    That sum is linear in each direction, whose order is no matter, in b and in g: so the derivatives of this are of its
    own kind, or again solutions.
    """

    __slots__ = ()
    last = 2

    def vjp(self, h: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        a, *directions, b, g = operands
        others = [[*directions[:i], *directions[i + 1 :], h] for i in range(len(directions))]
        turned = [transpose(x) for x in (a, *directions, h)]
        return [
            solve_slope(a, *directions, h, b, g),
            *[solve_slope(a, *along, b, g) for along in others],
            solve(*turned, g),
            solve(a, *directions, h, b),
        ]


def _number(a: Shape) -> Shape:
    square("a determinant", a)
    return ()


class Determinant(Structural):
    """A number that a kernel makes of a square matrix by its determinant. `slope` gives its gradient."""

    __slots__ = ("slope",)

    def __init__(self, name: str, doc: str, kernel: Kernel, slope: Callable[[Value], Value], **entry: Any) -> None:
        def run(a: Any) -> Any:
            _number(shape_of(a))
            return settled(kernel(a))

        self.slope = slope
        super().__init__(name, "a", doc, run=run, shape=_number, **entry)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        (a,) = operands
        return (mul(g, self.slope(a)),)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        (a,), (t,) = operands, tangents
        return None if t is None else sum_(None)(mul(t, self.slope(a)))


matmul: Final = MatMul(
    "matmul",
    "x, y",
    "x @ y, the product of vectors and matrices",
    run=_matmul,
    shape=_fit,
    planned=_planned,
    notation=Notation("@", 7, "left"),
    textbook=("g y^T", "x^T g"),
)
cross: Final = Cross(
    "cross",
    "x, y",
    "the cross product of two vectors",
    run=_cross,
    shape=_of_three,
    remedies={"": "0 * inf and inf - inf have no value"},
    textbook=("cross(y, g)", "cross(g, x)"),
)
solve: Final = Solve("solve", "a, ..., b", "x with a @ x = b, along directions", run=_solve, shape=_solution)
solve_slope: Final = SolveSlope(
    "solve_slope",
    "a, ..., b, g",
    "the gradient of a solution by the matrix, along directions",
    run=lambda *operands: arrays.solve_slope(*operands),
    shaped_as=0,
)
# The determinants of what is left of a square matrix without one row and one column, with signs: the gradient of the
# determinant.
cofactors: Final = Slope(
    "cofactors", "the cofactors of a square matrix, along directions", lambda *xs: arrays.cofactors(*xs)
)
logdet_slope: Final = Slope(
    "logdet_slope", "the inverse of a square matrix, transposed, along directions", lambda *xs: arrays.logdet_slope(*xs)
)
det: Final = Determinant(
    "det",
    "the determinant of a square matrix",
    lambda a: arrays.det(a),
    cofactors,
    textbook=("g*det(a)*transpose(inv(a))",),
)
logdet: Final = Determinant(
    "logdet",
    "the logarithm of the determinant of a square matrix",
    lambda a: arrays.logdet(a),
    logdet_slope,
    hard_points=[
        HardPoint(
            lambda out, a: out == -math.inf, "logdet has a pole at a singular matrix: its derivative there is infinite"
        )
    ],
    remedies={"": "the logarithm of a negative determinant: real numbers only"},
    textbook=("g*transpose(inv(a))",),
)
identity: Final = Flat(
    "identity", "x", "the identity matrix in the shape of x", run=lambda x: arrays.identity(x), shaped_as=0
)
REGISTRY.infix["@"] = matmul
