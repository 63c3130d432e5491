"""TensorFlow 1's functions of arrays, and those of numbers that differ from the language's, by its names and with its
parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Final

from exprgrad.diagnostics import ShapeProblem, UsageError
from exprgrad.faces.answers import Namespace, checked_each, integer, several
from exprgrad.faces.tensorflow.instead import MODULE
from exprgrad.faces.tensorflow.node import Node, as_node, constant, operand
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.scalars import is_array
from exprgrad.ops import library
from exprgrad.ops import linear_algebra as L
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import div, floor_div, mod, mul
from exprgrad.ops.comparison import greater_equal, less_equal, not_equal, truth
from exprgrad.ops.elementary import tanh
from exprgrad.ops.functions import FUNCTIONS, axis_of
from exprgrad.ops.piecewise import abs_, max_, relu
from exprgrad.ops.registry import Op
from exprgrad.ops.special import sigmoid, softplus
from exprgrad.ops.structural import Shape, shape_of


def _node(x: Any) -> Any:
    return as_node(operand(x))


def _nodes(xs: Any, function: str) -> list[Any]:
    return [_node(x) for x in several(xs, function, "nodes")]


def _all_whole(x: Node) -> bool:
    """Whether a node is computed in whole numbers: of constants that are given so, and without a quotient."""
    waiting, seen = [x], {x.index}
    while waiting:
        node = waiting.pop()
        if (node.op is None and not node.whole) or node.op is div:
            return False
        for part in node.operands:
            if part.index not in seen:
                seen.add(part.index)
                waiting.append(part)
    return True


def _sizes(shape: Any) -> tuple[int, ...]:
    return tuple([integer(n, "a size") for n in (shape if isinstance(shape, list | tuple) else [shape])])


def _one_of(*given: Any) -> Any:
    """The argument that is given, of several names for it."""
    found = [x for x in given if x is not None]
    if len(found) > 1:
        raise UsageError("an argument is given twice, by two of its names", hint="axis=0, keepdims=True")
    return found[0] if found else None


def _flag(x: Any) -> bool:
    if x not in (None, False, True):
        raise UsageError(f"keepdims is True or False, found {x!r}", hint="keepdims=True")
    return bool(x)


def _axes(x: Any, axis: Any) -> list[int] | None:
    if axis is None:
        return None
    shape = shape_of(x)
    found = [integer(n, "an axis") for n in (axis if isinstance(axis, list | tuple) or is_array(axis) else [axis])]
    found = [axis_of(shape, n) for n in found]
    if len(set(found)) < len(found):
        raise UsageError(f"axis {found} names an axis twice", hint="name each once")
    return found


def _reduction(called: str, function: str) -> Callable[..., Any]:
    def reduce(
        input_tensor: Any,
        axis: Any = None,
        keepdims: Any = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: Any = None,
    ) -> Any:
        x = _node(input_tensor)
        axes = _axes(x, _one_of(axis, reduction_indices))
        keep = _flag(_one_of(keepdims, keep_dims))
        if function == "mean" and _all_whole(x):
            raise UsageError(
                "the mean of whole numbers is a whole number in TensorFlow 1",
                hint="write them with a point: [1.0, 2.0]",
            )
        if axes == []:
            if function in ("var", "std"):
                raise UsageError(f"{called}() along no axis", hint="name the axes, axis=[0, 1]")
            return truth(x) * 1.0 if function in ("any", "all") else +x
        return library.reduced(function, x, axes, keep)

    return reduce


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: Any = None,
    name: str | None = None,
    keep_dims: Any = None,
) -> Any:
    """The norm of all elements, or along some axes: of order 2, 1 or inf."""
    x = _node(tensor)
    axes, keep = _axes(x, axis), _flag(_one_of(keepdims, keep_dims))
    if ord == "euclidean" or (ord == "fro" and axes and len(axes) == 2) or (ord == 2 and (not axes or len(axes) == 1)):
        return library.reduced("norm", x, axes, keep)
    if ord in (1, math.inf) and (not axes or len(axes) == 1):
        return library.reduced("sum" if ord == 1 else "max", abs_(x), axes, keep)
    raise UsageError(f"the norm of order {ord!r} is not here", hint="1, 2 and numpy.inf are, of vectors")


def _of_one(name: str) -> Callable[..., Any]:
    compose = FUNCTIONS[name].compose
    return lambda input, name=None: compose(_node(input))


def _of_rank(called: str, function: str, rank: int) -> Callable[..., Any]:
    compose = FUNCTIONS[function].compose

    def run(input: Any, name: str | None = None) -> Any:
        x = _node(input)
        if len(shape_of(x)) != rank:
            raise ShapeProblem(
                f"{called} is of a {('vector', 'matrix')[rank - 1]} here, found shape {x.shape}", hint="index it first"
            )
        return compose(x)

    return run


def _turned(x: Any, turn: bool) -> Any:
    return S.transpose(_node(x)) if turn else _node(x)


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Any:
    """The product of matrices; of vectors, too, which TensorFlow 1 refuses."""
    return L.matmul(_turned(a, transpose_a or adjoint_a), _turned(b, transpose_b or adjoint_b))


def _inverse(input: Any, adjoint: bool = False, name: str | None = None) -> Any:
    return FUNCTIONS["inv"].compose(_turned(input, adjoint))


def _solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Any:
    return L.solve(_turned(matrix, adjoint), _node(rhs))


def _transpose(a: Any, perm: Sequence[int] | None = None, name: str | None = None, conjugate: bool = False) -> Any:
    return S.transpose(_node(a)) if perm is None else library.permuted(_node(a), perm)


def _softmax(logits: Any, axis: int | None = None, name: str | None = None, dim: int | None = None) -> Any:
    along = _one_of(axis, dim)
    return FUNCTIONS["softmax"].compose(_node(logits), axis=-1 if along is None else integer(along, "an axis"))


def _cumsum(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Any:
    if exclusive:
        raise UsageError("an exclusive cumsum is not here", hint="tf.cumsum(x) - x")
    x = _node(x)
    turn = S.flip(axis_of(shape_of(x), axis))
    found = FUNCTIONS["cumsum"].compose(turn(x) if reverse else x, axis=axis)
    return turn(found) if reverse else found


def _gather(
    params: Any,
    indices: Any,
    validate_indices: bool | None = None,
    name: str | None = None,
    axis: int | None = None,
    batch_dims: int = 0,
) -> Any:
    if batch_dims:
        raise UsageError("gather with batch_dims is not here", hint="tf.gather(x, indices, axis=0)")
    return library.taken(_node(params), _node(indices), 0 if axis is None else integer(axis, "an axis"))


def _expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Any:
    at = _one_of(axis, dim)
    if at is None:
        raise UsageError("expand_dims needs an axis", hint="tf.expand_dims(x, 0)")
    return library.expanded(_node(input), integer(at, "an axis"))


def _squeeze(input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None) -> Any:
    x = _node(input)
    axes = _axes(x, _one_of(axis, squeeze_dims))
    for n in axes or ():
        if shape_of(x)[n] != 1:
            raise ShapeProblem(f"axis {n} of shape {x.shape} has more than one element", hint="it stays, or index it")
    return library.squeezed(x, axes or None)


def _filled(name: str) -> Callable[..., Any]:
    compose = FUNCTIONS[name].compose
    return lambda shape, dtype="float32", name=None: _node(constant(to_python(compose(_sizes(shape))), dtype))


def _eye(
    num_rows: int, num_columns: int | None = None, batch_shape: None = None, dtype: Any = "float32", name: Any = None
) -> Any:
    if batch_shape is not None or num_columns not in (None, num_rows):
        raise UsageError("eye is a square matrix here", hint="tf.eye(n)")
    return _node(constant(to_python(FUNCTIONS["eye"].compose(integer(num_rows, "a size"))), dtype))


def _like(fill: float) -> Callable[..., Any]:
    def make(tensor: Any, dtype: Any = None, name: str | None = None, optimize: bool = True) -> Any:
        zeros = S.zeros_like(_node(tensor))
        filled = zeros + fill if fill else zeros
        return filled if dtype is None else filled * constant(1.0, dtype)

    return make


def _by_rows(condition: Shape, others: Sequence[Shape]) -> Shape:
    """TensorFlow 1's where: a vector as the condition for arrays with more axes chooses rows."""
    rank = max(map(len, others))
    return (*condition, *(1,) * (rank - 1)) if len(condition) == 1 else condition


_select: Final = library.selecting("where_rows", _by_rows)


def _where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    if x is None or y is None:
        raise UsageError("where has a condition and two nodes", hint="tf.where(x > 0, x, y)")
    return _select(*map(_node, (condition, x, y)))


def _extreme(wins: Op) -> Callable[..., Any]:
    """TensorFlow 1's maximum and minimum of two: of equal ones the derivative is that of the first."""

    def extreme(x: Any, y: Any, name: str | None = None) -> Any:
        x, y = _node(x), _node(y)
        return library.select(max_(wins(x, y), not_equal(x, x)), x, y)

    return extreme


def _div(x: Any, y: Any, name: str | None = None) -> Any:
    """The quotient; of whole numbers its floor, as in Python 2."""
    x, y = _node(x), _node(y)
    return (floor_div if _all_whole(x) and _all_whole(y) else div)(x, y)


def _pair(op: Op) -> Callable[..., Any]:
    return lambda x, y, name=None: op(_node(x), _node(y))


def _alone(op: Op) -> Callable[..., Any]:
    return lambda x, name=None: op(_node(x))


# In `tf` and in `tf.linalg`.
_MATRICES: Final[dict[str, Callable[..., Any]]] = {
    "matmul": matmul,
    "norm": norm,
    "trace": _of_one("trace"),
    "diag": _of_rank("diag", "diag", 1),
    "diag_part": _of_rank("diag_part", "diag", 2),
}

NAMES: Final[dict[str, Any]] = {
    **checked_each(
        {
            **{
                f"reduce_{name}": _reduction(f"reduce_{name}", name)
                for name in ("sum", "mean", "prod", "min", "max", "any", "all", "logsumexp", "std")
            },
            "reduce_variance": _reduction("reduce_variance", "var"),
            **_MATRICES,
            "where": _where,
            "transpose": _transpose,
            "reshape": lambda tensor, shape, name=None: S.reshape(_sizes(shape))(_node(tensor)),
            "concat": lambda values, axis, name=None: library.joined(
                _nodes(values, "concat"), integer(axis, "an axis")
            ),
            "stack": lambda values, axis=0, name=None: library.stacked(
                _nodes(values, "stack"), integer(axis, "an axis")
            ),
            "gather": _gather,
            "expand_dims": _expand_dims,
            "squeeze": _squeeze,
            "cumsum": _cumsum,
            "zeros_like": _like(0.0),
            "ones_like": _like(1.0),
            "zeros": _filled("zeros"),
            "ones": _filled("ones"),
            "eye": _eye,
            "matrix_determinant": _of_one("det"),
            "matrix_inverse": _inverse,
            "matrix_solve": _solve,
            "maximum": _extreme(greater_equal),
            "minimum": _extreme(less_equal),
            "square": lambda x, name=None: _pair(mul)(x, x),
            "div": _div,
            "realdiv": _pair(div),
            "floordiv": _pair(floor_div),
            "floormod": _pair(mod),
        }
    ),
    "linalg": Namespace(
        "tf.linalg",
        {**_MATRICES, "det": _of_one("det"), "inv": _inverse, "logdet": _of_one("logdet"), "solve": _solve},
        MODULE,
    ),
    "nn": Namespace(
        "tf.nn",
        {
            "softmax": _softmax,
            "relu": _alone(relu),
            "sigmoid": _alone(sigmoid),
            "softplus": _alone(softplus),
            "tanh": _alone(tanh),
        },
        MODULE,
    ),
    "math": import_module("exprgrad.static"),
}
