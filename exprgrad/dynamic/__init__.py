"""Define by running, PyTorch's way: `import exprgrad.dynamic as torch`.

>>> import exprgrad.dynamic as torch
>>> a = torch.tensor(15.0, requires_grad=True)
>>> b = torch.tensor(20.0, requires_grad=True)
>>> c = a * b
>>> c.backward()
>>> print(f"c = {c}, {a.grad}, {b.grad}")
c = 300.0, 20.0, 15.0

Every operation of the registry is a function here (`sin`, `hypot`, `maximum`, ...).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from exprgrad.dynamic.grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from exprgrad.dynamic.tensor import Tensor, function, grad, tensor
from exprgrad.ops import REGISTRY

if TYPE_CHECKING:
    from exprgrad.dynamic import autograd

float32 = "float32"
float64 = "float64"

__all__ = [
    "Tensor",
    "autograd",
    "enable_grad",
    "float32",
    "float64",
    "grad",
    "is_grad_enabled",
    "no_grad",
    "set_grad_enabled",
    "tensor",
]


def __getattr__(name: str) -> Any:
    if name == "autograd":  # the command does without it
        return import_module("exprgrad.dynamic.autograd")
    from exprgrad.dynamic.arrays import NAMES

    if name in NAMES:
        made = globals()[name] = NAMES[name]
        return made
    if name not in REGISTRY.by_name:
        raise AttributeError(f"module 'exprgrad.dynamic' has no attribute {name!r}")
    # Kept in the module, so that the next look-up does not come here.
    made = globals()[name] = function(name)
    return made


def __dir__() -> list[str]:
    return sorted({*__all__, *REGISTRY.by_name})
