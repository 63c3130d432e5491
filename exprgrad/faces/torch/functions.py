"""The operations of the registry as functions of tensors: `torch.sin(x)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exprgrad.diagnostics import UsageError
from exprgrad.faces.answers import checked
from exprgrad.faces.torch import modes
from exprgrad.faces.torch.tensor import Tensor, as_tensor
from exprgrad.ops.registry import REGISTRY, apply


def function(name: str) -> Callable[..., Any]:
    """The operation of that name as a function of tensors, with a short way for one double-precision scalar."""
    ops = REGISTRY.by_name[name]
    op = ops[0]
    kernel = op.float64

    def unary(input: Any = None, out: None = None) -> Any:
        if type(input) is Tensor and out is None:
            value = input.value
            if type(value) is modes.short and input.requires_grad:
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
