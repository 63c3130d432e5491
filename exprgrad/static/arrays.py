"""TensorFlow 1's functions of arrays, by its names and with its parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Final

from exprgrad.ops import library
from exprgrad.ops import linear_algebra as L
from exprgrad.ops import shapes as S
from exprgrad.ops.functions import FUNCTIONS
from exprgrad.static.graph import Node, constant
from exprgrad.static.regions import here


def _node(x: Any) -> Any:
    return here(x if isinstance(x, Node) else constant(x))


def _nodes(xs: Sequence[Any]) -> list[Any]:
    return [_node(x) for x in xs]


def _reduction(function: str) -> Callable[..., Any]:
    def reduce(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Any:
        return library.reduced(function, _node(input_tensor), axis, keepdims)

    return reduce


def norm(tensor: Any, *, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Any:
    """The Euclidean norm of all elements, or along some axes."""
    return library.reduced("norm", _node(tensor), axis, keepdims)


def _of_one(name: str) -> Callable[..., Any]:
    compose = FUNCTIONS[name].compose
    return lambda input, name=None: compose(_node(input))


def _of_axis(name: str, axis: int) -> Callable[..., Any]:
    compose, default = FUNCTIONS[name].compose, axis
    return lambda x, axis=default, name=None: compose(_node(x), axis=axis)


def matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, name: str | None = None) -> Any:
    """The product of matrices; of vectors, too, which TensorFlow 1 refuses."""
    a, b = _node(a), _node(b)
    return L.matmul(S.transpose(a) if transpose_a else a, S.transpose(b) if transpose_b else b)


def _transpose(a: Any, perm: Sequence[int] | None = None, name: str | None = None) -> Any:
    return S.transpose(_node(a)) if perm is None else library.permuted(_node(a), perm)


NAMES: Final[dict[str, Any]] = {
    **{
        f"reduce_{name}": _reduction(function)
        for name, function in {
            **{name: name for name in ("sum", "mean", "prod", "min", "max", "any", "all", "logsumexp")},
            "std": "std",
            "variance": "var",
        }.items()
    },
    "matmul": matmul,
    "where": lambda condition, x, y, name=None: library.select(*_nodes([condition, x, y])),
    "transpose": _transpose,
    "reshape": lambda tensor, shape, name=None: S.reshape(tuple(shape))(_node(tensor)),
    "concat": lambda values, axis, name=None: library.joined(_nodes(values), axis),
    "stack": lambda values, axis=0, name=None: library.stacked(_nodes(values), axis),
    "gather": lambda params, indices, axis=0, name=None: library.taken(_node(params), _node(indices), axis),
    "expand_dims": lambda input, axis, name=None: library.expanded(_node(input), axis),
    "squeeze": lambda input, axis=None, name=None: library.squeezed(_node(input), axis),
    "cumsum": _of_axis("cumsum", 0),
    "zeros_like": lambda tensor, name=None: S.zeros_like(_node(tensor)),
    "ones_like": lambda tensor, name=None: S.zeros_like(_node(tensor)) + 1.0,
    "zeros": lambda shape, name=None: _node(FUNCTIONS["zeros"].compose(tuple(shape))),
    "ones": lambda shape, name=None: _node(FUNCTIONS["ones"].compose(tuple(shape))),
    "eye": lambda num_rows, name=None: _node(FUNCTIONS["eye"].compose(num_rows)),
    "trace": _of_one("trace"),
    "norm": norm,
    "diag": _of_one("diag"),
    "diag_part": _of_one("diag"),
    "matrix_determinant": _of_one("det"),
    "matrix_inverse": _of_one("inv"),
    "matrix_solve": lambda matrix, rhs, name=None: L.solve(_node(matrix), _node(rhs)),
    "linalg": SimpleNamespace(
        matmul=matmul,
        det=_of_one("det"),
        inv=_of_one("inv"),
        logdet=_of_one("logdet"),
        norm=norm,
        trace=_of_one("trace"),
        diag=_of_one("diag"),
        diag_part=_of_one("diag"),
        solve=lambda matrix, rhs, name=None: L.solve(_node(matrix), _node(rhs)),
    ),
    "nn": SimpleNamespace(
        softmax=lambda logits, axis=-1, name=None: FUNCTIONS["softmax"].compose(_node(logits), axis=axis)
    ),
}
