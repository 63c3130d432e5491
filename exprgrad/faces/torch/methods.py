"""The operators of tensors, and the operations of the registry and of arrays as their methods: `x * y`, `x.sin()`,
`x.sum(0)`, `x += y`, `x.sqrt_()`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from exprgrad.diagnostics import UsageError
from exprgrad.faces.answers import leave_out, without_logic
from exprgrad.faces.torch import arrays, modes
from exprgrad.faces.torch.changes import hand_over, redirect, renew
from exprgrad.faces.torch.functions import function
from exprgrad.faces.torch.in_place import change
from exprgrad.faces.torch.instead import METHODS as INSTEAD
from exprgrad.faces.torch.tensor import Tensor, as_tensor, unrecorded
from exprgrad.ops import arithmetic as A
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


# The methods of `arrays`, which load when one is called.
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
        return arrays.METHODS[name](self, *operands, **options)

    method.__name__ = method.__qualname__ = name
    return method


for _name in ARRAY_METHODS:
    setattr(Tensor, _name, _array_method(_name))


def _product(self: Tensor, other: Any) -> Any:
    return _array_method("matmul")(self, other)


def _reflected_product(self: Tensor, other: Any) -> Any:
    return _array_method("matmul")(other, self)


def _transposed(self: Tensor) -> Any:
    """The tensor with its axes in reverse order."""
    return _array_method("permute")(self, *reversed(range(len(self.shape))))


setattr(Tensor, "__matmul__", _product)  # noqa: B010 - a type checker knows them as methods
setattr(Tensor, "__rmatmul__", _reflected_product)  # noqa: B010
setattr(Tensor, "T", property(_transposed))  # noqa: B010


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


for _name, _op in OPERATORS.items():
    setattr(Tensor, f"__i{_name}__", _augmented(_op))


def _changing(name: str) -> Callable[..., Tensor]:
    """The method that puts the result of another one in place: `x.sqrt_()`."""
    compute = getattr(Tensor, name)

    def method(self: Tensor, *operands: Any, **options: Any) -> Tensor:
        return change(self, compute(self, *operands, **options))  # type: ignore[no-any-return]

    method.__name__ = method.__qualname__ = f"{name}_"
    method.__doc__ = f"Puts the result of {name} in place of the tensor, and returns it."
    return method


for _name in (*REGISTRY.by_name, "true_divide", "clamp", "square", "reciprocal", "rsqrt"):
    if _name not in ("min", "max", "equal"):
        setattr(Tensor, f"{_name}_", _changing(_name))

leave_out(Tensor, INSTEAD)
without_logic(Tensor, "a * b is a and b, torch.maximum(a, b) is a or b, torch.logical_not(a) is not a")
