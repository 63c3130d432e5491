"""Define by running, PyTorch's way: `import exprgrad.dynamic as torch`.

>>> import exprgrad.dynamic as torch
>>> a = torch.tensor(15.0, requires_grad=True)
>>> b = torch.tensor(20.0, requires_grad=True)
>>> c = a * b
>>> c.backward()
>>> print(f"c = {c}, {a.grad}, {b.grad}")
c = 300.0, 20.0, 15.0

Every operation of the registry is a function here (`sin`, `hypot`, `maximum`, ...).

The files beside this one are the language's dynamic mode; PyTorch's names are in `exprgrad.faces.torch`, which loads
when one is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from exprgrad.lazy import later

if TYPE_CHECKING:
    from exprgrad.dynamic import autograd
    from exprgrad.faces.torch.module import (
        Tensor,
        enable_grad,
        float32,
        float64,
        grad,
        is_grad_enabled,
        no_grad,
        set_grad_enabled,
        tensor,
    )

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


# Each mode is loaded when it is used.
later(__name__, "nan_origin", "record", "traced", "tracing")


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "autograd":
        return import_module("exprgrad.dynamic.autograd")
    # Kept in the module, so that the next look-up does not come here.
    found = globals()[name] = import_module("exprgrad.faces.torch.module").named(name)
    return found


def __dir__() -> list[str]:
    names: list[str] = import_module("exprgrad.faces.torch.module").names()
    return names
