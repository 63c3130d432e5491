"""PyTorch's tensor: the node of a trace, with all that PyTorch's has besides."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

from exprgrad.diagnostics import GraphError, KindProblem, UsageError
from exprgrad.dynamic.node import Tensor as Node
from exprgrad.faces.operators import Operators
from exprgrad.faces.torch import derivatives, modes
from exprgrad.faces.torch.anomaly import calling_place
from exprgrad.faces.torch.derivatives import own
from exprgrad.faces.torch.families import as_view
from exprgrad.faces.torch.in_place import as_ndarray, assign, change, fill
from exprgrad.faces.torch.marks import Hook, Mark, RemovableHandle, mark_of, own_mark
from exprgrad.faces.torch.modes import thread
from exprgrad.numbers import arithmetic
from exprgrad.numbers.arithmetic import dtype_from, dtype_name, from_python, to_python, weak
from exprgrad.numbers.scalars import SCALARS, is_array
from exprgrad.ops import arithmetic as A
from exprgrad.ops import piecewise as P
from exprgrad.ops.functions import axis_of
from exprgrad.ops.library import indexed, permuted
from exprgrad.ops.registry import Op, Traced, Value, next_index
from exprgrad.ops.structural import shape_of

# What an index that is no number or slice is told.
MANY: Final = "index_select(dim, index) reads many; torch.where(condition, x, y) chooses by a condition"
# What records in the usual mode: called as a function, which is quicker than by super().
_record: Final[Any] = Node.record.__func__  # type: ignore[attr-defined]


class Tensor(Node, Operators):
    """A value and how it came about.

    Scalars are rounded: every operation gives the nearest double (or float32), the same on every machine.
    Arrays are numpy's. Elementwise operations broadcast as numpy's do. A tensor is made by `tensor`; `grad`
    holds the derivative of what `backward` was called on, added up over all calls, as PyTorch has it.
    """

    __slots__ = ("__weakref__", "cotangent", "grad", "kin")
    __array_ufunc__ = None  # numpy leaves mixed expressions to us
    grad: Tensor | None
    cotangent: Value  # while a sweep runs (see `sweep`); otherwise None or a mark (see `marks`)
    kin: Any  # with whom it shares its memory (see `in_place`)

    def __init__(
        self, value: Any, op: Op | None = None, left: Any = None, right: Any = None, requires_grad: bool = False
    ) -> None:
        # All slots are set here: a call of the class above is time that each operation would pay, and with a
        # `__getattr__` for the rare ones Python could not specialise any access.
        self.value = value
        self.op = op
        self.left = left
        self.right = right
        self.requires_grad = requires_grad
        self.rest = ()
        self.span = self.grad = self.cotangent = self.kin = None
        self.index = next_index()

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Tensor:
        if modes.short is not None:
            return _record(cls, op, operands)  # type: ignore[no-any-return]
        if not thread.recording:
            return cls(op.compute([x.value if type(x) is cls else cls.constant(x).value for x in operands]))
        out: Tensor = _record(cls, op, operands)
        if thread.anomaly and out.op is not None:
            out.cotangent = Mark(place=calling_place())
        return out

    @classmethod
    def constant(cls, x: Any) -> Tensor:
        """A number that meets a tensor. Python's stay weak: they take the precision of what they meet."""
        kind = type(x)
        if kind in SCALARS:
            return cls(x)
        if kind.__module__ == "numpy" and not getattr(x, "shape", (0,)) and not is_array(x):
            x = x.item()  # numpy's numbers are as weak as Python's, here as in PyTorch
        if kind not in _NUMBERS and _holds_tensors(x):
            raise UsageError(
                f"a {kind.__name__} of tensors is no operand: it would be a constant",
                hint="torch.stack([x, y]) makes a tensor of tensors, with their history",
            )
        return cls(weak(x))

    # -- what a user asks a tensor ------------------------------------------------------------------

    @property
    def is_leaf(self) -> bool:
        """Whether the tensor was made by a user rather than computed from one that requires a gradient."""
        return self.op is None

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
        return as_ndarray(self)

    def detach(self) -> Tensor:
        """The same value, without its history: a change in place of one is a change of the other."""
        return as_view(self, Tensor(self.value))  # type: ignore[no-any-return]

    @property
    def data(self) -> Tensor:
        """The same value, without its history; what is set here replaces the value and nothing else."""
        return self.detach()

    @data.setter
    def data(self, new: Any) -> None:
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
        return fill(self, as_tensor(other))  # type: ignore[no-any-return]

    # -- derivatives ---------------------------------------------------------------------------------

    backward = derivatives.backward

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

    def __getitem__(self, key: Any) -> Tensor:
        def move(value: Any) -> Any:
            return arithmetic.settled(value[key]) if is_array(value) else indexed(value, key)

        return as_view(self, indexed(self, key, MANY), move)  # type: ignore[no-any-return]

    def __setitem__(self, key: Any, value: Any) -> None:
        assign(self, key, as_tensor(value))

    def __iter__(self) -> Iterator[Tensor]:
        if not self.shape:
            raise KindProblem("iteration over a 0-d tensor", hint="item() gives its number")
        return iter([self[i] for i in range(len(self))])

    def __len__(self) -> int:
        if not self.shape:
            raise KindProblem("len() of a 0-d tensor", hint="it has no axes; numel() is 1")
        return self.shape[0]

    @property
    def T(self) -> Tensor:  # noqa: N802 - PyTorch's name
        """The tensor with its axes in reverse order."""

        def turn(value: Any) -> Any:
            return permuted(value, range(len(shape_of(value)))[::-1])

        return as_view(self, turn(self), turn)  # type: ignore[no-any-return]

    # -- operators -----------------------------------------------------------------------------------

    # Those with two operands are made in `methods`.

    def __neg__(self) -> Tensor:
        return Tensor.record(A.neg, (self,))

    def __pos__(self) -> Tensor:
        return as_view(self, Tensor.record(A.pos, (self,)))  # type: ignore[no-any-return]

    def __abs__(self) -> Tensor:
        return Tensor.record(P.abs_, (self,))


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
    return Tensor(own(value), requires_grad=requires_grad)


def _unpickle(value: Any, dtype: str, requires_grad: bool) -> Tensor:
    return tensor(value, dtype=dtype, requires_grad=requires_grad)


_NUMBERS: Final = {*SCALARS, int, bool}


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


def as_tensor(x: Any) -> Any:
    """A tensor as it is, and a number or an array as one."""
    return x if isinstance(x, Traced) else Tensor.constant(x)


def unrecorded(x: Tensor) -> Tensor:
    """The value of a tensor as a constant."""
    return Tensor(x.value) if x.requires_grad else x
