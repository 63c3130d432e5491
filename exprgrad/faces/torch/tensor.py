"""Define by running: a tensor computes at once and remembers how, so nodes are data and edges are operations.

The trace is the tensors themselves: each knows its operation and operands. Walking it backwards in order of
creation is the reverse sweep.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from exprgrad.autodiff import between, upstream
from exprgrad.diagnostics import GraphError, KindProblem, UsageError
from exprgrad.faces.answers import checked, leave_out, there, without_logic
from exprgrad.faces.torch import modes
from exprgrad.faces.torch.changes import check_history, hand_over, redirect, renew
from exprgrad.faces.torch.engine import pull
from exprgrad.faces.torch.families import view
from exprgrad.faces.torch.grad_mode import enable_grad
from exprgrad.faces.torch.instead import METHODS as INSTEAD
from exprgrad.faces.torch.marks import Hook, Mark, RemovableHandle, mark_of, own_mark
from exprgrad.faces.torch.modes import thread
from exprgrad.faces.torch.sweep import leaf_cotangents
from exprgrad.numbers import arithmetic
from exprgrad.numbers.arithmetic import ZERO, Float32, dtype_from, dtype_name, from_python, is_array, to_python
from exprgrad.numbers.rounded import MPFR
from exprgrad.ops import arithmetic as A
from exprgrad.ops import comparison as C
from exprgrad.ops import piecewise as P
from exprgrad.ops.control import as_gradient, given, seed, unreached
from exprgrad.ops.registry import REGISTRY, Op, Traced, Value, apply, next_index
from exprgrad.ops.structural import shape_of

# What an index that is no number or slice is told.
MANY: Final = "index_select(dim, index) reads many; torch.where(condition, x, y) chooses by a condition"
# Several threads may add to the `grad` of one leaf.
_accumulating = threading.Lock()
# The type of value for which operators have a short way, which records; None while a thread's mode asks for the long.
_short: Any = MPFR


def _open_short_way(is_open: bool) -> None:
    global _short
    _short = MPFR if is_open else None


modes.open_short_way.append(_open_short_way)


class Tensor(Traced):
    """A value and how it came about.

    Scalars are rounded: every operation gives the nearest double (or float32), the same on every machine.
    Arrays are numpy's. Elementwise operations broadcast as numpy's do. A tensor is made by `tensor`; `grad`
    holds the derivative of what `backward` was called on, added up over all calls, as PyTorch has it.
    """

    __slots__ = ("__weakref__", "cotangent", "grad", "kin", "requires_grad", "value")
    kind: ClassVar[str] = "dynamic tensor"
    __array_ufunc__ = None  # numpy leaves mixed expressions to us
    value: Any
    requires_grad: bool
    grad: Tensor | None
    cotangent: Value  # while a sweep runs (see `dynamic.sweep`); otherwise None or a mark (see `dynamic.marks`)
    kin: Any  # with whom it shares its memory (see `dynamic.in_place`)

    def __init__(
        self, value: Any, op: Op | None = None, left: Any = None, right: Any = None, requires_grad: bool = False
    ) -> None:
        self.value = value
        self.op = op
        self.left = left
        self.right = right
        self.requires_grad = requires_grad
        # All slots are set here: with a `__getattr__` for the rare ones, Python could not specialise any access.
        self.rest = ()
        self.span = self.grad = self.cotangent = self.kin = None
        self.index = next_index()

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Tensor:
        tensors = [x if type(x) is Tensor else _constant(x) for x in operands]
        value = op.compute([x.value for x in tensors])
        if not any([x.requires_grad for x in tensors]) or (_short is None and not thread.recording):
            return Tensor(value)
        if len(tensors) <= 2:
            out = Tensor(value, op, tensors[0], tensors[1] if len(tensors) == 2 else None, True)
        else:
            out = Tensor(value, op, None, None, True)
            out.rest = tuple(tensors)
        if _short is None and thread.anomaly:
            from exprgrad.faces.torch.anomaly import here

            out.cotangent = Mark(place=here())
        return out

    @classmethod
    def parameter(cls, outer: Any, scope: Any) -> Tensor:
        param = cls(outer.value, requires_grad=outer.requires_grad)
        param.rest = (outer,)
        param.span = outer.span
        return param

    def absent(self, scope: Any) -> Tensor:
        return Tensor(ZERO, requires_grad=True)

    # -- what a user asks a tensor ------------------------------------------------------------------

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was made by a user rather than computed from one that requires a gradient."""
        return self.op is None

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes along the axes; () for a scalar."""
        return shape_of(self.value)

    @property
    def dtype(self) -> str:
        """`float64` or `float32`."""
        return dtype_name(self.value)

    def item(self) -> float:
        """The value of a tensor with one element as a Python float."""
        if is_array(self.value):
            if self.value.size != 1:
                raise KindProblem(f"a tensor with {self.value.size} elements is not one number", hint="use numpy()")
            return float(self.value.item())
        return float(to_python(self.value))

    def tolist(self) -> Any:
        """The value as a float, or as nested lists of them."""
        return self.numpy().tolist()

    def dim(self) -> int:
        """How many axes there are."""
        return len(self.shape)

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return len(self.shape)

    def size(self, dim: int | None = None) -> Any:
        """The sizes along the axes, or along one."""
        from exprgrad.ops.functions import axis_of

        return self.shape if dim is None else self.shape[axis_of(self.shape, dim)]

    def numel(self) -> int:
        """How many elements there are."""
        return math.prod(self.shape)

    def clone(self) -> Tensor:
        """The same value as a result of its own."""
        return Tensor.record(A.pos, (self,))

    def cpu(self) -> Tensor:
        """The tensor itself: all is computed by the processor."""
        return self

    def numpy(self) -> Any:
        """The value as an ndarray, which goes on to show it: a change of one is a change of the other.

        Of a number, and of what numbers were put together to, it is a copy that only shows changes of the tensor.
        """
        from exprgrad.faces.torch.in_place import as_ndarray

        return as_ndarray(self)

    def detach(self) -> Tensor:
        """The same value, without its history: a change in place of one is a change of the other."""
        return view(self, Tensor(self.value))  # type: ignore[no-any-return]

    @property
    def data(self) -> Tensor:
        """The same value, without its history; what is set here replaces the value and nothing else."""
        return self.detach()

    @data.setter
    def data(self, new: Any) -> None:
        from exprgrad.faces.torch.in_place import change

        change(self, as_tensor(new), history=False)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Switches on or off, for a leaf, whether operations on it are recorded; returns the tensor."""
        if not self.is_leaf and not requires_grad:
            raise GraphError("only a leaf's requires_grad can be changed", hint="use detach()")
        self.requires_grad = bool(requires_grad)
        return self

    @property
    def grad_fn(self) -> GradFn | None:
        """The operation that the tensor comes from, to be looked at; None for a leaf."""
        return None if self.op is None else GradFn(self)

    def zero_(self) -> Tensor:
        """Sets the value to 0, as in `x.grad.zero_()`; returns the tensor."""
        return self.fill_(0.0)

    def fill_(self, value: Any) -> Tensor:
        """Sets all elements to one number; returns the tensor."""
        return self.copy_(value)

    def copy_(self, other: Any) -> Tensor:
        """Sets the value to that of another tensor, broadcast; returns the tensor."""
        from exprgrad.faces.torch.in_place import fill

        return fill(self, as_tensor(other))  # type: ignore[no-any-return]

    # -- derivatives ---------------------------------------------------------------------------------

    def backward(
        self,
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
                return self.backward(gradient, retain_graph, create_graph, inputs)
        retain = create_graph if retain_graph is None else retain_graph
        g = _start(_differentiable(self), gradient, create_graph)
        found = None
        if not create_graph and inputs is None and (_short is not None or not thread.anomaly):
            found = leaf_cotangents(self, g, retain)
        if found is None:
            found = self._pull(g, retain, create_graph, inputs)
        with _accumulating:
            for leaf, g in found:
                _accumulate(leaf, g, create_graph)
        return None

    def _pull(self, g: Value, retain: bool, symbolic: bool, inputs: Any) -> list[tuple[Tensor, Value]]:
        """The tensors to whose `grad` something is added, with what is added."""

        def keep(node: Tensor, g: Value) -> None:
            with _accumulating:
                _accumulate(node, g, symbolic)

        check_history([self])
        if inputs is None:
            wanted = None
            nodes = upstream([self], lambda x: x.requires_grad)
        else:
            tensors = _wanted(inputs)
            wanted = {x.index for x in tensors}
            nodes = between([self], tensors)
        seeds = [(self, g)] if self.index in nodes else []
        found = pull(seeds, nodes, wanted, symbolic=symbolic, retain=retain, keep=keep)
        # What no cotangent reaches, as through floor, has 0.
        ends = [x for x in nodes.values() if (x.op is None if wanted is None else x.index in wanted)]
        return [(x, found[x.index] if x.index in found else _nothing(x, [self])) for x in ends]

    def register_hook(self, hook: Hook) -> RemovableHandle:
        """Has `hook` called with the cotangent of this tensor whenever a sweep has all of it, before it is passed on.

        What the hook returns goes on in its place, unless that is None. Hooks run in the order of their registration.
        The handle's `remove()` takes the hook away. GraphError if the tensor requires no gradient.
        """
        if not self.requires_grad:
            raise GraphError(
                "a hook would never run: the tensor does not require a gradient",
                hint="make it with tensor(..., requires_grad=True), or register before no_grad()",
            )
        return RemovableHandle(own_mark(self), hook)

    def retain_grad(self) -> None:
        """Has `backward` fill `grad` of this tensor also if it is no leaf."""
        if not self.requires_grad:
            raise GraphError("the tensor does not require a gradient", hint="there is no grad to retain")
        if not self.is_leaf:
            own_mark(self).retains = True

    @property
    def retains_grad(self) -> bool:
        """Whether `backward` fills `grad` although the tensor is no leaf."""
        mark = mark_of(self)
        return mark is not None and mark.retains

    # -- how it is shown and compared ----------------------------------------------------------------

    def __repr__(self) -> str:
        value = to_python(self.value)
        shown = repr(value.tolist()) if is_array(value) else str(value)
        tail = (
            f", grad_fn=<{self.op.name}>"
            if self.op is not None
            else ", requires_grad=True"
            if self.requires_grad
            else ""
        )
        dtype = ", dtype=float32" if self.dtype == "float32" else ""
        return f"tensor({shown}{dtype}{tail})"

    def __format__(self, spec: str) -> str:
        return repr(self) if is_array(self.value) and self.value.ndim else format(to_python(self.value), spec)

    def __float__(self) -> float:
        return self.item()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        return np.array(to_python(self.value), dtype=dtype)

    def __copy__(self) -> Tensor:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: Any) -> Tensor:
        if not self.is_leaf:
            raise GraphError("only a leaf can be copied", hint="use detach(), or copy the value")
        copied = tensor(self, dtype=self.dtype, requires_grad=self.requires_grad)
        if self.grad is not None:
            copied.grad = tensor(self.grad, dtype=self.dtype)
        return copied

    def __reduce_ex__(self, protocol: Any) -> Any:
        if not self.is_leaf:
            raise GraphError("only a leaf can be pickled", hint="use detach(), or pickle the value")
        return _unpickle, (to_python(self.value), self.dtype, self.requires_grad)

    def __int__(self) -> int:
        return int(float(self))

    def __bool__(self) -> bool:
        return arithmetic.truth(self.value)

    __hash__ = object.__hash__

    def __matmul__(self, other: Any) -> Tensor:
        return _array_method("matmul")(self, other)  # type: ignore[no-any-return]

    def __rmatmul__(self, other: Any) -> Tensor:
        return _array_method("matmul")(other, self)  # type: ignore[no-any-return]

    def __getitem__(self, key: Any) -> Tensor:
        from exprgrad.ops.library import indexed

        def move(value: Any) -> Any:
            return arithmetic.settled(value[key]) if is_array(value) else indexed(value, key)

        return view(self, indexed(self, key, MANY), move)  # type: ignore[no-any-return]

    def __setitem__(self, key: Any, value: Any) -> None:
        from exprgrad.faces.torch.in_place import assign

        assign(self, key, as_tensor(value))

    @property
    def T(self) -> Tensor:  # noqa: N802 - PyTorch's name
        """The tensor with its axes in reverse order."""
        return _array_method("permute")(self, *reversed(range(len(self.shape))))  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise KindProblem("iteration over a 0-d tensor", hint="item() gives its number")
        return iter([self[i] for i in range(len(self))])

    def __len__(self) -> int:
        if not self.shape:
            raise KindProblem("len() of a 0-d tensor", hint="it has no axes; numel() is 1")
        return self.shape[0]

    def __dir__(self) -> list[str]:
        return there(self)

    # -- operators -----------------------------------------------------------------------------------

    # The binary ones are made below, from the operations; declared here for type checkers.
    if TYPE_CHECKING:

        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __floordiv__(self, other: Any) -> Tensor: ...
        def __rfloordiv__(self, other: Any) -> Tensor: ...
        def __mod__(self, other: Any) -> Tensor: ...
        def __rmod__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...

    def __neg__(self) -> Tensor:
        return Tensor.record(A.neg, (self,))

    def __pos__(self) -> Tensor:
        return view(self, Tensor.record(A.pos, (self,)))  # type: ignore[no-any-return]

    def __abs__(self) -> Tensor:
        return Tensor.record(P.abs_, (self,))


def check_device(device: Any) -> None:
    """Raises a UsageError for another one than the processor."""
    if device is not None and str(device) != "cpu":
        raise UsageError(f"there is no device {device}", hint="leave it away: all is computed by the processor")


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A leaf from a number, a list or an array. The only device is "cpu", and `pin_memory` changes nothing.

    Without `dtype` it is float64, and float32 for numpy's float32. (PyTorch's default is float32;
    here a derivative is exact to a double unless less is asked for.)

    >>> a = tensor(15.0, requires_grad=True)
    >>> c = a * 20
    >>> c.backward()
    >>> print(f"{c} {a.grad}")
    300.0 20.0
    """
    check_device(device)
    if isinstance(data, Tensor):
        data = data.value
    value = from_python(data, None if dtype is None else dtype_from(dtype))
    if is_array(value):
        value = value.copy()
    return Tensor(value, requires_grad=requires_grad)


class GradFn:
    """The operation that a tensor comes from, as `grad_fn` shows it: `name()`, and where its operands come from."""

    __slots__ = ("_tensor",)

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor

    def name(self) -> str:
        """The name of the operation."""
        assert self._tensor.op is not None
        return self._tensor.op.name

    @property
    def next_functions(self) -> tuple[tuple[GradFn | None, int], ...]:
        """For each operand its `grad_fn` (None for a leaf), and the 0 that PyTorch has there for one result."""
        return tuple([(x.grad_fn, 0) for x in self._tensor.operands])

    def __repr__(self) -> str:
        return f"<{self.name()}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GradFn) and self._tensor is other._tensor

    def __hash__(self) -> int:
        return hash(self._tensor)


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
    if create_graph and not thread.recording:
        with enable_grad():
            return grad(
                outputs,
                inputs,
                grad_outputs,
                retain_graph,
                create_graph,
                allow_unused=allow_unused,
                materialize_grads=materialize_grads,
            )
    if materialize_grads and allow_unused is False:
        raise GraphError("allow_unused=False contradicts materialize_grads=True", hint="leave allow_unused away")
    results = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    check_history(results)
    if not results:
        raise GraphError("there is no result to differentiate", hint="grad(c, [a, b])")
    wanted = _wanted(inputs)
    starts = list(grad_outputs) if isinstance(grad_outputs, list | tuple) else [grad_outputs] * len(results)
    if len(starts) != len(results):
        raise GraphError(f"{len(results)} results need {len(results)} cotangents, found {len(starts)}")
    nodes = between(map(_differentiable, results), wanted)
    seeds = [(y, _start(y, g, create_graph)) for y, g in zip(results, starts, strict=True)]
    found = pull(
        [(y, g) for y, g in seeds if y.index in nodes],
        nodes,
        {x.index for x in wanted},
        symbolic=create_graph,
        retain=create_graph if retain_graph is None else retain_graph,
    )

    def missing(position: int, x: Tensor) -> Any:
        if x.index in nodes:  # no cotangent reaches it, as through floor
            return Tensor(_nothing(x, results))
        if allow_unused is False:
            raise GraphError(
                f"input {position} was not used in the graph of the outputs",
                hint="allow_unused=True gives None for it, materialize_grads=True gives 0",
            )
        if allow_unused and not materialize_grads:
            return None
        return Tensor(_nothing(x, results))

    return tuple(
        [_gradient(found[x.index], x) if x.index in found else missing(i, x) for i, x in enumerate(wanted)],
    )


def _nothing(x: Tensor, results: Sequence[Tensor]) -> Any:
    """The derivative by x of results from which no cotangent reaches it: 0, nan where one of them is."""
    return unreached.compute((x.value, *(y.value for y in results)))


def _wanted(inputs: Tensor | Sequence[Tensor]) -> list[Tensor]:
    """The inputs of a derivative."""
    wanted = [inputs] if isinstance(inputs, Tensor) else list(inputs)
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
    if not isinstance(x, Tensor):
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
    g = gradient if isinstance(gradient, Tensor) else tensor(gradient, dtype=output.dtype)
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
        before.data = Tensor(total)
    else:
        before.value = arithmetic.cast(total, before.dtype)
        renew(before)


def _gradient(g: Any, x: Tensor) -> Tensor:
    """A cotangent as a tensor of the precision of what it belongs to, with memory of its own."""
    if isinstance(g, Tensor):
        plain: Tensor = g if g.dtype == x.dtype and not arithmetic.has_gaps(g.value) else as_gradient(g, x)
        return plain
    value = as_gradient.compute((g, x.value))
    return Tensor(value.copy() if is_array(value) else value)


def _unpickle(value: Any, dtype: str, requires_grad: bool) -> Tensor:
    return tensor(value, dtype=dtype, requires_grad=requires_grad)


_NUMBERS: Final = {float, int, bool, MPFR}


def _constant(x: Any) -> Tensor:
    """A number that meets a tensor. Python's stay weak: they take the precision of what they meet."""
    if type(x).__module__ == "numpy" and not getattr(x, "shape", (0,)) and not is_array(x):
        x = x.item()  # numpy's numbers are as weak as Python's, here as in PyTorch
    value = float(x) if type(x) in (int, bool) and abs(x) < 2**53 else x
    if type(value) not in (float, MPFR, Float32):
        if _holds_tensors(x):
            raise UsageError(
                f"a {type(x).__name__} of tensors is no operand: it would be a constant",
                hint="torch.stack([x, y]) makes a tensor of tensors, with their history",
            )
        value = from_python(x)
    return Tensor(value)


def _holds_tensors(x: Any) -> bool:
    """Whether a list, in lists, or an array of objects holds a tensor."""
    waiting = [x]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list | tuple):
            kinds = set(map(type, part))
        elif is_array(part) and part.dtype == object:
            part = part.ravel().tolist()
            kinds = set(map(type, part))
        else:
            continue
        if any(issubclass(kind, Traced) for kind in kinds):
            return True
        if not kinds <= _NUMBERS:
            waiting += part
    return False


def function(name: str) -> Callable[..., Any]:
    """The operation of that name as a function of tensors, with a short way for one double-precision scalar."""
    ops = REGISTRY.by_name[name]
    op = ops[0]
    kernel = op.float64

    def unary(input: Any = None, out: None = None) -> Any:
        if type(input) is Tensor and out is None:
            value = input.value
            if type(value) is _short and input.requires_grad:
                return Tensor(kernel(value), op, input, None, True)
        if out is not None:
            raise UsageError(f"{name}() has one operand and no out", hint=f"y = torch.{name}(x)")
        return apply(op, as_tensor(input))

    def binary(input: Any, other: Any) -> Any:
        return apply(op, as_tensor(input), as_tensor(other))

    def general(*operands: Any) -> Any:
        return apply(REGISTRY.choose(name, len(operands)), *map(as_tensor, operands))

    call: Callable[..., Any] = general
    if len(ops) == 1 and not op.variadic and len(op.operand_names) <= 2:
        call = unary if len(op.operand_names) == 1 else checked(name, binary)
    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{name}({', '.join(op.operand_names)}): {op.doc}."
    return call


def as_tensor(x: Any) -> Any:
    """A tensor as it is, and a number or an array as one."""
    return x if isinstance(x, Traced) else _constant(x)


def unrecorded(x: Tensor) -> Tensor:
    """The value of a tensor as a constant."""
    return Tensor(x.value) if x.requires_grad else x


def _is_operand(x: Any) -> bool:
    """Whether an operator takes it. Python decides about the rest: None == tensor is False, "a" * tensor an error."""
    if isinstance(x, int | float | list | tuple | Traced) or type(x) in (MPFR, Float32):
        return True
    return not isinstance(x, str) and (hasattr(x, "__array__") or hasattr(x, "__float__"))


def _operator(op: Op) -> tuple[Callable[[Tensor, Any], Tensor], Callable[[Tensor, Any], Tensor]]:
    """The method for `tensor op x` and the one for `x op tensor`."""
    kernel = op.float64

    def method(self: Tensor, other: Any) -> Tensor:
        if type(other) is Tensor:
            a = self.value
            b = other.value
            if type(a) is _short and type(b) is _short and (self.requires_grad or other.requires_grad):
                return Tensor(kernel(a, b), op, self, other, True)
        elif not _is_operand(other):
            return NotImplemented  # type: ignore[no-any-return]
        result: Tensor = apply(op, self, other)
        return result

    def reflected(self: Tensor, other: Any) -> Tensor:
        if not _is_operand(other):
            return NotImplemented  # type: ignore[no-any-return]
        result: Tensor = apply(op, as_tensor(other), self)
        return result

    return method, reflected


OPERATORS: Final = {
    "add": A.add,
    "sub": A.sub,
    "mul": A.mul,
    "truediv": A.div,
    "floordiv": A.floor_div,
    "mod": A.mod,
    "pow": A.pow_,
}
for _name, _op in OPERATORS.items():
    _method, _reflected = _operator(_op)
    setattr(Tensor, f"__{_name}__", _method)
    setattr(Tensor, f"__r{_name}__", _reflected)


def _named(name: str) -> Callable[..., Any]:
    """The operation of that name as a method: `x.sin()`, `y.hypot(x)`."""
    call = function(name)

    def method(self: Tensor, *others: Any, **named: Any) -> Any:
        return call(self, *others, **named)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = call.__doc__
    return method


for _name in REGISTRY.by_name:
    if not hasattr(Tensor, _name):
        setattr(Tensor, _name, _named(_name))


# The methods of `dynamic.arrays`, which load when one is called.
ARRAY_METHODS = (
    "sum",
    "mean",
    "prod",
    "any",
    "all",
    "logsumexp",
    "amin",
    "amax",
    "var",
    "std",
    "cumsum",
    "softmax",
    "matmul",
    "mm",
    "mv",
    "dot",
    "outer",
    "reshape",
    "view",
    "transpose",
    "permute",
    "t",
    "unsqueeze",
    "squeeze",
    "index_select",
    "flip",
    "diag",
    "trace",
    "det",
    "logdet",
    "inverse",
    "norm",
    "max",
    "min",
    "add",
    "sub",
    "subtract",
    "div",
    "divide",
    "true_divide",
    "clip",
    "clamp",
    "round",
    "equal",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "not_equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "logical_not",
    "pow",
    "power",
    "maximum",
    "minimum",
    "log",
    "ln",
    "polygamma",
    "allclose",
    "square",
    "reciprocal",
    "rsqrt",
    "where",
    "float",
    "double",
    "to",
)


def _array_method(name: str) -> Callable[..., Any]:
    def method(self: Any, *operands: Any, **options: Any) -> Any:
        from exprgrad.faces.torch.arrays import METHODS

        return METHODS[name](self, *operands, **options)

    method.__name__ = method.__qualname__ = name
    return method


for _name in ARRAY_METHODS:
    setattr(Tensor, _name, _array_method(_name))


def _comparison(op: Op) -> Callable[[Tensor, Any], Any]:
    """The method for a comparison, whose result requires no gradient: its derivative is 0 wherever there is one."""

    def method(self: Tensor, other: Any) -> Any:
        if type(other) is Tensor:
            return apply(op, unrecorded(self), unrecorded(other))
        if isinstance(other, list | tuple):
            raise UsageError(f"a tensor is compared with a {type(other).__name__}", hint="x == torch.tensor([1, 2])")
        return apply(op, unrecorded(self), other) if _is_operand(other) else NotImplemented

    return method


for _name, _op in {
    "eq": C.equal,
    "ne": C.not_equal,
    "lt": C.less,
    "le": C.less_equal,
    "gt": C.greater,
    "ge": C.greater_equal,
}.items():
    setattr(Tensor, f"__{_name}__", _comparison(_op))


# -- changes in place (see `dynamic.in_place`) -----------------------------------------------------------


def _augmented(op: Op) -> Callable[[Tensor, Any], Tensor]:
    """The method for `x += y` and its like."""
    kernel = op.float64

    def method(self: Tensor, other: Any) -> Tensor:
        if type(other) is Tensor:
            a, b = self.value, other.value
            # The short way for a result on doubles that shares its memory with nothing.
            if type(a) is _short and type(b) is _short and self.op is not None and self.kin is self.cotangent is None:
                before = Tensor(a, self.op, self.left, self.right, True)
                before.rest, before.span, before.index = self.rest, self.span, self.index
                if other.index > self.index:
                    redirect(other, self, before)
                hand_over(self, before)
                self.value = kernel(a, b)
                self.op, self.left, self.right, self.rest = op, before, before if other is self else other, ()
                renew(self)
                return self
        elif not _is_operand(other):
            return NotImplemented  # type: ignore[no-any-return]
        from exprgrad.faces.torch.in_place import change

        return change(self, apply(op, self, as_tensor(other)))  # type: ignore[no-any-return]

    return method


for _name, _op in OPERATORS.items():
    setattr(Tensor, f"__i{_name}__", _augmented(_op))


def _changing(name: str) -> Callable[..., Tensor]:
    """The method that puts the result of another one in place: `x.sqrt_()`."""
    compute = getattr(Tensor, name)

    def method(self: Tensor, *operands: Any, **options: Any) -> Tensor:
        from exprgrad.faces.torch.in_place import change

        return change(self, compute(self, *operands, **options))  # type: ignore[no-any-return]

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"Puts the result of {name} in place of the tensor, and returns it."
    return method


for _name in (*REGISTRY.by_name, "true_divide", "clamp", "square", "reciprocal", "rsqrt"):
    if _name not in ("min", "max", "equal"):
        setattr(Tensor, f"{_name}_", _changing(_name))

leave_out(Tensor, INSTEAD)
without_logic(Tensor, "a * b is a and b, torch.maximum(a, b) is a or b, torch.logical_not(a) is not a")
