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

from exprgrad.faces.answers import no_such_name as _no_such_name
from exprgrad.faces.torch import tensor as _tensor
from exprgrad.faces.torch.grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from exprgrad.faces.torch.tensor import function, grad, tensor
from exprgrad.ops import REGISTRY

if TYPE_CHECKING:
    from exprgrad.dynamic import autograd
    from exprgrad.faces.torch.tensor import Tensor
else:

    class _Called(type):
        """`torch.Tensor` is the class of all tensors, and by a call makes one of a list or an array."""

        def __call__(cls, *data, **options):
            from exprgrad.faces.torch.arrays import constructed

            return constructed(*data, **options)

        def __instancecheck__(cls, x):
            return isinstance(x, _tensor.Tensor)

        def __subclasscheck__(cls, kind):
            return issubclass(kind, _tensor.Tensor)

    class Tensor(_tensor.Tensor, metaclass=_Called):
        __doc__ = _tensor.Tensor.__doc__
        __slots__ = ()


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
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from exprgrad.faces.torch.arrays import NAMES

    if name in NAMES:
        made = globals()[name] = NAMES[name]
        return made
    if name not in REGISTRY.by_name:
        from exprgrad.faces.torch.instead import MODULE

        raise _no_such_name(f"module {__name__!r}", name, MODULE, __dir__())
    # Kept in the module, so that the next look-up does not come here.
    made = globals()[name] = function(name)
    return made


def __dir__() -> list[str]:
    from exprgrad.faces.torch.arrays import NAMES

    return sorted({*__all__, *NAMES, *REGISTRY.by_name})
