"""Products of vectors and matrices, and what solves equations with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError, ShapeProblem
from exprgrad.numbers.arithmetic import settled
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.ops.arithmetic import add, mul, neg, sub
from exprgrad.ops.reductions import Slope, sum_
from exprgrad.ops.registry import REGISTRY, Kernel, Notation, Value
from exprgrad.ops.shapes import expand_dims, transpose
from exprgrad.ops.structural import Flat, Shape, Structural, shape_of

# So many pairs of elements of a product are told apart: beyond, all may depend on all.
MOST_PAIRS: Final = 20_000_000


class MatMul(Structural):
    """The product of vectors and matrices: of two vectors a number."""

    __slots__ = ()

    def run(self, *operands: Any) -> Any:
        from exprgrad.numbers.arrays import matmul

        a, b = operands
        self.shape([shape_of(a), shape_of(b)])
        return settled(matmul(a, b))

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        import numpy as np

        return np.matmul if self.shape(shapes) else lambda a, b: FLOAT64.number(float(a @ b))

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        a, b = shapes
        if not (1 <= len(a) <= 2 and 1 <= len(b) <= 2) or a[-1] != b[0]:
            raise ShapeProblem(
                f"shapes {a} and {b} do not fit in a matrix product",
                hint="the last size of the left side must be the first of the right"
                if a and b
                else "* multiplies numbers",
            )
        return (*a[:-1], *b[1:])

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


def outer(a: Value, b: Value) -> Value:
    """The matrix of all products of the elements of two vectors."""
    return mul(expand_dims(1)(a), expand_dims(0)(b))


def square(what: str, shape: Shape) -> int:
    """The size of a square matrix."""
    if len(shape) != 2 or shape[0] != shape[1]:
        raise EvaluationError(f"{what} is of a square matrix, found shape {shape}", hint="rows and columns are as many")
    return shape[0]


class Solve(Structural):
    """x with a @ x = b."""

    __slots__ = ()

    def run(self, *operands: Any) -> Any:
        from exprgrad.numbers.arrays import solve as solved

        a, b = operands
        self.shape([shape_of(a), shape_of(b)])
        return solved(a, b)

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        a, b = shapes
        if square("solve", a) != (b[0] if b else None) or len(b) > 2:
            raise ShapeProblem(f"shapes {a} and {b} do not fit in solve", hint="b has as many rows as the matrix")
        return b

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        a, b = operands
        back = solve(transpose(a), g)
        return neg(outer(back, out) if len(shape_of(b)) == 1 else matmul(back, transpose(out))), back

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        (a, _), (s, t) = operands, tangents
        if s is None:
            return None if t is None else solve(a, t)
        moved = matmul(s, out)
        return solve(a, neg(moved) if t is None else sub(t, moved))


class Det(Structural):
    """The determinant of a square matrix; its derivative is the matrix of cofactors."""

    __slots__ = ()

    def run(self, *operands: Any) -> Any:
        from exprgrad.numbers.arrays import det as computed

        (a,) = operands
        self.shape([shape_of(a)])
        return settled(computed(a))

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        square("a determinant", shapes[0])
        return ()

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        (a,) = operands
        return (mul(g, cofactors(a)),)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        (a,), (t,) = operands, tangents
        return None if t is None else sum_(None)(mul(t, cofactors(a)))


class Cofactors(Slope):
    """The determinants of what is left of a square matrix without one row and one column, with signs: the gradient of
    the determinant, along directions."""

    __slots__ = ()

    def run(self, *operands: Any) -> Any:
        from exprgrad.numbers.arrays import cofactors as computed

        return computed(*operands)


class Identity(Flat):
    """The identity matrix in the shape of x."""

    __slots__ = ()
    shaped_as = 0

    def run(self, *operands: Any) -> Any:
        from exprgrad.numbers.arrays import identity as made

        return made(operands[0])


matmul: Final = MatMul(
    "matmul", "x, y", "x @ y, the product of vectors and matrices", notation=Notation("@", 7, "left")
)
solve: Final = Solve("solve", "a, b", "x with a @ x = b")
det: Final = Det("det", "a", "the determinant of a square matrix")
cofactors: Final = Cofactors("cofactors", "the cofactors of a square matrix, along directions")
identity: Final = Identity("identity", "x", "the identity matrix in the shape of x")
REGISTRY.infix["@"] = matmul
