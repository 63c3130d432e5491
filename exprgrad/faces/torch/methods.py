"""The operators of tensors, and the operations of the registry and of arrays as their methods: `x * y`, `x.sin()`,
`x.sum(0)`, `x += y`, `x.sqrt_()`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from exprgrad.diagnostics import UsageError
from exprgrad.faces.answers import leave_out
from exprgrad.faces.operators import ARITHMETIC, ORDER, set_methods, without_logic
from exprgrad.faces.torch import modes
from exprgrad.faces.torch.arrays import METHODS
from exprgrad.faces.torch.changes import hand_over, redirect, renew
from exprgrad.faces.torch.functions import function
from exprgrad.faces.torch.in_place import change
from exprgrad.faces.torch.instead import TENSOR as INSTEAD
from exprgrad.faces.torch.tensor import Tensor, as_tensor, unrecorded
from exprgrad.ops import comparison as C
from exprgrad.ops.registry import REGISTRY, Op, Traced, apply

# The same as `modes.short`: to look it up there is a thirtieth of the time of an operator.
_short: Any = modes.short


def _follow() -> None:
    global _short
    _short = modes.short


modes.followers.append(_follow)


def _is_operand(x: Any) -> bool:
    """Whether an operator takes it. Python decides about the rest: None == tensor is False, "a" * tensor an error."""
    if isinstance(x, int | float | list | tuple | Traced):
        return True
    return not isinstance(x, str) and (hasattr(x, "__array__") or hasattr(x, "__float__"))


def _operator(op: Op) -> Callable[[Tensor, Any], Tensor]:
    """The method for `tensor op x`."""
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

    return method


def _reflected(op: Op) -> Callable[[Tensor, Any], Any]:
    """The method for `x op tensor`."""
    return lambda self, other: apply(op, as_tensor(other), self) if _is_operand(other) else NotImplemented


def _comparison(op: Op) -> Callable[[Tensor, Any], Any]:
    """The method for a comparison, whose result requires no gradient: its derivative is 0 wherever there is one."""

    def method(self: Tensor, other: Any) -> Any:
        if type(other) is Tensor:
            return apply(op, unrecorded(self), unrecorded(other))
        if isinstance(other, list | tuple):
            raise UsageError(f"a tensor is compared with a {type(other).__name__}", hint="x == torch.tensor([1, 2])")
        return apply(op, unrecorded(self), other) if _is_operand(other) else NotImplemented

    return method


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
        return change(self, apply(op, self, as_tensor(other)))  # type: ignore[no-any-return]

    return method


def _changing(compute: Callable[..., Any]) -> Callable[..., Tensor]:
    """The method that puts the result of another one in place: `x.sqrt_()`."""

    def method(self: Tensor, *operands: Any, **options: Any) -> Tensor:
        return change(self, compute(self, *operands, **options))  # type: ignore[no-any-return]

    method.__doc__ = f"Puts the result of {compute.__name__} in place of the tensor, and returns it."
    return method


set_methods(Tensor, "__{}__", ARITHMETIC, _operator)
set_methods(Tensor, "__r{}__", ARITHMETIC, _reflected)
set_methods(Tensor, "__i{}__", ARITHMETIC, _augmented)
set_methods(Tensor, "__{}__", {"eq": C.equal, "ne": C.not_equal, **ORDER}, _comparison)

for _name, _method in METHODS.items():
    setattr(Tensor, _name, _method)
for _name in REGISTRY.by_name:
    if not hasattr(Tensor, _name):
        setattr(Tensor, _name, function(_name))

setattr(Tensor, "__matmul__", METHODS["matmul"])  # noqa: B010 - a type checker knows them as methods
setattr(Tensor, "__rmatmul__", lambda self, other: METHODS["matmul"](other, self))  # noqa: B010

_IN_PLACE: Final = (*REGISTRY.by_name, "true_divide", "clamp", "square", "reciprocal", "rsqrt")
_computing = {name: getattr(Tensor, name) for name in _IN_PLACE if name not in ("min", "max", "equal")}
set_methods(Tensor, "{}_", _computing, _changing)

leave_out(Tensor, INSTEAD)
without_logic(Tensor, "a * b is a and b, torch.maximum(a, b) is a or b, torch.logical_not(a) is not a")
