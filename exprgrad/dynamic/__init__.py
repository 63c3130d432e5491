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

from typing import Any

from exprgrad.dynamic.tensor import Tensor, function, grad, tensor
from exprgrad.ops import REGISTRY

float32 = "float32"
float64 = "float64"

__all__ = ["Tensor", "float32", "float64", "grad", "tensor"]


def __getattr__(name: str) -> Any:
    if name not in REGISTRY.by_name:
        raise AttributeError(f"module 'exprgrad.dynamic' has no attribute {name!r}")
    # Kept in the module, so that the next look-up does not come here.
    made = globals()[name] = function(name)
    return made


def __dir__() -> list[str]:
    return sorted({*__all__, *REGISTRY.by_name})
