"""PyTorch's functions of arrays, and those of numbers that have parameters there, by its names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from exprgrad.diagnostics import ShapeProblem, UsageError
from exprgrad.faces.answers import Namespace, checked_each, integer, several
from exprgrad.faces.torch.families import as_view
from exprgrad.faces.torch.functions import function
from exprgrad.faces.torch.instead import MODULE
from exprgrad.faces.torch.tensor import Tensor, as_tensor, check_device, tensor, unrecorded
from exprgrad.numbers.arithmetic import dtype_from, from_python, settled, to_python
from exprgrad.numbers.scalars import is_array
from exprgrad.ops import library
from exprgrad.ops import linear_algebra as L
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import div, floor_div, mul, pow_
from exprgrad.ops.comparison import logical_not, truth
from exprgrad.ops.control import in_precision
from exprgrad.ops.elementary import sqrt
from exprgrad.ops.functions import FUNCTIONS, axis_of
from exprgrad.ops.piecewise import abs_, max_, min_
from exprgrad.ops.registry import REGISTRY, Traced
from exprgrad.ops.special import polygamma
from exprgrad.ops.structural import filled, shape_of


def _tensors(xs: Any, function: str) -> list[Any]:
    return [as_tensor(x) for x in several(xs, function, "tensors")]


def _sizes(given: Sequence[Any], what: str) -> tuple[int, ...]:
    """Whole numbers, given one by one or as one sequence."""
    numbers = given[0] if len(given) == 1 and isinstance(given[0], list | tuple) else given
    return tuple([integer(x, what) for x in numbers])


def _axes(x: Any, dim: Any) -> list[int] | None:
    """The axes that are meant; None for all. A number counts as having one."""
    if dim is None:
        return None
    found = [integer(axis, "dim") for axis in (dim if isinstance(dim, list | tuple) else [dim])]
    if not x.shape and found:
        if not {0, -1} >= set(found):
            axis_of(x.shape, found[0])
        return None
    found = [axis_of(x.shape, axis) for axis in found]
    if len(set(found)) < len(found):
        raise UsageError(f"dim {tuple(found)} names an axis twice", hint="name each once")
    return found or None


def _flag(x: Any, name: str) -> bool:
    if not isinstance(x, bool):
        raise UsageError(f"{name} is True or False, found {x!r}", hint=f"{name}=True")
    return x


def cast(x: Any, dtype: Any) -> Any:
    """The tensor, or a number as one, in another precision, with its history."""
    x = as_tensor(x)
    if dtype is None or dtype_from(dtype) == x.dtype:
        return x
    return in_precision(x, Tensor(from_python(0.0, dtype_from(dtype))))


def _reduced(name: str, x: Any, dim: Any, keepdim: Any) -> Any:
    axes, keep = _axes(x, dim), _flag(keepdim, "keepdim")
    return library.reduced(name, x, axes, keep and bool(x.shape))


def _reduction(name: str) -> Callable[..., Any]:
    def reduce(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: None = None) -> Any:
        return _reduced(name, cast(input, dtype), dim, keepdim)

    return reduce


def _prod(input: Any, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    x = cast(input, dtype)
    return _reduced("prod", x, dim if dim is None else integer(dim, "dim"), keepdim)


def _decision(name: str) -> Callable[..., Any]:
    def decide(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
        x = unrecorded(as_tensor(input))
        if isinstance(dim, list | tuple) and not dim:
            return truth(x)
        return _reduced(name, x, dim, keepdim)

    return decide


def _logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    if isinstance(dim, list | tuple) and not dim:
        raise UsageError("logsumexp along no axis", hint="name the axes, dim=(0, 1)")
    return _reduced("logsumexp", as_tensor(input), dim, keepdim)


def _of_one(name: str) -> Callable[..., Any]:
    compose = FUNCTIONS[name].compose
    return lambda input: compose(as_tensor(input))


def _along(name: str) -> Callable[..., Any]:
    compose = FUNCTIONS[name].compose

    def run(input: Any, dim: int, dtype: Any = None) -> Any:
        x = cast(input, dtype)
        axes = _axes(x, integer(dim, "dim"))
        return compose(x, axis=axes[0]) if axes else compose(S.reshape((1,))(x), axis=0)[0]

    return run


def _deviation(name: str) -> Callable[..., Any]:
    """PyTorch's var and std. The second argument may be `unbiased` in place of `dim`."""

    def deviation(
        input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
    ) -> Any:
        if isinstance(dim, bool):
            if unbiased is not None:
                raise UsageError(f"{name} has dim before unbiased", hint=f"x.{name}(dim, unbiased)")
            dim, unbiased = None, dim
        if unbiased is not None:
            if correction is not None:
                raise UsageError("unbiased and correction say the same", hint="give one of them")
            correction = int(_flag(unbiased, "unbiased"))
        x = as_tensor(input)
        axes = _axes(x, dim)
        count = math.prod(x.shape if axes is None else [x.shape[axis] for axis in axes])
        free = max(0.0, count - (1.0 if correction is None else float(correction)))
        found = _reduced(name, x, axes, keepdim)
        if free == count:
            return found
        top, bottom = (float(count), free) if name == "var" else (math.sqrt(count), math.sqrt(free))
        return div(mul(found, top), bottom)

    return deviation


def _norm(x: Any, p: Any, dim: Any, keepdim: Any) -> Any:
    if isinstance(p, bool | Traced):
        raise UsageError(f"the order of a norm is a number, found {p!r}", hint="x.norm(2)")
    if p in (None, "fro", 2):
        return _reduced("norm", x, dim, keepdim)
    if p in (1, math.inf, -math.inf):
        return _reduced({1: "sum", math.inf: "max", -math.inf: "min"}[p], abs_(x), dim, keepdim)
    raise UsageError(f"the norm of order {p!r} is not here", hint="1, 2, inf and -inf are; (abs(x)**p).sum()**(1/p)")


def norm(
    input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: None = None, dtype: Any = None
) -> Any:
    """The norm of all elements, or along some axes: of order 2, 1, inf or -inf."""
    return _norm(cast(input, dtype), p, dim, keepdim)


def _linalg_norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:  # noqa: N803
    x = cast(A, dtype)
    pair = len(x.shape) == 2 if dim is None else isinstance(dim, list | tuple) and len(dim) == 2
    if ord not in (None, "fro") and (pair or (dim is None and len(x.shape) > 2)):
        raise UsageError(
            f"the norm of order {ord!r} of a matrix is not here", hint="torch.norm(A, p) is of its elements"
        )
    return _norm(x, ord, dim, keepdim)


def _vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    return _norm(cast(x, dtype), ord, dim, keepdim)


def _extreme(name: str) -> Callable[..., Any]:
    """PyTorch's max and min: of all elements, or of two tensors, element by element."""

    def extreme(input: Any, *others: Any, **options: Any) -> Any:
        options = {key: value for key, value in options.items() if value is not None}  # numpy.max(x) gives some
        if list(options) == ["other"] and not others:
            others, options = (options["other"],), {}
        if options or len(others) > 1 or any(not hasattr(x, "shape") for x in others):
            raise UsageError(
                f"{name} along an axis, with positions, is not part of this version",
                hint=f"a{name}(x, dim) gives the values; {name}imum(x, y) compares with a number",
            )
        x = as_tensor(input)
        return REGISTRY.choose(name, 2)(x, as_tensor(others[0])) if others else library.reduced(name, x)

    return extreme


def _product(name: str, ranks: tuple[int, int] | None = None) -> Callable[..., Any]:
    def product(input: Any, other: Any) -> Any:
        a, b = as_tensor(input), as_tensor(other)
        if ranks is not None and (len(a.shape), len(b.shape)) != ranks:
            kinds = [("number", "vector", "matrix")[rank] for rank in ranks]
            raise ShapeProblem(
                f"{name} is of a {kinds[0]} and a {kinds[1]}, found shapes {a.shape} and {b.shape}", hint="matmul(x, y)"
            )
        return L.matmul(a, b)

    return product


def _reshape(input: Any, *shape: Any) -> Any:
    if not shape:
        raise UsageError("reshape() needs a shape", hint="x.reshape(2, 3)")
    reshape, x = S.reshape(_sizes(shape, "a size")), as_tensor(input)
    result = reshape(x)
    if is_array(x.value) and not x.value.flags.c_contiguous:  # as in PyTorch, it is a copy
        return result
    return as_view(x, result, lambda value: settled(reshape.run(value)))


def _arranged(input: Any, arrange: Callable[[Any], Any]) -> Any:
    """The tensor with its axes arranged by a function of values: it shares the memory of the tensor."""
    x = as_tensor(input)
    return as_view(x, arrange(x), arrange)


def _swapped(x: Any, dim0: int, dim1: int) -> Any:
    return library.swapped(x, integer(dim0, "dim"), integer(dim1, "dim")) if shape_of(x) else x


def _t(x: Any) -> Any:
    if len(shape_of(x)) > 2:
        raise ShapeProblem(f"t is of a matrix, found shape {x.shape}", hint="x.transpose(0, 1)")
    return S.transpose(x) if len(shape_of(x)) == 2 else x


def _squeezed(x: Any, dim: Any) -> Any:
    return library.squeezed(x, None if dim is None or not shape_of(x) else _axes(x, dim) or [])


def _flip(input: Any, *dims: Any) -> Any:
    x = as_tensor(input)
    for axis in _axes(x, _sizes(dims, "dim")) or ():
        x = S.flip(axis)(x)
    return x.clone()  # memory of its own


def _index_select(input: Any, dim: int, index: Any) -> Any:
    x, positions = as_tensor(input), as_tensor(index)
    return library.taken(x, positions if positions.shape else S.reshape((1,))(positions), integer(dim, "dim"))


def _diag(input: Any, diagonal: int = 0) -> Any:
    if diagonal:
        raise UsageError("a diagonal beside the main one is not here", hint="torch.stack of x[i, i + 1]")
    return FUNCTIONS["diag"].compose(as_tensor(input))


# -- functions of numbers ------------------------------------------------------------------------------


def _scaled(name: str) -> Callable[..., Any]:
    run = function(name)
    return lambda input, other, *, alpha=1: run(input, other if alpha == 1 else mul(as_tensor(other), alpha))


def _div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    x, y = as_tensor(input), as_tensor(other)
    if rounding_mode is None:
        return div(x, y)
    if rounding_mode not in ("floor", "trunc"):
        raise UsageError(f"rounding_mode is 'floor' or 'trunc', found {rounding_mode!r}", hint="or leave it away")
    return floor_div(x, y) if rounding_mode == "floor" else function("trunc")(div(x, y))


def _clip(input: Any, min: Any = None, max: Any = None) -> Any:
    # At a limit that is a number PyTorch's derivative by the input is 0; with a tensor as its limit it shares, unless
    # both are one.
    x = as_tensor(input)
    if min is None and max is None:
        raise UsageError("clip has min or max", hint="x.clip(min=0)")
    if any(isinstance(limit, float) and math.isnan(limit) for limit in (min, max)):
        return mul(x, math.nan)
    if isinstance(min, Traced) and isinstance(max, Traced):
        inside, low, high = (unrecorded(as_tensor(t)) for t in (x, min, max))
        one = library.select(inside < low, min, library.select(inside > high, max, x))
        return library.select(_decided("equal")(low, high), one, min_(max_(x, min), max))
    if isinstance(min, Traced):
        x = max_(x, min)
    elif min is not None:
        x = library.select(unrecorded(x) <= min, min, x)
    if isinstance(max, Traced):
        x = min_(x, max)
    elif max is not None:
        x = library.select(unrecorded(x) >= max, max, x)
    return x


def _decided(name: str) -> Callable[..., Any]:
    """A comparison, whose result requires no gradient."""
    op = REGISTRY.choose(name, 2)
    return lambda input, other: op(unrecorded(as_tensor(input)), unrecorded(as_tensor(other)))


def _log(input: Any, *base: Any) -> Any:
    return REGISTRY.choose("log", 1 + len(base))(as_tensor(input), *map(as_tensor, base))


def _round(input: Any, *, decimals: int = 0) -> Any:
    x, run = as_tensor(input), function("round")
    return div(run(mul(x, 10.0**decimals)), 10.0**decimals) if decimals else run(x)


def _equal(input: Any, other: Any) -> bool:
    """Whether two tensors have one shape and equal elements."""
    for x in (input, other):
        if not isinstance(x, Tensor):
            raise UsageError(f"equal is of two tensors, found {type(x).__name__}", hint="torch.eq(x, 2) is elementwise")
    import numpy as np

    return np.array_equal(to_python(input.value), to_python(other.value))


def _allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    import numpy as np

    x, y = as_tensor(input), as_tensor(other)
    return bool(np.allclose(to_python(x.value), to_python(y.value), rtol, atol, equal_nan))


def _square(input: Any) -> Any:
    x = as_tensor(input)
    return mul(x, x)


def _to(input: Any, *target: Any, dtype: Any = None, device: Any = None, **options: Any) -> Any:
    if not options.keys() <= {"copy", "non_blocking", "memory_format"} or len(target) > 2:
        raise UsageError("to() is of a precision or a device", hint="x.to(torch.float32)")
    check_device(device)
    found = dtype
    for wanted in target:
        if isinstance(wanted, str) and wanted.partition(":")[0] in _DEVICES:
            check_device(wanted)
        elif wanted is not None:
            found = wanted.dtype if isinstance(wanted, Tensor) else wanted
    return input if found is None else cast(input, found)


_DEVICES: Final = ("cpu", "cuda", "mps", "xpu", "hpu", "mtia", "meta")


# Functions whose first operand is a tensor are its methods, too.
_METHODS: Final[dict[str, Callable[..., Any]]] = {
    "sum": _reduction("sum"),
    "mean": _reduction("mean"),
    "prod": _prod,
    "any": _decision("any"),
    "all": _decision("all"),
    "logsumexp": _logsumexp,
    "amin": lambda input, dim=(), keepdim=False: _reduced("min", as_tensor(input), dim, keepdim),
    "amax": lambda input, dim=(), keepdim=False: _reduced("max", as_tensor(input), dim, keepdim),
    "var": _deviation("var"),
    "std": _deviation("std"),
    "cumsum": _along("cumsum"),
    "softmax": _along("softmax"),
    "matmul": _product("matmul"),
    "mm": _product("mm", (2, 2)),
    "mv": _product("mv", (2, 1)),
    "dot": _product("dot", (1, 1)),
    "outer": lambda input, vec2: FUNCTIONS["outer"].compose(as_tensor(input), as_tensor(vec2)),
    "reshape": _reshape,
    "view": _reshape,
    "transpose": lambda input, dim0, dim1: _arranged(input, lambda x: _swapped(x, dim0, dim1)),
    "permute": lambda input, *dims: _arranged(input, lambda x: library.permuted(x, _sizes(dims, "dim"))),
    "t": lambda input: _arranged(input, _t),
    "unsqueeze": lambda input, dim: _arranged(input, lambda x: library.expanded(x, integer(dim, "dim"))),
    "squeeze": lambda input, dim=None: _arranged(input, lambda x: _squeezed(x, dim)),
    "index_select": _index_select,
    "flip": _flip,
    "diag": _diag,
    "trace": _of_one("trace"),
    "det": _of_one("det"),
    "logdet": _of_one("logdet"),
    "inverse": _of_one("inv"),
    "norm": norm,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "add": _scaled("add"),
    **dict.fromkeys(("sub", "subtract"), _scaled("sub")),
    **dict.fromkeys(("div", "divide", "true_divide"), _div),
    **dict.fromkeys(("clip", "clamp"), _clip),
    "round": _round,
    "equal": _equal,
    **{
        name: _decided(name)
        for name in ("eq", "ne", "lt", "le", "gt", "ge", "not_equal", "less", "less_equal", "greater", "greater_equal")
    },
    "logical_not": lambda input: logical_not(unrecorded(as_tensor(input))),
    **dict.fromkeys(("pow", "power"), lambda input, exponent: pow_(as_tensor(input), as_tensor(exponent))),
    "maximum": lambda input, other: max_(as_tensor(input), as_tensor(other)),
    "minimum": lambda input, other: min_(as_tensor(input), as_tensor(other)),
    **dict.fromkeys(("log", "ln"), _log),
    "polygamma": lambda input, n: polygamma(n, as_tensor(input)),
    "allclose": _allclose,
    "square": _square,
    "reciprocal": lambda input: div(1.0, as_tensor(input)),
    "rsqrt": lambda input: div(1.0, sqrt(as_tensor(input))),
    "where": lambda input, condition, other: _where(condition, input, other),
    "float": lambda input: cast(input, "float32"),
    "double": lambda input: cast(input, "float64"),
    "to": _to,
}
# What PyTorch's functions call otherwise, too.
ALIASES: Final = {"axis": "dim", "keepdims": "keepdim"}
METHODS: Final = checked_each(_METHODS, ALIASES)


# -- what is made of no tensor, or of several ----------------------------------------------------------


def made(
    data: Any,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
    out: None = None,
    layout: Any = None,
    pin_memory: bool = False,
    memory_format: Any = None,
    **unknown: Any,
) -> Tensor:
    """A leaf with the options that PyTorch's functions have that make one."""
    for name in unknown:
        raise UsageError(f"there is no option {name}", hint="a new tensor takes dtype=, requires_grad= and device=")
    data = to_python(data) if is_array(data) else data
    return tensor(data, dtype=dtype, device=device, requires_grad=requires_grad)


def constructed(*data: Any, **options: Any) -> Tensor:
    """`torch.Tensor(data)`: a tensor from a list or an array. (Of sizes PyTorch's holds anything.)"""
    if len(data) != 1 or options or not (isinstance(data[0], list | tuple) or is_array(data[0])):
        raise UsageError("Tensor() is of a list or an array", hint="torch.tensor(data), or torch.zeros(2, 3) for sizes")
    return tensor(data[0])


def _filled(name: str) -> Callable[..., Any]:
    compose = FUNCTIONS[name].compose

    def make(*size: Any, **options: Any) -> Any:
        if not size:
            raise UsageError(f"{name}() needs a size", hint=f"{name}(2, 3)")
        return made(compose(_sizes(size, "a size")), **options)

    return make


def _eye(n: int, m: int | None = None, **options: Any) -> Any:
    if m is not None and m != n:
        raise UsageError("eye is a square matrix here", hint="torch.eye(n)")
    return made(FUNCTIONS["eye"].compose(integer(n, "a size")), **options)


def _full(size: Any, fill_value: Any, **options: Any) -> Any:
    ones = to_python(FUNCTIONS["ones"].compose(_sizes([size], "a size")))
    return made(ones * float(as_tensor(fill_value)), **options)


def _arange(start: Any, end: Any = None, step: Any = 1, **options: Any) -> Any:
    first, last, by = [float(x) for x in ((0, start, step) if end is None else (start, end, step))]
    if by == 0 or not math.isfinite((last - first) / by) or (last - first) / by < 0:
        raise UsageError(f"no steps of {by} lead from {first} to {last}", hint="torch.arange(0, 1, 0.1)")
    steps = to_python(FUNCTIONS["arange"].compose(math.ceil((last - first) / by)))
    return made(first + by * steps, **options)


def _linspace(start: Any, end: Any, steps: int, **options: Any) -> Any:
    a, b = from_python(float(start)), from_python(float(end))
    return made(FUNCTIONS["linspace"].compose(a, b, n=integer(steps, "steps")), **options)


def _like(input: Any, fill_value: Any, /, *, dtype: Any = None, **options: Any) -> Any:
    x = as_tensor(input)
    return made(filled(x.value, float(fill_value)), x.dtype if dtype is None else dtype, **options)


def _where(condition: Any, input: Any = None, other: Any = None) -> Any:
    if input is None or other is None:
        raise UsageError("where has a condition and two tensors", hint="torch.where(x > 0, x, y)")
    return library.select(as_tensor(condition), as_tensor(input), as_tensor(other))


def _cat(tensors: Any, dim: int = 0) -> Any:
    return library.joined(_tensors(tensors, "cat"), integer(dim, "dim"))


def _solve(A: Any, B: Any, *, left: bool = True) -> Any:  # noqa: N803
    if not left:
        raise UsageError("solve has the matrix on the left", hint="solve(A.T, B.T).T")
    return L.solve(as_tensor(A), as_tensor(B))


# Functions that are no methods, or that take as one argument what the method takes as several.
_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "where": _where,
    **dict.fromkeys(("cat", "concat"), _cat),
    "stack": lambda tensors, dim=0: library.stacked(_tensors(tensors, "stack"), integer(dim, "dim")),
    "zeros": _filled("zeros"),
    "ones": _filled("ones"),
    "eye": _eye,
    "full": _full,
    "arange": _arange,
    "linspace": _linspace,
    "zeros_like": lambda input, *, dtype=None, **options: _like(input, 0.0, dtype=dtype, **options),
    "ones_like": lambda input, *, dtype=None, **options: _like(input, 1.0, dtype=dtype, **options),
    "full_like": lambda input, fill_value, **options: _like(input, fill_value, **options),
    "polygamma": lambda n, input: polygamma(n, as_tensor(input)),
    "rsub": lambda input, other, *, alpha=1: METHODS["sub"](other, input, alpha=alpha),
    "numel": lambda input: as_tensor(input).numel(),
    "clone": lambda input: as_tensor(input).clone(),
    "detach": lambda input: as_tensor(input).detach(),
    "is_tensor": lambda obj: isinstance(obj, Traced),
}

NAMES: Final[dict[str, Any]] = {
    **{name: run for name, run in METHODS.items() if name not in ("view", "to")},
    **checked_each(_FUNCTIONS, ALIASES),
    "pi": math.pi,
    "e": math.e,
    "inf": math.inf,
    "nan": math.nan,
    "double": "float64",
    "float": "float32",
    "linalg": Namespace(
        "torch.linalg",
        {
            "det": _of_one("det"),
            "inv": _of_one("inv"),
            "norm": _linalg_norm,
            "vector_norm": _vector_norm,
            "solve": _solve,
            "matmul": _product("matmul"),
        },
        MODULE,
    ),
}
