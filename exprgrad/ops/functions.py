"""The functions of arrays: each is one entry, written in operations, from which its derivatives follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError, PositionProblem, ShapeProblem, incomplete
from exprgrad.numbers import arrays, limits
from exprgrad.ops import linear_algebra as L
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import add, between, mul, sub
from exprgrad.ops.comparison import greater, truth
from exprgrad.ops.elementary import exp
from exprgrad.ops.piecewise import abs_, max_, min_
from exprgrad.ops.reductions import cumsum, deviation, elements, logsumexp, mean, norm, product, softmax, sum_, variance
from exprgrad.ops.registry import Op, Value
from exprgrad.ops.structural import Shape, shape_of
from exprgrad.records import NamedTuple


class Static(NamedTuple):
    """An option: a whole number, or a `shape`."""

    name: str
    required: bool
    shape: bool


class ArrayFunction(NamedTuple):
    """A function of arrays. `values` are the names of its operands, `options` those that are known before any number
    flows, such as an axis; `compose` makes the result from values and options by name. A variadic one takes any
    number of its last operand."""

    name: str
    values: tuple[str, ...]
    variadic: bool
    options: tuple[Static, ...]
    doc: str
    compose: Callable[..., Value]

    @property
    def signature(self) -> str:
        """How it is called: `sum(x, axis=)`."""
        parts = (
            [*self.values[:-1], f"{self.values[-1]}, ..." if self.variadic else self.values[-1]] if self.values else []
        )
        return f"{self.name}({', '.join([*parts, *(o.name if o.required else f'{o.name}=' for o in self.options)])})"


FUNCTIONS: Final[dict[str, ArrayFunction]] = {}
# So many elements may be taken one by one: each is an operation.
_MOST_SLICES: Final = 1_000_000


def _function(name: str, values: str, doc: str, options: str = "") -> Callable[[Callable[..., Value]], Any]:
    """Enters a function. `options` are names: with `!` they must be given, with `[]` they may be shapes."""

    def enter(compose: Callable[..., Value]) -> Callable[..., Value]:
        if name in FUNCTIONS:
            raise incomplete(name, "takes the name of another function of arrays", "rename one")
        statics = tuple(Static(text.strip("![]"), "!" in text, "[]" in text) for text in options.split(", ") if text)
        names = tuple(part for part in values.split(", ") if part and part != "...")
        FUNCTIONS[name] = ArrayFunction(name, names, values.endswith("..."), statics, doc, compose)
        return compose

    return enter


def axis_of(shape: Shape, axis: int) -> int:
    """An axis counted from the first; a negative one counts from the last. Raises where there is none."""
    rank = len(shape)
    if not -rank <= axis < rank:
        raise PositionProblem(
            f"there is no axis {axis} in shape {shape}",
            hint=f"the axes are 0 to {rank - 1}" if rank else "a number has no axes",
        )
    return axis % rank


def _axis(x: Value, axis: int | None) -> int | None:
    return None if axis is None else axis_of(shape_of(x), axis)


def _slices(x: Value, axis: int | None) -> list[Value]:
    """The elements, or what lies at each position along an axis. Raises where these are too many to be operands of
    operations."""
    if not shape_of(x):
        return [x]
    if (count := elements(shape_of(x), axis)) > _MOST_SLICES:
        raise EvaluationError(
            f"this takes {int(count):,} elements one by one, and {_MOST_SLICES:,} are the most",
            hint="take a smaller array, or one part after the other",
        )
    if axis is None:
        flat = S.reshape((-1,))(x)
        return [S.get_item((i,))(flat) for i in range(shape_of(flat)[0])]
    before: tuple[Any, ...] = ((None, None, None),) * axis
    return [S.get_item((*before, i))(x) for i in range(shape_of(x)[axis])]


def _some(x: Value, axis: int | None, what: str) -> list[Value]:
    parts = _slices(x, axis)
    if not parts:
        raise EvaluationError(f"{what} of no elements", hint="an array with elements has one")
    return parts


def _matrix(x: Value, what: str) -> None:
    if len(shape_of(x)) != 2:
        raise EvaluationError(f"{what} is of a matrix, found shape {shape_of(x)}", hint="[[1, 2], [3, 4]] is one")


def _reduction(name: str, doc: str, along: Callable[[int | None], Op], of_number: Callable[[Value], Value]) -> Any:
    """Enters a function of all elements or of those along an axis. What it is of a number is another operation."""

    @_function(name, "x", doc, "axis")
    def reduced(x: Value, axis: int | None = None) -> Value:
        axis = _axis(x, axis)
        return along(axis)(x) if shape_of(x) else of_number(x)

    return reduced


_sum = _reduction("sum", "the sum of the elements, or along an axis", sum_, lambda x: x)
_reduction("mean", "the mean of the elements, or along an axis", mean, lambda x: x)
_reduction("prod", "the product of the elements, or along an axis", product, lambda x: x)


@_function("min", "x", "the least element, or along an axis", "axis")
def _min(x: Value, axis: int | None = None) -> Value:
    parts = _some(x, _axis(x, axis), "the minimum")
    return min_(*parts) if len(parts) > 1 else parts[0]


@_function("max", "x", "the largest element, or along an axis", "axis")
def _max(x: Value, axis: int | None = None) -> Value:
    parts = _some(x, _axis(x, axis), "the maximum")
    return max_(*parts) if len(parts) > 1 else parts[0]


_reduction("var", "the variance: the mean square of the differences from the mean", variance, lambda x: sub(x, x))
_reduction("std", "the standard deviation, the square root of the variance", deviation, lambda x: sub(x, x))


@_function("any", "x", "1 if an element is true, else 0", "axis")
def _any(x: Value, axis: int | None = None) -> Value:
    return greater(_sum(truth(x), axis), 0.0)


@_function("all", "x", "1 if all elements are true, else 0", "axis")
def _all(x: Value, axis: int | None = None) -> Value:
    return sub(1.0, greater(_sum(sub(1.0, truth(x)), axis), 0.0))


@_function("cumsum", "x", "the running sums along an axis, by default the first", "axis")
def _cumsum(x: Value, axis: int | None = 0) -> Value:
    found = _axis(x, axis)
    assert found is not None
    return cumsum(found)(x)


_reduction("norm", "the square root of the sum of the squares of the elements, or along an axis", norm, abs_)
_reduction("logsumexp", "log(sum(exp(x)))", logsumexp, lambda x: x)
_reduction("softmax", "exp(x)/sum(exp(x)), along an axis or over all elements", softmax, lambda x: exp(sub(x, x)))


@_function("dot", "x, y", "the sum of the products of two vectors, or a matrix product")
def _dot(x: Value, y: Value) -> Value:
    return L.matmul(x, y) if shape_of(x) and shape_of(y) else mul(x, y)


@_function("outer", "x, y", "the matrix of all products of the elements of two vectors")
def _outer(x: Value, y: Value) -> Value:
    if len(shape_of(x)) != 1 or len(shape_of(y)) != 1:
        raise ShapeProblem(f"outer is of two vectors, found shapes {shape_of(x)} and {shape_of(y)}")
    return L.outer(x, y)


_function("cross", "x, y", "the cross product of two vectors with three elements")(L.cross)


@_function("size", "x", "how many elements there are, or places along an axis", "axis")
def _size(x: Value, axis: int | None = None) -> float:
    return elements(shape_of(x), _axis(x, axis))


_function("transpose", "x", "x with its axes in reverse order, also written x.T")(S.transpose)


@_function("reshape", "x", "the elements in another shape, which one -1 completes", "shape![]")
def _reshape(x: Value, shape: Shape) -> Value:
    return S.reshape(shape)(x)


@_function("concat", "x, ...", "arrays one after the other along an axis, by default the first", "axis")
def _concat(*xs: Value, axis: int | None = 0) -> Value:
    found = _axis(xs[0], axis)
    assert found is not None
    return S.concat(found)(*xs)


_function("stack", "x, ...", "arrays of one shape along a new first axis, as [x, ...]")(S.vector)


@_function("diag", "x", "a matrix with the vector x as its diagonal, or the diagonal of a matrix")
def _diag(x: Value) -> Value:
    if len(shape_of(x)) == 1:
        return add(S.on_diagonal(x, L.outer(S.zeros_like(x), S.zeros_like(x))), 0.0)
    _matrix(x, "a diagonal")
    return S.diagonal(x)


@_function("trace", "x", "the sum of the diagonal of a matrix")
def _trace(x: Value) -> Value:
    _matrix(x, "a trace")
    return _sum(S.diagonal(x))


_function("det", "x", "the determinant of a square matrix")(L.det)


_function("logdet", "x", "the logarithm of the determinant of a square matrix")(L.logdet)


@_function("inv", "x", "the inverse of a square matrix")
def _inv(x: Value) -> Value:
    L.square("an inverse", shape_of(x))
    return L.solve(x, L.identity(x))


_function("solve", "a, b", "x with a @ x = b, for a vector or a matrix b")(L.solve)


def _sizes(shape: Shape) -> Shape:
    """A shape as it is written. Raises where there is no such array."""
    if any(size < 0 for size in shape):
        found = limits.written(min(shape))
        raise EvaluationError(
            f"a size is a whole number from 0 on, found {found}", hint="give one that is not negative"
        )
    return limits.within(shape)


def _constant(shape: Shape, fill: float) -> Any:
    """An array of one number."""
    return arrays.full(_sizes(shape), fill, None)


@_function("zeros", "", "zeros in a shape", "shape![]")
def _zeros(shape: Shape) -> Value:
    return _constant(shape, 0.0)


@_function("ones", "", "ones in a shape", "shape![]")
def _ones(shape: Shape) -> Value:
    return _constant(shape, 1.0)


@_function("eye", "", "the identity matrix with n rows", "n!")
def _eye(n: int) -> Value:
    return arrays.identity(_constant((n, n), 0.0))


@_function("arange", "", "the whole numbers from 0 to n, which is excluded", "n!")
def _arange(n: int) -> Value:
    return arrays.rounded(range(*_sizes((n,))))


@_function("linspace", "a, b", "n numbers from a to b at equal distances", "n!")
def _linspace(a: Value, b: Value, n: int) -> Value:
    return between(max(n - 1, 1))(a, b, _arange(n))
