"""What `backward` adds to `grad`, and what `torch.grad` gives.

Tensors are made here by their own class, since it is defined by means of this.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from exprgrad.autodiff import between, upstream
from exprgrad.diagnostics import GraphError, UsageError
from exprgrad.dynamic.node import Tensor as Node
from exprgrad.faces.torch import modes
from exprgrad.faces.torch.changes import check_history, renew
from exprgrad.faces.torch.engine import pull
from exprgrad.faces.torch.grad_mode import GradMode, enable_grad
from exprgrad.faces.torch.modes import thread
from exprgrad.faces.torch.sweep import leaf_cotangents
from exprgrad.numbers import arithmetic
from exprgrad.numbers.arithmetic import from_python
from exprgrad.numbers.scalars import is_array
from exprgrad.ops import arithmetic as A
from exprgrad.ops.control import as_gradient, given, seed, unreached
from exprgrad.ops.registry import Value, apply

if TYPE_CHECKING:
    from exprgrad.faces.torch.tensor import Tensor

# Several threads may add to the `grad` of one leaf.
_accumulating = threading.Lock()


def backward(
    self: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Adds the derivative of this tensor to `grad` of every leaf it was computed from, or of `inputs` alone.

    `gradient` is the cotangent to start with, in the tensor's shape; a scalar needs none. With `create_graph` the
    derivatives are tensors with a history, which can be differentiated again. The graph is freed, unless
    `retain_graph` (by default `create_graph`): a second `backward` through it is a GraphError.
    """
    if create_graph and not thread.recording:
        with enable_grad():
            return backward(self, gradient, retain_graph, create_graph, inputs)
    retain = create_graph if retain_graph is None else retain_graph
    g = _start(_differentiable(self), gradient, create_graph)
    found = None
    if not create_graph and inputs is None and (modes.short is not None or not thread.anomaly):
        found = leaf_cotangents(self, g, retain)
    if found is None:
        found = _pulled(self, g, retain, create_graph, inputs)
    with _accumulating:
        for leaf, g in found:
            _accumulate(leaf, g, create_graph)
    return None


def _pulled(output: Tensor, g: Value, retain: bool, symbolic: bool, inputs: Any) -> list[tuple[Tensor, Value]]:
    """The tensors to whose `grad` something is added, with what is added."""
    check_history([output])
    if inputs is None:
        wanted = None
        nodes = upstream([output], lambda x: x.requires_grad)
    else:
        tensors = _wanted(inputs)
        wanted = {x.index for x in tensors}
        nodes = between([output], tensors)
    seeds = [(output, g)] if output.index in nodes else []
    found, retained = pull(seeds, nodes, wanted, symbolic=symbolic, retain=retain)
    # What no cotangent reaches, as through floor, has 0.
    ends = [x for x in nodes.values() if (x.op is None if wanted is None else x.index in wanted)]
    return retained + [(x, found[x.index] if x.index in found else nothing(x, [output])) for x in ends]


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    *,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]:
    """The derivatives of the sum of `outputs` by each of `inputs`.

    Nothing is added to `grad`. `grad_outputs` are the cotangents to start with. With `create_graph` the derivatives
    can be differentiated again. The graph is freed, unless `retain_graph` (by default `create_graph`).

    The derivative by an input that the outputs do not depend on is 0. With `allow_unused=True` it is None, unless
    `materialize_grads`; with `allow_unused=False` it is a GraphError, as it is by default in PyTorch. `only_inputs` and
    `is_grads_batched` have no other value than these.
    """
    if is_grads_batched or not only_inputs:
        raise UsageError("cotangents are taken one by one, for the inputs alone", hint="call grad() for each")
    if materialize_grads and allow_unused is False:
        raise GraphError("allow_unused=False contradicts materialize_grads=True", hint="leave allow_unused away")
    results = [outputs] if isinstance(outputs, Node) else list(outputs)
    check_history(results)
    if not results:
        raise GraphError("there is no result to differentiate", hint="grad(c, [a, b])")
    wanted = _wanted(inputs)
    starts = list(grad_outputs) if isinstance(grad_outputs, list | tuple) else [grad_outputs] * len(results)
    if len(starts) != len(results):
        raise GraphError(f"{len(results)} results need {len(results)} cotangents, found {len(starts)}")
    nodes = between(map(_differentiable, results), wanted)
    with GradMode(create_graph or thread.recording):
        seeds = [(y, _start(y, g, create_graph)) for y, g in zip(results, starts, strict=True)]
        found, _ = pull(
            [(y, g) for y, g in seeds if y.index in nodes],
            nodes,
            {x.index for x in wanted},
            symbolic=create_graph,
            retain=create_graph if retain_graph is None else retain_graph,
        )

        def derivative(position: int, x: Tensor) -> Any:
            if x.index in found:
                return _gradient(found[x.index], x)
            if x.index not in nodes:  # the outputs do not depend on it; else no cotangent reaches it, as through floor
                if allow_unused is False:
                    raise GraphError(
                        f"input {position} was not used in the graph of the outputs",
                        hint="allow_unused=True gives None for it, materialize_grads=True gives 0",
                    )
                if allow_unused and not materialize_grads:
                    return None
            return type(x)(nothing(x, results))

        return tuple([derivative(i, x) for i, x in enumerate(wanted)])


def nothing(x: Tensor, results: Sequence[Tensor]) -> Any:
    """The derivative by x of results from which no cotangent reaches it: 0, nan where one of them is."""
    return unreached.compute((x.value, *(y.value for y in results)))


def _wanted(inputs: Tensor | Sequence[Tensor]) -> list[Tensor]:
    """The inputs of a derivative."""
    wanted = [inputs] if isinstance(inputs, Node) else list(inputs)
    if not wanted:
        raise GraphError("there is nothing to differentiate by", hint="give tensors that require a gradient")
    for x in wanted:
        _check_tensor(x, "an input")
        if not x.requires_grad:
            raise GraphError(
                "one of the inputs does not require a gradient", hint="make it with tensor(..., requires_grad=True)"
            )
    return wanted


def _check_tensor(x: Any, what: str) -> None:
    if not isinstance(x, Node):
        raise GraphError(f"{what} is {type(x).__name__}, not a tensor", hint="make it with tensor(...)")


def _differentiable(output: Tensor) -> Tensor:
    _check_tensor(output, "a result")
    if not output.requires_grad:
        raise GraphError(
            "the tensor was not computed from one that requires a gradient",
            hint="make the inputs with tensor(..., requires_grad=True), and compute outside of no_grad()",
        )
    return output


def _start(output: Tensor, gradient: Any, symbolic: bool) -> Any:
    """The cotangent with which a sweep starts; nan where the result is nan, so that its derivatives are."""
    if gradient is None:
        if is_array(output.value) and output.value.size != 1:
            raise GraphError(
                f"the result has {output.value.size} elements, so its derivative needs a cotangent",
                hint="backward(gradient=...) or grad(..., grad_outputs=...) in its shape; ones differentiate the sum",
            )
        return seed(output) if symbolic else seed.compute((output.value,))
    g = gradient if isinstance(gradient, Node) else type(output)(own(from_python(gradient, output.dtype)))
    if g.shape != output.shape:
        raise GraphError(f"the cotangent has shape {g.shape}, the result {output.shape}", hint="they must be equal")
    if arithmetic.is_nan(output.value):
        return given(g, output) if symbolic else given.compute((g.value, output.value))
    return g if symbolic else g.value


def _accumulate(x: Tensor, g: Value, symbolic: bool) -> None:
    before = x.grad
    if before is None:
        x.grad = _gradient(g, x)
        return
    _check_tensor(before, "the grad of a tensor")
    if before.shape != x.shape:
        raise GraphError(f"the grad of a tensor of shape {x.shape} has shape {before.shape}", hint="set it to None")
    if symbolic:
        x.grad = apply(A.add, before, _gradient(g, x))
        return
    total = A.add.compute((before.value, arithmetic.cast(g, x.dtype)))
    if before.requires_grad:
        x.grad = _gradient(total, x)
    elif before.kin is not None:  # in place, as PyTorch does it: who holds the grad sees it
        before.data = type(x)(total)
    else:
        before.value = arithmetic.cast(total, before.dtype)
        renew(before)


def _gradient(g: Any, x: Tensor) -> Tensor:
    """A cotangent as a tensor of the precision of what it belongs to, with memory of its own."""
    if isinstance(g, Node):
        plain: Any = g
        return plain if plain.dtype == x.dtype and not arithmetic.has_gaps(plain.value) else as_gradient(g, x)  # type: ignore[no-any-return]
    return type(x)(own(as_gradient.compute((g, x.value))))


def own(value: Any) -> Any:
    """A value with memory of its own."""
    return value.copy() if is_array(value) else value
