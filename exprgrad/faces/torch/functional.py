"""PyTorch's `torch.autograd.functional`: derivatives of functions of tensors, rather than of tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from exprgrad.autodiff import between, forward
from exprgrad.diagnostics import GraphError
from exprgrad.faces.answers import no_such_name
from exprgrad.faces.torch.changes import check_history
from exprgrad.faces.torch.derivatives import grad, nothing
from exprgrad.faces.torch.grad_mode import enable_grad
from exprgrad.faces.torch.instead import MODULE
from exprgrad.faces.torch.tensor import Tensor, tensor
from exprgrad.numbers import limits
from exprgrad.numbers.arithmetic import is_nan
from exprgrad.ops.arrangement import stack, unit
from exprgrad.ops.control import as_gradient, given
from exprgrad.ops.registry import apply
from exprgrad.ops.shapes import broadcast_to

# One tensor, or several.
Tensors = Tensor | tuple[Tensor, ...]


@enable_grad
def vjp(
    func: Callable[..., Tensors],
    inputs: Tensors,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Tensors, Tensors]:
    """The outputs of `func` at `inputs`, and `v` times its Jacobian: one tensor for each input, in its shape.

    `v` has the form and the shapes of the outputs; for a single output with one element it may be left out. With
    `create_graph` the results can be differentiated again. With `strict` an input that no output depends on is a
    GraphError; otherwise its part is 0.
    """
    xs = _entering(inputs, create_graph)
    ys, y_form = _called(func, xs)
    vs = _vectors(v, ys, "output")
    found = _pulled(ys, vs, xs, create_graph, strict)
    return _form(_leaving(ys, create_graph), y_form), _form(found, inputs)


@enable_grad
def jvp(
    func: Callable[..., Tensors],
    inputs: Tensors,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Tensors, Tensors]:
    """The outputs of `func` at `inputs`, and its Jacobian times `v`: one tensor for each output, in its shape.

    `v` has the form and the shapes of the inputs; for a single input with one element it may be left out. The tangents
    are pushed forward, in one sweep. `create_graph` and `strict` are as in `vjp`, for an output that depends on no
    input.

    >>> import exprgrad.dynamic as torch
    >>> torch.autograd.functional.jvp(lambda x, y: x * y, (torch.tensor(15.0), torch.tensor(20.0)), (1.0, 2.0))
    (tensor(300.0), tensor(50.0))
    """
    xs = _entering(inputs, create_graph)
    ys, y_form = _called(func, xs)
    vs = _vectors(v, xs, "input")
    check_history(ys)
    nodes = between(ys, xs)
    tangents = [(x, t if create_graph else t.value) for x, t in zip(xs, vs, strict=True)]
    found = forward(tangents, nodes, symbolic=create_graph)
    pushed = []
    for i, y in enumerate(ys):
        t = found.get(y.index) if y.index in nodes else None
        if t is None and strict:
            raise _independent(f"output {i} does not depend on the inputs")
        t = Tensor(nothing(y, [y])) if t is None else t if isinstance(t, Tensor) else Tensor(t)
        t = broadcast_to(t, y)
        pushed.append(as_gradient(given(t, y) if is_nan(y.value) else t, y))
    return _form(_leaving(ys, create_graph), y_form), _form(_leaving(pushed, create_graph), y_form)


@enable_grad
def jacobian(
    func: Callable[..., Tensors],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The derivatives of each element of each output of `func` by each element of each input.

    For one output and one input a tensor of the output's shape followed by the input's; for several a tuple, of the
    outputs outside and of the inputs inside. `create_graph` is as in `vjp`; with `strict` an output that does not
    depend on one of the inputs is a GraphError. `vectorize` and `strategy` change no number.

    >>> import exprgrad.dynamic as torch
    >>> torch.autograd.functional.jacobian(lambda x: x**2, torch.tensor([1.0, 2.0]))
    tensor([[2.0, 0.0], [0.0, 4.0]])
    """
    return _jacobian(func, inputs, create_graph, strict, "output {}")


def _jacobian(func: Callable[..., Tensors], inputs: Tensors, create_graph: bool, strict: bool, called: str) -> Any:
    """`called` is how an error calls the output of that number."""
    xs = _entering(inputs, create_graph)
    ys, y_form = _called(func, xs)
    parts = []
    for k, y in enumerate(ys):
        what = called.format(k)
        for x in xs:
            limits.within(y.shape + x.shape)
        rows = [_pulled([y], [_unit(y, i)], xs, create_graph, strict, what) for i in range(math.prod(y.shape))]
        columns = [
            rows[0][j] if not y.shape else apply(stack(y.shape), *[row[j] for row in rows]) for j in range(len(xs))
        ]
        parts.append(_form(columns, inputs))
    return _form(parts, y_form)


@enable_grad
def hessian(
    func: Callable[..., Tensor],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function with one element as its output.

    For one input a tensor of the input's shape twice; for several a tuple of tuples. `create_graph` and `strict` are as
    in `jacobian`, for the function and for its first derivative. `vectorize` and `outer_jacobian_strategy` change no
    number.

    >>> import exprgrad.dynamic as torch
    >>> x, y = torch.tensor(2.0), torch.tensor(3.0)
    >>> torch.autograd.functional.hessian(lambda x, y: x**2 * y, (x, y))
    ((tensor(6.0), tensor(4.0)), (tensor(4.0), tensor(0.0)))
    """

    def slope(*xs: Tensor) -> Any:
        ys, y_form = _called(func, xs)
        if not isinstance(y_form, Tensor):
            raise GraphError("the function of a hessian returns one tensor", hint="differentiate its parts one by one")
        if math.prod(y_form.shape) != 1:
            raise GraphError(
                f"the function of a hessian returns one number, found shape {tuple(y_form.shape)}",
                hint="return its sum(), or one of its elements",
            )
        return _form(_pulled(ys, _vectors(None, ys, "output"), xs, True, strict, "the function"), inputs)

    return _jacobian(slope, inputs, create_graph, strict, "the derivative by input {}")


def _entering(inputs: Any, create_graph: bool) -> list[Tensor]:
    """The inputs as tensors of the function's own; with `create_graph` what they come from is not cut off."""
    tensors = list(inputs) if isinstance(inputs, list | tuple) else [inputs]
    for x in tensors:
        if not isinstance(x, Tensor):
            raise GraphError(f"an input is {type(x).__name__}, not a tensor", hint="give a tensor or a tuple of them")
    return [+x if create_graph and x.requires_grad else x.detach().requires_grad_() for x in tensors]


def _called(func: Callable[..., Any], xs: Sequence[Tensor]) -> tuple[list[Tensor], Any]:
    """The outputs of the function, and the form in which it gives them."""
    form = func(*xs)
    ys = [form] if isinstance(form, Tensor) else list(form) if isinstance(form, tuple) else [form]
    for y in ys:
        if not isinstance(y, Tensor):
            raise GraphError(f"the function returned {type(y).__name__}", hint="return a tensor or a tuple of them")
    return ys, form


def _form(tensors: Sequence[Any], like: Any) -> Any:
    """The tensors in the form of another value: one alone, or a tuple."""
    return tensors[0] if isinstance(like, Tensor) else tuple(tensors)


def _leaving(tensors: Sequence[Tensor], create_graph: bool) -> list[Tensor]:
    return [x if create_graph else x.detach() for x in tensors]


def _vectors(v: Any, like: Sequence[Tensor], what: str) -> list[Tensor]:
    """The vector that meets a Jacobian, in the shapes of what it belongs to."""
    if v is None:
        if len(like) != 1 or math.prod(like[0].shape) != 1:
            raise GraphError(
                f"there is more than one {what} element, so the vector must be given",
                hint=f"v in the form of the {what}s",
            )
        return [_unit(like[0], 0)]
    parts = list(v) if isinstance(v, tuple) else [v]
    if len(parts) != len(like):
        raise GraphError(f"{len(like)} {what}s need {len(like)} vectors, found {len(parts)}")
    vs = [t if isinstance(t, Tensor) else tensor(t, dtype=x.dtype) for t, x in zip(parts, like, strict=True)]
    for t, x in zip(vs, like, strict=True):
        if t.shape != x.shape:
            raise GraphError(f"the vector has shape {t.shape}, the {what} {x.shape}", hint="they must be equal")
    return vs


def _unit(y: Tensor, position: int) -> Tensor:
    return Tensor(unit(y.value, y.shape, position))


def _pulled(
    ys: Sequence[Tensor],
    vs: Sequence[Tensor],
    xs: Sequence[Tensor],
    create_graph: bool,
    strict: bool,
    what: str = "the output",
) -> list[Tensor]:
    """The derivatives of the outputs by each input, 0 by one that they do not depend on."""
    moving = [(y, v) for y, v in zip(ys, vs, strict=True) if y.requires_grad]
    found: Sequence[Any] = [None] * len(xs)
    if moving:
        found = grad(
            [y for y, _ in moving],
            xs,
            [v for _, v in moving],
            retain_graph=True,
            create_graph=create_graph,
            allow_unused=True,
        )
    for i, g in enumerate(found):
        if strict and g is None:
            raise _independent(f"{what} does not depend on input {i}")
        if strict and create_graph and not g.requires_grad:
            raise _independent(f"the derivative of {what} by input {i} does not depend on the inputs")
    return [Tensor(nothing(x, ys)) if g is None else g for x, g in zip(xs, found, strict=True)]


def _independent(what: str) -> GraphError:
    return GraphError(f"{what}, which strict mode does not allow", hint="strict=False takes 0")


def __getattr__(name: str) -> Any:
    raise no_such_name("torch.autograd.functional", name, MODULE, ("hessian", "jacobian", "jvp", "vjp"))
