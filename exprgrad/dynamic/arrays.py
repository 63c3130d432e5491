"""PyTorch's functions of arrays, by its names and with its parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Final

from exprgrad.diagnostics import UsageError
from exprgrad.dynamic.tensor import as_tensor
from exprgrad.ops import library
from exprgrad.ops import linear_algebra as L
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import mul, sub
from exprgrad.ops.elementary import sqrt
from exprgrad.ops.functions import FUNCTIONS, axis_of
from exprgrad.ops.registry import REGISTRY


def _tensors(xs: Sequence[Any]) -> list[Any]:
    return [as_tensor(x) for x in xs]


def _reduction(name: str) -> Callable[..., Any]:
    return lambda input, dim=None, keepdim=False: library.reduced(name, as_tensor(input), dim, keepdim)


def _of_one(name: str) -> Callable[..., Any]:
    compose = FUNCTIONS[name].compose
    return lambda input: compose(as_tensor(input))


def _of_axis(name: str) -> Callable[..., Any]:
    compose = FUNCTIONS[name].compose
    return lambda input, dim: compose(as_tensor(input), axis=dim)


def var(input: Any, dim: Any = None, *, correction: int = 1, keepdim: bool = False) -> Any:
    """The variance: the sum of the squares of the differences from the mean, over the count less `correction`."""
    x = as_tensor(input)
    away = sub(x, library.reduced("mean", x, dim, True) if x.shape else x)
    squares = mul(away, away)
    count = len(x.numpy().reshape(-1)) // max(1, len(library.reduced("sum", x, dim).numpy().reshape(-1)))
    return library.reduced("sum", squares, dim, keepdim) / float(count - correction)


def std(input: Any, dim: Any = None, *, correction: int = 1, keepdim: bool = False) -> Any:
    """The square root of `var`."""
    return sqrt(var(input, dim, correction=correction, keepdim=keepdim))


def norm(input: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The Euclidean norm of all elements, or along some axes."""
    return library.reduced("norm", as_tensor(input), dim, keepdim)


def reshape(input: Any, *shape: Any) -> Any:
    """The elements in another shape, given as one sequence or as sizes."""
    sizes = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
    return S.reshape(tuple(sizes))(as_tensor(input))


def _filled(name: str) -> Callable[..., Any]:
    compose = FUNCTIONS[name].compose

    def made(*size: Any) -> Any:
        return as_tensor(compose(tuple(size[0] if len(size) == 1 and not isinstance(size[0], int) else size)))

    return made


def _product(a: Any, b: Any) -> Any:
    return L.matmul(as_tensor(a), as_tensor(b))


def _extreme(name: str) -> Callable[..., Any]:
    """PyTorch's max and min: of all elements, or of two tensors, element by element."""
    reduce = _reduction(name)

    def extreme(input: Any, *others: Any, **options: Any) -> Any:
        if options or any(not hasattr(x, "shape") for x in others):
            raise UsageError(
                f"{name} along an axis, with positions, is not part of this version",
                hint=f"a{name}(x, dim) gives the values; {name}imum(x, y) compares with a number",
            )
        return REGISTRY.choose(name, len(others) + 1)(input, *others) if others else reduce(input)

    return extreme


# Functions whose first operand is a tensor are its methods, too.
METHODS: Final[dict[str, Callable[..., Any]]] = {
    **{name: _reduction(name) for name in ("sum", "mean", "prod", "any", "all", "logsumexp")},
    "amin": _reduction("min"),
    "amax": _reduction("max"),
    "var": var,
    "std": std,
    "cumsum": _of_axis("cumsum"),
    "softmax": _of_axis("softmax"),
    **dict.fromkeys(("matmul", "mm", "mv"), _product),
    "dot": _product,
    "outer": lambda input, vec2: FUNCTIONS["outer"].compose(as_tensor(input), as_tensor(vec2)),
    "reshape": reshape,
    "view": reshape,
    "transpose": lambda input, dim0, dim1: library.swapped(as_tensor(input), dim0, dim1),
    "permute": lambda input, *dims: library.permuted(
        as_tensor(input), dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    ),
    "t": lambda input: S.transpose(as_tensor(input)),
    "unsqueeze": lambda input, dim: library.expanded(as_tensor(input), dim),
    "squeeze": lambda input, dim=None: library.squeezed(as_tensor(input), dim),
    "index_select": lambda input, dim, index: library.taken(as_tensor(input), as_tensor(index), dim),
    "flip": lambda input, dims: _flipped(as_tensor(input), dims),
    "diag": _of_one("diag"),
    "trace": _of_one("trace"),
    "det": _of_one("det"),
    "logdet": _of_one("logdet"),
    "inverse": _of_one("inv"),
    "norm": norm,
    "max": _extreme("max"),
    "min": _extreme("min"),
}


def _flipped(x: Any, dims: Any) -> Any:
    for axis in [dims] if isinstance(dims, int) else dims:
        x = S.flip(axis_of(x.shape, axis))(x)
    return x


NAMES: Final[dict[str, Any]] = {
    **METHODS,
    "where": lambda condition, input, other: library.select(*_tensors([condition, input, other])),
    **dict.fromkeys(("cat", "concat"), lambda tensors, dim=0: library.joined(_tensors(tensors), dim)),
    "stack": lambda tensors, dim=0: library.stacked(_tensors(tensors), dim),
    "zeros": _filled("zeros"),
    "ones": _filled("ones"),
    "eye": lambda n: as_tensor(FUNCTIONS["eye"].compose(n)),
    "zeros_like": lambda input: S.zeros_like(as_tensor(input)),
    "ones_like": lambda input: S.zeros_like(as_tensor(input)) + 1.0,
    "linalg": SimpleNamespace(
        det=_of_one("det"),
        inv=_of_one("inv"),
        norm=norm,
        solve=lambda a, b: L.solve(as_tensor(a), as_tensor(b)),
        matmul=_product,
    ),
}
